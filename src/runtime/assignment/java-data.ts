// Java's DataOutputStream and ByteBuffer, as far as the user data of Kafka Streams' group members needs them: big-endian
// numbers, modified UTF-8 with a 2-byte length, byte strings with a 4-byte length.
import { TidemillError } from '../../base/index.ts'

export class JavaDataWriter {
  readonly #chunks: Buffer[] = []

  int8(value: number): this {
    return this.#push(1, (buffer) => buffer.writeInt8(value))
  }

  int16(value: number): this {
    return this.#push(2, (buffer) => buffer.writeInt16BE(value))
  }

  int32(value: number): this {
    return this.#push(4, (buffer) => buffer.writeInt32BE(value))
  }

  int64(value: number): this {
    return this.bigint64(BigInt(value))
  }

  bigint64(value: bigint): this {
    return this.#push(8, (buffer) => buffer.writeBigInt64BE(value))
  }

  raw(bytes: Uint8Array): this {
    this.#chunks.push(Buffer.from(bytes))
    return this
  }

  /** A 4-byte length and the bytes. */
  bytes(bytes: Uint8Array): this {
    return this.int32(bytes.length).raw(bytes)
  }

  /** A 2-byte length and modified UTF-8: surrogates one by one, U+0000 as two bytes. */
  utf(text: string): this {
    const encoded = encodeModifiedUtf8(text)
    return this.int16(encoded.length).raw(encoded)
  }

  finish(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  #push(length: number, write: (buffer: Buffer) => void): this {
    const buffer = Buffer.allocUnsafe(length)
    write(buffer)
    this.#chunks.push(buffer)
    return this
  }
}

export class JavaDataReader {
  readonly #buffer: Buffer
  readonly #what: string
  #position = 0

  constructor(buffer: Buffer, what: string) {
    this.#buffer = buffer
    this.#what = what
  }

  get remaining(): number {
    return this.#buffer.length - this.#position
  }

  int8(): number {
    return this.#buffer.readInt8(this.#take(1))
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#take(2))
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#take(4))
  }

  bigint64(): bigint {
    return this.#buffer.readBigInt64BE(this.#take(8))
  }

  int64(): number {
    const value = this.bigint64()
    if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) {
      throw this.#error(`the number ${value} is beyond 2^53`)
    }
    return Number(value)
  }

  raw(length: number): Buffer {
    const start = this.#take(length)
    return this.#buffer.subarray(start, start + length)
  }

  bytes(): Buffer {
    return this.raw(this.count())
  }

  /** A length that cannot be larger than what follows, for each element takes at least a byte. */
  count(): number {
    const count = this.int32()
    if (count < 0 || count > this.remaining) throw this.#error(`a length of ${count} with ${this.remaining} bytes left`)
    return count
  }

  utf(): string {
    return decodeModifiedUtf8(this.raw(this.int16() & 0xffff))
  }

  #take(length: number): number {
    if (length > this.remaining) throw this.#error(`${length} bytes are needed, ${this.remaining} are left`)
    const start = this.#position
    this.#position += length
    return start
  }

  #error(message: string): TidemillError {
    return new TidemillError('invalid-wire-data', `${this.#what}: ${message} (at byte ${this.#position})`)
  }
}

function encodeModifiedUtf8(text: string): Buffer {
  const bytes: number[] = []
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0 && unit < 0x80) bytes.push(unit)
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f))
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  }
  return Buffer.from(bytes)
}

function decodeModifiedUtf8(bytes: Buffer): string {
  let text = ''
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i++] as number
    const next = (): number => (bytes[i++] ?? 0) & 0x3f
    if (first < 0x80) text += String.fromCharCode(first)
    else if (first < 0xe0) text += String.fromCharCode(((first & 0x1f) << 6) | next())
    else text += String.fromCharCode(((first & 0x0f) << 12) | (next() << 6) | next())
  }
  return text
}
