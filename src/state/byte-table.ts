// A map of byte keys in memory, entries side by side in slabs: a hash table of their places for single keys and, once somebody
// scans, the same places in order in short sorted leaves; once somebody scans single keys among their windows, in groups: leaves for each
// hash of what stands before the window. Used for pending writes and by the memory engine. A look-up
// of a random key among many touches two lines of memory, and no entry is an object of its own.
//
// Entry (FORMAT, in memory only, native int32): hash | key length | value length, -1 null, -2 dead | bytes in all, 1 more where the key
// is new to what lies below | key | value | room
// A place counts 8-byte units over all slabs, each of which takes up a stride of them; 0 is none.
// What is appended is not looked for: it lies behind the entries that are indexed until somebody reads, so that what is written, handed on
// and dropped unread (windows of joins, the rows of a cache) costs no look-up.
// Invariants: of the indexed entries a key has at most one; the leaves, where there are any, hold exactly the places of the hash
// table, and so do the groups together. The
// fields of an entry (`buffer`, `keyStart`, ...) are those of the one found or put last, until the next call. A cursor sees the
// table as it was when it was opened: the first write while it is open makes it copy what it has still to give.
import { assert } from '../base/index.ts'
import { FORESEEN_MAX, type ForeseenKeys } from '../serde/index.ts'
import { compareKeys, compareRanges, hashRange, mixed } from './byte-order.ts'
import { TableCursor } from './table-cursor.ts'

const HEAD_BYTES = 16
/** So far a usual entry reaches, which may lie in two lines of memory. */
const ENTRY_WORDS = 10
/** Of a slab: place 0 means none. */
const FIRST_PLACE = 8
const SLOTS_MIN = 16
const SLAB_BYTES_MIN = 2_048
const SLAB_BYTES_MAX = 1 << 20
/** Units of 8 bytes from one slab's first place to the next's. */
const STRIDE_BITS = 17
const STRIDE_MASK = (1 << STRIDE_BITS) - 1
/** Leaves are split beyond this many places: short enough to insert into, long enough to walk. */
const LEAF_LENGTH_MAX = 128
/** Dead entries are cleared away when they are more than this and than the live ones. */
const DEAD_BYTES_MIN = 64 * 1_024
/** Up to this length a loop beats the call into the runtime. */
const LOOP_LENGTH_MAX = 32
const NULL_LENGTH = -1
const DEAD_LENGTH = -2
const NEW_FLAG = 1
/** Of the length of an entry: it counts in eights. */
const LENGTH_MASK = ~7

/** Gets the ranges of key and value; a value end of -1 is null. They are valid during the call. */
export type EntryVisitor = (
  buffer: Buffer,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  isNew: boolean,
) => void

const foreseenPlaces = new Int32Array(FORESEEN_MAX)

/** In order, in leaves that are never empty. */
type Leaves = number[][]

const NO_LEAVES: Leaves = []

export class ByteTable {
  buffer: Buffer = Buffer.alloc(0)
  keyStart = 0
  keyEnd = 0
  valueStart = 0
  /** -1: the value is null. */
  valueEnd = 0

  /** Pairs of hash and place. */
  #slots = new Int32Array(SLOTS_MIN * 2)
  #slabs: Buffer[] = []
  #words: Int32Array[] = []
  /** Where the next entry goes in the last slab. */
  #top = 0
  /** Where the entries of the slabs before it end. */
  #ends: number[] = []
  #size = 0
  #liveBytes = 0
  #deadBytes = 0
  /** Entries at the end that are not indexed; they begin at #tail. */
  #unindexedCount = 0
  #tail = 0
  /** Of those the bytes that may stand for keys that are there already. */
  #repeatedBytes = 0
  readonly #dropsNulls: boolean
  #leaves: Leaves | undefined
  /** By the hash of a key without its suffix; keys that only share the hash lie in one group, in order. */
  #groups: Map<number, Leaves> | undefined
  #suffixBytes = 0
  #cursors: TableCursor[] = []
  /** Keeps what only brings memory near from being optimised away. */
  touched = 0
  /** Of the key that was found last: who gets it puts it next. 0: none, or it is not there any more. */
  #foundPlace = 0
  /** The slab of the entry found or put last. */
  #foundWords: Int32Array = new Int32Array(0)

