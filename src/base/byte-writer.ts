// A growing buffer to append to: big-endian numbers, bytes, text. Reset and used again; what is taken from it is copied.
// Invariant: bytes before `position` are written; `buffer` may be another one after any append.

const LATIN_FAST_MAX = 24

export class ByteWriter {
  buffer: Buffer
  position = 0
  /** How often it was begun anew. */
  resetCount = 0

  constructor(capacity = 1_024) {
    this.buffer = Buffer.allocUnsafe(capacity)
  }

  reset(): void {
    this.position = 0
    this.resetCount++
  }

  /** Makes room and returns where to write; the caller moves `position`. */
  reserve(byteCount: number): number {
    if (this.position + byteCount > this.buffer.length) this.#grow(byteCount)
    return this.position
  }

  uint8(value: number): void {
    const at = this.reserve(1)
    this.buffer[at] = value
    this.position = at + 1
  }

  int16(value: number): void {
    const at = this.reserve(2)
    this.position = this.buffer.writeInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.reserve(4)
    const { buffer } = this
    buffer[at] = value >>> 24
    buffer[at + 1] = value >>> 16
    buffer[at + 2] = value >>> 8
    buffer[at + 3] = value
    this.position = at + 4
  }

  /** A safe integer as 8 bytes. */
  int64(value: number): void {
    const at = this.reserve(8)
    writeInt64(this.buffer, value, at)
    this.position = at + 8
  }

  bigint64(value: bigint): void {
    const at = this.reserve(8)
    this.position = this.buffer.writeBigInt64BE(value, at)
  }

  float32(value: number): void {
    const at = this.reserve(4)
    this.position = this.buffer.writeFloatBE(value, at)
  }

  float64(value: number): void {
    const at = this.reserve(8)
    this.position = this.buffer.writeDoubleBE(value, at)
  }

  /** Kafka's signed zig-zag varint of an int32. */
  varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    const at = this.reserve(5)
    const { buffer } = this
    let position = at
    while (rest > 0x7f) {
      buffer[position++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    buffer[position++] = rest
    this.position = position
  }

  bytes(source: Uint8Array): void {
    const at = this.reserve(source.length)
    this.buffer.set(source, at)
    this.position = at + source.length
  }

  /** A range of another buffer. */
  range(source: Buffer, start: number, end: number): void {
    const at = this.reserve(end - start)
    source.copy(this.buffer, at, start, end)
    this.position = at + end - start
  }

  /** Text as UTF-8; lone surrogates become U+FFFD, as Buffer writes them. */
  utf8(text: string): void {
    const { length } = text
    const at = this.reserve(length * 3)
    if (length <= LATIN_FAST_MAX && this.#ascii(text, at)) return
    this.position = at + this.buffer.write(text, at, 'utf8')
  }

  /** int32 length and bytes; null is -1. */
  int32Bytes(source: Uint8Array | null): void {
    if (source === null) return this.int32(-1)
    this.int32(source.length)
    this.bytes(source)
  }

  /** A copy of everything written. */
  toBuffer(): Buffer {
    return this.slice(0, this.position)
  }

  /** A copy of a range. */
  slice(start: number, end: number): Buffer {
    const copy = Buffer.allocUnsafe(end - start)
    copyShort(this.buffer, start, end, copy)
    return copy
  }

  // Short text is nearly always ASCII; a loop beats the call into the runtime up to about this length.
  #ascii(text: string, at: number): boolean {
    const { buffer } = this
    const { length } = text
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return false
      buffer[at + i] = code
    }
    this.position = at + length
    return true
  }

  #grow(byteCount: number): void {
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.position + byteCount))
    this.buffer.copy(grown, 0, 0, this.position)
    this.buffer = grown
  }
}

/** Writes a safe integer as 8 big-endian bytes in two's complement. */
export function writeInt64(buffer: Uint8Array, value: number, at: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  const low = value - high * 0x1_0000_0000
  buffer[at] = high >>> 24
  buffer[at + 1] = high >>> 16
  buffer[at + 2] = high >>> 8
  buffer[at + 3] = high
  buffer[at + 4] = low >>> 24
  buffer[at + 5] = low >>> 16
  buffer[at + 6] = low >>> 8
  buffer[at + 7] = low
}

/** Reads 8 big-endian bytes as a number; exact up to 2^53 either side of 0. */
export function readInt64(buffer: Uint8Array, at: number): number {
  const high =
    ((buffer[at] as number) << 24) |
    ((buffer[at + 1] as number) << 16) |
    ((buffer[at + 2] as number) << 8) |
    (buffer[at + 3] as number)
  const low =
    (buffer[at + 4] as number) * 0x1_00_00_00 +
    (((buffer[at + 5] as number) << 16) | ((buffer[at + 6] as number) << 8) | (buffer[at + 7] as number))
  return high * 0x1_0000_0000 + low
}

function copyShort(source: Buffer, start: number, end: number, target: Buffer): void {
  if (end - start > 32) {
    source.copy(target, 0, start, end)
    return
  }
  for (let i = start, to = 0; i < end; i++, to++) target[to] = source[i] as number
}
