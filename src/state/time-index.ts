// Which rows of a store there may be at each time: what closes is looked up by time without an order in the bytes, which would cost each
// put. In memory, of the rows before a horizon; it is filled from the store when it is asked for the first time, and again beyond.
//
// Invariants: once it is filled, each row of the store from its beginning to before the horizon is noted at its time. What is noted may be gone, or noted twice:
// who reads looks at the store.

/** Rows that are noted at most, but for those of one millisecond. */
const NOTED_MAX = 500_000

export interface NotedRow<K> {
  readonly key: K
  readonly minor: number
}

export interface TimedRow<K> extends NotedRow<K> {
  readonly major: number
}

/** A store that is read in order of time. */
export interface RowsFrom<K> {
  timedRows(from: number): Iterable<TimedRow<K>>
}

const NO_TIMES: readonly number[] = []

export class TimeIndex<K> {
  readonly #notedMax: number
  readonly #buckets = new Map<number, NotedRow<K>[]>()
  /** The times of the buckets, ascending. */
  #majors: number[] = []
  #first = 0
  #count = 0
  /** What is before it is not noted. */
  #begin = -Infinity
  /** What is at it or later is not noted; -Infinity: not filled. */
  #horizon = -Infinity

  constructor(notedMax: number = NOTED_MAX) {
    this.#notedMax = notedMax
  }

  /** A row that was put and may be new. */
  note(key: K, major: number, minor: number): void {
    if (major >= this.#horizon) return
    if (this.#count >= this.#notedMax) return this.forget()
    this.#add(key, major, minor)
  }

  /** The times from..to, both inclusive, at which there may be rows; of what knownTo() says. */
  majorsIn(from: number, to: number): readonly number[] {
    const start = this.#positionOf(from)
    let end = start
    const majors = this.#majors
    while (end < majors.length && (majors[end] as number) <= to) end++
    return end === start ? NO_TIMES : majors.slice(start, end)
  }

  /** In no order. */
  rowsAt(major: number): readonly NotedRow<K>[] {
    return this.#buckets.get(major) ?? []
  }

  /**
   * Makes sure that it knows what is at `from`, and says before which time it does. `rowsFrom` reads the rows of the store in order of
   * time, of which there are none before `lowest`.
   */
  knownTo(from: number, lowest: number, rowsFrom: RowsFrom<K>): number {
    if (this.#horizon === -Infinity || from < this.#begin) this.#fill(lowest, rowsFrom.timedRows(lowest))
    if (from >= this.#horizon) this.#fill(from, rowsFrom.timedRows(from))
    return this.#horizon
  }

  /** Rows before that time are gone. */
  dropBelow(major: number): void {
    const majors = this.#majors
    for (; this.#first < majors.length && (majors[this.#first] as number) < major; this.#first++) {
      const one = majors[this.#first] as number
      this.#count -= this.#buckets.get(one)?.length ?? 0
      this.#buckets.delete(one)
    }
    if (this.#first < 1_024 || this.#first * 2 < majors.length) return
    this.#majors = majors.slice(this.#first)
    this.#first = 0
  }

  /** Until it is asked again. */
  forget(): void {
    this.#buckets.clear()
    this.#majors = []
    this.#first = this.#count = 0
    this.#horizon = -Infinity
  }

  #fill(begin: number, rows: Iterable<TimedRow<K>>): void {
    this.forget()
    this.#begin = begin
    let last = -Infinity
    for (const { key, major, minor } of rows) {
      if (major !== last && this.#count >= this.#notedMax / 2) {
        this.#horizon = major
        return
      }
      last = major
      this.#add(key, major, minor)
    }
    this.#horizon = Infinity
  }

  #add(key: K, major: number, minor: number): void {
    this.#count++
    const bucket = this.#buckets.get(major)
    if (bucket !== undefined) {
      bucket.push({ key, minor })
      return
    }
    this.#buckets.set(major, [{ key, minor }])
    const majors = this.#majors
    if (majors.length === 0 || (majors[majors.length - 1] as number) < major) majors.push(major)
    else majors.splice(this.#positionOf(major), 0, major)
  }

  /** Of the first time that is not earlier. */
  #positionOf(major: number): number {
    const majors = this.#majors
    let low = this.#first
    let high = majors.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((majors[middle] as number) < major) low = middle + 1
      else high = middle
    }
    return low
  }
}
