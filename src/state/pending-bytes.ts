// Writes that are not committed yet, over the byte store that they will go to. Readers see both as one.
// Invariants: the byte store changes in commit only; discard forgets everything since the last commit.
import { EMPTY_BYTES } from '../base/index.ts'
import type { ForeseenKeys } from '../serde/index.ts'
import {
  type ByteChange,
  type ByteChanges,
  type ByteCursor,
  type ByteRange,
  type ByteStore,
  type ByteView,
  type StorePosition,
  valueCopy,
} from './byte-store.ts'
import { compareRanges } from './byte-order.ts'
import { ByteTable } from './byte-table.ts'

export class PendingBytes {
  readonly #store: ByteStore
  readonly #pending = new ByteTable()
  #deletedBelow: Buffer | undefined

  constructor(store: ByteStore) {
    this.#store = store
  }

  /** Nothing was put since the last commit. */
  get isClean(): boolean {
    return this.#pending.size === 0
  }

  get byteCount(): number {
    return this.#pending.byteCount
  }

  /** What is below: as of the last commit. For readers only. */
  get committed(): ByteStore {
    return this.#store
  }

  position(): StorePosition | undefined {
    return this.#store.position()
  }

  /** The value of the key `key[start..end)`, until the next call. */
  get(key: Uint8Array, start: number, end: number): ByteView | undefined {
    const pending = this.#pending
    if (pending.size !== 0 && pending.find(key, start, end)) return pending.valueEnd < 0 ? undefined : pending
    return this.#store.get(key, start, end)
  }

  /** Of rows whose key is the key alone. */
  foresee(keys: ForeseenKeys): void {
    this.#pending.foresee(keys)
    const store = this.#store
    // Where most keys are pending the store below is seldom asked.
    if (store.foresee !== undefined && this.#pending.size * 2 < store.approximateCount()) store.foresee(keys)
  }

  /** As get, a copy. */
  copy(key: Uint8Array, start: number = 0, end: number = key.length): Buffer | undefined {
    const view = this.get(key, start, end)
    return view === undefined ? undefined : valueCopy(view)
  }

  /** Puts the value `value[valueStart..valueEnd)`. Returns where key and value lie now, until the next call. */
  put(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): ByteTable {
    const pending = this.#pending
    // Behind rows that wait to be looked up everything waits.
    if (pending.isIndexed) pending.put(key, keyStart, keyEnd, value, valueStart, valueEnd)
    else pending.append(key, keyStart, keyEnd, value, valueStart, valueEnd, false)
    return pending
  }

  /** As put, of a key that readers do not find, or (`isNew` is false) that was not put since the last commit: it is not looked for. */
  append(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    isNew: boolean = true,
  ): ByteTable {
    this.#pending.append(key, keyStart, keyEnd, value, valueStart, valueEnd, isNew, true)
    return this.#pending
  }

  delete(key: Uint8Array, start: number, end: number): void {
    if (!this.#pending.isIndexed) return this.#pending.append(key, start, end, EMPTY_BYTES, 0, -1, false)
    // What only came and went leaves nothing behind: buffers would walk over it at each look for their first entry.
    const isStored = this.#store.get(key, start, end) !== undefined
    if (isStored) this.#pending.put(key, start, end, EMPTY_BYTES, 0, -1)
    else if (this.#pending.size !== 0) this.#pending.remove(key, start, end)
  }

  /** The same with bytes of one's own; null deletes. */
  set(key: Buffer, value: Buffer | null): void {
    if (value === null) this.delete(key, 0, key.length)
    else this.#pending.put(key, 0, key.length, value, 0, value.length)
  }

  cursor(range: ByteRange): ByteCursor {
    const base = this.#store.cursor(range)
    if (this.#pending.size === 0) return base
    const reverse = range.reverse === true
    return new MergedCursor(this.#pending.cursor(range.gte, range.lt, reverse, range.suffixBytes), base, reverse)
  }

  approximateCount(): number {
    return this.#store.approximateCount() + this.#pending.size
  }

  /** Drops what is below the key when the next commit is made. Until then readers must not ask for it. */
  deleteBelow(key: Buffer): void {
    this.#deletedBelow = key
  }

  commit(position: StorePosition): void {
    this.#pending.settle()
    this.#store.commit(this.#pending, position)
    this.#pending.clear()
    this.#dropBelow()
  }

  /** Applies what was read back from the changelog, past the pending writes (there are none while a store is restored). */
  restore(changes: Iterable<ByteChange>, position: StorePosition): void {
    this.load(changesOf(changes), position)
  }

  /** The same, of changes as they come. */
  load(changes: ByteChanges, position: StorePosition): void {
    this.#store.load(changes, position)
    this.#dropBelow()
  }

  /** Wait for it before the next commit or restore; undefined: go on. */
  backlog(): Promise<void> | undefined {
    return this.#store.backlog()
  }

  #dropBelow(): void {
    if (this.#deletedBelow === undefined) return
    this.#store.deleteBelow(this.#deletedBelow)
    this.#deletedBelow = undefined
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

/** Pairs as changes. */
export function changesOf(pairs: Iterable<ByteChange>): ByteChanges {
  return {
    each(visit) {
      for (const [key, value] of pairs) {
        if (value === null) visit(key, 0, key.length, 0, -1)
        else visit(Buffer.concat([key, value]), 0, key.length, key.length, key.length + value.length)
      }
    },
  }
}

/** Two cursors in one order; the upper one's values may be null. Where both have a key, the upper one counts, and its null hides the key. */
export class MergedCursor implements ByteCursor {
  readonly #upper: ByteCursor
  readonly #lower: ByteCursor
  readonly #sign: 1 | -1
  #current: ByteCursor
  #hasUpper = false
  #hasLower = false
  /** Which of the two goes on before the next entry is chosen. */
  #movesUpper = true
  #movesLower = true

  constructor(upper: ByteCursor, lower: ByteCursor, reverse: boolean) {
    this.#upper = upper
    this.#lower = this.#current = lower
    this.#sign = reverse ? -1 : 1
  }

  get buffer(): Buffer {
    return this.#current.buffer
  }

  get keyStart(): number {
    return this.#current.keyStart
  }

  get keyEnd(): number {
    return this.#current.keyEnd
  }

  get valueStart(): number {
    return this.#current.valueStart
  }

  get valueEnd(): number {
    return this.#current.valueEnd
  }

  next(): boolean {
    for (;;) {
      if (this.#movesUpper) this.#hasUpper = this.#upper.next()
      if (this.#movesLower) this.#hasLower = this.#lower.next()
      this.#movesUpper = this.#movesLower = false
      if (!this.#hasUpper && !this.#hasLower) return false
      const order = this.#order()
      this.#movesUpper = order <= 0
      this.#movesLower = order >= 0
      this.#current = order > 0 ? this.#lower : this.#upper
      if (this.#current.valueEnd >= 0) return true
    }
  }

  close(): void {
    this.#upper.close()
    this.#lower.close()
    this.#hasUpper = this.#hasLower = this.#movesUpper = this.#movesLower = false
  }

  /** Below 0: the upper one is next; 0: both have the same key. */
  #order(): number {
    if (!this.#hasLower) return -1
    if (!this.#hasUpper) return 1
    const [a, b] = [this.#upper, this.#lower]
    return compareRanges(a.buffer, a.keyStart, a.keyEnd, b.buffer, b.keyStart, b.keyEnd) * this.#sign
  }
}
