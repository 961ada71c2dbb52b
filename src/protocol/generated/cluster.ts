// Made by `npm run generate` from ../schema: change the table there.
import { type Api, NEVER_FLEXIBLE, defineApi } from '../api.ts'
import { type Reader, ZERO_UUID } from '../reader.ts'
import { Writer } from '../writer.ts'

// ---- ApiVersions (18) ----

export interface ApiVersionsRequest {
  readonly clientSoftwareName: string
  readonly clientSoftwareVersion: string
}
export interface ApiVersionsRequestInput {
  readonly clientSoftwareName?: string | undefined
  readonly clientSoftwareVersion?: string | undefined
}

function readApiVersionsRequest(reader: Reader, version: number): ApiVersionsRequest {
  const flexible = version >= 3
  const clientSoftwareName: string = version >= 3 ? reader.string(flexible) : ''
  const clientSoftwareVersion: string = version >= 3 ? reader.string(flexible) : ''
  if (flexible) reader.skipTags()
  return { clientSoftwareName, clientSoftwareVersion }
}

function writeApiVersionsRequest(writer: Writer, message: ApiVersionsRequestInput, version: number): void {
  const flexible = version >= 3
  if (version >= 3) writer.string(message.clientSoftwareName ?? '', flexible)
  if (version >= 3) writer.string(message.clientSoftwareVersion ?? '', flexible)
  if (flexible) writer.uvarint(0)
}

export interface ApiVersionsResponseApiVersion {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

function readApiVersionsResponseApiVersion(reader: Reader, version: number): ApiVersionsResponseApiVersion {
  const flexible = version >= 3
  const apiKey = reader.int16()
  const minVersion = reader.int16()
  const maxVersion = reader.int16()
  if (flexible) reader.skipTags()
  return { apiKey, minVersion, maxVersion }
}

function writeApiVersionsResponseApiVersion(writer: Writer, message: ApiVersionsResponseApiVersion, version: number): void {
  const flexible = version >= 3
  writer.int16(message.apiKey)
  writer.int16(message.minVersion)
  writer.int16(message.maxVersion)
  if (flexible) writer.uvarint(0)
}

export interface ApiVersionsResponseSupportedFeature {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
}

function readApiVersionsResponseSupportedFeature(reader: Reader, version: number): ApiVersionsResponseSupportedFeature {
  const flexible = version >= 3
  const name = reader.string(flexible)
  const minVersion = reader.int16()
  const maxVersion = reader.int16()
  if (flexible) reader.skipTags()
  return { name, minVersion, maxVersion }
}

function writeApiVersionsResponseSupportedFeature(writer: Writer, message: ApiVersionsResponseSupportedFeature, version: number): void {
  const flexible = version >= 3
  writer.string(message.name, flexible)
  writer.int16(message.minVersion)
  writer.int16(message.maxVersion)
  if (flexible) writer.uvarint(0)
}

export interface ApiVersionsResponseFinalizedFeature {
  readonly name: string
  readonly maxVersionLevel: number
  readonly minVersionLevel: number
}

function readApiVersionsResponseFinalizedFeature(reader: Reader, version: number): ApiVersionsResponseFinalizedFeature {
  const flexible = version >= 3
  const name = reader.string(flexible)
  const maxVersionLevel = reader.int16()
  const minVersionLevel = reader.int16()
  if (flexible) reader.skipTags()
  return { name, maxVersionLevel, minVersionLevel }
}

function writeApiVersionsResponseFinalizedFeature(writer: Writer, message: ApiVersionsResponseFinalizedFeature, version: number): void {
  const flexible = version >= 3
  writer.string(message.name, flexible)
  writer.int16(message.maxVersionLevel)
  writer.int16(message.minVersionLevel)
  if (flexible) writer.uvarint(0)
}

export interface ApiVersionsResponse {
  readonly errorCode: number
  readonly apiKeys: readonly ApiVersionsResponseApiVersion[]
  readonly throttleTimeMs: number
  readonly supportedFeatures: readonly ApiVersionsResponseSupportedFeature[]
  readonly finalizedFeaturesEpoch: number
  readonly finalizedFeatures: readonly ApiVersionsResponseFinalizedFeature[]
  readonly zkMigrationReady: boolean
}
export interface ApiVersionsResponseInput {
  readonly errorCode: number
  readonly apiKeys: readonly ApiVersionsResponseApiVersion[]
  readonly throttleTimeMs?: number | undefined
  readonly supportedFeatures?: readonly ApiVersionsResponseSupportedFeature[] | undefined
  readonly finalizedFeaturesEpoch?: number | undefined
  readonly finalizedFeatures?: readonly ApiVersionsResponseFinalizedFeature[] | undefined
  readonly zkMigrationReady?: boolean | undefined
}

function readApiVersionsResponse(reader: Reader, version: number): ApiVersionsResponse {
  const flexible = version >= 3
  const errorCode = reader.int16()
  const apiKeys: ApiVersionsResponseApiVersion[] = []
  let apiKeysLeft = reader.arrayLength(flexible, 6)
  for (; apiKeysLeft > 0; apiKeysLeft--) apiKeys.push(readApiVersionsResponseApiVersion(reader, version))
  const throttleTimeMs: number = version >= 1 ? reader.int32() : 0
  let supportedFeatures: readonly ApiVersionsResponseSupportedFeature[] = []
  let finalizedFeaturesEpoch: number = -1
  let finalizedFeatures: readonly ApiVersionsResponseFinalizedFeature[] = []
  let zkMigrationReady: boolean = false
  if (flexible) {
    for (let tagsLeft = reader.uvarint(); tagsLeft > 0; tagsLeft--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd()
      if (tag === 0) {
        const items: ApiVersionsResponseSupportedFeature[] = []
        let supportedFeaturesLeft = reader.arrayLength(flexible, 5)
        for (; supportedFeaturesLeft > 0; supportedFeaturesLeft--) items.push(readApiVersionsResponseSupportedFeature(reader, version))
        supportedFeatures = items
      }
      else if (tag === 1) finalizedFeaturesEpoch = reader.int64()
      else if (tag === 2) {
        const items: ApiVersionsResponseFinalizedFeature[] = []
        let finalizedFeaturesLeft = reader.arrayLength(flexible, 5)
        for (; finalizedFeaturesLeft > 0; finalizedFeaturesLeft--) items.push(readApiVersionsResponseFinalizedFeature(reader, version))
        finalizedFeatures = items
      }
      else if (tag === 3) zkMigrationReady = reader.bool()
      else reader.position = end
      reader.endTag(end)
    }
  }
  return { errorCode, apiKeys, throttleTimeMs, supportedFeatures, finalizedFeaturesEpoch, finalizedFeatures, zkMigrationReady }
}

function writeApiVersionsResponse(writer: Writer, message: ApiVersionsResponseInput, version: number): void {
  const flexible = version >= 3
  writer.int16(message.errorCode)
  writer.arrayLength(message.apiKeys.length, flexible)
  for (const item of message.apiKeys) writeApiVersionsResponseApiVersion(writer, item, version)
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0)
  if (flexible) {
    const hasSupportedFeatures = !((message.supportedFeatures === undefined || message.supportedFeatures?.length === 0))
    const hasFinalizedFeaturesEpoch = !((message.finalizedFeaturesEpoch ?? -1) === -1)
    const hasFinalizedFeatures = !((message.finalizedFeatures === undefined || message.finalizedFeatures?.length === 0))
    const hasZkMigrationReady = !((message.zkMigrationReady ?? false) === false)
    writer.uvarint((hasSupportedFeatures ? 1 : 0) + (hasFinalizedFeaturesEpoch ? 1 : 0) + (hasFinalizedFeatures ? 1 : 0) + (hasZkMigrationReady ? 1 : 0))
    if (hasSupportedFeatures) {
      const content = new Writer()
      const supportedFeatures = message.supportedFeatures ?? []
      content.arrayLength(supportedFeatures.length, flexible)
      for (const item of supportedFeatures) writeApiVersionsResponseSupportedFeature(content, item, version)
      writer.tag(0, content)
    }
    if (hasFinalizedFeaturesEpoch) {
      const content = new Writer()
      content.int64(message.finalizedFeaturesEpoch ?? -1)
      writer.tag(1, content)
    }
    if (hasFinalizedFeatures) {
      const content = new Writer()
      const finalizedFeatures = message.finalizedFeatures ?? []
      content.arrayLength(finalizedFeatures.length, flexible)
      for (const item of finalizedFeatures) writeApiVersionsResponseFinalizedFeature(content, item, version)
      writer.tag(2, content)
    }
    if (hasZkMigrationReady) {
      const content = new Writer()
      content.bool(message.zkMigrationReady ?? false)
      writer.tag(3, content)
    }
  }
}

export const apiVersionsApi: Api<ApiVersionsRequest, ApiVersionsResponse, ApiVersionsRequestInput, ApiVersionsResponseInput> = defineApi({
  key: 18,
  name: 'ApiVersions',
  minVersion: 0,
  maxVersion: 4,
  latestStableVersion: 4,
  flexibleFrom: 3,
  readRequest: readApiVersionsRequest,
  writeRequest: writeApiVersionsRequest,
  readResponse: readApiVersionsResponse,
  writeResponse: writeApiVersionsResponse,
})

// ---- Metadata (3) ----

export interface MetadataRequestTopic {
  readonly topicId: string
  readonly name: string | null
}
export interface MetadataRequestTopicInput {
  readonly topicId?: string | undefined
  readonly name: string | null
}

function readMetadataRequestTopic(reader: Reader, version: number): MetadataRequestTopic {
  const flexible = version >= 9
  const topicId: string = version >= 10 ? reader.uuid() : ZERO_UUID
  const name = reader.nullableString(flexible)
  if (flexible) reader.skipTags()
  return { topicId, name }
}

function writeMetadataRequestTopic(writer: Writer, message: MetadataRequestTopicInput, version: number): void {
  const flexible = version >= 9
  if (version >= 10) writer.uuid(message.topicId ?? ZERO_UUID)
  if (version >= 10) writer.nullableString(message.name, flexible)
  else writer.string((message.name) as string, flexible)
  if (flexible) writer.uvarint(0)
}

export interface MetadataRequest {
  readonly topics: readonly MetadataRequestTopic[] | null
  readonly allowAutoTopicCreation: boolean
  readonly includeClusterAuthorizedOperations: boolean
  readonly includeTopicAuthorizedOperations: boolean
}
export interface MetadataRequestInput {
  readonly topics: readonly MetadataRequestTopicInput[] | null
  readonly allowAutoTopicCreation?: boolean | undefined
  readonly includeClusterAuthorizedOperations?: boolean | undefined
  readonly includeTopicAuthorizedOperations?: boolean | undefined
}

