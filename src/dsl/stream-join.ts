// A stream-stream join in the plan: each side's records go to a node that keeps them, then to one that looks for partners in
// what the other side keeps; a merge node behind both. Left and outer joins share a store of records without a partner so far.
import {
  type Joiner,
  type StreamJoinSuppliers,
  passThrough,
  streamJoin,
  streamJoinWindow,
  streamSelfJoin,
} from '../processors/index.ts'
import { type Duration, durationMs, formatDuration } from '../record/index.ts'
import type { OuterJoinStoreDefinition, StoreDefinition, WindowStoreDefinition } from '../state/index.ts'
import { keptBy } from './kept-by.ts'
import type { Plan } from './plan.ts'
import { type SerdeOption, type SerdeSlot, keptSlot, newSlot } from './serde-slot.ts'
import type { ProcessorStep, StreamJoinStep } from './steps.ts'
import { type StoreChoice, type StoreOption, chooseStore } from './store-choice.ts'
import type { StoreSpec } from './store-spec.ts'
import { addNode, copartition, implicitStore } from './stream-plan.ts'
import type { StreamPlan } from './stream.ts'
import { changelogSettings, storeNameProblem } from './stores.ts'

interface AnyJoinOptions {
  readonly name?: string
  readonly within?: Duration
  readonly before?: Duration
  readonly after?: Duration
  readonly grace?: Duration
  readonly eagerResults?: boolean
  readonly store?: StoreOption
  readonly key?: SerdeOption
  readonly value?: SerdeOption
  readonly otherValue?: SerdeOption
}

interface StreamJoinRequest {
  readonly kind: 'inner' | 'left' | 'outer'
  readonly left: StreamPlan
  readonly right: StreamPlan
  readonly joiner: Joiner
  readonly options: AnyJoinOptions
  readonly place: string | undefined
}

interface JoinTimes {
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
}

export function joinStreams(request: StreamJoinRequest): StreamPlan {
  const { kind, joiner, options, place } = request
  const { plan } = request.left
  const { name } = options
  const side = (suffix: string): string | undefined => (name === undefined ? undefined : `${name}${suffix}`)
  const left = request.left.repartitionedForJoin(side('-left'), options.key, options.value, place)
  const right = request.right.repartitionedForJoin(side('-right'), options.key, options.otherValue, place)
  const sources = copartition(plan, [left, right], place)
  const times = joinTimes(plan, options, place)
  const names = joinNames(plan, kind, name)
  const stores = joinStores(request, left, right, times, names)

  const keep = (store: StoreSpec): ProcessorStep => ({
    kind: 'processor',
    stores: () => [store],
    create: () => streamJoinWindow({ store: store.name }),
  })
  addNode(plan, [left.node], names.leftWindow, keep(stores.left), { place })
  addNode(plan, [right.node], names.rightWindow, keep(stores.right), { place })
  const node = addNode(plan, [left.node, right.node], names.merge, joinStep(kind, joiner, times, names, stores), {
    place,
    takesNullKeys: kind !== 'inner',
  })
  return plan.faces.stream({
    plan,
    node,
    name: names.merge,
    key: keptSlot(options.key, left.key.serde === undefined ? right.key : left.key),
    value: newSlot(undefined, kind === 'inner' ? 'join' : `${kind}Join`, place),
    sources,
    needsRepartition: false,
  })
}

interface JoinNames {
  readonly leftWindow: string
  readonly rightWindow: string
  readonly left: string
  readonly right: string
  readonly merge: string
  /** Generated, also where the nodes are named: stores without a name take theirs from these. */
  readonly leftGenerated: string
  readonly rightGenerated: string
}

