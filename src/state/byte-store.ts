// The engine port: ordered bytes with one atomic, durable-by-position commit. Everything typed lies above it.
// Invariants: open, get, cursor and commit are synchronous; flush, restore and close are not. A commit takes data and
// changelog position in one atomic step, after the log commit succeeded: a store may be behind its changelog, never ahead.
import type { ForeseenKeys } from '../serde/index.ts'
import type { TopicPartition } from '../record/index.ts'

/** How far a store is in a partition of its changelog. */
export interface ChangelogPosition {
  /** Kafka's topic id (16 bytes as hex), '' where it is not known: a recreated topic is another topic. */
  readonly topicId: string
  /** The offset after the last record that the store holds. */
  readonly nextOffset: number
  readonly leaderEpoch: number
}

/** How far a store is, by changelog partition, and the store's own stream time (-1: none yet). */
export interface StorePosition {
  readonly changelogs: ReadonlyMap<TopicPartition, ChangelogPosition>
  readonly streamTimeMs: number
}

/** A key and its new value; null deletes. */
export type ByteChange = readonly [key: Buffer, value: Buffer | null]

/**
 * Changes that are visited once, as ranges that are valid during the call; a value end of -1 deletes. `isNew`: the key is known not
 * to be in the store.
 */
export interface ByteChanges {
  each(
    visit: (
      buffer: Buffer,
      keyStart: number,
      keyEnd: number,
      valueStart: number,
      valueEnd: number,
      isNew?: boolean,
    ) => void,
  ): void
}

/** Where a value lies. The store's own object: read it before the next call. */
export interface ByteView {
  readonly buffer: Buffer
  readonly valueStart: number
  readonly valueEnd: number
}

/** Which entries a cursor walks, in the order of their keys' bytes. */
export interface ByteRange {
  /** Inclusive. */
  readonly gte?: Uint8Array | undefined
  /** Exclusive. */
  readonly lt?: Uint8Array | undefined
  readonly reverse?: boolean
  /**
   * For the rows of one key: `gte`, `lt` and the rows asked for are equally long and the same but for so many last bytes. What
   * else lies between them may be left out. A store that has them together need not look among all.
   */
  readonly suffixBytes?: number
}

/**
 * Walks entries: `while (cursor.next()) ...`. The fields are those of the current entry and stay as they are until `next` is called,
 * whatever is written meanwhile. Call `close` where it is not walked to its end.
 */
export interface ByteCursor {
  readonly buffer: Buffer
  readonly keyStart: number
  readonly keyEnd: number
  readonly valueStart: number
  readonly valueEnd: number
  next(): boolean
  close(): void
}

/** Ordered bytes with one atomic commit. `testStoreEngine` of `tidemill/testing` holds a store to all that is said here. */
export interface ByteStore {
  readonly name: string
  /** The value of the key `key[start..end)`, until the next call. */
  get(key: Uint8Array, start: number, end: number): ByteView | undefined
  /** Brings near what it has of keys that are about to be asked for; changes nothing. */
  foresee?(keys: ForeseenKeys): void
  /** Valid while the owner writes: it sees the store as it was when the cursor was opened. */
  cursor(range: ByteRange): ByteCursor
  /** Changes need not be sorted; the last one of a key wins. The store copies what it keeps. */
  commit(changes: ByteChanges, position: StorePosition): void
  /**
   * As commit, for restore, in batches of any size: made for much that is written and not read meanwhile (the first read after it
   * waits until what was loaded is indexed). A crash may lose what was loaded since the last flush, from the end.
   */
  load(changes: ByteChanges, position: StorePosition): void
  /**
   * undefined: go on. Else the store's work in the background is behind (tables to write, runs to merge): wait for the promise,
   * which never rejects, before the next commit or load. Who does not wait is made to, in the commit itself.
   */
  backlog(): Promise<void> | undefined
  position(): StorePosition | undefined
  approximateCount(): number
  approximateBytes(): number
  /**
   * Drops everything below the key for good, as windows expire; what is put below it later may be lost. Durable no later than the
   * next commit.
   */
  deleteBelow(key: Uint8Array): void
  flush(): Promise<void>
  close(): Promise<void>
  /** Closes and deletes all files. */
  destroy(): Promise<void>
}

/** Opens byte stores; the memory engine and the disk engine each are one. */
export interface ByteStoreEngine {
  readonly type: 'disk' | 'memory'
  open(name: string, options?: OpenByteStoreOptions): ByteStore
}

export interface OpenByteStoreOptions {
  /**
   * Keys begin with a segment of time of so many bytes (those whose first bit is set are of one segment, the last). The files of
   * one segment hold no other, so that deleteBelow drops files. @defaultValue 0: no segments
   */
  readonly segmentBytes?: number
}

/**
 * Keeps the bytes of stores: an engine of one's own, for the option `type` of a store. Typed stores, caches, changelogs and restore are
 * the same over it: a store is read from its changelog from its own `position()` on. Where that is not in the log any more, and where a
 * call throws `TaskCorruptedError` with the path `TASK/STORE`, the store is destroyed, opened again and restored whole. Java: the
 * suppliers of `Stores`, such as KeyValueBytesStoreSupplier.
 *
 * @example
 * const countsIn = (openStore: (directory: string) => ByteStore) => {
 *   const engine: StoreEngine = { type: 'disk', open: (_, { directory }) => openStore(directory) }
 *   return stores.keyValue('counts', { key: serdes.string, value: serdes.int64, type: engine })
 * }
 */
export interface StoreEngine {
  /**
   * 'disk': what is committed is there when the store is opened again; windows expire by segment. 'memory': it may be gone; windows
   * expire by the millisecond. So do ours of these names.
   */
  readonly type: 'disk' | 'memory'
  /** Opens the store, or makes it: once in a process for each name and task at a time. One that is damaged begins empty. */
  open(name: string, options: OpenStoreOptions): ByteStore
}

/** What an engine is told of a store that it opens. */
export interface OpenStoreOptions {
  /** Such as '0_1'; 'global', 'global-2' for the copies of a global store that each thread has. */
  readonly taskId: string
  /** Where the store may keep files: a directory that nobody else uses and that need not exist. It is removed with the task's. */
  readonly directory: string
  /** Keys begin with a segment of time of so many bytes: `deleteBelow` is called with keys that begin a segment. 0: no segments. */
  readonly segmentBytes: number
}

/** The key that a cursor stands at, as bytes of their own. */
export function keyCopy({ buffer, keyStart, keyEnd }: ByteCursor): Buffer {
  return Buffer.from(buffer.subarray(keyStart, keyEnd))
}

/** The value that a view or a cursor shows, as bytes of their own. */
export function valueCopy({ buffer, valueStart, valueEnd }: ByteView): Buffer {
  return Buffer.from(buffer.subarray(valueStart, valueEnd))
}
