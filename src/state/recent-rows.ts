// The latest rows of the keys of a window or session store, in memory beside cache and bytes: joins and aggregations look for the rows of
// a key with each record, and where these lie together in order of their time that costs one look-up, whatever keeps the bytes.
//
// Invariants: the rows of a key that is here are all its rows later than `keptMs` before the store's time, by (major, minor). Of keys that
// are not here, and of those in doubt, nothing is known, unless the rows are complete: then there are none of a key that is not
// here. They say what cache and bytes say, so they may be forgotten at any time.

/** Of one store; with more, nothing is kept for as long as rows are else. */
const RECENT_BYTES_MAX = 32 * 1024 * 1024
const KEY_OVERHEAD_BYTES = 200
const ROW_OVERHEAD_BYTES = 48
/** Rows at the front that are too old are cut off when they are so many and half of all. */
const OLD_ROWS_MIN = 8

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

interface KeyRows {
  majors: number[]
  minors: number[]
  values: unknown[]
  timestamps: number[]
  /** The first that is not too old, as far as is known. */
  first: number
  /** When a row of it came or went that may be taken or not: until it is loaded nothing is known. -Infinity: it is known. */
  doubtedMs: number
}

/** What a put was to the rows: of a key that is not known, of a row that was not there, of one that was. */
export const PUT = { unknown: 0, new: 1, again: 2 } as const

const KNOWN = -Infinity
const NO_COLUMNS: RowColumns = { majors: [], minors: [], values: [], timestamps: [] }
const NONE: FoundRows = NO_COLUMNS

export class RecentRows {
  readonly #keptMs: number
  readonly #keys = new Map<unknown, KeyRows>()
  #byteCount = 0
  #nextSweepMs = -Infinity
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

  /** Rows with a major from..to, both inclusive; undefined: not known, see load(). */
  find(mapKey: unknown, from: number, to: number, nowMs: number): FoundRows | undefined {
    const rows = this.#known(mapKey, from, nowMs)
    if (rows === undefined) return this.#isNone(mapKey, from, nowMs) ? NONE : undefined
    const start = firstAfter(rows, from, -Infinity, rows.first)
    const end = firstAfter(rows, to, Infinity, rows.first)
    return end <= start ? NONE : { majors: rows.majors.slice(start, end), values: rows.values.slice(start, end) }
  }

  /** The rows of a key from `from` on and later ones, for who reads them before the next put; undefined: not known. */
  columns(mapKey: unknown, from: number, nowMs: number): RowColumns | undefined {
    return this.#known(mapKey, from, nowMs) ?? (this.#isNone(mapKey, from, nowMs) ? NO_COLUMNS : undefined)
  }