function readMetadataRequest(reader: Reader, version: number): MetadataRequest {
  const flexible = version >= 9
  let topics: readonly MetadataRequestTopic[] | null = null
  let topicsLeft = reader.nullableArrayLength(flexible, 1)
  if (topicsLeft < 0) topics = null
  else {
    const items: MetadataRequestTopic[] = []
    for (; topicsLeft > 0; topicsLeft--) items.push(readMetadataRequestTopic(reader, version))
    topics = items
  }
  const allowAutoTopicCreation: boolean = version >= 4 ? reader.bool() : true
  const includeClusterAuthorizedOperations: boolean = version >= 8 && version <= 10 ? reader.bool() : false
  const includeTopicAuthorizedOperations: boolean = version >= 8 ? reader.bool() : false
  if (flexible) reader.skipTags()
  return { topics, allowAutoTopicCreation, includeClusterAuthorizedOperations, includeTopicAuthorizedOperations }
}

function writeMetadataRequest(writer: Writer, message: MetadataRequestInput, version: number): void {
  const flexible = version >= 9
  writer.arrayLength(message.topics === null ? -1 : message.topics.length, flexible)
  if (message.topics !== null) for (const item of message.topics) writeMetadataRequestTopic(writer, item, version)
  if (version >= 4) writer.bool(message.allowAutoTopicCreation ?? true)
  if (version >= 8 && version <= 10) writer.bool(message.includeClusterAuthorizedOperations ?? false)
  if (version >= 8) writer.bool(message.includeTopicAuthorizedOperations ?? false)
  if (flexible) writer.uvarint(0)
}

export interface MetadataResponseBroker {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}
export interface MetadataResponseBrokerInput {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack?: string | null | undefined
}

function readMetadataResponseBroker(reader: Reader, version: number): MetadataResponseBroker {
  const flexible = version >= 9
  const nodeId = reader.int32()
  const host = reader.string(flexible)
  const port = reader.int32()
  const rack: string | null = version >= 1 ? reader.nullableString(flexible) : null
  if (flexible) reader.skipTags()
  return { nodeId, host, port, rack }
}

function writeMetadataResponseBroker(writer: Writer, message: MetadataResponseBrokerInput, version: number): void {
  const flexible = version >= 9
  writer.int32(message.nodeId)
  writer.string(message.host, flexible)
  writer.int32(message.port)
  if (version >= 1) writer.nullableString(message.rack ?? null, flexible)
  if (flexible) writer.uvarint(0)
}

export interface MetadataResponsePartition {
  readonly errorCode: number
  readonly partitionIndex: number
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicaNodes: readonly number[]
  readonly isrNodes: readonly number[]
  readonly offlineReplicas: readonly number[]
}
export interface MetadataResponsePartitionInput {
  readonly errorCode: number
  readonly partitionIndex: number
  readonly leaderId: number
  readonly leaderEpoch?: number | undefined
  readonly replicaNodes: readonly number[]
  readonly isrNodes: readonly number[]
  readonly offlineReplicas?: readonly number[] | undefined
}

function readMetadataResponsePartition(reader: Reader, version: number): MetadataResponsePartition {
  const flexible = version >= 9
  const errorCode = reader.int16()
  const partitionIndex = reader.int32()
  const leaderId = reader.int32()
  const leaderEpoch: number = version >= 7 ? reader.int32() : -1
  const replicaNodes = reader.int32s(flexible)
  const isrNodes = reader.int32s(flexible)
  const offlineReplicas: readonly number[] = version >= 5 ? reader.int32s(flexible) : []
  if (flexible) reader.skipTags()
  return { errorCode, partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes, offlineReplicas }
}

function writeMetadataResponsePartition(writer: Writer, message: MetadataResponsePartitionInput, version: number): void {
  const flexible = version >= 9
  writer.int16(message.errorCode)
  writer.int32(message.partitionIndex)
  writer.int32(message.leaderId)
  if (version >= 7) writer.int32(message.leaderEpoch ?? -1)
  writer.int32s(message.replicaNodes, flexible)
  writer.int32s(message.isrNodes, flexible)
  if (version >= 5) writer.int32s(message.offlineReplicas ?? [], flexible)
  if (flexible) writer.uvarint(0)
}

export interface MetadataResponseTopic {
  readonly errorCode: number
  readonly name: string | null
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly MetadataResponsePartition[]
  readonly topicAuthorizedOperations: number
}
export interface MetadataResponseTopicInput {
  readonly errorCode: number
  readonly name: string | null
  readonly topicId?: string | undefined
  readonly isInternal?: boolean | undefined
  readonly partitions: readonly MetadataResponsePartitionInput[]
  readonly topicAuthorizedOperations?: number | undefined
}

function readMetadataResponseTopic(reader: Reader, version: number): MetadataResponseTopic {
  const flexible = version >= 9
  const errorCode = reader.int16()
  const name = reader.nullableString(flexible)
  const topicId: string = version >= 10 ? reader.uuid() : ZERO_UUID
  const isInternal: boolean = version >= 1 ? reader.bool() : false
  const partitions: MetadataResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 12)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readMetadataResponsePartition(reader, version))
  const topicAuthorizedOperations: number = version >= 8 ? reader.int32() : -2147483648
  if (flexible) reader.skipTags()
  return { errorCode, name, topicId, isInternal, partitions, topicAuthorizedOperations }
}

function writeMetadataResponseTopic(writer: Writer, message: MetadataResponseTopicInput, version: number): void {
  const flexible = version >= 9
  writer.int16(message.errorCode)
  if (version >= 12) writer.nullableString(message.name, flexible)
  else writer.string((message.name) as string, flexible)
  if (version >= 10) writer.uuid(message.topicId ?? ZERO_UUID)
  if (version >= 1) writer.bool(message.isInternal ?? false)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeMetadataResponsePartition(writer, item, version)
  if (version >= 8) writer.int32(message.topicAuthorizedOperations ?? -2147483648)
  if (flexible) writer.uvarint(0)
}

export interface MetadataResponse {
  readonly throttleTimeMs: number
  readonly brokers: readonly MetadataResponseBroker[]
  readonly clusterId: string | null
  readonly controllerId: number
  readonly topics: readonly MetadataResponseTopic[]
  readonly clusterAuthorizedOperations: number
  readonly errorCode: number
}
export interface MetadataResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly brokers: readonly MetadataResponseBrokerInput[]
  readonly clusterId?: string | null | undefined
  readonly controllerId?: number | undefined
  readonly topics: readonly MetadataResponseTopicInput[]
  readonly clusterAuthorizedOperations?: number | undefined
  readonly errorCode?: number | undefined
}

function readMetadataResponse(reader: Reader, version: number): MetadataResponse {
  const flexible = version >= 9
  const throttleTimeMs: number = version >= 3 ? reader.int32() : 0
  const brokers: MetadataResponseBroker[] = []
  let brokersLeft = reader.arrayLength(flexible, 9)
  for (; brokersLeft > 0; brokersLeft--) brokers.push(readMetadataResponseBroker(reader, version))
  const clusterId: string | null = version >= 2 ? reader.nullableString(flexible) : null
  const controllerId: number = version >= 1 ? reader.int32() : -1
  const topics: MetadataResponseTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 4)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readMetadataResponseTopic(reader, version))
  const clusterAuthorizedOperations: number = version >= 8 && version <= 10 ? reader.int32() : -2147483648
  const errorCode: number = version >= 13 ? reader.int16() : 0
  if (flexible) reader.skipTags()
  return { throttleTimeMs, brokers, clusterId, controllerId, topics, clusterAuthorizedOperations, errorCode }
}

function writeMetadataResponse(writer: Writer, message: MetadataResponseInput, version: number): void {
  const flexible = version >= 9
  if (version >= 3) writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.brokers.length, flexible)
  for (const item of message.brokers) writeMetadataResponseBroker(writer, item, version)
  if (version >= 2) writer.nullableString(message.clusterId ?? null, flexible)
  if (version >= 1) writer.int32(message.controllerId ?? -1)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeMetadataResponseTopic(writer, item, version)
  if (version >= 8 && version <= 10) writer.int32(message.clusterAuthorizedOperations ?? -2147483648)
  if (version >= 13) writer.int16(message.errorCode ?? 0)
  if (flexible) writer.uvarint(0)
}

export const metadataApi: Api<MetadataRequest, MetadataResponse, MetadataRequestInput, MetadataResponseInput> = defineApi({
  key: 3,
  name: 'Metadata',
  minVersion: 0,
  maxVersion: 13,
  latestStableVersion: 13,
  flexibleFrom: 9,
  readRequest: readMetadataRequest,
  writeRequest: writeMetadataRequest,
  readResponse: readMetadataResponse,
  writeResponse: writeMetadataResponse,
})

// ---- DescribeCluster (60) ----

export interface DescribeClusterRequest {
  readonly includeClusterAuthorizedOperations: boolean
  readonly endpointType: number
  readonly includeFencedBrokers: boolean
}
export interface DescribeClusterRequestInput {
  readonly includeClusterAuthorizedOperations: boolean
  readonly endpointType?: number | undefined
  readonly includeFencedBrokers?: boolean | undefined
}

function readDescribeClusterRequest(reader: Reader, version: number): DescribeClusterRequest {
  const includeClusterAuthorizedOperations = reader.bool()
  const endpointType: number = version >= 1 ? reader.int8() : 1
  const includeFencedBrokers: boolean = version >= 2 ? reader.bool() : false
  reader.skipTags()
  return { includeClusterAuthorizedOperations, endpointType, includeFencedBrokers }
}

function writeDescribeClusterRequest(writer: Writer, message: DescribeClusterRequestInput, version: number): void {
  writer.bool(message.includeClusterAuthorizedOperations)
  if (version >= 1) writer.int8(message.endpointType ?? 1)
  if (version >= 2) writer.bool(message.includeFencedBrokers ?? false)
  writer.uvarint(0)
}

export interface DescribeClusterResponseBroker {
  readonly brokerId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
  readonly isFenced: boolean
}
export interface DescribeClusterResponseBrokerInput {
  readonly brokerId: number
  readonly host: string
  readonly port: number
  readonly rack?: string | null | undefined
  readonly isFenced?: boolean | undefined
}

function readDescribeClusterResponseBroker(reader: Reader, version: number): DescribeClusterResponseBroker {
  const brokerId = reader.int32()
  const host = reader.string(true)
  const port = reader.int32()
  const rack = reader.nullableString(true)
  const isFenced: boolean = version >= 2 ? reader.bool() : false
  reader.skipTags()
  return { brokerId, host, port, rack, isFenced }
}

function writeDescribeClusterResponseBroker(writer: Writer, message: DescribeClusterResponseBrokerInput, version: number): void {
  writer.int32(message.brokerId)
  writer.string(message.host, true)
  writer.int32(message.port)
  writer.nullableString(message.rack ?? null, true)
  if (version >= 2) writer.bool(message.isFenced ?? false)
  writer.uvarint(0)
}

