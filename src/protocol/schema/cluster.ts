// What there is: brokers, topics, configs, log directories, access rules, telemetry.
import type { ApiSchema } from './notation.ts'

export const clusterApis: readonly ApiSchema[] = [
  {
    key: 18,
    name: 'ApiVersions',
    versions: '0-4',
    flexible: '3+',
    request: `
      clientSoftwareName: string 3+
      clientSoftwareVersion: string 3+
    `,
    response: `
      errorCode: int16
      apiKeys: ApiVersion[]
        apiKey: int16
        minVersion: int16
        maxVersion: int16
      throttleTimeMs: int32 1+ = 0
      supportedFeatures: SupportedFeature[] 3+ #0
        name: string
        minVersion: int16
        maxVersion: int16
      finalizedFeaturesEpoch: int64 3+ #1 = -1
      finalizedFeatures: FinalizedFeature[] 3+ #2
        name: string
        maxVersionLevel: int16
        minVersionLevel: int16
      zkMigrationReady: bool 3+ #3
    `,
  },
  {
    key: 3,
    name: 'Metadata',
    versions: '0-13',
    flexible: '9+',
    request: `
      topics: Topic[]?1+
        topicId: uuid 10+
        name: string?10+
      allowAutoTopicCreation: bool 4+ = true
      includeClusterAuthorizedOperations: bool 8-10
      includeTopicAuthorizedOperations: bool 8+
    `,
    response: `
      throttleTimeMs: int32 3+ = 0
      brokers: Broker[]
        nodeId: int32
        host: string
        port: int32
        rack: string? 1+ = null
      clusterId: string? 2+ = null
      controllerId: int32 1+ = -1
      topics: Topic[]
        errorCode: int16
        name: string?12+
        topicId: uuid 10+
        isInternal: bool 1+
        partitions: Partition[]
          errorCode: int16
          partitionIndex: int32
          leaderId: int32
          leaderEpoch: int32 7+ = -1
          replicaNodes: int32[]
          isrNodes: int32[]
          offlineReplicas: int32[] 5+
        topicAuthorizedOperations: int32 8+ = -2147483648
      clusterAuthorizedOperations: int32 8-10 = -2147483648
      errorCode: int16 13+
    `,
  },
  {
    key: 60,
    name: 'DescribeCluster',
    versions: '0-2',
    flexible: '0+',
    request: `
      includeClusterAuthorizedOperations: bool
      endpointType: int8 1+ = 1
      includeFencedBrokers: bool 2+
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16
      errorMessage: string? = null
      endpointType: int8 1+ = 1
      clusterId: string
      controllerId: int32 = -1
      brokers: Broker[]
        brokerId: int32
        host: string
        port: int32
        rack: string? = null
        isFenced: bool 2+
      clusterAuthorizedOperations: int32 = -2147483648
    `,
  },
  {
    key: 75,
    name: 'DescribeTopicPartitions',
    versions: '0',
    flexible: '0+',
    request: `
      topics: Topic[]
        name: string
      responsePartitionLimit: int32 = 2000
      cursor: Cursor? = null
        topicName: string
        partitionIndex: int32
    `,
    response: `
      throttleTimeMs: int32 = 0
      topics: Topic[]
        errorCode: int16
        name: string?
        topicId: uuid
        isInternal: bool
        partitions: Partition[]
          errorCode: int16
          partitionIndex: int32
          leaderId: int32
          leaderEpoch: int32 = -1
          replicaNodes: int32[]
          isrNodes: int32[]
          eligibleLeaderReplicas: int32[]? = null
          lastKnownElr: int32[]? = null
          offlineReplicas: int32[]
        topicAuthorizedOperations: int32 = -2147483648
      nextCursor: NextCursor? = null
        topicName: string
        partitionIndex: int32
    `,
  },
  {
    key: 19,
    name: 'CreateTopics',
    versions: '2-7',
    flexible: '5+',
    request: `
      topics: Topic[]
        name: string
        numPartitions: int32
        replicationFactor: int16
        assignments: Assignment[]
          partitionIndex: int32
          brokerIds: int32[]
        configs: Config[]
          name: string
          value: string?
      timeoutMs: int32 = 60000
      validateOnly: bool
    `,
    response: `
      throttleTimeMs: int32 = 0
      topics: Topic[]
        name: string
        topicId: uuid 7+
        errorCode: int16
        errorMessage: string?
        topicConfigErrorCode: int16 5+ #0
        numPartitions: int32 5+ = -1
        replicationFactor: int16 5+ = -1
        configs: Config[]? 5+
          name: string
          value: string?
          readOnly: bool
          configSource: int8 = -1
          isSensitive: bool
    `,
  },
  {
    key: 20,
    name: 'DeleteTopics',
    versions: '1-6',
    flexible: '4+',
    request: `
      topics: Topic[] 6+
        name: string? = null
        topicId: uuid
      topicNames: string[] 1-5
      timeoutMs: int32
    `,
    response: `
      throttleTimeMs: int32 = 0
      responses: Topic[]
        name: string?6+
        topicId: uuid 6+
        errorCode: int16
        errorMessage: string? 5+ = null
    `,
  },
  {
    key: 37,
    name: 'CreatePartitions',
    versions: '0-3',
    flexible: '2+',
    request: `
      topics: Topic[]
        name: string
        count: int32
        assignments: Assignment[]?
          brokerIds: int32[]
      timeoutMs: int32
      validateOnly: bool
    `,
    response: `
      throttleTimeMs: int32 = 0
      results: Result[]
        name: string
        errorCode: int16
        errorMessage: string? = null
    `,
  },
  {
    key: 32,
    name: 'DescribeConfigs',
    versions: '1-4',
    flexible: '4+',
    request: `
      resources: Resource[]
        resourceType: int8
        resourceName: string
        configurationKeys: string[]?
      includeSynonyms: bool
      includeDocumentation: bool 3+
    `,
    response: `
      throttleTimeMs: int32 = 0
      results: Result[]
        errorCode: int16
        errorMessage: string?
        resourceType: int8
        resourceName: string
        configs: Config[]
          name: string
          value: string?
          readOnly: bool
          configSource: int8 = -1
          isSensitive: bool
          synonyms: Synonym[]
            name: string
            value: string?
            source: int8
          configType: int8 3+
          documentation: string? 3+
    `,
  },
  {
    key: 44,
    name: 'IncrementalAlterConfigs',
    versions: '0-1',
    flexible: '1+',
    request: `
      resources: Resource[]
        resourceType: int8
        resourceName: string
        configs: Config[]
          name: string
          configOperation: int8
          value: string?
      validateOnly: bool
    `,
    response: `
      throttleTimeMs: int32 = 0
      responses: Resource[]
        errorCode: int16
        errorMessage: string?
        resourceType: int8
        resourceName: string
    `,
  },
  {
    key: 35,
    name: 'DescribeLogDirs',
    versions: '1-5',
    flexible: '2+',
    request: `
      topics: Topic[]?
        topic: string
        partitions: int32[]
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16 3+
      results: Result[]
        errorCode: int16
        logDir: string
        topics: Topic[]
          name: string
          partitions: Partition[]
            partitionIndex: int32
            partitionSize: int64
            offsetLag: int64
            isFutureKey: bool
        totalBytes: int64 4+ = -1
        usableBytes: int64 4+ = -1
        isCordoned: bool 5+
    `,
  },
  {
    key: 29,
    name: 'DescribeAcls',
    versions: '1-3',
    flexible: '2+',
    request: `
      resourceTypeFilter: int8
      resourceNameFilter: string?
      patternTypeFilter: int8 = 3
      principalFilter: string?
      hostFilter: string?
      operation: int8
      permissionType: int8
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16
      errorMessage: string?
      resources: Resource[]
        resourceType: int8
        resourceName: string
        patternType: int8 = 3
        acls: Acl[]
          principal: string
          host: string
          operation: int8
          permissionType: int8
    `,
  },
  {
    key: 17,
    name: 'SaslHandshake',
    versions: '0-1',
    flexible: 'none',
    request: `
      mechanism: string
    `,
    response: `
      errorCode: int16
      mechanisms: string[]
    `,
  },
  {
    key: 36,
    name: 'SaslAuthenticate',
    versions: '0-2',
    flexible: '2+',
    request: `
      authBytes: bytes
    `,
    response: `
      errorCode: int16
      errorMessage: string?
      authBytes: bytes
      sessionLifetimeMs: int64 1+
    `,
  },
  {
    key: 71,
    name: 'GetTelemetrySubscriptions',
    versions: '0',
    flexible: '0+',
    request: `
      clientInstanceId: uuid
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16
      clientInstanceId: uuid
      subscriptionId: int32
      acceptedCompressionTypes: int8[]
      pushIntervalMs: int32
      telemetryMaxBytes: int32
      deltaTemporality: bool
      requestedMetrics: string[]
    `,
  },
  {
    key: 72,
    name: 'PushTelemetry',
    versions: '0',
    flexible: '0+',
    request: `
      clientInstanceId: uuid
      subscriptionId: int32
      terminating: bool
      compressionType: int8
      metrics: bytes
    `,
    response: `
      throttleTimeMs: int32 = 0
      errorCode: int16
    `,
  },
]
