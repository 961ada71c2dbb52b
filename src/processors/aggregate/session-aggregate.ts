import type { SessionWindows } from '../../record/index.ts'
import type { ProcessorSupplier, SessionMerger } from '../functions.ts'
import type { WindowedAggregateOptions } from './time-window-aggregate.ts'

export interface SessionAggregateOptions extends WindowedAggregateOptions {
  readonly windows: SessionWindows
  readonly merger: SessionMerger
}

/** Aggregates sessions, merging those that a record joins. Java: KStreamSessionWindowAggregate. */
export function sessionAggregate(options: SessionAggregateOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
