import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import { ChangeForwarder } from '../change-forwarder.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { makeChange, withValue } from '../stream-records.ts'
import { openTableStore, PUT, type TableStore } from '../table-store.ts'

export interface TableSourceOptions {
  /** Key-value or versioned; undefined: the table is not stored. */
  readonly store: string | undefined
  readonly sendOldValues: boolean
}

/** Makes a table of the records of a topic or stream; also keeps a global table. Java: KTableSource. */
export function tableSource(options: TableSourceOptions): ProcessorSupplier {
  const { store, sendOldValues } = options
  return store === undefined ? () => new UnstoredTable() : () => new StoredTable(store, sendOldValues)
}

class UnstoredTable implements NodeProcessor {
  #context!: NodeContext

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    if (record.key === null) return this.#context.dropped('null-key')
    this.#context.forward(withValue(record, makeChange(record.value, null, true)))
  }
}

/** Offset order wins: a record that is older than the stored one replaces it all the same, but in a versioned store. */
class StoredTable implements NodeProcessor {
  readonly #name: string
  readonly #sendOldValues: boolean
  #context!: NodeContext
  #store!: TableStore
  #forwarder!: ChangeForwarder
  /** The cache may keep the value itself, and encode it when it is flushed: once for many puts. */
  #givesValues = false

  constructor(name: string, sendOldValues: boolean) {
    this.#name = name
    this.#sendOldValues = sendOldValues
  }

  init(context: NodeContext): void {
    const state = context.store(this.#name)
    this.#context = context
    this.#store = openTableStore(state)
    this.#forwarder = new ChangeForwarder(context, state, this.#sendOldValues)
    this.#givesValues = context.ownsRecords && this.#forwarder.isCached
  }

  process(record: AnyRecord): void {
    const { key, value, timestamp } = record
    if (key === null) return this.#context.dropped('null-key')
    const old = this.#forwarder.needsOld ? (this.#store.get(key) ?? null) : null
    const put = this.#givesValues
      ? this.#store.putOwned(key, value, timestamp, record)
      : this.#store.put(key, value, timestamp, record)
    if (put !== PUT.refused) this.#forwarder.forward(key, value, old, put === PUT.latest, timestamp, record)
  }
}
