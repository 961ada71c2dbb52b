import type { Joiner, ProcessorSupplier } from '../functions.ts'
import type { TableViewSource } from '../table-view.ts'

export interface TableJoinOptions {
  readonly kind: 'inner' | 'left' | 'outer'
  /** Which side's changes come in here: 'left' is the join-this node, 'right' join-other. */
  readonly side: 'left' | 'right'
  readonly joiner: Joiner
  /** The table on the other side. */
  readonly other: TableViewSource
  readonly sendOldValues: boolean
  /** The table on this side has versions. */
  readonly isVersioned: boolean
}

/** One side of a join of two tables. Java: KTableKTableInnerJoin, -LeftJoin, -RightJoin, -OuterJoin. */
export function tableJoin(options: TableJoinOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.kind}`)
}
