import type { ProcessorSupplier } from '../functions.ts'

export interface ForeignKeyForeignSideOptions {
  /** Name of the fk-subscription store. */
  readonly store: string
  /** The foreign table has versions. */
  readonly isVersioned: boolean
}

/** Tells all subscribers of a change of the foreign table. Java: ForeignTableJoinProcessorSupplier. */
export function foreignKeyForeignSide(options: ForeignKeyForeignSideOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
