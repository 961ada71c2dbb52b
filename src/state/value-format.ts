// How a value lies in a byte store, by format (Java's layouts; FORMAT: | is concatenation):
//   plain                    value                                  (sessions: timestamped too)
//   timestamped              int64 timestamp | value
//   headers                  varint length | headers | int64 timestamp | value
//   headers, of a session    varint length | headers | value
// headers = varint count | (varint length | UTF-8 name | varint length, -1 null | bytes) each; none at all: length 0.
// A changelog record carries the value alone; timestamp and headers are the record's own.
import { ByteWriter, readInt64 } from '../base/index.ts'
import { type Header, RecordHeaders } from '../record/index.ts'
import {
  type RangeReader,
  type Serde,
  type SerdeContext,
  isFlatJson,
  rangeReader,
  valueWriter,
} from '../serde/index.ts'
import type { ByteView } from './byte-store.ts'
import type { StoreFormat } from './definition.ts'
import type { Stored } from './faces.ts'

/** The context that a store hands to its serdes: one object, whose headers are set before each call. */
export interface StoreSerdeContext extends SerdeContext {
  headers: RecordHeaders
}

export function storeSerdeContext(topic: string, isKey: boolean): StoreSerdeContext {
  return { topic, headers: RecordHeaders.empty, isKey }
}

export class ValueFormat<V> {
  readonly hasTimestamp: boolean
  readonly hasHeaders: boolean
  readonly #serde: Serde<V>
  readonly #context: StoreSerdeContext
  readonly #read: RangeReader<V>
  readonly #write: (value: V, writer: ByteWriter, context: SerdeContext) => void
  readonly #writer = new ByteWriter(256)

  constructor(serde: Serde<V>, format: StoreFormat, isSession: boolean, topic: string) {
    this.hasTimestamp = format !== 'plain' && !isSession
    this.hasHeaders = format === 'headers'
    this.#serde = serde
    this.#context = storeSerdeContext(topic, false)
    this.#read = rangeReader(serde)
    this.#write = valueWriter(serde)
  }

  /** What entries without headers have. */
  readonly noHeaders: RecordHeaders = RecordHeaders.empty

  /** What was encoded last. */
  get encoded(): ByteWriter {
    return this.#writer
  }

  /** Whether a copy of the members of what was read is what would be read again. */
  isFlat(value: object): boolean {
    return isFlatJson(this.#serde, value)
  }

  /** Into a writer of the format's own, valid until the next call. */
  encode(value: V, timestamp: number, headers: RecordHeaders): ByteWriter {
    const writer = this.#writer
    writer.reset()
    if (this.hasHeaders) writeHeaders(writer, headers)
    if (this.hasTimestamp) writer.int64(timestamp)
    this.#context.headers = headers
    this.#write(value, writer, this.#context)
    return writer
  }

  /** The bytes of a value that was read back from a changelog. */
  fromChangelog(value: Buffer, timestamp: number, headers: RecordHeaders): Buffer {
    const writer = this.#writer
    writer.reset()
    this.appendChangelog(writer, value, { timestamp, headers })
    return writer.toBuffer()
  }

  /** The same, behind what the writer has. */
  appendChangelog(
    writer: ByteWriter,
    value: Buffer,
    record: { readonly timestamp: number; readonly headers: RecordHeaders },
  ): void {
    if (this.hasHeaders) writeHeaders(writer, record.headers)
    if (this.hasTimestamp) writer.int64(record.timestamp)
    writer.bytes(value)
  }

  /** How many bytes stand before the value itself: what a changelog leaves out. */
  prefixLength(buffer: Buffer, start: number): number {
    const headersLength = this.hasHeaders ? endOfHeaders(buffer, start) - start : 0
    return this.hasTimestamp ? headersLength + 8 : headersLength
  }

  decode(buffer: Buffer, start: number, end: number): V {
    if (this.hasHeaders) this.#context.headers = readHeaders(buffer, start)
    return this.#read(buffer, start + this.prefixLength(buffer, start), end, this.#context)
  }

  decodeView({ buffer, valueStart, valueEnd }: ByteView): V {
    return this.decode(buffer, valueStart, valueEnd)
  }

  stored({ buffer, valueStart, valueEnd }: ByteView): Stored<V> {
    return {
      value: this.decode(buffer, valueStart, valueEnd),
      timestamp: this.timestampOf(buffer, valueStart),
      headers: this.headersOf(buffer, valueStart),
    }
  }

  /** -1 where the format has none. */
  timestampOf(buffer: Buffer, start: number): number {
    if (!this.hasTimestamp) return -1
    return readInt64(buffer, this.hasHeaders ? endOfHeaders(buffer, start) : start)
  }

  headersOf(buffer: Buffer, start: number): RecordHeaders {
    return this.hasHeaders ? readHeaders(buffer, start) : RecordHeaders.empty
  }
}

/** varint length and the block; nothing but a 0 where there are none. */
export function writeHeaders(writer: ByteWriter, headers: RecordHeaders): void {
  if (headers.size === 0) return writer.varint(0)
  const block = new ByteWriter(64)
  writeHeaderBlock(block, headers)
  writer.varint(block.position)
  writer.range(block.buffer, 0, block.position)
}

export function writeHeaderBlock(writer: ByteWriter, headers: RecordHeaders): void {
  writer.varint(headers.size)
  for (const [name, value] of headers) {
    const nameBytes = Buffer.from(name, 'utf8')
    writer.varint(nameBytes.length)
    writer.bytes(nameBytes)
    writer.varint(value === null ? -1 : value.length)
    if (value !== null) writer.bytes(value)
  }
}

function endOfHeaders(bytes: Buffer, start: number): number {
  const length = readVarint(bytes, start)
  return length.end + length.value
}

export function readHeaders(bytes: Buffer, start: number): RecordHeaders {
  const length = readVarint(bytes, start)
  if (length.value === 0) return RecordHeaders.empty
  const count = readVarint(bytes, length.end)
  let at = count.end
  const entries: Header[] = []
  for (let i = 0; i < count.value; i++) {
    const nameLength = readVarint(bytes, at)
    const nameEnd = nameLength.end + nameLength.value
    const valueLength = readVarint(bytes, nameEnd)
    at = valueLength.end + Math.max(0, valueLength.value)
    const value = valueLength.value < 0 ? null : Buffer.from(bytes.subarray(valueLength.end, at))
    entries.push([bytes.toString('utf8', nameLength.end, nameEnd), value])
  }
  return new RecordHeaders(entries)
}

/** Kafka's zig-zag varint and where it ends. */
function readVarint(bytes: Buffer, at: number): { readonly value: number; readonly end: number } {
  let raw = 0
  let shift = 0
  for (;;) {
    const byte = bytes[at++] as number
    raw |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value: (raw >>> 1) ^ -(raw & 1), end: at }
    shift += 7
  }
}
