import type { AsyncContext, FixedKeyProcessor, Processor } from '../../processors/index.ts'
import type { RecordContext } from '../../record/index.ts'
import type { TopicSink } from '../../serde/index.ts'
import type { Data } from './data.ts'
import type { KGroupedStream } from './grouped.ts'
import type { GlobalKTable, KTable } from './k-table.ts'
import type {
  AsyncOptions,
  GlobalJoinOptions,
  GroupByOptions,
  KeptOptions,
  KeptTableOptions,
  KeyOptions,
  NodeOptions,
  PrintOptions,
  RepartitionOptions,
  SerdeOptions,
  SinkOptions,
  StreamJoinOptions,
  StreamTableJoinOptions,
  TopicChooser,
  ValueOptions,
} from './options.ts'

/** Whether a record is let through. */
export type Predicate<K, V> = (value: V, key: K, record: RecordContext) => boolean

/** A branch of `split`: a predicate, or what no predicate took. */
export type Branch<K, V> = Predicate<K, V> | 'otherwise'

/** Branches by name; the first whose predicate accepts a record takes it. */
export type Branches<K, V> = Readonly<Record<string, Branch<K, V>>>

/** What the predicate of a branch narrows its values to. */
type Narrowed<P> = P extends ((value: any, ...rest: any[]) => value is infer S) ? S : never

/** The values of a branch. */
export type BranchValue<B, N extends keyof B, V> = B[N] extends 'otherwise'
  ? Exclude<V, Narrowed<B[keyof B]>>
  : [Narrowed<B[N]>] extends [never]
    ? V
    : Narrowed<B[N]> extends V
      ? Narrowed<B[N]>
      : Narrowed<B[N]> & V

/** Options of `split`. */
export interface SplitOptions extends NodeOptions {
  /**
   * Branches whose nodes get Java's numbers (1, 2, ..., and 0 for 'otherwise') instead of their names, to take over the internal
   * topics of a Java application. @defaultValue none
   */
  readonly numbered?: true | readonly string[]
}

/**
 * An unbounded sequence of records. Every operator gives a new stream; nothing runs until the topology does.
 *
 * Callbacks get (value, key, record), where `record` says where the record came from, and are synchronous: for steps that wait
 * there are mapAsync and its like. Java: KStream.
 *
 * @example
 * builder.stream(lines).flatMapValues((line) => line.split(' ')).to(words)
 */
export interface KStream<in out K, out V> {
  /** Only a type: tells streams of different keys apart. */
  readonly '~key': (key: K) => K

  /**
   * Lets through the records that the predicate accepts. Java: filter.
   *
   * @example
   * const large = orders.filter((order) => order.amount > 1_000)
   */
  filter<S extends V>(
    predicate: (value: V, key: K, record: RecordContext) => value is S,
    options?: NodeOptions,
  ): KStream<K, S>
  filter(predicate: Predicate<K, V>, options?: NodeOptions): KStream<K, V>

  /**
   * Lets through the records that the predicate refuses. Java: filterNot.
   *
   * @example
   * const unpaid = orders.filterNot((order) => order.isPaid)
   */
  filterNot<S extends V>(
    predicate: (value: V, key: K, record: RecordContext) => value is S,
    options?: NodeOptions,
  ): KStream<K, Exclude<V, S>>
  filterNot(predicate: Predicate<K, V>, options?: NodeOptions): KStream<K, V>

  /**
   * Gives each record another key. What is joined or grouped after it is repartitioned first. Java: selectKey.
   *
   * @example
   * const bySku = orders.selectKey((order) => order.sku, { key: serdes.string })
   */
  selectKey<KR extends Data>(
    mapper: (value: V, key: K, record: RecordContext) => KR,
    options?: KeyOptions<KR>,
  ): KStream<KR, V>

  /**
   * Makes another key and value of each record. Java: map.
   *
   * @example
   * const amounts = orders.map((order) => [order.sku, order.amount], { key: serdes.string, value: serdes.float64 })
   */
  map<KR extends Data, VR extends Data>(
    mapper: (value: V, key: K, record: RecordContext) => readonly [key: KR, value: VR],
    options?: SerdeOptions<KR, VR>,
  ): KStream<KR, VR>

  /**
   * Makes another value of each record; keys stay, so nothing is repartitioned. Java: mapValues.
   *
   * @example
   * const lengths = lines.mapValues((line) => line.length, { value: serdes.int32 })
   */
  mapValues<R extends Data>(
    mapper: (value: V, key: K, record: RecordContext) => R,
    options?: ValueOptions<R>,
  ): KStream<K, R>

