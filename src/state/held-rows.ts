// The first rows of a buffer in order of their keys, in memory beside its bytes: what was put a moment ago and is taken out a moment
// later need not be looked for in an order of all bytes.
//
// Invariants: every row of the bytes that is before the horizon is here; without a horizon all are. Rows come about in order, so one
// that comes late moves few. Only so many bytes are held: beyond, the horizon is the first row that is not.
import { compareKeys } from './byte-order.ts'

const HELD_BYTES_MAX = 8 * 1024 * 1024
const ROW_OVERHEAD_BYTES = 200
const TAKEN_MIN = 64

export interface HeldRow {
  readonly timestamp: number
  /** Of the bytes; begins with the timestamp. */
  readonly key: Buffer
  /** What it takes up beside the key. */
  readonly byteCount: number
}

export class HeldRows<R extends HeldRow> {
  readonly #bytesMax: number
  #rows: R[] = []
  #first = 0
  #byteCount = 0
  #horizon: Buffer | undefined

  /** Knows nothing: all rows are from the horizon on. */
  constructor(horizon: Buffer, bytesMax: number = HELD_BYTES_MAX) {
    this.#horizon = horizon
    this.#bytesMax = bytesMax
  }

  /** From here on rows are to be looked for in the bytes, once those before are taken; undefined: there are none. */
  get horizon(): Buffer | undefined {
    return this.#horizon
  }

  first(): R | undefined {
    return this.#rows[this.#first]
  }

  /** The first is gone from the bytes. */
  takeFirst(): void {
    this.#byteCount -= bytesOf(this.#rows[this.#first++] as R)
    if (this.#first < TAKEN_MIN || this.#first * 2 < this.#rows.length) return
    this.#rows = this.#rows.slice(this.#first)
    this.#first = 0
  }

  /** A new row of the bytes. */
  put(row: R): void {
    if (this.#horizon !== undefined && compareKeys(row.key, this.#horizon) >= 0) return
    const rows = this.#rows
    let at = rows.length
    while (at > this.#first && isBefore(row, rows[at - 1] as R)) at--
    if (at === rows.length) rows.push(row)
    else rows.splice(at, 0, row)
    this.#byteCount += bytesOf(row)
    if (this.#byteCount > this.#bytesMax) this.#dropLast()
  }

  /** Forgets all, and begins again at a row of the bytes; undefined: there are none. */
  beginAt(horizon: Buffer | undefined): void {
    this.#rows = []
    this.#first = this.#byteCount = 0
    this.#horizon = horizon
  }

  #dropLast(): void {
    const last = this.#rows.pop() as R
    this.#byteCount -= bytesOf(last)
    this.#horizon = last.key
  }
}

function bytesOf({ key, byteCount }: HeldRow): number {
  return ROW_OVERHEAD_BYTES + key.length + byteCount
}

function isBefore(a: HeldRow, b: HeldRow): boolean {
  return a.timestamp < b.timestamp || (a.timestamp === b.timestamp && compareKeys(a.key, b.key) < 0)
}
