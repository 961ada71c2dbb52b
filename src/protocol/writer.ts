// Writes Kafka's wire types as a list of chunks. Small things are copied into pieces of a slab, byte strings of 2 KB and more go in by
// reference. What `finish` hands out is never written again: the slab's rest serves the next writer. Invariant: at most one writer
// holds the shared slab; one that is started meanwhile takes a new one.
import { TidemillError } from '../base/index.ts'
import { INT64_MAX, INT64_MIN, ZERO_UUID } from './reader.ts'

/** Byte strings from here on are not copied. */
const BY_REFERENCE_MIN = 2048
const SLAB_SIZE = 32 * 1024
const SLAB_REST_MIN = 512
/** Shorter strings are tried as ASCII, char by char (faster than a native call up to about here). */
const ASCII_LENGTH_MAX = 40

/** What a field of type records may be given as: one buffer, or several that follow one another. */
export type RecordsInput = Buffer | readonly Buffer[] | null

let sharedSlab: Buffer | undefined

export class Writer {
  #slab: Buffer
  /** Where the open chunk begins in the slab. */
  #start = 0
  #position = 0
  #closedSize = 0
  readonly #chunks: Buffer[] = []

  constructor() {
    this.#slab = sharedSlab ?? Buffer.allocUnsafeSlow(SLAB_SIZE)
    sharedSlab = undefined
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#closedSize + this.#position - this.#start
  }

