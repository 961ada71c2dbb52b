// The record cache of one store: typed keys and values, serialised, logged and forwarded only when they are flushed, once per
// dirty key. Java: NamedCache.
//
// Invariants: every entry is in the index and in the list by use (least recently used first); dirty ones are also in the list
// by last put, in whose order they are flushed. An entry that is not dirty says what the bytes below say. Values that are not
// primitives are either `bytes`, or a `value` that nobody outside the cache holds: it comes from an owner (putOwned) and goes
// to an owner (getOwned) alone, everybody else gets a copy.
import { RecordHeaders } from '../record/index.ts'

export interface CacheEntry {
  readonly key: unknown
  /** The key itself where it is a primitive, else its encoded bytes as text. */
  readonly mapKey: unknown
  /** Window start, or session end; 0 in key-value stores. */
  readonly major: number
  /** Session start; 0 elsewhere. */
  readonly minor: number
  /** Encoded, once it is known. */
  keyBytes: Buffer | undefined
  value: unknown
  bytes: Buffer | undefined
  /** False: deleted, or known not to be there. */
  isPresent: boolean
  timestamp: number
  headers: RecordHeaders
  /** The context of the record that last put it. */
  topic: string | null
  partition: number
  offset: number
  contextTimestamp: number
  contextHeaders: RecordHeaders
  byteCount: number
  isDirty: boolean
  older: CacheEntry | undefined
  newer: CacheEntry | undefined
  dirtyBefore: CacheEntry | undefined
  dirtyAfter: CacheEntry | undefined
}

/** What an entry costs beside key and value. */
export const ENTRY_OVERHEAD_BYTES = 200

export class RecordCache {
  readonly #index: KeyIndex | WindowIndex
  #oldest: CacheEntry | undefined
  #newest: CacheEntry | undefined
  #firstDirty: CacheEntry | undefined
  #lastDirty: CacheEntry | undefined
  #byteCount = 0
  #size = 0
  #dirtyCount = 0

  constructor(kind: 'key-value' | 'windowed') {
    this.#index = kind === 'key-value' ? new KeyIndex() : new WindowIndex()
  }

  get byteCount(): number {
    return this.#byteCount
  }

  get size(): number {
    return this.#size
  }

  get dirtyCount(): number {
    return this.#dirtyCount
  }

  /** The entry, now the one used last. */
  find(mapKey: unknown, major: number, minor: number): CacheEntry | undefined {
    const entry = this.#index.find(mapKey, major, minor)
    if (entry !== undefined && entry !== this.#newest) {
      this.#unlink(entry)
      this.#append(entry)
    }
    return entry
  }

  /** A new, clean entry that is not there: to be filled by the caller. */
  add(key: unknown, mapKey: unknown, major: number, minor: number, byteCount: number): CacheEntry {
    const entry: CacheEntry = {
      key,
      mapKey,
      major,
      minor,
      keyBytes: undefined,
      value: undefined,
      bytes: undefined,
      isPresent: false,
      timestamp: -1,
      headers: RecordHeaders.empty,
      topic: null,
      partition: -1,
      offset: -1,
      contextTimestamp: -1,
      contextHeaders: RecordHeaders.empty,
      byteCount,
      isDirty: false,
      older: undefined,
      newer: undefined,
      dirtyBefore: undefined,
      dirtyAfter: undefined,
    }
    this.#index.add(entry)
    this.#append(entry)
    this.#byteCount += byteCount
    this.#size++
    return entry
  }

  resize(entry: CacheEntry, byteCount: number): void {
    this.#byteCount += byteCount - entry.byteCount
    entry.byteCount = byteCount
  }

