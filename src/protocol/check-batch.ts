// What a broker must look at before it takes a batch from a producer. A fault has Kafka's error code and a message for people.
import { TidemillError } from '../base/index.ts'
import { ERROR } from './error-codes.ts'
import { AT, BATCH_HEADER_SIZE, type RecordBatch, batchChecksum, batchSize, readBatchHeader } from './record-batch.ts'
import { type BatchCursor, recordCursor } from './record-cursor.ts'

export interface BatchFault {
  /** Kafka's, for the answer. */
  readonly errorCode: number
  readonly message: string
  /** The records at fault, where it is records, by their place in the batch. */
  readonly records?: readonly { readonly index: number; readonly message: string }[]
}

export type CheckedBatch = { readonly batch: RecordBatch } | { readonly fault: BatchFault }

/**
 * Parses the one batch that `records` must hold and checks what a producer's batch must be: whole, of format 2, unharmed, with as
 * many records as offsets, no control batch, and with a sequence where it has a producer id. The records are not walked.
 */
export function checkProducedBatch(records: Buffer): CheckedBatch {
  const broken = findDamage(records)
  if (broken !== undefined) return { fault: broken }
  const batch = readBatchHeader(records)
  const fault = findMisuse(batch)
  return fault === undefined ? { batch } : { fault }
}

/** What is wrong with the bytes: of the batch at `start`, which must end at `end` at the latest. For logs and replies. */
export function findDamage(buffer: Buffer, start = 0, end: number = buffer.length): BatchFault | undefined {
  const size = end - start
  if (size < BATCH_HEADER_SIZE)
    return corrupt(`${size} bytes are fewer than the ${BATCH_HEADER_SIZE} of a batch's header`)
  const length = buffer.readInt32BE(start + AT.length)
  if (length < BATCH_HEADER_SIZE - 12 || start + 12 + length > end)
    return corrupt(`the batch says that it has ${length + 12} bytes, but there are ${size}`)
  const magic = buffer[start + AT.magic] as number
  if (magic !== 2) return invalidRecord(`the batch has format ${magic}: only format 2 is taken`)
  const batchEnd = start + batchSize(buffer, start)
  const stated = buffer.readUInt32BE(start + AT.crc)
  const actual = batchChecksum(buffer, start, batchEnd)
  if (stated !== actual) return corrupt(`the checksum of the batch is ${hex(actual)}, but it says ${hex(stated)}`)
  try {
    readBatchHeader(buffer, start)
    return undefined
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    const isCodec = (buffer.readInt16BE(start + AT.attributes) & 7) > 4
    return { errorCode: isCodec ? ERROR.UNSUPPORTED_COMPRESSION_TYPE : ERROR.INVALID_RECORD, message: error.message }
  }
}

function findMisuse(batch: RecordBatch): BatchFault | undefined {
  const { recordCount, producerId } = batch
  const offsetCount = batch.lastOffset - batch.baseOffset + 1
  if (batch.end !== batch.buffer.length)
    return invalidRecord(
      `${batch.buffer.length - batch.end} bytes follow the batch: one partition takes one batch a request`,
    )
  if (recordCount <= 0) return invalidRecord(`the batch has ${recordCount} records`)
  if (offsetCount !== recordCount)
    return invalidRecord(`the batch has ${recordCount} records for ${offsetCount} offsets`)
  if (batch.isControl) return invalidRecord('control batches are written by brokers only')
  if (producerId >= 0 && batch.baseSequence < 0)
    return invalidRecord(`the batch has the producer id ${producerId}, but the sequence number ${batch.baseSequence}`)
  if (batch.isTransactional && producerId < 0)
    return invalidRecord('the batch is transactional, but has no producer id')
  if (batch.timestampType === 'log-append')
    return {
      errorCode: ERROR.INVALID_TIMESTAMP,
      message: 'the batch claims a time of arrival, which only the broker knows',
    }
  return undefined
}

/**
 * Walks all records (decompressing): whether each can be read, their offsets count up by one, and, for a compacted topic, whether each has a
 * key. Returns what is wrong.
 */
export function findRecordFault(
  batch: RecordBatch,
  options: { readonly keysRequired: boolean },
): BatchFault | undefined {
  const keyless: { readonly index: number; readonly message: string }[] = []
  try {
    const cursor: BatchCursor = recordCursor(batch)
    for (let index = 0; cursor.next(); index++) {
      if (cursor.offset !== batch.baseOffset + index)
        return invalidRecord(`record ${index} has the offset delta ${cursor.offset - batch.baseOffset}`)
      cursor.headers()
      if (options.keysRequired && cursor.keyLength < 0)
        keyless.push({ index, message: 'a compacted topic takes no record without a key' })
    }
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    return corrupt(error.message)
  }
  if (keyless.length === 0) return undefined
  return { ...invalidRecord(`${keyless.length} records have no key, which a compacted topic needs`), records: keyless }
}

function corrupt(message: string): BatchFault {
  return { errorCode: ERROR.CORRUPT_MESSAGE, message }
}

function invalidRecord(message: string): BatchFault {
  return { errorCode: ERROR.INVALID_RECORD, message }
}

function hex(checksum: number): string {
  return `0x${checksum.toString(16).padStart(8, '0')}`
}
