// Stores as data: what a topology says about each store. Opening one is open-store.ts.
import type { Serde } from '../serde/index.ts'
import type { StoreEngine } from './byte-store.ts'

/** 'plain': value only; 'timestamped': with the record's timestamp (the DSL's default); 'headers': with headers too (KIP-1271). */
export type StoreFormat = 'plain' | 'timestamped' | 'headers'

/** Who keeps the bytes. 'disk' and 'memory' also differ in expiry: by segment and by the millisecond (as Java's do). */
export type StoreType = 'disk' | 'memory'

export interface StoreBase {
  readonly name: string
  readonly key: Serde<any>
  readonly value: Serde<any>
  readonly type: StoreType
  /** The user's own, in place of ours. */
  readonly engine?: StoreEngine | undefined
  readonly format: StoreFormat
  /** Cached entries are serialised, logged and forwarded when they are flushed, once per dirty key. */
  readonly caching: boolean
  /** False: no changelog; the store is lost when its task moves. */
  readonly logging: boolean
  /** Topic configs that the user adds to the changelog's. */
  readonly changelogConfig: Readonly<Record<string, string>>
  /** A source topic that serves as changelog (reuse.ktable.source.topics, global and read-only stores). */
  readonly sourceTopic: string | undefined
  readonly isGlobal: boolean
}

export interface KeyValueStoreDefinition extends StoreBase {
  readonly kind: 'key-value'
  /** Least recently used entries beyond this many are deleted. */
  readonly lruEntriesMax: number | undefined
  readonly ttlMs: number | undefined
}

export interface WindowStoreDefinition extends StoreBase {
  readonly kind: 'window'
  readonly windowSizeMs: number
  readonly retentionMs: number
  readonly retainDuplicates: boolean
  /** Ordered by time first, for emit on window close. */
  readonly timeOrdered: boolean
  /** The windows of stream-stream joins: their changelog records carry the headers of the records that they hold. */
  readonly logsHeaders?: boolean
}

export interface SessionStoreDefinition extends StoreBase {
  readonly kind: 'session'
  readonly retentionMs: number
  readonly timeOrdered: boolean
  /**
   * For aggregations: a session that ended exactly a retention ago is still there, as it is not closed yet. Java hides it a
   * millisecond early.
   */
  readonly keepsUntilClosed?: boolean
}

export interface VersionedStoreDefinition extends StoreBase {
  readonly kind: 'versioned'
  readonly historyRetentionMs: number
}

/** The buffer of suppress(): in memory, with a changelog. */
export interface SuppressBufferDefinition extends StoreBase {
  readonly kind: 'suppress-buffer'
}

/** The buffer of a stream-table join with a grace period. */
export interface GraceBufferDefinition extends StoreBase {
  readonly kind: 'grace-buffer'
  readonly graceMs: number
}

/** What an outer or left stream-stream join has not joined yet, by (timestamp, side, key). */
export interface OuterJoinStoreDefinition extends StoreBase {
  readonly kind: 'outer-join'
  /** Serde of the right side's values; `value` is the left side's. */
  readonly otherValue: Serde<any>
}

/** Subscriptions of a foreign-key join, by (foreign key, primary key). */
export interface SubscriptionStoreDefinition extends StoreBase {
  readonly kind: 'fk-subscription'
  readonly primaryKey: Serde<any>
}

export type StoreDefinition =
  | KeyValueStoreDefinition
  | WindowStoreDefinition
  | SessionStoreDefinition
  | VersionedStoreDefinition
  | SuppressBufferDefinition
  | GraceBufferDefinition
  | OuterJoinStoreDefinition
  | SubscriptionStoreDefinition
