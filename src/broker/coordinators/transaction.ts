// One transactional id as the coordinator knows it, and its record in __transaction_state (Kafka's TransactionLogValue, version 1).
//
//   Empty --add--> Ongoing --end--> PrepareCommit --markers--> CompleteCommit --+
//                    ^     '------> PrepareAbort ---markers--> CompleteAbort ---+--add--> Ongoing
//
// A value is never changed: the coordinator appends the next one to its log and then puts it in the place of the old.
import {
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeVersioned,
  transactionLogKeyFormat,
  transactionLogValueFormat,
} from '../../protocol/index.ts'
import type { CoordinatorRecord } from './coordinator-log.ts'

export const TRANSACTION_STATES = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
] as const
export type TransactionState = (typeof TRANSACTION_STATES)[number]

/** Topic name to partition numbers. */
export type TransactionPartitions = ReadonlyMap<string, ReadonlySet<number>>

/** A producer id and epoch as a client gives them; -1 for none. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface Transaction {
  readonly id: string
  readonly producerId: number
  /** The producer id before the epochs of this one began; -1 for none. */
  readonly previousProducerId: number
  readonly epoch: number
  /** The epoch before the last bump that the client asked for: a retry of that request is told the same again. -1 for none. */
  readonly lastEpoch: number
  /** While a transaction ends whose next epoch would be too high: what the client goes on with. -1 for none. */
  readonly nextProducerId: number
  readonly timeoutMs: number
  readonly state: TransactionState
  readonly partitions: TransactionPartitions
  readonly startMs: number
  readonly updateMs: number
  /** 2 when the client speaks KIP-890. */
  readonly clientVersion: number
}

const VALUE_VERSION = 1

export const NO_PARTITIONS: TransactionPartitions = new Map()

export function transactionRecord(transaction: Transaction): CoordinatorRecord {
  const { id, state, partitions } = transaction
  const value = encodeVersioned(
    transactionLogValueFormat,
    {
      producerId: transaction.producerId,
      previousProducerId: transaction.previousProducerId,
      nextProducerId: transaction.nextProducerId,
      producerEpoch: transaction.epoch,
      nextProducerEpoch: transaction.nextProducerId < 0 ? -1 : 0,
      transactionTimeoutMs: transaction.timeoutMs,
      transactionStatus: TRANSACTION_STATES.indexOf(state),
      // Null says that there never was a transaction.
      transactionPartitions:
        state === 'Empty'
          ? null
          : [...partitions].map(([topic, indexes]) => ({ topic, partitionIds: [...indexes].sort((a, b) => a - b) })),
      transactionLastUpdateTimestampMs: transaction.updateMs,
      transactionStartTimestampMs: transaction.startMs,
      clientTransactionVersion: transaction.clientVersion,
    },
    VALUE_VERSION,
  )
  return { key: transactionKey(id), value }
}

export function transactionKey(id: string): Buffer {
  return encodeRecordKey(transactionLogKeyFormat, { transactionalId: id })
}

/** Reads a record back; a tombstone has no value. Undefined for records of another kind. */
export function readTransactionRecord(
  key: Buffer,
  value: Buffer | null,
): { readonly id: string; readonly transaction: Transaction | undefined } | undefined {
  if (key.readInt16BE(0) !== transactionLogKeyFormat.recordType) return undefined
  const id = decodeRecordKey(transactionLogKeyFormat, key).transactionalId
  if (value === null) return { id, transaction: undefined }
  const read = decodeVersioned(transactionLogValueFormat, value)
  const partitions = (read.transactionPartitions ?? []).map(
    ({ topic, partitionIds }) => [topic, new Set(partitionIds)] as const,
  )
  const transaction: Transaction = {
    id,
    producerId: read.producerId,
    previousProducerId: read.previousProducerId,
    epoch: read.producerEpoch,
    lastEpoch: -1,
    nextProducerId: read.nextProducerId,
    timeoutMs: read.transactionTimeoutMs,
    state: TRANSACTION_STATES[read.transactionStatus] ?? 'Dead',
    partitions: new Map(partitions),
    startMs: read.transactionStartTimestampMs,
    updateMs: read.transactionLastUpdateTimestampMs,
    clientVersion: read.clientTransactionVersion,
  }
  return { id, transaction }
}
