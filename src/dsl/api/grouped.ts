import type {
  CustomWindows,
  SessionWindows,
  SlidingWindows,
  TimeWindows,
  UnlimitedWindows,
  Windowed,
} from '../../record/index.ts'
import type { Synchronous } from './data.ts'
import type { KTable } from './k-table.ts'
import type {
  KeptSessionTableOptions,
  KeptTableOptions,
  KeptWindowTableOptions,
  SessionAggregateOptions,
  SessionTableOptions,
  TableOptions,
  WindowTableOptions,
  WindowedByOptions,
} from './options.ts'

/** Windows whose bounds the clock decides, not the records. */
type FixedWindows = TimeWindows | SlidingWindows | UnlimitedWindows | CustomWindows

/**
 * A stream grouped by key, to be aggregated. Java: KGroupedStream.
 *
 * @example
 * const counts = clicks.groupByKey().count({ store: 'clicks-per-user' })
 */
export interface KGroupedStream<in out K, out V> {
  readonly '~key': (key: K) => K

  /**
   * Counts the records of each key; null values do not count. Java: count.
   *
   * @example
   * const counts = words.groupBy((word) => word).count({ store: 'counts' })
   */
  count(options?: TableOptions<K, number>): KTable<K, number>

  /**
   * Combines the values of each key; the first is taken as it is, null deletes. Java: reduce.
   *
   * @example
   * const totals = amounts.groupByKey().reduce((total, amount) => total + amount)
   */
  reduce(
    reducer: (aggregate: NonNullable<V>, value: NonNullable<V>, key: K) => (NonNullable<V> & Synchronous) | null,
    options?: KeptTableOptions<K, NonNullable<V>>,
  ): KTable<K, NonNullable<V>>

  /**
   * Builds an aggregate of each key; null deletes it. Java: aggregate.
   *
   * @example
   * const carts = items.groupByKey().aggregate((): string[] => [], (cart, item) => [...cart, item.sku], {
   *   value: serdes.json(),
   * })
   */
  aggregate<A extends Synchronous>(
    initializer: () => A,
    aggregator: (aggregate: A, value: NonNullable<V>, key: K) => A | null,
    options?: TableOptions<K, A>,
  ): KTable<K, A>

  /**
   * Divides each key's records by time. Java: windowedBy.
   *
   * @example
   * const perMinute = clicks.groupByKey().windowedBy(tumbling({ size: '1m', grace: '10s' })).count()
   */
  windowedBy(windows: SessionWindows, options?: WindowedByOptions): SessionWindowedKStream<K, V>
  windowedBy(windows: FixedWindows, options?: WindowedByOptions): TimeWindowedKStream<K, V>

  /**
   * Starts an aggregate of several streams with the same keys. Java: cogroup, where the initialiser comes last.
   *
   * @example
   * items.groupByKey().cogroup(() => emptyCart, addItem).cogroup(payments.groupByKey(), pay).aggregate({ store: cartStore })
   */
  cogroup<A extends Synchronous>(
    initializer: () => A,
    aggregator: (aggregate: A, value: V, key: K) => A | null,
  ): CogroupedKStream<K, A>
}

/** What is added to an aggregate and what is taken off it when an entry of a table changes. */
export interface AddAndSubtract<K, V, A> {
  add(this: void, aggregate: A, value: V, key: K): A | null
  subtract(this: void, aggregate: A, value: V, key: K): A | null
}

/**
 * A table grouped by other keys, to be aggregated. Java: KGroupedTable.
 *
 * @example
 * const perCountry = customers.groupBy((customer, id) => [customer.country, id]).count()
 */
export interface KGroupedTable<in out K, out V> {
  readonly '~key': (key: K) => K

  /**
   * Counts the entries of each group. Java: count.
   *
   * @example
   * const perCountry = customers.groupBy((customer, id) => [customer.country, id]).count()
   */
  count(options?: TableOptions<K, number>): KTable<K, number>

  /**
   * Combines the values of each group. Java: reduce.
   *
   * @example
   * revenue.reduce({ add: (sum, amount) => sum + amount, subtract: (sum, amount) => sum - amount })
   */
  reduce(functions: AddAndSubtract<K, V, V & Synchronous>, options?: KeptTableOptions<K, V>): KTable<K, V>

  /**
   * Builds an aggregate of each group. Java: aggregate.
   *
   * @example
   * revenue.aggregate(() => 0, { add: (sum, amount) => sum + amount, subtract: (sum, amount) => sum - amount })
   */
  aggregate<A extends Synchronous>(
    initializer: () => A,
    functions: AddAndSubtract<K, V, A>,
    options?: TableOptions<K, A>,
  ): KTable<K, A>
}

/**
 * A grouped stream divided into windows of time. Java: TimeWindowedKStream.
 *
 * @example
 * const perMinute = clicks.groupByKey().windowedBy(tumbling({ size: '1m' })).count()
 */
export interface TimeWindowedKStream<in out K, out V> {
  readonly '~key': (key: K) => K

  /**
   * Counts the records of each key and window; null values count too, but in sliding windows. Java: count.
   *
   * @example
   * const perMinute = clicks.groupByKey().windowedBy(tumbling({ size: '1m' })).count({ store: 'per-minute' })
   */
  count(options?: WindowTableOptions<K, number>): KTable<Windowed<K>, number>

