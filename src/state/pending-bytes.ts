// Writes that are not committed yet, over the byte store that they will go to. Readers see both as one.
// Invariants: the byte store changes in commit only; discard forgets everything since the last commit.
import type { ByteChange, ByteCursor, ByteRange, ByteStore, StorePosition } from './byte-store.ts'
import { ByteTable, type TableCursor, compareKeys, hashRange } from './byte-table.ts'

export class PendingBytes {
  readonly #store: ByteStore
  readonly #pending = new ByteTable()
  #deletedBelow: Buffer | undefined

  constructor(store: ByteStore) {
    this.#store = store
  }

  get byteCount(): number {
    return this.#pending.byteCount
  }

  position(): StorePosition | undefined {
    return this.#store.position()
  }

  /** The value of the key `buffer[start..end)`, or undefined. */
  get(buffer: Uint8Array, start: number, end: number): Buffer | undefined {
    if (this.#pending.size !== 0) {
      const cell = this.#pending.findRange(buffer, start, end)
      if (cell !== undefined) return cell.value ?? undefined
    }
    return this.#store.get(buffer, start, end)
  }

  /** Puts the key `buffer[start..end)`, null deletes; the value becomes the store's own. Returns the key's own bytes. */
  put(buffer: Buffer, start: number, end: number, value: Buffer | null): Buffer {
    const hash = hashRange(buffer, start, end)
    const cell = this.#pending.findHashed(buffer, start, end, hash)
    if (cell !== undefined) {
      // What only came and went leaves nothing behind: buffers would walk over it at each look for their first entry.
      if (value === null && this.#store.get(buffer, start, end) === undefined) this.#pending.remove(cell)
      else this.#pending.replace(cell, value)
      return cell.key
    }
    const key = Buffer.allocUnsafe(end - start)
    buffer.copy(key, 0, start, end)
    this.#pending.insert(key, hash, value)
    return key
  }

  cursor(range: ByteRange): ByteCursor {
    const base = this.#store.cursor(range)
    if (this.#pending.size === 0) return base
    const reverse = range.reverse === true
    return new MergedCursor(this.#pending.cursor(range.gte, range.lt, reverse), base, reverse)
  }

  approximateCount(): number {
    return this.#store.approximateCount() + this.#pending.size
  }

  /** Drops what is below the key when the next commit is made. Until then readers must not ask for it. */
  deleteBelow(key: Buffer): void {
    this.#deletedBelow = key
  }

  commit(position: StorePosition): void {
    this.#store.commit(changesOf(this.#pending), position)
    this.#pending.clear()
    if (this.#deletedBelow === undefined) return
    this.#store.deleteBelow(this.#deletedBelow)
    this.#deletedBelow = undefined
  }

  /** Applies what was read back from the changelog, past the pending writes (there are none while a store is restored). */
  restore(changes: Iterable<ByteChange>, position: StorePosition): void {
    this.#store.commit(changes, position)
  }

  discard(): void {
    this.#pending.clear()
    this.#deletedBelow = undefined
  }

  flush(): Promise<void> {
    return this.#store.flush()
  }

  close(): Promise<void> {
    this.#pending.clear()
    return this.#store.close()
  }

  destroy(): Promise<void> {
    this.#pending.clear()
    return this.#store.destroy()
  }
}

function* changesOf(table: ByteTable): IterableIterator<ByteChange> {
  for (const cell of table.cells()) yield [cell.key, cell.value]
}

/** Two cursors in one order; where both have a key, the upper one counts, and its null hides the key. */
export class MergedCursor implements ByteCursor {
  key!: Buffer
  value!: Buffer
  readonly #upper: TableCursor
  readonly #lower: ByteCursor
  readonly #sign: 1 | -1
  #hasUpper: boolean
  #hasLower: boolean

  constructor(upper: TableCursor, lower: ByteCursor, reverse: boolean) {
    this.#upper = upper
    this.#lower = lower
    this.#sign = reverse ? -1 : 1
    this.#hasUpper = upper.next()
    this.#hasLower = lower.next()
  }

  next(): boolean {
    while (this.#hasUpper) {
      const order = this.#hasLower ? compareKeys(this.#upper.key, this.#lower.key) * this.#sign : -1
      if (order > 0) return this.#takeLower()
      if (order === 0) this.#hasLower = this.#lower.next()
      const { key, value } = this.#upper
      this.#hasUpper = this.#upper.next()
      if (value === null) continue
      this.key = key
      this.value = value
      return true
    }
    return this.#hasLower && this.#takeLower()
  }

  close(): void {
    this.#upper.close()
    this.#lower.close()
    this.#hasUpper = this.#hasLower = false
  }

  #takeLower(): true {
    this.key = this.#lower.key
    this.value = this.#lower.value
    this.#hasLower = this.#lower.next()
    return true
  }
}
