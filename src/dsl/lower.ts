// Plan -> Topology: writes the nodes in the order of their priority, makes the operators, resolves serdes and stores. Mistakes
// are collected; build() throws them all.
import { type ProcessorSupplier, changeSerde, nullKeyFilter, passThrough } from '../processors/index.ts'
import { type Decoder, type Encoder, type Serde, innerKeySerde, serdes } from '../serde/index.ts'
import type { StoreDefinition } from '../state/index.ts'
import {
  type ProcessorNode,
  type SourceNode,
  type TopicRef,
  type Topology,
  TopologyAssembler,
} from '../topology/index.ts'
import { optimize } from './optimize/optimize.ts'
import { hasVersionedInput, hasVersions } from './optimize/versions.ts'
import type { Plan, PlanNode } from './plan.ts'
import type { SerdeSlot } from './serde-slot.ts'
import type {
  ForeignKeyTopicStep,
  GlobalStoreStep,
  NamedProcessor,
  ProcessorStep,
  ReadOnlyStoreStep,
  RepartitionStep,
  SinkStep,
  SourceStep,
  Step,
  StreamJoinStep,
  TableJoinStep,
  TableRepartitionStep,
  TableSourceStep,
} from './steps.ts'
import type { StoreSpec } from './store-spec.ts'
import { missingEncoder } from './topic-chooser.ts'

/** Who needs a serde, and for what, for the message. */
export interface SerdeNeed {
  readonly operator: string
  readonly need: string
  readonly place: string | undefined
}

/** What operators may ask while they are made. */
export interface Lowering {
  /** The serde, or the builder's default; where there is none the mistake is noted and undefined comes back. */
  serde(slot: SerdeSlot, part: 'key' | 'value', need: SerdeNeed): Serde<any> | undefined
  /** Whether what the node sends on has versions. */
  isVersioned(node: PlanNode): boolean
  /** Whether what comes to the node has versions. */
  hasVersionedInput(node: PlanNode): boolean
  store(name: string): StoreDefinition | undefined
  problem(message: string, place: string | undefined): void
}

type SourceOptions = Pick<SourceNode, 'key' | 'value' | 'timestamp' | 'startFrom'>

const NO_PARENTS: readonly [] = Object.freeze([])

/** @throws TopologyError with all mistakes of the plan. */
export function lower(plan: Plan): Topology {
  return new PlanWriter(plan).write()
}

class PlanWriter implements Lowering {
  readonly #plan: Plan
  readonly #assembler = new TopologyAssembler()
  readonly #definitions = new Map<StoreSpec, StoreDefinition | undefined>()
  /** Handles that an operator of the DSL keeps the store of. */
  readonly #handles = new Map<object, StoreSpec>()
  readonly #globalStores = new Set<string>()

  constructor(plan: Plan) {
    this.#plan = plan
  }

  write(): Topology {
    for (const { message, place } of this.#plan.problems) this.problem(message, place)
    const optimized = optimize(this.#plan, (message, place) => this.problem(message, place))
    const order = writeOrder(optimized.root)
    this.#collectHandles(order)
    for (const node of order) this.#writeNode(node)
    for (const { sources, place } of optimized.copartition) this.#assembler.copartition(sources, place)
    this.#checkExplicitNames()
    return this.#assembler.assemble(this.#plan.options.timestamp)
  }

  serde(slot: SerdeSlot, part: 'key' | 'value', { operator, need, place }: SerdeNeed): Serde<any> | undefined {
    const serde = slot.serde ?? this.#plan.options[part]
    if (serde !== undefined) return serde
    const after = slot.lostBy === undefined || slot.lostBy.startsWith(operator) ? '' : ` after ${slot.lostBy}`
    this.problem(
      `no serde for the ${part}${after}, which ${operator} needs for its ${need}: add { ${part}: serdes... }`,
      place,
    )
    return undefined
  }

  isVersioned(node: PlanNode): boolean {
    return hasVersions(node)
  }

  hasVersionedInput(node: PlanNode): boolean {
    return hasVersionedInput(node)
  }

  store(name: string): StoreDefinition | undefined {
    return this.#assembler.store(name)
  }

  problem(message: string, place: string | undefined): void {
    this.#assembler.problem(message, place)
  }

  #collectHandles(nodes: readonly PlanNode[]): void {
    for (const spec of nodes.flatMap((node) => storesOf(node.step))) {
      if (spec.isGlobal) this.#globalStores.add(spec.name)
      if (spec.handle !== undefined && spec.keeper === 'operator') this.#handles.set(spec.handle, spec)
    }
  }

  #writeNode(node: PlanNode): void {
    const { step } = node
    switch (step.kind) {
      case 'root':
        return
      case 'source':
        return this.#writeSource(node, step)
      case 'table-source':
        return this.#writeTableSource(node, step)
      case 'global-store':
        return this.#writeGlobalStore(node, step)
      case 'read-only-store':
        return this.#writeReadOnlyStore(node, step)
      case 'processor':
        return this.#writeProcessor(node, step, node.name, parentNames(node))
      case 'repartition':
        return this.#writeRepartition(node, step)
      case 'table-repartition':
        return this.#writeTableRepartition(node, step)
      case 'sink':
        return this.#writeSink(node, step)
      case 'foreign-key-sink':
      case 'foreign-key-source':
        return this.#writeForeignKeyTopic(node, step)
      case 'stream-join':
        return this.#writeStreamJoin(node, step)
      case 'table-join':
        return this.#writeTableJoin(node, step)
    }
  }

