export type * from './api/data.ts'
export type * from './api/grouped.ts'
export type * from './api/k-stream.ts'
export type * from './api/k-table.ts'
export type * from './api/options.ts'
export type { BuilderOptions, DefaultStoreOptions, Optimization, WrappedProcessor } from './builder-options.ts'
export {
  type KeyValueStoreOptions,
  type LruStoreOptions,
  type SessionStoreOptions,
  type StoreSerdes,
  type StoreSettings,
  type Stores,
  type VersionedStoreOptions,
  type WindowStoreOptions,
  stores,
} from './stores.ts'
export { StreamsBuilder } from './streams-builder.ts'
export {
  type SinkNodeOptions,
  TopologyBuilder,
  type TopologyBuilderOptions,
  type TopologyNode,
} from './topology-builder.ts'
