// How filter, mapValues and transformValues hand on what they made of a change: through their own store, or straight on.
import { assert } from '../../base/index.ts'
import type { NodeContext } from '../../topology/index.ts'
import { ChangeForwarder } from '../change-forwarder.ts'
import type { AnyRecord } from '../functions.ts'
import { makeChange, withValue } from '../stream-records.ts'
import { openTableStore, PUT, type TableStore } from '../table-store.ts'

export class ValueChanges {
  readonly isStored: boolean
  readonly #context: NodeContext
  readonly #store: TableStore | undefined
  readonly #forwarder: ChangeForwarder | undefined

  constructor(context: NodeContext, store: string | undefined, sendOldValues: boolean) {
    this.#context = context
    this.isStored = store !== undefined
    if (store === undefined) return
    const state = context.store(store)
    this.#store = openTableStore(state)
    this.#forwarder = new ChangeForwarder(context, state, sendOldValues)
  }

  /** The value in the own store, null where there is none. */
  stored(key: any): any {
    assert(this.#store !== undefined, () => `${this.#context.nodeName} has no store`)
    return this.#store.get(key) ?? null
  }

  apply(record: AnyRecord, newValue: any, oldValue: any): void {
    if (this.#store === undefined) {
      return this.#context.forward(withValue(record, makeChange(newValue, oldValue, record.value.isLatest)))
    }
    const { key, timestamp } = record
    const put = this.#store.put(key, newValue, timestamp, record)
    if (put !== PUT.refused) this.#forwarder?.forward(key, newValue, oldValue, put === PUT.latest, timestamp, record)
  }
}
