// A serde by way of another.
import type { Serde, SerdeContext } from './serde.ts'
import { type FastSerde, rangeReader, valueWriter } from './serde.ts'

/**
 * Makes a serde of another by a function in each direction.
 *
 * @example
 * const instant = serdes.mapped(serdes.int64, { encode: (date: Date) => date.getTime(), decode: (ms) => new Date(ms) })
 */
export function mapped<T, U>(
  inner: Serde<T>,
  functions: {
    readonly encode: (value: U, context: SerdeContext) => T
    readonly decode: (value: T, context: SerdeContext) => U
  },
): Serde<U> {
  const { encode, decode } = functions
  const read = rangeReader(inner)
  const write = valueWriter(inner)
  const serde: FastSerde<U> = {
    encode: (value, context) => inner.encode(encode(value, context), context),
    decode: (bytes, context) => decode(inner.decode(bytes, context), context),
    decodeRange: (buffer, start, end, context) => decode(read(buffer, start, end, context), context),
    encodeInto: (value, writer, context) => write(encode(value, context), writer, context),
  }
  return serde
}
