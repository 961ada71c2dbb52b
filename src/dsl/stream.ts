// KStream as the plan sees it. Types are checked by the interface in api/; here they are erased, and each method adds its nodes
// with the names and numbers that Java gives them.
import {
  type AsyncStepOptions,
  type FixedKeyProcessor,
  type GlobalJoiner,
  type Joiner,
  type Processor,
  type ProcessorSupplier,
  type StreamFunction,
  type TableFunction,
  asyncStep,
  branch,
  filter,
  flatMap,
  flatMapValues,
  map,
  mapValues,
  passThrough,
  peek,
  print,
  process,
  processValues,
  selectKey,
  streamGlobalJoin,
  streamTableJoin,
} from '../processors/index.ts'
import { durationMs } from '../record/index.ts'
import type { StoreDefinition } from '../state/index.ts'
import { callPlace } from '../topology/index.ts'
import type { KStream } from './api/k-stream.ts'
import { GlobalTablePlan } from './global-table.ts'
import type { GroupedStreamPlan } from './grouped-stream.ts'
import { asyncSettings } from './async-settings.ts'
import { lineWriter } from './line-writer.ts'
import type { Plan, PlanNode, PlanNodeOptions } from './plan.ts'
import { NO_SERDE, type SerdeOption, type SerdeSlot, keptSlot, newSlot, sharedSlot } from './serde-slot.ts'
import type { ProcessorStep } from './steps.ts'
import { type StoreOption, chooseStore, isVersionedChoice, keyValueStore } from './store-choice.ts'
import {
  type Branch,
  addNode,
  checkNodeName,
  checkSameBuilder,
  copartition,
  implicitStore,
  keptSlots,
  newRepartition,
  processorStores,
} from './stream-plan.ts'
import type { StoreSpec } from './store-spec.ts'
import { branchNames } from './branch-names.ts'
import { checkGrace, graceBuffer } from './grace-buffer.ts'
import { joinStreams } from './stream-join.ts'
import { topicChooser } from './topic-chooser.ts'
import type { TablePlan } from './table.ts'
import { SourceTable } from './table-state.ts'
import type { Untyped } from './untyped.ts'

/** The options of all operators in one; the API says which each takes. */
export interface AnyOptions {
  readonly name?: string
  readonly key?: SerdeOption
  readonly value?: SerdeOption
  readonly otherValue?: SerdeOption
  readonly store?: StoreOption
  readonly partition?: any
  readonly partitions?: number
  readonly grace?: any
  readonly on?: TableFunction
  readonly [option: string]: unknown
}

const NO_OPTIONS: AnyOptions = Object.freeze({})

export interface StreamFields extends Branch {
  /** Keys changed since the last repartition: a join or a group needs one. */
  readonly needsRepartition: boolean
}

export class StreamPlan implements StreamFields, Untyped<KStream<any, any>> {
  declare readonly '~key': any
  readonly plan: Plan
  readonly node: PlanNode
  readonly name: string
  readonly key: SerdeSlot
  readonly value: SerdeSlot
  readonly sources: ReadonlySet<string>
  readonly needsRepartition: boolean
  /** Joins of this stream under one name share a repartition topic. */
  #joinRepartition: PlanNode | undefined

  constructor(fields: StreamFields) {
    this.plan = fields.plan
    this.node = fields.node
    this.name = fields.name
    this.key = fields.key
    this.value = fields.value
    this.sources = fields.sources
    this.needsRepartition = fields.needsRepartition
  }

  filter(predicate: StreamFunction<boolean>, options: AnyOptions = NO_OPTIONS): StreamPlan {
    return this.#step('KSTREAM-FILTER-', options, () => filter({ predicate, negate: false }), callPlace())
  }

  filterNot(predicate: StreamFunction<boolean>, options: AnyOptions = NO_OPTIONS): StreamPlan {
    return this.#step('KSTREAM-FILTER-', options, () => filter({ predicate, negate: true }), callPlace())
  }

  selectKey(mapper: StreamFunction, options: AnyOptions = NO_OPTIONS): StreamPlan {
    return this.withNewKey('selectKey', mapper, options, callPlace())
  }

  /** selectKey under the name of the operator that asks for it. */
  withNewKey(operator: string, mapper: StreamFunction, options: AnyOptions, place: string | undefined): StreamPlan {
    const changes = { key: newSlot(options.key, operator, place), needsRepartition: true }
    const create = (): ProcessorSupplier => selectKey({ mapper })
    return this.#step('KSTREAM-KEY-SELECT-', options, create, place, changes, { changesKey: true })
  }

