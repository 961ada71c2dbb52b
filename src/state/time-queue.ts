// Rows in order of time over pending bytes, as buffers need them: put, take the first. The rows before the first are gone, so
// a look for the next begins where the last one ended; else it would walk over all deletions that are still pending.
import { type ByteCursor, keyCopy, valueCopy } from './byte-store.ts'
import { compareKeys } from './byte-order.ts'
import type { PendingBytes } from './pending-bytes.ts'

export interface TimeRow {
  readonly key: Buffer
  readonly value: Buffer
}

export class TimeQueue {
  readonly #bytes: PendingBytes
  readonly #end: Buffer
  readonly #begin: Buffer
  /** Nothing lies below. */
  #floor: Buffer

  /** Of the rows from one key up to another. */
  constructor(bytes: PendingBytes, begin: Buffer, end: Buffer) {
    this.#bytes = bytes
    this.#begin = begin
    this.#floor = begin
    this.#end = end
  }

  put(key: Buffer, value: Buffer): void {
    this.#bytes.set(key, value)
    if (compareKeys(key, this.#floor) < 0) this.#floor = key
  }

  first(): TimeRow | undefined {
    const cursor = this.#bytes.cursor({ gte: this.#floor, lt: this.#end })
    try {
      if (!cursor.next()) return undefined
      this.#floor = keyCopy(cursor)
      return { key: this.#floor, value: valueCopy(cursor) }
    } finally {
      cursor.close()
    }
  }

  remove(key: Buffer): void {
    this.#bytes.set(key, null)
  }

  /** All rows in order. */
  cursor(): ByteCursor {
    return this.#bytes.cursor({ gte: this.#floor, lt: this.#end })
  }

  /** Looks from the start again: rows came back. */
  reset(): void {
    this.#floor = this.#begin
  }
}
