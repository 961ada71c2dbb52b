import type { Aggregator, Initializer, ProcessorSupplier } from '../functions.ts'

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
  throw new Error(`not written yet ${options.store}`)
}