  #writeSource(node: PlanNode, step: SourceStep): void {
    this.#addSource(node.name, step.topics.map(userTopic), step, node.options.place, step.pattern)
  }

  #writeTableSource(node: PlanNode, step: TableSourceStep): void {
    const { place } = node.options
    const { table } = step
    this.#addSource(step.sourceName, [userTopic(step.topic)], tableSourceOptions(step), place)
    const stores = table.isStored ? this.#addStores([table.store], place, reusedTopic(step)) : []
    this.#addProcessor(node.name, [step.sourceName], stores, table.processor(), place)
  }

  #writeGlobalStore(node: PlanNode, step: GlobalStoreStep): void {
    const { place } = node.options
    const definition = this.#define(step.store)
    if (definition === undefined) return
    const source = this.#sourceNode(step.sourceName, [userTopic(step.topic)], tableSourceOptions(step), place)
    const processor = this.#processorNode(node.name, [step.sourceName], [definition.name], step.create(), place)
    this.#assembler.addGlobalStore(source, processor, definition)
  }

  #writeReadOnlyStore(node: PlanNode, step: ReadOnlyStoreStep): void {
    const { place } = node.options
    this.#addSource(step.sourceName, [userTopic(step.topic)], tableSourceOptions(step), place)
    const stores = this.#addStores([step.store], place, { sourceTopic: step.topic, logging: false })
    this.#addProcessor(node.name, [step.sourceName], stores, step.create(), place)
  }

  #writeProcessor(node: PlanNode, step: ProcessorStep, name: string, parents: readonly string[]): void {
    const { place } = node.options
    const kept = this.#addStores(step.stores?.() ?? [], place)
    // Any node may use a global store: it is nobody's.
    const stores = [...new Set([...kept, ...(step.reads?.() ?? [])])].filter((store) => !this.#globalStores.has(store))
    this.#addProcessor(name, parents, stores, step.create(this, node), place)
  }

  #writeRepartition(node: PlanNode, step: RepartitionStep): void {
    const { place } = node.options
    const topic = internalTopic(step.topic)
    const need = { operator: 'repartition', need: `topic '${step.topic}'`, place }
    const key = this.serde(step.key, 'key', need)
    const value = this.serde(step.value, 'value', need)
    this.#assembler.addInternalTopic(step.topic, { kind: 'repartition', partitions: step.partitions })
    const filter = node.options.takesNullKeys === true ? passThrough() : nullKeyFilter()
    this.#addProcessor(step.filterName, parentNames(node), [], filter, place)
    if (key === undefined || value === undefined) return this.#addPlaceholder(node)
    this.#addSink(step.sinkName, [step.filterName], { topic, key, value, partition: step.partition }, place)
    this.#addInternalSource(node.name, topic, key, value, place)
  }

  #writeTableRepartition(node: PlanNode, step: TableRepartitionStep): void {
    const { place } = node.options
    const topic = internalTopic(step.topic)
    const need = { operator: 'groupBy', need: `topic '${step.topic}'`, place }
    const key = this.serde(step.key, 'key', need)
    const value = this.serde(step.value, 'value', need)
    this.#assembler.addInternalTopic(step.topic, { kind: 'repartition', partitions: undefined })
    if (key === undefined || value === undefined) return this.#addPlaceholder(node)
    const change = changeSerde(value)
    this.#addSink(step.sinkName, parentNames(node), { topic, key, value: change, partition: undefined }, place)
    this.#addInternalSource(node.name, topic, key, change, place)
  }

  #writeSink(node: PlanNode, step: SinkStep): void {
    const { place } = node.options
    const { topic, partition } = step
    if (typeof topic === 'function') {
      const key = this.#encoderIfKnown(step.key, 'key')
      const value = this.#encoderIfKnown(step.value, 'value')
      return this.#addSink(node.name, parentNames(node), { topic, key, value, partition }, place)
    }
    const need = { operator: 'to', need: `topic '${topic}'`, place }
    const key = this.#encoder(step.key, 'key', need)
    const value = this.#encoder(step.value, 'value', need)
    if (key === undefined || value === undefined) return
    this.#addSink(node.name, parentNames(node), { topic: userTopic(topic), key, value, partition }, place)
  }

  #writeForeignKeyTopic(node: PlanNode, step: ForeignKeyTopicStep): void {
    const { place } = node.options
    const topic = internalTopic(step.topic)
    const key = this.serde(step.key, 'key', { operator: 'join', need: `topic '${step.topic}'`, place })
    const value = step.value(this)
    this.#assembler.addInternalTopic(step.topic, { kind: 'foreign-key', partitions: undefined })
    if (key === undefined || value === undefined) {
      if (step.kind === 'foreign-key-source') this.#addPlaceholder(node)
      return
    }
    if (step.kind === 'foreign-key-source') this.#addInternalSource(node.name, topic, key, value, place)
    else this.#addSink(node.name, parentNames(node), { topic, key, value, partition: step.partition }, place)
  }

  #writeStreamJoin(node: PlanNode, step: StreamJoinStep): void {
    if (isSelfJoin(node, step)) return this.#writeProcessor(node, step.selfJoin, node.name, [step.leftWindowName])
    this.#writeNamed(node, step.left, step.leftWindowName)
    this.#writeNamed(node, step.right, step.rightWindowName)
    this.#writeProcessor(node, step.merge, node.name, [step.left.name, step.right.name])
  }

  #writeTableJoin(node: PlanNode, step: TableJoinStep): void {
    this.#writeNamed(node, step.left, step.left.parent)
    this.#writeNamed(node, step.right, step.right.parent)
    this.#writeProcessor(node, step.merge, node.name, [step.left.name, step.right.name])
  }

  #writeNamed(node: PlanNode, { name, step }: NamedProcessor, parent: string): void {
    this.#writeProcessor(node, step, name, [parent])
  }

  /** Keeps children from a second message where a serde is missing. */
  #addPlaceholder(node: PlanNode): void {
    this.#addProcessor(node.name, [], [], passThrough(), node.options.place)
  }

  #addProcessor(
    name: string,
    parents: readonly string[],
    stores: readonly string[],
    supplier: ProcessorSupplier,
    place: string | undefined,
  ): void {
    this.#assembler.addProcessor(this.#processorNode(name, parents, stores, supplier, place))
  }

  #processorNode(
    name: string,
    parents: readonly string[],
    stores: readonly string[],
    supplier: ProcessorSupplier,
    place: string | undefined,
  ): ProcessorNode {
    const wrap = this.#plan.options.wrapProcessor
    return Object.freeze({
      kind: 'processor',
      name,
      parents,
      stores,
      create: wrap === undefined ? supplier : () => wrap(supplier(), name),
      place,
    })
  }

  #addSource(
    name: string,
    topics: readonly TopicRef[],
    options: SourceOptions,
    place: string | undefined,
    pattern?: RegExp,
  ): void {
    this.#assembler.addSource(this.#sourceNode(name, topics, options, place, pattern))
  }

  #sourceNode(
    name: string,
    topics: readonly TopicRef[],
    { key, value, timestamp, startFrom }: SourceOptions,
    place: string | undefined,
    pattern?: RegExp,
  ): SourceNode {
    return Object.freeze({
      kind: 'source',
      name,
      topics: Object.freeze([...topics]),
      pattern,
      key,
      value,
      timestamp,
      startFrom,
      parents: NO_PARENTS,
      place,
    })
  }

  #addInternalSource(
    name: string,
    topic: TopicRef,
    key: Serde<any>,
    value: Decoder<any> & Encoder<any>,
    place: string | undefined,
  ): void {
    const options = {
      key: serdes.nullable(key),
      value: serdes.nullable(value),
      timestamp: 'fail-on-invalid' as const,
      startFrom: undefined,
    }
    this.#addSource(name, [topic], options, place)
  }

  #addSink(
    name: string,
    parents: readonly string[],
    options: {
      readonly topic: TopicRef | Extract<SinkStep['topic'], Function>
      readonly key: Encoder<any>
      readonly value: Encoder<any>
      readonly partition: SinkStep['partition']
    },
    place: string | undefined,
  ): void {
    const innerKey = innerKeySerde(options.key)
    this.#assembler.addSink(Object.freeze({ kind: 'sink', name, parents, ...options, innerKey, place }))
  }

  #encoder(slot: SerdeSlot | Encoder<any>, part: 'key' | 'value', need: SerdeNeed): Encoder<any> | undefined {
    return 'encode' in slot ? slot : this.serde(slot, part, need)
  }

  /** For topics that a function chooses: those that it gives bring serdes of their own. */
  #encoderIfKnown(slot: SerdeSlot | Encoder<any>, part: 'key' | 'value'): Encoder<any> {
    if ('encode' in slot) return slot
    return slot.serde ?? this.#plan.options[part] ?? missingEncoder(part, slot.lostBy)
  }

  #addStores(specs: readonly StoreSpec[], place: string | undefined, override?: Partial<StoreDefinition>): string[] {
    for (const spec of specs) {
      const keeper = this.#keeper(spec)
      const definition = this.#define(keeper, override)
      if (definition === undefined) this.#assembler.addBrokenStore(spec.name)
      else if (!keeper.isGlobal) this.#assembler.addStore(definition, keeper.place ?? place)
    }
    return specs.map((spec) => spec.name)
  }

  /** A processor names a handle whose store an operator keeps: it means that store. */
  #keeper(spec: StoreSpec): StoreSpec {
    return (spec.handle === undefined ? undefined : this.#handles.get(spec.handle)) ?? spec
  }

  #define(spec: StoreSpec, override?: Partial<StoreDefinition>): StoreDefinition | undefined {
    if (!this.#definitions.has(spec)) {
      const definition = spec.define(this)
      const isChanged = definition !== undefined && override !== undefined
      // The override names fields that all kinds of stores have.
      this.#definitions.set(spec, isChanged ? ({ ...definition, ...override } as StoreDefinition) : definition)
    }
    return this.#definitions.get(spec)
  }

  #checkExplicitNames(): void {
    if (!this.#plan.options.explicitNames) return
    for (const { kind, name, place } of this.#plan.implicitNames) {
      this.problem(
        `${kind} '${name}' has a generated name, which changes with the topology: name it, as explicitNames asks`,
        place,
      )
    }
  }
}

