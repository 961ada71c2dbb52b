import { equalBytes, murmur3 } from '../../base/index.ts'
import { type Change, RecordHeaders } from '../../record/index.ts'
import type { Encoder } from '../../serde/index.ts'
import { SubscriptionInstruction } from '../../state/index.ts'
import { type NodeContext, type NodeProcessor, readsOldSubscriptions } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, TableFunction } from '../functions.ts'
import { makeRecord } from '../stream-records.ts'
import { LostAnswers } from './lost-answers.ts'

export interface ForeignKeySendOptions {
  readonly kind: 'inner' | 'left'
  /** The foreign key of a left value, null where it has none. */
  readonly foreignKey: TableFunction
  readonly foreignKeyEncoder: Encoder<any>
  /** Of the left table: the hash is of these bytes. */
  readonly leftValueEncoder: Encoder<any>
  /** Name of the subscription topic without the application id; the pseudo topics `-fk`, `-pk`, `-vh` come from it. */
  readonly topic: string
  /** The left table has versions. */
  readonly isVersioned: boolean
  /** One object of the join, on this side. */
  readonly join: object
}

/** Subscribes left entries to their foreign keys. Java: SubscriptionSendProcessorSupplier (KIP-213, KIP-962). */
export function foreignKeySend(options: ForeignKeySendOptions): ProcessorSupplier {
  return () => new ForeignKeySend(options)
}

class ForeignKeySend implements NodeProcessor {
  readonly #options: ForeignKeySendOptions
  #context!: NodeContext
  /** Of the task, which the answer must come back to; undefined where releases that do not know of it are in the group. */
  #partition: number | undefined = undefined

  constructor(options: ForeignKeySendOptions) {
    this.#options = options
  }

  init(context: NodeContext): void {
    this.#context = context
    LostAnswers.of(context, this.#options.join).ask = (...entry) => this.#askAgain(...entry)
    if (readsOldSubscriptions(context.config)) return
    this.#partition = Number(context.taskId.slice(context.taskId.lastIndexOf('_') + 1))
  }

  process(record: AnyRecord): void {
    const change: Change<any> = record.value
    if (record.key === null) return this.#context.dropped('null-key')
    if (this.#options.isVersioned && !change.isLatest) return
    if (this.#options.kind === 'left') this.#sendLeft(record, change)
    else this.#sendInner(record, change)
  }

  #sendInner(record: AnyRecord, { newValue, oldValue }: Change<any>): void {
    const oldKey = this.#foreignKey(oldValue, record.key)
    if (newValue === null) {
      if (oldKey !== null) this.#send(record, oldKey, null, SubscriptionInstruction.deleteAndAnswer)
      return
    }
    const newKey = this.#foreignKey(newValue, record.key)
    if (newKey === null) {
      this.#context.dropped('null-key')
      if (oldKey !== null) this.#send(record, oldKey, newValue, SubscriptionInstruction.deleteAndAnswer)
    } else if (oldKey !== null && !this.#keysEqual(newKey, oldKey)) {
      this.#send(record, oldKey, newValue, SubscriptionInstruction.deleteWithoutAnswer)
      this.#send(record, newKey, newValue, SubscriptionInstruction.answerAlways)
    } else {
      this.#send(record, newKey, newValue, SubscriptionInstruction.answerIfFound)
    }
  }

  /** Always asks, also without a foreign key: the answer is then that there is none. */
  #sendLeft(record: AnyRecord, { newValue, oldValue }: Change<any>): void {
    if (newValue === null && oldValue === null) return
    const oldKey = this.#foreignKey(oldValue, record.key)
    const newKey = this.#foreignKey(newValue, record.key)
    if (oldKey !== null && (newKey === null || !this.#keysEqual(newKey, oldKey))) {
      this.#send(record, oldKey, newValue, SubscriptionInstruction.deleteWithoutAnswer)
    }
    this.#send(record, newKey, newValue, SubscriptionInstruction.answerAlways)
  }

  #askAgain(key: any, left: any, timestamp: number): boolean {
    const foreignKey = this.#foreignKey(left, key)
    if (foreignKey === null) return false
    const record = makeRecord(key, left, timestamp, RecordHeaders.empty)
    this.#send(record, foreignKey, left, SubscriptionInstruction.answerAlways)
    return true
  }

  #foreignKey(value: any, key: any): any {
    return value === null ? null : (this.#options.foreignKey(value, key) ?? null)
  }

  #keysEqual(first: any, second: any): boolean {
    if (first === second) return true
    return equalBytes(this.#encodeKey(first), this.#encodeKey(second))
  }

  #encodeKey(foreignKey: any): Uint8Array {
    const { foreignKeyEncoder, topic } = this.#options
    const { headers } = this.#context.record
    return foreignKeyEncoder.encode(foreignKey, { topic: `${topic}-fk`, headers, isKey: true })
  }

  #send(record: AnyRecord, foreignKey: any, leftValue: any, instruction: SubscriptionInstruction): void {
    const subscription = {
      hash: leftValue === null ? null : hashOf(leftValue, this.#options, record),
      instruction,
      primaryKey: record.key,
      primaryPartition: this.#partition,
    }
    this.#context.forward(makeRecord(foreignKey, subscription, record.timestamp, record.headers))
  }
}

/** Of the bytes of a left value, to tell whether it is still the one that asked. */
export function hashOf(
  leftValue: any,
  options: { readonly leftValueEncoder: Encoder<any>; readonly topic: string },
  record: AnyRecord,
): Buffer {
  const context = { topic: `${options.topic}-vh`, headers: record.headers, isKey: false }
  return murmur3(options.leftValueEncoder.encode(leftValue, context))
}
