export { type AskedApplication, type QueryOptions, StoreUnavailableError } from './asker.ts'
export { ChangeQueue } from './change-queue.ts'
export { type HandleKey, type KeyLocation, locateKey } from './locate-key.ts'
export {
  type LocalQuery,
  type LocalQueryAnswer,
  type Position,
  NOTHING_HELD,
  type StoreLocation,
  answerLocally,
  mergePositions,
} from './local-query.ts'
export {
  type QueryOf,
  type SessionQuery,
  type TableQuery,
  type VersionedQuery,
  type WindowQuery,
  storeQuery,
} from './store-queries.ts'
export { StoreWatches } from './store-watches.ts'
export type { Change, LocalChange, OnChanges, WatchOptions, WatchRequest } from './watch.ts'
export { decodeWire, encodeWire } from './wire-json.ts'
