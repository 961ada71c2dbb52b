import type { Joiner, ProcessorSupplier } from '../functions.ts'
import type { TableViewSource } from '../table-view.ts'

export interface StreamTableJoinOptions {
  readonly kind: 'inner' | 'left'
  readonly joiner: Joiner
  readonly table: TableViewSource
  /** The table has versions: look up the one of the record's timestamp. */
  readonly isVersioned: boolean
  /** Records wait that long, in event time, for the table to catch up. */
  readonly grace: { readonly buffer: string; readonly graceMs: number } | undefined
}

/** Joins each record of a stream with the table's entry of its key. Java: KStreamKTableJoin (grace: KIP-923). */
export function streamTableJoin(options: StreamTableJoinOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.kind}`)
}
