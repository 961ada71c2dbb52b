// The Processor API: a topology built node by node. Nodes are values, so that the types of a parent are checked, and a parent that
// does not exist cannot be named.
import type { KeyValueHandle, Processor, StoreHandle } from '../processors/index.ts'
import { process, tableSource } from '../processors/index.ts'
import type { KeyOf, TopicPattern, TopicSink, TopicSource, ValueOf } from '../serde/index.ts'
import { type Topology, callPlace } from '../topology/index.ts'
import type { PartitionOptions, SourceOptions, TopicChooser } from './api/options.ts'
import { type BuilderOptions, resolveBuilderOptions } from './builder-options.ts'
import { faces } from './faces.ts'
import { lower } from './lower.ts'
import { Plan, type PlanNode } from './plan.ts'
import { NO_SERDE } from './serde-slot.ts'
import { type AnySourceOptions, sourceStep } from './source-step.ts'
import { globalHandleStore, handleStore } from './store-choice.ts'
import { addNode, checkNodeName, processorStores } from './stream-plan.ts'
import { topicChooser } from './topic-chooser.ts'

/** A node of a topology that is built by hand: what it sends on has keys and values of these types. */
export interface TopologyNode<in out K, out V> {
  /** Only types: they tell nodes apart. */
  readonly '~key': (key: K) => K
  readonly '~value': () => V
  readonly name: string
}

/** Options of a {@link TopologyBuilder}. */
export type TopologyBuilderOptions = Pick<BuilderOptions, 'timestamp' | 'wrapProcessor'>

/** Options of a sink. */
export interface SinkNodeOptions<K, V> extends PartitionOptions<K, V> {
  /** Of topics that a function names; those that it gives as topics have their own. */
  readonly serdes?: Pick<TopicSink<K, V>, 'key' | 'value'>
}

/**
 * Builds a topology of processors by hand. Java: Topology (the Processor API).
 *
 * @example
 * const builder = new TopologyBuilder()
 * const source = builder.addSource('payments', payments)
 * const fraud = builder.addProcessor('detect-fraud', detectFraud, source)
 * builder.addSink('alerts', alerts, fraud)
 * const topology = builder.build()
 */
export class TopologyBuilder {
  readonly #plan: Plan
  readonly #nodes = new Map<object, PlanNode>()

  constructor(options: TopologyBuilderOptions = {}) {
    this.#plan = new Plan({ ...resolveBuilderOptions(options), isByHand: true }, faces)
  }

  /**
   * Adds a source that reads a topic, several, or all that match a pattern. Java: addSource.
   *
   * @example
   * const source = builder.addSource('orders', orders, { startFrom: 'latest' })
   */
  addSource<T extends TopicSource<any, any>>(
    name: string,
    topics: readonly T[],
    options?: Omit<SourceOptions<KeyOf<T>, ValueOf<T>>, 'name'>,
  ): TopologyNode<KeyOf<T>, ValueOf<T>>
  addSource<K, V>(
    name: string,
    topic: TopicSource<K, V>,
    options?: Omit<SourceOptions<K, V>, 'name'>,
  ): TopologyNode<K, V>
  addSource(
    name: string,
    source: TopicSource<any, any> | readonly TopicSource<any, any>[],
    options: Omit<SourceOptions<any, any>, 'name'> = {},
  ): TopologyNode<any, any> {
    const place = callPlace()
    const plan = this.#plan
    const sources = (Array.isArray(source) ? source : [source]) as readonly TopicSource<any, any>[]
    const first = (sources[0] ?? { key: undefined, value: undefined }) as TopicSource<any, any>
    if (sources.length === 0) plan.problem(`source '${name}' reads no topic: give at least one`, place)
    checkNodeName(plan, name, place)
    const pattern = first.kind === 'topic-pattern' ? (first as TopicPattern<any, any>).pattern : undefined
    const topics = pattern === undefined ? sources.map((topic) => topic.name) : []
    const step = { kind: 'source', topics, pattern, ...sourceStep(first, options as AnySourceOptions) } as const
    return this.#made(name, addNode(plan, [plan.root], name, step, { place }))
  }

