import type { Aggregator, Initializer } from '../functions.ts'

export type EmitStrategy = 'on-update' | 'on-window-close'

/** What all windowed aggregations are told. */
export interface WindowedAggregateOptions {
  readonly store: string
  /** undefined: the first value is the aggregate (reduce). */
  readonly initializer: Initializer | undefined
  readonly aggregator: Aggregator
  /** The aggregator does not look at the values of records. @defaultValue false */
  readonly ignoresValue?: boolean
  readonly sendOldValues: boolean
  readonly emit: EmitStrategy
  /** Of emission on close: once no record came for that long, the wall clock moves stream time on. undefined: never. */
  readonly idleAfterMs: number | undefined
}
