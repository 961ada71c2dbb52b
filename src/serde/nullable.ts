// null as a value, and nothing but null.
import { asBuffer } from '../base/index.ts'
import { type FastSerde, type Serde, type UntypedSerde, markNullable, rangeReader, valueWriter } from './serde.ts'
import { decodeError, encodeError, show } from './serde-error.ts'

/**
 * Says that null may come where the serde is used: as a tombstone, a missing key, an element of a list. Without it a null
 * that is read is a deserialisation error (but for a table, where it deletes).
 *
 * @example
 * const changes = topic('changes', { key: serdes.string, value: serdes.nullable(serdes.json<Order>()) })
 */
export function nullable(inner: UntypedSerde): UntypedSerde
export function nullable<T>(inner: Serde<T>): Serde<T | null>
export function nullable<T>(inner: Serde<T>): Serde<T | null> {
  const read = rangeReader(inner)
  const write = valueWriter(inner)
  return markNullable<FastSerde<T | null>>({
    // What marks the inner serde marks this one: its size, its windows, that its values are primitives.
    ...(inner as FastSerde<any>),
    encode(value, context) {
      if (value === null) throw encodeError(context, 'bytes', 'it is null, which has none')
      return inner.encode(value, context)
    },
    decode: (bytes, context) => inner.decode(bytes, context),
    decodeRange: read,
    encodeInto(value, writer, context) {
      if (value === null) throw encodeError(context, 'bytes', 'it is null, which has none')
      write(value, writer, context)
    },
  })
}

/**
 * Reads and writes null and nothing else, for keys or values that are never there. Java: Serdes.Void.
 *
 * @example
 * const ticks = topic('ticks', { key: serdes.none, value: serdes.int64 })
 */
export const none: Serde<null> = markNullable<Serde<null>>({
  encode(value, context) {
    throw encodeError(context, 'none', `it is ${show(value)}, not null`)
  },
  decode(bytes, context) {
    throw decodeError(context, 'none', `it is not null, but has ${asBuffer(bytes).length} bytes; give it a serde`)
  },
})
