// The record cache of one store: typed keys and values, serialised, logged and forwarded only when they are flushed, once per
// dirty key. Java: NamedCache.
//
// Invariants: every entry is in the index and at its slot of the ring. Dirty entries stand in the log of puts at the place of
// their last put, in whose order they are flushed; other items of the log are stale. An entry that is not dirty says what the
// bytes below say. Values that are not primitives are either `bytes`, or a `value` that nobody outside the cache holds: it comes
// from an owner (putOwned) and goes to an owner (getOwned) alone, everybody else gets a copy.
//
// With many keys each touch of an entry is a miss of the processor's caches. So there are no lists through the entries: who
// was used is a mark that the hand of a clock clears (an approximation of least recently used), the order of puts is a log,
// and the numbers of an entry lie together in one array.
import { RecordHeaders } from '../record/index.ts'

export interface CacheEntry {
  /** The key itself where it is a primitive, else its encoded bytes as text. */
  readonly mapKey: unknown
  value: unknown
  bytes: Buffer | undefined
  headers: RecordHeaders
  /** False: deleted, or known not to be there. */
  isPresent: boolean
  isDirty: boolean
  /** Found since it was added, or since the hand passed last. */
  wasUsed: boolean
  /** In ring and numbers. */
  slot: number
  /** Of its last put in the log. */
  logIndex: number
  byteCount: number
  readonly key: unknown
  /** Window start, or session end; 0 in key-value stores. */
  readonly major: number
  /** Session start; 0 elsewhere. */
  readonly minor: number
  /** The context of the record that put it last; the numbers of it are with the cache. */
  topic: string | null
  contextHeaders: RecordHeaders
}

/** What an entry costs beside key and value. */
export const ENTRY_OVERHEAD_BYTES = 200

// Of each slot: timestamp of the value, then timestamp, offset and partition of the record that put it.
const NUMBERS = 4
const SLOTS_MIN = 64
const LOG_SLACK = 1_024

