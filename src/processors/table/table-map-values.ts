import type { ProcessorSupplier, TableFunction } from '../functions.ts'

export interface TableMapValuesOptions {
  readonly mapper: TableFunction
  readonly store: string | undefined
  readonly sendOldValues: boolean
}

/** Makes another value of each entry of a table. Java: KTableMapValues. */
export function tableMapValues(options: TableMapValuesOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
