import { type Change, RecordHeaders } from '../../record/index.ts'
import type { SubscriptionStore } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { Encoder } from '../../serde/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { makeRecord } from '../stream-records.ts'
import type { SubscriptionResponse } from './messages.ts'
import { UntoldAnswers } from './untold-answers.ts'

export interface ForeignKeyForeignSideOptions {
  /** Name of the fk-subscription store. */
  readonly store: string
  /** The foreign table has versions. */
  readonly isVersioned: boolean
  /** One object of the join, on this side. */
  readonly join: object
  readonly foreignKeyEncoder: Encoder<any>
}

/** Tells all subscribers of a change of the foreign table. Java: ForeignTableJoinProcessorSupplier. */
export function foreignKeyForeignSide(options: ForeignKeyForeignSideOptions): ProcessorSupplier {
  return () => new ForeignKeyForeignSide(options)
}

class ForeignKeyForeignSide implements NodeProcessor {
  readonly #options: ForeignKeyForeignSideOptions
  #context!: NodeContext
  #store!: SubscriptionStore<any, any>
  #untold!: UntoldAnswers

  constructor(options: ForeignKeyForeignSideOptions) {
    this.#options = options
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#store = context.store(this.#options.store).face as SubscriptionStore<any, any>
    this.#untold = UntoldAnswers.of(context, this.#options.join, this.#options.foreignKeyEncoder)
    context.beforeCommit(() => this.#takeBack())
  }

  process(record: AnyRecord): void {
    const change: Change<any> = record.value
    if (record.key === null) return this.#context.dropped('null-key')
    if (this.#options.isVersioned && !change.isLatest) return
    this.#untold.told(record.key)
    this.#tell(record.key, change.newValue, record.timestamp, record.headers)
  }

  #tell(foreignKey: any, foreignValue: any, timestamp: number, headers: RecordHeaders): void {
    for (const { subscription } of this.#store.of(foreignKey)) {
      const { hash, primaryKey, primaryPartition } = subscription
      const response: SubscriptionResponse = { hash, foreignValue, primaryPartition }
      this.#context.forward(makeRecord(primaryKey, response, timestamp, headers))
    }
  }

  #takeBack(): boolean {
    const untrue = this.#untold.takeUntrue()
    for (const { foreignKey, timestamp } of untrue) this.#tell(foreignKey, null, timestamp, RecordHeaders.empty)
    return untrue.length > 0
  }
}