export class RecordCache {
  readonly #index: KeyIndex | WindowIndex
  readonly #ring: CacheEntry[] = []
  #numbers = new Float64Array(SLOTS_MIN * NUMBERS)
  #hand = 0
  #log: CacheEntry[] = []
  #dirtyCount = 0
  #byteCount = 0

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
    return this.#dirtyCount
  }

  find(mapKey: unknown, major: number, minor: number): CacheEntry | undefined {
    const entry = this.#index.find(mapKey, major, minor)
    if (entry !== undefined) entry.wasUsed = true
    return entry
  }

  /** A new, clean entry that is not there: to be filled by the caller. */
  add(key: unknown, mapKey: unknown, major: number, minor: number, byteCount: number): CacheEntry {
    const slot = this.#ring.length
    const entry: CacheEntry = {
      mapKey,
      value: undefined,
      bytes: undefined,
      headers: RecordHeaders.empty,
      isPresent: false,
      isDirty: false,
      wasUsed: false,
      slot,
      logIndex: -1,
      byteCount,
      key,
      major,
      minor,
      topic: null,
      contextHeaders: RecordHeaders.empty,
    }
    this.#index.add(entry)
    this.#ring.push(entry)
    if ((slot + 1) * NUMBERS > this.#numbers.length) this.#growNumbers()
    this.#byteCount += byteCount
    return entry
  }

  timestampOf(entry: CacheEntry): number {
    return this.#numbers[entry.slot * NUMBERS] as number
  }

  setTimestamp(entry: CacheEntry, timestamp: number): void {
    this.#numbers[entry.slot * NUMBERS] = timestamp
  }

  contextTimestampOf(entry: CacheEntry): number {
    return this.#numbers[entry.slot * NUMBERS + 1] as number
  }

  offsetOf(entry: CacheEntry): number {
    return this.#numbers[entry.slot * NUMBERS + 2] as number
  }

  partitionOf(entry: CacheEntry): number {
    return this.#numbers[entry.slot * NUMBERS + 3] as number
  }

  setNumbers(entry: CacheEntry, timestamp: number, contextTimestamp: number, offset: number, partition: number): void {
    const at = entry.slot * NUMBERS
    const numbers = this.#numbers
    numbers[at] = timestamp
    numbers[at + 1] = contextTimestamp
    numbers[at + 2] = offset
    numbers[at + 3] = partition
  }

  resize(entry: CacheEntry, byteCount: number): void {
    this.#byteCount += byteCount - entry.byteCount
    entry.byteCount = byteCount
  }

  /** Moves it to the end of those to be flushed. */
  markDirty(entry: CacheEntry): void {
    const log = this.#log
    if (entry.isDirty) {
      if (entry.logIndex === log.length - 1) return
      if (log.length > this.#dirtyCount * 2 + LOG_SLACK) this.#shortenLog()
    } else {
      entry.isDirty = true
      this.#dirtyCount++
    }
    entry.logIndex = this.#log.length
    this.#log.push(entry)
  }

  /** All dirty entries in the order of their last put; they are clean now. A given one comes first. */
  takeDirty(first?: CacheEntry): readonly CacheEntry[] {
    const taken: CacheEntry[] = []
    if (first?.isDirty === true) {
      first.isDirty = false
      taken.push(first)
    }
    const log = this.#log
    for (let i = 0; i < log.length; i++) {
      const entry = log[i] as CacheEntry
      if (!entry.isDirty || entry.logIndex !== i) continue
      entry.isDirty = false
      taken.push(entry)
    }
    this.#log = []
    this.#dirtyCount = 0
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

  /** Takes out an entry; does nothing where it is out already. */
  remove(entry: CacheEntry): void {
    const ring = this.#ring
    if (ring[entry.slot] !== entry) return
    this.#index.remove(entry)
    const last = ring.pop() as CacheEntry
    if (last !== entry) {
      this.#numbers.copyWithin(entry.slot * NUMBERS, last.slot * NUMBERS, (last.slot + 1) * NUMBERS)
      ring[entry.slot] = last
      last.slot = entry.slot
    }
    this.#byteCount -= entry.byteCount
  }

  *dirty(): IterableIterator<CacheEntry> {
    for (const [i, entry] of this.#log.entries()) if (entry.isDirty && entry.logIndex === i) yield entry
  }

  clear(): void {
    this.#index.clear()
    this.#ring.length = 0
    this.#log = []
    this.#hand = this.#byteCount = this.#dirtyCount = 0
  }

  #shortenLog(): void {
    const log = this.#log
    const kept: CacheEntry[] = []
    for (let i = 0; i < log.length; i++) {
      const entry = log[i] as CacheEntry
      if (entry.logIndex !== i) continue
      entry.logIndex = kept.length
      kept.push(entry)
    }
    this.#log = kept
  }

  #growNumbers(): void {
    const numbers = new Float64Array(this.#numbers.length * 2)
    numbers.set(this.#numbers)
    this.#numbers = numbers
  }
}

class KeyIndex {
  readonly #entries = new Map<unknown, CacheEntry>()

  find(mapKey: unknown): CacheEntry | undefined {
    return this.#entries.get(mapKey)
  }

  add(entry: CacheEntry): void {
    this.#entries.set(entry.mapKey, entry)
  }

  remove(entry: CacheEntry): void {
    this.#entries.delete(entry.mapKey)
  }

  clear(): void {
    this.#entries.clear()
  }
}

/** By key, then ascending by major, minor: most look-ups are for the last few. A key with one entry has no array. */
class WindowIndex {
  readonly #rows = new Map<unknown, CacheEntry | CacheEntry[]>()

  find(mapKey: unknown, major: number, minor: number): CacheEntry | undefined {
    const row = this.#rows.get(mapKey)
    if (row === undefined) return undefined
    const entry = Array.isArray(row) ? row[lastAtOrBefore(row, major, minor)] : row
    return entry !== undefined && entry.major === major && entry.minor === minor ? entry : undefined
  }

  add(entry: CacheEntry): void {
    const row = this.#rows.get(entry.mapKey)
    if (row === undefined) this.#rows.set(entry.mapKey, entry)
    else if (Array.isArray(row)) insert(row, entry)
    else {
      const both = [row]
      insert(both, entry)
      this.#rows.set(entry.mapKey, both)
    }
  }

  remove(entry: CacheEntry): void {
    const row = this.#rows.get(entry.mapKey)
    if (!Array.isArray(row)) this.#rows.delete(entry.mapKey)
    else if (row.length === 1) this.#rows.delete(entry.mapKey)
    else row.splice(lastAtOrBefore(row, entry.major, entry.minor), 1)
  }

  clear(): void {
    this.#rows.clear()
  }
}

function insert(row: CacheEntry[], entry: CacheEntry): void {
  const at = lastAtOrBefore(row, entry.major, entry.minor) + 1
  if (at === row.length) row.push(entry)
  else row.splice(at, 0, entry)
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
