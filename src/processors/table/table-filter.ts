import type { ProcessorSupplier, TableFunction } from '../functions.ts'

export interface TableFilterOptions {
  readonly predicate: TableFunction<boolean>
  readonly negate: boolean
  readonly store: string | undefined
  readonly sendOldValues: boolean
  /** The table that comes in has versions. */
  readonly isVersioned: boolean
}

/** Keeps the entries of a table that the predicate accepts. Java: KTableFilter. */
export function tableFilter(options: TableFilterOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