export interface DescribeClusterResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly endpointType: number
  readonly clusterId: string
  readonly controllerId: number
  readonly brokers: readonly DescribeClusterResponseBroker[]
  readonly clusterAuthorizedOperations: number
}
export interface DescribeClusterResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly errorMessage?: string | null | undefined
  readonly endpointType?: number | undefined
  readonly clusterId: string
  readonly controllerId?: number | undefined
  readonly brokers: readonly DescribeClusterResponseBrokerInput[]
  readonly clusterAuthorizedOperations?: number | undefined
}

function readDescribeClusterResponse(reader: Reader, version: number): DescribeClusterResponse {
  const throttleTimeMs = reader.int32()
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(true)
  const endpointType: number = version >= 1 ? reader.int8() : 1
  const clusterId = reader.string(true)
  const controllerId = reader.int32()
  const brokers: DescribeClusterResponseBroker[] = []
  let brokersLeft = reader.arrayLength(true, 10)
  for (; brokersLeft > 0; brokersLeft--) brokers.push(readDescribeClusterResponseBroker(reader, version))
  const clusterAuthorizedOperations = reader.int32()
  reader.skipTags()
  return { throttleTimeMs, errorCode, errorMessage, endpointType, clusterId, controllerId, brokers, clusterAuthorizedOperations }
}

function writeDescribeClusterResponse(writer: Writer, message: DescribeClusterResponseInput, version: number): void {
  writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage ?? null, true)
  if (version >= 1) writer.int8(message.endpointType ?? 1)
  writer.string(message.clusterId, true)
  writer.int32(message.controllerId ?? -1)
  writer.arrayLength(message.brokers.length, true)
  for (const item of message.brokers) writeDescribeClusterResponseBroker(writer, item, version)
  writer.int32(message.clusterAuthorizedOperations ?? -2147483648)
  writer.uvarint(0)
}

export const describeClusterApi: Api<DescribeClusterRequest, DescribeClusterResponse, DescribeClusterRequestInput, DescribeClusterResponseInput> = defineApi({
  key: 60,
  name: 'DescribeCluster',
  minVersion: 0,
  maxVersion: 2,
  latestStableVersion: 2,
  flexibleFrom: 0,
  readRequest: readDescribeClusterRequest,
  writeRequest: writeDescribeClusterRequest,
  readResponse: readDescribeClusterResponse,
  writeResponse: writeDescribeClusterResponse,
})

// ---- DescribeTopicPartitions (75) ----

export interface DescribeTopicPartitionsRequestTopic {
  readonly name: string
}

function readDescribeTopicPartitionsRequestTopic(reader: Reader, _version: number): DescribeTopicPartitionsRequestTopic {
  const name = reader.string(true)
  reader.skipTags()
  return { name }
}

function writeDescribeTopicPartitionsRequestTopic(writer: Writer, message: DescribeTopicPartitionsRequestTopic, _version: number): void {
  writer.string(message.name, true)
  writer.uvarint(0)
}

export interface DescribeTopicPartitionsRequestCursor {
  readonly topicName: string
  readonly partitionIndex: number
}

function readDescribeTopicPartitionsRequestCursor(reader: Reader, _version: number): DescribeTopicPartitionsRequestCursor {
  const topicName = reader.string(true)
  const partitionIndex = reader.int32()
  reader.skipTags()
  return { topicName, partitionIndex }
}

function writeDescribeTopicPartitionsRequestCursor(writer: Writer, message: DescribeTopicPartitionsRequestCursor, _version: number): void {
  writer.string(message.topicName, true)
  writer.int32(message.partitionIndex)
  writer.uvarint(0)
}

export interface DescribeTopicPartitionsRequest {
  readonly topics: readonly DescribeTopicPartitionsRequestTopic[]
  readonly responsePartitionLimit: number
  readonly cursor: DescribeTopicPartitionsRequestCursor | null
}
export interface DescribeTopicPartitionsRequestInput {
  readonly topics: readonly DescribeTopicPartitionsRequestTopic[]
  readonly responsePartitionLimit?: number | undefined
  readonly cursor?: DescribeTopicPartitionsRequestCursor | null | undefined
}

function readDescribeTopicPartitionsRequest(reader: Reader, version: number): DescribeTopicPartitionsRequest {
  const topics: DescribeTopicPartitionsRequestTopic[] = []
  let topicsLeft = reader.arrayLength(true, 1)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readDescribeTopicPartitionsRequestTopic(reader, version))
  const responsePartitionLimit = reader.int32()
  const cursor = reader.int8() < 0 ? null : readDescribeTopicPartitionsRequestCursor(reader, version)
  reader.skipTags()
  return { topics, responsePartitionLimit, cursor }
}

function writeDescribeTopicPartitionsRequest(writer: Writer, message: DescribeTopicPartitionsRequestInput, version: number): void {
  writer.arrayLength(message.topics.length, true)
  for (const item of message.topics) writeDescribeTopicPartitionsRequestTopic(writer, item, version)
  writer.int32(message.responsePartitionLimit ?? 2000)
  const cursor = message.cursor ?? null
  writer.int8(cursor === null ? -1 : 1)
  if (cursor !== null) writeDescribeTopicPartitionsRequestCursor(writer, cursor, version)
  writer.uvarint(0)
}

export interface DescribeTopicPartitionsResponsePartition {
  readonly errorCode: number
  readonly partitionIndex: number
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicaNodes: readonly number[]
  readonly isrNodes: readonly number[]
  readonly eligibleLeaderReplicas: readonly number[] | null
  readonly lastKnownElr: readonly number[] | null
  readonly offlineReplicas: readonly number[]
}
export interface DescribeTopicPartitionsResponsePartitionInput {
  readonly errorCode: number
  readonly partitionIndex: number
  readonly leaderId: number
  readonly leaderEpoch?: number | undefined
  readonly replicaNodes: readonly number[]
  readonly isrNodes: readonly number[]
  readonly eligibleLeaderReplicas?: readonly number[] | null | undefined
  readonly lastKnownElr?: readonly number[] | null | undefined
  readonly offlineReplicas: readonly number[]
}

function readDescribeTopicPartitionsResponsePartition(reader: Reader, _version: number): DescribeTopicPartitionsResponsePartition {
  const errorCode = reader.int16()
  const partitionIndex = reader.int32()
  const leaderId = reader.int32()
  const leaderEpoch = reader.int32()
  const replicaNodes = reader.int32s(true)
  const isrNodes = reader.int32s(true)
  const eligibleLeaderReplicas = reader.nullableInt32s(true)
  const lastKnownElr = reader.nullableInt32s(true)
  const offlineReplicas = reader.int32s(true)
  reader.skipTags()
  return { errorCode, partitionIndex, leaderId, leaderEpoch, replicaNodes, isrNodes, eligibleLeaderReplicas, lastKnownElr, offlineReplicas }
}

function writeDescribeTopicPartitionsResponsePartition(writer: Writer, message: DescribeTopicPartitionsResponsePartitionInput, _version: number): void {
  writer.int16(message.errorCode)
  writer.int32(message.partitionIndex)
  writer.int32(message.leaderId)
  writer.int32(message.leaderEpoch ?? -1)
  writer.int32s(message.replicaNodes, true)
  writer.int32s(message.isrNodes, true)
  writer.nullableInt32s(message.eligibleLeaderReplicas ?? null, true)
  writer.nullableInt32s(message.lastKnownElr ?? null, true)
  writer.int32s(message.offlineReplicas, true)
  writer.uvarint(0)
}

export interface DescribeTopicPartitionsResponseTopic {
  readonly errorCode: number
  readonly name: string | null
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly DescribeTopicPartitionsResponsePartition[]
  readonly topicAuthorizedOperations: number
}
export interface DescribeTopicPartitionsResponseTopicInput {
  readonly errorCode: number
  readonly name: string | null
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly DescribeTopicPartitionsResponsePartitionInput[]
  readonly topicAuthorizedOperations?: number | undefined
}

function readDescribeTopicPartitionsResponseTopic(reader: Reader, version: number): DescribeTopicPartitionsResponseTopic {
  const errorCode = reader.int16()
  const name = reader.nullableString(true)
  const topicId = reader.uuid()
  const isInternal = reader.bool()
  const partitions: DescribeTopicPartitionsResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(true, 19)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readDescribeTopicPartitionsResponsePartition(reader, version))
  const topicAuthorizedOperations = reader.int32()
  reader.skipTags()
  return { errorCode, name, topicId, isInternal, partitions, topicAuthorizedOperations }
}

function writeDescribeTopicPartitionsResponseTopic(writer: Writer, message: DescribeTopicPartitionsResponseTopicInput, version: number): void {
  writer.int16(message.errorCode)
  writer.nullableString(message.name, true)
  writer.uuid(message.topicId)
  writer.bool(message.isInternal)
  writer.arrayLength(message.partitions.length, true)
  for (const item of message.partitions) writeDescribeTopicPartitionsResponsePartition(writer, item, version)
  writer.int32(message.topicAuthorizedOperations ?? -2147483648)
  writer.uvarint(0)
}

export interface DescribeTopicPartitionsResponseNextCursor {
  readonly topicName: string
  readonly partitionIndex: number
}

function readDescribeTopicPartitionsResponseNextCursor(reader: Reader, _version: number): DescribeTopicPartitionsResponseNextCursor {
  const topicName = reader.string(true)
  const partitionIndex = reader.int32()
  reader.skipTags()
  return { topicName, partitionIndex }
}

function writeDescribeTopicPartitionsResponseNextCursor(writer: Writer, message: DescribeTopicPartitionsResponseNextCursor, _version: number): void {
  writer.string(message.topicName, true)
  writer.int32(message.partitionIndex)
  writer.uvarint(0)
}

export interface DescribeTopicPartitionsResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly DescribeTopicPartitionsResponseTopic[]
  readonly nextCursor: DescribeTopicPartitionsResponseNextCursor | null
}
export interface DescribeTopicPartitionsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly DescribeTopicPartitionsResponseTopicInput[]
  readonly nextCursor?: DescribeTopicPartitionsResponseNextCursor | null | undefined
}

function readDescribeTopicPartitionsResponse(reader: Reader, version: number): DescribeTopicPartitionsResponse {
  const throttleTimeMs = reader.int32()
  const topics: DescribeTopicPartitionsResponseTopic[] = []
  let topicsLeft = reader.arrayLength(true, 25)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readDescribeTopicPartitionsResponseTopic(reader, version))
  const nextCursor = reader.int8() < 0 ? null : readDescribeTopicPartitionsResponseNextCursor(reader, version)
  reader.skipTags()
  return { throttleTimeMs, topics, nextCursor }
}

