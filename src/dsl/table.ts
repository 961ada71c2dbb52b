// KTable as the plan sees it. Types are checked by the interface in api/; here they are erased.
import {
  type Joiner,
  type ProcessorSupplier,
  type StreamFunction,
  type TableFunction,
  type ValueTransformer,
  suppress,
  tableFilter,
  tableGroupBy,
  tableJoin,
  tableJoinMerge,
  tableMapValues,
  tableToStream,
  transformValues,
} from '../processors/index.ts'
import { type Duration, durationMs, positiveDurationMs } from '../record/index.ts'
import type { TopicConfig } from '../serde/index.ts'
import type { SuppressBufferDefinition } from '../state/index.ts'
import { callPlace } from '../topology/index.ts'
import type { KTable } from './api/k-table.ts'
import { joinByForeignKey } from './foreign-key-join.ts'
import type { GroupedTablePlan } from './grouped-table.ts'
import type { Plan, PlanNode, PlanNodeOptions } from './plan.ts'
import { type SerdeSlot, keptSlot, newSlot } from './serde-slot.ts'
import type { ProcessorStep, TableJoinStep } from './steps.ts'
import { type StoreChoice, chooseStore, isVersionedChoice, keyValueStore } from './store-choice.ts'
import type { StoreSpec } from './store-spec.ts'
import {
  type Branch,
  addNode,
  checkNodeName,
  checkSameBuilder,
  copartition,
  implicitStore,
  processorStores,
} from './stream-plan.ts'
import type { AnyOptions, StreamPlan } from './stream.ts'
import { changelogSettings } from './stores.ts'
import { type Computation, ComputedTable, JoinedTable, SuppressedTable, type TableState } from './table-state.ts'
import type { Untyped } from './untyped.ts'

const NO_OPTIONS: AnyOptions = Object.freeze({})

export interface TableFields extends Branch {
  /** Where it can be queried. */
  readonly storeName: string | undefined
  readonly state: TableState
}

export class TablePlan implements TableFields, Untyped<KTable<any, any>> {
  declare readonly '~key': any
  readonly plan: Plan
  readonly node: PlanNode
  readonly name: string
  readonly key: SerdeSlot
  readonly value: SerdeSlot
  readonly sources: ReadonlySet<string>
  readonly storeName: string | undefined
  readonly state: TableState

  constructor(fields: TableFields) {
    this.plan = fields.plan
    this.node = fields.node
    this.name = fields.name
    this.key = fields.key
    this.value = fields.value
    this.sources = fields.sources
    this.storeName = fields.storeName
    this.state = fields.state
  }

  filter(predicate: TableFunction<boolean>, options: AnyOptions = NO_OPTIONS): TablePlan {
    return this.#filter('filter', predicate, false, options, callPlace())
  }

  filterNot(predicate: TableFunction<boolean>, options: AnyOptions = NO_OPTIONS): TablePlan {
    return this.#filter('filterNot', predicate, true, options, callPlace())
  }

