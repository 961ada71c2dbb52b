// Lists in the bytes of Java's ListSerde. Elements of a fixed size are packed, with the places of nulls in front:
//   0x00 | int32 null count | int32 index of each null | int32 count | elements
// others carry their length, -1 for null:
//   0x01 | int32 count | (int32 length | bytes) of each
import { type ByteWriter, asBuffer } from '../base/index.ts'
import { encodeBy } from './encode.ts'
import { decodeError, encodeError, show } from './serde-error.ts'
import { type FastSerde, type RangeReader, type Serde, type SerdeContext, acceptsNull } from './serde.ts'
import { rangeReader, valueWriter } from './serde.ts'

const PACKED = 0
const PREFIXED = 1
const NULL_LENGTH = -1

/**
 * Reads and writes arrays of what another serde reads and writes. Java: Serdes.ListSerde, byte for byte.
 *
 * @example
 * const tags = topic('tags', { key: serdes.string, value: serdes.list(serdes.string) })
 */
export function list<T>(inner: Serde<T>): Serde<readonly T[]> {
  const byteCount = (inner as { readonly byteCount?: number | undefined }).byteCount
  const write = byteCount === undefined ? prefixedWriter(inner) : packedWriter(inner)
  const read = byteCount === undefined ? prefixedReader(inner) : packedReader(inner, byteCount)
  const encodeInto = (values: readonly T[], writer: ByteWriter, context: SerdeContext): void => {
    if (!Array.isArray(values)) throw encodeError(context, 'list', `it is ${show(values)}, not an array`)
    write(values, writer, context)
  }
  const serde: FastSerde<readonly T[]> = {
    encode: encodeBy(encodeInto),
    decode: (bytes, context) => read(asBuffer(bytes), 0, bytes.length, context),
    decodeRange: read,
    encodeInto,
  }
  return serde
}

type ListWriter<T> = (values: readonly T[], writer: ByteWriter, context: SerdeContext) => void

function packedWriter<T>(inner: Serde<T>): ListWriter<T> {
  const writeElement = valueWriter(inner)
  return (values, writer, context) => {
    writer.uint8(PACKED)
    const nulls = [...values.keys()].filter((index) => values[index] === null)
    writer.int32(nulls.length)
    for (const index of nulls) writer.int32(index)
    writer.int32(values.length)
    for (const value of values) if (value !== null) writeElement(value, writer, context)
  }
}

function prefixedWriter<T>(inner: Serde<T>): ListWriter<T> {
  const writeElement = valueWriter(inner)
  return (values, writer, context) => {
    writer.uint8(PREFIXED)
    writer.int32(values.length)
    for (const value of values) {
      writer.int32(NULL_LENGTH)
      if (value === null) continue
      const start = writer.position
      writeElement(value, writer, context)
      writer.buffer.writeInt32BE(writer.position - start, start - 4)
    }
  }
}

function packedReader<T>(inner: Serde<T>, byteCount: number): RangeReader<readonly T[]> {
  const readElement = rangeReader(inner)
  const nullElement = nullReader(inner)
  return (buffer, start, end, context) => {
    const bytes = new ListBytes(buffer, start, end, context)
    bytes.strategy(PACKED)
    const nulls = new Set<number>()
    for (let left = bytes.count(); left > 0; left--) nulls.add(bytes.int32())
    const length = bytes.count()
    const result: T[] = []
    for (let i = 0; i < length; i++) {
      if (nulls.has(i)) result.push(nullElement(context, i))
      else {
        const at = bytes.skip(byteCount)
        result.push(readElement(buffer, at, at + byteCount, context))
      }
    }
    bytes.finish()
    return result
  }
}

function prefixedReader<T>(inner: Serde<T>): RangeReader<readonly T[]> {
  const readElement = rangeReader(inner)
  const nullElement = nullReader(inner)
  return (buffer, start, end, context) => {
    const bytes = new ListBytes(buffer, start, end, context)
    bytes.strategy(PREFIXED)
    const length = bytes.count()
    const result: T[] = []
    for (let i = 0; i < length; i++) {
      const byteCount = bytes.int32()
      if (byteCount === NULL_LENGTH) result.push(nullElement(context, i))
      else {
        const at = bytes.skip(byteCount)
        result.push(readElement(buffer, at, at + byteCount, context))
      }
    }
    bytes.finish()
    return result
  }
}

function nullReader<T>(inner: Serde<T>): (context: SerdeContext, index: number) => T {
  // A serde that accepts null is a Serde<... | null>.
  if (acceptsNull(inner)) return () => null as T
  return (context, index) => {
    throw decodeError(context, 'list', `element ${index} is null; wrap the elements' serde in serdes.nullable`)
  }
}

/** Reads the frame of a list and never leaves it. */
class ListBytes {
  readonly #buffer: Buffer
  readonly #end: number
  readonly #context: SerdeContext
  readonly #byteCount: number
  #at: number

  constructor(buffer: Buffer, start: number, end: number, context: SerdeContext) {
    this.#buffer = buffer
    this.#at = start
    this.#end = end
    this.#context = context
    this.#byteCount = end - start
  }

  strategy(expected: number): void {
    const actual = this.#buffer[this.skip(1)]
    if (actual !== expected) throw this.#error(`its first byte is ${actual}, not ${expected}`)
  }

  count(): number {
    const value = this.int32()
    if (value < 0 || value > this.#byteCount) throw this.#error(`it says to have ${value} elements`)
    return value
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.skip(4))
  }

  /** Where the next bytes are. */
  skip(byteCount: number): number {
    const at = this.#at
    if (byteCount < 0 || at + byteCount > this.#end) throw this.#error(`it ends in an element`)
    this.#at = at + byteCount
    return at
  }

  finish(): void {
    if (this.#at !== this.#end) throw this.#error(`${this.#end - this.#at} bytes follow its last element`)
  }

  #error(problem: string): Error {
    return decodeError(
      this.#context,
      'list',
      `${problem}, with ${this.#byteCount} bytes in all; check that it was written as a list of the same elements`,
    )
  }
}
