// Numbers of a fixed width, big-endian, as Java writes them.
import { type ByteWriter, asBuffer, readInt64, writeInt64 } from '../base/index.ts'
import { decodeError, encodeError, lengthError, show } from './serde-error.ts'
import { type FastSerde, type Serde, type SerdeContext, markPrimitive } from './serde.ts'

/** A serde whose encodings are all of one length; lists of such values are packed. */
interface FixedSizeSerde<in out T> extends FastSerde<T> {
  /** undefined for booleans, which Java's list serde does not pack. */
  readonly byteCount: number | undefined
}

interface Format<T> {
  readonly name: string
  readonly byteCount: number
  /** False where two values can have the same bytes, or a Map takes two values for one. Default true. */
  readonly isInjective?: boolean
  /** What is wrong with the value, or undefined. */
  readonly problem: (value: T) => string | undefined
  readonly read: (buffer: Buffer, at: number, context: SerdeContext) => T
  readonly write: (buffer: Buffer, value: T, at: number) => void
}

function fixed<T>(format: Format<T>): FixedSizeSerde<T> {
  const { name, byteCount, problem, read, write, isInjective } = format
  const check = (value: T, context: SerdeContext): void => {
    const wrong = problem(value)
    if (wrong !== undefined) throw encodeError(context, name, wrong)
  }
  const decodeRange = (buffer: Buffer, start: number, end: number, context: SerdeContext): T => {
    if (end - start !== byteCount) throw lengthError(context, name, end - start, byteCount)
    return read(buffer, start, context)
  }
  const serde: FixedSizeSerde<T> = {
    byteCount: name === 'boolean' ? undefined : byteCount,
    encode(value, context) {
      check(value, context)
      const result = Buffer.allocUnsafe(byteCount)
      write(result, value, 0)
      return result
    },
    decode: (bytes, context) => decodeRange(asBuffer(bytes), 0, bytes.length, context),
    decodeRange,
    encodeInto(value, writer: ByteWriter, context) {
      check(value, context)
      const at = writer.reserve(byteCount)
      write(writer.buffer, value, at)
      writer.position = at + byteCount
    },
  }
  // NaN has many encodings, and -0 is another one than 0; UUIDs are read in either case.
  return isInjective === false ? serde : markPrimitive(serde)
}

function integerProblem(name: string, min: number, max: number): (value: number) => string | undefined {
  return (value) =>
    Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : `it is ${show(value)}; ${name} holds whole numbers from ${min} to ${max}`
}

function numberProblem(value: number): string | undefined {
  return typeof value === 'number' ? undefined : `it is ${show(value)}, not a number`
}

/** Reads and writes whole numbers of 16 bits. Java: Serdes.Short. */
export const int16: Serde<number> = fixed({
  name: 'int16',
  byteCount: 2,
  problem: integerProblem('int16', -0x8000, 0x7fff),
  read: (buffer, at) => buffer.readInt16BE(at),
  write: (buffer, value, at) => buffer.writeInt16BE(value, at),
})

/** Reads and writes whole numbers of 32 bits. Java: Serdes.Integer. */
export const int32: Serde<number> = fixed({
  name: 'int32',
  byteCount: 4,
  problem: integerProblem('int32', -0x8000_0000, 0x7fff_ffff),
  read: (buffer, at) => buffer.readInt32BE(at),
  write: (buffer, value, at) => buffer.writeInt32BE(value, at),
})

/**
 * Reads and writes whole numbers of 64 bits as `number`: exact up to 2^53 either side of 0, and an error beyond (for
 * those there is `bigint64`). Java: Serdes.Long.
 */
export const int64: Serde<number> = fixed({
  name: 'int64',
  byteCount: 8,
  problem: (value) =>
    Number.isSafeInteger(value)
      ? undefined
      : `it is ${show(value)}; a number holds whole numbers up to 2^53 - 1: use serdes.bigint64 for larger ones`,
  read(buffer, at, context) {
    const value = readInt64(buffer, at)
    if (Number.isSafeInteger(value)) return value
    throw decodeError(
      context,
      'int64',
      `it is ${buffer.readBigInt64BE(at)}, beyond what a number holds exactly (2^53 - 1): read it with serdes.bigint64`,
    )
  },
  write: writeInt64,
})

/** Reads and writes whole numbers of 64 bits as `bigint`. Java: Serdes.Long. */
export const bigint64: Serde<bigint> = fixed({
  name: 'bigint64',
  byteCount: 8,
  problem: (value) =>
    typeof value === 'bigint' && BigInt.asIntN(64, value) === value
      ? undefined
      : `it is ${show(value)}; bigint64 holds bigints from -2^63 to 2^63 - 1`,
  read: (buffer, at) => buffer.readBigInt64BE(at),
  write: (buffer, value, at) => buffer.writeBigInt64BE(value, at),
})

/** Reads and writes IEEE 754 numbers of 32 bits (about 7 digits). Java: Serdes.Float. */
export const float32: Serde<number> = fixed({
  name: 'float32',
  byteCount: 4,
  isInjective: false,
  problem: numberProblem,
  read: (buffer, at) => buffer.readFloatBE(at),
  write: (buffer, value, at) => buffer.writeFloatBE(value, at),
})

/** Reads and writes IEEE 754 numbers of 64 bits, JavaScript's own. Java: Serdes.Double. */
export const float64: Serde<number> = fixed({
  name: 'float64',
  byteCount: 8,
  isInjective: false,
  problem: numberProblem,
  read: (buffer, at) => buffer.readDoubleBE(at),
  write: (buffer, value, at) => buffer.writeDoubleBE(value, at),
})

/** Reads and writes true and false as one byte. Java: Serdes.Boolean. */
export const boolean: Serde<boolean> = fixed({
  name: 'boolean',
  byteCount: 1,
  problem: (value) => (typeof value === 'boolean' ? undefined : `it is ${show(value)}, not true or false`),
  read(buffer, at, context) {
    const byte = buffer[at] as number
    if (byte > 1) throw decodeError(context, 'boolean', `its byte is ${byte}, not 0 or 1`)
    return byte === 1
  },
  write(buffer, value, at) {
    buffer[at] = value ? 1 : 0
  },
})

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Reads and writes UUIDs in their text form, as Java does: 36 bytes, lower case. Java: Serdes.UUID. */
export const uuid: Serde<string> = fixed({
  name: 'uuid',
  byteCount: 36,
  isInjective: false,
  problem: (value) =>
    typeof value === 'string' && UUID.test(value)
      ? undefined
      : `it is ${show(value)}, not a UUID such as '3d95c4b9-aa66-4305-8538-7867578b685c'`,
  read(buffer, at, context) {
    const text = buffer.toString('latin1', at, at + 36)
    if (!UUID.test(text)) throw decodeError(context, 'uuid', `it is ${show(text)}`)
    return text
  },
  write: (buffer, value, at) => buffer.write(value.toLowerCase(), at, 'latin1'),
})
