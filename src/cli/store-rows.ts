// Rows of stores as they lie on disk, to text and back: what stands before the value depends on the store's format, what belongs to
// the key on its kind (state/key-schema.ts).
import { type TextFormat, decodeBytes, encodeText } from './text-format.ts'

export const STORE_KINDS = ['key-value', 'window', 'session', 'bytes'] as const
export const STORE_FORMATS = ['plain', 'timestamped', 'headers'] as const

export interface RowFormat {
  readonly keyFormat: TextFormat
  readonly valueFormat: TextFormat
  readonly kind: (typeof STORE_KINDS)[number]
  readonly format: (typeof STORE_FORMATS)[number]
}

const SEGMENT_BYTES = 8

/** The key of a row, or what it begins with; only those of key-value stores are found by it. */
export function encodeRowKey(text: string, { keyFormat, kind }: RowFormat): Buffer {
  return Buffer.from(encodeText(text, kind === 'bytes' ? 'hex' : keyFormat))
}

export function decodeRow(
  buffer: Buffer,
  keyStart: number,
  keyEnd: number,
  valueStart: number,
  valueEnd: number,
  format: RowFormat,
): Readonly<Record<string, unknown>> {
  const { keyFormat, kind } = format
  const key = (start: number, end: number): unknown => decodeBytes(buffer.subarray(start, end), keyFormat)
  switch (kind) {
    case 'bytes':
      return { key: buffer.toString('hex', keyStart, keyEnd), value: buffer.toString('hex', valueStart, valueEnd) }
    case 'window': {
      const start = Number(buffer.readBigInt64BE(keyEnd - 12))
      return {
        key: key(keyStart + SEGMENT_BYTES, keyEnd - 12),
        start,
        ...valueOf(buffer, valueStart, valueEnd, format),
      }
    }
    case 'session': {
      const end = Number(buffer.readBigInt64BE(keyEnd - 16))
      const start = Number(buffer.readBigInt64BE(keyEnd - 8))
      const plain = { ...format, format: 'plain' as const }
      return {
        key: key(keyStart + SEGMENT_BYTES, keyEnd - 16),
        start,
        end,
        ...valueOf(buffer, valueStart, valueEnd, plain),
      }
    }
    case 'key-value':
      return { key: key(keyStart, keyEnd), ...valueOf(buffer, valueStart, valueEnd, format) }
  }
}

function valueOf(
  buffer: Buffer,
  start: number,
  end: number,
  { format, valueFormat }: RowFormat,
): Readonly<Record<string, unknown>> {
  const at = format === 'headers' ? endOfHeaders(buffer, start) : start
  if (format === 'plain') return { value: decodeBytes(buffer.subarray(at, end), valueFormat) }
  const timestamp = Number(buffer.readBigInt64BE(at))
  return { value: decodeBytes(buffer.subarray(at + 8, end), valueFormat), timestamp }
}

/** A zig-zag varint with the length of the block, and the block. */
function endOfHeaders(buffer: Buffer, start: number): number {
  let at = start
  let raw = 0
  for (let shift = 0; ; shift += 7) {
    const byte = buffer[at++] ?? 0
    raw |= (byte & 0x7f) << shift
    if (byte < 0x80) return at + ((raw >>> 1) ^ -(raw & 1))
  }
}
