import { TidemillError } from '../../base/index.ts'
import type { Change } from '../../record/index.ts'
import { type NodeContext, type NodeProcessor, readsOneValueAChange } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, TableFunction } from '../functions.ts'
import { makeChange, makeRecord } from '../stream-records.ts'

export interface TableGroupByOptions {
  /** null, or a pair with a null: the entry is in no group. */
  readonly mapper: TableFunction<readonly [key: any, value: any] | null>
  /** The table that comes in has versions. */
  readonly isVersioned: boolean
  /** Tells equal new keys apart from others: strings, numbers and the like by ===, others by this function. */
  readonly keysEqual?: (first: any, second: any) => boolean
}

/** Gives the old and the new entry of each change their new keys, on the way to the repartition topic. Java: KTableRepartitionMap. */
export function tableGroupBy(options: TableGroupByOptions): ProcessorSupplier {
  return () => new TableGroupBy(options)
}

class TableGroupBy implements NodeProcessor {
  readonly #options: TableGroupByOptions
  #context!: NodeContext
  /** Whether one record may hold the old and the new value. */
  #canHoldBoth = true

  constructor(options: TableGroupByOptions) {
    this.#options = options
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#canHoldBoth = !readsOneValueAChange(context.config)
  }

  process(record: AnyRecord): void {
    if (record.key === null) throw nullKey(this.#context)
    const change: Change<any> = record.value
    if (this.#options.isVersioned && !change.isLatest) return
    const newPair = this.#pair(change.newValue, record.key)
    const oldPair = this.#pair(change.oldValue, record.key)
    const hasBoth = newPair !== null && oldPair !== null && this.#canHoldBoth
    if (hasBoth && this.#keysEqual(newPair[0], oldPair[0])) {
      return this.#send(record, newPair[0], newPair[1], oldPair[1])
    }
    if (oldPair !== null) this.#send(record, oldPair[0], null, oldPair[1])
    if (newPair !== null) this.#send(record, newPair[0], newPair[1], null)
  }

  /** null: that half has no group. */
  #pair(value: any, key: any): readonly [any, any] | null {
    if (value === null) return null
    const pair = this.#options.mapper(value, key)
    return pair === null || pair[0] === null || pair[1] === null ? null : pair
  }

  #keysEqual(first: any, second: any): boolean {
    return first === second || (this.#options.keysEqual?.(first, second) ?? false)
  }

  #send(record: AnyRecord, key: any, newValue: any, oldValue: any): void {
    this.#context.forward(makeRecord(key, makeChange(newValue, oldValue, true), record.timestamp, record.headers))
  }
}

function nullKey(context: NodeContext): TidemillError {
  return new TidemillError(
    'null-key',
    `${context.nodeName} got a record without a key: the entries of a table that is grouped must have keys`,
  )
}