function writeDescribeTopicPartitionsResponse(writer: Writer, message: DescribeTopicPartitionsResponseInput, version: number): void {
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.topics.length, true)
  for (const item of message.topics) writeDescribeTopicPartitionsResponseTopic(writer, item, version)
  const nextCursor = message.nextCursor ?? null
  writer.int8(nextCursor === null ? -1 : 1)
  if (nextCursor !== null) writeDescribeTopicPartitionsResponseNextCursor(writer, nextCursor, version)
  writer.uvarint(0)
}

export const describeTopicPartitionsApi: Api<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, DescribeTopicPartitionsRequestInput, DescribeTopicPartitionsResponseInput> = defineApi({
  key: 75,
  name: 'DescribeTopicPartitions',
  minVersion: 0,
  maxVersion: 0,
  latestStableVersion: 0,
  flexibleFrom: 0,
  readRequest: readDescribeTopicPartitionsRequest,
  writeRequest: writeDescribeTopicPartitionsRequest,
  readResponse: readDescribeTopicPartitionsResponse,
  writeResponse: writeDescribeTopicPartitionsResponse,
})

// ---- CreateTopics (19) ----

export interface CreateTopicsRequestAssignment {
  readonly partitionIndex: number
  readonly brokerIds: readonly number[]
}

function readCreateTopicsRequestAssignment(reader: Reader, version: number): CreateTopicsRequestAssignment {
  const flexible = version >= 5
  const partitionIndex = reader.int32()
  const brokerIds = reader.int32s(flexible)
  if (flexible) reader.skipTags()
  return { partitionIndex, brokerIds }
}

function writeCreateTopicsRequestAssignment(writer: Writer, message: CreateTopicsRequestAssignment, version: number): void {
  const flexible = version >= 5
  writer.int32(message.partitionIndex)
  writer.int32s(message.brokerIds, flexible)
  if (flexible) writer.uvarint(0)
}

export interface CreateTopicsRequestConfig {
  readonly name: string
  readonly value: string | null
}

function readCreateTopicsRequestConfig(reader: Reader, version: number): CreateTopicsRequestConfig {
  const flexible = version >= 5
  const name = reader.string(flexible)
  const value = reader.nullableString(flexible)
  if (flexible) reader.skipTags()
  return { name, value }
}

function writeCreateTopicsRequestConfig(writer: Writer, message: CreateTopicsRequestConfig, version: number): void {
  const flexible = version >= 5
  writer.string(message.name, flexible)
  writer.nullableString(message.value, flexible)
  if (flexible) writer.uvarint(0)
}

export interface CreateTopicsRequestTopic {
  readonly name: string
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly assignments: readonly CreateTopicsRequestAssignment[]
  readonly configs: readonly CreateTopicsRequestConfig[]
}

function readCreateTopicsRequestTopic(reader: Reader, version: number): CreateTopicsRequestTopic {
  const flexible = version >= 5
  const name = reader.string(flexible)
  const numPartitions = reader.int32()
  const replicationFactor = reader.int16()
  const assignments: CreateTopicsRequestAssignment[] = []
  let assignmentsLeft = reader.arrayLength(flexible, 5)
  for (; assignmentsLeft > 0; assignmentsLeft--) assignments.push(readCreateTopicsRequestAssignment(reader, version))
  const configs: CreateTopicsRequestConfig[] = []
  let configsLeft = reader.arrayLength(flexible, 2)
  for (; configsLeft > 0; configsLeft--) configs.push(readCreateTopicsRequestConfig(reader, version))
  if (flexible) reader.skipTags()
  return { name, numPartitions, replicationFactor, assignments, configs }
}

function writeCreateTopicsRequestTopic(writer: Writer, message: CreateTopicsRequestTopic, version: number): void {
  const flexible = version >= 5
  writer.string(message.name, flexible)
  writer.int32(message.numPartitions)
  writer.int16(message.replicationFactor)
  writer.arrayLength(message.assignments.length, flexible)
  for (const item of message.assignments) writeCreateTopicsRequestAssignment(writer, item, version)
  writer.arrayLength(message.configs.length, flexible)
  for (const item of message.configs) writeCreateTopicsRequestConfig(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface CreateTopicsRequest {
  readonly topics: readonly CreateTopicsRequestTopic[]
  readonly timeoutMs: number
  readonly validateOnly: boolean
}
export interface CreateTopicsRequestInput {
  readonly topics: readonly CreateTopicsRequestTopic[]
  readonly timeoutMs?: number | undefined
  readonly validateOnly: boolean
}

function readCreateTopicsRequest(reader: Reader, version: number): CreateTopicsRequest {
  const flexible = version >= 5
  const topics: CreateTopicsRequestTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 9)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readCreateTopicsRequestTopic(reader, version))
  const timeoutMs = reader.int32()
  const validateOnly = reader.bool()
  if (flexible) reader.skipTags()
  return { topics, timeoutMs, validateOnly }
}

function writeCreateTopicsRequest(writer: Writer, message: CreateTopicsRequestInput, version: number): void {
  const flexible = version >= 5
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeCreateTopicsRequestTopic(writer, item, version)
  writer.int32(message.timeoutMs ?? 60000)
  writer.bool(message.validateOnly)
  if (flexible) writer.uvarint(0)
}

export interface CreateTopicsResponseConfig {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
}
export interface CreateTopicsResponseConfigInput {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource?: number | undefined
  readonly isSensitive: boolean
}

function readCreateTopicsResponseConfig(reader: Reader, version: number): CreateTopicsResponseConfig {
  const flexible = version >= 5
  const name = reader.string(flexible)
  const value = reader.nullableString(flexible)
  const readOnly = reader.bool()
  const configSource = reader.int8()
  const isSensitive = reader.bool()
  if (flexible) reader.skipTags()
  return { name, value, readOnly, configSource, isSensitive }
}

function writeCreateTopicsResponseConfig(writer: Writer, message: CreateTopicsResponseConfigInput, version: number): void {
  const flexible = version >= 5
  writer.string(message.name, flexible)
  writer.nullableString(message.value, flexible)
  writer.bool(message.readOnly)
  writer.int8(message.configSource ?? -1)
  writer.bool(message.isSensitive)
  if (flexible) writer.uvarint(0)
}

export interface CreateTopicsResponseTopic {
  readonly name: string
  readonly topicId: string
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly topicConfigErrorCode: number
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly configs: readonly CreateTopicsResponseConfig[] | null
}
export interface CreateTopicsResponseTopicInput {
  readonly name: string
  readonly topicId?: string | undefined
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly topicConfigErrorCode?: number | undefined
  readonly numPartitions?: number | undefined
  readonly replicationFactor?: number | undefined
  readonly configs?: readonly CreateTopicsResponseConfigInput[] | null | undefined
}

function readCreateTopicsResponseTopic(reader: Reader, version: number): CreateTopicsResponseTopic {
  const flexible = version >= 5
  const name = reader.string(flexible)
  const topicId: string = version >= 7 ? reader.uuid() : ZERO_UUID
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(flexible)
  let topicConfigErrorCode: number = 0
  const numPartitions: number = version >= 5 ? reader.int32() : -1
  const replicationFactor: number = version >= 5 ? reader.int16() : -1
  let configs: readonly CreateTopicsResponseConfig[] | null = []
  if (version >= 5) {
    let configsLeft = reader.nullableArrayLength(flexible, 5)
    if (configsLeft < 0) configs = null
    else {
      const items: CreateTopicsResponseConfig[] = []
      for (; configsLeft > 0; configsLeft--) items.push(readCreateTopicsResponseConfig(reader, version))
      configs = items
    }
  }
  if (flexible) {
    for (let tagsLeft = reader.uvarint(); tagsLeft > 0; tagsLeft--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd()
      if (tag === 0) topicConfigErrorCode = reader.int16()
      else reader.position = end
      reader.endTag(end)
    }
  }
  return { name, topicId, errorCode, errorMessage, topicConfigErrorCode, numPartitions, replicationFactor, configs }
}

function writeCreateTopicsResponseTopic(writer: Writer, message: CreateTopicsResponseTopicInput, version: number): void {
  const flexible = version >= 5
  writer.string(message.name, flexible)
  if (version >= 7) writer.uuid(message.topicId ?? ZERO_UUID)
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage, flexible)
  if (version >= 5) writer.int32(message.numPartitions ?? -1)
  if (version >= 5) writer.int16(message.replicationFactor ?? -1)
  if (version >= 5) {
    const configs = message.configs === undefined ? [] : message.configs
    writer.arrayLength(configs === null ? -1 : configs.length, flexible)
    if (configs !== null) for (const item of configs) writeCreateTopicsResponseConfig(writer, item, version)
  }
  if (flexible) {
    const hasTopicConfigErrorCode = !((message.topicConfigErrorCode ?? 0) === 0)
    writer.uvarint((hasTopicConfigErrorCode ? 1 : 0))
    if (hasTopicConfigErrorCode) {
      const content = new Writer()
      content.int16(message.topicConfigErrorCode ?? 0)
      writer.tag(0, content)
    }
  }
}

export interface CreateTopicsResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly CreateTopicsResponseTopic[]
}
export interface CreateTopicsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly CreateTopicsResponseTopicInput[]
}

function readCreateTopicsResponse(reader: Reader, version: number): CreateTopicsResponse {
  const flexible = version >= 5
  const throttleTimeMs = reader.int32()
  const topics: CreateTopicsResponseTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 4)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readCreateTopicsResponseTopic(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, topics }
}

