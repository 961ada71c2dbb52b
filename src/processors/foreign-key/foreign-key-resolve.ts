import { murmur3 } from '../../base/index.ts'
import { RecordHeaders } from '../../record/index.ts'
import type { Encoder } from '../../serde/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, Joiner, ProcessorSupplier } from '../functions.ts'
import { makeRecord, withValue } from '../stream-records.ts'
import type { TableView, TableViewSource } from '../table-view.ts'
import { hashOf } from './foreign-key-send.ts'
import { LostAnswers } from './lost-answers.ts'
import type { SubscriptionResponse } from './messages.ts'

export interface ForeignKeyResolveOptions {
  readonly kind: 'inner' | 'left'
  readonly joiner: Joiner
  readonly left: TableViewSource
  readonly leftValueEncoder: Encoder<any>
  /** Name of the subscription topic, as in foreignKeySend. */
  readonly topic: string
  /** One object of the join, on this side. */
  readonly join: object
}

/** Joins a response with the left entry, unless that has changed since it asked. Java: ResponseJoinProcessorSupplier. */
export function foreignKeyResolve(options: ForeignKeyResolveOptions): ProcessorSupplier {
  return () => new ForeignKeyResolve(options)
}

class ForeignKeyResolve implements NodeProcessor {
  readonly #options: ForeignKeyResolveOptions
  #context!: NodeContext
  #left!: TableView
  #lost!: LostAnswers
  /** The left table keeps the bytes that are hashed, which depend on nothing but the value. */
  #hasBytes = false

  constructor(options: ForeignKeyResolveOptions) {
    this.#options = options
  }

  init(context: NodeContext): void {
    this.#context = context
    const { kind, join, left, leftValueEncoder } = this.#options
    this.#left = left.open(context)
    this.#hasBytes = this.#left.encoder === leftValueEncoder && isFast(leftValueEncoder)
    this.#lost = LostAnswers.of(context, join)
    if (kind === 'inner') context.beforeCommit(() => this.#askAgain())
  }

  process(record: AnyRecord): void {
    const { hash, foreignValue }: SubscriptionResponse = record.value
    const known = hash === null || !this.#hasBytes ? undefined : this.#isOfBytes(record.key, hash)
    if (known === false) return this.#lose(record, foreignValue)
    const left = this.#left.get(record.key)
    if (known === true || sameHash(hash, left === undefined ? null : hashOf(left, this.#options, record))) {
      this.#context.forward(withValue(record, this.#result(record.key, left, foreignValue)))
    } else this.#lose(record, foreignValue)
  }

  #lose({ key, timestamp }: AnyRecord, foreignValue: any): void {
    if (foreignValue === null && this.#options.kind === 'inner') this.#lost.add(key, timestamp)
  }

  /** What is not there, or points to nothing, has no result; for everything else another answer comes. */
  #askAgain(): boolean {
    const lost = this.#lost.take()
    for (const [key, timestamp] of lost) {
      const left = this.#left.getStored(key)
      if (left !== undefined && this.#lost.ask(key, left.value, left.timestamp)) continue
      this.#context.forward(makeRecord(key, null, timestamp, RecordHeaders.empty))
    }
    return lost.size > 0
  }

  /** Whether the hash is of the bytes that the left entry lies in; undefined: they do not tell. */
  #isOfBytes(key: any, hash: Buffer): boolean | undefined {
    const encoded = this.#left.encodedOf?.(key)
    if (encoded === undefined) return undefined
    if (hash.equals(murmur3(encoded.buffer, encoded.valueStart, encoded.valueEnd))) return true
    // The same value may have come in other bytes.
    return encoded.isOurs ? false : undefined
  }

  #result(key: any, left: any, foreignValue: any): any {
    const { kind, joiner } = this.#options
    if (foreignValue === null && (kind === 'inner' || left === undefined)) return null
    return joiner(left, foreignValue ?? undefined, key)
  }
}

/** Serdes of our own write a value in one way, whatever record it is in. */
function isFast(encoder: Encoder<any>): boolean {
  return (encoder as { readonly encodeInto?: unknown }).encodeInto !== undefined
}

function sameHash(first: Buffer | null, second: Buffer | null): boolean {
  if (first === null || second === null) return first === second
  return first.equals(second)
}