  /** Whether a null that is appended deletes; else it is a value. */
  constructor(dropsNulls: boolean = false) {
    this.#dropsNulls = dropsNulls
  }

  /** Keys; one that was appended again counts twice until somebody reads. */
  get size(): number {
    return this.#size
  }

  /** Whether all that was put is found without work. */
  get isIndexed(): boolean {
    return this.#unindexedCount === 0
  }

  /** What entries and slots take up. */
  get byteCount(): number {
    return this.#size === 0 ? 0 : this.#liveBytes + this.#slots.byteLength
  }

  /** Whether the key `key[start..end)` is there; then the fields are its entry's. */
  find(key: Uint8Array, start: number, end: number): boolean {
    if (this.#unindexedCount > 0) this.#index()
    this.#foundPlace = this.#find(key, start, end, hashRange(key, start, end))
    return this.#foundPlace !== 0
  }

  /**
   * Brings near what it has of keys that are about to be asked for. Each loop makes accesses that do not wait for one another.
   */
  foresee({ hashes, count }: ForeseenKeys): void {
    if (this.#size === 0) return
    const slots = this.#slots
    const mask = slots.length - 1
    const places = foreseenPlaces
    for (let i = 0; i < count; i++) {
      const hash = mixed(hashes[i] as number)
      let at = (hash << 1) & mask
      // The first that has the hash, near its home: else it is looked for as it comes.
      if (slots[at] !== hash) at = (at + 2) & mask
      places[i] = slots[at + 1] as number
    }
    let sum = 0
    for (let i = 0; i < count; i++) {
      const place = places[i] as number
      if (place === 0) continue
      const words = this.#words[place >>> STRIDE_BITS] as Int32Array
      const word = ((place & STRIDE_MASK) << 3) >> 2
      sum ^= (words[word] as number) ^ (words[Math.min(word + ENTRY_WORDS, words.length - 1)] as number)
    }
    this.touched = sum
  }

  /** Puts a key, there or not; a value end of -1 is null. Then the fields are its entry's. */
  put(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    this.#beforeWrite()
    const valueLength = valueEnd === NULL_LENGTH ? 0 : valueEnd - valueStart
    const found = this.#foundPlace
    if (found !== 0 && this.#isKey(found, key, keyStart, keyEnd) && this.#roomAt(found) >= valueLength)
      return this.#setValue(value, valueStart, valueEnd)
    const hash = hashRange(key, keyStart, keyEnd)
    const place = this.#find(key, keyStart, keyEnd, hash)
    if (place === 0) this.#insert(hash, key, keyStart, keyEnd, valueLength)
    else if (this.#roomAt(place) < valueLength) this.#move(place, valueLength)
    this.#setValue(value, valueStart, valueEnd)
  }

  /**
   * Puts without a look for the key, which costs the first reader. `isNew`: what lies below does not have the key. `isFirst`: this
   * table does not, so nothing is lost by waiting; of others the waiting ones are kept fewer than the rest. Then the fields are its entry's.
   */
  append(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    isNew: boolean,
    isFirst: boolean = isNew,
  ): void {
    if (!isFirst && this.#repeatedBytes > DEAD_BYTES_MIN && this.#repeatedBytes * 2 > this.#liveBytes) this.#index()
    const place = this.#append(0, key, keyStart, keyEnd, valueEnd === NULL_LENGTH ? 0 : valueEnd - valueStart)
    if (this.#unindexedCount++ === 0) this.#tail = place
    this.#size++
    this.#load(place)
    this.#setValue(value, valueStart, valueEnd)
    const word = (this.keyStart - HEAD_BYTES) >> 2
    const words = this.#foundWords
    const byteCount = words[word + 3] as number
    if (isNew) words[word + 3] = byteCount | NEW_FLAG
    if (!isFirst) this.#repeatedBytes += byteCount
  }

  /** Of each key all but the last entry are to go before all are visited, where they may be many: to look for a few costs more than they do. */
  settle(): void {
    if (this.#repeatedBytes * 4 > this.#liveBytes) this.#index()
  }

  /** Removes the key; false where it is not there. */
  remove(key: Uint8Array, start: number, end: number): boolean {
    this.#beforeWrite()
    const hash = hashRange(key, start, end)
    const place = this.#find(key, start, end, hash)
    if (place === 0) return false
    this.#unlink(hash, key, start, end, place)
    return true
  }

  /** Removes all keys below. Looks at every entry: an order that nobody else needs would cost each insert. */
  removeBelow(key: Uint8Array): void {
    this.#beforeWrite()
    const below: number[] = []
    this.#eachPlace((place) => {
      this.#load(place)
      if (compareRanges(this.buffer, this.keyStart, this.keyEnd, key, 0, key.length) < 0) below.push(place)
    })
    if (below.length === 0) return
    if (below.length === this.#size) return this.clear()
    if (this.#leaves !== undefined) this.#trim(this.#leaves, key)
    for (const [hash, leaves] of this.#groups ?? []) {
      this.#trim(leaves, key)
      if (leaves.length === 0) this.#groups?.delete(hash)
    }
    for (const place of below) {
      const hash = (this.#words[place >>> STRIDE_BITS] as Int32Array)[((place & STRIDE_MASK) << 3) >> 2] as number
      this.#bury(place)
      this.#unplace(hash, place)
    }
    this.#size -= below.length
  }

  clear(): void {
    if (this.#size === 0 && this.#slabs.length <= 1) return
    if (this.#cursors.length > 0) this.#detachCursors()
    this.#slots = new Int32Array(SLOTS_MIN * 2)
    this.#slabs = []
    this.#words = []
    this.#ends = []
    this.#foundPlace = 0
    this.#top = this.#size = this.#liveBytes = this.#deadBytes = this.#unindexedCount = this.#repeatedBytes = 0
    this.#leaves = this.#groups = undefined
  }

  /**
   * All entries as they lie in memory (the slots lead all over it); the table must not change meanwhile. Of a key that was appended
   * again the last one counts.
   */
  each(visit: EntryVisitor): void {
    this.#eachPlace((place) => {
      this.#load(place)
      const isNew = ((this.#foundWords[((this.keyStart - HEAD_BYTES) >> 2) + 3] as number) & NEW_FLAG) !== 0
      visit(this.buffer, this.keyStart, this.keyEnd, this.valueStart, this.valueEnd, isNew)
    })
  }

  /** Entries from `gte` (inclusive) to `lt` (exclusive); for the suffix see ByteRange. */
  cursor(gte: Uint8Array | undefined, lt: Uint8Array | undefined, reverse: boolean, suffixBytes?: number): TableCursor {
    if (this.#unindexedCount > 0) this.#index()
    const leaves =
      suffixBytes === undefined || gte === undefined
        ? (this.#leaves ??= this.#sortedLeaves())
        : this.#groupLeaves(gte, suffixBytes)
    const from = reverse ? lt : gte
    let leaf = reverse ? leaves.length - 1 : 0
    let at = reverse ? (leaves[leaf]?.length ?? 0) - 1 : 0
    if (from !== undefined) {
      leaf = this.#leafOf(leaves, from, 0, from.length)
      at = this.#lowerBound(leaves, leaf, from, 0, from.length) - (reverse ? 1 : 0)
    }
    const cursor = new TableCursor(this, leaves, leaf, at, reverse ? gte : lt, reverse ? -1 : 1)
    if (leaves !== NO_LEAVES) this.#cursors.push(cursor)
    return cursor
  }

  /** Loads the fields of a place that a cursor stands at. */
  load(place: number): void {
    this.#load(place)
  }

  forget(cursor: TableCursor): void {
    const cursors = this.#cursors
    const at = cursors.indexOf(cursor)
    if (at < 0) return
    const last = cursors.pop() as TableCursor
    if (last !== cursor) cursors[at] = last
  }

  #eachPlace(visit: (place: number) => void): void {
    for (let slab = 0; slab < this.#slabs.length; slab++) {
      const words = this.#words[slab] as Int32Array
      const end = this.#ends[slab] ?? this.#top
      for (let at = FIRST_PLACE; at < end;) {
        const word = at >> 2
        const byteCount = (words[word + 3] as number) & LENGTH_MASK
        if (words[word + 2] !== DEAD_LENGTH) visit(slab * (STRIDE_MASK + 1) + (at >> 3))
        at += byteCount
      }
    }
  }

  #beforeWrite(): void {
    if (this.#unindexedCount > 0) this.#index()
    if (this.#cursors.length > 0) this.#detachCursors()
    this.#compactIfDead()
  }

  #compactIfDead(): void {
    if (this.#deadBytes > DEAD_BYTES_MIN && this.#deadBytes > this.#liveBytes) this.#compact()
  }

  #detachCursors(): void {
    const cursors = this.#cursors
    this.#cursors = []
    for (const cursor of cursors) cursor.detach()
  }

  // ---- entries ----

  #find(key: Uint8Array, start: number, end: number, hash: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let i = (hash << 1) & mask; ; i = (i + 2) & mask) {
      const place = slots[i + 1] as number
      if (place === 0) return 0
      if (slots[i] === hash && this.#isKey(place, key, start, end)) return place
    }
  }

  /** Loads the entry and compares; the fields stand where it is the key. */
  #isKey(place: number, key: Uint8Array, start: number, end: number): boolean {
    const slab = place >>> STRIDE_BITS
    const at = (place & STRIDE_MASK) << 3
    const words = this.#words[slab] as Int32Array
    const word = at >> 2
    const length = end - start
    if (words[word + 1] !== length) return false
    const buffer = this.#slabs[slab] as Buffer
    const keyStart = at + HEAD_BYTES
    for (let i = 0; i < length; i++) if (buffer[keyStart + i] !== key[start + i]) return false
    this.#foundWords = words
    this.buffer = buffer
    this.keyStart = keyStart
    this.keyEnd = this.valueStart = keyStart + length
    const valueLength = words[word + 2] as number
    this.valueEnd = valueLength < 0 ? NULL_LENGTH : keyStart + length + valueLength
    return true
  }

  #load(place: number): void {
    const slab = place >>> STRIDE_BITS
    const at = (place & STRIDE_MASK) << 3
    const words = this.#words[slab] as Int32Array
    const word = at >> 2
    const keyEnd = at + HEAD_BYTES + (words[word + 1] as number)
    const valueLength = words[word + 2] as number
    this.#foundWords = words
    this.buffer = this.#slabs[slab] as Buffer
    this.keyStart = at + HEAD_BYTES
    this.keyEnd = this.valueStart = keyEnd
    this.valueEnd = valueLength < 0 ? NULL_LENGTH : keyEnd + valueLength
  }

  #isNew(place: number): boolean {
    const words = this.#words[place >>> STRIDE_BITS] as Int32Array
    return ((words[(((place & STRIDE_MASK) << 3) >> 2) + 3] as number) & NEW_FLAG) !== 0
  }

  #roomAt(place: number): number {
    const words = this.#words[place >>> STRIDE_BITS] as Int32Array
    const word = ((place & STRIDE_MASK) << 3) >> 2
    return ((words[word + 3] as number) & LENGTH_MASK) - HEAD_BYTES - (words[word + 1] as number)
  }

  /** A new entry with room for the value, in slots and leaves. */
  #insert(hash: number, key: Uint8Array, start: number, end: number, room: number): void {
    this.#fit(++this.#size)
    const place = this.#append(hash, key, start, end, room)
    this.#link(hash, key, start, end, place)
    this.#load(place)
  }

  #link(hash: number, key: Uint8Array, start: number, end: number, place: number): void {
    this.#place(this.#slots, hash, place)
    if (this.#leaves !== undefined) this.#insertSorted(this.#leaves, key, start, end, place)
    if (this.#groups !== undefined)
      this.#insertSorted(this.#groupOf(this.#groups, key, start, end), key, start, end, place)
  }

  #unlink(hash: number, key: Uint8Array, start: number, end: number, place: number): void {
    if (this.#leaves !== undefined) this.#removeSorted(this.#leaves, key, start, end)
    if (this.#groups !== undefined) this.#removeGrouped(this.#groups, key, start, end)
    this.#bury(place)
    this.#unplace(hash, place)
    this.#size--
  }

  /** An entry takes the place of another of its key. */
  #relink(hash: number, key: Uint8Array, start: number, end: number, from: number, to: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let i = (hash << 1) & mask
    while (slots[i + 1] !== from) i = (i + 2) & mask
    slots[i + 1] = to
    if (this.#leaves !== undefined) this.#replace(this.#leaves, key, start, end, to)
    if (this.#groups !== undefined) this.#replace(this.#groupOf(this.#groups, key, start, end), key, start, end, to)
  }

  /** Looks up what was appended, in its order. */
  #index(): void {
    if (this.#cursors.length > 0) this.#detachCursors()
    const first = this.#tail
    this.#unindexedCount = this.#repeatedBytes = 0
    this.#fit(this.#size)
    let at = (first & STRIDE_MASK) << 3
    for (let slab = first >>> STRIDE_BITS; slab < this.#slabs.length; slab++, at = FIRST_PLACE) {
      const words = this.#words[slab] as Int32Array
      const end = this.#ends[slab] ?? this.#top
      while (at < end) {
        this.#indexEntry(slab, words, at)
        at += (words[(at >> 2) + 3] as number) & LENGTH_MASK
      }
    }
    this.#compactIfDead()
  }

  #indexEntry(slab: number, words: Int32Array, at: number): void {
    const buffer = this.#slabs[slab] as Buffer
    const word = at >> 2
    const start = at + HEAD_BYTES
    const end = start + (words[word + 1] as number)
    const place = slab * (STRIDE_MASK + 1) + (at >> 3)
    const hash = hashRange(buffer, start, end)
    words[word] = hash
    const earlier = this.#find(buffer, start, end, hash)
    const wasNew = earlier !== 0 && this.#isNew(earlier)
    if (words[word + 2] === NULL_LENGTH && (this.#dropsNulls || wasNew)) {
      if (earlier !== 0) this.#unlink(hash, buffer, start, end, earlier)
      this.#bury(place)
      this.#size--
    } else if (earlier !== 0) {
      // What lies below has the key where this table had it already, if only as deleted.
      const byteCount = (words[word + 3] as number) & LENGTH_MASK
      words[word + 3] = wasNew ? byteCount | NEW_FLAG : byteCount
      this.#relink(hash, buffer, start, end, earlier, place)
      this.#bury(earlier)
      this.#size--
    } else this.#link(hash, buffer, start, end, place)
  }

  /** The entry found last gets another place, with more room. */
  #move(place: number, room: number): void {
    const { buffer, keyStart, keyEnd } = this
    const hash = (this.#words[place >>> STRIDE_BITS] as Int32Array)[((place & STRIDE_MASK) << 3) >> 2] as number
    this.#bury(place)
    // Half as much again: what grows will grow.
    const moved = this.#append(hash, buffer, keyStart, keyEnd, room + (room >> 1))
    this.#relink(hash, buffer, keyStart, keyEnd, place, moved)
    this.#load(moved)
  }

  /** Into the entry found last, which has room. */
  #setValue(value: Uint8Array, start: number, end: number): void {
    const { buffer, keyStart, keyEnd } = this
    const words = this.#foundWords
    const word = (keyStart - HEAD_BYTES) >> 2
    if (end === NULL_LENGTH) {
      words[word + 2] = NULL_LENGTH
      this.valueEnd = NULL_LENGTH
      return
    }
    const length = end - start
    words[word + 2] = length
    this.valueEnd = keyEnd + length
    if (length <= LOOP_LENGTH_MAX) for (let i = 0; i < length; i++) buffer[keyEnd + i] = value[start + i] as number
    else buffer.set(start === 0 && end === value.length ? value : value.subarray(start, end), keyEnd)
  }

  #append(hash: number, key: Uint8Array, start: number, end: number, room: number): number {
    const keyLength = end - start
    const byteCount = entryBytes(keyLength, room)
    let slab = this.#slabs.length - 1
    if (slab < 0 || this.#top + byteCount > (this.#slabs[slab] as Buffer).length) slab = this.#addSlab(byteCount)
    const at = this.#top
    this.#top = at + byteCount
    this.#liveBytes += byteCount
    const words = this.#words[slab] as Int32Array
    const word = at >> 2
    words[word] = hash
    words[word + 1] = keyLength
    words[word + 2] = 0
    words[word + 3] = byteCount
    const buffer = this.#slabs[slab] as Buffer
    const keyStart = at + HEAD_BYTES
    if (keyLength <= LOOP_LENGTH_MAX) {
      for (let i = 0; i < keyLength; i++) buffer[keyStart + i] = key[start + i] as number
    } else buffer.set(key.subarray(start, end), keyStart)
    return slab * (STRIDE_MASK + 1) + (at >> 3)
  }

  #addSlab(byteCount: number): number {
    const last = this.#slabs[this.#slabs.length - 1]
    const usual = last === undefined ? SLAB_BYTES_MIN : Math.min(last.length * 2, SLAB_BYTES_MAX)
    const length = Math.max(usual, byteCount + 8)
    const memory = new ArrayBuffer((length + 7) & ~7)
    if (last !== undefined) this.#ends.push(this.#top)
    this.#slabs.push(Buffer.from(memory))
    this.#words.push(new Int32Array(memory))
    this.#top = FIRST_PLACE
    return this.#slabs.length - 1
  }

  /** The entry's bytes are dead. */
  #bury(place: number): void {
    this.#foundPlace = 0
    const words = this.#words[place >>> STRIDE_BITS] as Int32Array
    const word = ((place & STRIDE_MASK) << 3) >> 2
    const byteCount = (words[word + 3] as number) & LENGTH_MASK
    words[word + 2] = DEAD_LENGTH
    this.#liveBytes -= byteCount
    this.#deadBytes += byteCount
  }

  // ---- slots ----

  #place(slots: Int32Array, hash: number, place: number): void {
    const mask = slots.length - 1
    let i = (hash << 1) & mask
    while (slots[i + 1] !== 0) i = (i + 2) & mask
    slots[i] = hash
    slots[i + 1] = place
  }

  // Moves later places of the run back over the hole, so that no probe ends too early.
  #unplace(hash: number, place: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let hole = (hash << 1) & mask
    while (slots[hole + 1] !== place) {
      assert(slots[hole + 1] !== 0, () => 'removed an entry that is not in the table')
      hole = (hole + 2) & mask
    }
    for (let i = (hole + 2) & mask; slots[i + 1] !== 0; i = (i + 2) & mask) {
      const home = ((slots[i] as number) << 1) & mask
      if (((i - home) & mask) < ((i - hole) & mask)) continue
      slots[hole] = slots[i] as number
      slots[hole + 1] = slots[i + 1] as number
      hole = i
    }
    slots[hole + 1] = 0
  }

  /** At most half of the slots are taken. */
  #fit(count: number): void {
    if (count * 4 > this.#slots.length) this.#grow(1 << (32 - Math.clz32(count * 4 - 1)))
  }

  #grow(length: number): void {
    const old = this.#slots
    const slots = new Int32Array(length)
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] !== 0) this.#place(slots, old[i] as number, old[i + 1] as number)
    }
    this.#slots = slots
  }

  /** Copies the live entries together. */
  #compact(): void {
    const slabs = this.#slabs
    const words = this.#words
    const places: number[] = []
    this.#eachPlace((place) => places.push(place))
    this.#slabs = []
    this.#words = []
    this.#ends = []
    this.#foundPlace = this.#top = this.#liveBytes = this.#deadBytes = 0
    for (const place of places) {
      const buffer = slabs[place >>> STRIDE_BITS] as Buffer
      const word = ((place & STRIDE_MASK) << 3) >> 2
      const entry = words[place >>> STRIDE_BITS] as Int32Array
      const keyStart = (word << 2) + HEAD_BYTES
      const keyEnd = keyStart + (entry[word + 1] as number)
      const valueLength = entry[word + 2] as number
      const to = this.#append(entry[word] as number, buffer, keyStart, keyEnd, Math.max(0, valueLength))
      this.#load(to)
      this.#setValue(buffer, keyEnd, valueLength < 0 ? NULL_LENGTH : keyEnd + valueLength)
      // In place of the hash: where it went.
      entry[word] = to
    }
    const moved = (place: number): number =>
      (words[place >>> STRIDE_BITS] as Int32Array)[((place & STRIDE_MASK) << 3) >> 2] as number
    const slots = this.#slots
    for (let i = 1; i < slots.length; i += 2) if (slots[i] !== 0) slots[i] = moved(slots[i] as number)
    if (this.#leaves !== undefined) relocate(this.#leaves, moved)
    for (const leaves of this.#groups?.values() ?? []) relocate(leaves, moved)
  }

  // ---- order ----

  #sortedLeaves(): Leaves {
    const places: number[] = []
    // Copies of the keys: sorting compares each many times.
    const keys = new Map<number, Buffer>()
    this.#eachPlace((place) => {
      this.#load(place)
      places.push(place)
      keys.set(place, this.buffer.subarray(this.keyStart, this.keyEnd))
    })
    places.sort((a, b) => compareKeys(keys.get(a) as Buffer, keys.get(b) as Buffer))
    return leavesOf(places)
  }

  /** The entries that have the key's prefix. */
  #groupLeaves(key: Uint8Array, suffixBytes: number): Leaves {
    let groups = this.#groups
    if (groups === undefined || this.#suffixBytes !== suffixBytes) groups = this.#makeGroups(suffixBytes)
    return groups.get(this.#groupHash(key, 0, key.length)) ?? NO_LEAVES
  }

  #makeGroups(suffixBytes: number): Map<number, Leaves> {
    const groups = new Map<number, Leaves>()
    this.#groups = groups
    this.#suffixBytes = suffixBytes
    this.#eachPlace((place) => {
      this.#load(place)
      const { buffer, keyStart, keyEnd } = this
      this.#insertSorted(this.#groupOf(groups, buffer, keyStart, keyEnd), buffer, keyStart, keyEnd, place)
    })
    return groups
  }

  #groupHash(key: Uint8Array, start: number, end: number): number {
    return hashRange(key, start, end - this.#suffixBytes)
  }

  /** A key's group, which may be new. */
  #groupOf(groups: Map<number, Leaves>, key: Uint8Array, start: number, end: number): Leaves {
    const hash = this.#groupHash(key, start, end)
    const found = groups.get(hash)
    if (found !== undefined) return found
    const leaves: Leaves = []
    groups.set(hash, leaves)
    return leaves
  }

  #removeGrouped(groups: Map<number, Leaves>, key: Uint8Array, start: number, end: number): void {
    const leaves = this.#groupOf(groups, key, start, end)
    this.#removeSorted(leaves, key, start, end)
    if (leaves.length === 0) groups.delete(this.#groupHash(key, start, end))
  }

  /** Takes out the places below a key. */
  #trim(leaves: Leaves, key: Uint8Array): void {
    const leaf = this.#leafOf(leaves, key, 0, key.length)
    const at = this.#lowerBound(leaves, leaf, key, 0, key.length)
    const first = leaves[leaf]
    if (first === undefined) return
    first.splice(0, at)
    leaves.splice(0, first.length === 0 ? leaf + 1 : leaf)
  }

  #replace(leaves: Leaves, key: Uint8Array, start: number, end: number, place: number): void {
    const leaf = this.#leafOf(leaves, key, start, end)
    ;(leaves[leaf] as number[])[this.#lowerBound(leaves, leaf, key, start, end)] = place
  }

  #compare(place: number, key: Uint8Array, start: number, end: number): number {
    const slab = place >>> STRIDE_BITS
    const at = (place & STRIDE_MASK) << 3
    const length = (this.#words[slab] as Int32Array)[(at >> 2) + 1] as number
    const keyStart = at + HEAD_BYTES
    return compareRanges(this.#slabs[slab] as Buffer, keyStart, keyStart + length, key, start, end)
  }

  /** The leaf that holds the first key at or after the given one, or the last leaf; 0 where there are none. */
  #leafOf(leaves: Leaves, key: Uint8Array, start: number, end: number): number {
    let low = 0
    let high = leaves.length - 1
    // Times and sequence numbers grow: the last leaf first.
    if (high > 0 && this.#isBelow(leaves[high - 1] as number[], key, start, end)) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isBelow(leaves[middle] as number[], key, start, end)) low = middle + 1
      else high = middle
    }
    return low
  }

  #isBelow(leaf: readonly number[], key: Uint8Array, start: number, end: number): boolean {
    return this.#compare(leaf[leaf.length - 1] as number, key, start, end) < 0
  }

  /** The first position of a leaf at or after the key; in the last leaf it is looked for from the end. */
  #lowerBound(leaves: Leaves, index: number, key: Uint8Array, start: number, end: number): number {
    const leaf = leaves[index]
    if (leaf === undefined) return 0
    let low = 0
    let high = leaf.length
    if (index === leaves.length - 1) {
      for (let step = 1; low < high; step *= 2) {
        const at = Math.max(low, high - step)
        if (this.#compare(leaf[at] as number, key, start, end) < 0) {
          low = at + 1
          break
        }
        high = at
      }
    }
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(leaf[middle] as number, key, start, end) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #insertSorted(leaves: Leaves, key: Uint8Array, start: number, end: number, place: number): void {
    if (leaves.length === 0) {
      leaves.push([place])
      return
    }
    const at = this.#leafOf(leaves, key, start, end)
    const leaf = leaves[at] as number[]
    const position = this.#lowerBound(leaves, at, key, start, end)
    if (position === leaf.length) leaf.push(place)
    else leaf.splice(position, 0, place)
    if (leaf.length <= LEAF_LENGTH_MAX) return
    // A leaf that grows at its end (times, sequence numbers) is left nearly full.
    const split = position === leaf.length - 1 ? leaf.length - 8 : leaf.length >>> 1
    leaves.splice(at + 1, 0, leaf.splice(split))
  }

  #removeSorted(leaves: Leaves, key: Uint8Array, start: number, end: number): void {
    const at = this.#leafOf(leaves, key, start, end)
    const leaf = leaves[at] as number[]
    leaf.splice(this.#lowerBound(leaves, at, key, start, end), 1)
    if (leaf.length === 0) leaves.splice(at, 1)
  }
}

function entryBytes(keyLength: number, room: number): number {
  return (HEAD_BYTES + keyLength + room + 7) & ~7
}

function relocate(leaves: Leaves, moved: (place: number) => number): void {
  for (const leaf of leaves) for (let i = 0; i < leaf.length; i++) leaf[i] = moved(leaf[i] as number)
}

/** Half full: the next inserts find room. */
function leavesOf(places: readonly number[]): Leaves {
  const leaves: number[][] = []
  for (let at = 0; at < places.length; at += LEAF_LENGTH_MAX / 2)
    leaves.push(places.slice(at, at + LEAF_LENGTH_MAX / 2))
  return leaves
}
