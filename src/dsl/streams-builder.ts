// The entry to the DSL: sources in, a topology out.
import type { KeyValueHandle, Processor, ProcessorSupplier, StoreHandle } from '../processors/index.ts'
import { process, tableSource } from '../processors/index.ts'
import type { KeyOf, TopicPattern, TopicSource, ValueOf } from '../serde/index.ts'
import { type Topology, callPlace } from '../topology/index.ts'
import type { KStream } from './api/k-stream.ts'
import type { GlobalKTable, KTable } from './api/k-table.ts'
import type { GlobalTableOptions, SourceOptions, TableSourceOptions } from './api/options.ts'
import { type BuilderOptions, resolveBuilderOptions } from './builder-options.ts'
import { faces } from './faces.ts'
import { GlobalTablePlan } from './global-table.ts'
import { lower } from './lower.ts'
import { Plan, PlanNode } from './plan.ts'
import { slotOf } from './serde-slot.ts'
import { type AnySourceOptions, sourceStep } from './source-step.ts'
import {
  type StoreChoice,
  type StoreOption,
  chooseStore,
  globalHandleStore,
  globalTableStore,
  handleStore,
  isVersionedChoice,
  keyValueStore,
} from './store-choice.ts'
import type { StoreSpec } from './store-spec.ts'
import { addNode, checkNodeName, implicitStore } from './stream-plan.ts'
import { StreamPlan } from './stream.ts'
import { SourceTable } from './table-state.ts'
import { TablePlan } from './table.ts'

type AnySource = TopicSource<any, any>

/**
 * Builds a topology: streams and tables from topics, operators on them, and `build()` at the end. Java: StreamsBuilder.
 *
 * @example
 * const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
 * builder.stream(lines).flatMapValues((line) => line.split(' ')).groupBy((word) => word).count().toStream().to(counts)
 * const topology = builder.build()
 */
export class StreamsBuilder {
  readonly #plan: Plan

  constructor(options: BuilderOptions = {}) {
    this.#plan = new Plan(resolveBuilderOptions(options), faces)
  }

  /**
   * Reads a topic, several, or all that match a pattern, as a stream. Java: stream.
   *
   * @example
   * const orders = builder.stream(topic('orders', { key: serdes.string, value: serdes.json<Order>() }))
   */
  stream<T extends TopicSource<any, any>>(
    topics: readonly T[],
    options?: SourceOptions<KeyOf<T>, ValueOf<T>>,
  ): KStream<KeyOf<T>, ValueOf<T>>
  stream<K, V>(topic: TopicSource<K, V>, options?: SourceOptions<K, V>): KStream<K, V>
  stream(source: AnySource | readonly AnySource[], options: SourceOptions<any, any> = {}): KStream<any, any> {
    const place = callPlace()
    const plan = this.#plan
    const sources = Array.isArray(source) ? (source as readonly AnySource[]) : [source as AnySource]
    const [first] = sources
    checkNodeName(plan, options.name, place)
    const name = plan.nameOr(options.name, 'KSTREAM-SOURCE-')
    if (first === undefined) {
      plan.problem('stream reads no topic: give at least one', place)
      return this.#emptyStream(name, place)
    }
    const pattern = first.kind === 'topic-pattern' ? (first as TopicPattern<any, any>).pattern : undefined
    const topics = pattern === undefined ? sources.map((topic) => topic.name) : []
    this.#checkOneSerde(sources, place)
    if (sources.length > 1 && sources.some(({ kind }) => kind === 'topic-pattern')) {
      plan.problem('a pattern cannot be one of several topics: read it with a stream() of its own, and merge()', place)
    }
    const step = { kind: 'source', topics, pattern, ...sourceStep(first, options as AnySourceOptions) } as const
    const node = addNode(plan, [plan.root], name, step, { place })
    return asStream(
      new StreamPlan({
        plan,
        node,
        name,
        key: slotOf(first.key),
        value: slotOf(first.value),
        sources: new Set([name]),
        needsRepartition: false,
      }),
    )
  }

  /**
   * Reads a topic as a table: the last value of each key; null values delete. Stored where it has a `store` or something needs
   * it. Java: table.
   *
   * @example
   * const customers = builder.table(customerTopic, { store: 'customers' })
   */
  table<K, V>(
    topic: TopicSource<K, V>,
    options: TableSourceOptions<NonNullable<K>, NonNullable<V>> = {},
  ): KTable<NonNullable<K>, NonNullable<V>> {
    const place = callPlace()
    const plan = this.#plan
    checkNodeName(plan, options.name, place)
    const choice = chooseStore(options.store as StoreOption)
    const storeName = this.#tableStoreName(topic.name, choice, place)
    const sourceName = plan.nameOr(options.name, 'KSTREAM-SOURCE-', '-source')
    const name = plan.nameOr(options.name, 'KTABLE-SOURCE-')
    const slots = tableSlots(topic, choice)
    const isVersioned = isVersionedChoice(choice)
    const store = keyValueStore({ plan, operator: 'table', place, choice, name: storeName, ...slots })
    const table = new SourceTable(store, { isStored: choice.name !== undefined, isVersioned })
    const step = {
      kind: 'table-source',
      sourceName,
      topic: topic.name,
      table,
      reusesTopic: false,
      ...sourceStep(topic, options as AnySourceOptions),
    } as const
    const node = addNode(plan, [plan.root], name, step, { place, isVersioned })
    const sources = new Set([sourceName])
    return asTable(new TablePlan({ plan, node, name, ...slots, sources, storeName: choice.name, state: table }))
  }

