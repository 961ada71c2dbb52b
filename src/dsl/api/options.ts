// The options of operators: one object each, last. All serde options are checked against what the operator makes or keeps.
import type {
  AsyncStepOptions,
  KeyValueHandle,
  SessionHandle,
  VersionedHandle,
  WindowHandle,
} from '../../processors/index.ts'
import type { Duration, RecordContext, StreamRecord, Windowed } from '../../record/index.ts'
import type { SerdeFor, SerdeOf, TopicConfig, TopicSink } from '../../serde/index.ts'
import type {
  ReadOnlyKeyValueStore,
  ReadOnlySessionStore,
  ReadOnlyVersionedStore,
  ReadOnlyWindowStore,
} from '../../state/index.ts'
import type { StoreSettings } from '../stores.ts'

/** Options of an operator that keeps keys and values. */
export interface NodeOptions {
  /** Name of the node. @defaultValue a generated one, as Kafka Streams generates it */
  readonly name?: string
}

/** Options of an operator that makes new keys. */
export interface KeyOptions<in out K> extends NodeOptions {
  /** Serde of the new keys, for topics and stores further down. @defaultValue the builder's */
  readonly key?: SerdeFor<K>
}

/** Options of an operator that makes new values. */
export interface ValueOptions<in out V> extends NodeOptions {
  /** Serde of the new values, for topics and stores further down. @defaultValue the builder's */
  readonly value?: SerdeFor<V>
}

/** Options of an operator that makes new keys and values. */
export interface SerdeOptions<in out K, in out V> extends KeyOptions<K>, ValueOptions<V> {}

/** Options of an operator that keeps keys and values, but may have to write them. */
export interface KeptOptions<out K, out V> extends NodeOptions {
  /** Serde of the keys, where they are written. @defaultValue the stream's, else the builder's */
  readonly key?: SerdeOf<K>
  /** Serde of the values, where they are written. @defaultValue the stream's, else the builder's */
  readonly value?: SerdeOf<V>
}

/** Options of `groupBy` of a stream: new keys, the same values. */
export interface GroupByOptions<in out K, out V> extends KeyOptions<K> {
  /** Serde of the values, in the repartition topic. @defaultValue the stream's, else the builder's */
  readonly value?: SerdeOf<V>
}

/** Settings of the store of a table. An object without a `name` asks for a store that cannot be queried. */
export interface TableStoreSettings extends StoreSettings {
  /** Handles have one: a handle of another type is no settings. */
  readonly kind?: never
  /** Makes the store one that can be queried. @defaultValue generated, and not to be queried */
  readonly name?: string
  /** Keeps the versions of each key for that long. Java: a versioned supplier, KIP-889. @defaultValue none */
  readonly versioned?: { readonly historyRetention: Duration }
  /** Keeps only the entries used last, in memory. Java: Stores.lruMap. @defaultValue none */
  readonly lru?: { readonly entriesMax: number }
  /** How long an entry is there, by the time of its record; operators downstream are not told when it is gone. @defaultValue for ever */
  readonly ttl?: Duration
}

/** Settings of the store of windows or sessions. */
export interface WindowStoreSettings extends StoreSettings {
  /** Handles have one: a handle of another type is no settings. */
  readonly kind?: never
  /** Makes the store one that can be queried. @defaultValue generated, and not to be queried */
  readonly name?: string
  /** How long windows can be queried. @defaultValue their size and grace, which is the least */
  readonly retention?: Duration
}

/** Where a table is kept: a name, settings, or a handle, which is the typed name for queries, processors and tests. */
export type TableStore<K, V> = string | TableStoreSettings | KeyValueHandle<K, V> | VersionedHandle<K, V>

/** Where windows are kept. */
export type WindowTableStore<K, V> = string | WindowStoreSettings | WindowHandle<K, V>

/** Where sessions are kept. */
export type SessionTableStore<K, V> = string | WindowStoreSettings | SessionHandle<K, V>

/**
 * A handle as an operator takes it that keeps the values: what can be read from the store fits, so that streams and tables stay
 * covariant in their values.
 */
export interface HandleOf<out Kind extends string, out Face> {
  readonly kind: Kind
  readonly name: string
  '~face'(face: never): Face
}

