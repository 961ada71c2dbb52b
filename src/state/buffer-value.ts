// What buffers keep of a change, in Java's bytes (version 3):
//   context | prior | old | new | int64 buffer time
//   context = int64 timestamp | int64 offset | bytes topic | int32 partition | int32 header count | (bytes name | bytes value) each
//   bytes   = int32 length, -1 null | bytes;  old may have length -2: the same bytes as prior
// prior is the value that readers downstream have seen; a grace buffer has neither prior nor old.
import { ByteWriter, readInt64 } from '../base/index.ts'
import { type Header, type RecordContext, RecordHeaders } from '../record/index.ts'

export interface BufferValue {
  readonly context: RecordContext
  readonly prior: Buffer | null
  readonly oldValue: Buffer | null
  readonly newValue: Buffer | null
  readonly bufferTimeMs: number
}

const NULL_LENGTH = -1
const SAME_AS_PRIOR = -2

/** Java counts them so against the buffer's limit in bytes. */
export function bufferedByteCount(keyLength: number, value: BufferValue): number {
  const { prior, oldValue, newValue, context } = value
  const sharesOld = oldValue === null || (prior !== null && prior.equals(oldValue))
  return (
    8 +
    keyLength +
    (prior === null ? 0 : prior.length) +
    (sharesOld ? 0 : oldValue.length) +
    (newValue === null ? 0 : newValue.length) +
    contextByteCount(context)
  )
}

function contextByteCount({ topic, headers }: RecordContext): number {
  let count = 8 + 8 + (topic === null ? 0 : topic.length) + 4
  for (const [name, value] of headers) count += name.length + (value === null ? 0 : value.length)
  return count
}

export function encodeBufferValue(value: BufferValue, writer: ByteWriter = new ByteWriter(256)): Buffer {
  const { prior, oldValue } = value
  writer.reset()
  writeContext(writer, value.context)
  writer.int32Bytes(prior)
  if (prior !== null && oldValue !== null && prior.equals(oldValue)) writer.int32(SAME_AS_PRIOR)
  else writer.int32Bytes(oldValue)
  writer.int32Bytes(value.newValue)
  writer.int64(value.bufferTimeMs)
  return writer.toBuffer()
}

/** Behind what the writer has: a change with neither prior nor old, nor a time, whose value is the first bytes of a buffer. */
export function writeGraceValue(writer: ByteWriter, context: RecordContext, value: Buffer, valueEnd: number): void {
  writeContext(writer, context)
  writer.int32(NULL_LENGTH)
  writer.int32(NULL_LENGTH)
  writer.int32(valueEnd)
  writer.range(value, 0, valueEnd)
  writer.int64(0)
}

export function decodeBufferValue(bytes: Buffer): BufferValue {
  const reader = new ValueReader(bytes)
  const context = reader.context()
  const prior = reader.bytes()
  const oldLength = bytes.readInt32BE(reader.at)
  if (oldLength === SAME_AS_PRIOR) reader.at += 4
  const oldValue = oldLength === SAME_AS_PRIOR ? prior : reader.bytes()
  const newValue = reader.bytes()
  return { context, prior, oldValue, newValue, bufferTimeMs: readInt64(bytes, reader.at) }
}

export function writeContext(writer: ByteWriter, context: RecordContext): void {
  writer.int64(context.timestamp)
  writer.int64(context.offset)
  const lengthAt = writer.position
  writer.int32(0)
  writer.utf8(context.topic ?? '')
  writer.buffer.writeInt32BE(writer.position - lengthAt - 4, lengthAt)
  writer.int32(context.partition)
  writer.int32(context.headers.size)
  for (const [name, value] of context.headers) {
    writer.int32Bytes(Buffer.from(name, 'utf8'))
    writer.int32Bytes(value)
  }
}

class ValueReader {
  at = 0
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  bytes(): Buffer | null {
    const length = this.#int32()
    if (length === NULL_LENGTH) return null
    const start = this.at
    this.at += length
    return this.#bytes.subarray(start, this.at)
  }

  context(): RecordContext {
    const timestamp = this.#int64()
    const offset = this.#int64()
    const topic = this.#text()
    const partition = this.#int32()
    const count = this.#int32()
    if (count === 0) return { topic, partition, offset, timestamp, headers: RecordHeaders.empty }
    const entries: Header[] = []
    for (let i = 0; i < count; i++) {
      const name = this.#text()
      entries.push([name, this.bytes()])
    }
    return { topic, partition, offset, timestamp, headers: new RecordHeaders(entries) }
  }

  #text(): string {
    return this.bytes()?.toString('utf8') ?? ''
  }

  #int32(): number {
    this.at += 4
    return this.#bytes.readInt32BE(this.at - 4)
  }

  #int64(): number {
    this.at += 8
    return readInt64(this.#bytes, this.at - 8)
  }
}
