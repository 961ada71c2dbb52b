// The latest rows of the keys of a window or session store, in memory beside cache and bytes: joins and aggregations look for the rows of
// a key with each record, and where these hang together in order of their time that costs one look-up, whatever keeps the bytes.
//
// Rows are numbers: what is small of them lies in a line of memory each, and those of a key are a chain from the latest to the oldest.
// There are no lists for the collector to walk through. What is too old is cut off where a row is put, and now and then from all keys.
//
// Invariants: the rows of a key that is here are all its rows later than `keptMs` before the store's time, by (major, minor). Of keys that
// are not here, and of those in doubt, nothing is known, unless the rows are complete: then there are none of a key that is not
// here. They say what cache and bytes say, so they may be forgotten at any time.
import { internedSlot, internedText } from '../serde/index.ts'
import { SlotMemo } from './cache-index.ts'

/** Of one store; with more, nothing is kept for as long as rows are else. */
const RECENT_BYTES_MAX = 32 * 1024 * 1024
const KEY_OVERHEAD_BYTES = 120
const ROW_OVERHEAD_BYTES = 80
const ROWS_MIN = 1_024
const KEYS_MIN = 256

/** Of a row, FORMAT (in memory only, float64): one line of memory. */
const LINE = 8
const MAJOR = 0
const MINOR = 1
const TIMESTAMP = 2
/** Its neighbours of the same key, NO_ROW where there is none; of a row that is free OLDER is the next free one. */
const OLDER = 3
const NEWER = 4

/** Ascending by major, minor; parallel. */
export interface RowColumns {
  readonly majors: readonly number[]
  readonly minors: readonly number[]
  /** As who keeps the rows wants them. */
  readonly values: readonly unknown[]
  readonly timestamps: readonly number[]
}

/** Of some rows of a key, which stay what they are while others are put. */
export interface FoundRows {
  readonly majors: readonly number[]
  readonly values: readonly unknown[]
}

/** What a put was to the rows: of a key that is not known, of a row that was not there, of one that was. */
export const PUT = { unknown: 0, new: 1, again: 2 } as const

export const NO_ROW = -1
/** In place of a row: it is not known whether there is one. */
export const UNKNOWN_ROW = -2
const NO_KEY = -1
const KNOWN = -Infinity
const NONE: FoundRows = { majors: [], values: [] }

export class RecentRows {
  readonly #keptMs: number
  // By row.
  #lines = new Float64Array(ROWS_MIN * LINE)
  #values: unknown[] = []
  #freeRow = NO_ROW
  // By number of the key.
  readonly #keys = new Map<unknown, number>()
  readonly #memo = new SlotMemo()
  #mapKeys: unknown[] = []
  #latest = new Float64Array(KEYS_MIN)
  #oldest = new Float64Array(KEYS_MIN)
  /** When a row of it came or went that may be taken or not: until it is loaded nothing is known. KNOWN: it is. */
  #doubtedMs = new Float64Array(KEYS_MIN)
  #freeKeys: number[] = []
  #byteCount = 0
  #nextSweepMs = -Infinity
  #found = new Int32Array(16)
  /** From this time of the store on rows are kept. */
  #onFromMs = -Infinity
  /** From this time on a key that is not here has no row: what was put unseen is too old. */
  #completeFromMs = -Infinity

  /** Of a store that is empty. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs
  }

  /** Whether it takes rows at that time of the store. */
  isOn(nowMs: number): boolean {
    return nowMs >= this.#onFromMs
  }

  /** Rows with an earlier major it does not have. */
  keptFrom(nowMs: number): number {
    return nowMs - this.#keptMs + 1
  }

  // ---- reading ----