  mapValues(mapper: TableFunction, options: AnyOptions = NO_OPTIONS): TablePlan {
    const place = callPlace()
    const choice = chooseStore(options.store)
    const value = newSlot(options.value ?? choice.value, 'mapValues', place)
    this.#burnStoreName(choice, 'KTABLE-MAPVALUES-')
    return this.#computed({
      operator: 'mapValues',
      prefix: 'KTABLE-MAPVALUES-',
      computation: { kind: 'map-values', mapper },
      choice,
      slots: { key: keptSlot(options.key ?? choice.key, this.key), value },
      create: (table, store) => tableMapValues({ mapper, store, sendOldValues: table.sendsOldValues }),
      stores: [],
      name: options.name,
      place,
    })
  }

  transformValues(transformer: ValueTransformer<any, any, any>, options: AnyOptions = NO_OPTIONS): TablePlan {
    const place = callPlace()
    const choice = chooseStore(options.store)
    return this.#computed({
      operator: 'transformValues',
      prefix: 'KTABLE-TRANSFORMVALUES-',
      computation: { kind: 'transform-values', transformer },
      choice,
      slots: {
        key: keptSlot(options.key ?? choice.key, this.key),
        value: newSlot(options.value ?? choice.value, 'transformValues', place),
      },
      create: (table, store) => transformValues({ transformer, store, sendOldValues: table.sendsOldValues }),
      stores: processorStores(transformer, place),
      name: options.name,
      place,
    })
  }

  toStream(mapperOrOptions?: StreamFunction | AnyOptions, options: AnyOptions = NO_OPTIONS): StreamPlan {
    const place = callPlace()
    const hasMapper = typeof mapperOrOptions === 'function'
    const chosen = (hasMapper ? options : mapperOrOptions) ?? NO_OPTIONS
    checkNodeName(this.plan, chosen.name, place)
    const name = this.plan.nameOr(chosen.name, 'KTABLE-TOSTREAM-')
    const node = addNode(this.plan, [this.node], name, { kind: 'processor', create: tableToStream }, { place })
    const { plan, key, value, sources } = this
    const stream = plan.faces.stream({ plan, node, name, key, value, sources, needsRepartition: false })
    // The name is that of the first node; the one that changes the key has a generated one, as in Java.
    const rest = chosen.key === undefined ? NO_OPTIONS : { key: chosen.key }
    return hasMapper ? stream.withNewKey('toStream', mapperOrOptions, rest, place) : stream
  }

  suppress(options: AnyOptions): TablePlan {
    const place = callPlace()
    const { plan } = this
    const settings = suppressSettings(options as unknown as AnySuppressOptions)
    checkNodeName(plan, options.name, place)
    // Here, and only here, a name given by the user uses up no number.
    const name = options.name ?? plan.newName('KTABLE-SUPPRESS-')
    const waitMs = settings.limitMs ?? graceUpstream(this.node)
    if (waitMs === undefined) {
      plan.problem(
        `suppress waits until windows close, but the table has no windows: give a time, { until: '10s' }`,
        place,
      )
    }
    const buffer = options.name === undefined ? plan.newStoreName('KTABLE-SUPPRESS-') : `${options.name}-store`
    if (options.name === undefined && settings.isLogged) {
      plan.implicitNames.push({ kind: 'changelog topic', name: `${buffer}-changelog`, place })
    }
    const store = this.#suppressBuffer(buffer, settings, place)
    const state = new SuppressedTable(this.state, buffer)
    const step: ProcessorStep = {
      kind: 'processor',
      stores: () => [store],
      create: (lowering, node) => {
        if (lowering.hasVersionedInput(node)) {
          lowering.problem(
            'suppress cannot hold back the changes of a versioned table: store the table without versions',
            place,
          )
        }
        return suppress({
          buffer,
          until: settings.limitMs === undefined ? 'window-closes' : 'time-limit',
          waitMs: waitMs ?? 0,
          maxRecords: settings.maxRecords,
          maxBytes: settings.maxBytes,
          whenFull: settings.whenFull,
          idleAfterMs: settings.idleAfterMs,
        })
      },
    }
    const node = addNode(plan, [this.node], name, step, { place, isVersioned: false })
    return this.#with({ name, node, storeName: undefined, state })
  }

  groupBy(mapper: TableFunction<readonly [any, any] | null>, options: AnyOptions = NO_OPTIONS): GroupedTablePlan {
    const place = callPlace()
    const { plan } = this
    checkNodeName(plan, options.name, place)
    const name = plan.nameOr(options.name, 'KTABLE-SELECT-')
    const step: ProcessorStep = {
      kind: 'processor',
      create: (lowering, node) => tableGroupBy({ mapper, isVersioned: lowering.hasVersionedInput(node) }),
    }
    const node = addNode(plan, [this.node], name, step, { place })
    this.state.requestOldValues(true)
    return plan.faces.groupedTable(
      {
        plan,
        node,
        name,
        key: newSlot(options.key, 'groupBy', place),
        value: newSlot(options.value, 'groupBy', place),
        sources: this.sources,
      },
      options.name,
    )
  }

  join(other: TablePlan, joiner: Joiner, options: AnyOptions = NO_OPTIONS): TablePlan {
    return this.#join('inner', other, joiner, options, callPlace())
  }

  leftJoin(other: TablePlan, joiner: Joiner, options: AnyOptions = NO_OPTIONS): TablePlan {
    return this.#join('left', other, joiner, options, callPlace())
  }

  outerJoin(other: TablePlan, joiner: Joiner, options: AnyOptions = NO_OPTIONS): TablePlan {
    return this.#join('outer', other, joiner, options, callPlace())
  }

  #join(
    kind: 'inner' | 'left' | 'outer',
    other: TablePlan,
    joiner: Joiner,
    options: AnyOptions,
    place: string | undefined,
  ): TablePlan {
    checkNodeName(this.plan, options.name, place)
    checkSameBuilder(this.plan, other, 'join', place)
    if (options['foreignKey'] === undefined) return this.#joinByKey(kind, other, joiner, options, place)
    const foreignKey = options['foreignKey'] as TableFunction
    const kindOfForeign = kind === 'inner' ? 'inner' : 'left'
    return joinByForeignKey({ kind: kindOfForeign, left: this, right: other, foreignKey, joiner, options, place })
  }

  #joinByKey(
    kind: 'inner' | 'left' | 'outer',
    other: TablePlan,
    joiner: Joiner,
    options: AnyOptions,
    place: string | undefined,
  ): TablePlan {
    const { plan } = this
    const { name } = options
    const choice = chooseStore(options.store)
    const slots = {
      key: keptSlot(options.key ?? choice.key, this.key.serde === undefined ? other.key : this.key),
      value: newSlot(options.value ?? choice.value, kind === 'inner' ? 'join' : `${kind}Join`, place),
    }
    const storeName = choice.isGiven ? (choice.name ?? plan.newStoreName('KTABLE-MERGE-')) : undefined
    if (storeName !== undefined && choice.name === undefined) {
      implicitStore(plan, storeName, choice.settings.changelog !== false, place)
    }
    const mergeName = plan.nameOr(name, 'KTABLE-MERGE-')
    const sources = copartition(plan, [this, other], place)
    if (kind !== 'inner') this.state.requestOldValues(true)
    if (kind === 'outer') other.state.requestOldValues(true)
    const leftName = plan.nameOr(name, 'KTABLE-JOINTHIS-', '-join-this')
    const rightName = plan.nameOr(name, 'KTABLE-JOINOTHER-', '-join-other')
    const store =
      storeName === undefined
        ? undefined
        : keyValueStore({ plan, operator: 'join', place, choice, name: storeName, ...slots })
    const isVersioned = isVersionedChoice(choice)
    const state = new JoinedTable({
      kind,
      left: this.state,
      right: other.state,
      joiner,
      store: storeName === undefined ? undefined : { name: storeName, isVersioned },
    })
    const step = joinStep(kind, this, other, joiner, { left: leftName, right: rightName }, state, store)
    const node = addNode(plan, [this.node, other.node], mergeName, step, { place, isVersioned })
    return new TablePlan({ plan, node, name: mergeName, ...slots, sources, storeName: choice.name, state })
  }

  #filter(
    operator: 'filter' | 'filterNot',
    predicate: TableFunction<boolean>,
    negate: boolean,
    options: AnyOptions,
    place: string | undefined,
  ): TablePlan {
    const choice = chooseStore(options.store)
    this.#burnStoreName(choice, 'KTABLE-FILTER-')
    return this.#computed({
      operator,
      prefix: 'KTABLE-FILTER-',
      computation: { kind: 'filter', predicate, negate },
      choice,
      slots: {
        key: keptSlot(options.key ?? choice.key, this.key),
        value: keptSlot(options.value ?? choice.value, this.value),
      },
      create: (table, store, isVersioned) =>
        tableFilter({ predicate, negate, store, sendOldValues: table.sendsOldValues, isVersioned }),
      stores: [],
      name: options.name,
      place,
    })
  }

  #computed(request: ComputedRequest): TablePlan {
    const { choice, place, slots } = request
    const { plan } = this
    checkNodeName(plan, request.name, place)
    const name = plan.nameOr(request.name, request.prefix)
    const isVersioned = isVersionedChoice(choice)
    const stored = choice.name === undefined ? undefined : { name: choice.name, isVersioned }
    const state = new ComputedTable(this.state, request.computation, stored)
    const stores =
      stored === undefined
        ? request.stores
        : [
            ...request.stores,
            keyValueStore({ plan, operator: request.operator, place, choice, name: stored.name, ...slots }),
          ]
    const step: ProcessorStep = {
      kind: 'processor',
      stores: () => stores,
      create: (lowering, node) => request.create(state, stored?.name, lowering.hasVersionedInput(node)),
    }
    const options: PlanNodeOptions = { place, isVersioned: choice.isGiven ? isVersioned : undefined }
    const node = addNode(plan, [this.node], name, step, options)
    return this.#with({ name, node, ...slots, storeName: choice.name, state })
  }

  /** An unnamed store that is never built uses up a number all the same. */
  #burnStoreName(choice: StoreChoice, prefix: string): void {
    if (choice.isGiven && choice.name === undefined) this.plan.newStoreName(prefix)
  }

  #suppressBuffer(name: string, settings: SuppressSettings, place: string | undefined): StoreSpec {
    const { key, value } = this
    return {
      name,
      handle: undefined,
      keeper: 'operator',
      isGlobal: false,
      place,
      define(lowering) {
        const need = { operator: 'suppress', need: `store '${name}'`, place }
        const keySerde = lowering.serde(key, 'key', need)
        const valueSerde = lowering.serde(value, 'value', need)
        if (keySerde === undefined || valueSerde === undefined) return undefined
        const definition: SuppressBufferDefinition = {
          kind: 'suppress-buffer',
          name,
          key: keySerde,
          value: valueSerde,
          type: 'memory',
          format: 'plain',
          caching: false,
          logging: settings.isLogged,
          changelogConfig: settings.changelogConfig,
          sourceTopic: undefined,
          isGlobal: false,
        }
        return Object.freeze(definition)
      },
    }
  }

  #with(changes: Partial<TableFields>): TablePlan {
    const { plan, node, name, key, value, sources, storeName, state } = this
    return new TablePlan({ plan, node, name, key, value, sources, storeName, state, ...changes })
  }
}