/**
 * Nodes in the order in which Java writes them: of those whose parents are written, the one with the lowest priority. A node
 * that is reached before all its parents are written comes again with the last of them.
 */
function writeOrder(root: PlanNode): readonly PlanNode[] {
  const waiting: PlanNode[] = [root]
  const written = new Set<PlanNode>()
  while (waiting.length > 0) {
    const node = takeFirst(waiting)
    if (!written.has(node) && [...node.parents].every((parent) => written.has(parent))) written.add(node)
    for (const child of node.children) if (!written.has(child) && !waiting.includes(child)) waiting.push(child)
  }
  return [...written]
}

function takeFirst(waiting: PlanNode[]): PlanNode {
  let first = 0
  for (let i = 1; i < waiting.length; i++) {
    if ((waiting[i] as PlanNode).priority < (waiting[first] as PlanNode).priority) first = i
  }
  return waiting.splice(first, 1)[0] as PlanNode
}

function storesOf(step: Step): readonly StoreSpec[] {
  switch (step.kind) {
    case 'processor':
      return step.stores?.() ?? []
    case 'table-source':
      return step.table.isStored ? [step.table.store] : []
    case 'global-store':
    case 'read-only-store':
      return [step.store]
    case 'stream-join':
    case 'table-join':
      return [step.left.step, step.right.step, step.merge].flatMap(storesOf)
    default:
      return []
  }
}

function isSelfJoin(node: PlanNode, step: StreamJoinStep): boolean {
  const [parent] = node.parents
  return (
    node.parents.size === 1 && ![...(parent as PlanNode).children].some((child) => child.name === step.rightWindowName)
  )
}

function reusedTopic({ reusesTopic, topic }: TableSourceStep): Partial<StoreDefinition> | undefined {
  return reusesTopic ? { sourceTopic: topic, logging: false } : undefined
}

/** A table's null values delete, whatever its serde says. */
function tableSourceOptions(options: SourceOptions): SourceOptions {
  // Only the decoding half is used of what nullable() makes.
  const { key, value, timestamp, startFrom } = options
  return { key: serdes.nullable(key as Serde<any>), value: serdes.nullable(value as Serde<any>), timestamp, startFrom }
}

function parentNames(node: PlanNode): readonly string[] {
  return [...node.parents].map((parent) => parent.name)
}

function userTopic(name: string): TopicRef {
  return { name, isInternal: false }
}

function internalTopic(name: string): TopicRef {
  return { name, isInternal: true }
}
