// Collects nodes, stores and internal topics and makes a Topology of them. The DSL (lower.ts) and TopologyBuilder share it.
// Invariants: nodes stay in the order in which they were added, parents first; a mistake is noted and the rest still taken, so
// that assemble() reports all mistakes at once.
import type { StoreDefinition } from '../state/index.ts'
import { CopartitionGroups } from './copartition.ts'
import { describeTopology } from './describe.ts'
import { changelogTopic, repartitionTopic } from './internal-topics.ts'
import type { ProcessorNode, SinkNode, SourceNode, TimestampExtractor, TopicRef, TopologyNode } from './node.ts'
import { TopologyError, type TopologyProblem } from './topology-error.ts'
import type { InternalTopic, SubTopology, Topology } from './topology.ts'
import { UnionFind } from './union-find.ts'

export interface InternalTopicOptions {
  readonly kind: 'repartition' | 'foreign-key'
  readonly partitions: number | undefined
}

interface AddedStore {
  readonly definition: StoreDefinition
  readonly place: string | undefined
  readonly processors: string[]
}

interface AddedTopic {
  readonly sourceName: string
  readonly place: string | undefined
}

export class TopologyAssembler {
  readonly #nodes = new Map<string, TopologyNode>()
  readonly #stores = new Map<string, AddedStore>()
  readonly #globalStores = new Map<string, AddedStore>()
  readonly #globalSources = new Set<string>()
  readonly #brokenStores = new Set<string>()
  readonly #internalTopics = new Map<string, InternalTopicOptions>()
  readonly #sourceTopics = new Map<string, AddedTopic>()
  readonly #patterns: { readonly pattern: RegExp; readonly place: string | undefined }[] = []
  readonly #groups = new UnionFind()
  readonly #copartition = new CopartitionGroups()
  readonly #problems: TopologyProblem[] = []

