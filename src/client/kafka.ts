// The client for users, `tidemill/client`: topics are values that carry their serdes, and types flow from them.
import type { Decoder, Encoder, TopicSource } from '../serde/index.ts'
import type { Duration, RecordHeaders } from '../record/index.ts'
import type { GroupDescription, TopicMetadata } from './contract.ts'

/** A record as it is read. */
export interface ClientRecord<out K = unknown, out V = unknown> {
  readonly key: K
  readonly value: V
  /** In ms since 1970, as the producer or the broker set it. */
  readonly timestamp: number
  readonly headers: RecordHeaders
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Where a record was written. */
export interface Acknowledgement {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** The record's time, or that of its arrival where the topic says so (`message.timestamp.type`). */
  readonly timestamp: number
}

interface NewRecordFields<V> {
  /** null is a tombstone: it deletes the key from a table. */
  readonly value: V | null
  /** In ms since 1970. @defaultValue now */
  readonly timestamp?: number
  readonly headers?: RecordHeaders | Readonly<Record<string, string | Uint8Array | null>>
  /** @defaultValue chosen by the key, as all Kafka clients do; without a key one partition at a time, in turns */
  readonly partition?: number
}

/** A record that is to be written: the key may be left out where it may be null. */
export type NewRecord<K, V> = NewRecordFields<V> & (null extends K ? { readonly key?: K | null } : { readonly key: K })

/** A topic to write to, of any types. */
export interface AnySink {
  readonly kind: 'topic'
  readonly name: string
  readonly key: Encoder<never>
  readonly value: Encoder<never>
}

/** The type of a record for a topic. */
export type RecordFor<T extends AnySink> = NewRecord<
  T['key'] extends Encoder<infer K> ? K : never,
  T['value'] extends Encoder<infer V> ? V : never
>

/** A topic to read from, of any types. */
export interface AnySource {
  readonly kind: 'topic' | 'topic-pattern'
  readonly name: string
  readonly key: Decoder<unknown>
  readonly value: Decoder<unknown>
}

/** The type of a topic's records as they are read. */
export type RecordOf<T extends AnySource> = T extends TopicSource<infer K, infer V> ? ClientRecord<K, V> : never

/** A topic that can be created: what `topic()` makes. */
export interface CreatableTopic {
  readonly name: string
  readonly partitions?: number | undefined
  readonly config?: Readonly<Record<string, string | number | boolean>>
}

/** Options of {@link Kafka.createTopics}. */
export interface CreateTopicsOptions {
  /** For topics that do not say themselves. @defaultValue the broker's `num.partitions` */
  readonly partitions?: number
  /** @defaultValue the broker's `default.replication.factor` */
  readonly replicationFactor?: number
  /** For all of them, beneath what each says itself. */
  readonly config?: Readonly<Record<string, string | number | boolean>>
}

/** Where reading begins: at an end of the log, at an offset of every partition, or at the first record of a time. */
export type ReadFrom = 'earliest' | 'latest' | { readonly offset: number } | { readonly time: Date | number }

/** Options of {@link Kafka.read}. */
export interface ReadOptions {
  /** @defaultValue 'earliest' */
  readonly from?: ReadFrom
  /** Ends the reading; the loop is left without an error. */
  readonly signal?: AbortSignal
  /** 'end' stops behind what is there when the reading begins. @defaultValue goes on until the signal or `break` */
  readonly until?: 'end'
  /** Whether records of transactions that are open or were aborted are seen. @defaultValue 'read-committed' */
  readonly isolation?: 'read-committed' | 'read-uncommitted'
  /** @defaultValue all of the topic */
  readonly partitions?: readonly number[]
}

/** Options of {@link Kafka.subscribe}. */
export interface SubscribeOptions {
  readonly groupId: string
  /** Where the group begins in partitions that it has no offset for. @defaultValue 'earliest' */
  readonly from?: 'earliest' | 'latest'
  /** Ends the reading; the loop is left without an error. */
  readonly signal?: AbortSignal
  /** As of {@link ReadOptions}. @defaultValue 'read-committed' */
  readonly isolation?: 'read-committed' | 'read-uncommitted'
  /** How often the offsets of finished records are committed; 'manual': only by commit(). @defaultValue '5s' */
  readonly commitInterval?: Duration | 'manual'
  /** @defaultValue 'cooperative-sticky' */
  readonly assignor?: 'cooperative-sticky' | 'range'
  /** Makes this a static member (KIP-345): a restart within the session does not rebalance. */
  readonly groupInstanceId?: string
  /** After this much silence the group goes on without this member. @defaultValue '45s' */
  readonly sessionTimeout?: Duration
  /** @defaultValue '3s' */
  readonly heartbeatInterval?: Duration
}

/**
 * Reads topics as a member of a group: `for await` gives the records of the partitions that are assigned to it. A record counts as finished
 * when the next one is asked for, or when commit() is called. Heartbeats go on while a record is worked on, however long that takes;
 * a rebalance waits for the record at hand. Java: KafkaConsumer.subscribe.
 *
 * @example
 * for await (const { value } of kafka.subscribe(orders, { groupId: 'billing', signal })) await bill(value)
 */
export interface Subscription<out R extends ClientRecord = ClientRecord> extends AsyncIterable<R>, AsyncDisposable {
  /** Commits everything given out so far, with the current record. @throws TaskMigratedError where the group has gone on without us */
  commit(): Promise<void>
  /** What is assigned now. */
  readonly assignment: readonly { readonly topic: string; readonly partition: number }[]
  /** Commits what is finished (unless 'manual') and leaves the group. */
  close(): Promise<void>
}

/** Options of {@link Kafka.producer}. */
export interface ProducerSettings {
  /** With it, records are written in transactions. */
  readonly transactionalId?: string
  /** @defaultValue '60s' */
  readonly transactionTimeout?: Duration
  /** How long a record waits for others that go with it. @defaultValue '5ms' */
  readonly linger?: Duration
  /** @defaultValue 64 KiB */
  readonly batchBytesMax?: number
  /** @defaultValue 'none' */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** After this time without an acknowledgement a record fails. @defaultValue '2m' */
  readonly deliveryTimeout?: Duration
  /** What may wait for acknowledgement; more is refused. @defaultValue 64 MiB */
  readonly unsentBytesMax?: number
}

/**
 * Writes records; idempotent: a retry never writes twice, and order is kept. Java: KafkaProducer with `enable.idempotence`, `acks=all`.
 *
 * @example
 * await using producer = kafka.producer()
 * for (const order of list) void producer.send(orders, { key: order.id, value: order })
 * await producer.flush()
 */
export interface Producer extends AsyncDisposable {
  /**
   * Sends a record. The promise need not be awaited: what fails unawaited is thrown by the next flush() or close().
   *
   * @throws TidemillError `topic-not-found`, `record-too-large`, `delivery-timed-out`, `serialization-failed`, `producer-queue-full`
   */
  send<T extends AnySink>(topic: T, record: RecordFor<T>): Promise<Acknowledgement>
  /** Waits until everything sent is acknowledged; throws what failed and was not awaited. */
  flush(): Promise<void>
  /** Flushes and ends. May be called twice. */
  close(): Promise<void>
}

/** What a transaction writes with. */
export interface TransactionScope {
  /** As {@link Producer.send}; seen by readers when the transaction is committed. */
  send<T extends AnySink>(topic: T, record: RecordFor<T>): Promise<Acknowledgement>
  /** Makes the offsets of what the subscription has given out part of the transaction (use `commitInterval: 'manual'`). */
  sendOffsets(subscription: Subscription): Promise<void>
}

/**
 * Writes records in transactions: all of one are seen, or none. Where the cluster has switched on `transaction.version=2`, each transaction
 * has an epoch of its own (KIP-890). Java: KafkaProducer with a `transactional.id`.
 *
 * @example
 * await using producer = kafka.producer({ transactionalId: 'copy-1' })
 * const input = kafka.subscribe(orders, { groupId: 'copy', commitInterval: 'manual', signal })
 * for await (const { key, value } of input) {
 *   await producer.transaction(async (scope) => {
 *     void scope.send(copies, { key, value })
 *     await scope.sendOffsets(input)
 *   })
 * }
 */
export interface TransactionalProducer extends AsyncDisposable {
  /**
   * Runs the function in a transaction: commits when it returns, aborts and throws on when it throws. One after another.
   *
   * @throws TaskMigratedError `producer-fenced` where a newer producer with the same transactional id is at work
   */
  transaction<R>(run: (scope: TransactionScope) => Promise<R> | R): Promise<R>
  close(): Promise<void>
}

/** An offset of a partition. */
export interface TopicOffset {
  readonly partition: number
  readonly offset: number
}

/** A group with its members and committed offsets. */
export interface GroupSummary extends Omit<GroupDescription, 'members'> {
  readonly members: readonly { readonly memberId: string; readonly clientId: string; readonly clientHost: string }[]
  readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]
}

