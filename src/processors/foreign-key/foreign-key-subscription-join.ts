import type { ProcessorSupplier } from '../functions.ts'
import type { TableViewSource } from '../table-view.ts'

export interface ForeignKeySubscriptionJoinOptions {
  readonly foreign: TableViewSource
}

/** Answers a new subscription with the foreign value of the moment. Java: SubscriptionJoinProcessorSupplier. */
export function foreignKeySubscriptionJoin(options: ForeignKeySubscriptionJoinOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.foreign.stores.join()}`)
}