function writeCreateTopicsResponse(writer: Writer, message: CreateTopicsResponseInput, version: number): void {
  const flexible = version >= 5
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeCreateTopicsResponseTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const createTopicsApi: Api<CreateTopicsRequest, CreateTopicsResponse, CreateTopicsRequestInput, CreateTopicsResponseInput> = defineApi({
  key: 19,
  name: 'CreateTopics',
  minVersion: 2,
  maxVersion: 7,
  latestStableVersion: 7,
  flexibleFrom: 5,
  readRequest: readCreateTopicsRequest,
  writeRequest: writeCreateTopicsRequest,
  readResponse: readCreateTopicsResponse,
  writeResponse: writeCreateTopicsResponse,
})

// ---- DeleteTopics (20) ----

export interface DeleteTopicsRequestTopic {
  readonly name: string | null
  readonly topicId: string
}
export interface DeleteTopicsRequestTopicInput {
  readonly name?: string | null | undefined
  readonly topicId: string
}

function readDeleteTopicsRequestTopic(reader: Reader, version: number): DeleteTopicsRequestTopic {
  const flexible = version >= 4
  const name = reader.nullableString(flexible)
  const topicId = reader.uuid()
  if (flexible) reader.skipTags()
  return { name, topicId }
}

function writeDeleteTopicsRequestTopic(writer: Writer, message: DeleteTopicsRequestTopicInput, version: number): void {
  const flexible = version >= 4
  writer.nullableString(message.name ?? null, flexible)
  writer.uuid(message.topicId)
  if (flexible) writer.uvarint(0)
}

export interface DeleteTopicsRequest {
  readonly topics: readonly DeleteTopicsRequestTopic[]
  readonly topicNames: readonly string[]
  readonly timeoutMs: number
}
export interface DeleteTopicsRequestInput {
  readonly topics?: readonly DeleteTopicsRequestTopicInput[] | undefined
  readonly topicNames?: readonly string[] | undefined
  readonly timeoutMs: number
}

function readDeleteTopicsRequest(reader: Reader, version: number): DeleteTopicsRequest {
  const flexible = version >= 4
  let topics: readonly DeleteTopicsRequestTopic[] = []
  if (version >= 6) {
    const items: DeleteTopicsRequestTopic[] = []
    let topicsLeft = reader.arrayLength(flexible, 17)
    for (; topicsLeft > 0; topicsLeft--) items.push(readDeleteTopicsRequestTopic(reader, version))
    topics = items
  }
  const topicNames: readonly string[] = version <= 5 ? reader.strings(flexible) : []
  const timeoutMs = reader.int32()
  if (flexible) reader.skipTags()
  return { topics, topicNames, timeoutMs }
}

function writeDeleteTopicsRequest(writer: Writer, message: DeleteTopicsRequestInput, version: number): void {
  const flexible = version >= 4
  if (version >= 6) {
    const topics = message.topics ?? []
    writer.arrayLength(topics.length, flexible)
    for (const item of topics) writeDeleteTopicsRequestTopic(writer, item, version)
  }
  if (version <= 5) writer.strings(message.topicNames ?? [], flexible)
  writer.int32(message.timeoutMs)
  if (flexible) writer.uvarint(0)
}

export interface DeleteTopicsResponseTopic {
  readonly name: string | null
  readonly topicId: string
  readonly errorCode: number
  readonly errorMessage: string | null
}
export interface DeleteTopicsResponseTopicInput {
  readonly name: string | null
  readonly topicId?: string | undefined
  readonly errorCode: number
  readonly errorMessage?: string | null | undefined
}

function readDeleteTopicsResponseTopic(reader: Reader, version: number): DeleteTopicsResponseTopic {
  const flexible = version >= 4
  const name = reader.nullableString(flexible)
  const topicId: string = version >= 6 ? reader.uuid() : ZERO_UUID
  const errorCode = reader.int16()
  const errorMessage: string | null = version >= 5 ? reader.nullableString(flexible) : null
  if (flexible) reader.skipTags()
  return { name, topicId, errorCode, errorMessage }
}

function writeDeleteTopicsResponseTopic(writer: Writer, message: DeleteTopicsResponseTopicInput, version: number): void {
  const flexible = version >= 4
  if (version >= 6) writer.nullableString(message.name, flexible)
  else writer.string((message.name) as string, flexible)
  if (version >= 6) writer.uuid(message.topicId ?? ZERO_UUID)
  writer.int16(message.errorCode)
  if (version >= 5) writer.nullableString(message.errorMessage ?? null, flexible)
  if (flexible) writer.uvarint(0)
}

export interface DeleteTopicsResponse {
  readonly throttleTimeMs: number
  readonly responses: readonly DeleteTopicsResponseTopic[]
}
export interface DeleteTopicsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly responses: readonly DeleteTopicsResponseTopicInput[]
}

function readDeleteTopicsResponse(reader: Reader, version: number): DeleteTopicsResponse {
  const flexible = version >= 4
  const throttleTimeMs = reader.int32()
  const responses: DeleteTopicsResponseTopic[] = []
  let responsesLeft = reader.arrayLength(flexible, 3)
  for (; responsesLeft > 0; responsesLeft--) responses.push(readDeleteTopicsResponseTopic(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, responses }
}

function writeDeleteTopicsResponse(writer: Writer, message: DeleteTopicsResponseInput, version: number): void {
  const flexible = version >= 4
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.responses.length, flexible)
  for (const item of message.responses) writeDeleteTopicsResponseTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const deleteTopicsApi: Api<DeleteTopicsRequest, DeleteTopicsResponse, DeleteTopicsRequestInput, DeleteTopicsResponseInput> = defineApi({
  key: 20,
  name: 'DeleteTopics',
  minVersion: 1,
  maxVersion: 6,
  latestStableVersion: 6,
  flexibleFrom: 4,
  readRequest: readDeleteTopicsRequest,
  writeRequest: writeDeleteTopicsRequest,
  readResponse: readDeleteTopicsResponse,
  writeResponse: writeDeleteTopicsResponse,
})

// ---- CreatePartitions (37) ----

export interface CreatePartitionsRequestAssignment {
  readonly brokerIds: readonly number[]
}

function readCreatePartitionsRequestAssignment(reader: Reader, version: number): CreatePartitionsRequestAssignment {
  const flexible = version >= 2
  const brokerIds = reader.int32s(flexible)
  if (flexible) reader.skipTags()
  return { brokerIds }
}

function writeCreatePartitionsRequestAssignment(writer: Writer, message: CreatePartitionsRequestAssignment, version: number): void {
  const flexible = version >= 2
  writer.int32s(message.brokerIds, flexible)
  if (flexible) writer.uvarint(0)
}

export interface CreatePartitionsRequestTopic {
  readonly name: string
  readonly count: number
  readonly assignments: readonly CreatePartitionsRequestAssignment[] | null
}

function readCreatePartitionsRequestTopic(reader: Reader, version: number): CreatePartitionsRequestTopic {
  const flexible = version >= 2
  const name = reader.string(flexible)
  const count = reader.int32()
  let assignments: readonly CreatePartitionsRequestAssignment[] | null = null
  let assignmentsLeft = reader.nullableArrayLength(flexible, 1)
  if (assignmentsLeft < 0) assignments = null
  else {
    const items: CreatePartitionsRequestAssignment[] = []
    for (; assignmentsLeft > 0; assignmentsLeft--) items.push(readCreatePartitionsRequestAssignment(reader, version))
    assignments = items
  }
  if (flexible) reader.skipTags()
  return { name, count, assignments }
}

function writeCreatePartitionsRequestTopic(writer: Writer, message: CreatePartitionsRequestTopic, version: number): void {
  const flexible = version >= 2
  writer.string(message.name, flexible)
  writer.int32(message.count)
  writer.arrayLength(message.assignments === null ? -1 : message.assignments.length, flexible)
  if (message.assignments !== null) for (const item of message.assignments) writeCreatePartitionsRequestAssignment(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface CreatePartitionsRequest {
  readonly topics: readonly CreatePartitionsRequestTopic[]
  readonly timeoutMs: number
  readonly validateOnly: boolean
}

function readCreatePartitionsRequest(reader: Reader, version: number): CreatePartitionsRequest {
  const flexible = version >= 2
  const topics: CreatePartitionsRequestTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 6)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readCreatePartitionsRequestTopic(reader, version))
  const timeoutMs = reader.int32()
  const validateOnly = reader.bool()
  if (flexible) reader.skipTags()
  return { topics, timeoutMs, validateOnly }
}

function writeCreatePartitionsRequest(writer: Writer, message: CreatePartitionsRequest, version: number): void {
  const flexible = version >= 2
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeCreatePartitionsRequestTopic(writer, item, version)
  writer.int32(message.timeoutMs)
  writer.bool(message.validateOnly)
  if (flexible) writer.uvarint(0)
}

export interface CreatePartitionsResponseResult {
  readonly name: string
  readonly errorCode: number
  readonly errorMessage: string | null
}
export interface CreatePartitionsResponseResultInput {
  readonly name: string
  readonly errorCode: number
  readonly errorMessage?: string | null | undefined
}

function readCreatePartitionsResponseResult(reader: Reader, version: number): CreatePartitionsResponseResult {
  const flexible = version >= 2
  const name = reader.string(flexible)
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(flexible)
  if (flexible) reader.skipTags()
  return { name, errorCode, errorMessage }
}

function writeCreatePartitionsResponseResult(writer: Writer, message: CreatePartitionsResponseResultInput, version: number): void {
  const flexible = version >= 2
  writer.string(message.name, flexible)
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage ?? null, flexible)
  if (flexible) writer.uvarint(0)
}

export interface CreatePartitionsResponse {
  readonly throttleTimeMs: number
  readonly results: readonly CreatePartitionsResponseResult[]
}
export interface CreatePartitionsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly results: readonly CreatePartitionsResponseResultInput[]
}

function readCreatePartitionsResponse(reader: Reader, version: number): CreatePartitionsResponse {
  const flexible = version >= 2
  const throttleTimeMs = reader.int32()
  const results: CreatePartitionsResponseResult[] = []
  let resultsLeft = reader.arrayLength(flexible, 4)
  for (; resultsLeft > 0; resultsLeft--) results.push(readCreatePartitionsResponseResult(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, results }
}

function writeCreatePartitionsResponse(writer: Writer, message: CreatePartitionsResponseInput, version: number): void {
  const flexible = version >= 2
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.results.length, flexible)
  for (const item of message.results) writeCreatePartitionsResponseResult(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const createPartitionsApi: Api<CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsRequest, CreatePartitionsResponseInput> = defineApi({
  key: 37,
  name: 'CreatePartitions',
  minVersion: 0,
  maxVersion: 3,
  latestStableVersion: 3,
  flexibleFrom: 2,
  readRequest: readCreatePartitionsRequest,
  writeRequest: writeCreatePartitionsRequest,
  readResponse: readCreatePartitionsResponse,
  writeResponse: writeCreatePartitionsResponse,
})

// ---- DescribeConfigs (32) ----

export interface DescribeConfigsRequestResource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configurationKeys: readonly string[] | null
}

function readDescribeConfigsRequestResource(reader: Reader, version: number): DescribeConfigsRequestResource {
  const flexible = version >= 4
  const resourceType = reader.int8()
  const resourceName = reader.string(flexible)
  const configurationKeys = reader.nullableStrings(flexible)
  if (flexible) reader.skipTags()
  return { resourceType, resourceName, configurationKeys }
}

function writeDescribeConfigsRequestResource(writer: Writer, message: DescribeConfigsRequestResource, version: number): void {
  const flexible = version >= 4
  writer.int8(message.resourceType)
  writer.string(message.resourceName, flexible)
  writer.nullableStrings(message.configurationKeys, flexible)
  if (flexible) writer.uvarint(0)
}

export interface DescribeConfigsRequest {
  readonly resources: readonly DescribeConfigsRequestResource[]
  readonly includeSynonyms: boolean
  readonly includeDocumentation: boolean
}
export interface DescribeConfigsRequestInput {
  readonly resources: readonly DescribeConfigsRequestResource[]
  readonly includeSynonyms: boolean
  readonly includeDocumentation?: boolean | undefined
}

function readDescribeConfigsRequest(reader: Reader, version: number): DescribeConfigsRequest {
  const flexible = version >= 4
  const resources: DescribeConfigsRequestResource[] = []
  let resourcesLeft = reader.arrayLength(flexible, 3)
  for (; resourcesLeft > 0; resourcesLeft--) resources.push(readDescribeConfigsRequestResource(reader, version))
  const includeSynonyms = reader.bool()
  const includeDocumentation: boolean = version >= 3 ? reader.bool() : false
  if (flexible) reader.skipTags()
  return { resources, includeSynonyms, includeDocumentation }
}

function writeDescribeConfigsRequest(writer: Writer, message: DescribeConfigsRequestInput, version: number): void {
  const flexible = version >= 4
  writer.arrayLength(message.resources.length, flexible)
  for (const item of message.resources) writeDescribeConfigsRequestResource(writer, item, version)
  writer.bool(message.includeSynonyms)
  if (version >= 3) writer.bool(message.includeDocumentation ?? false)
  if (flexible) writer.uvarint(0)
}

export interface DescribeConfigsResponseSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: number
}

