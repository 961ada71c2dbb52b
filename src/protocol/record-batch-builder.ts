// The writer of record batches: records are appended to a growing buffer behind room for the header, which `build` fills in. The size of
// the batch is known at any time. What `build` gives away is never written again: the builder takes a new buffer, and is empty.
import { type RecordHeaders } from '../record/index.ts'
import { assert } from '../base/index.ts'
import { type Compression, compress } from './compression.ts'
import {
  AT,
  ATTRIBUTE,
  BATCH_HEADER_SIZE,
  BATCH_PREFIX_SIZE,
  COMPRESSIONS,
  updateChecksum,
  writeInt64,
} from './record-batch.ts'

export interface BuilderOptions {
  /** Bytes to begin with. */
  readonly capacity?: number
  /** Marks a batch that was compacted; the time then stands where the base timestamp does (KIP-534). */
  readonly deleteHorizonMs?: number | undefined
}

export interface BatchOptions {
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  readonly compression?: Compression
  readonly baseOffset?: number
  readonly leaderEpoch?: number
  /** Of a batch that lost its last records; else that of the last record. */
  readonly lastOffsetDelta?: number
  /** The time of arrival of all records. */
  readonly logAppendTime?: number
  /** Of a batch without records. */
  readonly maxTimestamp?: number
}

const CAPACITY = 1024
/** Byte strings up to here are copied by a loop: a call costs as much as this many bytes. */
const LOOP_COPY_MAX = 40
/** The same by words, where there are views of both sides. */
const WORDS_COPY_MIN = 12
const WORDS_COPY_MAX = 160
const WORD_BYTES = 8

export class RecordBatchBuilder {
  #buffer: Buffer
  #position = BATCH_HEADER_SIZE
  #recordCount = 0
  #nextOffsetDelta = 0
  #baseTimestamp = -1
  #maxTimestamp = -1
  readonly #capacity: number
  readonly #deleteHorizonMs: number | undefined
  // Of what is appended from again and again (a fetched frame, a slab of a store) there is a view, as of the buffer itself.
  #source: Uint8Array | null = null
  #sourceView: DataView | undefined
  #view: DataView | undefined

  constructor(options: BuilderOptions = {}) {
    this.#capacity = Math.max(options.capacity ?? CAPACITY, BATCH_HEADER_SIZE)
    this.#buffer = Buffer.allocUnsafeSlow(this.#capacity)
    this.#deleteHorizonMs = options.deleteHorizonMs
  }

  /** Of the batch as it is now, before compression. */
  get sizeBytes(): number {
    return this.#position
  }

  get recordCount(): number {
    return this.#recordCount
  }

  /** The size of the batch with one more record, before compression. A length of -1 is null. */
  sizeWith(timestamp: number, keyLength: number, valueLength: number, headers: RecordHeaders): number {
    const body = this.#bodySize(this.#timestampDelta(timestamp), keyLength, valueLength, headers)
    return this.#position + varintSize(body) + body
  }

