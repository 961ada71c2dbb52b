// The reader of a batch's records: no object is made per record. Invariant: positions are those of the record that `next` last
// found, which lies whole inside the batch; a length that leads outside is an error that names the offset.
import { TidemillError } from '../base/index.ts'
import { type Header, RecordHeaders } from '../record/index.ts'
import { decompress } from './compression.ts'
import { BATCH_HEADER_SIZE, type RecordBatch, type RecordCursor } from './record-batch.ts'
import { shortString } from './short-string.ts'

const NO_BYTES = Buffer.alloc(0)

/** Makes a cursor at the batch's start. Decompresses, so `loadCompression` must have ended where the batch is of zstd. */
export function recordCursor(batch: RecordBatch): BatchCursor {
  const cursor = new BatchCursor()
  cursor.reset(batch)
  return cursor
}

export class BatchCursor implements RecordCursor {
  buffer: Buffer = NO_BYTES
  offset = -1
  timestamp = -1
  keyStart = 0
  keyLength = -1
  valueStart = 0
  valueLength = -1
  headerCount = 0
  #position = 0
  #end = 0
  #left = 0
  #baseOffset = 0
  #baseTimestamp = 0
  /** Of all records of a log-append batch; -1 where each has its own. */
  #logAppendTime = -1
  #headersStart = 0
  #recordEnd = 0

  /** Goes to the start of another batch. */
  reset(batch: RecordBatch): void {
    const recordsStart = batch.start + BATCH_HEADER_SIZE
    if (batch.compression === 'none' || batch.recordCount === 0) {
      this.buffer = batch.buffer
      this.#position = recordsStart
      this.#end = batch.end
    } else {
      this.buffer = decompressRecords(batch, recordsStart)
      this.#position = 0
      this.#end = this.buffer.length
    }
    this.#left = batch.recordCount
    this.#baseOffset = batch.baseOffset
    this.#baseTimestamp = batch.baseTimestamp
    this.#logAppendTime = batch.timestampType === 'log-append' ? batch.maxTimestamp : -1
    this.offset = -1
    this.headerCount = 0
  }

