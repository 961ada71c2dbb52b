import type { ValueTransformer } from '../../processors/index.ts'
import type { Data } from './data.ts'
import type { KGroupedTable } from './grouped.ts'
import type { KStream } from './k-stream.ts'
import type {
  ForeignKeyJoinOptions,
  KeptTableOptions,
  KeyOptions,
  NodeOptions,
  SerdeOptions,
  SuppressOptions,
  TableOptions,
} from './options.ts'

/**
 * A table: the current value of each key, changed by a stream of updates. Callbacks get (value, key) and never see a deletion;
 * where one returns null, the key is deleted. Java: KTable.
 *
 * @example
 * const adults = builder.table(people).filter((person) => person.age >= 18)
 */
export interface KTable<in out K, out V> {
  /** Only a type: tells tables of different keys apart. */
  readonly '~key': (key: K) => K
  /** The name by which it can be queried; undefined where it was given none. Java: queryableStoreName. */
  readonly storeName: string | undefined

  /**
   * The entries that the predicate accepts. Java: filter.
   *
   * @example
   * const active = accounts.filter((account) => account.isActive)
   */
  filter<S extends V>(predicate: (value: V, key: K) => value is S, options?: KeptTableOptions<K, S>): KTable<K, S>
  filter(predicate: (value: V, key: K) => boolean, options?: KeptTableOptions<K, V>): KTable<K, V>

  /**
   * The entries that the predicate refuses. Java: filterNot.
   *
   * @example
   * const open = accounts.filterNot((account) => account.isClosed)
   */
  filterNot<S extends V>(
    predicate: (value: V, key: K) => value is S,
    options?: KeptTableOptions<K, Exclude<V, S>>,
  ): KTable<K, Exclude<V, S>>
  filterNot(predicate: (value: V, key: K) => boolean, options?: KeptTableOptions<K, V>): KTable<K, V>

  /**
   * Makes another value of each entry; null deletes it. Stored only with a `store`. Java: mapValues.
   *
   * @example
   * const names = customers.mapValues((customer) => customer.name, { store: 'names', value: serdes.string })
   */
  mapValues<R extends Data>(
    mapper: (value: V, key: K) => R,
    options?: TableOptions<K, NonNullable<R>>,
  ): KTable<K, NonNullable<R>>

  /**
   * Makes another value of each entry, with stores; called for deletions too. Java: transformValues.
   *
   * @example
   * const ranked = scores.transformValues({
   *   stores: [ranks],
   *   init: (context) => ({ transform: (score, key) => rank(context.store(ranks), key, score) }),
   * })
   */
  transformValues<R extends Data>(
    transformer: ValueTransformer<K, V, R>,
    options?: TableOptions<K, NonNullable<R>>,
  ): KTable<K, NonNullable<R>>

  /**
   * The table's changes as a stream; a deletion is a null value. With a function, under other keys. Java: toStream.
   *
   * @example
   * perMinute.toStream((count, windowed) => `${windowed.key}@${windowed.window.start}`, { key: serdes.string })
   */
  toStream<KR extends Data>(mapper: (value: V | null, key: K) => KR, options?: KeyOptions<KR>): KStream<KR, V | null>
  toStream(options?: NodeOptions): KStream<K, V | null>

  /**
   * Holds back updates: for a time, or of windows until they are final. Java: suppress.
   *
   * @example
   * perMinute.suppress({ until: 'window-closes' }).toStream()
   */
  suppress(options: SuppressOptions<K>): KTable<K, V>

  /**
   * Groups by other keys and values, for an aggregation that follows the table: what changes is subtracted, then added.
   * Java: groupBy.
   *
   * @example
   * const revenue = orders
   *   .groupBy((order) => [order.country, order.amount], { key: serdes.string, value: serdes.float64 })
   *   .reduce({ add: (sum, amount) => sum + amount, subtract: (sum, amount) => sum - amount })
   */
  groupBy<KR extends Data, VR extends Data>(
    mapper: (value: V, key: K) => readonly [key: KR, value: VR] | null,
    options?: SerdeOptions<KR, VR>,
  ): KGroupedTable<NonNullable<KR>, NonNullable<VR>>

  /**
   * Joins two tables by key, or, with `foreignKey`, each entry with the one of another table that it points to. Java: join.
   *
   * @example
   * const priced = stock.join(prices, (count, price) => count * price)
   * @example
   * const enriched = orders.join(customers, (order, customer) => ({ ...order, customer }), {
   *   foreignKey: (order) => order.customerId,
   * })
   */
  join<KO, VO, R extends Data>(
    other: KTable<KO, VO>,
    joiner: (left: V, right: VO, key: K) => R,
    options: ForeignKeyJoinOptions<K, V, KO, NonNullable<R>>,
  ): KTable<K, NonNullable<R>>
  join<VO, R extends Data>(
    other: KTable<K, VO>,
    joiner: (left: V, right: VO, key: K) => R,
    options?: TableOptions<K, NonNullable<R>>,
  ): KTable<K, NonNullable<R>>

  /**
   * As join; an entry of this table without a partner is joined with undefined. Java: leftJoin.
   *
   * @example
   * const withNotes = orders.leftJoin(notes, (order, note) => ({ ...order, note: note ?? '' }))
   */
  leftJoin<KO, VO, R extends Data>(
    other: KTable<KO, VO>,
    joiner: (left: V, right: VO | undefined, key: K) => R,
    options: ForeignKeyJoinOptions<K, V, KO, NonNullable<R>>,
  ): KTable<K, NonNullable<R>>
  leftJoin<VO, R extends Data>(
    other: KTable<K, VO>,
    joiner: (left: V, right: VO | undefined, key: K) => R,
    options?: TableOptions<K, NonNullable<R>>,
  ): KTable<K, NonNullable<R>>

  /**
   * Joins two tables by key; an entry of either without a partner is joined with undefined. Java: outerJoin.
   *
   * @example
   * const all = planned.outerJoin(actual, (plan, fact) => ({ plan: plan ?? 0, fact: fact ?? 0 }))
   */
  outerJoin<VO, R extends Data>(
    other: KTable<K, VO>,
    joiner: (left: V | undefined, right: VO | undefined, key: K) => R,
    options?: TableOptions<K, NonNullable<R>>,
  ): KTable<K, NonNullable<R>>
}

/**
 * A table that every instance holds whole, of all partitions of its topic: joined by any key, without repartitioning.
 * Java: GlobalKTable.
 *
 * @example
 * items.join(builder.globalTable(products), (item, product) => ({ ...item, product }), { on: (item) => item.sku })
 */
export interface GlobalKTable<in out K, out V> {
  /** Only types: they tell global tables apart. */
  readonly '~key': (key: K) => K
  readonly '~value': () => V
  /** The name of its store. Java: queryableStoreName. */
  readonly storeName: string
}
