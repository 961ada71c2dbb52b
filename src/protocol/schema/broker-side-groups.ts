// Groups whose assignment the broker makes: consumer groups (KIP-848) and streams groups (KIP-1071).
import type { ApiSchema } from './notation.ts'

export const brokerSideGroupApis: readonly ApiSchema[] = [
  {
    key: 68,
    name: 'ConsumerGroupHeartbeat',
    versions: '0-1',
    flexible: '0+',
    request: `
      groupId: string
      memberId: string
      memberEpoch: int32
      instanceId: string? = null
      rackId: string? = null
      rebalanceTimeoutMs: int32 = -1
      subscribedTopicNames: string[]? = null
      subscribedTopicRegex: string? 1+ = null
      serverAssignor: string? = null
      topicPartitions: TopicPartition[]? = null
        topicId: uuid
        partitions: int32[]
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16
      errorMessage: string? = null
      memberId: string? = null
      memberEpoch: int32
      heartbeatIntervalMs: int32
      assignment: Assignment? = null
        topicPartitions: TopicPartitions[]
          topicId: uuid
          partitions: int32[]
    `,
  },
  {
    key: 69,
    name: 'ConsumerGroupDescribe',
    versions: '0-1',
    flexible: '0+',
    request: `
      groupIds: string[]
      includeAuthorizedOperations: bool
    `,
    response: `
      throttleTimeMs: int32 = 0
      groups: Group[]
        errorCode: int16
        errorMessage: string? = null
        groupId: string
        groupState: string
        groupEpoch: int32
        assignmentEpoch: int32
        assignorName: string
        members: Member[]
          memberId: string
          instanceId: string? = null
          rackId: string? = null
          memberEpoch: int32
          clientId: string
          clientHost: string
          subscribedTopicNames: string[]
          subscribedTopicRegex: string? = null
          assignment: Assignment
            topicPartitions: TopicPartitions[]
              topicId: uuid
              topicName: string
              partitions: int32[]
          targetAssignment: Assignment
          memberType: int8 1+ = -1
        authorizedOperations: int32 = -2147483648
    `,
  },
  {
    key: 88,
    name: 'StreamsGroupHeartbeat',
    versions: '0',
    flexible: '0+',
    request: `
      groupId: string
      memberId: string
      memberEpoch: int32
      endpointInformationEpoch: int32
      instanceId: string? = null
      rackId: string? = null
      rebalanceTimeoutMs: int32 = -1
      topology: Topology? = null
        epoch: int32
        subtopologies: Subtopology[]
          subtopologyId: string
          sourceTopics: string[]
          sourceTopicRegex: string[]
          stateChangelogTopics: TopicInfo[]
            name: string
            partitions: int32
            replicationFactor: int16
            topicConfigs: KeyValue[]
              key: string
              value: string
          repartitionSinkTopics: string[]
          repartitionSourceTopics: TopicInfo[]
          copartitionGroups: CopartitionGroup[]
            sourceTopics: int16[]
            sourceTopicRegex: int16[]
            repartitionSourceTopics: int16[]
      activeTasks: TaskIds[]? = null
        subtopologyId: string
        partitions: int32[]
      standbyTasks: TaskIds[]? = null
      warmupTasks: TaskIds[]? = null
      processId: string? = null
      userEndpoint: Endpoint? = null
        host: string
        port: uint16
      clientTags: KeyValue[]? = null
      taskOffsets: TaskOffset[]? = null
        subtopologyId: string
        partition: int32
        offset: int64
      taskEndOffsets: TaskOffset[]? = null
      shutdownApplication: bool
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16
      errorMessage: string? = null
      memberId: string
      memberEpoch: int32
      heartbeatIntervalMs: int32
      acceptableRecoveryLag: int32
      taskOffsetIntervalMs: int32
      status: Status[]?
        statusCode: int8
        statusDetail: string
      activeTasks: TaskIds[]? = null
        subtopologyId: string
        partitions: int32[]
      standbyTasks: TaskIds[]? = null
      warmupTasks: TaskIds[]? = null
      endpointInformationEpoch: int32
      partitionsByUserEndpoint: PartitionsByUserEndpoint[]? = null
        userEndpoint: Endpoint
          host: string
          port: uint16
        activePartitions: TopicPartition[]
          topic: string
          partitions: int32[]
        standbyPartitions: TopicPartition[]
    `,
  },
  {
    key: 89,
    name: 'StreamsGroupDescribe',
    versions: '0',
    flexible: '0+',
    request: `
      groupIds: string[]
      includeAuthorizedOperations: bool
    `,
    response: `
      throttleTimeMs: int32 = 0
      groups: Group[]
        errorCode: int16
        errorMessage: string? = null
        groupId: string
        groupState: string
        groupEpoch: int32
        assignmentEpoch: int32
        topology: Topology? = null
          epoch: int32
          subtopologies: Subtopology[]? = null
            subtopologyId: string
            sourceTopics: string[]
            repartitionSinkTopics: string[]
            stateChangelogTopics: TopicInfo[]
              name: string
              partitions: int32
              replicationFactor: int16
              topicConfigs: KeyValue[]
                key: string
                value: string
            repartitionSourceTopics: TopicInfo[]
        members: Member[]
          memberId: string
          memberEpoch: int32
          instanceId: string? = null
          rackId: string? = null
          clientId: string
          clientHost: string
          topologyEpoch: int32
          processId: string
          userEndpoint: Endpoint? = null
            host: string
            port: uint16
          clientTags: KeyValue[]
          taskOffsets: TaskOffset[]
            subtopologyId: string
            partition: int32
            offset: int64
          taskEndOffsets: TaskOffset[]
          assignment: Assignment
            activeTasks: TaskIds[]
              subtopologyId: string
              partitions: int32[]
            standbyTasks: TaskIds[]
            warmupTasks: TaskIds[]
          targetAssignment: Assignment
          isClassic: bool
        authorizedOperations: int32 = -2147483648
    `,
  },
]