  /** Notes a mistake: assemble() will throw. */
  problem(message: string, place: string | undefined): void {
    if (this.#problems.some((known) => known.message === message && known.place === place)) return
    this.#problems.push({ message, place })
  }

  addSource(node: SourceNode): void {
    if (!this.#add(node)) return
    for (const topic of node.topics) this.#claimTopic(topic.name, node)
    if (node.pattern !== undefined) this.#claimPattern(node.pattern, node)
  }

  addProcessor(node: ProcessorNode): void {
    if (!this.#add(node)) return
    for (const parent of node.parents) this.#groups.unite(parent, node.name)
    for (const store of node.stores) this.#connect(node, store)
  }

  addSink(node: SinkNode): void {
    if (!this.#add(node)) return
    for (const parent of node.parents) this.#groups.unite(parent, node.name)
  }

  /** Adds a store that processors may then name; the same definition may be added again. */
  addStore(definition: StoreDefinition, place: string | undefined): void {
    const known = this.#stores.get(definition.name) ?? this.#globalStores.get(definition.name)
    if (known === undefined) this.#stores.set(definition.name, { definition, place, processors: [] })
    else if (known.definition !== definition) this.#storeNameTwice(definition.name, known.place, place)
  }

  /** A store that could not be made, which has been noted: that processors use it is no second mistake. */
  addBrokenStore(name: string): void {
    this.#brokenStores.add(name)
  }

  /** A store that every instance holds whole: a source and the processor that writes the store, in a sub-topology of their own. */
  addGlobalStore(source: SourceNode, processor: ProcessorNode, definition: StoreDefinition): void {
    const { place } = source
    const known = this.#stores.get(definition.name) ?? this.#globalStores.get(definition.name)
    if (known === undefined)
      this.#globalStores.set(definition.name, { definition, place, processors: [processor.name] })
    else this.#storeNameTwice(definition.name, known.place, place)
    this.addSource(source)
    this.#globalSources.add(source.name)
    if (this.#add(processor)) this.#groups.unite(source.name, processor.name)
  }

  addInternalTopic(name: string, options: InternalTopicOptions): void {
    this.#internalTopics.set(name, options)
  }

  /** Sources (by node name) whose topics must have equal numbers of partitions. */
  copartition(sourceNames: Iterable<string>, place: string | undefined): void {
    this.#copartition.add(sourceNames, place)
  }

  store(name: string): StoreDefinition | undefined {
    return this.#stores.get(name)?.definition
  }

  /** @throws TopologyError with all mistakes. */
  assemble(defaultTimestamp: TimestampExtractor): Topology {
    const nodes = [...this.#nodes.values()]
    const resolved = this.#copartition.resolve((sourceName) => this.#topicsOf(sourceName))
    this.#checkCopartition(resolved)
    if (this.#problems.length > 0) throw new TopologyError(this.#problems)
    const subTopologies = Object.freeze(
      this.#subTopologies(
        nodes,
        resolved.map((group) => group.topics),
      ),
    )
    return Object.freeze({
      kind: 'topology',
      subTopologies,
      nodes: Object.freeze(nodes),
      stores: Object.freeze([...this.#stores.values()].map((store) => store.definition)),
      globalStores: Object.freeze([...this.#globalStores.values()].map((store) => store.definition)),
      topics: Object.freeze(userTopics(nodes)),
      defaultTimestamp,
      describe: () => describeTopology(subTopologies),
    })
  }

  #add(node: TopologyNode): boolean {
    const known = this.#nodes.get(node.name)
    if (known !== undefined) {
      this.problem(`two nodes are named '${node.name}'${alsoAt(known.place)}: give each a name of its own`, node.place)
      return false
    }
    this.#nodes.set(node.name, node)
    this.#groups.add(node.name)
    return true
  }

  #connect(node: ProcessorNode, storeName: string): void {
    if (this.#globalStores.has(storeName) || this.#brokenStores.has(storeName)) return
    const store = this.#stores.get(storeName)
    if (store === undefined) {
      this.problem(`processor '${node.name}' uses the store '${storeName}', which nobody added`, node.place)
      return
    }
    const [first] = store.processors
    if (first !== undefined) this.#groups.unite(first, node.name)
    store.processors.push(node.name)
  }

  #claimTopic(topic: string, node: SourceNode): void {
    const known = this.#sourceTopics.get(topic)
    if (known !== undefined) {
      const other = `source '${known.sourceName}'${alsoAt(known.place)}`
      this.problem(
        `topic '${topic}' is read by ${other} and by source '${node.name}': read it once and use that stream or table twice`,
        node.place,
      )
      return
    }
    const pattern = this.#patterns.find((candidate) => candidate.pattern.test(topic))
    if (pattern !== undefined) this.#topicMatchesPattern(topic, pattern.pattern, node.place)
    this.#sourceTopics.set(topic, { sourceName: node.name, place: node.place })
  }

  #claimPattern(pattern: RegExp, node: SourceNode): void {
    for (const topic of this.#sourceTopics.keys()) {
      if (pattern.test(topic)) this.#topicMatchesPattern(topic, pattern, node.place)
    }
    this.#patterns.push({ pattern, place: node.place })
  }

  #topicMatchesPattern(topic: string, pattern: RegExp, place: string | undefined): void {
    this.problem(
      `topic '${topic}' is read by name and by the pattern ${String(pattern)}: its records would come twice; change the pattern`,
      place,
    )
  }

  #storeNameTwice(name: string, first: string | undefined, second: string | undefined): void {
    this.problem(`two stores are named '${name}'${alsoAt(first)}: give each a name of its own`, second)
  }

  #topicsOf(sourceName: string): readonly TopicRef[] {
    const node = this.#nodes.get(sourceName)
    return node?.kind === 'source' ? node.topics : []
  }

  /** Numbers of partitions that the user fixed must agree where nothing else in the set decides. */
  #checkCopartition(
    groups: readonly { readonly topics: readonly TopicRef[]; readonly place: string | undefined }[],
  ): void {
    for (const { topics, place } of groups) {
      const fixed = topics.map((topic) => this.#internalTopics.get(topic.name)?.partitions)
      if (fixed.includes(undefined) || new Set(fixed).size <= 1) continue
      const list = topics.map((topic, index) => `'${topic.name}' (${fixed[index]})`).join(', ')
      this.problem(
        `topics ${list} are joined, so they must have as many partitions as each other: give their repartition the same number`,
        place,
      )
    }
  }

  #subTopologies(nodes: readonly TopologyNode[], copartitionGroups: readonly (readonly TopicRef[])[]): SubTopology[] {
    const byRoot = new Map<string, TopologyNode[]>()
    for (const node of nodes) {
      const root = this.#groups.root(node.name)
      const group = byRoot.get(root)
      if (group === undefined) byRoot.set(root, [node])
      else group.push(node)
    }
    return [...byRoot.values()].map((group, id) => this.#subTopology(id, group, copartitionGroups))
  }

  #subTopology(
    id: number,
    nodes: readonly TopologyNode[],
    copartitionGroups: readonly (readonly TopicRef[])[],
  ): SubTopology {
    const names = new Set(nodes.map((node) => node.name))
    const isGlobal = nodes.some((node) => this.#globalSources.has(node.name))
    const all = [...(isGlobal ? this.#globalStores : this.#stores).values()]
    const stores = all
      .filter((store) => store.processors.some((processor) => names.has(processor)))
      .map((store) => store.definition)
    const sourceTopics = nodes.flatMap((node) => (node.kind === 'source' ? node.topics : []))
    const read = new Set(sourceTopics.map((topic) => topic.name))
    return Object.freeze({
      id,
      nodes: Object.freeze(nodes),
      stores: Object.freeze(stores),
      sourceTopics: Object.freeze(sourceTopics),
      sinkTopics: Object.freeze(nodes.flatMap(sinkTopics)),
      repartitionTopics: Object.freeze(sourceTopics.flatMap((topic) => this.#repartitionTopic(topic))),
      changelogTopics: Object.freeze(isGlobal ? [] : stores.filter(hasChangelog).map(changelogTopic)),
      copartitionGroups: Object.freeze(
        copartitionGroups.filter((group) => group.some((topic) => read.has(topic.name))),
      ),
      isGlobal,
    })
  }

  #repartitionTopic(topic: TopicRef): InternalTopic[] {
    const options = this.#internalTopics.get(topic.name)
    return options === undefined ? [] : [repartitionTopic(topic.name, options.kind, options.partitions)]
  }
}

function hasChangelog(store: StoreDefinition): boolean {
  return store.logging && store.sourceTopic === undefined
}

function sinkTopics(node: TopologyNode): TopicRef[] {
  return node.kind === 'sink' && typeof node.topic !== 'function' ? [node.topic] : []
}

function userTopics(nodes: readonly TopologyNode[]): string[] {
  const topics = nodes.flatMap((node) => (node.kind === 'source' ? node.topics : sinkTopics(node)))
  return [...new Set(topics.filter((topic) => !topic.isInternal).map((topic) => topic.name))]
}

function alsoAt(place: string | undefined): string {
  return place === undefined ? '' : ` (the other at ${place})`
}
