import type { Aggregator, Initializer, ProcessorSupplier } from '../functions.ts'

export interface StreamAggregateOptions {
  /** Key-value or versioned store of the aggregates. */
  readonly store: string
  /** undefined: the first value is the aggregate (reduce). */
  readonly initializer: Initializer | undefined
  readonly aggregator: Aggregator
  readonly sendOldValues: boolean
}

/** Aggregates the records of each key: aggregate, reduce, count, and one input of a cogroup. Java: KStreamAggregate, KStreamReduce. */
export function streamAggregate(options: StreamAggregateOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
