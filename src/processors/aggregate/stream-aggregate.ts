import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import { ChangeForwarder } from '../change-forwarder.ts'
import { ValueCopier } from '../copy-value.ts'
import type { Aggregator, AnyRecord, Initializer, ProcessorSupplier } from '../functions.ts'
import { openTableStore, PUT, type TableStore } from '../table-store.ts'

export interface StreamAggregateOptions {
  /** Key-value or versioned store of the aggregates. */
  readonly store: string
  /** undefined: the first value is the aggregate (reduce). */
  readonly initializer: Initializer | undefined
  readonly aggregator: Aggregator
  /** The aggregator does not look at the values of records. @defaultValue false */
  readonly ignoresValue?: boolean
  readonly sendOldValues: boolean
}

/** Aggregates the records of each key: aggregate, reduce, count, and one input of a cogroup. Java: KStreamAggregate, KStreamReduce. */
export function streamAggregate(options: StreamAggregateOptions): ProcessorSupplier {
  return () => new StreamAggregate(options)
}

class StreamAggregate implements NodeProcessor {
  readonly #options: StreamAggregateOptions
  readonly #initializer: Initializer | undefined
  readonly #aggregator: Aggregator
  #context!: NodeContext
  #store!: TableStore
  #forwarder!: ChangeForwarder
  #copier!: ValueCopier

  constructor(options: StreamAggregateOptions) {
    this.#options = options
    this.#initializer = options.initializer
    this.#aggregator = options.aggregator
  }

  get ignoresValue(): boolean {
    return this.#options.ignoresValue === true
  }

  init(context: NodeContext): void {
    const state = context.store(this.#options.store)
    this.#context = context
    this.#store = openTableStore(state)
    this.#forwarder = new ChangeForwarder(context, state, this.#options.sendOldValues)
    this.#copier = new ValueCopier(state.definition.value, state.definition.name)
  }

  process(record: AnyRecord): void {
    const { key, value } = record
    if (key === null || value === null) return this.#context.dropped('null-key-or-value')
    const stored = this.#store.getOwned(key)
    // The new value of a key is compared with the initial one by those who ask for old values, as in Java.
    const before = stored === undefined ? (this.#initializer?.() ?? null) : stored.value
    const timestamp = stored === undefined ? record.timestamp : Math.max(record.timestamp, stored.timestamp)
    const old = this.#forwarder.needsOld ? this.#copier.copy(before) : null
    const isFirst = stored === undefined && this.#initializer === undefined
    const after = isFirst ? value : this.#aggregator(before, value, key)
    const put = this.#store.putOwned(key, after, timestamp, record)
    if (put !== PUT.refused) this.#forwarder.forward(key, after, old, put === PUT.latest, timestamp, record)
  }
}
