// By what the record cache finds its entries: by key (key-value stores), or by key, major and minor (windows and sessions). Entries
// are numbers, NO_ENTRY is none.
//
// A key that was just decoded is found by the slot of its interned string, without its text's own hash; what is found is compared,
// so a slot may be wrong. All tables are arrays of small numbers: fewer lines and pages of memory than objects.
import { FORESEEN_MAX, type ForeseenKeys, internedSlot, internedText } from '../serde/index.ts'
import { type CacheLines, D, DOUBLES, I, INTS } from './cache-lines.ts'

export const NO_ENTRY = -1

export interface CacheIndex {
  find(mapKey: unknown, major: number, minor: number): number
  /** An entry that is not there; its line has major and minor. */
  add(entry: number, mapKey: unknown): void
  remove(entry: number): void
  /** The entries of one key, ascending by major, minor. */
  ofKey(mapKey: unknown): readonly number[]
  /** Puts the entries that keys will most likely ask for into a list. Returns how many. */
  foresee(keys: ForeseenKeys, entries: Int32Array): number
  clear(): void
}

/** So many entries of one key are foreseen. */
const RECENT = 16
export const FORESEEN_ENTRIES_MAX: number = FORESEEN_MAX * RECENT

const MEMO_LENGTH_MIN = 64
const MEMO_LENGTH_MAX = 1 << 18

/** What was found or added for the slot of an interned string: a number, 0 is none. */
export class SlotMemo {
  items: Int32Array = new Int32Array(MEMO_LENGTH_MIN)

  get(slot: number): number {
    return this.items[slot & (this.items.length - 1)] as number
  }

  set(slot: number, item: number): void {
    this.items[slot & (this.items.length - 1)] = item
  }

  /** Room for so many keys. */
  fit(count: number): void {
    const { length } = this.items
    if (count * 2 > length && length < MEMO_LENGTH_MAX) this.items = new Int32Array(length * 2)
  }

  clear(): void {
    this.items = new Int32Array(MEMO_LENGTH_MIN)
  }
}

export class KeyIndex implements CacheIndex {
  readonly #entries = new Map<unknown, number>()
  readonly #memo = new SlotMemo()
  /** By entry. */
  #mapKeys: unknown[] = []