  /** Rows with a major from..to, both inclusive; undefined: not known, see load(). */
  find(mapKey: unknown, from: number, to: number, nowMs: number): FoundRows | undefined {
    let row = this.lastBy(mapKey, from, to, nowMs)
    if (row < 0) return row === NO_ROW ? NONE : undefined
    let count = 0
    for (; row !== NO_ROW && this.majorOf(row) >= from; row = this.older(row)) {
      if (count === this.#found.length) this.#growFound()
      this.#found[count++] = row
    }
    if (count === 0) return NONE
    const found = this.#found
    const last = found[count - 1] as number
    const majors = [this.majorOf(last)]
    const values = [this.valueOf(last)]
    for (let i = count - 2; i >= 0; i--) {
      majors.push(this.majorOf(found[i] as number))
      values.push(this.valueOf(found[i] as number))
    }
    return { majors, values }
  }

  /** The last row with a major up to `to`, of which those from `from` on are asked for; NO_ROW, or UNKNOWN_ROW. */
  lastBy(mapKey: unknown, from: number, to: number, nowMs: number): number {
    if (from <= nowMs - this.#keptMs) return UNKNOWN_ROW
    const key = this.#keyOf(mapKey)
    if (key === NO_KEY) return nowMs >= this.#completeFromMs ? NO_ROW : UNKNOWN_ROW
    if (this.#doubtedMs[key] !== KNOWN) return UNKNOWN_ROW
    let row = this.#latest[key] as number
    while (row !== NO_ROW && this.majorOf(row) > to) row = this.older(row)
    return row
  }

  /** The row itself; NO_ROW, or UNKNOWN_ROW. */
  rowAt(mapKey: unknown, major: number, minor: number, nowMs: number): number {
    let row = this.lastBy(mapKey, major, major, nowMs)
    while (row >= 0 && this.majorOf(row) === major && this.minorOf(row) > minor) row = this.older(row)
    return row < 0 || (this.majorOf(row) === major && this.minorOf(row) === minor) ? row : NO_ROW
  }

  /** The next older one of the same key, or NO_ROW. */
  older(row: number): number {
    return this.#lines[row * LINE + OLDER] as number
  }

  majorOf(row: number): number {
    return this.#lines[row * LINE + MAJOR] as number
  }

  minorOf(row: number): number {
    return this.#lines[row * LINE + MINOR] as number
  }

  timestampOf(row: number): number {
    return this.#lines[row * LINE + TIMESTAMP] as number
  }

  valueOf(row: number): unknown {
    return this.#values[row]
  }

  // ---- writing ----

  /** Takes the rows of a key that is not known from keptFrom() on. */
  load(mapKey: unknown, { majors, minors, values, timestamps }: RowColumns, nowMs: number): void {
    const known = this.#keyOf(mapKey)
    if (known !== NO_KEY) this.#dropKey(known)
    const key = this.#addKey(mapKey)
    for (let i = 0; i < majors.length; i++) {
      const row = this.#addRow(majors[i] as number, minors[i] as number, values[i], timestamps[i] as number)
      this.#link(key, row, this.#latest[key] as number, NO_ROW)
    }
    this.#limit(nowMs)
  }

  /** A row that is put and sure to be taken. */
  put(
    mapKey: unknown,
    major: number,
    minor: number,
    value: unknown,
    timestamp: number,
    nowMs: number,
  ): (typeof PUT)[keyof typeof PUT] {
    if (nowMs >= this.#nextSweepMs) this.#sweep(nowMs)
    let key = this.#keyOf(mapKey)
    if (key === NO_KEY) {
      if (nowMs < this.#completeFromMs) return this.#putUnknown(mapKey, nowMs)
      key = this.#addKey(mapKey)
    } else if (this.#doubtedMs[key] !== KNOWN) return this.#putUnknown(mapKey, nowMs)
    let newer = NO_ROW
    let row = this.#latest[key] as number
    for (; row !== NO_ROW && this.#isAfter(row, major, minor); row = this.older(row)) newer = row
    if (row !== NO_ROW && this.majorOf(row) === major && this.minorOf(row) === minor) {
      this.#values[row] = value
      this.#lines[row * LINE + TIMESTAMP] = timestamp
      return PUT.again
    }
    this.#link(key, this.#addRow(major, minor, value, timestamp), row, newer)
    this.#trim(key, nowMs - this.#keptMs)
    this.#limit(nowMs)
    return PUT.new
  }

  /** A row that is deleted. Whether it was there: undefined where that is not known. */
  remove(mapKey: unknown, major: number, minor: number, nowMs: number): boolean | undefined {
    const key = this.#keyOf(mapKey)
    if (key === NO_KEY) return major > nowMs - this.#keptMs && nowMs >= this.#completeFromMs ? false : undefined
    if (this.#doubtedMs[key] !== KNOWN) return undefined
    const row = this.rowAt(mapKey, major, minor, nowMs)
    if (row < 0) return undefined
    this.#unlink(key, row)
    return true
  }

  /** A row came or went that may be taken or not: nothing is known of its key. */
  doubt(mapKey: unknown, nowMs: number): void {
    if (!this.isOn(nowMs)) return
    const known = this.#keyOf(mapKey)
    const key = known === NO_KEY ? this.#addKey(mapKey) : known
    this.#doubtedMs[key] = nowMs
  }

  /** Forgets all: rows may have come or gone unseen. */
  forget(nowMs: number): void {
    this.#keys.clear()
    this.#memo.clear()
    this.#mapKeys = []
    this.#freeKeys = []
    this.#lines = new Float64Array(ROWS_MIN * LINE)
    this.#values = []
    this.#freeRow = NO_ROW
    this.#latest = new Float64Array(KEYS_MIN)
    this.#oldest = new Float64Array(KEYS_MIN)
    this.#doubtedMs = new Float64Array(KEYS_MIN)
    this.#byteCount = 0
    this.#onFromMs = this.#nextSweepMs = -Infinity
    this.#completeFromMs = nowMs + this.#keptMs
  }

  #putUnknown(mapKey: unknown, nowMs: number): typeof PUT.unknown {
    this.doubt(mapKey, nowMs)
    return PUT.unknown
  }

  // ---- rows ----

  #addRow(major: number, minor: number, value: unknown, timestamp: number): number {
    let row = this.#freeRow
    if (row !== NO_ROW) {
      this.#freeRow = this.older(row)
      this.#values[row] = value
    } else {
      row = this.#values.push(value) - 1
      if (row * LINE === this.#lines.length) this.#lines = grown(this.#lines)
    }
    const lines = this.#lines
    const at = row * LINE
    lines[at + MAJOR] = major
    lines[at + MINOR] = minor
    lines[at + TIMESTAMP] = timestamp
    this.#byteCount += bytesOf(value)
    return row
  }

  #link(key: number, row: number, older: number, newer: number): void {
    const lines = this.#lines
    lines[row * LINE + OLDER] = older
    lines[row * LINE + NEWER] = newer
    if (older === NO_ROW) this.#oldest[key] = row
    else lines[older * LINE + NEWER] = row
    if (newer === NO_ROW) this.#latest[key] = row
    else lines[newer * LINE + OLDER] = row
  }

  #unlink(key: number, row: number): void {
    const lines = this.#lines
    const older = lines[row * LINE + OLDER] as number
    const newer = lines[row * LINE + NEWER] as number
    if (older === NO_ROW) this.#oldest[key] = newer
    else lines[older * LINE + NEWER] = newer
    if (newer === NO_ROW) this.#latest[key] = older
    else lines[newer * LINE + OLDER] = older
    this.#byteCount -= bytesOf(this.#values[row])
    this.#values[row] = undefined
    lines[row * LINE + OLDER] = this.#freeRow
    this.#freeRow = row
  }

  #isAfter(row: number, major: number, minor: number): boolean {
    const own = this.majorOf(row)
    return own > major || (own === major && this.minorOf(row) > minor)
  }

  #trim(key: number, oldMs: number): void {
    for (;;) {
      const oldest = this.#oldest[key] as number
      if (oldest === NO_ROW || this.majorOf(oldest) > oldMs) return
      this.#unlink(key, oldest)
    }
  }

  /** Now and then: what is too old, of keys that nothing is put of. */
  #sweep(nowMs: number): void {
    this.#nextSweepMs = nowMs + this.#keptMs
    const oldMs = nowMs - this.#keptMs
    for (let key = 0; key < this.#mapKeys.length; key++) {
      if (this.#mapKeys[key] === undefined) continue
      this.#trim(key, oldMs)
      if (this.#latest[key] === NO_ROW && (this.#doubtedMs[key] as number) <= oldMs) this.#dropKey(key)
    }
  }

  #growFound(): void {
    const found = new Int32Array(this.#found.length * 2)
    found.set(this.#found)
    this.#found = found
  }

  #limit(nowMs: number): void {
    if (this.#byteCount <= RECENT_BYTES_MAX) return
    this.forget(nowMs)
    this.#onFromMs = nowMs + this.#keptMs
    this.#completeFromMs = this.#onFromMs + this.#keptMs
  }

  // ---- keys ----

  // A key that was just decoded is known by the slot of its interned string.
  #keyOf(mapKey: unknown): number {
    if (mapKey !== internedText) return this.#keys.get(mapKey) ?? NO_KEY
    const slot = internedSlot
    const known = this.#memo.get(slot) - 1
    if (known >= 0 && this.#mapKeys[known] === mapKey) return known
    const key = this.#keys.get(mapKey)
    if (key === undefined) return NO_KEY
    this.#memo.set(slot, key + 1)
    return key
  }

  #addKey(mapKey: unknown): number {
    const key = this.#freeKeys.pop() ?? this.#mapKeys.length
    if (key === this.#latest.length) {
      this.#latest = grown(this.#latest)
      this.#oldest = grown(this.#oldest)
      this.#doubtedMs = grown(this.#doubtedMs)
    }
    this.#mapKeys[key] = mapKey
    this.#latest[key] = this.#oldest[key] = NO_ROW
    this.#doubtedMs[key] = KNOWN
    this.#keys.set(mapKey, key)
    this.#memo.fit(this.#keys.size)
    this.#byteCount += KEY_OVERHEAD_BYTES
    return key
  }

  #dropKey(key: number): void {
    this.#trim(key, Infinity)
    this.#keys.delete(this.#mapKeys[key])
    this.#mapKeys[key] = undefined
    this.#freeKeys.push(key)
    this.#byteCount -= KEY_OVERHEAD_BYTES
  }
}

/** What a row takes up, about. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return ROW_OVERHEAD_BYTES + value.length
  return ROW_OVERHEAD_BYTES
}

function grown(numbers: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const twice = new Float64Array(numbers.length * 2)
  twice.set(numbers)
  return twice
}
