// Consumer groups of the classic protocol, their offsets, and what tools ask about them.
import type { ApiSchema } from './notation.ts'

export const groupApis: readonly ApiSchema[] = [
  {
    key: 10,
    name: 'FindCoordinator',
    versions: '0-6',
    flexible: '3+',
    request: `
      key: string 0-3
      keyType: int8 1+
      coordinatorKeys: string[] 4+
    `,
    response: `
      throttleTimeMs: int32 1+ = 0
      errorCode: int16 0-3
      errorMessage: string? 1-3
      nodeId: int32 0-3
      host: string 0-3
      port: int32 0-3
      coordinators: Coordinator[] 4+
        key: string
        nodeId: int32
        host: string
        port: int32
        errorCode: int16
        errorMessage: string?
    `,
  },
  {
    key: 11,
    name: 'JoinGroup',
    versions: '0-9',
    flexible: '6+',
    request: `
      groupId: string
      sessionTimeoutMs: int32
      rebalanceTimeoutMs: int32 1+ = -1
      memberId: string
      groupInstanceId: string? 5+ = null
      protocolType: string
      protocols: Protocol[]
        name: string
        metadata: bytes
      reason: string? 8+ = null
    `,
    response: `
      throttleTimeMs: int32 2+ = 0
      errorCode: int16
      generationId: int32 = -1
      protocolType: string? 7+ = null
      protocolName: string?7+
      leader: string
      skipAssignment: bool 9+
      memberId: string
      members: Member[]
        memberId: string
        groupInstanceId: string? 5+ = null
        metadata: bytes
    `,
  },
  {
    key: 14,
    name: 'SyncGroup',
    versions: '0-5',
    flexible: '4+',
    request: `
      groupId: string
      generationId: int32
      memberId: string
      groupInstanceId: string? 3+ = null
      protocolType: string? 5+ = null
      protocolName: string? 5+ = null
      assignments: Assignment[]
        memberId: string
        assignment: bytes
    `,
    response: `
      throttleTimeMs: int32 1+ = 0
      errorCode: int16
      protocolType: string? 5+ = null
      protocolName: string? 5+ = null
      assignment: bytes
    `,
  },
  {
    key: 12,
    name: 'Heartbeat',
    versions: '0-4',
    flexible: '4+',
    request: `
      groupId: string
      generationId: int32
      memberId: string
      groupInstanceId: string? 3+ = null
    `,
    response: `
      throttleTimeMs: int32 1+ = 0
      errorCode: int16
    `,
  },
  {
    key: 13,
    name: 'LeaveGroup',
    versions: '0-5',
    flexible: '4+',
    request: `
      groupId: string
      memberId: string 0-2
      members: Member[] 3+
        memberId: string
        groupInstanceId: string? = null
        reason: string? 5+ = null
    `,
    response: `
      throttleTimeMs: int32 1+ = 0
      errorCode: int16
      members: Member[] 3+
        memberId: string
        groupInstanceId: string?
        errorCode: int16
    `,
  },
  {
    key: 8,
    name: 'OffsetCommit',
    versions: '2-10',
    flexible: '8+',
    request: `
      groupId: string
      generationIdOrMemberEpoch: int32 = -1
      memberId: string
      groupInstanceId: string? 7+ = null
      retentionTimeMs: int64 2-4 = -1
      topics: Topic[]
        name: string 2-9
        topicId: uuid 10+
        partitions: Partition[]
          partitionIndex: int32
          committedOffset: int64
          committedLeaderEpoch: int32 6+ = -1
          committedMetadata: string?
    `,
    response: `
      throttleTimeMs: int32 3+ = 0
      topics: Topic[]
        name: string 2-9
        topicId: uuid 10+
        partitions: Partition[]
          partitionIndex: int32
          errorCode: int16
    `,
  },
  {
    key: 9,
    name: 'OffsetFetch',
    versions: '1-10',
    flexible: '6+',
    request: `
      groupId: string 1-7
      topics: Topic[]?2-7 1-7
        name: string
        partitionIndexes: int32[]
      groups: Group[] 8+
        groupId: string
        memberId: string? 9+ = null
        memberEpoch: int32 9+ = -1
        topics: GroupTopic[]?
          name: string 8-9
          topicId: uuid 10+
          partitionIndexes: int32[]
      requireStable: bool 7+
    `,
    response: `
      throttleTimeMs: int32 3+ = 0
      topics: Topic[] 1-7
        name: string
        partitions: Partition[]
          partitionIndex: int32
          committedOffset: int64
          committedLeaderEpoch: int32 5-7 = -1
          metadata: string?
          errorCode: int16
      errorCode: int16 2-7
      groups: Group[] 8+
        groupId: string
        topics: GroupTopic[]
          name: string 8-9
          topicId: uuid 10+
          partitions: GroupPartition[]
            partitionIndex: int32
            committedOffset: int64
            committedLeaderEpoch: int32 = -1
            metadata: string?
            errorCode: int16
        errorCode: int16
    `,
  },
  {
    key: 47,
    name: 'OffsetDelete',
    versions: '0',
    flexible: 'none',
    request: `
      groupId: string
      topics: Topic[]
        name: string
        partitions: Partition[]
          partitionIndex: int32
    `,
    response: `
      errorCode: int16
      throttleTimeMs: int32 = 0
      topics: Topic[]
        name: string
        partitions: Partition[]
          partitionIndex: int32
          errorCode: int16
    `,
  },
  {
    key: 15,
    name: 'DescribeGroups',
    versions: '0-6',
    flexible: '5+',
    request: `
      groups: string[]
      includeAuthorizedOperations: bool 3+
    `,
    response: `
      throttleTimeMs: int32 1+ = 0
      groups: Group[]
        errorCode: int16
        errorMessage: string? 6+ = null
        groupId: string
        groupState: string
        protocolType: string
        protocolData: string
        members: Member[]
          memberId: string
          groupInstanceId: string? 4+ = null
          clientId: string
          clientHost: string
          memberMetadata: bytes
          memberAssignment: bytes
        authorizedOperations: int32 3+ = -2147483648
    `,
  },
  {
    key: 16,
    name: 'ListGroups',
    versions: '0-5',
    flexible: '3+',
    request: `
      statesFilter: string[] 4+
      typesFilter: string[] 5+
    `,
    response: `
      throttleTimeMs: int32 1+ = 0
      errorCode: int16
      groups: Group[]
        groupId: string
        protocolType: string
        groupState: string 4+
        groupType: string 5+
    `,
  },
  {
    key: 42,
    name: 'DeleteGroups',
    versions: '0-2',
    flexible: '2+',
    request: `
      groupsNames: string[]
    `,
    response: `
      throttleTimeMs: int32 = 0
      results: Result[]
        groupId: string
        errorCode: int16
    `,
  },
]