  find(mapKey: unknown): number {
    if (mapKey !== internedText) return this.#entries.get(mapKey) ?? NO_ENTRY
    const slot = internedSlot
    const known = this.#memo.get(slot) - 1
    if (known >= 0 && this.#mapKeys[known] === mapKey) return known
    const entry = this.#entries.get(mapKey)
    if (entry === undefined) return NO_ENTRY
    this.#memo.set(slot, entry + 1)
    return entry
  }

  foresee({ slots, count }: ForeseenKeys, entries: Int32Array): number {
    const memo = this.#memo
    let found = 0
    for (let i = 0; i < count; i++) {
      const entry = memo.get(slots[i] as number)
      if (entry > 0) entries[found++] = entry - 1
    }
    let sum = 0
    for (let i = 0; i < found; i++) if (this.#mapKeys[entries[i] as number] === undefined) sum++
    this.touched = sum
    return found
  }

  ofKey(mapKey: unknown): readonly number[] {
    const entry = this.find(mapKey)
    return entry === NO_ENTRY ? [] : [entry]
  }

  add(entry: number, mapKey: unknown): void {
    this.#entries.set(mapKey, entry)
    if (entry === this.#mapKeys.length) this.#mapKeys.push(mapKey)
    else this.#mapKeys[entry] = mapKey
    this.#memo.fit(this.#entries.size)
  }

  remove(entry: number): void {
    this.#entries.delete(this.#mapKeys[entry])
    this.#mapKeys[entry] = undefined
  }

  clear(): void {
    this.#entries.clear()
    this.#memo.clear()
    this.#mapKeys = []
  }

  /** Keeps what only brings memory near from being optimised away. */
  touched = 0
}

export class WindowIndex implements CacheIndex {
  readonly #lines: CacheLines
  readonly #rows = new Map<unknown, number>()
  readonly #memo = new SlotMemo()
  // By row: its key, its entries ascending by (major, minor), and those that were found last, one for each of RECENT neighbouring
  // windows (one more than the entry, 0: none), in one line of memory.
  #mapKeys: unknown[] = []
  #entries: number[][] = []
  #recent = new Int32Array(RECENT)
  #freeRows: number[] = []
  #lastKey: unknown = undefined
  #lastSlot = NO_ENTRY
  #lastRow = NO_ENTRY
  /** What all majors are multiples of: windows are numbered by it. */
  #step = 0
  /** Where the window that was found last is among the recent ones. */
  #lastRecent = 0
  /** Entries of one key that were looked for in a row; those of the key before. */
  #run = 0
  #width = 1
  readonly #foreseenRows = new Int32Array(FORESEEN_MAX)

  constructor(lines: CacheLines) {
    this.#lines = lines
  }

  find(mapKey: unknown, major: number, minor: number): number {
    const row = this.#row(mapKey)
    if (row === NO_ENTRY) return NO_ENTRY
    const recent = this.#recentOf(major)
    this.#lastRecent = recent
    const at = row * RECENT + recent
    const near = (this.#recent[at] as number) - 1
    const { doubles, ints } = this.#lines
    if (
      near >= 0 &&
      ints[near * INTS + I.row] === row &&
      doubles[near * DOUBLES + D.major] === major &&
      doubles[near * DOUBLES + D.minor] === minor
    )
      return near
    const entries = this.#entries[row] as number[]
    const entry = entries[this.lastAtOrBefore(entries, major, minor)]
    if (entry === undefined) return NO_ENTRY
    if (doubles[entry * DOUBLES + D.major] !== major || doubles[entry * DOUBLES + D.minor] !== minor) return NO_ENTRY
    this.#recent[at] = entry + 1
    return entry
  }

  foresee({ slots, count }: ForeseenKeys, found: Int32Array): number {
    const memo = this.#memo
    const rows = this.#foreseenRows
    let rowCount = 0
    for (let i = 0; i < count; i++) {
      const row = memo.get(slots[i] as number)
      if (row > 0) rows[rowCount++] = row - 1
    }
    let sum = 0
    const recents = this.#recent
    for (let i = 0; i < rowCount; i++) {
      const row = rows[i] as number
      if (this.#mapKeys[row] === undefined) sum++
      sum += (recents[row * RECENT] as number) + (recents[row * RECENT + RECENT - 1] as number)
    }
    this.touched = sum
    const newest = this.#lastRecent
    const oldest = newest + 1 - this.#width
    let entryCount = 0
    for (let i = 0; i < rowCount; i++) {
      const first = (rows[i] as number) * RECENT
      for (let recent = oldest; recent <= newest; recent++) {
        const entry = recents[first + (recent & (RECENT - 1))] as number
        if (entry > 0) found[entryCount++] = entry - 1
      }
    }
    return entryCount
  }

  ofKey(mapKey: unknown): readonly number[] {
    const row = this.#row(mapKey)
    return row === NO_ENTRY ? [] : (this.#entries[row] as number[])
  }

  add(entry: number, mapKey: unknown): void {
    const { doubles, ints } = this.#lines
    const major = doubles[entry * DOUBLES + D.major] as number
    if (this.#step !== 1 && (this.#step === 0 || major % this.#step !== 0))
      this.#step = greatestCommonDivisor(major, this.#step)
    const known = this.#row(mapKey)
    const row = known === NO_ENTRY ? this.#addRow(mapKey) : known
    const entries = this.#entries[row] as number[]
    const at = this.lastAtOrBefore(entries, major, doubles[entry * DOUBLES + D.minor] as number) + 1
    if (at === entries.length) entries.push(entry)
    else entries.splice(at, 0, entry)
    ints[entry * INTS + I.row] = row
    this.#recent[row * RECENT + this.#recentOf(major)] = entry + 1
  }

  remove(entry: number): void {
    const { ints } = this.#lines
    const row = ints[entry * INTS + I.row] as number
    ints[entry * INTS + I.row] = NO_ENTRY
    const entries = this.#entries[row] as number[]
    entries.splice(entries.indexOf(entry), 1)
    if (entries.length > 0) return
    this.#rows.delete(this.#mapKeys[row])
    this.#mapKeys[row] = undefined
    this.#freeRows.push(row)
    if (row === this.#lastRow) this.#forgetLast()
  }

  clear(): void {
    this.#rows.clear()
    this.#memo.clear()
    this.#mapKeys = []
    this.#entries = []
    this.#recent = new Int32Array(RECENT)
    this.#freeRows = []
    this.#forgetLast()
  }

  /** The last position at or before (major, minor); -1 where all are after it. */
  lastAtOrBefore(entries: readonly number[], major: number, minor: number): number {
    let high = entries.length - 1
    // The newest dozen by hand, then by halves.
    for (let left = 12; left > 0 && high >= 0; left--, high--) {
      if (!this.#isAfter(entries[high] as number, major, minor)) return high
    }
    let low = 0
    while (low <= high) {
      const middle = (low + high) >>> 1
      if (this.#isAfter(entries[middle] as number, major, minor)) high = middle - 1
      else low = middle + 1
    }
    return high
  }

  #isAfter(entry: number, major: number, minor: number): boolean {
    const { doubles } = this.#lines
    const own = doubles[entry * DOUBLES + D.major] as number
    return own > major || (own === major && (doubles[entry * DOUBLES + D.minor] as number) > minor)
  }

  // Interned strings are compared with themselves only: two that differ would have to be read.
  #row(mapKey: unknown): number {
    const isInterned = mapKey === internedText
    const last = this.#lastRow
    if (isInterned ? internedSlot === this.#lastSlot && this.#mapKeys[last] === mapKey : mapKey === this.#lastKey) {
      this.#run++
      return last
    }
    const row = isInterned ? this.#rowOfSlot(mapKey, internedSlot) : (this.#rows.get(mapKey) ?? NO_ENTRY)
    if (row === NO_ENTRY) return row
    this.#width = Math.min(RECENT, this.#run)
    this.#run = 1
    this.#lastKey = mapKey
    this.#lastSlot = isInterned ? internedSlot : NO_ENTRY
    return (this.#lastRow = row)
  }

  #rowOfSlot(mapKey: unknown, slot: number): number {
    const known = this.#memo.get(slot) - 1
    if (known >= 0 && this.#mapKeys[known] === mapKey) return known
    const row = this.#rows.get(mapKey)
    if (row === undefined) return NO_ENTRY
    this.#memo.set(slot, row + 1)
    return row
  }

  #addRow(mapKey: unknown): number {
    const row = this.#freeRows.pop() ?? this.#mapKeys.length
    if (row === this.#mapKeys.length) {
      this.#mapKeys.push(mapKey)
      this.#entries.push([])
      if ((row + 1) * RECENT > this.#recent.length) {
        const recent = new Int32Array(this.#recent.length * 2)
        recent.set(this.#recent)
        this.#recent = recent
      }
    } else this.#mapKeys[row] = mapKey
    this.#rows.set(mapKey, row)
    this.#memo.fit(this.#rows.size)
    return row
  }

  #recentOf(major: number): number {
    return (major / this.#step) & (RECENT - 1)
  }

  #forgetLast(): void {
    this.#lastKey = undefined
    this.#lastSlot = this.#lastRow = NO_ENTRY
    this.#run = 0
  }

  /** Keeps what only brings memory near from being optimised away. */
  touched = 0
}

/** At least 1. */
function greatestCommonDivisor(a: number, b: number): number {
  let [large, small] = [Math.abs(a), Math.abs(b)]
  while (small !== 0) [large, small] = [small, large % small]
  return large === 0 ? 1 : large
}