  /** Appends a record of ranges of buffers; null is null. Eight values are more than an interface likes and what an object would cost. */
  append(
    timestamp: number,
    key: Uint8Array | null,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array | null,
    valueStart: number,
    valueEnd: number,
    headers?: RecordHeaders,
  ): void {
    const keyLength = key === null ? -1 : keyEnd - keyStart
    const valueLength = value === null ? -1 : valueEnd - valueStart
    const timestampDelta = this.#timestampDelta(timestamp)
    const body = this.#bodySize(timestampDelta, keyLength, valueLength, headers)
    // Nothing is changed before the room is there.
    this.#reserve(body + 5)
    if (this.#recordCount === 0) {
      this.#baseTimestamp = this.#deleteHorizonMs ?? timestamp
      this.#maxTimestamp = timestamp
    } else if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    this.#recordCount++
    const buffer = this.#buffer
    let at = writeVarint(buffer, this.#position, body)
    buffer[at++] = 0
    at = timestampDelta >= 0 ? writeVarint(buffer, at, timestampDelta) : writeNegative(buffer, at, timestampDelta)
    at = writeVarint(buffer, at, this.#nextOffsetDelta++)
    if (isAsInBatch(key, keyStart, keyLength, value, valueStart, valueLength)) {
      at = this.#copy(at, value as Uint8Array, keyStart - 1, valueEnd)
    } else {
      at = writeBytes(buffer, at, key, keyStart, keyLength)
      if (value === null) at = writeNull(buffer, at)
      else at = this.#copy(writeVarint(buffer, at, valueLength), value, valueStart, valueEnd)
    }
    if (headers === undefined || headers.size === 0) buffer[at++] = 0
    else at = writeHeaders(buffer, at, headers)
    this.#position = at
  }

  /** Appends a record of whole byte strings. */
  appendRecord(timestamp: number, key: Uint8Array | null, value: Uint8Array | null, headers?: RecordHeaders): void {
    this.append(timestamp, key, 0, key === null ? 0 : key.length, value, 0, value === null ? 0 : value.length, headers)
  }

  /** The next record's offset is this much above the batch's: a compacted batch has gaps. */
  skipTo(offsetDelta: number): void {
    assert(offsetDelta >= this.#nextOffsetDelta, () => `offset delta ${offsetDelta} is used already`)
    this.#nextOffsetDelta = offsetDelta
  }

  /** Ends the batch: the caller owns the buffer, the builder is empty again. */
  build(options: BatchOptions = {}): Buffer {
    const compression = options.compression ?? 'none'
    const batch = this.#recordCount > 0 && compression !== 'none' ? this.#compressed(compression) : this.#plain()
    this.#writeHeader(batch, options)
    updateChecksum(batch, 0, batch.length)
    this.#position = BATCH_HEADER_SIZE
    this.#source = null
    this.#sourceView = undefined
    this.#recordCount = 0
    this.#nextOffsetDelta = 0
    this.#baseTimestamp = -1
    this.#maxTimestamp = -1
    return batch
  }

  /** The buffer itself where it is well filled, else a copy, so that a small batch does not hold a large buffer. */
  #plain(): Buffer {
    if (this.#position * 2 < this.#buffer.length) return Buffer.from(this.#buffer.subarray(0, this.#position))
    const batch = this.#buffer.subarray(0, this.#position)
    this.#buffer = Buffer.allocUnsafeSlow(this.#capacity)
    this.#view = undefined
    return batch
  }

  #compressed(compression: Compression): Buffer {
    const records = compress(compression, this.#buffer, BATCH_HEADER_SIZE, this.#position)
    const batch = Buffer.allocUnsafeSlow(BATCH_HEADER_SIZE + records.length)
    records.copy(batch, BATCH_HEADER_SIZE)
    return batch
  }

  #writeHeader(batch: Buffer, options: BatchOptions): void {
    const lastOffsetDelta = options.lastOffsetDelta ?? this.#nextOffsetDelta - 1
    let attributes = COMPRESSIONS.indexOf(options.compression ?? 'none')
    if (options.logAppendTime !== undefined) attributes |= ATTRIBUTE.logAppendTime
    if (options.isTransactional === true) attributes |= ATTRIBUTE.transactional
    if (options.isControl === true) attributes |= ATTRIBUTE.control
    if (this.#deleteHorizonMs !== undefined) attributes |= ATTRIBUTE.deleteHorizon
    const isEmpty = this.#recordCount === 0
    writeInt64(batch, AT.baseOffset, options.baseOffset ?? 0)
    batch.writeInt32BE(batch.length - BATCH_PREFIX_SIZE, AT.length)
    batch.writeInt32BE(options.leaderEpoch ?? -1, AT.leaderEpoch)
    batch[AT.magic] = 2
    batch.writeInt16BE(attributes, AT.attributes)
    batch.writeInt32BE(lastOffsetDelta, AT.lastOffsetDelta)
    writeInt64(batch, AT.baseTimestamp, isEmpty ? (this.#deleteHorizonMs ?? -1) : this.#baseTimestamp)
    writeInt64(batch, AT.maxTimestamp, options.logAppendTime ?? options.maxTimestamp ?? this.#maxTimestamp)
    writeInt64(batch, AT.producerId, options.producerId ?? -1)
    batch.writeInt16BE(options.producerEpoch ?? -1, AT.producerEpoch)
    batch.writeInt32BE(options.baseSequence ?? -1, AT.baseSequence)
    batch.writeInt32BE(this.#recordCount, AT.recordCount)
  }

  #timestampDelta(timestamp: number): number {
    return timestamp - (this.#deleteHorizonMs ?? (this.#recordCount === 0 ? timestamp : this.#baseTimestamp))
  }

  #bodySize(
    timestampDelta: number,
    keyLength: number,
    valueLength: number,
    headers: RecordHeaders | undefined,
  ): number {
    const keySize = keyLength < 0 ? 1 : varintSize(keyLength) + keyLength
    const valueSize = valueLength < 0 ? 1 : varintSize(valueLength) + valueLength
    const headersSize = headers === undefined || headers.size === 0 ? 1 : sizeOfHeaders(headers)
    return 1 + varlongSize(timestampDelta) + varintSize(this.#nextOffsetDelta) + keySize + valueSize + headersSize
  }

  #reserve(byteCount: number): void {
    const needed = this.#position + byteCount
    if (needed <= this.#buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(grown, 0, 0, this.#position)
    this.#buffer = grown
    this.#view = undefined
  }

  /** A view pays from the second record on. */
  #viewAt(source: Uint8Array): DataView | undefined {
    if (source === this.#source) return (this.#sourceView ??= viewOf(source))
    this.#source = source
    return (this.#sourceView = undefined)
  }

  /** Returns the position after it. */
  #copy(at: number, source: Uint8Array, start: number, end: number): number {
    const length = end - start
    const from = length > WORDS_COPY_MAX || length < WORDS_COPY_MIN ? undefined : this.#viewAt(source)
    if (from === undefined) return copyBytes(this.#buffer, at, source, start, end)
    const to = (this.#view ??= viewOf(this.#buffer))
    let i = start
    let position = at
    for (const last = end - WORD_BYTES; i < last; i += WORD_BYTES, position += WORD_BYTES)
      copyWord(to, position, from, i)
    // The last word begins where it ends with the bytes: what it has in common with the one before is written twice.
    position += end - i
    copyWord(to, position - WORD_BYTES, from, end - WORD_BYTES)
    return position
  }
}

// Each writes at a position and returns the one after.

function writeBytes(
  target: Buffer,
  position: number,
  source: Uint8Array | null,
  start: number,
  length: number,
): number {
  if (source === null) return writeNull(target, position)
  return copyBytes(target, writeVarint(target, position, length), source, start, start + length)
}

/** The length of null, -1. */
function writeNull(target: Buffer, position: number): number {
  target[position] = 1
  return position + 1
}

function copyBytes(target: Buffer, position: number, source: Uint8Array, start: number, end: number): number {
  let at = position
  if (end - start <= LOOP_COPY_MAX) {
    for (let i = start; i < end; i++) target[at++] = source[i] as number
    return at
  }
  target.set(start === 0 && end === source.length ? source : source.subarray(start, end), at)
  return at + end - start
}

function copyWord(to: DataView, at: number, from: DataView, start: number): void {
  to.setInt32(at, from.getInt32(start, true), true)
  to.setInt32(at + 4, from.getInt32(start + 4, true), true)
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

/** Whether key and value lie behind their lengths as in a batch (that they come from), the key's in one byte and the value's in two. */
function isAsInBatch(
  key: Uint8Array | null,
  keyStart: number,
  keyLength: number,
  value: Uint8Array | null,
  valueStart: number,
  valueLength: number,
): boolean {
  if (key === null || key !== value || keyLength >= 0x40 || valueLength < 0x40 || valueLength >= 0x2000) return false
  const keyEnd = keyStart + keyLength
  return (
    keyStart > 0 &&
    valueStart === keyEnd + 2 &&
    key[keyStart - 1] === keyLength << 1 &&
    key[keyEnd] === (((valueLength << 1) & 0x7f) | 0x80) &&
    key[keyEnd + 1] === valueLength >> 6
  )
}

function writeHeaders(target: Buffer, position: number, headers: RecordHeaders): number {
  let at = writeVarint(target, position, headers.size)
  for (const [name, value] of headers.entries) {
    at = writeVarint(target, at, Buffer.byteLength(name, 'utf8'))
    at += target.write(name, at, 'utf8')
    at = writeBytes(target, at, value, 0, value === null ? -1 : value.length)
  }
  return at
}

/** A zigzag integer that is not negative. */
function writeVarint(target: Buffer, position: number, value: number): number {
  let at = position
  if (value < 0x40) {
    target[at++] = value << 1
    return at
  }
  let rest = value * 2
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 128)) target[at++] = (rest % 128) | 0x80
  for (; rest > 0x7f; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80
  target[at++] = rest
  return at
}

function writeNegative(target: Buffer, position: number, value: number): number {
  let at = position
  // Twice a number beyond 2^52 is not exact any more: the lowest bits are split off first.
  const magnitude = -value - 1
  let rest = Math.floor(magnitude / 64)
  target[at++] = ((magnitude % 64) << 1) | 1 | (rest > 0 ? 0x80 : 0)
  if (rest === 0) return at
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) target[at++] = (rest % 128) | 0x80
  target[at++] = rest
  return at
}

/** Of a zigzag integer that is not negative. */
function varintSize(value: number): number {
  if (value < 0x40) return 1
  if (value < 0x2000) return 2
  if (value < 0x10_0000) return 3
  return value < 0x800_0000 ? 4 : varlongSize(value)
}

function varlongSize(value: number): number {
  let size = 1
  for (let rest = value >= 0 ? value * 2 : -value * 2 - 1; rest >= 128; rest /= 128) size++
  return size
}

function sizeOfHeaders(headers: RecordHeaders): number {
  let size = varintSize(headers.size)
  for (const [name, value] of headers.entries) {
    const nameLength = Buffer.byteLength(name, 'utf8')
    size += varintSize(nameLength) + nameLength + (value === null ? 1 : varintSize(value.length) + value.length)
  }
  return size
}