function joinNames(plan: Plan, kind: StreamJoinRequest['kind'], name: string | undefined): JoinNames {
  const leftWindow = plan.nameOr(name, 'KSTREAM-WINDOWED-', '-this-windowed')
  const rightWindow = plan.nameOr(name, 'KSTREAM-WINDOWED-', '-other-windowed')
  const leftGenerated = plan.newName(kind === 'outer' ? 'KSTREAM-OUTERTHIS-' : 'KSTREAM-JOINTHIS-')
  const rightGenerated = plan.newName(kind === 'inner' ? 'KSTREAM-JOINOTHER-' : 'KSTREAM-OUTEROTHER-')
  return {
    leftWindow,
    rightWindow,
    left: name === undefined ? leftGenerated : `${name}${leftSuffix(kind)}`,
    right: name === undefined ? rightGenerated : `${name}${rightSuffix(kind)}`,
    merge: plan.nameOr(name, 'KSTREAM-MERGE-', '-merge'),
    leftGenerated,
    rightGenerated,
  }
}

function leftSuffix(kind: StreamJoinRequest['kind']): string {
  return kind === 'outer' ? '-outer-this-join' : '-this-join'
}

function rightSuffix(kind: StreamJoinRequest['kind']): string {
  return kind === 'inner' ? '-other-join' : '-outer-other-join'
}

interface JoinStores {
  readonly left: StoreSpec
  readonly right: StoreSpec
  readonly outer: StoreSpec | undefined
}

function joinStores(
  { kind, options, place }: StreamJoinRequest,
  left: StreamPlan,
  right: StreamPlan,
  times: JoinTimes,
  names: JoinNames,
): JoinStores {
  const { plan } = left
  const choice = chooseStore(options.store)
  const base = choice.name
  const problem = base === undefined ? undefined : storeNameProblem(base)
  if (problem !== undefined) plan.problem(problem, place)
  const key = keptSlot(options.key, left.key.serde === undefined ? right.key : left.key)
  const leftValue = keptSlot(options.value, left.value)
  const rightValue = keptSlot(options.otherValue, right.value)
  const request = { plan, choice, key, times, place }
  const leftName = `${base === undefined ? names.leftGenerated : `${base}${leftSuffix(kind)}`}-store`
  const rightName = `${base === undefined ? names.rightGenerated : `${base}${rightSuffix(kind)}`}-store`
  const stores = {
    left: windowSpec({ ...request, name: leftName, value: leftValue }),
    right: windowSpec({ ...request, name: rightName, value: rightValue }),
    outer:
      kind === 'inner' || options.eagerResults === true
        ? undefined
        : outerSpec({ ...request, name: outerName(kind, base, names), value: leftValue, otherValue: rightValue }),
  }
  if (base === undefined) {
    const isLogged = choice.settings.changelog !== false
    for (const store of [stores.left, stores.right, stores.outer]) {
      if (store !== undefined) implicitStore(plan, store.name, isLogged, place)
    }
  }
  return stores
}

function outerName(kind: StreamJoinRequest['kind'], base: string | undefined, { leftGenerated }: JoinNames): string {
  if (base === undefined) return `KSTREAM-OUTERSHARED-${leftGenerated.slice(-10)}-store`
  return `${base}-${kind === 'outer' ? 'outer' : 'left'}-shared-join-store`
}

interface SpecRequest {
  readonly plan: Plan
  readonly choice: StoreChoice
  readonly name: string
  readonly key: SerdeSlot
  readonly value: SerdeSlot
  readonly times: JoinTimes
  readonly place: string | undefined
}

function windowSpec(request: SpecRequest): StoreSpec {
  const { beforeMs, afterMs, graceMs } = request.times
  return joinSpec(request, (base) => {
    const definition: WindowStoreDefinition = {
      ...base,
      kind: 'window',
      windowSizeMs: beforeMs + afterMs,
      retentionMs: beforeMs + afterMs + graceMs,
      retainDuplicates: true,
      logsHeaders: true,
      timeOrdered: false,
    }
    return definition
  })
}

function outerSpec(request: SpecRequest & { readonly otherValue: SerdeSlot }): StoreSpec {
  const { name, place } = request
  return joinSpec(request, (base, lowering) => {
    const need = { operator: 'join', need: `store '${name}'`, place }
    const otherValue = lowering.serde(request.otherValue, 'value', need)
    if (otherValue === undefined) return undefined
    const definition: OuterJoinStoreDefinition = { ...base, kind: 'outer-join', otherValue }
    return definition
  })
}