/** As TableStore, of an operator that keeps the values. */
export type KeptTableStore<K, V> =
  | string
  | TableStoreSettings
  | HandleOf<'key-value-handle', ReadOnlyKeyValueStore<K, V>>
  | HandleOf<'versioned-handle', ReadOnlyVersionedStore<K, V>>

/** As WindowTableStore, of an operator that keeps the values. */
export type KeptWindowTableStore<K, V> =
  | string
  | WindowStoreSettings
  | HandleOf<'window-handle', ReadOnlyWindowStore<K, V>>

/** As SessionTableStore, of an operator that keeps the values. */
export type KeptSessionTableStore<K, V> =
  | string
  | WindowStoreSettings
  | HandleOf<'session-handle', ReadOnlySessionStore<K, V>>

/** Options of an operator that makes a table of new values. */
export interface TableOptions<K, V> extends NodeOptions {
  /** Where the table is kept: a name, settings, or a handle. @defaultValue a store with a generated name where one is needed */
  readonly store?: TableStore<K, V>
  /** Serde of the keys. @defaultValue the store's, else that of the input */
  readonly key?: SerdeOf<K>
  /** Serde of the results. @defaultValue the store's, else the builder's */
  readonly value?: SerdeFor<V>
}

/** Options of an operator that makes a table and keeps the values. */
export interface KeptTableOptions<K, V> extends NodeOptions {
  /** Where the table is kept: a name, settings, or a handle. @defaultValue a store with a generated name where one is needed */
  readonly store?: KeptTableStore<K, V>
  /** Serde of the keys. @defaultValue the store's, else that of the input */
  readonly key?: SerdeOf<K>
  /** Serde of the values. @defaultValue the store's, else that of the input */
  readonly value?: SerdeOf<V>
}

/** Options of a windowed aggregation. */
export interface WindowTableOptions<K, V> extends NodeOptions {
  /** Where the windows are kept: a name, settings, or a handle. @defaultValue a store with a generated name */
  readonly store?: WindowTableStore<K, V>
  /** Serde of the keys. @defaultValue the store's, else that of the input */
  readonly key?: SerdeOf<K>
  /** Serde of the results. @defaultValue the store's, else the builder's */
  readonly value?: SerdeFor<V>
}

/** Options of a windowed `reduce`. */
export interface KeptWindowTableOptions<K, V> extends NodeOptions {
  /** Where the windows are kept: a name, settings, or a handle. @defaultValue a store with a generated name */
  readonly store?: KeptWindowTableStore<K, V>
  /** Serde of the keys. @defaultValue the store's, else that of the input */
  readonly key?: SerdeOf<K>
  /** Serde of the values. @defaultValue the store's, else that of the input */
  readonly value?: SerdeOf<V>
}

/** Options of an aggregation of sessions. */
export interface SessionTableOptions<K, V> extends NodeOptions {
  /** Where the sessions are kept: a name, settings, or a handle. @defaultValue a store with a generated name */
  readonly store?: SessionTableStore<K, V>
  /** Serde of the keys. @defaultValue the store's, else that of the input */
  readonly key?: SerdeOf<K>
  /** Serde of the results. @defaultValue the store's, else the builder's */
  readonly value?: SerdeFor<V>
}

/** Options of a `reduce` of sessions. */
export interface KeptSessionTableOptions<K, V> extends NodeOptions {
  /** Where the sessions are kept: a name, settings, or a handle. @defaultValue a store with a generated name */
  readonly store?: KeptSessionTableStore<K, V>
  /** Serde of the keys. @defaultValue the store's, else that of the input */
  readonly key?: SerdeOf<K>
  /** Serde of the values. @defaultValue the store's, else that of the input */
  readonly value?: SerdeOf<V>
}

/** Joins the aggregates of two sessions that a record between them makes one. */
export type Merger<K, A> = (first: A, second: A, key: K) => A

/** The aggregation of sessions by a function of one's own. */
export interface SessionAggregateOptions<K, A> extends SessionTableOptions<K, A> {
  /** Joins the aggregates of two sessions that become one; the earlier one comes first. */
  readonly merge: Merger<K, A>
}