function readDescribeConfigsResponseSynonym(reader: Reader, version: number): DescribeConfigsResponseSynonym {
  const flexible = version >= 4
  const name = reader.string(flexible)
  const value = reader.nullableString(flexible)
  const source = reader.int8()
  if (flexible) reader.skipTags()
  return { name, value, source }
}

function writeDescribeConfigsResponseSynonym(writer: Writer, message: DescribeConfigsResponseSynonym, version: number): void {
  const flexible = version >= 4
  writer.string(message.name, flexible)
  writer.nullableString(message.value, flexible)
  writer.int8(message.source)
  if (flexible) writer.uvarint(0)
}

export interface DescribeConfigsResponseConfig {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  readonly synonyms: readonly DescribeConfigsResponseSynonym[]
  readonly configType: number
  readonly documentation: string | null
}
export interface DescribeConfigsResponseConfigInput {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource?: number | undefined
  readonly isSensitive: boolean
  readonly synonyms: readonly DescribeConfigsResponseSynonym[]
  readonly configType?: number | undefined
  readonly documentation?: string | null | undefined
}

function readDescribeConfigsResponseConfig(reader: Reader, version: number): DescribeConfigsResponseConfig {
  const flexible = version >= 4
  const name = reader.string(flexible)
  const value = reader.nullableString(flexible)
  const readOnly = reader.bool()
  const configSource = reader.int8()
  const isSensitive = reader.bool()
  const synonyms: DescribeConfigsResponseSynonym[] = []
  let synonymsLeft = reader.arrayLength(flexible, 3)
  for (; synonymsLeft > 0; synonymsLeft--) synonyms.push(readDescribeConfigsResponseSynonym(reader, version))
  const configType: number = version >= 3 ? reader.int8() : 0
  const documentation: string | null = version >= 3 ? reader.nullableString(flexible) : ''
  if (flexible) reader.skipTags()
  return { name, value, readOnly, configSource, isSensitive, synonyms, configType, documentation }
}

function writeDescribeConfigsResponseConfig(writer: Writer, message: DescribeConfigsResponseConfigInput, version: number): void {
  const flexible = version >= 4
  writer.string(message.name, flexible)
  writer.nullableString(message.value, flexible)
  writer.bool(message.readOnly)
  writer.int8(message.configSource ?? -1)
  writer.bool(message.isSensitive)
  writer.arrayLength(message.synonyms.length, flexible)
  for (const item of message.synonyms) writeDescribeConfigsResponseSynonym(writer, item, version)
  if (version >= 3) writer.int8(message.configType ?? 0)
  if (version >= 3) writer.nullableString(message.documentation === undefined ? '' : message.documentation, flexible)
  if (flexible) writer.uvarint(0)
}

export interface DescribeConfigsResponseResult {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly DescribeConfigsResponseConfig[]
}
export interface DescribeConfigsResponseResultInput {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly DescribeConfigsResponseConfigInput[]
}

function readDescribeConfigsResponseResult(reader: Reader, version: number): DescribeConfigsResponseResult {
  const flexible = version >= 4
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(flexible)
  const resourceType = reader.int8()
  const resourceName = reader.string(flexible)
  const configs: DescribeConfigsResponseConfig[] = []
  let configsLeft = reader.arrayLength(flexible, 6)
  for (; configsLeft > 0; configsLeft--) configs.push(readDescribeConfigsResponseConfig(reader, version))
  if (flexible) reader.skipTags()
  return { errorCode, errorMessage, resourceType, resourceName, configs }
}

function writeDescribeConfigsResponseResult(writer: Writer, message: DescribeConfigsResponseResultInput, version: number): void {
  const flexible = version >= 4
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage, flexible)
  writer.int8(message.resourceType)
  writer.string(message.resourceName, flexible)
  writer.arrayLength(message.configs.length, flexible)
  for (const item of message.configs) writeDescribeConfigsResponseConfig(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface DescribeConfigsResponse {
  readonly throttleTimeMs: number
  readonly results: readonly DescribeConfigsResponseResult[]
}
export interface DescribeConfigsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly results: readonly DescribeConfigsResponseResultInput[]
}

