// Transaction markers: a control batch with one record that ends a transaction in a partition. The record's key tells which way, its
// value the epoch of the coordinator (both with an int16 version in front).
import { TidemillError } from '../base/index.ts'
import { decodeVersioned, encodeVersioned } from './api.ts'
import { controlRecordTypeSchemaFormat, endTxnMarkerFormat } from './generated/index.ts'
import { RecordBatchBuilder } from './record-batch-builder.ts'
import type { RecordCursor } from './record-batch.ts'

const ABORT = 0
const COMMIT = 1

export interface MarkerOptions {
  readonly kind: 'commit' | 'abort'
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly timestamp: number
  readonly baseOffset?: number
  readonly leaderEpoch?: number
}

/** Makes the batch that ends a transaction. */
export function transactionMarker(options: MarkerOptions): Buffer {
  const { kind, producerId, producerEpoch, coordinatorEpoch, timestamp, baseOffset = 0, leaderEpoch = -1 } = options
  const builder = new RecordBatchBuilder({ capacity: 96 })
  const key = encodeVersioned(controlRecordTypeSchemaFormat, { type: kind === 'commit' ? COMMIT : ABORT }, 0)
  builder.appendRecord(timestamp, key, encodeVersioned(endTxnMarkerFormat, { coordinatorEpoch }, 0))
  return builder.build({ producerId, producerEpoch, isTransactional: true, isControl: true, baseOffset, leaderEpoch })
}

/** Reads the current record of a control batch; undefined where it is of a kind that has nothing to do with transactions. */
export function readMarker(
  cursor: RecordCursor,
): { readonly kind: 'commit' | 'abort'; readonly coordinatorEpoch: number } | undefined {
  const { buffer, keyStart, keyLength, valueStart, valueLength } = cursor
  if (keyLength < 4)
    throw new TidemillError(
      'invalid-wire-data',
      `the control record at offset ${cursor.offset} has a key of ${keyLength} bytes`,
    )
  const { type } = decodeVersioned(controlRecordTypeSchemaFormat, buffer.subarray(keyStart, keyStart + keyLength))
  if (type !== COMMIT && type !== ABORT) return undefined
  const { coordinatorEpoch } = decodeVersioned(
    endTxnMarkerFormat,
    buffer.subarray(valueStart, valueStart + Math.max(0, valueLength)),
  )
  return { kind: type === COMMIT ? 'commit' : 'abort', coordinatorEpoch }
}
