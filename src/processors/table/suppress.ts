import type { ProcessorSupplier } from '../functions.ts'

export interface SuppressOptions {
  /** Name of the suppress-buffer store. */
  readonly buffer: string
  readonly until: 'window-closes' | 'time-limit'
  /** The time limit; or the grace of the windows upstream (sessions: gap and grace). */
  readonly waitMs: number
  /** undefined: no limit. */
  readonly maxRecords: number | undefined
  readonly maxBytes: number | undefined
  readonly whenFull: 'emit-early' | 'shut-down'
  /** Once no record came for that long, the wall clock moves stream time on. undefined: never. */
  readonly idleAfterMs: number | undefined
}

/** Holds changes of a table back. Java: KTableSuppressProcessor. */
export function suppress(options: SuppressOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.buffer}`)
}