function readDescribeConfigsResponse(reader: Reader, version: number): DescribeConfigsResponse {
  const flexible = version >= 4
  const throttleTimeMs = reader.int32()
  const results: DescribeConfigsResponseResult[] = []
  let resultsLeft = reader.arrayLength(flexible, 6)
  for (; resultsLeft > 0; resultsLeft--) results.push(readDescribeConfigsResponseResult(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, results }
}

function writeDescribeConfigsResponse(writer: Writer, message: DescribeConfigsResponseInput, version: number): void {
  const flexible = version >= 4
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.results.length, flexible)
  for (const item of message.results) writeDescribeConfigsResponseResult(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const describeConfigsApi: Api<DescribeConfigsRequest, DescribeConfigsResponse, DescribeConfigsRequestInput, DescribeConfigsResponseInput> = defineApi({
  key: 32,
  name: 'DescribeConfigs',
  minVersion: 1,
  maxVersion: 4,
  latestStableVersion: 4,
  flexibleFrom: 4,
  readRequest: readDescribeConfigsRequest,
  writeRequest: writeDescribeConfigsRequest,
  readResponse: readDescribeConfigsResponse,
  writeResponse: writeDescribeConfigsResponse,
})

// ---- IncrementalAlterConfigs (44) ----

export interface IncrementalAlterConfigsRequestConfig {
  readonly name: string
  readonly configOperation: number
  readonly value: string | null
}

function readIncrementalAlterConfigsRequestConfig(reader: Reader, version: number): IncrementalAlterConfigsRequestConfig {
  const flexible = version >= 1
  const name = reader.string(flexible)
  const configOperation = reader.int8()
  const value = reader.nullableString(flexible)
  if (flexible) reader.skipTags()
  return { name, configOperation, value }
}

function writeIncrementalAlterConfigsRequestConfig(writer: Writer, message: IncrementalAlterConfigsRequestConfig, version: number): void {
  const flexible = version >= 1
  writer.string(message.name, flexible)
  writer.int8(message.configOperation)
  writer.nullableString(message.value, flexible)
  if (flexible) writer.uvarint(0)
}

export interface IncrementalAlterConfigsRequestResource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly IncrementalAlterConfigsRequestConfig[]
}

function readIncrementalAlterConfigsRequestResource(reader: Reader, version: number): IncrementalAlterConfigsRequestResource {
  const flexible = version >= 1
  const resourceType = reader.int8()
  const resourceName = reader.string(flexible)
  const configs: IncrementalAlterConfigsRequestConfig[] = []
  let configsLeft = reader.arrayLength(flexible, 3)
  for (; configsLeft > 0; configsLeft--) configs.push(readIncrementalAlterConfigsRequestConfig(reader, version))
  if (flexible) reader.skipTags()
  return { resourceType, resourceName, configs }
}

function writeIncrementalAlterConfigsRequestResource(writer: Writer, message: IncrementalAlterConfigsRequestResource, version: number): void {
  const flexible = version >= 1
  writer.int8(message.resourceType)
  writer.string(message.resourceName, flexible)
  writer.arrayLength(message.configs.length, flexible)
  for (const item of message.configs) writeIncrementalAlterConfigsRequestConfig(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface IncrementalAlterConfigsRequest {
  readonly resources: readonly IncrementalAlterConfigsRequestResource[]
  readonly validateOnly: boolean
}

function readIncrementalAlterConfigsRequest(reader: Reader, version: number): IncrementalAlterConfigsRequest {
  const flexible = version >= 1
  const resources: IncrementalAlterConfigsRequestResource[] = []
  let resourcesLeft = reader.arrayLength(flexible, 3)
  for (; resourcesLeft > 0; resourcesLeft--) resources.push(readIncrementalAlterConfigsRequestResource(reader, version))
  const validateOnly = reader.bool()
  if (flexible) reader.skipTags()
  return { resources, validateOnly }
}

function writeIncrementalAlterConfigsRequest(writer: Writer, message: IncrementalAlterConfigsRequest, version: number): void {
  const flexible = version >= 1
  writer.arrayLength(message.resources.length, flexible)
  for (const item of message.resources) writeIncrementalAlterConfigsRequestResource(writer, item, version)
  writer.bool(message.validateOnly)
  if (flexible) writer.uvarint(0)
}

export interface IncrementalAlterConfigsResponseResource {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
}

function readIncrementalAlterConfigsResponseResource(reader: Reader, version: number): IncrementalAlterConfigsResponseResource {
  const flexible = version >= 1
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(flexible)
  const resourceType = reader.int8()
  const resourceName = reader.string(flexible)
  if (flexible) reader.skipTags()
  return { errorCode, errorMessage, resourceType, resourceName }
}

function writeIncrementalAlterConfigsResponseResource(writer: Writer, message: IncrementalAlterConfigsResponseResource, version: number): void {
  const flexible = version >= 1
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage, flexible)
  writer.int8(message.resourceType)
  writer.string(message.resourceName, flexible)
  if (flexible) writer.uvarint(0)
}

export interface IncrementalAlterConfigsResponse {
  readonly throttleTimeMs: number
  readonly responses: readonly IncrementalAlterConfigsResponseResource[]
}
export interface IncrementalAlterConfigsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly responses: readonly IncrementalAlterConfigsResponseResource[]
}

function readIncrementalAlterConfigsResponse(reader: Reader, version: number): IncrementalAlterConfigsResponse {
  const flexible = version >= 1
  const throttleTimeMs = reader.int32()
  const responses: IncrementalAlterConfigsResponseResource[] = []
  let responsesLeft = reader.arrayLength(flexible, 5)
  for (; responsesLeft > 0; responsesLeft--) responses.push(readIncrementalAlterConfigsResponseResource(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, responses }
}

function writeIncrementalAlterConfigsResponse(writer: Writer, message: IncrementalAlterConfigsResponseInput, version: number): void {
  const flexible = version >= 1
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.responses.length, flexible)
  for (const item of message.responses) writeIncrementalAlterConfigsResponseResource(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const incrementalAlterConfigsApi: Api<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponseInput> = defineApi({
  key: 44,
  name: 'IncrementalAlterConfigs',
  minVersion: 0,
  maxVersion: 1,
  latestStableVersion: 1,
  flexibleFrom: 1,
  readRequest: readIncrementalAlterConfigsRequest,
  writeRequest: writeIncrementalAlterConfigsRequest,
  readResponse: readIncrementalAlterConfigsResponse,
  writeResponse: writeIncrementalAlterConfigsResponse,
})

// ---- DescribeLogDirs (35) ----

export interface DescribeLogDirsRequestTopic {
  readonly topic: string
  readonly partitions: readonly number[]
}

function readDescribeLogDirsRequestTopic(reader: Reader, version: number): DescribeLogDirsRequestTopic {
  const flexible = version >= 2
  const topic = reader.string(flexible)
  const partitions = reader.int32s(flexible)
  if (flexible) reader.skipTags()
  return { topic, partitions }
}

function writeDescribeLogDirsRequestTopic(writer: Writer, message: DescribeLogDirsRequestTopic, version: number): void {
  const flexible = version >= 2
  writer.string(message.topic, flexible)
  writer.int32s(message.partitions, flexible)
  if (flexible) writer.uvarint(0)
}

export interface DescribeLogDirsRequest {
  readonly topics: readonly DescribeLogDirsRequestTopic[] | null
}

function readDescribeLogDirsRequest(reader: Reader, version: number): DescribeLogDirsRequest {
  const flexible = version >= 2
  let topics: readonly DescribeLogDirsRequestTopic[] | null = null
  let topicsLeft = reader.nullableArrayLength(flexible, 2)
  if (topicsLeft < 0) topics = null
  else {
    const items: DescribeLogDirsRequestTopic[] = []
    for (; topicsLeft > 0; topicsLeft--) items.push(readDescribeLogDirsRequestTopic(reader, version))
    topics = items
  }
  if (flexible) reader.skipTags()
  return { topics }
}

function writeDescribeLogDirsRequest(writer: Writer, message: DescribeLogDirsRequest, version: number): void {
  const flexible = version >= 2
  writer.arrayLength(message.topics === null ? -1 : message.topics.length, flexible)
  if (message.topics !== null) for (const item of message.topics) writeDescribeLogDirsRequestTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface DescribeLogDirsResponsePartition {
  readonly partitionIndex: number
  readonly partitionSize: number
  readonly offsetLag: number
  readonly isFutureKey: boolean
}

function readDescribeLogDirsResponsePartition(reader: Reader, version: number): DescribeLogDirsResponsePartition {
  const flexible = version >= 2
  const partitionIndex = reader.int32()
  const partitionSize = reader.int64()
  const offsetLag = reader.int64()
  const isFutureKey = reader.bool()
  if (flexible) reader.skipTags()
  return { partitionIndex, partitionSize, offsetLag, isFutureKey }
}

function writeDescribeLogDirsResponsePartition(writer: Writer, message: DescribeLogDirsResponsePartition, version: number): void {
  const flexible = version >= 2
  writer.int32(message.partitionIndex)
  writer.int64(message.partitionSize)
  writer.int64(message.offsetLag)
  writer.bool(message.isFutureKey)
  if (flexible) writer.uvarint(0)
}

export interface DescribeLogDirsResponseTopic {
  readonly name: string
  readonly partitions: readonly DescribeLogDirsResponsePartition[]
}

function readDescribeLogDirsResponseTopic(reader: Reader, version: number): DescribeLogDirsResponseTopic {
  const flexible = version >= 2
  const name = reader.string(flexible)
  const partitions: DescribeLogDirsResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 21)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readDescribeLogDirsResponsePartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, partitions }
}

function writeDescribeLogDirsResponseTopic(writer: Writer, message: DescribeLogDirsResponseTopic, version: number): void {
  const flexible = version >= 2
  writer.string(message.name, flexible)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeDescribeLogDirsResponsePartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface DescribeLogDirsResponseResult {
  readonly errorCode: number
  readonly logDir: string
  readonly topics: readonly DescribeLogDirsResponseTopic[]
  readonly totalBytes: number
  readonly usableBytes: number
  readonly isCordoned: boolean
}
export interface DescribeLogDirsResponseResultInput {
  readonly errorCode: number
  readonly logDir: string
  readonly topics: readonly DescribeLogDirsResponseTopic[]
  readonly totalBytes?: number | undefined
  readonly usableBytes?: number | undefined
  readonly isCordoned?: boolean | undefined
}

function readDescribeLogDirsResponseResult(reader: Reader, version: number): DescribeLogDirsResponseResult {
  const flexible = version >= 2
  const errorCode = reader.int16()
  const logDir = reader.string(flexible)
  const topics: DescribeLogDirsResponseTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readDescribeLogDirsResponseTopic(reader, version))
  const totalBytes: number = version >= 4 ? reader.int64() : -1
  const usableBytes: number = version >= 4 ? reader.int64() : -1
  const isCordoned: boolean = version >= 5 ? reader.bool() : false
  if (flexible) reader.skipTags()
  return { errorCode, logDir, topics, totalBytes, usableBytes, isCordoned }
}

function writeDescribeLogDirsResponseResult(writer: Writer, message: DescribeLogDirsResponseResultInput, version: number): void {
  const flexible = version >= 2
  writer.int16(message.errorCode)
  writer.string(message.logDir, flexible)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeDescribeLogDirsResponseTopic(writer, item, version)
  if (version >= 4) writer.int64(message.totalBytes ?? -1)
  if (version >= 4) writer.int64(message.usableBytes ?? -1)
  if (version >= 5) writer.bool(message.isCordoned ?? false)
  if (flexible) writer.uvarint(0)
}

export interface DescribeLogDirsResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly results: readonly DescribeLogDirsResponseResult[]
}
export interface DescribeLogDirsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode?: number | undefined
  readonly results: readonly DescribeLogDirsResponseResultInput[]
}

