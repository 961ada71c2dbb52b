// Walks the entries of a byte table in the order of their places.
import type { ByteCursor } from './byte-store.ts'
import { compareRanges } from './byte-order.ts'
import type { ByteTable } from './byte-table.ts'

const NULL_LENGTH = -1

/** An entry that was copied before the table changed. */
interface Copied {
  readonly buffer: Buffer
  readonly keyLength: number
  readonly valueEnd: number
}

/** Walks entries in order. Its fields stay as they are until `next` is called, whatever is written meanwhile. */
export class TableCursor implements ByteCursor {
  buffer!: Buffer
  keyStart = 0
  keyEnd = 0
  valueStart = 0
  /** -1: the value is null. */
  valueEnd = 0

  readonly #table: ByteTable
  readonly #leaves: readonly (readonly number[])[]
  readonly #limit: Uint8Array | undefined
  readonly #step: 1 | -1
  #leaf: number
  #at: number
  #hasEntry = false
  #isDone = false
  #copies: Copied[] | undefined

  constructor(
    table: ByteTable,
    leaves: readonly (readonly number[])[],
    leaf: number,
    at: number,
    limit: Uint8Array | undefined,
    step: 1 | -1,
  ) {
    this.#table = table
    this.#leaves = leaves
    this.#leaf = leaf
    this.#at = at
    this.#limit = limit
    this.#step = step
  }

  next(): boolean {
    if (this.#copies !== undefined) return this.#nextCopy(this.#copies)
    this.#hasEntry = !this.#isDone && this.#advance()
    if (!this.#hasEntry) this.close()
    return this.#hasEntry
  }

  close(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#copies = undefined
    this.#table.forget(this)
  }

  /** Copies the current entry and what is left, last first: the table is about to change. */
  detach(): void {
    if (this.#hasEntry) this.#take(this.#copy())
    const copies: Copied[] = []
    const { buffer, keyStart, keyEnd, valueStart, valueEnd } = this
    while (this.#advance()) copies.push(this.#copy())
    this.buffer = buffer
    this.keyStart = keyStart
    this.keyEnd = keyEnd
    this.valueStart = valueStart
    this.valueEnd = valueEnd
    this.#copies = copies.reverse()
  }

  #nextCopy(copies: Copied[]): boolean {
    const copied = copies.pop()
    if (copied === undefined) {
      this.#isDone = true
      return false
    }
    this.#take(copied)
    return true
  }

  #copy(): Copied {
    const { buffer, keyStart, keyEnd, valueEnd } = this
    const end = valueEnd === NULL_LENGTH ? keyEnd : valueEnd
    return {
      buffer: Buffer.from(buffer.subarray(keyStart, end)),
      keyLength: keyEnd - keyStart,
      valueEnd: valueEnd === NULL_LENGTH ? NULL_LENGTH : end - keyStart,
    }
  }

  #take({ buffer, keyLength, valueEnd }: Copied): void {
    this.buffer = buffer
    this.keyStart = 0
    this.keyEnd = this.valueStart = keyLength
    this.valueEnd = valueEnd
  }

  /** Goes on to the next entry within the limit. */
  #advance(): boolean {
    let place = this.#leaves[this.#leaf]?.[this.#at]
    while (place === undefined) {
      this.#leaf += this.#step
      const leaf = this.#leaves[this.#leaf]
      if (leaf === undefined) return false
      this.#at = this.#step === 1 ? 0 : leaf.length - 1
      place = leaf[this.#at]
    }
    const table = this.#table
    table.load(place)
    const limit = this.#limit
    if (limit !== undefined) {
      const order = compareRanges(table.buffer, table.keyStart, table.keyEnd, limit, 0, limit.length)
      if (this.#step === 1 ? order >= 0 : order < 0) return false
    }
    this.#at += this.#step
    this.buffer = table.buffer
    this.keyStart = table.keyStart
    this.keyEnd = table.keyEnd
    this.valueStart = table.valueStart
    this.valueEnd = table.valueEnd
    return true
  }
}
