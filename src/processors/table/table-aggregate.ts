import { TidemillError } from '../../base/index.ts'
import type { Change } from '../../record/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import { ChangeForwarder } from '../change-forwarder.ts'
import { ValueCopier } from '../copy-value.ts'
import type { Aggregator, AnyRecord, Initializer, ProcessorSupplier } from '../functions.ts'
import { openTableStore, PUT, type TableStore } from '../table-store.ts'

export interface TableAggregateOptions {
  readonly store: string
  /** undefined: the first value is the aggregate (reduce). */
  readonly initializer: Initializer | undefined
  readonly adder: Aggregator
  readonly subtractor: Aggregator
  readonly sendOldValues: boolean
}

/** Aggregates a grouped table: takes out the old value, then adds the new one. Java: KTableAggregate, KTableReduce. */
export function tableAggregate(options: TableAggregateOptions): ProcessorSupplier {
  return () => new TableAggregate(options)
}

class TableAggregate implements NodeProcessor {
  readonly #options: TableAggregateOptions
  #context!: NodeContext
  #store!: TableStore
  #forwarder!: ChangeForwarder
  #copier!: ValueCopier

  constructor(options: TableAggregateOptions) {
    this.#options = options
  }

  init(context: NodeContext): void {
    const state = context.store(this.#options.store)
    this.#context = context
    this.#store = openTableStore(state)
    this.#forwarder = new ChangeForwarder(context, state, this.#options.sendOldValues)
    this.#copier = new ValueCopier(state.definition.value, state.definition.name)
  }

  process(record: AnyRecord): void {
    const { key } = record
    if (key === null) throw nullKey(this.#context)
    const stored = this.#store.getOwned(key)
    const before = stored?.value ?? null
    const timestamp = Math.max(record.timestamp, stored?.timestamp ?? record.timestamp)
    const old = this.#forwarder.needsOld ? this.#copier.copy(before) : null
    const after = this.#add(key, record.value, this.#subtract(key, record.value, before))
    const put = this.#store.putOwned(key, after, timestamp, record)
    if (put !== PUT.refused) this.#forwarder.forward(key, after, old, put === PUT.latest, timestamp, record)
  }

  #subtract(key: any, change: Change<any>, aggregate: any): any {
    if (change.oldValue === null || aggregate === null) return aggregate
    return this.#options.subtractor(aggregate, change.oldValue, key)
  }

  #add(key: any, change: Change<any>, aggregate: any): any {
    if (change.newValue === null) return aggregate
    const { initializer, adder } = this.#options
    if (aggregate !== null) return adder(aggregate, change.newValue, key)
    return initializer === undefined ? change.newValue : adder(initializer(), change.newValue, key)
  }
}

function nullKey(context: NodeContext): TidemillError {
  return new TidemillError(
    'null-key',
    `${context.nodeName} got a record without a key: a grouped table's repartition topic was written by something else`,
  )
}