function readDescribeLogDirsResponse(reader: Reader, version: number): DescribeLogDirsResponse {
  const flexible = version >= 2
  const throttleTimeMs = reader.int32()
  const errorCode: number = version >= 3 ? reader.int16() : 0
  const results: DescribeLogDirsResponseResult[] = []
  let resultsLeft = reader.arrayLength(flexible, 4)
  for (; resultsLeft > 0; resultsLeft--) results.push(readDescribeLogDirsResponseResult(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode, results }
}

function writeDescribeLogDirsResponse(writer: Writer, message: DescribeLogDirsResponseInput, version: number): void {
  const flexible = version >= 2
  writer.int32(message.throttleTimeMs ?? 0)
  if (version >= 3) writer.int16(message.errorCode ?? 0)
  writer.arrayLength(message.results.length, flexible)
  for (const item of message.results) writeDescribeLogDirsResponseResult(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const describeLogDirsApi: Api<DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeLogDirsRequest, DescribeLogDirsResponseInput> = defineApi({
  key: 35,
  name: 'DescribeLogDirs',
  minVersion: 1,
  maxVersion: 5,
  latestStableVersion: 5,
  flexibleFrom: 2,
  readRequest: readDescribeLogDirsRequest,
  writeRequest: writeDescribeLogDirsRequest,
  readResponse: readDescribeLogDirsResponse,
  writeResponse: writeDescribeLogDirsResponse,
})

// ---- DescribeAcls (29) ----

export interface DescribeAclsRequest {
  readonly resourceTypeFilter: number
  readonly resourceNameFilter: string | null
  readonly patternTypeFilter: number
  readonly principalFilter: string | null
  readonly hostFilter: string | null
  readonly operation: number
  readonly permissionType: number
}
export interface DescribeAclsRequestInput {
  readonly resourceTypeFilter: number
  readonly resourceNameFilter: string | null
  readonly patternTypeFilter?: number | undefined
  readonly principalFilter: string | null
  readonly hostFilter: string | null
  readonly operation: number
  readonly permissionType: number
}

function readDescribeAclsRequest(reader: Reader, version: number): DescribeAclsRequest {
  const flexible = version >= 2
  const resourceTypeFilter = reader.int8()
  const resourceNameFilter = reader.nullableString(flexible)
  const patternTypeFilter = reader.int8()
  const principalFilter = reader.nullableString(flexible)
  const hostFilter = reader.nullableString(flexible)
  const operation = reader.int8()
  const permissionType = reader.int8()
  if (flexible) reader.skipTags()
  return { resourceTypeFilter, resourceNameFilter, patternTypeFilter, principalFilter, hostFilter, operation, permissionType }
}

function writeDescribeAclsRequest(writer: Writer, message: DescribeAclsRequestInput, version: number): void {
  const flexible = version >= 2
  writer.int8(message.resourceTypeFilter)
  writer.nullableString(message.resourceNameFilter, flexible)
  writer.int8(message.patternTypeFilter ?? 3)
  writer.nullableString(message.principalFilter, flexible)
  writer.nullableString(message.hostFilter, flexible)
  writer.int8(message.operation)
  writer.int8(message.permissionType)
  if (flexible) writer.uvarint(0)
}

export interface DescribeAclsResponseAcl {
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

function readDescribeAclsResponseAcl(reader: Reader, version: number): DescribeAclsResponseAcl {
  const flexible = version >= 2
  const principal = reader.string(flexible)
  const host = reader.string(flexible)
  const operation = reader.int8()
  const permissionType = reader.int8()
  if (flexible) reader.skipTags()
  return { principal, host, operation, permissionType }
}

function writeDescribeAclsResponseAcl(writer: Writer, message: DescribeAclsResponseAcl, version: number): void {
  const flexible = version >= 2
  writer.string(message.principal, flexible)
  writer.string(message.host, flexible)
  writer.int8(message.operation)
  writer.int8(message.permissionType)
  if (flexible) writer.uvarint(0)
}

export interface DescribeAclsResponseResource {
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType: number
  readonly acls: readonly DescribeAclsResponseAcl[]
}
export interface DescribeAclsResponseResourceInput {
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType?: number | undefined
  readonly acls: readonly DescribeAclsResponseAcl[]
}

function readDescribeAclsResponseResource(reader: Reader, version: number): DescribeAclsResponseResource {
  const flexible = version >= 2
  const resourceType = reader.int8()
  const resourceName = reader.string(flexible)
  const patternType = reader.int8()
  const acls: DescribeAclsResponseAcl[] = []
  let aclsLeft = reader.arrayLength(flexible, 4)
  for (; aclsLeft > 0; aclsLeft--) acls.push(readDescribeAclsResponseAcl(reader, version))
  if (flexible) reader.skipTags()
  return { resourceType, resourceName, patternType, acls }
}

function writeDescribeAclsResponseResource(writer: Writer, message: DescribeAclsResponseResourceInput, version: number): void {
  const flexible = version >= 2
  writer.int8(message.resourceType)
  writer.string(message.resourceName, flexible)
  writer.int8(message.patternType ?? 3)
  writer.arrayLength(message.acls.length, flexible)
  for (const item of message.acls) writeDescribeAclsResponseAcl(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface DescribeAclsResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resources: readonly DescribeAclsResponseResource[]
}
export interface DescribeAclsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resources: readonly DescribeAclsResponseResourceInput[]
}

function readDescribeAclsResponse(reader: Reader, version: number): DescribeAclsResponse {
  const flexible = version >= 2
  const throttleTimeMs = reader.int32()
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(flexible)
  const resources: DescribeAclsResponseResource[] = []
  let resourcesLeft = reader.arrayLength(flexible, 4)
  for (; resourcesLeft > 0; resourcesLeft--) resources.push(readDescribeAclsResponseResource(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode, errorMessage, resources }
}

function writeDescribeAclsResponse(writer: Writer, message: DescribeAclsResponseInput, version: number): void {
  const flexible = version >= 2
  writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage, flexible)
  writer.arrayLength(message.resources.length, flexible)
  for (const item of message.resources) writeDescribeAclsResponseResource(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const describeAclsApi: Api<DescribeAclsRequest, DescribeAclsResponse, DescribeAclsRequestInput, DescribeAclsResponseInput> = defineApi({
  key: 29,
  name: 'DescribeAcls',
  minVersion: 1,
  maxVersion: 3,
  latestStableVersion: 3,
  flexibleFrom: 2,
  readRequest: readDescribeAclsRequest,
  writeRequest: writeDescribeAclsRequest,
  readResponse: readDescribeAclsResponse,
  writeResponse: writeDescribeAclsResponse,
})

// ---- SaslHandshake (17) ----

export interface SaslHandshakeRequest {
  readonly mechanism: string
}

function readSaslHandshakeRequest(reader: Reader, _version: number): SaslHandshakeRequest {
  const mechanism = reader.string(false)
  return { mechanism }
}

function writeSaslHandshakeRequest(writer: Writer, message: SaslHandshakeRequest, _version: number): void {
  writer.string(message.mechanism, false)
}

export interface SaslHandshakeResponse {
  readonly errorCode: number
  readonly mechanisms: readonly string[]
}

function readSaslHandshakeResponse(reader: Reader, _version: number): SaslHandshakeResponse {
  const errorCode = reader.int16()
  const mechanisms = reader.strings(false)
  return { errorCode, mechanisms }
}

function writeSaslHandshakeResponse(writer: Writer, message: SaslHandshakeResponse, _version: number): void {
  writer.int16(message.errorCode)
  writer.strings(message.mechanisms, false)
}

export const saslHandshakeApi: Api<SaslHandshakeRequest, SaslHandshakeResponse, SaslHandshakeRequest, SaslHandshakeResponse> = defineApi({
  key: 17,
  name: 'SaslHandshake',
  minVersion: 0,
  maxVersion: 1,
  latestStableVersion: 1,
  flexibleFrom: NEVER_FLEXIBLE,
  readRequest: readSaslHandshakeRequest,
  writeRequest: writeSaslHandshakeRequest,
  readResponse: readSaslHandshakeResponse,
  writeResponse: writeSaslHandshakeResponse,
})

// ---- SaslAuthenticate (36) ----

export interface SaslAuthenticateRequest {
  readonly authBytes: Buffer
}

function readSaslAuthenticateRequest(reader: Reader, version: number): SaslAuthenticateRequest {
  const flexible = version >= 2
  const authBytes = reader.bytes(flexible)
  if (flexible) reader.skipTags()
  return { authBytes }
}

function writeSaslAuthenticateRequest(writer: Writer, message: SaslAuthenticateRequest, version: number): void {
  const flexible = version >= 2
  writer.bytes(message.authBytes, flexible)
  if (flexible) writer.uvarint(0)
}

export interface SaslAuthenticateResponse {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly authBytes: Buffer
  readonly sessionLifetimeMs: number
}
export interface SaslAuthenticateResponseInput {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly authBytes: Buffer
  readonly sessionLifetimeMs?: number | undefined
}

function readSaslAuthenticateResponse(reader: Reader, version: number): SaslAuthenticateResponse {
  const flexible = version >= 2
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(flexible)
  const authBytes = reader.bytes(flexible)
  const sessionLifetimeMs: number = version >= 1 ? reader.int64() : 0
  if (flexible) reader.skipTags()
  return { errorCode, errorMessage, authBytes, sessionLifetimeMs }
}

function writeSaslAuthenticateResponse(writer: Writer, message: SaslAuthenticateResponseInput, version: number): void {
  const flexible = version >= 2
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage, flexible)
  writer.bytes(message.authBytes, flexible)
  if (version >= 1) writer.int64(message.sessionLifetimeMs ?? 0)
  if (flexible) writer.uvarint(0)
}

export const saslAuthenticateApi: Api<SaslAuthenticateRequest, SaslAuthenticateResponse, SaslAuthenticateRequest, SaslAuthenticateResponseInput> = defineApi({
  key: 36,
  name: 'SaslAuthenticate',
  minVersion: 0,
  maxVersion: 2,
  latestStableVersion: 2,
  flexibleFrom: 2,
  readRequest: readSaslAuthenticateRequest,
  writeRequest: writeSaslAuthenticateRequest,
  readResponse: readSaslAuthenticateResponse,
  writeResponse: writeSaslAuthenticateResponse,
})

// ---- GetTelemetrySubscriptions (71) ----

export interface GetTelemetrySubscriptionsRequest {
  readonly clientInstanceId: string
}

function readGetTelemetrySubscriptionsRequest(reader: Reader, _version: number): GetTelemetrySubscriptionsRequest {
  const clientInstanceId = reader.uuid()
  reader.skipTags()
  return { clientInstanceId }
}

function writeGetTelemetrySubscriptionsRequest(writer: Writer, message: GetTelemetrySubscriptionsRequest, _version: number): void {
  writer.uuid(message.clientInstanceId)
  writer.uvarint(0)
}

export interface GetTelemetrySubscriptionsResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly clientInstanceId: string
  readonly subscriptionId: number
  readonly acceptedCompressionTypes: readonly number[]
  readonly pushIntervalMs: number
  readonly telemetryMaxBytes: number
  readonly deltaTemporality: boolean
  readonly requestedMetrics: readonly string[]
}
export interface GetTelemetrySubscriptionsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly clientInstanceId: string
  readonly subscriptionId: number
  readonly acceptedCompressionTypes: readonly number[]
  readonly pushIntervalMs: number
  readonly telemetryMaxBytes: number
  readonly deltaTemporality: boolean
  readonly requestedMetrics: readonly string[]
}

function readGetTelemetrySubscriptionsResponse(reader: Reader, _version: number): GetTelemetrySubscriptionsResponse {
  const throttleTimeMs = reader.int32()
  const errorCode = reader.int16()
  const clientInstanceId = reader.uuid()
  const subscriptionId = reader.int32()
  const acceptedCompressionTypes = reader.int8s(true)
  const pushIntervalMs = reader.int32()
  const telemetryMaxBytes = reader.int32()
  const deltaTemporality = reader.bool()
  const requestedMetrics = reader.strings(true)
  reader.skipTags()
  return { throttleTimeMs, errorCode, clientInstanceId, subscriptionId, acceptedCompressionTypes, pushIntervalMs, telemetryMaxBytes, deltaTemporality, requestedMetrics }
}

function writeGetTelemetrySubscriptionsResponse(writer: Writer, message: GetTelemetrySubscriptionsResponseInput, _version: number): void {
  writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  writer.uuid(message.clientInstanceId)
  writer.int32(message.subscriptionId)
  writer.int8s(message.acceptedCompressionTypes, true)
  writer.int32(message.pushIntervalMs)
  writer.int32(message.telemetryMaxBytes)
  writer.bool(message.deltaTemporality)
  writer.strings(message.requestedMetrics, true)
  writer.uvarint(0)
}

export const getTelemetrySubscriptionsApi: Api<GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse, GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponseInput> = defineApi({
  key: 71,
  name: 'GetTelemetrySubscriptions',
  minVersion: 0,
  maxVersion: 0,
  latestStableVersion: 0,
  flexibleFrom: 0,
  readRequest: readGetTelemetrySubscriptionsRequest,
  writeRequest: writeGetTelemetrySubscriptionsRequest,
  readResponse: readGetTelemetrySubscriptionsResponse,
  writeResponse: writeGetTelemetrySubscriptionsResponse,
})

// ---- PushTelemetry (72) ----

export interface PushTelemetryRequest {
  readonly clientInstanceId: string
  readonly subscriptionId: number
  readonly terminating: boolean
  readonly compressionType: number
  readonly metrics: Buffer
}

function readPushTelemetryRequest(reader: Reader, _version: number): PushTelemetryRequest {
  const clientInstanceId = reader.uuid()
  const subscriptionId = reader.int32()
  const terminating = reader.bool()
  const compressionType = reader.int8()
  const metrics = reader.bytes(true)
  reader.skipTags()
  return { clientInstanceId, subscriptionId, terminating, compressionType, metrics }
}

function writePushTelemetryRequest(writer: Writer, message: PushTelemetryRequest, _version: number): void {
  writer.uuid(message.clientInstanceId)
  writer.int32(message.subscriptionId)
  writer.bool(message.terminating)
  writer.int8(message.compressionType)
  writer.bytes(message.metrics, true)
  writer.uvarint(0)
}

export interface PushTelemetryResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
}
export interface PushTelemetryResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
}

function readPushTelemetryResponse(reader: Reader, _version: number): PushTelemetryResponse {
  const throttleTimeMs = reader.int32()
  const errorCode = reader.int16()
  reader.skipTags()
  return { throttleTimeMs, errorCode }
}

function writePushTelemetryResponse(writer: Writer, message: PushTelemetryResponseInput, _version: number): void {
  writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  writer.uvarint(0)
}

export const pushTelemetryApi: Api<PushTelemetryRequest, PushTelemetryResponse, PushTelemetryRequest, PushTelemetryResponseInput> = defineApi({
  key: 72,
  name: 'PushTelemetry',
  minVersion: 0,
  maxVersion: 0,
  latestStableVersion: 0,
  flexibleFrom: 0,
  readRequest: readPushTelemetryRequest,
  writeRequest: writePushTelemetryRequest,
  readResponse: readPushTelemetryResponse,
  writeResponse: writePushTelemetryResponse,
})
