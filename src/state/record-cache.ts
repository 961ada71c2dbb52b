// The record cache of one store: typed keys and values, serialised, logged and forwarded only when they are flushed, once per
// dirty key. Java: NamedCache.
//
// Invariants: every entry is in the index and at its slot of the ring. Dirty entries have the number of their last put, in whose
// order they are flushed, and stand among the dirty ones once. An entry that is not dirty says what the
// bytes below say. Values that are not primitives are either `bytes`, or a `value` that nobody outside the cache holds: it comes
// from an owner (putOwned) and goes to an owner (getOwned) alone, everybody else gets a copy.
//
// With many keys each touch of an entry is a miss of the processor's caches, and those are the cost. So there are no lists
// through the entries: who was used is a mark that the hand of a clock clears (an approximation of least recently used), the
// order of puts is a number that is sorted by when they are flushed; the numbers of an entry lie in one line of memory, its fields in little more than one, and what
// seldom changes from put to put is shared. A key that was just decoded is found by the slot of its interned string.
import { RecordHeaders } from '../record/index.ts'
import { FORESEEN_MAX, type ForeseenKeys, internedSlot, internedText } from '../serde/index.ts'

/** Where a put came from, shared by puts in a row that have it in common. */
export interface PutOrigin {
  /** Of the record's context. */
  readonly topic: string | null
  readonly partition: number
  readonly contextHeaders: RecordHeaders
  /** Of the value. */
  readonly headers: RecordHeaders
}

export interface CacheEntry {
  /** The key itself where it is a primitive, else its encoded bytes as text. */
  readonly mapKey: unknown
  /** Window start, or session end; 0 in key-value stores. */
  readonly major: number
  /** Session start; 0 elsewhere. */
  readonly minor: number
  value: unknown
  /** In ring and numbers; -1: it was taken out. */
  slot: number
  /** False: deleted, or known not to be there. */
  isPresent: boolean
  /** Found since it was added, or since the hand passed last. */
  wasUsed: boolean
  origin: PutOrigin
  bytes: Buffer | undefined
  readonly key: unknown
}

/** What an entry costs beside key and value. */
export const ENTRY_OVERHEAD_BYTES = 200

// Of each slot, a line of memory: timestamp of the value; timestamp and offset of the record that put it; the number of its
// last put (-1: it is clean); its size.
const NUMBERS = 8
const AT = { timestamp: 0, contextTimestamp: 1, offset: 2, putNumber: 3, byteCount: 4 } as const
const SLOTS_MIN = 64
const NO_ORIGIN: PutOrigin = {
  topic: null,
  partition: -1,
  contextHeaders: RecordHeaders.empty,
  headers: RecordHeaders.empty,
}

export class RecordCache {
  readonly #index: KeyIndex | WindowIndex
  readonly #ring: CacheEntry[] = []
  #numbers = new Float64Array(SLOTS_MIN * NUMBERS)
  #hand = 0
  #dirty: CacheEntry[] = []
  /** Those put since the last takeChanges, some of them more than once; undefined: not kept. */
  #changed: CacheEntry[] | undefined = undefined
  #putCount = 0
  #byteCount = 0
  /** Who gets an entry puts it next. */
  #found: CacheEntry | undefined = undefined
  #origin = NO_ORIGIN
  readonly #foreseen: (CacheEntry | undefined)[] = Array.from<undefined>({ length: FORESEEN_MAX }).fill(undefined)
  readonly #places = new Int32Array(FORESEEN_MAX)
  /** Keeps what only brings memory near from being optimised away. */
  touched = 0

  constructor(kind: 'key-value' | 'windowed') {
    this.#index = kind === 'key-value' ? new KeyIndex() : new WindowIndex()
  }

  get byteCount(): number {
    return this.#byteCount
  }

  get size(): number {
    return this.#ring.length
  }

  get dirtyCount(): number {
    return this.#dirty.length
  }