function joinSpec(
  { plan, choice, name, key, value, place }: SpecRequest,
  define: (
    base: Omit<WindowStoreDefinition, 'kind' | 'windowSizeMs' | 'retentionMs' | 'retainDuplicates' | 'timeOrdered'>,
    lowering: Parameters<StoreSpec['define']>[0],
  ) => StoreDefinition | undefined,
): StoreSpec {
  const { settings } = choice
  return {
    name,
    handle: undefined,
    keeper: 'operator',
    isGlobal: false,
    place,
    define(lowering) {
      const need = { operator: 'join', need: `store '${name}'`, place }
      const keySerde = lowering.serde(key, 'key', need)
      const valueSerde = lowering.serde(value, 'value', need)
      if (keySerde === undefined || valueSerde === undefined) return undefined
      const base = {
        name,
        key: keySerde,
        value: valueSerde,
        ...keptBy(name, settings.type ?? plan.options.storeType),
        format: 'plain' as const,
        caching: false,
        logging: settings.changelog !== false,
        changelogConfig: changelogSettings(settings.changelog),
        sourceTopic: undefined,
        isGlobal: false,
      }
      const definition = define(base, lowering)
      return definition === undefined ? undefined : Object.freeze(definition)
    },
  }
}

function joinStep(
  kind: StreamJoinRequest['kind'],
  joiner: Joiner,
  times: JoinTimes,
  names: JoinNames,
  stores: JoinStores,
): StreamJoinStep {
  const outer = stores.outer === undefined ? [] : [stores.outer]
  let suppliers: StreamJoinSuppliers | undefined
  // Made once: the two sides of a join share what they know of time.
  const sides = (): StreamJoinSuppliers =>
    (suppliers ??= streamJoin({
      kind,
      joiner,
      leftStore: stores.left.name,
      rightStore: stores.right.name,
      outerStore: stores.outer?.name,
      ...times,
    }))
  const left: ProcessorStep = { kind: 'processor', stores: () => [stores.right, ...outer], create: () => sides().left }
  const right: ProcessorStep = { kind: 'processor', stores: () => [stores.left, ...outer], create: () => sides().right }
  return {
    kind: 'stream-join',
    leftWindowName: names.leftWindow,
    rightWindowName: names.rightWindow,
    left: { name: names.left, step: left },
    right: { name: names.right, step: right },
    merge: { kind: 'processor', create: passThrough },
    selfJoin: {
      kind: 'processor',
      stores: () => [stores.left],
      create: () => streamSelfJoin({ store: stores.left.name, joiner, ...times }),
    },
  }
}

/** Where no grace is given there is none. A window may lie wholly before or after its record, but not be empty. */
function joinTimes(plan: Plan, options: AnyJoinOptions, place: string | undefined): JoinTimes {
  const { within, before, after } = options
  if (within === undefined && before === undefined && after === undefined) {
    plan.problem(`a join of two streams needs a time: add { within: '5m' }, or { before, after }`, place)
  }
  if (within !== undefined && (before !== undefined || after !== undefined)) {
    plan.problem(`the join has within and before or after: give either within, or the other two`, place)
  }
  const beforeMs = signedMs(before ?? within ?? 0, 'before')
  const afterMs = signedMs(after ?? within ?? 0, 'after')
  if (beforeMs + afterMs < 0) {
    plan.problem(
      `the join's time is empty: before ${formatDuration(beforeMs)} and after ${formatDuration(afterMs)} must not be negative together`,
      place,
    )
  }
  return { beforeMs, afterMs, graceMs: durationMs(options.grace ?? 0, 'grace of the join') }
}

function signedMs(value: Duration, name: string): number {
  const label = `${name} of the join`
  if (typeof value === 'number') return value < 0 ? -durationMs(-value, label) : durationMs(value, label)
  return value.startsWith('-') ? -durationMs(value.slice(1), label) : durationMs(value, label)
}
