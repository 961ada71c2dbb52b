import type { ProcessorSupplier, TableFunction } from '../functions.ts'

export interface TableGroupByOptions {
  readonly mapper: TableFunction<readonly [key: any, value: any]>
  /** The table that comes in has versions. */
  readonly isVersioned: boolean
}

/** Gives the old and the new entry of each change their new keys, on the way to the repartition topic. Java: KTableRepartitionMap. */
export function tableGroupBy(options: TableGroupByOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.isVersioned}`)
}
