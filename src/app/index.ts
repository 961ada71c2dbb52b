export { type CloseOptions, Streams } from './streams.ts'
export * from './streams-options.ts'
export { type EmbeddedOptions, type ServeDirectoryOptions, type ServedDirectory, serveDirectory } from './embedded.ts'
export type { AppStatus, InstanceInfo, InstanceStatus, Lags } from './app-status.ts'
export { type RemainingState, remainingState } from './remaining-state.ts'
export { askInstances } from './status-endpoint.ts'
export { type OfflineStore, findStores } from './offline-stores.ts'
export { loadTopology } from './load-topology.ts'
export { type OpenClientOptions, openClient } from './open-client.ts'
export {
  type Change,
  type KeyLocation,
  type Position,
  type QueryOptions,
  type QueryOf,
  type SessionQuery,
  StoreUnavailableError,
  type TableQuery,
  type VersionedQuery,
  type WatchOptions,
  type WindowQuery,
} from '../query/index.ts'
export type { ThreadInfo } from './thread-host.ts'
export { type AppPorts, type InstanceDirectory, nextMacrotask } from './ports.ts'
export type { BrokerAccess } from './broker-access.ts'
