// The faces of the stores that operators keep for themselves: what suppress() holds back, what a stream-table join with a
// grace period holds back, what an outer stream-stream join has not joined yet, who subscribed to a foreign key.
import type { Change, RecordContext } from '../record/index.ts'

/** What a buffer gives back: the change with the context of the record that it came with. */
export interface Buffered<out K, out V> {
  readonly key: K
  readonly value: V
  readonly record: RecordContext
}

/**
 * The buffer of suppress(): the latest change of each key, ordered by (buffer time, key bytes). A key that is put again keeps
 * its place and its buffer time; only value and context are replaced. Java: InMemoryTimeOrderedKeyValueChangeBuffer.
 */
export interface SuppressBuffer<in out K, in out V> {
  /** Takes the context from the host's record. */
  put(key: K, change: Change<V>, bufferTimeMs: number): void
  /** The lowest buffer time; Infinity where the buffer is empty. */
  readonly minTimeMs: number
  readonly recordCount: number
  /** As Java counts them against maxBytes. */
  readonly byteCount: number
  /** Takes out the first entry; undefined where the buffer is empty. */
  takeFirst(): Buffered<K, Change<V>> | undefined
  /**
   * The value before the first buffered change: what readers downstream have seen. null: there was none; undefined: the
   * key is not buffered.
   */
  priorValue(key: K): V | null | undefined
}

/**
 * The buffer of a stream-table join with a grace period, ordered by (timestamp, key bytes, order of arrival).
 * Java: RocksDBTimeOrderedKeyValueBuffer.
 */
export interface GraceBuffer<in out K, in out V> {
  /** The highest timestamp that was put, -1 at first. */
  readonly observedTimeMs: number
  /**
   * Holds the record back and returns true; returns false where it is older than the grace period allows: join it at once.
   * Takes timestamp and context from the host's record.
   */
  put(key: K, value: V): boolean
  /** Takes out the first entry whose grace is over (timestamp at most observedTimeMs - grace), or undefined. */
  takeDue(): Buffered<K, V> | undefined
}

export type JoinSide = 'left' | 'right'

export interface Unjoined<out K, out V> {
  readonly timestamp: number
  readonly side: JoinSide
  readonly key: K
  /** In the order in which they were added. */
  readonly values: readonly V[]
}

/** What has not been joined yet, ordered by (timestamp, right before left, key bytes). Java: the shared outer-join store. */
export interface OuterJoinStore<in out K, in out L, in out R> {
  addLeft(timestamp: number, key: K, value: L): void
  addRight(timestamp: number, key: K, value: R): void
  /** Removes what is there, all its values. */
  remove(timestamp: number, side: JoinSide, key: K): void
  /** Valid while the caller removes. */
  entries(): IterableIterator<Unjoined<K, L | R>>
}

/** What the side with the foreign table does with a subscription; the numbers are on the wire. */
export const SubscriptionInstruction = {
  deleteWithoutAnswer: 0,
  deleteAndAnswer: 1,
  answerAlways: 2,
  answerIfFound: 3,
} as const
export type SubscriptionInstruction = (typeof SubscriptionInstruction)[keyof typeof SubscriptionInstruction]

/** A row of the left table that asks for a foreign key. Java: SubscriptionWrapper. */
export interface Subscription<out PK> {
  /** murmur3-128 of the left value's bytes; null: it was deleted. */
  readonly hash: Buffer | null
  readonly instruction: SubscriptionInstruction
  readonly primaryKey: PK
  /** Partition of the left task, where the answer goes; undefined in version 0. */
  readonly primaryPartition: number | undefined
}

export interface StoredSubscription<out PK> {
  readonly subscription: Subscription<PK>
  readonly timestamp: number
}

/** Subscriptions by (foreign key, primary key). Its changelog records carry the current record's headers. */
export interface SubscriptionStore<in out FK, in out PK> {
  get(foreignKey: FK, primaryKey: PK): StoredSubscription<PK> | undefined
  /** Stamped with the current record's timestamp. */
  put(foreignKey: FK, subscription: Subscription<PK>): void
  delete(foreignKey: FK, primaryKey: PK): void
  /** All of a foreign key, in byte order of the primary keys. Valid while the caller writes. */
  of(foreignKey: FK): IterableIterator<StoredSubscription<PK>>
}
