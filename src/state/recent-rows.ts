// The visible rows of the keys of a join's window store, in memory beside the bytes: each record looks for its partners, and where a
// key's rows lie together in order of their time that costs one look-up, whatever engine keeps the bytes.
//
// Invariants: the rows of a key that is here are all its visible rows, by (time, put). Of keys that are not here nothing is
// known, unless the rows are complete: then they have none. They say what the bytes say, so they may be forgotten at any time.

/** Rows of one store that are kept; with more, none are kept for a retention. */
const RECENT_BYTES_MAX = 16 * 1024 * 1024
const KEY_OVERHEAD_BYTES = 160
const ROW_OVERHEAD_BYTES = 32
/** Rows at the front that are hidden are cut off when they are so many and half of all. */
const HIDDEN_ROWS_MIN = 32

interface KeyRows {
  times: number[]
  /** As they are where they are primitives, else their bytes. */
  values: unknown[]
  /** The first that is visible, as far as is known. */
  first: number
}

/** Rows of a key, ascending; a copy, for others may be put while it is read. */
export interface FoundRows {
  readonly times: readonly number[]
  readonly values: readonly unknown[]
}

const NO_ROWS: FoundRows = { times: [], values: [] }

export class RecentRows {
  readonly #retentionMs: number
  readonly #keys = new Map<unknown, KeyRows>()
  #byteCount = 0
  #nextSweepMs = -Infinity
  /** From this time of the store on rows are kept. */
  #onFromMs = -Infinity
  /** From this time on a key that is not here has no visible row: what was put unseen is hidden. */
  #completeFromMs = -Infinity

  /** Of a store that is empty. */
  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs
  }

  /** Whether it takes rows at that time of the store. */
  isOn(nowMs: number): boolean {
    return nowMs >= this.#onFromMs
  }

  /** undefined: not known, see load(). */
  find(mapKey: unknown, fromMs: number, toMs: number, nowMs: number): FoundRows | undefined {
    const rows = this.#keys.get(mapKey)
    if (rows !== undefined) return between(rows, fromMs, toMs)
    return nowMs >= this.#completeFromMs ? NO_ROWS : undefined
  }

  /** Takes all that is visible of a key that is not known. */
  load(mapKey: unknown, times: number[], values: unknown[], byteCount: number, nowMs: number): void {
    this.#keys.set(mapKey, { times, values, first: 0 })
    this.#grow(KEY_OVERHEAD_BYTES + times.length * ROW_OVERHEAD_BYTES + byteCount, nowMs)
  }

  /** A row that was put and is visible. False: the key is not known, see load(). */
  add(mapKey: unknown, timeMs: number, value: unknown, byteCount: number, nowMs: number): boolean {
    if (nowMs >= this.#nextSweepMs) this.#sweep(nowMs)
    let rows = this.#keys.get(mapKey)
    if (rows === undefined) {
      if (nowMs < this.#completeFromMs) return false
      rows = { times: [], values: [], first: 0 }
      this.#keys.set(mapKey, rows)
      this.#byteCount += KEY_OVERHEAD_BYTES
    }
    insert(rows, timeMs, value)
    this.#trim(rows, nowMs)
    this.#grow(ROW_OVERHEAD_BYTES + byteCount, nowMs)
    return true
  }

  /** Forgets all: rows may have come or gone unseen. */
  forget(nowMs: number): void {
    this.#keys.clear()
    this.#byteCount = 0
    this.#onFromMs = this.#nextSweepMs = -Infinity
    this.#completeFromMs = nowMs + this.#retentionMs
  }

  #grow(byteCount: number, nowMs: number): void {
    this.#byteCount += byteCount
    if (this.#byteCount <= RECENT_BYTES_MAX) return
    this.forget(nowMs)
    this.#onFromMs = nowMs + this.#retentionMs
    this.#completeFromMs = this.#onFromMs + this.#retentionMs
  }

  #trim(rows: KeyRows, nowMs: number): void {
    const { times } = rows
    const hiddenMs = nowMs - this.#retentionMs
    while (rows.first < times.length && (times[rows.first] as number) <= hiddenMs) rows.first++
    if (rows.first < HIDDEN_ROWS_MIN || rows.first * 2 < times.length) return
    rows.times = times.slice(rows.first)
    rows.values = rows.values.slice(rows.first)
    rows.first = 0
  }

  /** Once a retention: keys that have no visible row any more go, and the bytes are counted again. */
  #sweep(nowMs: number): void {
    this.#nextSweepMs = nowMs + this.#retentionMs
    const hiddenMs = nowMs - this.#retentionMs
    const share = this.#byteCount / Math.max(1, this.#rowCount())
    for (const [mapKey, { times }] of this.#keys) {
      if (times.length === 0 || (times[times.length - 1] as number) <= hiddenMs) this.#keys.delete(mapKey)
    }
    this.#byteCount = Math.round(share * this.#rowCount())
  }

  #rowCount(): number {
    let count = 0
    for (const { times } of this.#keys.values()) count += times.length
    return count
  }
}

function between({ times, values, first }: KeyRows, fromMs: number, toMs: number): FoundRows {
  const from = firstAfter(times, first, fromMs - 1)
  const to = firstAfter(times, first, toMs)
  return to <= from ? NO_ROWS : { times: times.slice(from, to), values: values.slice(from, to) }
}

/** The first position whose time is after; most are looked for near the end. */
function firstAfter(times: readonly number[], first: number, timeMs: number): number {
  let high = times.length
  for (let left = 8; left > 0; left--, high--) if (high <= first || (times[high - 1] as number) <= timeMs) return high
  let low = first
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] as number) <= timeMs) low = middle + 1
    else high = middle
  }
  return low
}

/** Behind all of the same time. */
function insert({ times, values, first }: KeyRows, timeMs: number, value: unknown): void {
  const last = times.length - 1
  if (last < 0 || (times[last] as number) <= timeMs) {
    times.push(timeMs)
    values.push(value)
    return
  }
  const at = firstAfter(times, first, timeMs)
  times.splice(at, 0, timeMs)
  values.splice(at, 0, value)
}
