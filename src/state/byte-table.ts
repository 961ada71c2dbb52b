// A map of byte keys in memory: a hash table for single keys and, once somebody scans, the same cells in order in short
// sorted leaves. Used for pending writes and by the memory engine.
//
// Invariants: a key is in at most one cell; keys and values belong to the table and are never changed, only replaced; the
// leaves, where there are any, hold exactly the cells of the hash table. A cursor sees the table as it was when it was
// opened: the first write while it is open makes it copy what it has still to give.
import { assert } from '../base/index.ts'

/** A key with its value; null is what the owner of the table makes of it (pending writes: a deletion). */
export interface Cell {
  readonly key: Buffer
  readonly hash: number
  value: Buffer | null
}

const SLOTS_MIN = 16
/** Leaves are split beyond this many cells: short enough to insert into, long enough to walk. */
const LEAF_CELLS_MAX = 128
/** A cell beside its key and value: two Buffer objects, slots, leaf. */
const CELL_OVERHEAD_BYTES = 240
/** Up to this length a loop beats the call into the runtime. */
const LOOP_LENGTH_MAX = 32

export function hashRange(buffer: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (buffer[i] as number), 0x01000193)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

/** Unsigned bytewise order, a prefix first. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  if (length > LOOP_LENGTH_MAX) return Buffer.compare(a, b)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export class ByteTable {
  #slots: (Cell | undefined)[] = emptySlots(SLOTS_MIN)
  #hashes = new Int32Array(SLOTS_MIN)
  #size = 0
  #byteCount = 0
  #leaves: Cell[][] | undefined
  #cursors: TableCursor[] = []

  get size(): number {
    return this.#size
  }

  /** Keys, values and what it takes to hold them. */
  get byteCount(): number {
    return this.#byteCount
  }

  find(key: Uint8Array): Cell | undefined {
    return this.findRange(key, 0, key.length)
  }

  findRange(buffer: Uint8Array, start: number, end: number): Cell | undefined {
    return this.findHashed(buffer, start, end, hashRange(buffer, start, end))
  }

  findHashed(buffer: Uint8Array, start: number, end: number, hash: number): Cell | undefined {
    const slots = this.#slots
    const hashes = this.#hashes
    const mask = slots.length - 1
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const cell = slots[i]
      if (cell === undefined) return undefined
      if (hashes[i] === hash && isKey(cell.key, buffer, start, end)) return cell
    }
  }

  /** Puts a key that is not there. Key and value become the table's own. */
  insert(key: Buffer, hash: number, value: Buffer | null): Cell {
    this.#beforeWrite()
    if ((this.#size + 1) * 2 > this.#slots.length) this.#grow()
    const cell: Cell = { key, hash, value }
    this.#place(cell)
    this.#size++
    this.#byteCount += CELL_OVERHEAD_BYTES + key.length + (value === null ? 0 : value.length)
    if (this.#leaves !== undefined) insertSorted(this.#leaves, cell)
    return cell
  }

  replace(cell: Cell, value: Buffer | null): void {
    this.#beforeWrite()
    this.#byteCount += (value === null ? 0 : value.length) - (cell.value === null ? 0 : cell.value.length)
    cell.value = value
  }

  /** Puts a key, there or not. */
  put(key: Buffer, value: Buffer | null): void {
    const hash = hashRange(key, 0, key.length)
    const cell = this.findHashed(key, 0, key.length, hash)
    if (cell === undefined) this.insert(key, hash, value)
    else this.replace(cell, value)
  }

  remove(cell: Cell): void {
    this.#beforeWrite()
    this.#unplace(cell)
    this.#size--
    this.#byteCount -= CELL_OVERHEAD_BYTES + cell.key.length + (cell.value === null ? 0 : cell.value.length)
    if (this.#leaves !== undefined) removeSorted(this.#leaves, cell)
  }

  clear(): void {
    this.#beforeWrite()
    this.#slots = emptySlots(SLOTS_MIN)
    this.#hashes = new Int32Array(SLOTS_MIN)
    this.#size = 0
    this.#byteCount = 0
    this.#leaves = undefined
  }

  /** All cells in no order. Not for use across writes. */
  *cells(): IterableIterator<Cell> {
    for (const cell of this.#slots) if (cell !== undefined) yield cell
  }

  /** Cells from `gte` (inclusive) to `lt` (exclusive); call `close` where it is not walked to its end. */
  cursor(gte: Uint8Array | undefined, lt: Uint8Array | undefined, reverse: boolean): TableCursor {
    this.#leaves ??= sortedLeaves(this.cells(), this.#size)
    const cursor = new TableCursor(this.#leaves, gte, lt, reverse, (closed) => this.#forget(closed))
    if (!cursor.isDone) this.#cursors.push(cursor)
    return cursor
  }

  #forget(cursor: TableCursor): void {
    const at = this.#cursors.indexOf(cursor)
    if (at >= 0) this.#cursors.splice(at, 1)
  }

  #beforeWrite(): void {
    if (this.#cursors.length === 0) return
    const cursors = this.#cursors
    this.#cursors = []
    for (const cursor of cursors) cursor.detach()
  }

  #place(cell: Cell): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let i = cell.hash & mask
    while (slots[i] !== undefined) i = (i + 1) & mask
    slots[i] = cell
    this.#hashes[i] = cell.hash
  }

  // Moves later cells of the run back over the hole, so that no probe ends too early.
  #unplace(cell: Cell): void {
    const slots = this.#slots
    const hashes = this.#hashes
    const mask = slots.length - 1
    let hole = cell.hash & mask
    while (slots[hole] !== cell) {
      assert(slots[hole] !== undefined, () => 'removed a cell that is not in the table')
      hole = (hole + 1) & mask
    }
    for (let i = (hole + 1) & mask; slots[i] !== undefined; i = (i + 1) & mask) {
      const home = (hashes[i] as number) & mask
      if (((i - home) & mask) < ((i - hole) & mask)) continue
      slots[hole] = slots[i]
      hashes[hole] = hashes[i] as number
      hole = i
    }
    slots[hole] = undefined
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = emptySlots(old.length * 2)
    this.#hashes = new Int32Array(old.length * 2)
    for (const cell of old) if (cell !== undefined) this.#place(cell)
  }
}

/** Walks cells in order: `while (cursor.next()) ...`. */
export class TableCursor {
  key!: Buffer
  value!: Buffer | null
  isDone = false

  readonly #leaves: readonly (readonly Cell[])[]
  readonly #limit: Uint8Array | undefined
  readonly #step: 1 | -1
  readonly #onDone: (cursor: TableCursor) => void
  #leaf: number
  #at: number
  #copies: (readonly [Buffer, Buffer | null])[] | undefined

  constructor(
    leaves: readonly (readonly Cell[])[],
    gte: Uint8Array | undefined,
    lt: Uint8Array | undefined,
    reverse: boolean,
    onDone: (cursor: TableCursor) => void,
  ) {
    this.#leaves = leaves
    this.#limit = reverse ? gte : lt
    this.#step = reverse ? -1 : 1
    this.#onDone = onDone
    const from = reverse ? lt : gte
    if (from === undefined) {
      this.#leaf = reverse ? leaves.length - 1 : 0
      this.#at = reverse ? (leaves[this.#leaf]?.length ?? 0) - 1 : 0
    } else {
      this.#leaf = leafOf(leaves, from)
      const at = lowerBound(leaves[this.#leaf] ?? [], from)
      this.#at = reverse ? at - 1 : at
    }
    this.isDone = this.#peek() === undefined
  }

  next(): boolean {
    if (this.isDone) return false
    const copies = this.#copies
    if (copies !== undefined) {
      const pair = copies.pop()
      if (pair === undefined) return this.#finish()
      this.key = pair[0]
      this.value = pair[1]
      return true
    }
    const cell = this.#peek()
    if (cell === undefined) return this.#finish()
    this.#at += this.#step
    this.key = cell.key
    this.value = cell.value
    return true
  }

  close(): void {
    if (!this.isDone) this.#finish()
  }

  /** Copies what is left, last first: the table is about to change. */
  detach(): void {
    const copies: (readonly [Buffer, Buffer | null])[] = []
    for (let cell = this.#peek(); cell !== undefined; cell = this.#peek()) {
      copies.push([cell.key, cell.value])
      this.#at += this.#step
    }
    this.#copies = copies.reverse()
  }

  #finish(): false {
    this.isDone = true
    this.#onDone(this)
    return false
  }

  /** The cell at the position, moved to the next leaf where one is at its end; undefined beyond the limit. */
  #peek(): Cell | undefined {
    let cell = this.#leaves[this.#leaf]?.[this.#at]
    while (cell === undefined) {
      this.#leaf += this.#step
      const leaf = this.#leaves[this.#leaf]
      if (leaf === undefined) return undefined
      this.#at = this.#step === 1 ? 0 : leaf.length - 1
      cell = leaf[this.#at]
    }
    const limit = this.#limit
    if (limit === undefined) return cell
    const order = compareKeys(cell.key, limit)
    return (this.#step === 1 ? order < 0 : order >= 0) ? cell : undefined
  }
}

function emptySlots(length: number): (Cell | undefined)[] {
  return Array.from<Cell | undefined>({ length }).fill(undefined)
}

function isKey(key: Buffer, buffer: Uint8Array, start: number, end: number): boolean {
  const { length } = key
  if (length !== end - start) return false
  for (let i = 0; i < length; i++) if (key[i] !== buffer[start + i]) return false
  return true
}

function sortedLeaves(cells: Iterable<Cell>, size: number): Cell[][] {
  const sorted = [...cells].sort((a, b) => compareKeys(a.key, b.key))
  const leaves: Cell[][] = []
  // Half full: the next inserts find room.
  for (let at = 0; at < size; at += LEAF_CELLS_MAX / 2) leaves.push(sorted.slice(at, at + LEAF_CELLS_MAX / 2))
  return leaves
}

/** The leaf that holds the first key at or after the given one, or the last leaf; 0 where there are none. */
function leafOf(leaves: readonly (readonly Cell[])[], key: Uint8Array): number {
  let low = 0
  let high = leaves.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    const leaf = leaves[middle] as readonly Cell[]
    if (compareKeys((leaf[leaf.length - 1] as Cell).key, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The first position at or after the key. */
function lowerBound(leaf: readonly Cell[], key: Uint8Array): number {
  let low = 0
  let high = leaf.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareKeys((leaf[middle] as Cell).key, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function insertSorted(leaves: Cell[][], cell: Cell): void {
  if (leaves.length === 0) {
    leaves.push([cell])
    return
  }
  const at = leafOf(leaves, cell.key)
  const leaf = leaves[at] as Cell[]
  const position = lowerBound(leaf, cell.key)
  if (position === leaf.length) leaf.push(cell)
  else leaf.splice(position, 0, cell)
  if (leaf.length <= LEAF_CELLS_MAX) return
  // A leaf that grows at its end (times, sequence numbers) is left nearly full.
  const split = position === leaf.length - 1 ? leaf.length - 8 : leaf.length >>> 1
  leaves.splice(at + 1, 0, leaf.splice(split))
}

function removeSorted(leaves: Cell[][], cell: Cell): void {
  const at = leafOf(leaves, cell.key)
  const leaf = leaves[at] as Cell[]
  leaf.splice(lowerBound(leaf, cell.key), 1)
  if (leaf.length === 0) leaves.splice(at, 1)
}
