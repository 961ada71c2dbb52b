// The public half of a serde that is written for the writer.
import { ByteWriter } from '../base/index.ts'
import type { SerdeContext } from './serde.ts'

/**
 * `encode` for a serde that has `encodeInto`.
 *
 * @internal
 */
export function encodeBy<T>(
  encodeInto: (value: T, writer: ByteWriter, context: SerdeContext) => void,
): (value: T, context: SerdeContext) => Buffer {
  return (value, context) => {
    const writer = new ByteWriter(128)
    encodeInto(value, writer, context)
    return writer.toBuffer()
  }
}