  find(mapKey: unknown, major: number, minor: number): CacheEntry | undefined {
    const last = this.#found
    const entry =
      last !== undefined && last.mapKey === mapKey && last.major === major && last.minor === minor
        ? last
        : this.#index.find(mapKey, major, minor)
    if (entry === undefined) return undefined
    if (!entry.wasUsed) entry.wasUsed = true
    return (this.#found = entry)
  }

  /** Brings near the entries of keys that are about to be asked for. Each loop makes accesses that do not wait for one another. */
  foresee({ slots, count }: ForeseenKeys): void {
    const entries = this.#foreseen
    this.#index.foresee(slots, count, entries)
    const places = this.#places
    for (let i = 0; i < count; i++) {
      const entry = entries[i]
      places[i] = entry === undefined || entry.slot < 0 ? 0 : entry.slot
    }
    let sum = 0
    const numbers = this.#numbers
    for (let i = 0; i < count; i++) sum += numbers[(places[i] as number) * NUMBERS] as number
    this.touched = sum
  }

  /** A new, clean entry that is not there: to be filled by the caller. */
  add(key: unknown, mapKey: unknown, major: number, minor: number, byteCount: number): CacheEntry {
    const slot = this.#ring.length
    const entry: CacheEntry = {
      mapKey,
      major,
      minor,
      value: undefined,
      slot,
      isPresent: false,
      wasUsed: false,
      origin: NO_ORIGIN,
      bytes: undefined,
      key,
    }
    this.#ring.push(entry)
    this.#index.add(entry, this.#ring.length)
    if ((slot + 1) * NUMBERS > this.#numbers.length) this.#growNumbers()
    this.#numbers[slot * NUMBERS + AT.putNumber] = -1
    this.#numbers[slot * NUMBERS + AT.byteCount] = byteCount
    this.#byteCount += byteCount
    return (this.#found = entry)
  }

  timestampOf(entry: CacheEntry): number {
    return this.#numbers[entry.slot * NUMBERS + AT.timestamp] as number
  }

  setTimestamp(entry: CacheEntry, timestamp: number): void {
    this.#numbers[entry.slot * NUMBERS + AT.timestamp] = timestamp
  }

  contextTimestampOf(entry: CacheEntry): number {
    return this.#numbers[entry.slot * NUMBERS + AT.contextTimestamp] as number
  }

  offsetOf(entry: CacheEntry): number {
    return this.#numbers[entry.slot * NUMBERS + AT.offset] as number
  }

  isDirty(entry: CacheEntry): boolean {
    return (this.#numbers[entry.slot * NUMBERS + AT.putNumber] as number) >= 0
  }

  setNumbers(entry: CacheEntry, timestamp: number, contextTimestamp: number, offset: number): void {
    const at = entry.slot * NUMBERS
    const numbers = this.#numbers
    numbers[at + AT.timestamp] = timestamp
    numbers[at + AT.contextTimestamp] = contextTimestamp
    numbers[at + AT.offset] = offset
  }

  setOrigin(
    entry: CacheEntry,
    topic: string | null,
    partition: number,
    contextHeaders: RecordHeaders,
    headers: RecordHeaders,
  ): void {
    let origin = this.#origin
    if (
      origin.topic !== topic ||
      origin.partition !== partition ||
      origin.contextHeaders !== contextHeaders ||
      origin.headers !== headers
    ) {
      this.#origin = origin = { topic, partition, contextHeaders, headers }
    }
    if (entry.origin !== origin) entry.origin = origin
  }

  setHeaders(entry: CacheEntry, headers: RecordHeaders): void {
    this.setOrigin(entry, null, -1, RecordHeaders.empty, headers)
  }

  resize(entry: CacheEntry, byteCount: number): void {
    const at = entry.slot * NUMBERS + AT.byteCount
    this.#byteCount += byteCount - (this.#numbers[at] as number)
    this.#numbers[at] = byteCount
  }

  /** Moves it to the end of those to be flushed. */
  markDirty(entry: CacheEntry): void {
    const at = entry.slot * NUMBERS + AT.putNumber
    if ((this.#numbers[at] as number) < 0) this.#dirty.push(entry)
    this.#numbers[at] = this.#putCount++
    if (this.#changed !== undefined) this.#noteChange(this.#changed, entry)
  }

  /** All dirty entries in the order of their last put; they are clean now. A given one comes first. */
  takeDirty(first?: CacheEntry): readonly CacheEntry[] {
    const dirty = this.#dirty
    const numbers = this.#numbers
    // An entry's put number and its place, in one number that is sorted as it is: exact up to 2^53.
    const step = 2 ** Math.ceil(Math.log2(dirty.length + 1))
    const order = new Float64Array(dirty.length)
    for (let i = 0; i < dirty.length; i++) {
      const entry = dirty[i] as CacheEntry
      const at = entry.slot * NUMBERS + AT.putNumber
      const putNumber = entry === first ? -1 : (numbers[at] as number)
      order[i] = (putNumber + 1) * step + i
      numbers[at] = -1
    }
    order.sort()
    const taken: CacheEntry[] = []
    for (let i = 0; i < order.length; i++) {
      const each = order[i] as number
      taken.push(dirty[each - Math.floor(each / step) * step] as CacheEntry)
    }
    this.#dirty = []
    this.#changed = undefined
    this.#putCount = 0
    return taken
  }

  /** An entry that was not used for long; it may be dirty, and it stays until it is removed. */
  evict(): CacheEntry | undefined {
    const ring = this.#ring
    if (ring.length === 0) return undefined
    for (;;) {
      if (this.#hand >= ring.length) this.#hand = 0
      const entry = ring[this.#hand] as CacheEntry
      if (!entry.wasUsed) return entry
      entry.wasUsed = false
      this.#hand++
    }
  }

  /** Takes out a clean entry; does nothing where it is out already. */
  remove(entry: CacheEntry): void {
    const ring = this.#ring
    const { slot } = entry
    if (slot < 0) return
    this.#byteCount -= this.#numbers[slot * NUMBERS + AT.byteCount] as number
    this.#index.remove(entry)
    this.#found = undefined
    const last = ring.pop() as CacheEntry
    if (last !== entry) {
      this.#numbers.copyWithin(slot * NUMBERS, last.slot * NUMBERS, (last.slot + 1) * NUMBERS)
      ring[slot] = last
      last.slot = slot
    }
    entry.slot = -1
  }

  /** In no order. */
  dirty(): readonly CacheEntry[] {
    return this.#dirty
  }

  /** The dirty entries of a key with a major from..to, both inclusive, ascending by (major, minor). */
  dirtyOf(mapKey: unknown, from: number, to: number): readonly CacheEntry[] {
    const entries = this.#index.ofKey(mapKey)
    const dirty: CacheEntry[] = []
    for (let i = lastAtOrBefore(entries, from - 1, Infinity) + 1; i < entries.length; i++) {
      const entry = entries[i] as CacheEntry
      if (entry.major > to) break
      if (this.isDirty(entry)) dirty.push(entry)
    }
    return dirty
  }

  /** What was put since the last call; undefined: look at all that is dirty now, entries were flushed meanwhile or nobody asked. */
  takeChanges(): readonly CacheEntry[] | undefined {
    const changed = this.#changed
    this.#changed = []
    return changed
  }

  clear(): void {
    this.#index.clear()
    this.#ring.length = 0
    this.#dirty = []
    this.#changed = undefined
    this.#found = undefined
    this.#hand = this.#byteCount = this.#putCount = 0
  }

  // Where that many are put between two scans, starting again costs less.
  #noteChange(changed: CacheEntry[], entry: CacheEntry): void {
    if (changed.length < this.#dirty.length) changed.push(entry)
    else this.#changed = undefined
  }

  #growNumbers(): void {
    const numbers = new Float64Array(this.#numbers.length * 2)
    numbers.set(this.#numbers)
    this.#numbers = numbers
  }
}

const MEMO_LENGTH_MIN = 64
const MEMO_LENGTH_MAX = 1 << 18

/** What was found or added for the slot of an interned string; who asks compares the key. */
class SlotMemo<T> {
  #items: (T | undefined)[] = emptyMemo(MEMO_LENGTH_MIN)

  get(slot: number): T | undefined {
    return this.#items[slot & (this.#items.length - 1)]
  }

  set(slot: number, item: T): void {
    this.#items[slot & (this.#items.length - 1)] = item
  }

  /** Room for so many keys. */
  fit(count: number): void {
    const { length } = this.#items
    if (count * 2 > length && length < MEMO_LENGTH_MAX) this.#items = emptyMemo(length * 2)
  }

  clear(): void {
    this.#items = emptyMemo(MEMO_LENGTH_MIN)
  }
}

function emptyMemo<T>(length: number): (T | undefined)[] {
  return Array.from<T | undefined>({ length }).fill(undefined)
}

class KeyIndex {
  readonly #entries = new Map<unknown, CacheEntry>()
  readonly #memo = new SlotMemo<CacheEntry>()

  find(mapKey: unknown): CacheEntry | undefined {
    if (mapKey !== internedText) return this.#entries.get(mapKey)
    const slot = internedSlot
    const known = this.#memo.get(slot)
    if (known !== undefined && known.mapKey === mapKey && known.slot >= 0) return known
    const entry = this.#entries.get(mapKey)
    if (entry !== undefined) this.#memo.set(slot, entry)
    return entry
  }

  foresee(slots: Int32Array, count: number, entries: (CacheEntry | undefined)[]): void {
    for (let i = 0; i < count; i++) entries[i] = this.#memo.get(slots[i] as number)
  }

  ofKey(mapKey: unknown): readonly CacheEntry[] {
    const entry = this.find(mapKey)
    return entry === undefined ? [] : [entry]
  }

  add(entry: CacheEntry, size: number): void {
    this.#entries.set(entry.mapKey, entry)
    this.#memo.fit(size)
  }

  remove(entry: CacheEntry): void {
    this.#entries.delete(entry.mapKey)
  }

  clear(): void {
    this.#entries.clear()
    this.#memo.clear()
  }
}

/** The entries of one key, ascending by major, minor. */
interface KeyRow {
  readonly mapKey: unknown
  readonly entries: CacheEntry[]
  /** The position that was found last: the next is there or right behind it. */
  at: number
}

class WindowIndex {
  readonly #rows = new Map<unknown, KeyRow>()
  readonly #memo = new SlotMemo<KeyRow>()
  readonly #foreseen: (KeyRow | undefined)[] = Array.from<undefined>({ length: FORESEEN_MAX }).fill(undefined)

  find(mapKey: unknown, major: number, minor: number): CacheEntry | undefined {
    const row = this.#row(mapKey)
    if (row === undefined) return undefined
    const { entries, at } = row
    for (let i = at; i < at + 2 && i < entries.length; i++) {
      const near = entries[i] as CacheEntry
      if (near.major !== major || near.minor !== minor) continue
      row.at = i
      return near
    }
    const found = lastAtOrBefore(entries, major, minor)
    const entry = entries[found]
    if (entry === undefined || entry.major !== major || entry.minor !== minor) return undefined
    row.at = found
    return entry
  }

  foresee(slots: Int32Array, count: number, entries: (CacheEntry | undefined)[]): void {
    const rows = this.#foreseen
    for (let i = 0; i < count; i++) rows[i] = this.#memo.get(slots[i] as number)
    for (let i = 0; i < count; i++) {
      const row = rows[i]
      entries[i] = row === undefined ? undefined : row.entries[row.at]
    }
  }

  ofKey(mapKey: unknown): readonly CacheEntry[] {
    return this.#row(mapKey)?.entries ?? []
  }

  add(entry: CacheEntry): void {
    const { mapKey, major, minor } = entry
    const row = this.#row(mapKey)
    if (row === undefined) {
      this.#rows.set(mapKey, { mapKey, entries: [entry], at: 0 })
      this.#memo.fit(this.#rows.size)
      return
    }
    const { entries } = row
    const at = lastAtOrBefore(entries, major, minor) + 1
    row.at = at
    if (at === entries.length) entries.push(entry)
    else entries.splice(at, 0, entry)
  }

  remove(entry: CacheEntry): void {
    const row = this.#rows.get(entry.mapKey)
    if (row === undefined) return
    const { entries } = row
    entries.splice(lastAtOrBefore(entries, entry.major, entry.minor), 1)
    row.at = 0
    if (entries.length === 0) this.#rows.delete(entry.mapKey)
  }

  clear(): void {
    this.#rows.clear()
    this.#memo.clear()
  }

  #row(mapKey: unknown): KeyRow | undefined {
    if (mapKey !== internedText) return this.#rows.get(mapKey)
    const slot = internedSlot
    const known = this.#memo.get(slot)
    // A row without entries is in the index no more.
    if (known !== undefined && known.mapKey === mapKey && known.entries.length > 0) return known
    const row = this.#rows.get(mapKey)
    if (row !== undefined) this.#memo.set(slot, row)
    return row
  }
}

/** The last position at or before (major, minor); -1 where all are after it. */
function lastAtOrBefore(row: readonly CacheEntry[], major: number, minor: number): number {
  let high = row.length - 1
  // The newest dozen by hand, then by halves.
  for (let left = 12; left > 0 && high >= 0; left--, high--) {
    if (!isAfter(row[high] as CacheEntry, major, minor)) return high
  }
  let low = 0
  while (low <= high) {
    const middle = (low + high) >>> 1
    if (isAfter(row[middle] as CacheEntry, major, minor)) high = middle - 1
    else low = middle + 1
  }
  return high
}

function isAfter(entry: CacheEntry, major: number, minor: number): boolean {
  return entry.major > major || (entry.major === major && entry.minor > minor)
}
