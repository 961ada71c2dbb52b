import type { Joiner, ProcessorSupplier } from '../functions.ts'

export interface StreamJoinOptions {
  readonly kind: 'inner' | 'left' | 'outer'
  readonly joiner: Joiner
  /** Window stores with duplicates, which streamJoinWindow() fills. */
  readonly leftStore: string
  readonly rightStore: string
  /** What has found no partner yet; undefined for inner joins, and where results may come early (JoinWindows.of). */
  readonly outerStore: string | undefined
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
}

export interface StreamJoinSuppliers {
  /** Connect it to rightStore and outerStore. */
  readonly left: ProcessorSupplier
  /** Connect it to leftStore and outerStore. */
  readonly right: ProcessorSupplier
}

/** Both join nodes of two streams; in a task they share their stream time. Java: KStreamKStreamJoin, left and right side. */
export function streamJoin(options: StreamJoinOptions): StreamJoinSuppliers {
  throw new Error(`not written yet ${options.kind}`)
}
