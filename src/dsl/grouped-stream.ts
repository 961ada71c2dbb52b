// KGroupedStream and what windowedBy() makes of it, as the plan sees them.
import type { Aggregator, Initializer, SessionMerger } from '../processors/index.ts'
import { type Duration, type Windows, positiveDurationMs } from '../record/index.ts'
import { serdes } from '../serde/index.ts'
import { callPlace } from '../topology/index.ts'
import type { KGroupedStream, SessionWindowedKStream, TimeWindowedKStream } from './api/grouped.ts'
import { type AggregateFunctions, type Windowing, aggregateProcessor, graceOf, newAggregation } from './aggregation.ts'
import type { CogroupedStreamPlan } from './cogrouped-stream.ts'
import type { PlanNode } from './plan.ts'
import { type SerdeSlot, keptSlot, newSlot, slotOf } from './serde-slot.ts'
import type { ProcessorStep } from './steps.ts'
import { type StoreChoice, chooseStore, isVersionedChoice } from './store-choice.ts'
import { type Branch, checkNodeName, implicitStore, newRepartition, addNode } from './stream-plan.ts'
import type { AnyOptions, StreamFields } from './stream.ts'
import type { TablePlan } from './table.ts'
import type { Untyped } from './untyped.ts'

const NO_OPTIONS: AnyOptions = Object.freeze({})

interface AggregateRequest extends AggregateFunctions {
  readonly operator: 'count' | 'reduce' | 'aggregate'
  readonly value: SerdeSlot
  readonly options: AnyOptions
  readonly place: string | undefined
}

export class GroupedStreamPlan implements Untyped<KGroupedStream<any, any>> {
  declare readonly '~key': any
  readonly stream: StreamFields
  readonly repartitionName: string | undefined
  /** Aggregations under one name share a repartition topic. */
  #repartition: PlanNode | undefined

  constructor(stream: StreamFields, repartitionName: string | undefined) {
    this.stream = stream
    this.repartitionName = repartitionName
  }

  count(options: AnyOptions = NO_OPTIONS): TablePlan {
    return this.aggregateBy(countRequest(options, callPlace()), undefined)
  }

  reduce(reducer: Aggregator, options: AnyOptions = NO_OPTIONS): TablePlan {
    return this.aggregateBy(reduceRequest(reducer, this.stream.value, options, callPlace()), undefined)
  }

  aggregate(initializer: Initializer, aggregator: Aggregator, options: AnyOptions = NO_OPTIONS): TablePlan {
    return this.aggregateBy(aggregateRequest(initializer, aggregator, options, callPlace()), undefined)
  }

  windowedBy(windows: Windows, options: AnyOptions = NO_OPTIONS): WindowedStreamPlan {
    const place = callPlace()
    const { emit = 'on-update', idleAfter } = options as {
      readonly emit?: Windowing['emit']
      readonly idleAfter?: Duration
    }
    if (windows.kind === 'unlimited' && emit === 'on-window-close') {
      this.stream.plan.problem(`an unlimited window never closes: use emit 'on-update'`, place)
    }
    const idleAfterMs = idleAfter === undefined ? undefined : positiveDurationMs(idleAfter, 'idleAfter of windowedBy')
    return new WindowedStreamPlan(this, { windows, emit, idleAfterMs })
  }

  cogroup(initializer: Initializer, aggregator: Aggregator): CogroupedStreamPlan {
    const { plan } = this.stream
    return plan.faces.cogroupedStream(plan, initializer, [{ grouped: this, aggregator }])
  }

