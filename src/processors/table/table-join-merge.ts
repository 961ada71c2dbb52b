import type { ProcessorSupplier } from '../functions.ts'

export interface TableJoinMergeOptions {
  readonly store: string | undefined
  readonly sendOldValues: boolean
}

/** Brings the two sides of a table-table join together, and stores the result where it is wanted. Java: KTableKTableJoinMerger. */
export function tableJoinMerge(options: TableJoinMergeOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