interface ComputedRequest {
  readonly operator: string
  readonly prefix: string
  readonly computation: Computation
  readonly choice: StoreChoice
  readonly slots: Pick<Branch, 'key' | 'value'>
  readonly create: (table: ComputedTable, store: string | undefined, isVersioned: boolean) => ProcessorSupplier
  /** That the operator's function uses. */
  readonly stores: readonly StoreSpec[]
  readonly name: string | undefined
  readonly place: string | undefined
}

function joinStep(
  kind: 'inner' | 'left' | 'outer',
  left: TablePlan,
  right: TablePlan,
  joiner: Joiner,
  names: { readonly left: string; readonly right: string },
  state: JoinedTable,
  store: StoreSpec | undefined,
): TableJoinStep {
  const leftView = left.state.view()
  const rightView = right.state.view()
  const sideStep = (side: 'left' | 'right'): ProcessorStep => {
    const other = side === 'left' ? rightView : leftView
    const parentName = (side === 'left' ? left : right).node.name
    return {
      kind: 'processor',
      reads: () => other.stores,
      create: (lowering, node) => {
        const parent = [...node.parents].find((candidate) => candidate.name === parentName)
        const isVersioned = parent !== undefined && lowering.isVersioned(parent)
        return tableJoin({ kind, side, joiner, other, sendOldValues: state.sendsOldValues, isVersioned })
      },
    }
  }
  return {
    kind: 'table-join',
    left: { name: names.left, parent: left.name, step: sideStep('left') },
    right: { name: names.right, parent: right.name, step: sideStep('right') },
    merge: {
      kind: 'processor',
      stores: () => (store === undefined ? [] : [store]),
      create: () => tableJoinMerge({ store: store?.name, sendOldValues: state.sendsOldValues }),
    },
  }
}