  /**
   * Adds a processor below one node or several, with the stores that it names. Java: addProcessor.
   *
   * @example
   * const counted = builder.addProcessor('count', countWords, [lines, moreLines])
   */
  addProcessor<K, V, KR = never, VR = never>(
    name: string,
    processor: Processor<K, V, KR, VR>,
    parents: TopologyNode<K, V> | readonly TopologyNode<K, V>[],
  ): TopologyNode<KR, VR> {
    const place = callPlace()
    checkNodeName(this.#plan, name, place)
    const specs = processorStores(processor, place)
    // The types have been checked; what runs is one processor for all types.
    const create = () => process(processor as Processor<any, any, any, any>)
    const step = { kind: 'processor', stores: () => specs, create } as const
    return this.#made(name, addNode(this.#plan, this.#parents(name, parents, place), name, step, { place }))
  }

  /**
   * Adds a sink below one node or several: what comes is written to a topic, or for each record to the one that a function names.
   * Java: addSink.
   *
   * @example
   * builder.addSink('alerts', alerts, [fraud, errors])
   */
  addSink<K, V>(
    name: string,
    topic: TopicSink<K, NonNullable<V>> | TopicChooser<K, V>,
    parents: TopologyNode<K, V> | readonly TopologyNode<K, V>[],
    options: SinkNodeOptions<K, V> = {},
  ): void {
    const place = callPlace()
    checkNodeName(this.#plan, name, place)
    const serdes = typeof topic === 'function' ? options.serdes : topic
    const fixed = { key: options.serdes?.key, value: options.serdes?.value }
    const step = {
      kind: 'sink',
      topic:
        typeof topic === 'function' ? topicChooser(topic as Parameters<typeof topicChooser>[0], fixed) : topic.name,
      key: serdes?.key ?? NO_SERDE,
      value: serdes?.value ?? NO_SERDE,
      partition: options.partition,
    } as const
    addNode(this.#plan, this.#parents(name, parents, place), name, step, { place })
  }

  /**
   * Keeps a store on every instance that a processor fills from all partitions of a topic; any processor may use it.
   * Java: addGlobalStore.
   *
   * @example
   * builder.addGlobalStore('rates', rates, rateTopic, {
   *   stores: [rates],
   *   init: (context) => ({ process: ({ key, value }) => context.store(rates).put(key, value) }),
   * })
   */
  addGlobalStore<K, V>(
    name: string,
    handle: StoreHandle,
    topic: TopicSource<K, V>,
    processor: Processor<K, V>,
    options: Omit<SourceOptions<K, V>, 'name'> = {},
  ): void {
    const place = callPlace()
    checkNodeName(this.#plan, name, place)
    const step = {
      kind: 'global-store',
      sourceName: `${name}-source`,
      topic: topic.name,
      store: globalHandleStore(handle, topic.name, place),
      create: () => process(processor as Processor<any, any>),
      ...sourceStep(topic, options as AnySourceOptions),
    } as const
    addNode(this.#plan, [this.#plan.root], name, step, { place })
  }

  /**
   * Keeps a store that a topic fills, partition by partition; the topic is its changelog. Java: addReadOnlyStateStore, KIP-813.
   *
   * @example
   * builder.addReadOnlyStore('limits', limits, limitTopic)
   */
  addReadOnlyStore<K, V>(
    name: string,
    handle: KeyValueHandle<NonNullable<K>, NonNullable<V>>,
    topic: TopicSource<K, V>,
    options: Omit<SourceOptions<K, V>, 'name'> = {},
  ): void {
    const place = callPlace()
    checkNodeName(this.#plan, name, place)
    const step = {
      kind: 'read-only-store',
      sourceName: `${name}-source`,
      topic: topic.name,
      store: { ...handleStore(handle, place), keeper: 'operator' },
      create: () => tableSource({ store: handle.name, sendOldValues: false }),
      ...sourceStep(topic, options as AnySourceOptions),
    } as const
    addNode(this.#plan, [this.#plan.root], name, step, { place })
  }

  /**
   * Makes the topology.
   *
   * @throws TopologyError with all mistakes, each with its place.
   * @example
   * console.log(builder.build().describe())
   */
  build(): Topology {
    return lower(this.#plan)
  }

  #made(name: string, node: PlanNode): TopologyNode<any, any> {
    const made = Object.freeze({ name })
    this.#nodes.set(made, node)
    // The phantom members are only types.
    return made as TopologyNode<any, any>
  }

  #parents(
    name: string,
    parents: TopologyNode<any, any> | readonly TopologyNode<any, any>[],
    place: string | undefined,
  ): readonly PlanNode[] {
    const list = Array.isArray(parents) ? (parents as readonly TopologyNode<any, any>[]) : [parents]
    if (list.length === 0) this.#plan.problem(`node '${name}' has no parent: give at least one`, place)
    return list.flatMap((parent) => {
      const node = this.#nodes.get(parent)
      if (node === undefined) {
        const { name: parentName } = parent as TopologyNode<any, any>
        this.#plan.problem(`parent '${parentName}' of node '${name}' is of another builder: add it to this one`, place)
      }
      return node ?? []
    })
  }
}
