import type { EnumerableWindows } from '../../record/index.ts'
import type { Aggregator, Initializer, ProcessorSupplier } from '../functions.ts'

export type EmitStrategy = 'on-update' | 'on-window-close'

export interface WindowedAggregateOptions {
  readonly store: string
  /** undefined: the first value is the aggregate (reduce). */
  readonly initializer: Initializer | undefined
  readonly aggregator: Aggregator
  readonly sendOldValues: boolean
  readonly emit: EmitStrategy
  /** Of emission on close: once no record came for that long, the wall clock moves stream time on. undefined: never. */
  readonly idleAfterMs: number | undefined
}

export interface TimeWindowAggregateOptions extends WindowedAggregateOptions {
  readonly windows: EnumerableWindows
}

/** Aggregates the records of each key and window. Java: KStreamWindowAggregate. */
export function timeWindowAggregate(options: TimeWindowAggregateOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