/** Where a sink or a repartition writes a record. */
export interface PartitionOptions<K, V> {
  /**
   * The partition of a record: a number, several (one copy each), none (`[]`: the record is dropped), or undefined for Kafka's
   * default, by murmur2 of the key's bytes. Java: StreamPartitioner. @defaultValue Kafka's
   */
  partition?(this: void, value: V, key: K, partitions: number): number | readonly number[] | undefined
}

/** Options of `repartition`. */
export interface RepartitionOptions<K, V> extends KeptOptions<K, V>, PartitionOptions<K, V> {
  /** How many partitions the topic gets. @defaultValue as many as upstream has */
  readonly partitions?: number
}

/** Options of `to`. */
export interface SinkOptions<K, V> extends KeptOptions<K, V>, PartitionOptions<K, V> {}

/**
 * A function of the record that gives its topic, or the topic's name. A topic is written with its own serdes, a name with those that
 * the stream has there; `key` and `value` in the options of `to` come before both. Java: TopicNameExtractor.
 */
export type TopicChooser<K, V> = (value: V, key: K, record: RecordContext) => string | TopicSink<K, NonNullable<V>>

/** Options of `print`. */
export interface PrintOptions<K, V> extends NodeOptions {
  /** What stands before each line. @defaultValue the name of the node above */
  readonly label?: string
  /** A file that lines are added to. @defaultValue standard output */
  readonly file?: string
  /** The text of a record. @defaultValue key and value, as JSON text where they are not text */
  format?(this: void, value: V, key: K, record: RecordContext): string
}

/** Options of steps that wait. */
export interface AsyncOptions extends NodeOptions {
  /** How many calls run at once in a task. @defaultValue 64 */
  readonly concurrency?: number
  /** Which records keep their order. @defaultValue 'key' */
  readonly order?: AsyncStepOptions['order']
  /** Of each call; it aborts the signal. @defaultValue none */
  readonly timeout?: Duration
  /** How often a call that fails is made again. @defaultValue 0 */
  readonly retries?: number
  /** Before the first retry; doubled before each further one. @defaultValue '100ms' */
  readonly retryBackoff?: Duration
}

/** The time in which two records of a stream-stream join find each other. */
export type JoinWindows =
  | {
      /** The other record is at most that much earlier or later. @defaultValue none: give it, or `before` and `after` */
      readonly within: Duration
      readonly before?: never
      readonly after?: never
    }
  | {
      readonly within?: never
      /** How much earlier the other record may be. @defaultValue `within` */
      readonly before: Duration
      /** How much later the other record may be. @defaultValue `within` */
      readonly after: Duration
    }

/** Options of a join of two streams. */
export type StreamJoinOptions<K, V, VO> = JoinWindows &
  NodeOptions & {
    /** How long after a record's window late ones are joined. @defaultValue 0 */
    readonly grace?: Duration
    /** Base name, and settings, of the stores of both sides. @defaultValue generated names */
    readonly store?: string | (Omit<StoreSettings, 'cache'> & { readonly name?: string })
    /** Serde of the keys. @defaultValue the left stream's, else the right one's */
    readonly key?: SerdeOf<K>
    /** Serde of the left side's values, for its repartition topic and store. @defaultValue the stream's */
    readonly value?: SerdeOf<V>
    /** Serde of the right side's values. @defaultValue the stream's */
    readonly otherValue?: SerdeOf<VO>
    /**
     * Left and outer joins: a record without partner comes out at once, and again when one comes. Java: JoinWindows.of, before
     * KIP-633. @defaultValue false
     */
    readonly eagerResults?: boolean
  }

/** Options of a join of a stream with a table. */
export interface StreamTableJoinOptions<out K, out V> extends KeptOptions<K, V> {
  /** How long records wait, in event time, for the table to catch up. The table's store must keep versions. @defaultValue 0 */
  readonly grace?: Duration
}

/** Options of a join of a stream with a global table. */
export interface GlobalJoinOptions<K, V, GK> extends NodeOptions {
  /** The key of the global table that a record is joined with; null: none. */
  readonly on: (value: NonNullable<V>, key: K) => GK | null
}