  /** Ends the writing; the chunks belong to the caller. */
  finish(): Buffer[] {
    this.#closeChunk()
    if (this.#slab.length - this.#position >= SLAB_REST_MIN) sharedSlab = this.#slab.subarray(this.#position)
    this.#slab = NO_SLAB
    return this.#chunks
  }

  /** Ends the writing; all in one buffer. */
  toBuffer(): Buffer {
    const size = this.size
    const chunks = this.finish()
    return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int8(value: number): void {
    const at = this.#take(1)
    this.#slab[at] = value
  }

  int16(value: number): void {
    const at = this.#take(2)
    const slab = this.#slab
    slab[at] = value >> 8
    slab[at + 1] = value
  }

  uint16(value: number): void {
    this.int16(value)
  }

  int32(value: number): void {
    const at = this.#take(4)
    const slab = this.#slab
    slab[at] = value >> 24
    slab[at + 1] = value >> 16
    slab[at + 2] = value >> 8
    slab[at + 3] = value
  }

  uint32(value: number): void {
    this.int32(value)
  }

  int64(value: number): void {
    if (!Number.isSafeInteger(value)) return this.#wideInt64(value)
    const high = Math.floor(value / 0x1_0000_0000)
    this.int32(high)
    this.int32(value - high * 0x1_0000_0000)
  }

  float64(value: number): void {
    const at = this.#take(8)
    this.#slab.writeDoubleBE(value, at)
  }

  uvarint(value: number): void {
    const at = this.#take(5)
    const slab = this.#slab
    let end = at
    let rest = value
    while (rest > 0x7f) {
      slab[end++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    slab[end++] = rest
    this.#position = end
  }

  uuid(value: string): void {
    const at = this.#take(16)
    if (value === ZERO_UUID) this.#slab.fill(0, at, at + 16)
    else if (value.length !== 32 || this.#slab.write(value, at, 'hex') !== 16)
      throw new TidemillError('invalid-argument', `a uuid must be 32 hex digits, but is '${value}'`)
  }

  string(value: string, flexible: boolean): void {
    if (value === null) throw nullNotAllowed('string')
    if (value.length <= ASCII_LENGTH_MAX) {
      const at = this.#take(value.length + 2)
      if (this.#asciiString(value, at, flexible)) return
      this.#position = at
    }
    this.#longString(value, flexible)
  }

  nullableString(value: string | null, flexible: boolean): void {
    if (value !== null) this.string(value, flexible)
    else if (flexible) this.uvarint(0)
    else this.int16(-1)
  }

  bytes(value: Buffer, flexible: boolean): void {
    if (value === null) throw nullNotAllowed('byte string')
    this.#bytesLength(value.length, flexible)
    this.raw(value)
  }

  nullableBytes(value: Buffer | null, flexible: boolean): void {
    if (value !== null) this.bytes(value, flexible)
    else this.#bytesLength(-1, flexible)
  }

  nullableRecords(value: RecordsInput, flexible: boolean): void {
    if (value === null || Buffer.isBuffer(value)) return this.nullableBytes(value, flexible)
    let size = 0
    for (const part of value) size += part.length
    this.#bytesLength(size, flexible)
    for (const part of value) this.raw(part)
  }

  /** Bytes as they are, without a length; by reference from 2 KB on. */
  raw(value: Buffer): void {
    if (value.length >= BY_REFERENCE_MIN) {
      this.#closeChunk()
      this.#chunks.push(value)
      this.#closedSize += value.length
    } else {
      const at = this.#take(value.length)
      value.copy(this.#slab, at)
    }
  }

  /** The number of elements that follow; -1 is null. */
  arrayLength(length: number, flexible: boolean): void {
    if (flexible) this.uvarint(length + 1)
    else this.int32(length)
  }

  int8s(values: readonly number[], flexible: boolean): void {
    this.arrayLength(values.length, flexible)
    for (const value of values) this.int8(value)
  }

  int16s(values: readonly number[], flexible: boolean): void {
    this.arrayLength(values.length, flexible)
    for (const value of values) this.int16(value)
  }

  int32s(values: readonly number[], flexible: boolean): void {
    this.arrayLength(values.length, flexible)
    for (const value of values) this.int32(value)
  }

  nullableInt32s(values: readonly number[] | null, flexible: boolean): void {
    if (values === null) this.arrayLength(-1, flexible)
    else this.int32s(values, flexible)
  }

  int64s(values: readonly number[], flexible: boolean): void {
    this.arrayLength(values.length, flexible)
    for (const value of values) this.int64(value)
  }

  uuids(values: readonly string[], flexible: boolean): void {
    this.arrayLength(values.length, flexible)
    for (const value of values) this.uuid(value)
  }

  strings(values: readonly string[], flexible: boolean): void {
    this.arrayLength(values.length, flexible)
    for (const value of values) this.string(value, flexible)
  }

  nullableStrings(values: readonly string[] | null, flexible: boolean): void {
    if (values === null) this.arrayLength(-1, flexible)
    else this.strings(values, flexible)
  }

  /** A tagged field, written by another writer because its size goes before it. */
  tag(tag: number, content: Writer): void {
    this.uvarint(tag)
    this.uvarint(content.size)
    for (const chunk of content.finish()) this.raw(chunk)
  }

  #take(count: number): number {
    const at = this.#position
    if (at + count <= this.#slab.length) {
      this.#position = at + count
      return at
    }
    this.#closeChunk()
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_SIZE, count))
    this.#start = 0
    this.#position = count
    return 0
  }

  #closeChunk(): void {
    if (this.#position === this.#start) return
    this.#chunks.push(this.#slab.subarray(this.#start, this.#position))
    this.#closedSize += this.#position - this.#start
    this.#start = this.#position
  }

  /** Writes length and text if the text is ASCII; the length is one byte when compact, as it is below 127. */
  #asciiString(value: string, at: number, flexible: boolean): boolean {
    const slab = this.#slab
    const length = value.length
    let position = at
    if (flexible) slab[position++] = length + 1
    else {
      slab[position++] = 0
      slab[position++] = length
    }
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) return false
      slab[position++] = code
    }
    this.#position = position
    return true
  }

  #longString(value: string, flexible: boolean): void {
    const length = Buffer.byteLength(value, 'utf8')
    if (flexible) this.uvarint(length + 1)
    else if (length <= 0x7fff) this.int16(length)
    else
      throw new TidemillError('invalid-argument', `a string of ${length} bytes is longer than the 32767 that fit here`)
    const at = this.#take(length)
    this.#slab.write(value, at, length, 'utf8')
  }

  #bytesLength(length: number, flexible: boolean): void {
    if (flexible) this.uvarint(length + 1)
    else this.int32(length)
  }

  #wideInt64(value: number | bigint): void {
    if (typeof value === 'bigint' || value === INT64_MIN) return this.#int64Bits(BigInt(value))
    if (value === INT64_MAX) return this.#int64Bits((1n << 63n) - 1n)
    throw new TidemillError('invalid-argument', `an int64 must be an integer between -2^53 and 2^53, but is ${value}`)
  }

  #int64Bits(value: bigint): void {
    const at = this.#take(8)
    this.#slab.writeBigInt64BE(value, at)
  }
}

const NO_SLAB = Buffer.alloc(0)

function nullNotAllowed(what: string): TidemillError {
  return new TidemillError('invalid-argument', `a ${what} is null where this version of the message cannot say so`)
}