  /** Takes the rows of a key that is not known from keptFrom() on. */
  load(mapKey: unknown, { majors, minors, values, timestamps }: RowColumns, nowMs: number): void {
    this.#drop(mapKey)
    this.#keys.set(mapKey, {
      majors: [...majors],
      minors: [...minors],
      values: [...values],
      timestamps: [...timestamps],
      first: 0,
      doubtedMs: KNOWN,
    })
    this.#grow(
      values.reduce<number>((sum, value) => sum + bytesOf(value), KEY_OVERHEAD_BYTES),
      nowMs,
    )
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
    let rows = this.#keys.get(mapKey)
    if (rows === undefined) {
      if (nowMs < this.#completeFromMs) return this.#putUnknown(mapKey, nowMs)
      rows = { majors: [], minors: [], values: [], timestamps: [], first: 0, doubtedMs: KNOWN }
      this.#keys.set(mapKey, rows)
      this.#byteCount += KEY_OVERHEAD_BYTES
    } else if (rows.doubtedMs !== KNOWN) return this.#putUnknown(mapKey, nowMs)
    const at = firstAfter(rows, major, minor, rows.first)
    if (at > 0 && rows.majors[at - 1] === major && rows.minors[at - 1] === minor) {
      rows.values[at - 1] = value
      rows.timestamps[at - 1] = timestamp
      return PUT.again
    }
    insert(rows, at, major, minor, value, timestamp)
    this.#trim(rows, nowMs)
    this.#grow(bytesOf(value), nowMs)
    return PUT.new
  }

  /** A row that is deleted. Whether it was there: undefined where that is not known. */
  remove(mapKey: unknown, major: number, minor: number, nowMs: number): boolean | undefined {
    const rows = this.#keys.get(mapKey)
    if (rows === undefined) return this.#isNone(mapKey, major, nowMs) ? false : undefined
    if (rows.doubtedMs !== KNOWN) return undefined
    const at = firstAfter(rows, major, minor, rows.first) - 1
    if (at < rows.first || rows.majors[at] !== major || rows.minors[at] !== minor) return undefined
    this.#byteCount -= bytesOf(rows.values[at])
    cut(rows, at)
    return true
  }

  /** A row came or went that may be taken or not: nothing is known of its key. */
  doubt(mapKey: unknown, nowMs: number): void {
    if (!this.isOn(nowMs)) return
    const rows = this.#keys.get(mapKey)
    if (rows !== undefined) rows.doubtedMs = nowMs
    else this.#keys.set(mapKey, { majors: [], minors: [], values: [], timestamps: [], first: 0, doubtedMs: nowMs })
  }

  /** Forgets all: rows may have come or gone unseen. */
  forget(nowMs: number): void {
    this.#keys.clear()
    this.#byteCount = 0
    this.#onFromMs = this.#nextSweepMs = -Infinity
    this.#completeFromMs = nowMs + this.#keptMs
  }

  #putUnknown(mapKey: unknown, nowMs: number): typeof PUT.unknown {
    this.doubt(mapKey, nowMs)
    return PUT.unknown
  }

  #known(mapKey: unknown, from: number, nowMs: number): KeyRows | undefined {
    if (from <= nowMs - this.#keptMs) return undefined
    const rows = this.#keys.get(mapKey)
    return rows === undefined || rows.doubtedMs !== KNOWN ? undefined : rows
  }

  #isNone(mapKey: unknown, from: number, nowMs: number): boolean {
    return from > nowMs - this.#keptMs && nowMs >= this.#completeFromMs && !this.#keys.has(mapKey)
  }

  #drop(mapKey: unknown): void {
    const rows = this.#keys.get(mapKey)
    if (rows === undefined) return
    this.#byteCount -= rows.values.reduce<number>((sum, value) => sum + bytesOf(value), KEY_OVERHEAD_BYTES)
    this.#keys.delete(mapKey)
  }

  #grow(byteCount: number, nowMs: number): void {
    this.#byteCount += byteCount
    if (this.#byteCount <= RECENT_BYTES_MAX) return
    this.forget(nowMs)
    this.#onFromMs = nowMs + this.#keptMs
    this.#completeFromMs = this.#onFromMs + this.#keptMs
  }

  #trim(rows: KeyRows, nowMs: number): void {
    const { majors } = rows
    const oldMs = nowMs - this.#keptMs
    while (rows.first < majors.length && (majors[rows.first] as number) <= oldMs) rows.first++
    if (rows.first < OLD_ROWS_MIN || rows.first * 2 < majors.length) return
    rows.majors = majors.slice(rows.first)
    rows.minors = rows.minors.slice(rows.first)
    rows.values = rows.values.slice(rows.first)
    rows.timestamps = rows.timestamps.slice(rows.first)
    rows.first = 0
  }

  /** Now and then: keys all of whose rows are too old go, and the bytes are counted again. */
  #sweep(nowMs: number): void {
    this.#nextSweepMs = nowMs + this.#keptMs
    const oldMs = nowMs - this.#keptMs
    for (const [mapKey, { majors, doubtedMs }] of this.#keys) {
      const latest = Math.max(doubtedMs, majors[majors.length - 1] ?? KNOWN)
      if (latest <= oldMs) this.#keys.delete(mapKey)
    }
    this.#byteCount = 0
    for (const { values } of this.#keys.values()) {
      this.#byteCount += KEY_OVERHEAD_BYTES
      for (let i = 0; i < values.length; i++) this.#byteCount += bytesOf(values[i])
    }
  }
}

/** What a row takes up, about. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return ROW_OVERHEAD_BYTES + value.length
  return ROW_OVERHEAD_BYTES
}

/** The first position from `first` on that is after (major, minor); most are looked for near the end. */
export function firstAfter({ majors, minors }: RowColumns, major: number, minor: number, first: number = 0): number {
  let high = majors.length
  for (let left = 8; left > 0; left--, high--) {
    if (high <= first || !isAfter(majors[high - 1] as number, minors[high - 1] as number, major, minor)) return high
  }
  let low = first
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isAfter(majors[middle] as number, minors[middle] as number, major, minor)) high = middle
    else low = middle + 1
  }
  return low
}

function isAfter(rowMajor: number, rowMinor: number, major: number, minor: number): boolean {
  return rowMajor > major || (rowMajor === major && rowMinor > minor)
}

function insert(rows: KeyRows, at: number, major: number, minor: number, value: unknown, timestamp: number): void {
  const { majors, minors, values, timestamps } = rows
  if (at === majors.length) {
    majors.push(major)
    minors.push(minor)
    values.push(value)
    timestamps.push(timestamp)
    return
  }
  majors.splice(at, 0, major)
  minors.splice(at, 0, minor)
  values.splice(at, 0, value)
  timestamps.splice(at, 0, timestamp)
}

function cut({ majors, minors, values, timestamps }: KeyRows, at: number): void {
  if (at === majors.length - 1) {
    majors.pop()
    minors.pop()
    values.pop()
    timestamps.pop()
    return
  }
  majors.splice(at, 1)
  minors.splice(at, 1)
  values.splice(at, 1)
  timestamps.splice(at, 1)
}
