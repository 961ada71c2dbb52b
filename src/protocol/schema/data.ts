// Messages that travel inside others or lie in internal topics: user data of the consumer protocol, keys and values of
// __consumer_offsets and __transaction_state, the record of a transaction marker.
import type { DataSchema } from './notation.ts'

export const dataSchemas: readonly DataSchema[] = [
  {
    name: 'ConsumerProtocolSubscription',
    versions: '0-3',
    flexible: 'none',
    fields: `
      topics: string[]
      userData: bytes? = null
      ownedPartitions: OwnedPartition[] 1+
        topic: string
        partitions: int32[]
      generationId: int32 2+ = -1
      rackId: string? 3+ = null
    `,
  },
  {
    name: 'ConsumerProtocolAssignment',
    versions: '0-3',
    flexible: 'none',
    fields: `
      assignedPartitions: AssignedPartition[]
        topic: string
        partitions: int32[]
      userData: bytes? = null
    `,
  },
  {
    name: 'OffsetCommitKey',
    recordType: 1,
    versions: '0',
    flexible: 'none',
    fields: `
      group: string
      topic: string
      partition: int32
    `,
  },
  {
    name: 'OffsetCommitValue',
    versions: '0-4',
    flexible: '4+',
    fields: `
      offset: int64
      leaderEpoch: int32 3+ = -1
      metadata: string
      commitTimestamp: int64
      expireTimestamp: int64 1 = -1
      topicId: uuid 4+ #0
    `,
  },
  {
    name: 'GroupMetadataKey',
    recordType: 2,
    versions: '0',
    flexible: 'none',
    fields: `
      group: string
    `,
  },
  {
    name: 'GroupMetadataValue',
    versions: '0-4',
    flexible: '4+',
    fields: `
      protocolType: string
      generation: int32
      protocol: string?
      leader: string?
      currentStateTimestamp: int64 2+ = -1
      members: Member[]
        memberId: string
        groupInstanceId: string? 3+ = null
        clientId: string
        clientHost: string
        rebalanceTimeout: int32 1+ = -1
        sessionTimeout: int32
        subscription: bytes
        assignment: bytes
    `,
  },
  {
    name: 'TransactionLogKey',
    recordType: 0,
    versions: '0',
    flexible: 'none',
    fields: `
      transactionalId: string
    `,
  },
  {
    name: 'TransactionLogValue',
    versions: '0-1',
    flexible: '1+',
    fields: `
      producerId: int64
      previousProducerId: int64 1+ #0 = -1
      nextProducerId: int64 1+ #1 = -1
      producerEpoch: int16
      nextProducerEpoch: int16 1+ #3 = -1
      transactionTimeoutMs: int32
      transactionStatus: int8
      transactionPartitions: TransactionPartition[]?
        topic: string
        partitionIds: int32[]
      transactionLastUpdateTimestampMs: int64
      transactionStartTimestampMs: int64
      clientTransactionVersion: int16 1+ #2
    `,
  },
  {
    name: 'EndTxnMarker',
    versions: '0',
    flexible: 'none',
    fields: `
      coordinatorEpoch: int32
    `,
  },
  {
    name: 'ControlRecordTypeSchema',
    versions: '0',
    flexible: 'none',
    fields: `
      type: int16
    `,
  },
]
