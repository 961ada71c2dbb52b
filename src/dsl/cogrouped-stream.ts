// CogroupedKStream as the plan sees it: one processor an input, all on one store, and a node behind them that merges.
import { type Aggregator, type Initializer, type SessionMerger, passThrough } from '../processors/index.ts'
import type { Windows } from '../record/index.ts'
import { callPlace } from '../topology/index.ts'
import type { CogroupedKStream, SessionWindowedCogroupedKStream, TimeWindowedCogroupedKStream } from './api/grouped.ts'
import { type Windowing, aggregateProcessor, graceOf, newAggregation } from './aggregation.ts'
import type { GroupedStreamPlan } from './grouped-stream.ts'
import type { Plan, PlanNode } from './plan.ts'
import { type SerdeSlot, keptSlot, newSlot } from './serde-slot.ts'
import type { ProcessorStep } from './steps.ts'
import { chooseStore, isVersionedChoice } from './store-choice.ts'
import { type Branch, addNode, checkNodeName, checkSameBuilder, implicitStore, newRepartition } from './stream-plan.ts'
import type { AnyOptions } from './stream.ts'
import type { TablePlan } from './table.ts'
import type { Untyped } from './untyped.ts'

const NO_OPTIONS: AnyOptions = Object.freeze({})

export interface CogroupInput {
  readonly grouped: GroupedStreamPlan
  readonly aggregator: Aggregator
}

export class CogroupedStreamPlan implements Untyped<CogroupedKStream<any, any>> {
  declare readonly '~key': any
  readonly #plan: Plan
  readonly #initializer: Initializer
  readonly #inputs: readonly CogroupInput[]

  constructor(plan: Plan, initializer: Initializer, inputs: readonly CogroupInput[]) {
    this.#plan = plan
    this.#initializer = initializer
    this.#inputs = inputs
  }

  cogroup(grouped: GroupedStreamPlan, aggregator: Aggregator): CogroupedStreamPlan {
    return new CogroupedStreamPlan(this.#plan, this.#initializer, [...this.#inputs, { grouped, aggregator }])
  }

  aggregate(options: AnyOptions = NO_OPTIONS): TablePlan {
    return this.aggregateBy(options, undefined, callPlace())
  }

  windowedBy(windows: Windows): WindowedCogroupedStreamPlan {
    return new WindowedCogroupedStreamPlan(this, { windows, emit: 'on-update', idleAfterMs: undefined })
  }

  aggregateBy(options: AnyOptions, windowing: Windowing | undefined, place: string | undefined): TablePlan {
    const plan = this.#plan
    checkNodeName(plan, options.name, place)
    for (const { grouped } of this.#inputs) checkSameBuilder(plan, grouped.stream, 'cogroup', place)
    const choice = chooseStore(options.store)
    const storeName = choice.name ?? plan.newStoreName('COGROUPKSTREAM-AGGREGATE-')
    if (choice.name === undefined) implicitStore(plan, storeName, choice.settings.changelog !== false, place)
    const parents = this.#repartitioned(storeName, choice.name !== undefined, place)
    const key = keptSlot(options.key ?? choice.key, this.#keySlot())
    const value = newSlot(options.value ?? choice.value, 'cogroup', place)
    const request = { plan, operator: 'cogroup', place, choice, name: storeName, key, value }
    const aggregation = newAggregation(request, windowing)
    const isVersioned = windowing === undefined && isVersionedChoice(choice)
    const merger = options['merge'] as SessionMerger | undefined
    const nodes = this.#inputs.map(({ aggregator }, index) => {
      const name = plan.nameOr(options.name, 'COGROUPKSTREAM-AGGREGATE-', `-cogroup-agg-${index}`)
      const functions = { initializer: this.#initializer, aggregator, merger }
      const step: ProcessorStep = {
        kind: 'processor',
        stores: () => [aggregation.store],
        create: () => aggregateProcessor(aggregation, functions, windowing),
      }
      return addNode(plan, [(parents[index] as Pick<Branch, 'node'>).node], name, step, {
        place,
        isVersioned: windowing === undefined ? isVersioned : undefined,
        graceMs: windowing === undefined ? undefined : graceOf(windowing.windows),
      })
    })
    const name = plan.nameOr(options.name, 'COGROUPKSTREAM-MERGE-', '-cogroup-merge')
    const node = addNode(plan, nodes, name, { kind: 'processor', create: passThrough }, { place })
    return plan.faces.table({
      plan,
      node,
      name,
      key: aggregation.key,
      value,
      sources: new Set(parents.flatMap((parent) => [...parent.sources])),
      storeName: choice.name,
      state: aggregation.table,
    })
  }

  #keySlot(): SerdeSlot {
    const slots = this.#inputs.map(({ grouped }) => grouped.stream.key)
    return slots.find((slot) => slot.serde !== undefined) ?? (slots[0] as SerdeSlot)
  }

  /** The nodes below which the aggregates of the inputs stand; all inputs are co-partitioned. */
  #repartitioned(
    storeName: string,
    isNamed: boolean,
    place: string | undefined,
  ): readonly { readonly node: PlanNode; readonly sources: ReadonlySet<string> }[] {
    const plan = this.#plan
    const parents = this.#inputs.map(({ grouped }) => {
      const { stream, repartitionName } = grouped
      if (!stream.needsRepartition) return { node: stream.node, sources: stream.sources }
      const base = repartitionName ?? storeName
      const isNamedByUser = repartitionName !== undefined || isNamed
      const fresh = newRepartition(plan, { base, isNamedByUser, key: stream.key, value: stream.value, place })
      const node = plan.add(fresh, stream.node)
      return { node, sources: new Set([node.name]) }
    })
    // What feeds a repartition topic too, as in Java: the topic has as many partitions as that.
    const sources = [...parents, ...this.#inputs.map(({ grouped }) => grouped.stream)].flatMap((input) => [
      ...input.sources,
    ])
    plan.copartition.push({ sources: new Set(sources), place })
    return parents
  }
}

export class WindowedCogroupedStreamPlan
  implements Untyped<TimeWindowedCogroupedKStream<any, any>>, Untyped<SessionWindowedCogroupedKStream<any, any>>
{
  declare readonly '~key': any
  readonly #cogrouped: CogroupedStreamPlan
  readonly #windowing: Windowing

  constructor(cogrouped: CogroupedStreamPlan, windowing: Windowing) {
    this.#cogrouped = cogrouped
    this.#windowing = windowing
  }

  aggregate(options: AnyOptions = NO_OPTIONS): TablePlan {
    return this.#cogrouped.aggregateBy(options, this.#windowing, callPlace())
  }
}
