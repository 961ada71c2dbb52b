// Idempotent and transactional producers.
import type { ApiSchema } from './notation.ts'

export const transactionApis: readonly ApiSchema[] = [
  {
    key: 22,
    name: 'InitProducerId',
    versions: '0-6',
    flexible: '2+',
    latestIsUnstable: true,
    request: `
      transactionalId: string?
      transactionTimeoutMs: int32
      producerId: int64 3+ = -1
      producerEpoch: int16 3+ = -1
      enable2Pc: bool 6+
      keepPreparedTxn: bool 6+
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16
      producerId: int64 = -1
      producerEpoch: int16
      ongoingTxnProducerId: int64 6+ = -1
      ongoingTxnProducerEpoch: int16 6+ = -1
    `,
  },
  {
    key: 24,
    name: 'AddPartitionsToTxn',
    versions: '0-5',
    flexible: '3+',
    request: `
      transactions: Transaction[] 4+
        transactionalId: string
        producerId: int64
        producerEpoch: int16
        verifyOnly: bool
        topics: Topic[]
          name: string
          partitions: int32[]
      v3AndBelowTransactionalId: string 0-3
      v3AndBelowProducerId: int64 0-3
      v3AndBelowProducerEpoch: int16 0-3
      v3AndBelowTopics: Topic[] 0-3
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16 4+
      resultsByTransaction: Transaction[] 4+
        transactionalId: string
        topicResults: Topic[]
          name: string
          resultsByPartition: Partition[]
            partitionIndex: int32
            partitionErrorCode: int16
      resultsByTopicV3AndBelow: Topic[] 0-3
    `,
  },
  {
    key: 25,
    name: 'AddOffsetsToTxn',
    versions: '0-4',
    flexible: '3+',
    request: `
      transactionalId: string
      producerId: int64
      producerEpoch: int16
      groupId: string
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16
    `,
  },
  {
    key: 28,
    name: 'TxnOffsetCommit',
    versions: '0-5',
    flexible: '3+',
    request: `
      transactionalId: string
      groupId: string
      producerId: int64
      producerEpoch: int16
      generationId: int32 3+ = -1
      memberId: string 3+ = ''
      groupInstanceId: string? 3+ = null
      topics: Topic[]
        name: string
        partitions: Partition[]
          partitionIndex: int32
          committedOffset: int64
          committedLeaderEpoch: int32 2+ = -1
          committedMetadata: string?
    `,
    response: `
      throttleTimeMs: int32 = 0
      topics: Topic[]
        name: string
        partitions: Partition[]
          partitionIndex: int32
          errorCode: int16
    `,
  },
  {
    key: 26,
    name: 'EndTxn',
    versions: '0-5',
    flexible: '3+',
    request: `
      transactionalId: string
      producerId: int64
      producerEpoch: int16
      committed: bool
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16
      producerId: int64 5+ = -1
      producerEpoch: int16 5+ = -1
    `,
  },
  {
    key: 27,
    name: 'WriteTxnMarkers',
    versions: '1-2',
    flexible: '1+',
    request: `
      markers: Marker[]
        producerId: int64
        producerEpoch: int16
        transactionResult: bool
        topics: Topic[]
          name: string
          partitionIndexes: int32[]
        coordinatorEpoch: int32
        transactionVersion: int8 2+
    `,
    response: `
      markers: Marker[]
        producerId: int64
        topics: Topic[]
          name: string
          partitions: Partition[]
            partitionIndex: int32
            errorCode: int16
    `,
  },
  {
    key: 61,
    name: 'DescribeProducers',
    versions: '0',
    flexible: '0+',
    request: `
      topics: Topic[]
        name: string
        partitionIndexes: int32[]
    `,
    response: `
      throttleTimeMs: int32 = 0
      topics: Topic[]
        name: string
        partitions: Partition[]
          partitionIndex: int32
          errorCode: int16
          errorMessage: string? = null
          activeProducers: ActiveProducer[]
            producerId: int64
            producerEpoch: int32
            lastSequence: int32 = -1
            lastTimestamp: int64 = -1
            coordinatorEpoch: int32
            currentTxnStartOffset: int64 = -1
    `,
  },
  {
    key: 65,
    name: 'DescribeTransactions',
    versions: '0',
    flexible: '0+',
    request: `
      transactionalIds: string[]
    `,
    response: `
      throttleTimeMs: int32 = 0
      transactionStates: TransactionState[]
        errorCode: int16
        transactionalId: string
        transactionState: string
        transactionTimeoutMs: int32
        transactionStartTimeMs: int64
        producerId: int64
        producerEpoch: int16
        topics: Topic[]
          topic: string
          partitions: int32[]
    `,
  },
  {
    key: 66,
    name: 'ListTransactions',
    versions: '0-2',
    flexible: '0+',
    request: `
      stateFilters: string[]
      producerIdFilters: int64[]
      durationFilter: int64 1+ = -1
      transactionalIdPattern: string? 2+ = null
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16
      unknownStateFilters: string[]
      transactionStates: TransactionState[]
        transactionalId: string
        producerId: int64
        transactionState: string
    `,
  },
]
