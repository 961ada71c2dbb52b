// Reads Kafka's wire types from one frame. Every length is checked against the bytes that are left before anything is made of it.
// Bytes and records are views into the frame (written once, valid for ever, but they pin it). int64 becomes a number: values beyond
// 2^53 are refused, but for the two ends of the range, which peers send as "no limit" (they read as 2^63 and -2^63 and write back
// exactly). Tools that must keep every bit ask for `exactInt64`: such values are then bigints behind the type's back.
import { TidemillError } from '../base/index.ts'
import { shortString } from './short-string.ts'

/** 2^63 - 1 on the wire; as a number it is 2^63. */
export const INT64_MAX: number = 2 ** 63
/** -2^63, exact as a number. */
export const INT64_MIN: number = -(2 ** 63)
/** The uuid that stands for "none": 32 zeros. All uuids are 32 lower-case hex digits here. */
export const ZERO_UUID = '00000000000000000000000000000000'

export interface ReaderOptions {
  readonly position?: number
  readonly end?: number
  readonly exactInt64?: boolean
}

export class Reader {
  readonly buffer: Buffer
  /** Exclusive. */
  readonly end: number
  position: number
  readonly #exactInt64: boolean

  constructor(buffer: Buffer, options: ReaderOptions = {}) {
    this.buffer = buffer
    this.position = options.position ?? 0
    this.end = options.end ?? buffer.length
    this.#exactInt64 = options.exactInt64 ?? false
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Throws unless everything was read: bytes left over mean that the peer and we disagree on the format. */
  expectEnd(what: string): void {
    if (this.position !== this.end)
      throw invalid(
        `${what} has ${this.end - this.position} bytes left after its last field at position ${this.position}`,
      )
  }

  bool(): boolean {
    return this.int8() !== 0
  }

  int8(): number {
    const at = this.#take(1)
    return ((this.buffer[at] as number) << 24) >> 24
  }

  int16(): number {
    const at = this.#take(2)
    const buffer = this.buffer
    return (((buffer[at] as number) << 24) | ((buffer[at + 1] as number) << 16)) >> 16
  }

  uint16(): number {
    return this.int16() & 0xffff
  }

  int32(): number {
    const at = this.#take(4)
    const buffer = this.buffer
    return (
      ((buffer[at] as number) << 24) |
      ((buffer[at + 1] as number) << 16) |
      ((buffer[at + 2] as number) << 8) |
      (buffer[at + 3] as number)
    )
  }

  uint32(): number {
    return this.int32() >>> 0
  }

  int64(): number {
    const high = this.int32()
    const low = this.int32() >>> 0
    if (high >= -0x20_0000 && high < 0x20_0000) return high * 0x1_0000_0000 + low
    return this.#wideInt64(high, low)
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.#take(8))
  }

  /** An unsigned variable-length integer of at most 32 bits. */
  uvarint(): number {
    const buffer = this.buffer
    let at = this.position
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= this.end) throw this.#tooShort(1)
      const byte = buffer[at++] as number
      if (shift === 28 && byte > 0x0f) break
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.position = at
        return value >>> 0
      }
    }
    throw invalid(`the variable-length integer at position ${this.position} has more than 32 bits`)
  }

  uuid(): string {
    const at = this.#take(16)
    const buffer = this.buffer
    if (buffer[at] === 0 && buffer[at + 15] === 0 && isZero(buffer, at)) return ZERO_UUID
    return buffer.toString('hex', at, at + 16)
  }

  string(flexible: boolean): string {
    return this.nullableString(flexible) ?? this.#notNull('string')
  }

  nullableString(flexible: boolean): string | null {
    const length = flexible ? this.uvarint() - 1 : this.int16()
    if (length < 0) return this.#nullLength(length)
    const start = this.#take(length)
    return shortString(this.buffer, start, start + length)
  }

  bytes(flexible: boolean): Buffer {
    return this.nullableBytes(flexible) ?? this.#notNull('byte string')
  }

  /** A view into the frame. */
  nullableBytes(flexible: boolean): Buffer | null {
    const length = flexible ? this.uvarint() - 1 : this.int32()
    if (length < 0) return this.#nullLength(length)
    const start = this.#take(length)
    return this.buffer.subarray(start, start + length)
  }

  /** The number of elements to come, each of `sizeMin` bytes at least. */
  arrayLength(flexible: boolean, sizeMin: number): number {
    const length = this.nullableArrayLength(flexible, sizeMin)
    if (length < 0) this.#notNull('array')
    return length
  }

  /** The same, -1 for null. */
  nullableArrayLength(flexible: boolean, sizeMin: number): number {
    const length = flexible ? this.uvarint() - 1 : this.int32()
    if (length < 0) this.#nullLength(length)
    else if (length * sizeMin > this.remaining)
      throw invalid(
        `an array of ${length} elements at position ${this.position} cannot fit in the ${this.remaining} bytes that are left`,
      )
    return length
  }

  int8s(flexible: boolean): readonly number[] {
    const result: number[] = []
    for (let left = this.arrayLength(flexible, 1); left > 0; left--) result.push(this.int8())
    return result
  }

  int16s(flexible: boolean): readonly number[] {
    const result: number[] = []
    for (let left = this.arrayLength(flexible, 2); left > 0; left--) result.push(this.int16())
    return result
  }

  int32s(flexible: boolean): readonly number[] {
    return this.nullableInt32s(flexible) ?? this.#notNull('array')
  }

  nullableInt32s(flexible: boolean): readonly number[] | null {
    let left = this.nullableArrayLength(flexible, 4)
    if (left < 0) return null
    const result: number[] = []
    for (; left > 0; left--) result.push(this.int32())
    return result
  }

  int64s(flexible: boolean): readonly number[] {
    const result: number[] = []
    for (let left = this.arrayLength(flexible, 8); left > 0; left--) result.push(this.int64())
    return result
  }

  uuids(flexible: boolean): readonly string[] {
    const result: string[] = []
    for (let left = this.arrayLength(flexible, 16); left > 0; left--) result.push(this.uuid())
    return result
  }

  strings(flexible: boolean): readonly string[] {
    return this.nullableStrings(flexible) ?? this.#notNull('array')
  }

  nullableStrings(flexible: boolean): readonly string[] | null {
    let left = this.nullableArrayLength(flexible, flexible ? 1 : 2)
    if (left < 0) return null
    const result: string[] = []
    for (; left > 0; left--) result.push(this.string(flexible))
    return result
  }

  /** Skips a struct's tagged fields: none of them is known. */
  skipTags(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint()
      this.position = this.tagEnd()
    }
  }

  /** Reads the size of a tagged field; returns where it ends. */
  tagEnd(): number {
    const size = this.uvarint()
    if (size > this.remaining) throw this.#tooShort(size)
    return this.position + size
  }

  /** Goes to the end of a tagged field whose known part was read. */
  endTag(end: number): void {
    if (this.position > end)
      throw invalid(`a tagged field that ends at position ${end} was read up to ${this.position}`)
    this.position = end
  }

  #take(count: number): number {
    const at = this.position
    if (count > this.end - at) throw this.#tooShort(count)
    this.position = at + count
    return at
  }

  #tooShort(count: number): TidemillError {
    return invalid(`${count} bytes are needed at position ${this.position}, but the data ends at ${this.end}`)
  }

  #nullLength(length: number): null {
    if (length < -1) throw invalid(`the length before position ${this.position} is ${length}`)
    return null
  }

  #notNull(what: string): never {
    throw invalid(`a ${what} before position ${this.position} is null where it must not be`)
  }

  #wideInt64(high: number, low: number): number {
    if (high === 0x7fff_ffff && low === 0xffff_ffff) return INT64_MAX
    if (high === -0x8000_0000 && low === 0) return INT64_MIN
    const exact = (BigInt(high) << 32n) | BigInt(low)
    // The documented exception to the type: only tools ask for it.
    if (this.#exactInt64) return exact as unknown as number
    throw invalid(`the int64 ${exact} at position ${this.position - 8} is beyond 2^53, the largest that is supported`)
  }
}

function isZero(buffer: Buffer, at: number): boolean {
  for (let i = at; i < at + 16; i++) if (buffer[i] !== 0) return false
  return true
}

function invalid(message: string): TidemillError {
  return new TidemillError('invalid-wire-data', message)
}
