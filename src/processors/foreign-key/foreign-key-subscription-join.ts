import { type Subscription, SubscriptionInstruction } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { makeRecord } from '../stream-records.ts'
import type { TableView, TableViewSource } from '../table-view.ts'
import type { SubscriptionResponse } from './messages.ts'

export interface ForeignKeySubscriptionJoinOptions {
  readonly foreign: TableViewSource
}

/** Answers a new subscription with the foreign value of the moment. Java: SubscriptionJoinProcessorSupplier. */
export function foreignKeySubscriptionJoin(options: ForeignKeySubscriptionJoinOptions): ProcessorSupplier {
  return () => new ForeignKeySubscriptionJoin(options.foreign)
}

class ForeignKeySubscriptionJoin implements NodeProcessor {
  readonly #source: TableViewSource
  #context!: NodeContext
  #foreign!: TableView

  constructor(source: TableViewSource) {
    this.#source = source
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#foreign = this.#source.open(context)
  }

  process(record: AnyRecord): void {
    const subscription: Subscription<any> = record.value
    const { instruction } = subscription
    if (instruction === SubscriptionInstruction.deleteWithoutAnswer) return
    const found = record.key === null ? undefined : this.#foreign.getStored(record.key)
    if (instruction === SubscriptionInstruction.answerIfFound && found === undefined) return
    const { hash, primaryKey, primaryPartition } = subscription
    const isDeletion = instruction === SubscriptionInstruction.deleteAndAnswer
    const foreignValue = isDeletion ? null : (found?.value ?? null)
    const response: SubscriptionResponse = { hash, foreignValue, primaryPartition }
    const timestamp = Math.max(record.timestamp, found?.timestamp ?? -1)
    this.#context.forward(makeRecord(primaryKey, response, timestamp, record.headers))
  }
}
