import type { ProcessorSupplier } from '../functions.ts'

export interface ForeignKeyReceiveOptions {
  /** Name of the fk-subscription store. */
  readonly store: string
}

/** Keeps subscriptions by (foreign key, primary key) and passes them on. Java: SubscriptionReceiveProcessorSupplier. */
export function foreignKeyReceive(options: ForeignKeyReceiveOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