  aggregateBy(request: AggregateRequest, windowing: Windowing | undefined): TablePlan {
    const { operator, options, place } = request
    const { plan } = this.stream
    checkNodeName(plan, options.name, place)
    const prefix = operator === 'reduce' ? 'KSTREAM-REDUCE-' : 'KSTREAM-AGGREGATE-'
    const choice = chooseStore(options.store)
    const storeName = this.#storeName(request, choice, prefix, windowing)
    const name = plan.nameOr(options.name, prefix)
    const parent = this.#repartitioned(storeName, choice.name !== undefined, place)
    const key = keptSlot(options.key ?? choice.key, this.stream.key)
    const value = options.value === undefined && choice.value !== undefined ? slotOf(choice.value) : request.value
    const aggregation = newAggregation({ plan, operator, place, choice, name: storeName, key, value }, windowing)
    const step: ProcessorStep = {
      kind: 'processor',
      stores: () => [aggregation.store],
      create: () => aggregateProcessor(aggregation, request, windowing),
    }
    const node = addNode(plan, [parent.node], name, step, {
      place,
      isVersioned: windowing === undefined && isVersionedChoice(choice),
      graceMs: windowing === undefined ? undefined : graceOf(windowing.windows),
    })
    return plan.faces.table({
      plan,
      node,
      name,
      key: aggregation.key,
      value,
      sources: parent.sources,
      storeName: choice.name,
      state: aggregation.table,
    })
  }

  /** A count with an unnamed store uses up two numbers, but for one of sliding windows. */
  #storeName(
    { operator, place }: AggregateRequest,
    choice: StoreChoice,
    prefix: string,
    windowing: Windowing | undefined,
  ): string {
    const { plan } = this.stream
    if (choice.name !== undefined) return choice.name
    if (operator === 'count' && choice.isGiven && windowing?.windows.kind !== 'sliding') plan.newStoreName(prefix)
    const name = plan.newStoreName(prefix)
    implicitStore(plan, name, choice.settings.changelog !== false, place)
    return name
  }

  #repartitioned(storeName: string, isNamed: boolean, place: string | undefined): Pick<Branch, 'node' | 'sources'> {
    const { plan, key, value, node, sources, needsRepartition } = this.stream
    if (!needsRepartition) return { node, sources }
    const base = this.repartitionName ?? storeName
    const isNamedByUser = this.repartitionName !== undefined || isNamed
    const fresh = newRepartition(plan, { base, isNamedByUser, key, value, place })
    if (this.#repartition === undefined || this.repartitionName === undefined) this.#repartition = fresh
    plan.add(this.#repartition, node)
    return { node: this.#repartition, sources: new Set([this.#repartition.name]) }
  }
}

export class WindowedStreamPlan
  implements Untyped<TimeWindowedKStream<any, any>>, Untyped<SessionWindowedKStream<any, any>>
{
  declare readonly '~key': any
  readonly #grouped: GroupedStreamPlan
  readonly #windowing: Windowing

  constructor(grouped: GroupedStreamPlan, windowing: Windowing) {
    this.#grouped = grouped
    this.#windowing = windowing
  }

  count(options: AnyOptions = NO_OPTIONS): TablePlan {
    return this.#grouped.aggregateBy(countRequest(options, callPlace()), this.#windowing)
  }

  reduce(reducer: Aggregator, options: AnyOptions = NO_OPTIONS): TablePlan {
    const { value } = this.#grouped.stream
    return this.#grouped.aggregateBy(reduceRequest(reducer, value, options, callPlace()), this.#windowing)
  }

  aggregate(initializer: Initializer, aggregator: Aggregator, options: AnyOptions = NO_OPTIONS): TablePlan {
    const merger = options['merge'] as SessionMerger | undefined
    const request = { ...aggregateRequest(initializer, aggregator, options, callPlace()), merger }
    return this.#grouped.aggregateBy(request, this.#windowing)
  }
}

function countRequest(options: AnyOptions, place: string | undefined): AggregateRequest {
  return {
    operator: 'count',
    initializer: () => 0,
    aggregator: (count: number) => count + 1,
    ignoresValue: true,
    merger: (first: number, second: number) => first + second,
    value: slotOf(options.value ?? serdes.int64),
    options,
    place,
  }
}

function reduceRequest(
  reducer: Aggregator,
  value: SerdeSlot,
  options: AnyOptions,
  place: string | undefined,
): AggregateRequest {
  return {
    operator: 'reduce',
    initializer: undefined,
    aggregator: reducer,
    merger: reducer,
    value: keptSlot(options.value, value),
    options,
    place,
  }
}

function aggregateRequest(
  initializer: Initializer,
  aggregator: Aggregator,
  options: AnyOptions,
  place: string | undefined,
): AggregateRequest {
  const value = newSlot(options.value, 'aggregate', place)
  return { operator: 'aggregate', initializer, aggregator, merger: undefined, value, options, place }
}
