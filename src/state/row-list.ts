// A few rows one after another in one buffer, appended in the order of their keys, and a cursor over them.
import { ByteWriter } from '../base/index.ts'
import type { ByteCursor } from './byte-store.ts'

/** A value end of -1 is null. */
export class RowList implements ByteCursor {
  buffer!: Buffer
  keyStart = 0
  keyEnd = 0
  valueStart = 0
  valueEnd = 0

  readonly #bytes = new ByteWriter(128)
  /** Of each row: start, end of the key, end of the value. */
  readonly #places: number[] = []
  readonly #isReverse: boolean
  #given = 0

  constructor(isReverse: boolean) {
    this.#isReverse = isReverse
  }

  get size(): number {
    return this.#places.length / 3
  }

  add(key: Buffer, keyLength: number, value: Buffer | undefined, valueLength: number): void {
    const bytes = this.#bytes
    const start = bytes.position
    bytes.range(key, 0, keyLength)
    const keyEnd = bytes.position
    if (value !== undefined) bytes.range(value, 0, valueLength)
    this.#places.push(start, keyEnd, value === undefined ? -1 : bytes.position)
  }

  next(): boolean {
    const places = this.#places
    if (this.#given * 3 >= places.length) return false
    const at = this.#isReverse ? places.length - 3 - this.#given * 3 : this.#given * 3
    this.#given++
    this.buffer = this.#bytes.buffer
    this.keyStart = places[at] as number
    this.keyEnd = this.valueStart = places[at + 1] as number
    this.valueEnd = places[at + 2] as number
    return true
  }

  close(): void {
    this.#given = this.size
  }
}
