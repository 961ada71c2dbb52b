import type { GlobalJoiner, ProcessorSupplier, TableFunction } from '../functions.ts'
import type { TableViewSource } from '../table-view.ts'

export interface StreamGlobalJoinOptions {
  readonly kind: 'inner' | 'left'
  /** The key to look up, of value and key; null: none. */
  readonly on: TableFunction
  readonly joiner: GlobalJoiner
  readonly table: TableViewSource
}

/** Joins each record of a stream with an entry of a global table. Java: KStreamGlobalKTableJoin. */
export function streamGlobalJoin(options: StreamGlobalJoinOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.kind}`)
}
