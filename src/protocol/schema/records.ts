// Writing, reading and finding records.
import type { ApiSchema } from './notation.ts'

export const recordApis: readonly ApiSchema[] = [
  {
    key: 0,
    name: 'Produce',
    versions: '3-13',
    flexible: '9+',
    request: `
      transactionalId: string? = null
      acks: int16
      timeoutMs: int32
      topicData: Topic[]
        name: string 3-12
        topicId: uuid 13+
        partitionData: Partition[]
          index: int32
          records: records?
    `,
    response: `
      responses: Topic[]
        name: string 3-12
        topicId: uuid 13+
        partitionResponses: Partition[]
          index: int32
          errorCode: int16
          baseOffset: int64
          logAppendTimeMs: int64 = -1
          logStartOffset: int64 5+ = -1
          recordErrors: RecordError[] 8+
            batchIndex: int32
            batchIndexErrorMessage: string? = null
          errorMessage: string? 8+ = null
          currentLeader: CurrentLeader 10+ #0
            leaderId: int32 = -1
            leaderEpoch: int32 = -1
      throttleTimeMs: int32
      nodeEndpoints: NodeEndpoint[] 10+ #0
        nodeId: int32
        host: string
        port: int32
        rack: string? = null
    `,
  },
  {
    key: 1,
    name: 'Fetch',
    versions: '4-18',
    flexible: '12+',
    request: `
      clusterId: string? 12+ #0 = null
      replicaId: int32 4-14 = -1
      replicaState: ReplicaState 15+ #1
        replicaId: int32 = -1
        replicaEpoch: int64 = -1
      maxWaitMs: int32
      minBytes: int32
      maxBytes: int32 = 2147483647
      isolationLevel: int8
      sessionId: int32 7+
      sessionEpoch: int32 7+ = -1
      topics: Topic[]
        topic: string 4-12
        topicId: uuid 13+
        partitions: Partition[]
          partition: int32
          currentLeaderEpoch: int32 9+ = -1
          fetchOffset: int64
          lastFetchedEpoch: int32 12+ = -1
          logStartOffset: int64 5+ = -1
          partitionMaxBytes: int32
          replicaDirectoryId: uuid 17+ #0
          highWatermark: int64 18+ #1 = 9223372036854775807
      forgottenTopicsData: ForgottenTopic[] 7+
        topic: string 7-12
        topicId: uuid 13+
        partitions: int32[]
      rackId: string 11+ = ''
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16 7+
      sessionId: int32 7+
      responses: Topic[]
        topic: string 4-12
        topicId: uuid 13+
        partitions: Partition[]
          partitionIndex: int32
          errorCode: int16
          highWatermark: int64
          lastStableOffset: int64 = -1
          logStartOffset: int64 5+ = -1
          divergingEpoch: DivergingEpoch 12+ #0
            epoch: int32 = -1
            endOffset: int64 = -1
          currentLeader: CurrentLeader 12+ #1
            leaderId: int32 = -1
            leaderEpoch: int32 = -1
          snapshotId: SnapshotId 12+ #2
            endOffset: int64 = -1
            epoch: int32 = -1
          abortedTransactions: AbortedTransaction[]?
            producerId: int64
            firstOffset: int64
          preferredReadReplica: int32 11+ = -1
          records: records?
      nodeEndpoints: NodeEndpoint[] 16+ #0
        nodeId: int32
        host: string
        port: int32
        rack: string? = null
    `,
  },
  {
    key: 2,
    name: 'ListOffsets',
    versions: '1-11',
    flexible: '6+',
    request: `
      replicaId: int32
      isolationLevel: int8 2+
      topics: Topic[]
        name: string
        partitions: Partition[]
          partitionIndex: int32
          currentLeaderEpoch: int32 4+ = -1
          timestamp: int64
      timeoutMs: int32 10+
    `,
    response: `
      throttleTimeMs: int32 2+ = 0
      topics: Topic[]
        name: string
        partitions: Partition[]
          partitionIndex: int32
          errorCode: int16
          timestamp: int64 = -1
          offset: int64 = -1
          leaderEpoch: int32 4+ = -1
    `,
  },
  {
    key: 23,
    name: 'OffsetForLeaderEpoch',
    versions: '2-4',
    flexible: '4+',
    request: `
      replicaId: int32 3+ = -2
      topics: Topic[]
        topic: string
        partitions: Partition[]
          partition: int32
          currentLeaderEpoch: int32 = -1
          leaderEpoch: int32
    `,
    response: `
      throttleTimeMs: int32 = 0
      topics: Topic[]
        topic: string
        partitions: Partition[]
          errorCode: int16
          partition: int32
          leaderEpoch: int32 = -1
          endOffset: int64 = -1
    `,
  },
  {
    key: 21,
    name: 'DeleteRecords',
    versions: '0-2',
    flexible: '2+',
    request: `
      topics: Topic[]
        name: string
        partitions: Partition[]
          partitionIndex: int32
          offset: int64
      timeoutMs: int32
    `,
    response: `
      throttleTimeMs: int32 = 0
      topics: Topic[]
        name: string
        partitions: Partition[]
          partitionIndex: int32
          lowWatermark: int64
          errorCode: int16
    `,
  },
]
