// What a task holds of each of its stores, and what a store asks of its task. The three layers of DESIGN 6: record cache
// (typed), pending writes (bytes), ByteStore.
import type { RecordContext, RecordHeaders } from '../record/index.ts'
import type { ForeseenKeys } from '../serde/index.ts'
import type { ByteStoreEngine, StorePosition } from './byte-store.ts'
import type { StoreDefinition } from './definition.ts'
import type { PendingBytes } from './pending-bytes.ts'

/** A changelog record that is read back. Key is never null; a null value deletes. */
export interface ChangelogRecord {
  readonly key: Buffer
  readonly value: Buffer | null
  readonly timestamp: number
  readonly headers: RecordHeaders
}

/** What a store asks of its task. */
export interface StoreHost {
  readonly applicationId: string
  /** Task's record context; the store sets it to the entry's own while it flushes (and puts the old one back). */
  readonly record: RecordContext
  setRecordContext(
    topic: string | null,
    partition: number,
    offset: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void
  /**
   * Appends a key and its value, ranges of one buffer, to the store's changelog; never waits, and copies at once. A value end
   * of -1 is null: a tombstone.
   */
  logChange(
    store: StoreDefinition,
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void
  engine(store: StoreDefinition): ByteStoreEngine
  /** Bytes that this store's cache may use; 0: no caching. It may change when tasks come and go. */
  cacheBytesMax(store: StoreDefinition): number
  /** Counts a record that was dropped, by Java's reasons. */
  dropped(reason: 'expired-window' | 'expired-version'): void
}

/**
 * Called for each entry when a cache is flushed, in order of the last put: key, new value (null: deleted), the value that was
 * there at the last flush (null: none, or old values were not asked for), timestamp. The host's record context is the entry's.
 */
export type FlushListener = (key: unknown, newValue: unknown, oldValue: unknown, timestamp: number) => void

/** A put, as live queries see it: the values are bytes of the store's serde. */
export interface StoreChange {
  readonly key: unknown
  /** Of windows and sessions: the parts of the row's key (start; end and start). */
  readonly major: number
  readonly minor: number
  readonly before: Uint8Array | undefined
  readonly after: Uint8Array | undefined
  readonly timestamp: number
}

export type StoreObserver = (change: StoreChange) => void

/** Rows of a store below its cache, and the highest time that was written with them. */
export interface StoreRows {
  readonly bytes: PendingBytes
  readonly observedMs: number
}

export interface StateStore {
  readonly definition: StoreDefinition
  /** The typed face that processors get: KeyValueStore, WindowStore, SessionStore, VersionedStore, or a buffer's own. */
  readonly face: unknown
  /** There is a cache: what it holds was not forwarded yet. */
  readonly isCached?: boolean
  /** True where there is a cache: then the operator leaves forwarding to the listener; undefined: there is nobody to forward to. */
  setFlushListener(listener: FlushListener | undefined, sendOldValues: boolean): boolean
  /** Empties the cache into listener, changelog and pending writes. Synchronous: the first half of a commit. */
  flush(): void
  /** Applies what is pending to the byte store, with the position: the second half of a commit. */
  commit(position: StorePosition): void
  /** Drops cache and pending writes: the transaction was aborted. */
  discard(): void
  readonly pendingBytes: number
  /** For readers that leave out the cache or what is not committed; not of buffers. */
  readonly rows?: StoreRows
  /** Tells each put to one observer, before it is committed; not for the stores that no handle names. */
  observe?(observer: StoreObserver | undefined): void
  /** Brings near what it has of keys that are about to come; changes nothing. */
  foresee?(keys: ForeseenKeys): void
  /** Where the changelog is to be read from; undefined: from its start. */
  position(): StorePosition | undefined
  /**
   * Applies changelog records, in order; idempotent from any earlier position. A record may be one object for all: it is read
   * before the next is asked for.
   */
  restore(records: Iterable<ChangelogRecord>, position: StorePosition): void
  /** The engine is behind: wait before the next commit or restore. It never rejects; undefined: go on. */
  backlog(): Promise<void> | undefined
  /** Makes what was restored survive a loss of power. */
  persist(): Promise<void>
  close(): Promise<void>
  destroy(): Promise<void>
}