  map(mapper: StreamFunction, options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    return this.#step('KSTREAM-MAP-', options, () => map({ mapper }), place, this.#newPair('map', options, place), {
      changesKey: true,
    })
  }

  mapValues(mapper: StreamFunction, options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    const changes = { value: newSlot(options.value, 'mapValues', place) }
    return this.#step('KSTREAM-MAPVALUES-', options, () => mapValues({ mapper }), place, changes, {
      changesValue: true,
    })
  }

  flatMap(mapper: StreamFunction, options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    const changes = this.#newPair('flatMap', options, place)
    return this.#step('KSTREAM-FLATMAP-', options, () => flatMap({ mapper }), place, changes, { changesKey: true })
  }

  flatMapValues(mapper: StreamFunction, options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    const changes = { value: newSlot(options.value, 'flatMapValues', place) }
    return this.#step('KSTREAM-FLATMAPVALUES-', options, () => flatMapValues({ mapper }), place, changes, {
      changesValue: true,
    })
  }

  peek(action: StreamFunction, options: AnyOptions = NO_OPTIONS): StreamPlan {
    return this.#step('KSTREAM-PEEK-', options, () => peek({ action, forward: true }), callPlace())
  }

  foreach(action: StreamFunction, options: AnyOptions = NO_OPTIONS): void {
    this.#step('KSTREAM-FOREACH-', options, () => peek({ action, forward: false }), callPlace())
  }

  print(options: AnyOptions = NO_OPTIONS): void {
    const { label, file, format } = options as {
      readonly label?: string
      readonly file?: string
      readonly format?: StreamFunction<string>
    }
    const create = (): ProcessorSupplier => print({ label: label ?? this.name, open: lineWriter(file), format })
    this.#step('KSTREAM-PRINTER-', options, create, callPlace())
  }

  mapAsync(mapper: any, options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    return this.#asyncStep('map', 'mapAsync', mapper, options, place, this.#newPair('mapAsync', options, place), {
      changesKey: true,
    })
  }

  mapValuesAsync(mapper: any, options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    const changes = { value: newSlot(options.value, 'mapValuesAsync', place) }
    return this.#asyncStep('map-values', 'mapValuesAsync', mapper, options, place, changes, { changesValue: true })
  }

  flatMapValuesAsync(mapper: any, options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    const changes = { value: newSlot(options.value, 'flatMapValuesAsync', place) }
    return this.#asyncStep('flat-map-values', 'flatMapValuesAsync', mapper, options, place, changes, {
      changesValue: true,
    })
  }

  filterAsync(predicate: any, options: AnyOptions = NO_OPTIONS): StreamPlan {
    return this.#asyncStep('filter', 'filterAsync', predicate, options, callPlace())
  }

  foreachAsync(action: any, options: AnyOptions = NO_OPTIONS): void {
    this.#asyncStep('foreach', 'foreachAsync', action, options, callPlace())
  }

  split(
    branches: Readonly<Record<string, StreamFunction<boolean> | 'otherwise'>>,
    options: AnyOptions = NO_OPTIONS,
  ): Record<string, StreamPlan> {
    const place = callPlace()
    const { plan } = this
    checkNodeName(plan, options.name, place)
    const splitName = plan.nameOr(options.name, 'KSTREAM-BRANCH-')
    const entries = Object.entries(branches)
    this.#checkBranches(entries, place)
    const names = branchNames(splitName, entries, options['numbered'] as true | readonly string[] | undefined)
    const predicates = entries.flatMap(([key, predicate]) =>
      predicate === 'otherwise' ? [] : [{ predicate, child: names[key] as string }],
    )
    const otherwise = entries.find(([, predicate]) => predicate === 'otherwise')?.[0]
    const create = (): ProcessorSupplier =>
      branch({ branches: predicates, otherwise: otherwise === undefined ? undefined : names[otherwise] })
    const splitter = addNode(plan, [this.node], splitName, { kind: 'processor', create }, { place })
    const streams = entries.map(([key]) => {
      plan.newName('KSTREAM-BRANCH-')
      const name = names[key] as string
      const node = addNode(plan, [splitter], name, { kind: 'processor', create: passThrough }, { place })
      return [key, this.#with({ name, node })] as const
    })
    return Object.fromEntries(streams)
  }

  merge(other: StreamPlan, options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    const { plan } = this
    checkNodeName(plan, options.name, place)
    checkSameBuilder(plan, other, 'merge', place)
    const name = plan.nameOr(options.name, 'KSTREAM-MERGE-')
    const step: ProcessorStep = { kind: 'processor', create: passThrough }
    const node = addNode(plan, [this.node, other.node], name, step, { place, isMerge: true })
    return this.#with({
      name,
      node,
      key: sharedSlot(this.key, other.key, place),
      value: sharedSlot(this.value, other.value, place),
      sources: new Set([...this.sources, ...other.sources]),
      needsRepartition: this.needsRepartition || other.needsRepartition,
    })
  }

  repartition(options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    const { plan } = this
    const { partitions } = options
    checkNodeName(plan, options.name, place)
    if (partitions !== undefined && (!Number.isInteger(partitions) || partitions < 1)) {
      plan.problem(`repartition has partitions: ${partitions}; it must be a whole number, 1 or more`, place)
    }
    const slots = keptSlots(options, this)
    const node = newRepartition(plan, {
      base: options.name ?? plan.newName('KSTREAM-REPARTITION-'),
      isNamedByUser: options.name !== undefined,
      ...slots,
      isExplicit: true,
      partition: options.partition,
      partitions,
      place,
    })
    plan.add(node, this.node)
    return this.#with({ ...slots, name: node.name, node, sources: new Set([node.name]), needsRepartition: false })
  }

  to(topic: any, options: AnyOptions = NO_OPTIONS): void {
    const place = callPlace()
    const { plan } = this
    checkNodeName(plan, options.name, place)
    const name = plan.nameOr(options.name, 'KSTREAM-SINK-')
    const isFunction = typeof topic === 'function'
    const chosen = keptSlots(options, this)
    const given = keptSlots(options, { key: NO_SERDE, value: NO_SERDE })
    const step = {
      kind: 'sink',
      topic: isFunction
        ? topicChooser(topic, { key: given.key.serde, value: given.value.serde })
        : (topic.name as string),
      key: isFunction || options.key !== undefined ? chosen.key : topic.key,
      value: isFunction || options.value !== undefined ? chosen.value : topic.value,
      partition: options.partition,
    } as const
    addNode(plan, [this.node], name, step, { place })
  }

  toTable(options: AnyOptions = NO_OPTIONS): TablePlan {
    const place = callPlace()
    const { plan } = this
    checkNodeName(plan, options.name, place)
    const name = plan.nameOr(options.name, 'KSTREAM-TOTABLE-')
    const choice = chooseStore(options.store)
    const slots = {
      key: keptSlot(options.key ?? choice.key, this.key),
      value: keptSlot(options.value ?? choice.value, this.value),
    }
    const storeName = choice.name ?? plan.newStoreName('KSTREAM-TOTABLE-')
    if (choice.name === undefined) implicitStore(plan, storeName, choice.settings.changelog !== false, place)
    const parent = this.needsRepartition
      ? this.#repartitionForTable(name, options.name !== undefined, slots, place)
      : this
    const isVersioned = isVersionedChoice(choice)
    const store = keyValueStore({ plan, operator: 'toTable', place, choice, name: storeName, ...slots })
    const table = new SourceTable(store, { isStored: choice.name !== undefined, isVersioned })
    const step: ProcessorStep = {
      kind: 'processor',
      stores: () => (table.isStored ? [store] : []),
      create: () => table.processor(),
    }
    const node = addNode(plan, [parent.node], name, step, { place, isVersioned })
    return plan.faces.table({
      plan,
      node,
      name,
      ...slots,
      sources: parent.sources,
      storeName: choice.name,
      state: table,
    })
  }

  groupByKey(options: AnyOptions = NO_OPTIONS): GroupedStreamPlan {
    const place = callPlace()
    checkNodeName(this.plan, options.name, place)
    return this.plan.faces.groupedStream({ ...this.#fields(), ...keptSlots(options, this) }, options.name)
  }

  groupBy(mapper: StreamFunction, options: AnyOptions = NO_OPTIONS): GroupedStreamPlan {
    const place = callPlace()
    const stream = this.withNewKey('groupBy', mapper, options, place)
    const value = keptSlot(options.value, this.value)
    return this.plan.faces.groupedStream({ ...stream.#fields(), value }, options.name)
  }

  process(processor: Processor<any, any, any, any>, options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    const changes = this.#newPair('process', options, place)
    const create = (): ProcessorSupplier => process(processor)
    // No repartition topic moves above it, nor right below it: Java counts it among neither.
    const nodeOptions = { changesValue: true }
    return this.#processor('KSTREAM-PROCESSOR-', processor, create, options, place, changes, nodeOptions)
  }

  processValues(processor: FixedKeyProcessor<any, any, any>, options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    const changes = { value: newSlot(options.value, 'processValues', place) }
    const create = (): ProcessorSupplier => processValues(processor)
    // A repartition topic moves above it only where the values are known to be written alike on both sides.
    const nodeOptions = { changesValue: changes.value.serde === undefined || changes.value.serde !== this.value.serde }
    return this.#processor('KSTREAM-PROCESSVALUES-', processor, create, options, place, changes, nodeOptions)
  }

  join(other: unknown, joiner: any, options: AnyOptions = NO_OPTIONS): StreamPlan {
    return this.#join('inner', other, joiner, options, callPlace())
  }

  leftJoin(other: unknown, joiner: any, options: AnyOptions = NO_OPTIONS): StreamPlan {
    return this.#join('left', other, joiner, options, callPlace())
  }

  outerJoin(other: unknown, joiner: any, options: AnyOptions = NO_OPTIONS): StreamPlan {
    return this.#join('outer', other, joiner, options, callPlace())
  }

  /** The stream behind a repartition topic, where it needs one to be joined. */
  repartitionedForJoin(
    name: string | undefined,
    key: SerdeOption,
    value: SerdeOption,
    place: string | undefined,
  ): StreamPlan {
    if (!this.needsRepartition) return this
    const base = name ?? this.name
    const slots = { key: keptSlot(key, this.key), value: keptSlot(value, this.value) }
    const fresh = newRepartition(this.plan, { base, isNamedByUser: name !== undefined, ...slots, place })
    if (this.#joinRepartition === undefined || this.name !== base) {
      this.#joinRepartition = this.plan.add(fresh, this.node)
    }
    const node = this.#joinRepartition
    return this.#with({ ...slots, name: fresh.name, node, sources: new Set([node.name]), needsRepartition: false })
  }

  #join(
    kind: 'inner' | 'left' | 'outer',
    other: unknown,
    joiner: any,
    options: AnyOptions,
    place: string | undefined,
  ): StreamPlan {
    checkNodeName(this.plan, options.name, place)
    checkSameBuilder(this.plan, other as Pick<Branch, 'plan'>, 'join', place)
    if (other instanceof StreamPlan) return joinStreams({ kind, left: this, right: other, joiner, options, place })
    const tableKind = kind === 'inner' ? 'inner' : 'left'
    if (other instanceof GlobalTablePlan) return this.#joinGlobal(tableKind, other, joiner, options, place)
    return this.#joinTable(tableKind, other as TablePlan, joiner, options, place)
  }

  #joinTable(
    kind: 'inner' | 'left',
    table: TablePlan,
    joiner: Joiner,
    options: AnyOptions,
    place: string | undefined,
  ): StreamPlan {
    const { plan } = this
    const stream = this.repartitionedForJoin(options.name, options.key, options.value, place)
    const sources = copartition(plan, [stream, table], place)
    const name = plan.nameOr(options.name, kind === 'left' ? 'KSTREAM-LEFTJOIN-' : 'KSTREAM-JOIN-')
    const view = table.state.view()
    const graceMs = options.grace === undefined ? undefined : durationMs(options.grace, 'grace of the join')
    const buffer = graceMs === undefined ? undefined : stream.#graceBuffer(`${name}-Buffer`, graceMs, options, place)
    if (buffer !== undefined && options.name === undefined) implicitStore(plan, buffer.name, true, place)
    const step: ProcessorStep = {
      kind: 'processor',
      stores: () => (buffer === undefined ? [] : [buffer]),
      reads: () => view.stores,
      create: (lowering) => {
        if (graceMs !== undefined) checkGrace(lowering, view.stores, graceMs, place)
        return streamTableJoin({
          kind,
          joiner,
          table: view,
          isVersioned: table.state.isVersioned,
          grace: buffer === undefined || graceMs === undefined ? undefined : { buffer: buffer.name, graceMs },
        })
      },
    }
    const node = addNode(plan, [stream.node], name, step, { place, takesNullKeys: kind === 'left' })
    return stream.#with({
      name,
      node,
      sources,
      key: keptSlot(options.key, stream.key),
      value: newSlot(undefined, kind === 'left' ? 'leftJoin' : 'join', place),
      needsRepartition: false,
    })
  }

  #graceBuffer(name: string, graceMs: number, options: AnyOptions, place: string | undefined): StoreSpec {
    const key = keptSlot(options.key, this.key)
    const value = keptSlot(options.value, this.value)
    return {
      name,
      handle: undefined,
      keeper: 'operator',
      isGlobal: false,
      place,
      define(lowering): StoreDefinition | undefined {
        const need = { operator: 'join', need: `store '${name}'`, place }
        const keySerde = lowering.serde(key, 'key', need)
        const valueSerde = lowering.serde(value, 'value', need)
        if (keySerde === undefined || valueSerde === undefined) return undefined
        return graceBuffer(name, keySerde, valueSerde, graceMs)
      },
    }
  }

  #joinGlobal(
    kind: 'inner' | 'left',
    table: GlobalTablePlan,
    joiner: GlobalJoiner,
    options: AnyOptions,
    place: string | undefined,
  ): StreamPlan {
    // Java uses this prefix for both kinds.
    const { plan } = this
    const name = plan.nameOr(options.name, 'KSTREAM-LEFTJOIN-')
    const on = options.on as TableFunction
    const create = (): ProcessorSupplier => streamGlobalJoin({ kind, on, joiner, table: table.view() })
    const node = addNode(
      plan,
      [this.node],
      name,
      { kind: 'processor', create },
      { place, takesNullKeys: kind === 'left' },
    )
    return this.#with({ name, node, value: newSlot(undefined, kind === 'left' ? 'leftJoin' : 'join', place) })
  }

  #processor(
    prefix: string,
    processor: { readonly stores?: readonly unknown[] },
    create: () => ProcessorSupplier,
    options: AnyOptions,
    place: string | undefined,
    changes: Partial<StreamFields>,
    nodeOptions: Partial<PlanNodeOptions>,
  ): StreamPlan {
    checkNodeName(this.plan, options.name, place)
    // A processor that the user names uses up no number.
    const name = options.name ?? this.plan.newName(prefix)
    const specs = processorStores(processor, place)
    const step: ProcessorStep = { kind: 'processor', stores: () => specs, create }
    const node = addNode(this.plan, [this.node], name, step, { place, ...nodeOptions })
    return this.#with({ name, node, ...changes })
  }

  #asyncStep(
    kind: AsyncStepOptions['kind'],
    operator: string,
    call: AsyncStepOptions['function'],
    options: AnyOptions,
    place: string | undefined,
    changes: Partial<StreamFields> = {},
    nodeOptions: Partial<PlanNodeOptions> = {},
  ): StreamPlan {
    const settings = asyncSettings(operator, options as Parameters<typeof asyncSettings>[1])
    const keySlot = this.key
    const create = (): ProcessorSupplier =>
      asyncStep({ kind, function: call, ...settings, keyEncoder: keySlot.serde ?? this.plan.options.key })
    return this.#step(`KSTREAM-${operator.toUpperCase()}-`, options, create, place, changes, nodeOptions)
  }

  /** One node below this one, with its name and what it changes. */
  #step(
    prefix: string,
    options: AnyOptions,
    create: () => ProcessorSupplier,
    place: string | undefined,
    changes: Partial<StreamFields> = {},
    nodeOptions: Partial<PlanNodeOptions> = {},
  ): StreamPlan {
    checkNodeName(this.plan, options.name, place)
    const name = this.plan.nameOr(options.name, prefix)
    const node = addNode(this.plan, [this.node], name, { kind: 'processor', create }, { place, ...nodeOptions })
    return this.#with({ name, node, ...changes })
  }

  #newPair(operator: string, options: AnyOptions, place: string | undefined): Partial<StreamFields> {
    return {
      key: newSlot(options.key, operator, place),
      value: newSlot(options.value, operator, place),
      needsRepartition: true,
    }
  }

  #repartitionForTable(
    base: string,
    isNamedByUser: boolean,
    slots: Pick<Branch, 'key' | 'value'>,
    place: string | undefined,
  ): Pick<Branch, 'node' | 'sources'> {
    const node = this.plan.add(newRepartition(this.plan, { base, isNamedByUser, ...slots, place }), this.node)
    return { node, sources: new Set([node.name]) }
  }

  #checkBranches(entries: readonly (readonly [string, unknown])[], place: string | undefined): void {
    for (const [name] of entries) {
      if (/^\d+$/.test(name)) {
        this.plan.problem(
          `branch '${name}' of split is a number, which loses its place in an object: use a word`,
          place,
        )
      }
      checkNodeName(this.plan, name, place)
    }
    if (entries.filter(([, predicate]) => predicate === 'otherwise').length > 1) {
      this.plan.problem(`split has more than one branch 'otherwise': only one can take what is left`, place)
    }
  }

  #fields(): StreamFields {
    const { plan, node, name, key, value, sources, needsRepartition } = this
    return { plan, node, name, key, value, sources, needsRepartition }
  }

  #with(changes: Partial<StreamFields>): StreamPlan {
    return new StreamPlan({ ...this.#fields(), ...changes })
  }
}
