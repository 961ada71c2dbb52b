import type { Subscription, SubscriptionStore } from '../../state/index.ts'
import { SubscriptionInstruction } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'

export interface ForeignKeyReceiveOptions {
  /** Name of the fk-subscription store. */
  readonly store: string
}

/** Keeps subscriptions by (foreign key, primary key) and passes them on. Java: SubscriptionReceiveProcessorSupplier. */
export function foreignKeyReceive(options: ForeignKeyReceiveOptions): ProcessorSupplier {
  return () => new ForeignKeyReceive(options.store)
}

class ForeignKeyReceive implements NodeProcessor {
  readonly #name: string
  #context!: NodeContext
  #store!: SubscriptionStore<any, any>

  constructor(name: string) {
    this.#name = name
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#store = context.store(this.#name).face as SubscriptionStore<any, any>
  }

  /** Without a foreign key there is nothing to keep, only an answer to give: that there is none. */
  process(record: AnyRecord): void {
    const subscription: Subscription<any> = record.value
    if (record.key !== null) this.#keep(record.key, subscription)
    else if (subscription.instruction !== SubscriptionInstruction.answerAlways) return this.#context.dropped('null-key')
    this.#context.forward(record)
  }

  #keep(foreignKey: any, subscription: Subscription<any>): void {
    const isDeletion =
      subscription.instruction === SubscriptionInstruction.deleteAndAnswer ||
      subscription.instruction === SubscriptionInstruction.deleteWithoutAnswer
    if (isDeletion) this.#store.delete(foreignKey, subscription.primaryKey)
    else this.#store.put(foreignKey, subscription)
  }
}
