// Record batch v2 (magic 2): its header. Reading records is in record-cursor.ts, writing in record-batch-builder.ts, the layout in
// FORMAT.md. A batch is an opaque range of bytes wherever possible: the broker patches offset and epoch in place, which the checksum
// does not cover; everything from the attributes on is covered.
import { TidemillError, crc32c } from '../base/index.ts'
import type { RecordHeaders } from '../record/index.ts'
import type { Compression } from './compression.ts'

/** Bytes before the first record. */
export const BATCH_HEADER_SIZE = 61
/** Bytes up to and including the length field; the length counts what follows. */
export const BATCH_PREFIX_SIZE = 12

/** Where the fields are in a batch. */
export const AT = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const

/** The bits of the attributes; the lowest three are the compression. */
export const ATTRIBUTE = { logAppendTime: 0x08, transactional: 0x10, control: 0x20, deleteHorizon: 0x40 } as const

export const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** A parsed batch header over the bytes that hold it. */
export interface RecordBatch {
  readonly buffer: Buffer
  /** Of the whole batch in `buffer`. */
  readonly start: number
  readonly end: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly leaderEpoch: number
  readonly recordCount: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly compression: Compression
  readonly timestampType: 'create' | 'log-append'
  readonly deleteHorizonMs: number | undefined
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

/**
 * Walks the records of a batch: `while (cursor.next()) ...`. Fields are of the current record; keys and values are ranges of
 * `buffer` (the decompressed one where the batch is compressed); a length of -1 is null.
 */
export interface RecordCursor {
  readonly buffer: Buffer
  readonly offset: number
  readonly timestamp: number
  readonly keyStart: number
  readonly keyLength: number
  readonly valueStart: number
  readonly valueLength: number
  readonly headerCount: number
  /** Decodes the current record's headers; the empty ones where there are none. */
  headers(): RecordHeaders
  next(): boolean
  /** Where the keys of the next records lie, without moving: as many as there is room for and are plain to see. Returns how many. */
  keysAhead?(starts: Int32Array, ends: Int32Array): number
}

/** Whole batches in the range, in order; an incomplete one at the end (a fetch is cut anywhere) is left out. */
export function readBatches(buffer: Buffer, start = 0, end: number = buffer.length): RecordBatch[] {
  const batches: RecordBatch[] = []
  let at = start
  while (end - at >= BATCH_PREFIX_SIZE) {
    const batchEnd = at + batchSize(buffer, at)
    if (batchEnd > end) break
    batches.push(readBatchHeader(buffer, at))
    at = batchEnd
  }
  return batches
}

/** The size of the batch at `start` in bytes, by its length field; it may go beyond the buffer. */
export function batchSize(buffer: Buffer, start: number): number {
  const length = buffer.readInt32BE(start + AT.length)
  if (length < BATCH_HEADER_SIZE - BATCH_PREFIX_SIZE)
    throw invalid(`the batch at position ${start} says that it has ${length} bytes: fewer than its own header`)
  return BATCH_PREFIX_SIZE + length
}

/** Parses the header of the batch that lies whole in the buffer from `start` on. Checks the structure, not the checksum. */
export function readBatchHeader(buffer: Buffer, start = 0): RecordBatch {
  if (buffer.length - start < BATCH_HEADER_SIZE)
    throw invalid(`${buffer.length - start} bytes are too few for the header of a record batch`)
  const end = start + batchSize(buffer, start)
  if (end > buffer.length)
    throw invalid(`the batch at position ${start} ends at ${end}, but there are only ${buffer.length} bytes`)
  const magic = buffer.readInt8(start + AT.magic)
  if (magic !== 2) throw invalid(`the batch at position ${start} has format ${magic}: only format 2 is supported`)
  const attributes = buffer.readInt16BE(start + AT.attributes)
  const compression = COMPRESSIONS[attributes & 7]
  if (compression === undefined)
    throw invalid(`the batch at position ${start} has the compression ${attributes & 7}, which is not known`)
  const baseOffset = safeInt64(buffer, start, AT.baseOffset)
  const baseTimestamp = safeInt64(buffer, start, AT.baseTimestamp)
  return {
    buffer,
    start,
    end,
    baseOffset,
    lastOffset: baseOffset + buffer.readInt32BE(start + AT.lastOffsetDelta),
    leaderEpoch: buffer.readInt32BE(start + AT.leaderEpoch),
    recordCount: buffer.readInt32BE(start + AT.recordCount),
    baseTimestamp,
    maxTimestamp: safeInt64(buffer, start, AT.maxTimestamp),
    isTransactional: (attributes & ATTRIBUTE.transactional) !== 0,
    isControl: (attributes & ATTRIBUTE.control) !== 0,
    compression,
    timestampType: (attributes & ATTRIBUTE.logAppendTime) === 0 ? 'create' : 'log-append',
    deleteHorizonMs: (attributes & ATTRIBUTE.deleteHorizon) === 0 ? undefined : baseTimestamp,
    producerId: safeInt64(buffer, start, AT.producerId),
    producerEpoch: buffer.readInt16BE(start + AT.producerEpoch),
    baseSequence: buffer.readInt32BE(start + AT.baseSequence),
  }
}

/** The sequence number of the batch's last offset: after 2^31 - 1 comes 0; -1 where the batch has none. */
export function lastSequence(batch: RecordBatch): number {
  return batch.baseSequence < 0 ? -1 : addToSequence(batch.baseSequence, batch.lastOffset - batch.baseOffset)
}

/** Adds to a sequence number, which wraps after 2^31 - 1 to 0. */
export function addToSequence(sequence: number, increment: number): number {
  return (sequence + increment) % 0x8000_0000
}

// ---- changes in place ----

/** Not covered by the checksum. */
export function setBaseOffset(buffer: Buffer, start: number, baseOffset: number): void {
  writeInt64(buffer, start + AT.baseOffset, baseOffset)
}

/** Not covered by the checksum. */
export function setLeaderEpoch(buffer: Buffer, start: number, leaderEpoch: number): void {
  buffer.writeInt32BE(leaderEpoch, start + AT.leaderEpoch)
}

/** Makes all records have this time of arrival and computes the checksum anew. */
export function setLogAppendTime(buffer: Buffer, start: number, timestamp: number): void {
  const attributes = buffer.readInt16BE(start + AT.attributes)
  buffer.writeInt16BE(attributes | ATTRIBUTE.logAppendTime, start + AT.attributes)
  writeInt64(buffer, start + AT.maxTimestamp, timestamp)
  updateChecksum(buffer, start, start + batchSize(buffer, start))
}

/** A copy of the batch for another producer id, epoch and sequence: one that was handed to a connection is never written again. */
export function rewriteProducer(
  batch: Buffer,
  producer: { readonly producerId: number; readonly producerEpoch: number; readonly baseSequence: number },
): Buffer {
  const copy = Buffer.from(batch)
  writeInt64(copy, AT.producerId, producer.producerId)
  copy.writeInt16BE(producer.producerEpoch, AT.producerEpoch)
  copy.writeInt32BE(producer.baseSequence, AT.baseSequence)
  updateChecksum(copy, 0, copy.length)
  return copy
}

/** The checksum that the bytes of the batch have. */
export function batchChecksum(buffer: Buffer, start: number, end: number): number {
  return crc32c(buffer, start + AT.attributes, end)
}

export function updateChecksum(buffer: Buffer, start: number, end: number): void {
  buffer.writeUInt32BE(batchChecksum(buffer, start, end), start + AT.crc)
}

export function writeInt64(buffer: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  buffer.writeInt32BE(high, at)
  buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4)
}

function safeInt64(buffer: Buffer, start: number, field: number): number {
  const value = buffer.readInt32BE(start + field) * 0x1_0000_0000 + buffer.readUInt32BE(start + field + 4)
  if (!Number.isSafeInteger(value))
    throw invalid(`the batch at position ${start} has ${value} at byte ${field}: numbers beyond 2^53 are not supported`)
  return value
}

function invalid(message: string): TidemillError {
  return new TidemillError('invalid-wire-data', message)
}