  /** Moves it to the end of those to be flushed. */
  markDirty(entry: CacheEntry): void {
    if (entry.isDirty) {
      if (entry === this.#lastDirty) return
      this.#unlinkDirty(entry)
    } else {
      entry.isDirty = true
      this.#dirtyCount++
    }
    entry.dirtyBefore = this.#lastDirty
    entry.dirtyAfter = undefined
    if (this.#lastDirty === undefined) this.#firstDirty = entry
    else this.#lastDirty.dirtyAfter = entry
    this.#lastDirty = entry
  }

  /** All dirty entries in the order of their last put; they are clean now. A given one comes first. */
  takeDirty(first?: CacheEntry): readonly CacheEntry[] {
    const taken: CacheEntry[] = []
    if (first?.isDirty === true) {
      this.#clean(first)
      taken.push(first)
    }
    for (let entry = this.#firstDirty; entry !== undefined; entry = this.#firstDirty) {
      this.#clean(entry)
      taken.push(entry)
    }
    return taken
  }

  /** Takes out the entry that was used least recently; it may be dirty still. */
  evict(): CacheEntry | undefined {
    const entry = this.#oldest
    if (entry !== undefined) this.#removeFromCache(entry)
    return entry
  }

  /** Takes out a clean entry. */
  remove(entry: CacheEntry): void {
    if (this.#index.find(entry.mapKey, entry.major, entry.minor) === entry) this.#removeFromCache(entry)
  }

  *dirty(): IterableIterator<CacheEntry> {
    for (let entry = this.#firstDirty; entry !== undefined; entry = entry.dirtyAfter) yield entry
  }

  /** Entries of one key in ascending order of major, minor. Empty in key-value stores' caches. */
  row(mapKey: unknown): readonly CacheEntry[] {
    return this.#index.row(mapKey)
  }

  clear(): void {
    this.#index.clear()
    this.#oldest = this.#newest = this.#firstDirty = this.#lastDirty = undefined
    this.#byteCount = this.#size = this.#dirtyCount = 0
  }

  #removeFromCache(entry: CacheEntry): void {
    this.#unlink(entry)
    this.#index.remove(entry)
    this.#byteCount -= entry.byteCount
    this.#size--
  }

  #clean(entry: CacheEntry): void {
    this.#unlinkDirty(entry)
    entry.dirtyBefore = entry.dirtyAfter = undefined
    entry.isDirty = false
    this.#dirtyCount--
  }

  #append(entry: CacheEntry): void {
    entry.older = this.#newest
    entry.newer = undefined
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
  }

  #unlink(entry: CacheEntry): void {
    if (entry.older === undefined) this.#oldest = entry.newer
    else entry.older.newer = entry.newer
    if (entry.newer === undefined) this.#newest = entry.older
    else entry.newer.older = entry.older
  }

  #unlinkDirty(entry: CacheEntry): void {
    if (entry.dirtyBefore === undefined) this.#firstDirty = entry.dirtyAfter
    else entry.dirtyBefore.dirtyAfter = entry.dirtyAfter
    if (entry.dirtyAfter === undefined) this.#lastDirty = entry.dirtyBefore
    else entry.dirtyAfter.dirtyBefore = entry.dirtyBefore
  }
}

const NO_ENTRIES: readonly CacheEntry[] = []

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

  row(): readonly CacheEntry[] {
    return NO_ENTRIES
  }

  clear(): void {
    this.#entries.clear()
  }
}

/** By key, then ascending by major, minor: most look-ups are for the last few. */
class WindowIndex {
  readonly #rows = new Map<unknown, CacheEntry[]>()

  find(mapKey: unknown, major: number, minor: number): CacheEntry | undefined {
    const row = this.#rows.get(mapKey)
    if (row === undefined) return undefined
    const entry = row[lastAtOrBefore(row, major, minor)]
    return entry !== undefined && entry.major === major && entry.minor === minor ? entry : undefined
  }

  add(entry: CacheEntry): void {
    const row = this.#rows.get(entry.mapKey)
    if (row === undefined) this.#rows.set(entry.mapKey, [entry])
    else {
      const at = lastAtOrBefore(row, entry.major, entry.minor) + 1
      if (at === row.length) row.push(entry)
      else row.splice(at, 0, entry)
    }
  }

  remove(entry: CacheEntry): void {
    const row = this.#rows.get(entry.mapKey)
    if (row === undefined) return
    if (row.length === 1) this.#rows.delete(entry.mapKey)
    else row.splice(lastAtOrBefore(row, entry.major, entry.minor), 1)
  }

  row(mapKey: unknown): readonly CacheEntry[] {
    return this.#rows.get(mapKey) ?? NO_ENTRIES
  }

  clear(): void {
    this.#rows.clear()
  }
}

/** The last position at or before (major, minor); -1 where all are after it. */
function lastAtOrBefore(row: readonly CacheEntry[], major: number, minor: number): number {
  let high = row.length - 1
  // The newest dozen by hand, then by halves.
  for (let left = 12; left > 0 && high >= 0; left--, high--)
    if (!isAfter(row[high] as CacheEntry, major, minor)) return high
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