/** Options of a foreign-key join. */
export interface ForeignKeyJoinOptions<K, V, KO, R> extends TableOptions<K, R> {
  /** The key of the other table; null: none. */
  readonly foreignKey: (value: V, key: K) => KO | null
  /** Partition of the answers' topic by the left key, where the left table's topic has a partitioner of its own. */
  readonly partition?: (key: K, partitions: number) => number
  /** Partition of the subscriptions' topic by the foreign key, where the other table's topic has a partitioner of its own. */
  readonly otherPartition?: (key: KO, partitions: number) => number
}

/** When a windowed aggregation sends its results on. */
export type EmitStrategy = 'on-update' | 'on-window-close'

/** Options of `windowedBy`. */
export interface WindowedByOptions {
  /** Whether each change is sent on, or each window once when it is final (KIP-825). @defaultValue 'on-update' */
  readonly emit?: EmitStrategy
  /** With 'on-window-close': once no record came for that long, the wall clock closes windows. @defaultValue never */
  readonly idleAfter?: Duration
}

interface SuppressLimits extends NodeOptions {
  /** How many keys are held back at most. @defaultValue no limit */
  readonly maxRecords?: number
  /** How many bytes are held back at most. @defaultValue no limit */
  readonly maxBytes?: number
  /** Kafka's settings for the changelog of the buffer; false: no changelog. @defaultValue {} */
  readonly changelog?: false | TopicConfig
  /** Once no record came for that long, the wall clock moves stream time on. @defaultValue never */
  readonly idleAfter?: Duration
}

/** Holds back updates of a key for a time. */
export interface SuppressUntilTimeLimit extends SuppressLimits {
  readonly until: Duration
  /** What happens where a limit is reached. @defaultValue 'emit-early' */
  readonly whenFull?: 'emit-early' | 'shut-down'
}

/** Holds back windows until they are final. */
export interface SuppressUntilWindowCloses extends SuppressLimits {
  readonly until: 'window-closes'
  /** What happens where a limit is reached: nothing else keeps the promise. @defaultValue 'shut-down' */
  readonly whenFull?: 'shut-down'
}

/** Options of `suppress`. Only tables of windows can wait until those close. */
export type SuppressOptions<K> = SuppressUntilTimeLimit | (K extends Windowed<any> ? SuppressUntilWindowCloses : never)

/** What a timestamp extractor sees. */
export interface TimestampedRecord<out K, out V> extends StreamRecord<K, V>, RecordContext {}

/** Options of a source. */
export interface SourceOptions<out K, out V> extends NodeOptions {
  /**
   * Event time of a record: one of Kafka's extractors, or a function, whose negative result drops the record.
   * @defaultValue what the builder says, 'fail-on-invalid'
   */
  readonly timestamp?: SourceTimestamp<K, V>
  /** Where a group starts that has committed nothing. @defaultValue what the application says, 'earliest' */
  readonly startFrom?: 'earliest' | 'latest' | 'none' | { readonly ago: Duration }
}

/** @internal */
export type SourceTimestamp<K, V> =
  | 'fail-on-invalid'
  | 'skip-invalid'
  | 'partition-time-on-invalid'
  | 'wall-clock'
  | { bivarianceHack(record: TimestampedRecord<K, V>, partitionTime: number): number }['bivarianceHack']

/** Options of `table`. */
export interface TableSourceOptions<K, V> extends SourceOptions<K, V> {
  /** Where the table is kept: a name, settings, or a handle. @defaultValue a store with a generated name where one is needed */
  readonly store?: TableStore<K, V>
}

/** Settings of the store of a global table. */
export interface GlobalStoreSettings extends Pick<StoreSettings, 'type'> {
  /** Handles have one: a handle of another type is no settings. */
  readonly kind?: never
  /** Makes the store one that can be queried. @defaultValue generated, and not to be queried */
  readonly name?: string
}

/** Options of `globalTable`. */
export interface GlobalTableOptions<K, V> extends NodeOptions {
  /** Event time of a record. @defaultValue what the builder says, 'fail-on-invalid' */
  readonly timestamp?: SourceTimestamp<K, V>
  /** Where the table is kept: a name, settings, or a handle. @defaultValue a store with a generated name */
  readonly store?: string | GlobalStoreSettings | KeyValueHandle<K, V>
}