  next(): boolean {
    if (this.#left <= 0) return this.#atEnd()
    this.#left--
    const buffer = this.buffer
    const length = this.#varint(buffer)
    const recordEnd = this.#position + length
    if (length < 0 || recordEnd > this.#end)
      throw this.#invalid(`has ${length} bytes, with ${this.#end - this.#position} left`)
    this.#recordEnd = recordEnd
    this.#position++ // attributes: no bit has a meaning yet
    const timestampDelta = this.#varlong(buffer)
    this.timestamp = this.#logAppendTime >= 0 ? this.#logAppendTime : this.#baseTimestamp + timestampDelta
    this.offset = this.#baseOffset + this.#varint(buffer)
    const keyLength = this.#varint(buffer)
    this.keyLength = keyLength
    this.keyStart = this.#position
    if (keyLength > 0) this.#position += keyLength
    // A length may be larger than 2^31 - position only by lying: then the position is past the end, and is caught below.
    const valueLength = this.#varint(buffer)
    this.valueLength = valueLength
    this.valueStart = this.#position
    if (valueLength > 0) this.#position += valueLength
    const headerCount = this.#varint(buffer)
    this.headerCount = headerCount
    const position = this.#position
    this.#headersStart = position
    if (
      keyLength < -1 ||
      valueLength < -1 ||
      headerCount < 0 ||
      position > recordEnd ||
      (headerCount === 0 && position !== recordEnd)
    )
      throw this.#invalid(
        `does not fit its ${length} bytes (key ${keyLength} bytes, value ${valueLength} bytes, ${headerCount} headers)`,
      )
    this.#position = recordEnd
    return true
  }

  headers(): RecordHeaders {
    if (this.headerCount === 0) return RecordHeaders.empty
    const { buffer } = this
    const entries: Header[] = []
    this.#position = this.#headersStart
    for (let left = this.headerCount; left > 0; left--) {
      const nameLength = this.#varint(buffer)
      const nameStart = this.#position
      const valueAt = nameStart + nameLength
      if (nameLength < 0 || valueAt > this.#recordEnd) throw this.#invalid(`has a header name of ${nameLength} bytes`)
      this.#position = valueAt
      const valueLength = this.#varint(buffer)
      const valueStart = this.#position
      const valueEnd = valueStart + Math.max(0, valueLength)
      if (valueLength < -1 || valueEnd > this.#recordEnd)
        throw this.#invalid(`has a header value of ${valueLength} bytes`)
      this.#position = valueEnd
      const name = shortString(buffer, nameStart, valueAt)
      entries.push([name, valueLength < 0 ? null : buffer.subarray(valueStart, valueEnd)])
    }
    if (this.#position !== this.#recordEnd) throw this.#invalid('has bytes after its headers')
    return new RecordHeaders(entries)
  }

  // Stops at whatever is not usual; next() says what is wrong with it.
  keysAhead(starts: Int32Array, ends: Int32Array): number {
    const { buffer } = this
    const count = Math.min(starts.length, this.#left)
    const position = this.#position
    let found = 0
    for (; found < count; found++) {
      const at = this.#position
      // Length, attributes, two deltas and the key's length: at most five bytes each.
      if (at + 21 > this.#end) break
      const length = usualVarint(buffer, at)
      if (length < 0) break
      const recordStart = at + (length < 0x40 ? 1 : length < 0x2000 ? 2 : 3)
      const afterTime = afterVarint(buffer, recordStart + 1)
      const keyAt = afterVarint(buffer, afterTime)
      const keyLength = usualVarint(buffer, keyAt)
      const keyStart = afterVarint(buffer, keyAt)
      const recordEnd = recordStart + length
      if (keyLength < 0 || keyStart + keyLength > recordEnd || recordEnd > this.#end) break
      starts[found] = keyStart
      ends[found] = keyStart + keyLength
      this.#position = recordEnd
    }
    this.#position = position
    return found
  }

  #atEnd(): boolean {
    if (this.#position !== this.#end)
      throw this.#invalid(`is the last that the batch counts, but ${this.#end - this.#position} bytes follow`)
    return false
  }

  /** A zigzag integer of 32 bits. */
  #varint(buffer: Buffer): number {
    const first = buffer[this.#position++] as number
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    const second = buffer[this.#position++] as number
    const both = (first & 0x7f) | ((second & 0x7f) << 7)
    return second < 0x80 ? (both >>> 1) ^ -(both & 1) : this.#longVarint(buffer, both)
  }

  #longVarint(buffer: Buffer, low: number): number {
    let value = low
    for (let shift = 14; shift < 35; shift += 7) {
      const byte = buffer[this.#position++]
      if (byte === undefined || this.#position > this.#end) throw this.#invalid('ends in the middle of a number')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    throw this.#invalid('has a number of more than 32 bits')
  }

  /** A zigzag integer of 64 bits, as far as a number holds it. */
  #varlong(buffer: Buffer): number {
    let position = this.#position
    let value = 0
    // Four bytes: 37 hours to either side of the batch's base timestamp, so nearly all there are.
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = buffer[position++] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.#position = position
        return (value >>> 1) ^ -(value & 1)
      }
    }
    return this.#longVarlong(buffer, position, value)
  }

  #longVarlong(buffer: Buffer, from: number, low: number): number {
    let position = from
    // Without the sign bit, so that numbers up to 2^53 stay exact.
    let magnitude = low >>> 1
    for (let factor = 2 ** 27; factor <= 2 ** 62; factor *= 128) {
      const byte = buffer[position++]
      if (byte === undefined || position > this.#end) throw this.#invalid('ends in the middle of a number')
      magnitude += (byte & 0x7f) * factor
      if (byte >= 0x80) continue
      this.#position = position
      return (low & 1) === 0 ? magnitude : -magnitude - 1
    }
    throw this.#invalid('has a number of more than 64 bits')
  }

  #invalid(what: string): TidemillError {
    const after = this.offset < 0 ? 'the first record' : `the record at or after offset ${this.offset}`
    return new TidemillError('invalid-wire-data', `${after} of the batch at offset ${this.#baseOffset} ${what}`)
  }
}

/** A zigzag integer of up to three bytes that is not negative; else -1. */
function usualVarint(buffer: Buffer, at: number): number {
  const first = buffer[at] as number
  if (first < 0x80) return (first & 1) === 0 ? first >>> 1 : -1
  const second = buffer[at + 1] as number
  const both = (first & 0x7f) | ((second & 0x7f) << 7)
  if (second < 0x80) return (both & 1) === 0 ? both >>> 1 : -1
  const third = buffer[at + 2] as number
  return third < 0x80 && (both & 1) === 0 ? (both | (third << 14)) >>> 1 : -1
}

/** After a varint, whatever it says. */
function afterVarint(buffer: Buffer, start: number): number {
  let at = start
  while ((buffer[at++] as number) >= 0x80);
  return at
}

function decompressRecords(batch: RecordBatch, recordsStart: number): Buffer {
  try {
    return decompress(batch.compression, batch.buffer, recordsStart, batch.end)
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    throw new TidemillError(error.code, `the batch at offset ${batch.baseOffset} cannot be read: ${error.message}`, {
      cause: error,
    })
  }
}
