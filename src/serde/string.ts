// UTF-8 text. Short ASCII keys are interned where they are read.
import { asBuffer } from '../base/index.ts'
import { bytes } from './bytes.ts'
import { INTERNED_LENGTH_MAX, asSliced, intern } from './interned-text.ts'
import { encodeError, show } from './serde-error.ts'
import { type Decoder, type FastSerde, type Serde, type SerdeContext, markPrimitive, rangeReader } from './serde.ts'

const fast: FastSerde<string> = markPrimitive({
  encode(value, context) {
    check(value, context)
    return Buffer.from(value, 'utf8')
  },
  decode(data, context) {
    const buffer = asBuffer(data)
    return decodeText(buffer, 0, buffer.length, context)
  },
  decodeRange: decodeText,
  encodeInto(value, writer, context) {
    check(value, context)
    writer.utf8(value)
  },
})

/**
 * Reads and writes UTF-8 text. Java: Serdes.String.
 *
 * @example
 * const lines = topic('lines', { value: serdes.string })
 */
export const string: Serde<string> = fast

function check(value: unknown, context: SerdeContext): void {
  if (typeof value !== 'string') {
    throw encodeError(context, 'string', `it is ${show(value)}; give it a serde of its own type`)
  }
}

function decodeText(buffer: Buffer, start: number, end: number, context: SerdeContext): string {
  if (context.isKey && end - start <= INTERNED_LENGTH_MAX) return intern(buffer, start, end)
  return asSliced(buffer).utf8Slice(start, end)
}

/**
 * Whether keys of this serde are interned: then they can be foreseen.
 *
 * @internal
 */
export function internsKeys(serde: Decoder<unknown>): boolean {
  return rangeReader(serde) === decodeText
}

/**
 * Whether whatever bytes come are a value of this serde: then who looks at no value need not decode any.
 *
 * @internal
 */
export function readsAll(serde: Decoder<unknown>): boolean {
  const read = rangeReader(serde)
  return read === decodeText || read === rangeReader(bytes)
}
