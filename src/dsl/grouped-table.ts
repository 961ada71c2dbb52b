// KGroupedTable as the plan sees it: always a repartition topic of changes, then the aggregation.
import { type Aggregator, type Initializer, tableAggregate } from '../processors/index.ts'
import { serdes } from '../serde/index.ts'
import { callPlace } from '../topology/index.ts'
import type { KGroupedTable } from './api/grouped.ts'
import { PlanNode } from './plan.ts'
import { type SerdeSlot, keptSlot, newSlot, slotOf } from './serde-slot.ts'
import type { ProcessorStep } from './steps.ts'
import { chooseStore, isVersionedChoice, keyValueStore } from './store-choice.ts'
import { type Branch, addNode, checkNodeName, implicitStore } from './stream-plan.ts'
import type { AnyOptions } from './stream.ts'
import { AggregateTable } from './table-state.ts'
import type { TablePlan } from './table.ts'
import type { Untyped } from './untyped.ts'

const NO_OPTIONS: AnyOptions = Object.freeze({})

interface AddAndSubtract {
  readonly add: Aggregator
  readonly subtract: Aggregator
}

interface AggregateRequest extends AddAndSubtract {
  readonly operator: string
  readonly prefix: 'KTABLE-AGGREGATE-' | 'KTABLE-REDUCE-'
  readonly initializer: Initializer | undefined
  readonly value: SerdeSlot
  readonly options: AnyOptions
  readonly place: string | undefined
}

export class GroupedTablePlan implements Untyped<KGroupedTable<any, any>> {
  declare readonly '~key': any
  readonly #branch: Branch
  readonly #repartitionName: string | undefined
  /** Aggregations under one name share a topic. */
  #repartition: PlanNode | undefined

  constructor(branch: Branch, repartitionName: string | undefined) {
    this.#branch = branch
    this.#repartitionName = repartitionName
  }

  count(options: AnyOptions = NO_OPTIONS): TablePlan {
    const place = callPlace()
    return this.#aggregate({
      operator: 'count',
      prefix: 'KTABLE-AGGREGATE-',
      initializer: () => 0,
      add: (count: number) => count + 1,
      subtract: (count: number) => count - 1,
      value: slotOf(options.value ?? serdes.int64),
      options,
      place,
    })
  }

  reduce(functions: AddAndSubtract, options: AnyOptions = NO_OPTIONS): TablePlan {
    const place = callPlace()
    return this.#aggregate({
      ...functions,
      operator: 'reduce',
      prefix: 'KTABLE-REDUCE-',
      initializer: undefined,
      value: keptSlot(options.value, this.#branch.value),
      options,
      place,
    })
  }

  aggregate(initializer: Initializer, functions: AddAndSubtract, options: AnyOptions = NO_OPTIONS): TablePlan {
    const place = callPlace()
    return this.#aggregate({
      ...functions,
      operator: 'aggregate',
      prefix: 'KTABLE-AGGREGATE-',
      initializer,
      value: newSlot(options.value, 'aggregate', place),
      options,
      place,
    })
  }

  #aggregate({ operator, prefix, initializer, add, subtract, value, options, place }: AggregateRequest): TablePlan {
    const { plan } = this.#branch
    checkNodeName(plan, options.name, place)
    const choice = chooseStore(options.store)
    const slots = {
      key: keptSlot(options.key ?? choice.key, this.#branch.key),
      value: options.value === undefined && choice.value !== undefined ? slotOf(choice.value) : value,
    }
    const storeName = choice.name ?? plan.newStoreName('KTABLE-AGGREGATE-')
    if (choice.name === undefined) implicitStore(plan, storeName, choice.settings.changelog !== false, place)
    const sinkName = plan.nameOr(options.name, 'KSTREAM-SINK-', '-sink')
    const sourceName = plan.nameOr(options.name, 'KSTREAM-SOURCE-', '-source')
    const name = plan.nameOr(options.name, prefix)
    const repartition = this.#repartitionNode(sinkName, sourceName, storeName, place)
    const isVersioned = isVersionedChoice(choice)
    const store = keyValueStore({ plan, operator, place, choice, name: storeName, ...slots })
    const state = new AggregateTable(storeName, 'plain', isVersioned)
    const step: ProcessorStep = {
      kind: 'processor',
      stores: () => [store],
      create: () =>
        tableAggregate({
          store: storeName,
          initializer,
          adder: add,
          subtractor: subtract,
          sendOldValues: state.sendsOldValues,
        }),
    }
    const node = addNode(plan, [repartition], name, step, { place, isVersioned })
    return plan.faces.table({
      plan,
      node,
      name,
      ...slots,
      sources: new Set([repartition.name]),
      storeName: choice.name,
      state,
    })
  }

  #repartitionNode(sinkName: string, sourceName: string, storeName: string, place: string | undefined): PlanNode {
    const { plan, key, value } = this.#branch
    if (this.#repartition === undefined || this.#repartitionName === undefined) {
      const topic = `${this.#repartitionName ?? storeName}-repartition`
      this.#repartition = new PlanNode(
        sourceName,
        { kind: 'table-repartition', topic, sinkName, key, value },
        { place },
      )
    }
    return plan.add(this.#repartition, this.#branch.node)
  }
}
