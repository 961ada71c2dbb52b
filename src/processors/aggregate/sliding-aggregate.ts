import type { SlidingWindows } from '../../record/index.ts'
import type { ProcessorSupplier } from '../functions.ts'
import type { WindowedAggregateOptions } from './time-window-aggregate.ts'

export interface SlidingAggregateOptions extends WindowedAggregateOptions {
  readonly windows: SlidingWindows
}

/** Aggregates sliding windows. Java: KStreamSlidingWindowAggregate. */
export function slidingAggregate(options: SlidingAggregateOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