  /**
   * Combines the values of each key and window. Java: reduce.
   *
   * @example
   * const highest = prices.groupByKey().windowedBy(tumbling({ size: '1h' })).reduce((highest, price) => Math.max(highest, price))
   */
  reduce(
    reducer: (aggregate: NonNullable<V>, value: V, key: K) => (NonNullable<V> & Synchronous) | null,
    options?: KeptWindowTableOptions<K, NonNullable<V>>,
  ): KTable<Windowed<K>, NonNullable<V>>

  /**
   * Builds an aggregate of each key and window; null values are given to the function, but for sliding windows. Java: aggregate.
   *
   * @example
   * const sums = prices.groupByKey().windowedBy(hopping({ size: '5s', advance: '1s' })).aggregate(() => 0, (sum, p) => sum + p)
   */
  aggregate<A extends Synchronous>(
    initializer: () => A,
    aggregator: (aggregate: A, value: V, key: K) => A | null,
    options?: WindowTableOptions<K, A>,
  ): KTable<Windowed<K>, A>
}

/**
 * A grouped stream divided into sessions. Java: SessionWindowedKStream.
 *
 * @example
 * const visits = clicks.groupByKey().windowedBy(session({ inactivityGap: '30m' })).count()
 */
export interface SessionWindowedKStream<in out K, out V> {
  readonly '~key': (key: K) => K

  /**
   * Counts the records of each session; null values count too. Java: count.
   *
   * @example
   * const visits = clicks.groupByKey().windowedBy(session({ inactivityGap: '30m' })).count()
   */
  count(options?: SessionTableOptions<K, number>): KTable<Windowed<K>, number>

  /**
   * Combines the values of each session, and the results of sessions that become one. Java: reduce.
   *
   * @example
   * const paths = pages.groupByKey().windowedBy(session({ inactivityGap: '30m' })).reduce((path, page) => `${path}>${page}`)
   */
  reduce(
    reducer: (aggregate: NonNullable<V>, value: V, key: K) => (NonNullable<V> & Synchronous) | null,
    options?: KeptSessionTableOptions<K, NonNullable<V>>,
  ): KTable<Windowed<K>, NonNullable<V>>

  /**
   * Builds an aggregate of each session; `merge` joins those of sessions that become one. Java: aggregate.
   *
   * @example
   * clicks.groupByKey().windowedBy(session({ inactivityGap: '30m' })).aggregate(() => 0, (n) => n + 1, {
   *   merge: (first, second) => first + second,
   * })
   */
  aggregate<A extends Synchronous>(
    initializer: () => A,
    aggregator: (aggregate: A, value: V, key: K) => A | null,
    options: SessionAggregateOptions<K, A>,
  ): KTable<Windowed<K>, A>
}

/**
 * Several grouped streams on their way into one aggregate. Java: CogroupedKStream.
 *
 * @example
 * items.groupByKey().cogroup(() => emptyCart, addItem).cogroup(payments.groupByKey(), pay).aggregate()
 */
export interface CogroupedKStream<in out K, in out A> {
  readonly '~key': (key: K) => K

  /**
   * Adds a stream, with what its values do to the aggregate. Java: cogroup.
   *
   * @example
   * carts.cogroup(payments.groupByKey(), (cart) => ({ ...cart, isPaid: true }))
   */
  cogroup<V>(
    grouped: KGroupedStream<K, V>,
    aggregator: (aggregate: A, value: V, key: K) => A | null,
  ): CogroupedKStream<K, A>

  /**
   * Makes the table of aggregates. Java: aggregate.
   *
   * @example
   * carts.aggregate({ store: 'carts', value: serdes.json() })
   */
  aggregate(options?: TableOptions<K, A>): KTable<K, A>

  /**
   * Divides the aggregates by time. Java: windowedBy.
   *
   * @example
   * carts.windowedBy(tumbling({ size: '1d' })).aggregate({ value: serdes.json() })
   */
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, A>
  windowedBy(windows: FixedWindows): TimeWindowedCogroupedKStream<K, A>
}

/** Java: TimeWindowedCogroupedKStream. */
export interface TimeWindowedCogroupedKStream<in out K, in out A> {
  readonly '~key': (key: K) => K
  /**
   * Makes the table of aggregates by key and window. Java: aggregate.
   *
   * @example
   * carts.windowedBy(tumbling({ size: '1d' })).aggregate({ value: serdes.json() })
   */
  aggregate(options?: WindowTableOptions<K, A>): KTable<Windowed<K>, A>
}

/** Java: SessionWindowedCogroupedKStream. */
export interface SessionWindowedCogroupedKStream<in out K, in out A> {
  readonly '~key': (key: K) => K
  /**
   * Makes the table of aggregates by key and session; `merge` joins those of sessions that become one. Java: aggregate.
   *
   * @example
   * carts.windowedBy(session({ inactivityGap: '1h' })).aggregate({ merge: joinCarts, value: serdes.json() })
   */
  aggregate(options: SessionAggregateOptions<K, A>): KTable<Windowed<K>, A>
}