/**
 * A connection to a cluster, typed by topics. Made by `connect()`.
 *
 * @example
 * await using kafka = await connect('embedded:./data')
 * await kafka.createTopics([orders])
 * for await (const record of kafka.read(orders, { until: 'end' })) console.log(record.key, record.value)
 */
export interface Kafka extends AsyncDisposable {
  /** Creates topics; says which were created and which exist already, and does not fail for those. */
  createTopics(
    topics: readonly CreatableTopic[],
    options?: CreateTopicsOptions,
  ): Promise<{ readonly created: readonly string[]; readonly existing: readonly string[] }>
  /** @throws TidemillError `topic-not-found` */
  deleteTopics(topics: readonly (string | { readonly name: string })[]): Promise<void>
  /** All topics but the broker's own. */
  topics(): Promise<readonly TopicMetadata[]>
  /** The offset of each partition at an end of the log or at a time. @throws TidemillError `topic-not-found` */
  offsets(
    topic: string | { readonly name: string },
    at?: 'earliest' | 'latest' | { readonly time: Date | number },
  ): Promise<readonly TopicOffset[]>
  /** Groups with members and committed offsets. */
  groups(): Promise<readonly GroupSummary[]>
  /**
   * Reads a topic from where you say, outside of any group.
   *
   * @throws TidemillError `topic-not-found`, `deserialization-failed` (the message names the record), `offset-out-of-range`
   *   where an offset was given that the log no longer or not yet has
   */
  read<K, V>(topic: TopicSource<K, V>, options?: ReadOptions): AsyncIterable<ClientRecord<K, V>>
  /** Reads topics as a member of a group. */
  subscribe<T extends AnySource>(topics: T | readonly T[], options: SubscribeOptions): Subscription<RecordOf<T>>
  producer(settings: ProducerSettings & { readonly transactionalId: string }): TransactionalProducer
  producer(settings?: ProducerSettings & { readonly transactionalId?: undefined }): Producer
  close(): Promise<void>
}
