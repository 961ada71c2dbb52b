// Raw bytes.
import { type ByteWriter, asBuffer } from '../base/index.ts'
import { encodeError, show } from './serde-error.ts'
import type { FastSerde, Serde, SerdeContext } from './serde.ts'

const fast: FastSerde<Buffer> = {
  encode(value, context) {
    check(value, context)
    return value
  },
  decode: (data) => Buffer.from(data),
  decodeRange: (buffer, start, end) => copyRange(buffer, start, end),
  encodeInto(value, writer: ByteWriter, context) {
    check(value, context)
    writer.bytes(value)
  },
}

/**
 * Reads and writes bytes as they are. What it reads is a copy, so that it does not keep a fetched batch alive.
 * Java: Serdes.ByteArray, Serdes.Bytes.
 *
 * @example
 * const raw = topic('raw', { value: serdes.bytes })
 */
export const bytes: Serde<Buffer> = fast

function check(value: unknown, context: SerdeContext): void {
  if (!(value instanceof Uint8Array)) {
    throw encodeError(context, 'bytes', `it is ${show(value)}, not a Buffer; give it a serde of its own type`)
  }
}

function copyRange(buffer: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start)
  asBuffer(buffer).copy(copy, 0, start, end)
  return copy
}