  /**
   * Makes any number of keys and values of each record. Java: flatMap.
   *
   * @example
   * const items = orders.flatMap((order) => order.items.map((item) => [item.sku, item]))
   */
  flatMap<KR extends Data, VR extends Data>(
    mapper: (value: V, key: K, record: RecordContext) => Iterable<readonly [key: KR, value: VR]>,
    options?: SerdeOptions<KR, VR>,
  ): KStream<KR, VR>

  /**
   * Makes any number of values of each record; keys stay. Java: flatMapValues.
   *
   * @example
   * const words = lines.flatMapValues((line) => line.split(' '))
   */
  flatMapValues<R extends Data>(
    mapper: (value: V, key: K, record: RecordContext) => Iterable<R>,
    options?: ValueOptions<R>,
  ): KStream<K, R>

  /**
   * Calls a function for each record and lets it through. Java: peek.
   *
   * @example
   * orders.peek((order, key) => console.log(key, order)).to(checked)
   */
  peek(
    action: (value: V, key: K, record: RecordContext) => void | Data | undefined,
    options?: NodeOptions,
  ): KStream<K, V>

  /**
   * Calls a function for each record; the end of the stream. Java: foreach.
   *
   * @example
   * alerts.foreach((alert, key) => console.log(key, alert))
   */
  foreach(action: (value: V, key: K, record: RecordContext) => void | Data | undefined, options?: NodeOptions): void

  /**
   * Writes each record as a line, for looking at a topology at work. Java: print.
   *
   * @example
   * orders.print({ label: 'orders' })
   */
  print(options?: PrintOptions<K, V>): void

  /**
   * Makes another key and value of each record by a function that waits. A commit waits for what is in flight.
   *
   * @example
   * users.mapAsync(async (user) => [await idOf(user), user], { concurrency: 20, key: serdes.int32 })
   */
  mapAsync<KR extends Data, VR extends Data>(
    mapper: (value: V, key: K, context: AsyncContext) => Promise<readonly [key: KR, value: VR]>,
    options?: AsyncOptions & SerdeOptions<KR, VR>,
  ): KStream<KR, VR>

  /**
   * Makes another value of each record by a function that waits, in order by key unless `order` says otherwise.
   *
   * @example
   * payments.mapValuesAsync(async (payment, key, { signal }) => ({ ...payment, risk: await score(payment, signal) }))
   */
  mapValuesAsync<R extends Data>(
    mapper: (value: V, key: K, context: AsyncContext) => Promise<R>,
    options?: AsyncOptions & ValueOptions<R>,
  ): KStream<K, R>

  /**
   * Makes any number of values of each record by a function that waits.
   *
   * @example
   * queries.flatMapValuesAsync(async (query) => await search(query), { timeout: '2s' })
   */
  flatMapValuesAsync<R extends Data>(
    mapper: (value: V, key: K, context: AsyncContext) => Promise<Iterable<R>>,
    options?: AsyncOptions & ValueOptions<R>,
  ): KStream<K, R>

  /**
   * Lets through the records that a predicate that waits accepts.
   *
   * @example
   * emails.filterAsync(async (email) => await isDeliverable(email.address))
   */
  filterAsync(
    predicate: (value: V, key: K, context: AsyncContext) => Promise<boolean>,
    options?: AsyncOptions,
  ): KStream<K, V>

  /**
   * Calls a function that waits for each record; the end of the stream.
   *
   * @example
   * orders.foreachAsync(async (order, key, { signal }) => await store(order, signal), { retries: 3 })
   */
  foreachAsync(action: (value: V, key: K, context: AsyncContext) => Promise<unknown>, options?: AsyncOptions): void

  /**
   * Divides the stream: each record goes to the first branch whose predicate accepts it, else to the one that is 'otherwise',
   * else nowhere. A predicate that narrows the type narrows its branch. Nodes are named after the split and the branch.
   * Java: split().branch().
   *
   * @example
   * const { big, small } = orders.split({ big: (order) => order.amount > 1_000, small: 'otherwise' }, { name: 'size-' })
   */
  split<const B extends Branches<K, V>>(
    branches: B,
    options?: SplitOptions,
  ): { readonly [N in keyof B]: KStream<K, BranchValue<B, N, V>> }

  /**
   * Brings the records of two streams together, in no order between them. Java: merge.
   *
   * @example
   * const all = web.merge(mobile)
   */
  merge<K2, V2>(other: KStream<K2, V2>, options?: NodeOptions): KStream<K | K2, V | V2>

  /**
   * Writes the stream to a topic of its own and reads it back, for another number of partitions or another partitioner.
   * Java: repartition.
   *
   * @example
   * const spread = orders.repartition({ name: 'spread', partitions: 12 })
   */
  repartition(options?: RepartitionOptions<K, V>): KStream<K, V>

  /**
   * Writes the stream to a topic, or for each record to the one that a function names. Null values are tombstones. Java: to.
   *
   * @example
   * counts.toStream().to(wordCounts)
   */
  to(topic: TopicSink<K, NonNullable<V>> | TopicChooser<K, V>, options?: SinkOptions<K, V>): void

