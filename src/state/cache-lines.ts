// What the record cache keeps of each entry in one line of memory of 64 bytes: look-ups, puts and the walk of the hand touch nothing else.
// FORMAT (in memory only; d: float64, i: int32)
//   d0 timestamp of the value   d1 timestamp of the record that put it   d2 its offset   d3 the value, where it is a number
//   d4 major   d5 minor   i12 number of the last put, -1: it is clean   i13 size in bytes   i14 row in the index, -1: none
//   i15 kind | used since the hand passed 0x08 | new to the bytes 0x10 | number of the origin << 5

export const DOUBLES = 8
export const INTS = 16
export const D = { timestamp: 0, contextTimestamp: 1, offset: 2, value: 3, major: 4, minor: 5 } as const
export const I = { putNumber: 12, byteCount: 13, row: 14, state: 15 } as const

const ENTRIES_MIN = 64

export class CacheLines {
  doubles!: Float64Array
  ints!: Int32Array

  constructor() {
    this.clear()
  }

  clear(): void {
    this.#allot(ENTRIES_MIN)
  }

  /** Makes room for an entry of that number. */
  fit(entry: number): void {
    if (entry * DOUBLES < this.doubles.length) return
    const old = this.doubles
    this.#allot((old.length / DOUBLES) * 2)
    this.doubles.set(old)
  }

  #allot(count: number): void {
    const memory = new ArrayBuffer(count * DOUBLES * 8)
    this.doubles = new Float64Array(memory)
    this.ints = new Int32Array(memory)
  }
}
