import { type Subscription, SubscriptionInstruction } from '../../state/index.ts'
import type { Encoder } from '../../serde/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { makeRecord } from '../stream-records.ts'
import type { TableView, TableViewSource } from '../table-view.ts'
import type { SubscriptionResponse } from './messages.ts'
import { UntoldAnswers } from './untold-answers.ts'

export interface ForeignKeySubscriptionJoinOptions {
  readonly foreign: TableViewSource
  /** One object of the join, on this side. */
  readonly join: object
  readonly foreignKeyEncoder: Encoder<any>
}

/** Answers a new subscription with the foreign value of the moment. Java: SubscriptionJoinProcessorSupplier. */
export function foreignKeySubscriptionJoin(options: ForeignKeySubscriptionJoinOptions): ProcessorSupplier {
  return () => new ForeignKeySubscriptionJoin(options)
}

class ForeignKeySubscriptionJoin implements NodeProcessor {
  readonly #options: ForeignKeySubscriptionJoinOptions
  #context!: NodeContext
  #foreign!: TableView
  /** Where there is a cache, which has values that nobody was told of. */
  #untold: UntoldAnswers | undefined = undefined

  constructor(options: ForeignKeySubscriptionJoinOptions) {
    this.#options = options
  }

  init(context: NodeContext): void {
    const { foreign, join, foreignKeyEncoder } = this.#options
    this.#context = context
    this.#foreign = foreign.open(context)
    if (!foreign.stores.some((name) => context.store(name).isCached === true)) return
    this.#untold = UntoldAnswers.of(context, join, foreignKeyEncoder)
    this.#untold.view = this.#foreign
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
    if (foreignValue !== null) this.#untold?.gave(record.key, timestamp)
    this.#context.forward(makeRecord(primaryKey, response, timestamp, record.headers))
  }
}
