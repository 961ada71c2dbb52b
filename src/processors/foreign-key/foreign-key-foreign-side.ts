import type { Change } from '../../record/index.ts'
import type { SubscriptionStore } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { makeRecord } from '../stream-records.ts'
import type { SubscriptionResponse } from './messages.ts'

export interface ForeignKeyForeignSideOptions {
  /** Name of the fk-subscription store. */
  readonly store: string
  /** The foreign table has versions. */
  readonly isVersioned: boolean
}

/** Tells all subscribers of a change of the foreign table. Java: ForeignTableJoinProcessorSupplier. */
export function foreignKeyForeignSide(options: ForeignKeyForeignSideOptions): ProcessorSupplier {
  return () => new ForeignKeyForeignSide(options)
}

class ForeignKeyForeignSide implements NodeProcessor {
  readonly #options: ForeignKeyForeignSideOptions
  #context!: NodeContext
  #store!: SubscriptionStore<any, any>

  constructor(options: ForeignKeyForeignSideOptions) {
    this.#options = options
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#store = context.store(this.#options.store).face as SubscriptionStore<any, any>
  }

  process(record: AnyRecord): void {
    const change: Change<any> = record.value
    if (record.key === null) return this.#context.dropped('null-key')
    if (this.#options.isVersioned && !change.isLatest) return
    for (const { subscription } of this.#store.of(record.key)) {
      const { hash, primaryKey, primaryPartition } = subscription
      const response: SubscriptionResponse = { hash, foreignValue: change.newValue, primaryPartition }
      this.#context.forward(makeRecord(primaryKey, response, record.timestamp, record.headers))
    }
  }
}