interface AnySuppressOptions {
  readonly until: Duration | 'window-closes'
  readonly maxRecords?: number
  readonly maxBytes?: number
  readonly whenFull?: 'emit-early' | 'shut-down'
  readonly idleAfter?: Duration
  readonly changelog?: false | TopicConfig
}

interface SuppressSettings {
  /** undefined: until windows close. */
  readonly limitMs: number | undefined
  readonly maxRecords: number | undefined
  readonly maxBytes: number | undefined
  readonly whenFull: 'emit-early' | 'shut-down'
  readonly idleAfterMs: number | undefined
  readonly isLogged: boolean
  readonly changelogConfig: Readonly<Record<string, string>>
}

function suppressSettings(options: AnySuppressOptions): SuppressSettings {
  const { until, maxRecords, maxBytes, idleAfter, changelog } = options
  const isFinal = until === 'window-closes'
  return {
    limitMs: isFinal ? undefined : durationMs(until, 'until of suppress'),
    maxRecords,
    maxBytes,
    // Final results are final: when there is no room for them, only stopping keeps the promise.
    whenFull: options.whenFull ?? (isFinal ? 'shut-down' : 'emit-early'),
    idleAfterMs: idleAfter === undefined ? undefined : positiveDurationMs(idleAfter, 'idleAfter of suppress'),
    isLogged: changelog !== false,
    changelogConfig: changelogSettings(changelog),
  }
}

/** The grace of the windowed aggregation upstream; of several the longest; undefined where a way up has none. */
function graceUpstream(node: PlanNode): number | undefined {
  if (node.options.graceMs !== undefined) return node.options.graceMs
  const graces = [...node.parents].map(graceUpstream)
  return graces.length === 0 || graces.includes(undefined) ? undefined : Math.max(...(graces as number[]))
}
