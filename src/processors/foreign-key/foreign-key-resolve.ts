import type { Encoder } from '../../serde/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, Joiner, ProcessorSupplier } from '../functions.ts'
import { withValue } from '../stream-records.ts'
import type { TableView, TableViewSource } from '../table-view.ts'
import { hashOf } from './foreign-key-send.ts'
import type { SubscriptionResponse } from './messages.ts'

export interface ForeignKeyResolveOptions {
  readonly kind: 'inner' | 'left'
  readonly joiner: Joiner
  readonly left: TableViewSource
  readonly leftValueEncoder: Encoder<any>
  /** Name of the subscription topic, as in foreignKeySend. */
  readonly topic: string
}

/** Joins a response with the left entry, unless that has changed since it asked. Java: ResponseJoinProcessorSupplier. */
export function foreignKeyResolve(options: ForeignKeyResolveOptions): ProcessorSupplier {
  return () => new ForeignKeyResolve(options)
}

class ForeignKeyResolve implements NodeProcessor {
  readonly #options: ForeignKeyResolveOptions
  #context!: NodeContext
  #left!: TableView

  constructor(options: ForeignKeyResolveOptions) {
    this.#options = options
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#left = this.#options.left.open(context)
  }

  process(record: AnyRecord): void {
    const { hash, foreignValue }: SubscriptionResponse = record.value
    const left = this.#left.get(record.key)
    if (!sameHash(hash, left === undefined ? null : hashOf(left, this.#options, record))) return
    this.#context.forward(withValue(record, this.#result(record.key, left, foreignValue)))
  }

  #result(key: any, left: any, foreignValue: any): any {
    const { kind, joiner } = this.#options
    if (foreignValue === null && (kind === 'inner' || left === undefined)) return null
    return joiner(left, foreignValue ?? undefined, key)
  }
}

function sameHash(first: Buffer | null, second: Buffer | null): boolean {
  if (first === null || second === null) return first === second
  return first.equals(second)
}