  /**
   * Reads all partitions of a topic as a table that every instance holds whole. Java: globalTable.
   *
   * @example
   * const products = builder.globalTable(productTopic, { store: 'products' })
   */
  globalTable<K, V>(
    topic: TopicSource<K, V>,
    options: GlobalTableOptions<NonNullable<K>, NonNullable<V>> = {},
  ): GlobalKTable<NonNullable<K>, NonNullable<V>> {
    const place = callPlace()
    const plan = this.#plan
    checkNodeName(plan, options.name, place)
    const choice = chooseStore(options.store as StoreOption)
    const storeName = this.#tableStoreName(topic.name, choice, place)
    const request = { plan, operator: 'globalTable', place, choice, name: storeName, ...tableSlots(topic, choice) }
    const store = globalTableStore(request, topic.name)
    const create = (): ProcessorSupplier => tableSource({ store: storeName, sendOldValues: false })
    this.#addGlobal(topic, store, create, options as AnySourceOptions, place)
    return asGlobalTable(new GlobalTablePlan(plan, storeName, choice.name))
  }

  /**
   * Keeps a store on every instance that a processor fills from all partitions of a topic. Java: addGlobalStore.
   *
   * @example
   * builder.addGlobalStore(rates, rateTopic, {
   *   stores: [rates],
   *   init: (context) => ({ process: ({ key, value }) => context.store(rates).put(key, value) }),
   * })
   */
  addGlobalStore<K, V>(
    handle: StoreHandle,
    topic: TopicSource<K, V>,
    processor: Processor<K, V>,
    options: SourceOptions<K, V> = {},
  ): void {
    const place = callPlace()
    checkNodeName(this.#plan, options.name, place)
    const store = globalHandleStore(handle, topic.name, place)
    this.#addGlobal(topic, store, () => process(processor), options as AnySourceOptions, place)
  }

  /**
   * Keeps a store that a topic fills, partition by partition; the topic is its changelog. Java: addReadOnlyStateStore, KIP-813.
   *
   * @example
   * builder.addReadOnlyStore(limits, limitTopic)
   */
  addReadOnlyStore<K, V>(
    handle: KeyValueHandle<NonNullable<K>, NonNullable<V>>,
    topic: TopicSource<K, V>,
    options: SourceOptions<K, V> & { readonly processor?: Processor<K, V> } = {},
  ): void {
    const place = callPlace()
    const plan = this.#plan
    checkNodeName(plan, options.name, place)
    const sourceName = plan.nameOr(options.name, 'KSTREAM-SOURCE-', '-source')
    const name = plan.nameOr(options.name, 'KTABLE-SOURCE-')
    const { processor } = options
    const step = {
      kind: 'read-only-store',
      sourceName,
      topic: topic.name,
      store: { ...handleStore(handle, place), keeper: 'operator' },
      create: () =>
        processor === undefined
          ? tableSource({ store: handle.name, sendOldValues: false })
          : process(processor as Processor<any, any>),
      ...sourceStep(topic, options as AnySourceOptions),
    } as const
    addNode(plan, [plan.root], name, step, { place })
  }

  /**
   * Makes the topology: applies what `optimize` asks for, checks everything, and gives a value that `Streams` runs and
   * `describe()` prints. Java: build.
   *
   * @throws TopologyError with all mistakes, each with its place.
   * @example
   * console.log(builder.build().describe())
   */
  build(): Topology {
    return lower(this.#plan)
  }

  #addGlobal(
    topic: AnySource,
    store: StoreSpec,
    create: () => ProcessorSupplier,
    options: AnySourceOptions,
    place: string | undefined,
  ): void {
    const plan = this.#plan
    const sourceName = plan.nameOr(options.name, 'KSTREAM-SOURCE-', '-source')
    const name = plan.nameOr(options.name, 'KTABLE-SOURCE-')
    const step = {
      kind: 'global-store',
      sourceName,
      topic: topic.name,
      store,
      create,
      ...sourceStep(topic, options),
    } as const
    addNode(plan, [plan.root], name, step, { place })
  }

  #tableStoreName(topic: string, choice: StoreChoice, place: string | undefined): string {
    if (choice.name !== undefined) return choice.name
    const name = this.#plan.newStoreName(`${topic}-`)
    implicitStore(this.#plan, name, choice.settings.changelog !== false, place)
    return name
  }

  /** One source node decodes the records of all its topics. */
  #checkOneSerde(sources: readonly AnySource[], place: string | undefined): void {
    const [first] = sources
    const other = sources.find((source) => source.key !== first?.key || source.value !== first.value)
    if (first === undefined || other === undefined) return
    this.#plan.problem(
      `topics '${first.name}' and '${other.name}' of one stream have different serdes: give them the same, or read each with ` +
        'its own stream() and merge()',
      place,
    )
  }

  #emptyStream(name: string, place: string | undefined): KStream<any, any> {
    const plan = this.#plan
    const node = new PlanNode(name, { kind: 'root' }, { place })
    const lost = { serde: undefined, lostBy: 'stream' }
    const fields = { plan, node, name, key: lost, value: lost, sources: new Set([name]), needsRepartition: false }
    return asStream(new StreamPlan(fields))
  }
}

function tableSlots(topic: AnySource, choice: StoreChoice) {
  return { key: slotOf(choice.key ?? topic.key), value: slotOf(choice.value ?? topic.value) }
}

// The erasure points: the classes behind the interfaces know no types of keys and values.
function asStream(stream: StreamPlan): KStream<any, any> {
  return stream as unknown as KStream<any, any>
}

function asTable(table: TablePlan): KTable<any, any> {
  return table as unknown as KTable<any, any>
}

function asGlobalTable(table: GlobalTablePlan): GlobalKTable<any, any> {
  return table as unknown as GlobalKTable<any, any>
}
