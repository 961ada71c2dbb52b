// The public half of a serde that is written for the writer.
import { ByteWriter } from '../base/index.ts'
import type { SerdeContext } from './serde.ts'

/** Kept for the next call; undefined while one is under way, for an encoder may call another. */
let spare: ByteWriter | undefined = new ByteWriter(1_024)
/** A longer buffer is not kept. */
const SPARE_BYTES_MAX = 64 * 1_024

/**
 * `encode` for a serde that has `encodeInto`.
 *
 * @internal
 */
export function encodeBy<T>(
  encodeInto: (value: T, writer: ByteWriter, context: SerdeContext) => void,
): (value: T, context: SerdeContext) => Buffer {
  return (value, context) => {
    const writer = spare ?? new ByteWriter(128)
    spare = undefined
    try {
      writer.reset()
      encodeInto(value, writer, context)
      return writer.toBuffer()
    } finally {
      if (writer.buffer.length <= SPARE_BYTES_MAX) spare = writer
      else spare ??= new ByteWriter(1_024)
    }
  }
}
