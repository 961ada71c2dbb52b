import type { ProcessorSupplier } from '../functions.ts'

export interface TableSourceOptions {
  /** Key-value or versioned; undefined: the table is not stored. */
  readonly store: string | undefined
  readonly sendOldValues: boolean
}

/** Makes a table of the records of a topic or stream; also keeps a global table. Java: KTableSource. */
export function tableSource(options: TableSourceOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
