import type { Change } from '../../record/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import { ChangeForwarder } from '../change-forwarder.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { makeChange, withValue } from '../stream-records.ts'
import { openTableStore, PUT, type TableStore } from '../table-store.ts'

export interface TableJoinMergeOptions {
  readonly store: string | undefined
  readonly sendOldValues: boolean
}

/** Brings the two sides of a table-table join together, and stores the result where it is wanted. Java: KTableKTableJoinMerger. */
export function tableJoinMerge(options: TableJoinMergeOptions): ProcessorSupplier {
  const { store, sendOldValues } = options
  return store === undefined ? () => new UnstoredMerge(sendOldValues) : () => new StoredMerge(store, sendOldValues)
}

class UnstoredMerge implements NodeProcessor {
  readonly #sendOldValues: boolean
  #context!: NodeContext

  constructor(sendOldValues: boolean) {
    this.#sendOldValues = sendOldValues
  }

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    if (this.#sendOldValues) return this.#context.forward(record)
    this.#context.forward(withValue(record, makeChange(record.value.newValue, null, record.value.isLatest)))
  }
}

class StoredMerge implements NodeProcessor {
  readonly #name: string
  readonly #sendOldValues: boolean
  #store!: TableStore
  #forwarder!: ChangeForwarder

  constructor(name: string, sendOldValues: boolean) {
    this.#name = name
    this.#sendOldValues = sendOldValues
  }

  init(context: NodeContext): void {
    const state = context.store(this.#name)
    this.#store = openTableStore(state)
    this.#forwarder = new ChangeForwarder(context, state, this.#sendOldValues)
  }

  process(record: AnyRecord): void {
    const { key, timestamp } = record
    const { newValue, oldValue }: Change<any> = record.value
    const put = this.#store.put(key, newValue, timestamp, record)
    if (put !== PUT.refused) this.#forwarder.forward(key, newValue, oldValue, put === PUT.latest, timestamp, record)
  }
}
