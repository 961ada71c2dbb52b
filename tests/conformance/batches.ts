// Runs recorded record batches: reading gives the recorded header fields and records; building a batch of what was read gives the
// recorded bytes (compressed ones depend on the compressor: for these, building and reading again gives the same records).
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import {
  RecordBatchBuilder,
  type RecordBatch,
  batchChecksum,
  lastSequence,
  readBatchHeader,
  readBatches,
  readMarker,
  recordCursor,
  transactionMarker,
} from '../../src/protocol/index.ts'
import type { CaseFailure, RunResult } from './wire.ts'

export interface BatchCase {
  readonly what: string
  readonly batches: readonly Readonly<Record<string, unknown>>[]
  readonly hex: string
}

/** `loadCompression` must have ended. */
export function run(file: string): RunResult {
  const cases = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as readonly BatchCase[]
  const failed: CaseFailure[] = []
  for (const one of cases) {
    const failure = runCase(one)
    if (failure !== undefined) failed.push({ name: one.what, ...failure })
  }
  return { passed: cases.length - failed.length, failed }
}

function runCase(one: BatchCase): Omit<CaseFailure, 'name'> | undefined {
  try {
    const bytes = Buffer.from(one.hex, 'hex')
    const batches = readBatches(bytes)
    const read = compare(one.batches, batches.map(describe))
    if (read !== undefined) return read
    for (const batch of batches) {
      const failure = rebuild(batch)
      if (failure !== undefined) return failure
    }
    return undefined
  } catch (error) {
    return { actual: String(error) }
  }
}

/** What the recorded cases say about a batch, with the keys in their order. */
export function describe(batch: RecordBatch): Readonly<Record<string, unknown>> {
  const { buffer, start, end, deleteHorizonMs } = batch
  return {
    baseOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    sizeInBytes: end - start,
    partitionLeaderEpoch: batch.leaderEpoch,
    magic: buffer[start + 16],
    crc: batchChecksum(buffer, start, end),
    compression: batch.compression,
    timestampType: batch.timestampType === 'create' ? 'CreateTime' : 'LogAppendTime',
    transactional: batch.isTransactional,
    control: batch.isControl,
    maxTimestamp: batch.maxTimestamp,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    lastSequence: lastSequence(batch),
    count: batch.recordCount,
    ...(deleteHorizonMs === undefined ? {} : { deleteHorizonMs }),
    records: describeRecords(batch),
  }
}

function describeRecords(batch: RecordBatch): readonly Readonly<Record<string, unknown>>[] {
  const result: Readonly<Record<string, unknown>>[] = []
  const cursor = recordCursor(batch)
  const text = (start: number, length: number): string | null =>
    length < 0 ? null : cursor.buffer.toString('hex', start, start + length)
  while (cursor.next()) {
    const headers = cursor.headers().entries.map(([name, value]) => [name, value?.toString('hex') ?? null])
    const marker = batch.isControl ? readMarker(cursor) : undefined
    const sequence = batch.baseSequence < 0 ? -1 : (batch.baseSequence + cursor.offset - batch.baseOffset) % 2 ** 31
    result.push({
      offset: cursor.offset,
      timestamp: cursor.timestamp,
      sequence,
      key: text(cursor.keyStart, cursor.keyLength),
      value: text(cursor.valueStart, cursor.valueLength),
      ...(headers.length === 0 ? {} : { headers }),
      ...(marker === undefined
        ? {}
        : { controlType: marker.kind.toUpperCase(), coordinatorEpoch: marker.coordinatorEpoch }),
    })
  }
  return result
}

function rebuild(batch: RecordBatch): Omit<CaseFailure, 'name'> | undefined {
  const original = batch.buffer.subarray(batch.start, batch.end)
  const copy = build(batch)
  if (batch.compression !== 'none') {
    const { crc: _c, sizeInBytes: _s, ...expected } = describe(batch)
    const { crc: _c2, sizeInBytes: _s2, ...actual } = describe(readBatchHeader(copy))
    return compare(expected, actual)
  }
  return compare(original.toString('hex'), (batch.isControl ? marker(batch) : copy).toString('hex'))
}

function build(batch: RecordBatch): Buffer {
  // The records of a log-append batch keep the times they came with, which show when the batch says otherwise.
  const plain = { ...batch, timestampType: 'create' as const }
  const builder = new RecordBatchBuilder({ deleteHorizonMs: batch.deleteHorizonMs })
  const cursor = recordCursor(plain)
  let size = 61
  while (cursor.next()) {
    builder.skipTo(cursor.offset - batch.baseOffset)
    const { buffer, timestamp, keyStart, keyLength, valueStart, valueLength } = cursor
    const key = keyLength < 0 ? null : buffer
    const value = valueLength < 0 ? null : buffer
    const headers = cursor.headers()
    size = builder.sizeWith(timestamp, keyLength, valueLength, headers)
    builder.append(timestamp, key, keyStart, keyStart + keyLength, value, valueStart, valueStart + valueLength, headers)
    if (builder.sizeBytes !== size) throw new Error(`${size} bytes were foreseen, ${builder.sizeBytes} came`)
  }
  return builder.build({
    ...batch,
    lastOffsetDelta: batch.lastOffset - batch.baseOffset,
    ...(batch.timestampType === 'log-append'
      ? { logAppendTime: batch.maxTimestamp }
      : { maxTimestamp: batch.maxTimestamp }),
  })
}

function marker(batch: RecordBatch): Buffer {
  const cursor = recordCursor(batch)
  cursor.next()
  const read = readMarker(cursor)
  if (read === undefined) throw new Error('the control record is no transaction marker')
  const { producerId, producerEpoch, baseOffset, leaderEpoch } = batch
  return transactionMarker({ ...read, producerId, producerEpoch, baseOffset, leaderEpoch, timestamp: cursor.timestamp })
}

function compare(expected: unknown, actual: unknown): Omit<CaseFailure, 'name'> | undefined {
  const [left, right] = [JSON.stringify(expected), JSON.stringify(actual)]
  return left === right ? undefined : { expected: left, actual: right }
}