  /**
   * Reads the stream as a table: the last value of each key. Null values delete; records without a key are dropped. Java: toTable.
   *
   * @example
   * const latest = readings.toTable({ store: 'latest' })
   */
  toTable(options?: KeptTableOptions<NonNullable<K>, NonNullable<V>>): KTable<NonNullable<K>, NonNullable<V>>

  /**
   * Groups by the key as it is, for an aggregation. Java: groupByKey.
   *
   * @example
   * const counts = clicks.groupByKey().count()
   */
  groupByKey(options?: KeptOptions<K, V>): KGroupedStream<NonNullable<K>, V>

  /**
   * Groups by another key, for an aggregation; repartitions. Java: groupBy.
   *
   * @example
   * const perSku = orders.groupBy((order) => order.sku, { key: serdes.string }).count()
   */
  groupBy<KR extends Data>(
    mapper: (value: V, key: K, record: RecordContext) => KR,
    options?: GroupByOptions<KR, V>,
  ): KGroupedStream<NonNullable<KR>, V>

  /**
   * Runs a processor: records in, any number of records out, with stores and schedules. Java: process.
   *
   * @example
   * payments.process(detectFraud, { name: 'detect-fraud' }).to(alerts)
   */
  process<KR = never, VR = never>(processor: Processor<K, V, KR, VR>, options?: SerdeOptions<KR, VR>): KStream<KR, VR>

  /**
   * Runs a processor that cannot change keys, so that nothing is repartitioned after it. Java: processValues.
   *
   * @example
   * payments.processValues(numbered).to(numberedPayments)
   */
  processValues<VR = never>(processor: FixedKeyProcessor<K, V, VR>, options?: ValueOptions<VR>): KStream<K, VR>

  /**
   * Joins each record with what a table has for its key at that moment, or with the records of another stream that are near in
   * time, or with a global table by any key. Without a partner there is no result. Java: join.
   *
   * @example
   * orders.join(customers, (order, customer) => ({ ...order, name: customer.name }))
   * @example
   * views.join(clicks, (view, click) => ({ view, click }), { within: '10s' })
   * @example
   * items.join(products, (item, product) => ({ ...item, title: product.title }), { on: (item) => item.sku })
   */
  join<VT, R extends Data>(
    table: KTable<NonNullable<K>, VT>,
    joiner: (left: NonNullable<V>, right: VT, key: NonNullable<K>) => R,
    options?: StreamTableJoinOptions<K, V>,
  ): KStream<K, R>
  join<GK, GV, R extends Data>(
    table: GlobalKTable<GK, GV>,
    joiner: (left: NonNullable<V>, right: GV, key: K, globalKey: GK) => R,
    options: GlobalJoinOptions<K, V, GK>,
  ): KStream<K, R>
  join<VO, R extends Data>(
    other: KStream<K, VO>,
    joiner: (left: NonNullable<V>, right: NonNullable<VO>, key: NonNullable<K>) => R,
    options: StreamJoinOptions<K, V, VO>,
  ): KStream<K, R>

  /**
   * As join; a record without a partner is joined with undefined. Java: leftJoin.
   *
   * @example
   * views.leftJoin(profiles, (view, profile) => ({ ...view, name: profile?.name ?? null }))
   */
  leftJoin<VT, R extends Data>(
    table: KTable<NonNullable<K>, VT>,
    joiner: (left: NonNullable<V>, right: VT | undefined, key: K) => R,
    options?: StreamTableJoinOptions<K, V>,
  ): KStream<K, R>
  leftJoin<GK, GV, R extends Data>(
    table: GlobalKTable<GK, GV>,
    joiner: (left: NonNullable<V>, right: GV | undefined, key: K, globalKey: GK | null) => R,
    options: GlobalJoinOptions<K, V, GK>,
  ): KStream<K, R>
  leftJoin<VO, R extends Data>(
    other: KStream<K, VO>,
    joiner: (left: NonNullable<V>, right: NonNullable<VO> | undefined, key: K) => R,
    options: StreamJoinOptions<K, V, VO>,
  ): KStream<K, R>

  /**
   * Joins two streams; a record of either side without a partner is joined with undefined. Java: outerJoin.
   *
   * @example
   * sent.outerJoin(received, (out, back) => ({ out: out ?? null, back: back ?? null }), { within: '1m', grace: '10s' })
   */
  outerJoin<VO, R extends Data>(
    other: KStream<K, VO>,
    joiner: (left: NonNullable<V> | undefined, right: NonNullable<VO> | undefined, key: K) => R,
    options: StreamJoinOptions<K, V, VO>,
  ): KStream<K, R>
}
