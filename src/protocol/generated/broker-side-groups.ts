// Made by `npm run generate` from ../schema: change the table there.
import { type Api, defineApi } from '../api.ts'
import { type Reader } from '../reader.ts'
import { type Writer } from '../writer.ts'

// ---- ConsumerGroupHeartbeat (68) ----

export interface ConsumerGroupHeartbeatRequestTopicPartition {
  readonly topicId: string
  readonly partitions: readonly number[]
}

function readConsumerGroupHeartbeatRequestTopicPartition(reader: Reader, _version: number): ConsumerGroupHeartbeatRequestTopicPartition {
  const topicId = reader.uuid()
  const partitions = reader.int32s(true)
  reader.skipTags()
  return { topicId, partitions }
}

function writeConsumerGroupHeartbeatRequestTopicPartition(writer: Writer, message: ConsumerGroupHeartbeatRequestTopicPartition, _version: number): void {
  writer.uuid(message.topicId)
  writer.int32s(message.partitions, true)
  writer.uvarint(0)
}

export interface ConsumerGroupHeartbeatRequest {
  readonly groupId: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly rebalanceTimeoutMs: number
  readonly subscribedTopicNames: readonly string[] | null
  readonly subscribedTopicRegex: string | null
  readonly serverAssignor: string | null
  readonly topicPartitions: readonly ConsumerGroupHeartbeatRequestTopicPartition[] | null
}
export interface ConsumerGroupHeartbeatRequestInput {
  readonly groupId: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId?: string | null | undefined
  readonly rackId?: string | null | undefined
  readonly rebalanceTimeoutMs?: number | undefined
  readonly subscribedTopicNames?: readonly string[] | null | undefined
  readonly subscribedTopicRegex?: string | null | undefined
  readonly serverAssignor?: string | null | undefined
  readonly topicPartitions?: readonly ConsumerGroupHeartbeatRequestTopicPartition[] | null | undefined
}

function readConsumerGroupHeartbeatRequest(reader: Reader, version: number): ConsumerGroupHeartbeatRequest {
  const groupId = reader.string(true)
  const memberId = reader.string(true)
  const memberEpoch = reader.int32()
  const instanceId = reader.nullableString(true)
  const rackId = reader.nullableString(true)
  const rebalanceTimeoutMs = reader.int32()
  const subscribedTopicNames = reader.nullableStrings(true)
  const subscribedTopicRegex: string | null = version >= 1 ? reader.nullableString(true) : null
  const serverAssignor = reader.nullableString(true)
  let topicPartitions: readonly ConsumerGroupHeartbeatRequestTopicPartition[] | null = null
  let topicPartitionsLeft = reader.nullableArrayLength(true, 17)
  if (topicPartitionsLeft < 0) topicPartitions = null
  else {
    const items: ConsumerGroupHeartbeatRequestTopicPartition[] = []
    for (; topicPartitionsLeft > 0; topicPartitionsLeft--) items.push(readConsumerGroupHeartbeatRequestTopicPartition(reader, version))
    topicPartitions = items
  }
  reader.skipTags()
  return { groupId, memberId, memberEpoch, instanceId, rackId, rebalanceTimeoutMs, subscribedTopicNames, subscribedTopicRegex, serverAssignor, topicPartitions }
}

function writeConsumerGroupHeartbeatRequest(writer: Writer, message: ConsumerGroupHeartbeatRequestInput, version: number): void {
  writer.string(message.groupId, true)
  writer.string(message.memberId, true)
  writer.int32(message.memberEpoch)
  writer.nullableString(message.instanceId ?? null, true)
  writer.nullableString(message.rackId ?? null, true)
  writer.int32(message.rebalanceTimeoutMs ?? -1)
  writer.nullableStrings(message.subscribedTopicNames ?? null, true)
  if (version >= 1) writer.nullableString(message.subscribedTopicRegex ?? null, true)
  writer.nullableString(message.serverAssignor ?? null, true)
  const topicPartitions = message.topicPartitions ?? null
  writer.arrayLength(topicPartitions === null ? -1 : topicPartitions.length, true)
  if (topicPartitions !== null) for (const item of topicPartitions) writeConsumerGroupHeartbeatRequestTopicPartition(writer, item, version)
  writer.uvarint(0)
}

export interface ConsumerGroupHeartbeatResponseTopicPartitions {
  readonly topicId: string
  readonly partitions: readonly number[]
}

function readConsumerGroupHeartbeatResponseTopicPartitions(reader: Reader, _version: number): ConsumerGroupHeartbeatResponseTopicPartitions {
  const topicId = reader.uuid()
  const partitions = reader.int32s(true)
  reader.skipTags()
  return { topicId, partitions }
}

function writeConsumerGroupHeartbeatResponseTopicPartitions(writer: Writer, message: ConsumerGroupHeartbeatResponseTopicPartitions, _version: number): void {
  writer.uuid(message.topicId)
  writer.int32s(message.partitions, true)
  writer.uvarint(0)
}

export interface ConsumerGroupHeartbeatResponseAssignment {
  readonly topicPartitions: readonly ConsumerGroupHeartbeatResponseTopicPartitions[]
}

function readConsumerGroupHeartbeatResponseAssignment(reader: Reader, version: number): ConsumerGroupHeartbeatResponseAssignment {
  const topicPartitions: ConsumerGroupHeartbeatResponseTopicPartitions[] = []
  let topicPartitionsLeft = reader.arrayLength(true, 17)
  for (; topicPartitionsLeft > 0; topicPartitionsLeft--) topicPartitions.push(readConsumerGroupHeartbeatResponseTopicPartitions(reader, version))
  reader.skipTags()
  return { topicPartitions }
}

function writeConsumerGroupHeartbeatResponseAssignment(writer: Writer, message: ConsumerGroupHeartbeatResponseAssignment, version: number): void {
  writer.arrayLength(message.topicPartitions.length, true)
  for (const item of message.topicPartitions) writeConsumerGroupHeartbeatResponseTopicPartitions(writer, item, version)
  writer.uvarint(0)
}

export interface ConsumerGroupHeartbeatResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly memberId: string | null
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  readonly assignment: ConsumerGroupHeartbeatResponseAssignment | null
}
export interface ConsumerGroupHeartbeatResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly errorMessage?: string | null | undefined
  readonly memberId?: string | null | undefined
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  readonly assignment?: ConsumerGroupHeartbeatResponseAssignment | null | undefined
}

function readConsumerGroupHeartbeatResponse(reader: Reader, version: number): ConsumerGroupHeartbeatResponse {
  const throttleTimeMs = reader.int32()
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(true)
  const memberId = reader.nullableString(true)
  const memberEpoch = reader.int32()
  const heartbeatIntervalMs = reader.int32()
  const assignment = reader.int8() < 0 ? null : readConsumerGroupHeartbeatResponseAssignment(reader, version)
  reader.skipTags()
  return { throttleTimeMs, errorCode, errorMessage, memberId, memberEpoch, heartbeatIntervalMs, assignment }
}

function writeConsumerGroupHeartbeatResponse(writer: Writer, message: ConsumerGroupHeartbeatResponseInput, version: number): void {
  writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage ?? null, true)
  writer.nullableString(message.memberId ?? null, true)
  writer.int32(message.memberEpoch)
  writer.int32(message.heartbeatIntervalMs)
  const assignment = message.assignment ?? null
  writer.int8(assignment === null ? -1 : 1)
  if (assignment !== null) writeConsumerGroupHeartbeatResponseAssignment(writer, assignment, version)
  writer.uvarint(0)
}

export const consumerGroupHeartbeatApi: Api<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, ConsumerGroupHeartbeatRequestInput, ConsumerGroupHeartbeatResponseInput> = defineApi({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  minVersion: 0,
  maxVersion: 1,
  latestStableVersion: 1,
  flexibleFrom: 0,
  readRequest: readConsumerGroupHeartbeatRequest,
  writeRequest: writeConsumerGroupHeartbeatRequest,
  readResponse: readConsumerGroupHeartbeatResponse,
  writeResponse: writeConsumerGroupHeartbeatResponse,
})

// ---- ConsumerGroupDescribe (69) ----

export interface ConsumerGroupDescribeRequest {
  readonly groupIds: readonly string[]
  readonly includeAuthorizedOperations: boolean
}

function readConsumerGroupDescribeRequest(reader: Reader, _version: number): ConsumerGroupDescribeRequest {
  const groupIds = reader.strings(true)
  const includeAuthorizedOperations = reader.bool()
  reader.skipTags()
  return { groupIds, includeAuthorizedOperations }
}

function writeConsumerGroupDescribeRequest(writer: Writer, message: ConsumerGroupDescribeRequest, _version: number): void {
  writer.strings(message.groupIds, true)
  writer.bool(message.includeAuthorizedOperations)
  writer.uvarint(0)
}

export interface ConsumerGroupDescribeResponseTopicPartitions {
  readonly topicId: string
  readonly topicName: string
  readonly partitions: readonly number[]
}

function readConsumerGroupDescribeResponseTopicPartitions(reader: Reader, _version: number): ConsumerGroupDescribeResponseTopicPartitions {
  const topicId = reader.uuid()
  const topicName = reader.string(true)
  const partitions = reader.int32s(true)
  reader.skipTags()
  return { topicId, topicName, partitions }
}

function writeConsumerGroupDescribeResponseTopicPartitions(writer: Writer, message: ConsumerGroupDescribeResponseTopicPartitions, _version: number): void {
  writer.uuid(message.topicId)
  writer.string(message.topicName, true)
  writer.int32s(message.partitions, true)
  writer.uvarint(0)
}

export interface ConsumerGroupDescribeResponseAssignment {
  readonly topicPartitions: readonly ConsumerGroupDescribeResponseTopicPartitions[]
}

function readConsumerGroupDescribeResponseAssignment(reader: Reader, version: number): ConsumerGroupDescribeResponseAssignment {
  const topicPartitions: ConsumerGroupDescribeResponseTopicPartitions[] = []
  let topicPartitionsLeft = reader.arrayLength(true, 18)
  for (; topicPartitionsLeft > 0; topicPartitionsLeft--) topicPartitions.push(readConsumerGroupDescribeResponseTopicPartitions(reader, version))
  reader.skipTags()
  return { topicPartitions }
}

function writeConsumerGroupDescribeResponseAssignment(writer: Writer, message: ConsumerGroupDescribeResponseAssignment, version: number): void {
  writer.arrayLength(message.topicPartitions.length, true)
  for (const item of message.topicPartitions) writeConsumerGroupDescribeResponseTopicPartitions(writer, item, version)
  writer.uvarint(0)
}

export interface ConsumerGroupDescribeResponseMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly memberEpoch: number
  readonly clientId: string
  readonly clientHost: string
  readonly subscribedTopicNames: readonly string[]
  readonly subscribedTopicRegex: string | null
  readonly assignment: ConsumerGroupDescribeResponseAssignment
  readonly targetAssignment: ConsumerGroupDescribeResponseAssignment
  readonly memberType: number
}
export interface ConsumerGroupDescribeResponseMemberInput {
  readonly memberId: string
  readonly instanceId?: string | null | undefined
  readonly rackId?: string | null | undefined
  readonly memberEpoch: number
  readonly clientId: string
  readonly clientHost: string
  readonly subscribedTopicNames: readonly string[]
  readonly subscribedTopicRegex?: string | null | undefined
  readonly assignment: ConsumerGroupDescribeResponseAssignment
  readonly targetAssignment: ConsumerGroupDescribeResponseAssignment
  readonly memberType?: number | undefined
}

function readConsumerGroupDescribeResponseMember(reader: Reader, version: number): ConsumerGroupDescribeResponseMember {
  const memberId = reader.string(true)
  const instanceId = reader.nullableString(true)
  const rackId = reader.nullableString(true)
  const memberEpoch = reader.int32()
  const clientId = reader.string(true)
  const clientHost = reader.string(true)
  const subscribedTopicNames = reader.strings(true)
  const subscribedTopicRegex = reader.nullableString(true)
  const assignment = readConsumerGroupDescribeResponseAssignment(reader, version)
  const targetAssignment = readConsumerGroupDescribeResponseAssignment(reader, version)
  const memberType: number = version >= 1 ? reader.int8() : -1
  reader.skipTags()
  return { memberId, instanceId, rackId, memberEpoch, clientId, clientHost, subscribedTopicNames, subscribedTopicRegex, assignment, targetAssignment, memberType }
}

function writeConsumerGroupDescribeResponseMember(writer: Writer, message: ConsumerGroupDescribeResponseMemberInput, version: number): void {
  writer.string(message.memberId, true)
  writer.nullableString(message.instanceId ?? null, true)
  writer.nullableString(message.rackId ?? null, true)
  writer.int32(message.memberEpoch)
  writer.string(message.clientId, true)
  writer.string(message.clientHost, true)
  writer.strings(message.subscribedTopicNames, true)
  writer.nullableString(message.subscribedTopicRegex ?? null, true)
  writeConsumerGroupDescribeResponseAssignment(writer, message.assignment, version)
  writeConsumerGroupDescribeResponseAssignment(writer, message.targetAssignment, version)
  if (version >= 1) writer.int8(message.memberType ?? -1)
  writer.uvarint(0)
}

export interface ConsumerGroupDescribeResponseGroup {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly groupId: string
  readonly groupState: string
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly assignorName: string
  readonly members: readonly ConsumerGroupDescribeResponseMember[]
  readonly authorizedOperations: number
}
export interface ConsumerGroupDescribeResponseGroupInput {
  readonly errorCode: number
  readonly errorMessage?: string | null | undefined
  readonly groupId: string
  readonly groupState: string
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly assignorName: string
  readonly members: readonly ConsumerGroupDescribeResponseMemberInput[]
  readonly authorizedOperations?: number | undefined
}

function readConsumerGroupDescribeResponseGroup(reader: Reader, version: number): ConsumerGroupDescribeResponseGroup {
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(true)
  const groupId = reader.string(true)
  const groupState = reader.string(true)
  const groupEpoch = reader.int32()
  const assignmentEpoch = reader.int32()
  const assignorName = reader.string(true)
  const members: ConsumerGroupDescribeResponseMember[] = []
  let membersLeft = reader.arrayLength(true, 13)
  for (; membersLeft > 0; membersLeft--) members.push(readConsumerGroupDescribeResponseMember(reader, version))
  const authorizedOperations = reader.int32()
  reader.skipTags()
  return { errorCode, errorMessage, groupId, groupState, groupEpoch, assignmentEpoch, assignorName, members, authorizedOperations }
}

function writeConsumerGroupDescribeResponseGroup(writer: Writer, message: ConsumerGroupDescribeResponseGroupInput, version: number): void {
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage ?? null, true)
  writer.string(message.groupId, true)
  writer.string(message.groupState, true)
  writer.int32(message.groupEpoch)
  writer.int32(message.assignmentEpoch)
  writer.string(message.assignorName, true)
  writer.arrayLength(message.members.length, true)
  for (const item of message.members) writeConsumerGroupDescribeResponseMember(writer, item, version)
  writer.int32(message.authorizedOperations ?? -2147483648)
  writer.uvarint(0)
}

export interface ConsumerGroupDescribeResponse {
  readonly throttleTimeMs: number
  readonly groups: readonly ConsumerGroupDescribeResponseGroup[]
}
export interface ConsumerGroupDescribeResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly groups: readonly ConsumerGroupDescribeResponseGroupInput[]
}

function readConsumerGroupDescribeResponse(reader: Reader, version: number): ConsumerGroupDescribeResponse {
  const throttleTimeMs = reader.int32()
  const groups: ConsumerGroupDescribeResponseGroup[] = []
  let groupsLeft = reader.arrayLength(true, 19)
  for (; groupsLeft > 0; groupsLeft--) groups.push(readConsumerGroupDescribeResponseGroup(reader, version))
  reader.skipTags()
  return { throttleTimeMs, groups }
}

function writeConsumerGroupDescribeResponse(writer: Writer, message: ConsumerGroupDescribeResponseInput, version: number): void {
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.groups.length, true)
  for (const item of message.groups) writeConsumerGroupDescribeResponseGroup(writer, item, version)
  writer.uvarint(0)
}

export const consumerGroupDescribeApi: Api<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponseInput> = defineApi({
  key: 69,
  name: 'ConsumerGroupDescribe',
  minVersion: 0,
  maxVersion: 1,
  latestStableVersion: 1,
  flexibleFrom: 0,
  readRequest: readConsumerGroupDescribeRequest,
  writeRequest: writeConsumerGroupDescribeRequest,
  readResponse: readConsumerGroupDescribeResponse,
  writeResponse: writeConsumerGroupDescribeResponse,
})

// ---- StreamsGroupHeartbeat (88) ----

export interface StreamsGroupHeartbeatRequestKeyValue {
  readonly key: string
  readonly value: string
}

function readStreamsGroupHeartbeatRequestKeyValue(reader: Reader, _version: number): StreamsGroupHeartbeatRequestKeyValue {
  const key = reader.string(true)
  const value = reader.string(true)
  reader.skipTags()
  return { key, value }
}

function writeStreamsGroupHeartbeatRequestKeyValue(writer: Writer, message: StreamsGroupHeartbeatRequestKeyValue, _version: number): void {
  writer.string(message.key, true)
  writer.string(message.value, true)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatRequestTopicInfo {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  readonly topicConfigs: readonly StreamsGroupHeartbeatRequestKeyValue[]
}

function readStreamsGroupHeartbeatRequestTopicInfo(reader: Reader, version: number): StreamsGroupHeartbeatRequestTopicInfo {
  const name = reader.string(true)
  const partitions = reader.int32()
  const replicationFactor = reader.int16()
  const topicConfigs: StreamsGroupHeartbeatRequestKeyValue[] = []
  let topicConfigsLeft = reader.arrayLength(true, 2)
  for (; topicConfigsLeft > 0; topicConfigsLeft--) topicConfigs.push(readStreamsGroupHeartbeatRequestKeyValue(reader, version))
  reader.skipTags()
  return { name, partitions, replicationFactor, topicConfigs }
}

function writeStreamsGroupHeartbeatRequestTopicInfo(writer: Writer, message: StreamsGroupHeartbeatRequestTopicInfo, version: number): void {
  writer.string(message.name, true)
  writer.int32(message.partitions)
  writer.int16(message.replicationFactor)
  writer.arrayLength(message.topicConfigs.length, true)
  for (const item of message.topicConfigs) writeStreamsGroupHeartbeatRequestKeyValue(writer, item, version)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatRequestCopartitionGroup {
  readonly sourceTopics: readonly number[]
  readonly sourceTopicRegex: readonly number[]
  readonly repartitionSourceTopics: readonly number[]
}

function readStreamsGroupHeartbeatRequestCopartitionGroup(reader: Reader, _version: number): StreamsGroupHeartbeatRequestCopartitionGroup {
  const sourceTopics = reader.int16s(true)
  const sourceTopicRegex = reader.int16s(true)
  const repartitionSourceTopics = reader.int16s(true)
  reader.skipTags()
  return { sourceTopics, sourceTopicRegex, repartitionSourceTopics }
}

function writeStreamsGroupHeartbeatRequestCopartitionGroup(writer: Writer, message: StreamsGroupHeartbeatRequestCopartitionGroup, _version: number): void {
  writer.int16s(message.sourceTopics, true)
  writer.int16s(message.sourceTopicRegex, true)
  writer.int16s(message.repartitionSourceTopics, true)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatRequestSubtopology {
  readonly subtopologyId: string
  readonly sourceTopics: readonly string[]
  readonly sourceTopicRegex: readonly string[]
  readonly stateChangelogTopics: readonly StreamsGroupHeartbeatRequestTopicInfo[]
  readonly repartitionSinkTopics: readonly string[]
  readonly repartitionSourceTopics: readonly StreamsGroupHeartbeatRequestTopicInfo[]
  readonly copartitionGroups: readonly StreamsGroupHeartbeatRequestCopartitionGroup[]
}

function readStreamsGroupHeartbeatRequestSubtopology(reader: Reader, version: number): StreamsGroupHeartbeatRequestSubtopology {
  const subtopologyId = reader.string(true)
  const sourceTopics = reader.strings(true)
  const sourceTopicRegex = reader.strings(true)
  const stateChangelogTopics: StreamsGroupHeartbeatRequestTopicInfo[] = []
  let stateChangelogTopicsLeft = reader.arrayLength(true, 8)
  for (; stateChangelogTopicsLeft > 0; stateChangelogTopicsLeft--) stateChangelogTopics.push(readStreamsGroupHeartbeatRequestTopicInfo(reader, version))
  const repartitionSinkTopics = reader.strings(true)
  const repartitionSourceTopics: StreamsGroupHeartbeatRequestTopicInfo[] = []
  let repartitionSourceTopicsLeft = reader.arrayLength(true, 8)
  for (; repartitionSourceTopicsLeft > 0; repartitionSourceTopicsLeft--) repartitionSourceTopics.push(readStreamsGroupHeartbeatRequestTopicInfo(reader, version))
  const copartitionGroups: StreamsGroupHeartbeatRequestCopartitionGroup[] = []
  let copartitionGroupsLeft = reader.arrayLength(true, 3)
  for (; copartitionGroupsLeft > 0; copartitionGroupsLeft--) copartitionGroups.push(readStreamsGroupHeartbeatRequestCopartitionGroup(reader, version))
  reader.skipTags()
  return { subtopologyId, sourceTopics, sourceTopicRegex, stateChangelogTopics, repartitionSinkTopics, repartitionSourceTopics, copartitionGroups }
}

function writeStreamsGroupHeartbeatRequestSubtopology(writer: Writer, message: StreamsGroupHeartbeatRequestSubtopology, version: number): void {
  writer.string(message.subtopologyId, true)
  writer.strings(message.sourceTopics, true)
  writer.strings(message.sourceTopicRegex, true)
  writer.arrayLength(message.stateChangelogTopics.length, true)
  for (const item of message.stateChangelogTopics) writeStreamsGroupHeartbeatRequestTopicInfo(writer, item, version)
  writer.strings(message.repartitionSinkTopics, true)
  writer.arrayLength(message.repartitionSourceTopics.length, true)
  for (const item of message.repartitionSourceTopics) writeStreamsGroupHeartbeatRequestTopicInfo(writer, item, version)
  writer.arrayLength(message.copartitionGroups.length, true)
  for (const item of message.copartitionGroups) writeStreamsGroupHeartbeatRequestCopartitionGroup(writer, item, version)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatRequestTopology {
  readonly epoch: number
  readonly subtopologies: readonly StreamsGroupHeartbeatRequestSubtopology[]
}

function readStreamsGroupHeartbeatRequestTopology(reader: Reader, version: number): StreamsGroupHeartbeatRequestTopology {
  const epoch = reader.int32()
  const subtopologies: StreamsGroupHeartbeatRequestSubtopology[] = []
  let subtopologiesLeft = reader.arrayLength(true, 7)
  for (; subtopologiesLeft > 0; subtopologiesLeft--) subtopologies.push(readStreamsGroupHeartbeatRequestSubtopology(reader, version))
  reader.skipTags()
  return { epoch, subtopologies }
}

function writeStreamsGroupHeartbeatRequestTopology(writer: Writer, message: StreamsGroupHeartbeatRequestTopology, version: number): void {
  writer.int32(message.epoch)
  writer.arrayLength(message.subtopologies.length, true)
  for (const item of message.subtopologies) writeStreamsGroupHeartbeatRequestSubtopology(writer, item, version)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatRequestTaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

function readStreamsGroupHeartbeatRequestTaskIds(reader: Reader, _version: number): StreamsGroupHeartbeatRequestTaskIds {
  const subtopologyId = reader.string(true)
  const partitions = reader.int32s(true)
  reader.skipTags()
  return { subtopologyId, partitions }
}

function writeStreamsGroupHeartbeatRequestTaskIds(writer: Writer, message: StreamsGroupHeartbeatRequestTaskIds, _version: number): void {
  writer.string(message.subtopologyId, true)
  writer.int32s(message.partitions, true)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatRequestEndpoint {
  readonly host: string
  readonly port: number
}

function readStreamsGroupHeartbeatRequestEndpoint(reader: Reader, _version: number): StreamsGroupHeartbeatRequestEndpoint {
  const host = reader.string(true)
  const port = reader.uint16()
  reader.skipTags()
  return { host, port }
}

function writeStreamsGroupHeartbeatRequestEndpoint(writer: Writer, message: StreamsGroupHeartbeatRequestEndpoint, _version: number): void {
  writer.string(message.host, true)
  writer.uint16(message.port)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatRequestTaskOffset {
  readonly subtopologyId: string
  readonly partition: number
  readonly offset: number
}

function readStreamsGroupHeartbeatRequestTaskOffset(reader: Reader, _version: number): StreamsGroupHeartbeatRequestTaskOffset {
  const subtopologyId = reader.string(true)
  const partition = reader.int32()
  const offset = reader.int64()
  reader.skipTags()
  return { subtopologyId, partition, offset }
}

function writeStreamsGroupHeartbeatRequestTaskOffset(writer: Writer, message: StreamsGroupHeartbeatRequestTaskOffset, _version: number): void {
  writer.string(message.subtopologyId, true)
  writer.int32(message.partition)
  writer.int64(message.offset)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatRequest {
  readonly groupId: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly endpointInformationEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly rebalanceTimeoutMs: number
  readonly topology: StreamsGroupHeartbeatRequestTopology | null
  readonly activeTasks: readonly StreamsGroupHeartbeatRequestTaskIds[] | null
  readonly standbyTasks: readonly StreamsGroupHeartbeatRequestTaskIds[] | null
  readonly warmupTasks: readonly StreamsGroupHeartbeatRequestTaskIds[] | null
  readonly processId: string | null
  readonly userEndpoint: StreamsGroupHeartbeatRequestEndpoint | null
  readonly clientTags: readonly StreamsGroupHeartbeatRequestKeyValue[] | null
  readonly taskOffsets: readonly StreamsGroupHeartbeatRequestTaskOffset[] | null
  readonly taskEndOffsets: readonly StreamsGroupHeartbeatRequestTaskOffset[] | null
  readonly shutdownApplication: boolean
}
export interface StreamsGroupHeartbeatRequestInput {
  readonly groupId: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly endpointInformationEpoch: number
  readonly instanceId?: string | null | undefined
  readonly rackId?: string | null | undefined
  readonly rebalanceTimeoutMs?: number | undefined
  readonly topology?: StreamsGroupHeartbeatRequestTopology | null | undefined
  readonly activeTasks?: readonly StreamsGroupHeartbeatRequestTaskIds[] | null | undefined
  readonly standbyTasks?: readonly StreamsGroupHeartbeatRequestTaskIds[] | null | undefined
  readonly warmupTasks?: readonly StreamsGroupHeartbeatRequestTaskIds[] | null | undefined
  readonly processId?: string | null | undefined
  readonly userEndpoint?: StreamsGroupHeartbeatRequestEndpoint | null | undefined
  readonly clientTags?: readonly StreamsGroupHeartbeatRequestKeyValue[] | null | undefined
  readonly taskOffsets?: readonly StreamsGroupHeartbeatRequestTaskOffset[] | null | undefined
  readonly taskEndOffsets?: readonly StreamsGroupHeartbeatRequestTaskOffset[] | null | undefined
  readonly shutdownApplication: boolean
}

function readStreamsGroupHeartbeatRequest(reader: Reader, version: number): StreamsGroupHeartbeatRequest {
  const groupId = reader.string(true)
  const memberId = reader.string(true)
  const memberEpoch = reader.int32()
  const endpointInformationEpoch = reader.int32()
  const instanceId = reader.nullableString(true)
  const rackId = reader.nullableString(true)
  const rebalanceTimeoutMs = reader.int32()
  const topology = reader.int8() < 0 ? null : readStreamsGroupHeartbeatRequestTopology(reader, version)
  let activeTasks: readonly StreamsGroupHeartbeatRequestTaskIds[] | null = null
  let activeTasksLeft = reader.nullableArrayLength(true, 2)
  if (activeTasksLeft < 0) activeTasks = null
  else {
    const items: StreamsGroupHeartbeatRequestTaskIds[] = []
    for (; activeTasksLeft > 0; activeTasksLeft--) items.push(readStreamsGroupHeartbeatRequestTaskIds(reader, version))
    activeTasks = items
  }
  let standbyTasks: readonly StreamsGroupHeartbeatRequestTaskIds[] | null = null
  let standbyTasksLeft = reader.nullableArrayLength(true, 2)
  if (standbyTasksLeft < 0) standbyTasks = null
  else {
    const items: StreamsGroupHeartbeatRequestTaskIds[] = []
    for (; standbyTasksLeft > 0; standbyTasksLeft--) items.push(readStreamsGroupHeartbeatRequestTaskIds(reader, version))
    standbyTasks = items
  }
  let warmupTasks: readonly StreamsGroupHeartbeatRequestTaskIds[] | null = null
  let warmupTasksLeft = reader.nullableArrayLength(true, 2)
  if (warmupTasksLeft < 0) warmupTasks = null
  else {
    const items: StreamsGroupHeartbeatRequestTaskIds[] = []
    for (; warmupTasksLeft > 0; warmupTasksLeft--) items.push(readStreamsGroupHeartbeatRequestTaskIds(reader, version))
    warmupTasks = items
  }
  const processId = reader.nullableString(true)
  const userEndpoint = reader.int8() < 0 ? null : readStreamsGroupHeartbeatRequestEndpoint(reader, version)
  let clientTags: readonly StreamsGroupHeartbeatRequestKeyValue[] | null = null
  let clientTagsLeft = reader.nullableArrayLength(true, 2)
  if (clientTagsLeft < 0) clientTags = null
  else {
    const items: StreamsGroupHeartbeatRequestKeyValue[] = []
    for (; clientTagsLeft > 0; clientTagsLeft--) items.push(readStreamsGroupHeartbeatRequestKeyValue(reader, version))
    clientTags = items
  }
  let taskOffsets: readonly StreamsGroupHeartbeatRequestTaskOffset[] | null = null
  let taskOffsetsLeft = reader.nullableArrayLength(true, 13)
  if (taskOffsetsLeft < 0) taskOffsets = null
  else {
    const items: StreamsGroupHeartbeatRequestTaskOffset[] = []
    for (; taskOffsetsLeft > 0; taskOffsetsLeft--) items.push(readStreamsGroupHeartbeatRequestTaskOffset(reader, version))
    taskOffsets = items
  }
  let taskEndOffsets: readonly StreamsGroupHeartbeatRequestTaskOffset[] | null = null
  let taskEndOffsetsLeft = reader.nullableArrayLength(true, 13)
  if (taskEndOffsetsLeft < 0) taskEndOffsets = null
  else {
    const items: StreamsGroupHeartbeatRequestTaskOffset[] = []
    for (; taskEndOffsetsLeft > 0; taskEndOffsetsLeft--) items.push(readStreamsGroupHeartbeatRequestTaskOffset(reader, version))
    taskEndOffsets = items
  }
  const shutdownApplication = reader.bool()
  reader.skipTags()
  return { groupId, memberId, memberEpoch, endpointInformationEpoch, instanceId, rackId, rebalanceTimeoutMs, topology, activeTasks, standbyTasks, warmupTasks, processId, userEndpoint, clientTags, taskOffsets, taskEndOffsets, shutdownApplication }
}

function writeStreamsGroupHeartbeatRequest(writer: Writer, message: StreamsGroupHeartbeatRequestInput, version: number): void {
  writer.string(message.groupId, true)
  writer.string(message.memberId, true)
  writer.int32(message.memberEpoch)
  writer.int32(message.endpointInformationEpoch)
  writer.nullableString(message.instanceId ?? null, true)
  writer.nullableString(message.rackId ?? null, true)
  writer.int32(message.rebalanceTimeoutMs ?? -1)
  const topology = message.topology ?? null
  writer.int8(topology === null ? -1 : 1)
  if (topology !== null) writeStreamsGroupHeartbeatRequestTopology(writer, topology, version)
  const activeTasks = message.activeTasks ?? null
  writer.arrayLength(activeTasks === null ? -1 : activeTasks.length, true)
  if (activeTasks !== null) for (const item of activeTasks) writeStreamsGroupHeartbeatRequestTaskIds(writer, item, version)
  const standbyTasks = message.standbyTasks ?? null
  writer.arrayLength(standbyTasks === null ? -1 : standbyTasks.length, true)
  if (standbyTasks !== null) for (const item of standbyTasks) writeStreamsGroupHeartbeatRequestTaskIds(writer, item, version)
  const warmupTasks = message.warmupTasks ?? null
  writer.arrayLength(warmupTasks === null ? -1 : warmupTasks.length, true)
  if (warmupTasks !== null) for (const item of warmupTasks) writeStreamsGroupHeartbeatRequestTaskIds(writer, item, version)
  writer.nullableString(message.processId ?? null, true)
  const userEndpoint = message.userEndpoint ?? null
  writer.int8(userEndpoint === null ? -1 : 1)
  if (userEndpoint !== null) writeStreamsGroupHeartbeatRequestEndpoint(writer, userEndpoint, version)
  const clientTags = message.clientTags ?? null
  writer.arrayLength(clientTags === null ? -1 : clientTags.length, true)
  if (clientTags !== null) for (const item of clientTags) writeStreamsGroupHeartbeatRequestKeyValue(writer, item, version)
  const taskOffsets = message.taskOffsets ?? null
  writer.arrayLength(taskOffsets === null ? -1 : taskOffsets.length, true)
  if (taskOffsets !== null) for (const item of taskOffsets) writeStreamsGroupHeartbeatRequestTaskOffset(writer, item, version)
  const taskEndOffsets = message.taskEndOffsets ?? null
  writer.arrayLength(taskEndOffsets === null ? -1 : taskEndOffsets.length, true)
  if (taskEndOffsets !== null) for (const item of taskEndOffsets) writeStreamsGroupHeartbeatRequestTaskOffset(writer, item, version)
  writer.bool(message.shutdownApplication)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatResponseStatus {
  readonly statusCode: number
  readonly statusDetail: string
}

function readStreamsGroupHeartbeatResponseStatus(reader: Reader, _version: number): StreamsGroupHeartbeatResponseStatus {
  const statusCode = reader.int8()
  const statusDetail = reader.string(true)
  reader.skipTags()
  return { statusCode, statusDetail }
}

function writeStreamsGroupHeartbeatResponseStatus(writer: Writer, message: StreamsGroupHeartbeatResponseStatus, _version: number): void {
  writer.int8(message.statusCode)
  writer.string(message.statusDetail, true)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatResponseTaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

function readStreamsGroupHeartbeatResponseTaskIds(reader: Reader, _version: number): StreamsGroupHeartbeatResponseTaskIds {
  const subtopologyId = reader.string(true)
  const partitions = reader.int32s(true)
  reader.skipTags()
  return { subtopologyId, partitions }
}

function writeStreamsGroupHeartbeatResponseTaskIds(writer: Writer, message: StreamsGroupHeartbeatResponseTaskIds, _version: number): void {
  writer.string(message.subtopologyId, true)
  writer.int32s(message.partitions, true)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatResponseEndpoint {
  readonly host: string
  readonly port: number
}

function readStreamsGroupHeartbeatResponseEndpoint(reader: Reader, _version: number): StreamsGroupHeartbeatResponseEndpoint {
  const host = reader.string(true)
  const port = reader.uint16()
  reader.skipTags()
  return { host, port }
}

function writeStreamsGroupHeartbeatResponseEndpoint(writer: Writer, message: StreamsGroupHeartbeatResponseEndpoint, _version: number): void {
  writer.string(message.host, true)
  writer.uint16(message.port)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatResponseTopicPartition {
  readonly topic: string
  readonly partitions: readonly number[]
}

function readStreamsGroupHeartbeatResponseTopicPartition(reader: Reader, _version: number): StreamsGroupHeartbeatResponseTopicPartition {
  const topic = reader.string(true)
  const partitions = reader.int32s(true)
  reader.skipTags()
  return { topic, partitions }
}

function writeStreamsGroupHeartbeatResponseTopicPartition(writer: Writer, message: StreamsGroupHeartbeatResponseTopicPartition, _version: number): void {
  writer.string(message.topic, true)
  writer.int32s(message.partitions, true)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatResponsePartitionsByUserEndpoint {
  readonly userEndpoint: StreamsGroupHeartbeatResponseEndpoint
  readonly activePartitions: readonly StreamsGroupHeartbeatResponseTopicPartition[]
  readonly standbyPartitions: readonly StreamsGroupHeartbeatResponseTopicPartition[]
}

function readStreamsGroupHeartbeatResponsePartitionsByUserEndpoint(reader: Reader, version: number): StreamsGroupHeartbeatResponsePartitionsByUserEndpoint {
  const userEndpoint = readStreamsGroupHeartbeatResponseEndpoint(reader, version)
  const activePartitions: StreamsGroupHeartbeatResponseTopicPartition[] = []
  let activePartitionsLeft = reader.arrayLength(true, 2)
  for (; activePartitionsLeft > 0; activePartitionsLeft--) activePartitions.push(readStreamsGroupHeartbeatResponseTopicPartition(reader, version))
  const standbyPartitions: StreamsGroupHeartbeatResponseTopicPartition[] = []
  let standbyPartitionsLeft = reader.arrayLength(true, 2)
  for (; standbyPartitionsLeft > 0; standbyPartitionsLeft--) standbyPartitions.push(readStreamsGroupHeartbeatResponseTopicPartition(reader, version))
  reader.skipTags()
  return { userEndpoint, activePartitions, standbyPartitions }
}

function writeStreamsGroupHeartbeatResponsePartitionsByUserEndpoint(writer: Writer, message: StreamsGroupHeartbeatResponsePartitionsByUserEndpoint, version: number): void {
  writeStreamsGroupHeartbeatResponseEndpoint(writer, message.userEndpoint, version)
  writer.arrayLength(message.activePartitions.length, true)
  for (const item of message.activePartitions) writeStreamsGroupHeartbeatResponseTopicPartition(writer, item, version)
  writer.arrayLength(message.standbyPartitions.length, true)
  for (const item of message.standbyPartitions) writeStreamsGroupHeartbeatResponseTopicPartition(writer, item, version)
  writer.uvarint(0)
}

export interface StreamsGroupHeartbeatResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly memberId: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  readonly acceptableRecoveryLag: number
  readonly taskOffsetIntervalMs: number
  readonly status: readonly StreamsGroupHeartbeatResponseStatus[] | null
  readonly activeTasks: readonly StreamsGroupHeartbeatResponseTaskIds[] | null
  readonly standbyTasks: readonly StreamsGroupHeartbeatResponseTaskIds[] | null
  readonly warmupTasks: readonly StreamsGroupHeartbeatResponseTaskIds[] | null
  readonly endpointInformationEpoch: number
  readonly partitionsByUserEndpoint: readonly StreamsGroupHeartbeatResponsePartitionsByUserEndpoint[] | null
}
export interface StreamsGroupHeartbeatResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly errorMessage?: string | null | undefined
  readonly memberId: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  readonly acceptableRecoveryLag: number
  readonly taskOffsetIntervalMs: number
  readonly status: readonly StreamsGroupHeartbeatResponseStatus[] | null
  readonly activeTasks?: readonly StreamsGroupHeartbeatResponseTaskIds[] | null | undefined
  readonly standbyTasks?: readonly StreamsGroupHeartbeatResponseTaskIds[] | null | undefined
  readonly warmupTasks?: readonly StreamsGroupHeartbeatResponseTaskIds[] | null | undefined
  readonly endpointInformationEpoch: number
  readonly partitionsByUserEndpoint?: readonly StreamsGroupHeartbeatResponsePartitionsByUserEndpoint[] | null | undefined
}

function readStreamsGroupHeartbeatResponse(reader: Reader, version: number): StreamsGroupHeartbeatResponse {
  const throttleTimeMs = reader.int32()
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(true)
  const memberId = reader.string(true)
  const memberEpoch = reader.int32()
  const heartbeatIntervalMs = reader.int32()
  const acceptableRecoveryLag = reader.int32()
  const taskOffsetIntervalMs = reader.int32()
  let status: readonly StreamsGroupHeartbeatResponseStatus[] | null = null
  let statusLeft = reader.nullableArrayLength(true, 2)
  if (statusLeft < 0) status = null
  else {
    const items: StreamsGroupHeartbeatResponseStatus[] = []
    for (; statusLeft > 0; statusLeft--) items.push(readStreamsGroupHeartbeatResponseStatus(reader, version))
    status = items
  }
  let activeTasks: readonly StreamsGroupHeartbeatResponseTaskIds[] | null = null
  let activeTasksLeft = reader.nullableArrayLength(true, 2)
  if (activeTasksLeft < 0) activeTasks = null
  else {
    const items: StreamsGroupHeartbeatResponseTaskIds[] = []
    for (; activeTasksLeft > 0; activeTasksLeft--) items.push(readStreamsGroupHeartbeatResponseTaskIds(reader, version))
    activeTasks = items
  }
  let standbyTasks: readonly StreamsGroupHeartbeatResponseTaskIds[] | null = null
  let standbyTasksLeft = reader.nullableArrayLength(true, 2)
  if (standbyTasksLeft < 0) standbyTasks = null
  else {
    const items: StreamsGroupHeartbeatResponseTaskIds[] = []
    for (; standbyTasksLeft > 0; standbyTasksLeft--) items.push(readStreamsGroupHeartbeatResponseTaskIds(reader, version))
    standbyTasks = items
  }
  let warmupTasks: readonly StreamsGroupHeartbeatResponseTaskIds[] | null = null
  let warmupTasksLeft = reader.nullableArrayLength(true, 2)
  if (warmupTasksLeft < 0) warmupTasks = null
  else {
    const items: StreamsGroupHeartbeatResponseTaskIds[] = []
    for (; warmupTasksLeft > 0; warmupTasksLeft--) items.push(readStreamsGroupHeartbeatResponseTaskIds(reader, version))
    warmupTasks = items
  }
  const endpointInformationEpoch = reader.int32()
  let partitionsByUserEndpoint: readonly StreamsGroupHeartbeatResponsePartitionsByUserEndpoint[] | null = null
  let partitionsByUserEndpointLeft = reader.nullableArrayLength(true, 3)
  if (partitionsByUserEndpointLeft < 0) partitionsByUserEndpoint = null
  else {
    const items: StreamsGroupHeartbeatResponsePartitionsByUserEndpoint[] = []
    for (; partitionsByUserEndpointLeft > 0; partitionsByUserEndpointLeft--) items.push(readStreamsGroupHeartbeatResponsePartitionsByUserEndpoint(reader, version))
    partitionsByUserEndpoint = items
  }
  reader.skipTags()
  return { throttleTimeMs, errorCode, errorMessage, memberId, memberEpoch, heartbeatIntervalMs, acceptableRecoveryLag, taskOffsetIntervalMs, status, activeTasks, standbyTasks, warmupTasks, endpointInformationEpoch, partitionsByUserEndpoint }
}

function writeStreamsGroupHeartbeatResponse(writer: Writer, message: StreamsGroupHeartbeatResponseInput, version: number): void {
  writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage ?? null, true)
  writer.string(message.memberId, true)
  writer.int32(message.memberEpoch)
  writer.int32(message.heartbeatIntervalMs)
  writer.int32(message.acceptableRecoveryLag)
  writer.int32(message.taskOffsetIntervalMs)
  writer.arrayLength(message.status === null ? -1 : message.status.length, true)
  if (message.status !== null) for (const item of message.status) writeStreamsGroupHeartbeatResponseStatus(writer, item, version)
  const activeTasks = message.activeTasks ?? null
  writer.arrayLength(activeTasks === null ? -1 : activeTasks.length, true)
  if (activeTasks !== null) for (const item of activeTasks) writeStreamsGroupHeartbeatResponseTaskIds(writer, item, version)
  const standbyTasks = message.standbyTasks ?? null
  writer.arrayLength(standbyTasks === null ? -1 : standbyTasks.length, true)
  if (standbyTasks !== null) for (const item of standbyTasks) writeStreamsGroupHeartbeatResponseTaskIds(writer, item, version)
  const warmupTasks = message.warmupTasks ?? null
  writer.arrayLength(warmupTasks === null ? -1 : warmupTasks.length, true)
  if (warmupTasks !== null) for (const item of warmupTasks) writeStreamsGroupHeartbeatResponseTaskIds(writer, item, version)
  writer.int32(message.endpointInformationEpoch)
  const partitionsByUserEndpoint = message.partitionsByUserEndpoint ?? null
  writer.arrayLength(partitionsByUserEndpoint === null ? -1 : partitionsByUserEndpoint.length, true)
  if (partitionsByUserEndpoint !== null) for (const item of partitionsByUserEndpoint) writeStreamsGroupHeartbeatResponsePartitionsByUserEndpoint(writer, item, version)
  writer.uvarint(0)
}

export const streamsGroupHeartbeatApi: Api<StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse, StreamsGroupHeartbeatRequestInput, StreamsGroupHeartbeatResponseInput> = defineApi({
  key: 88,
  name: 'StreamsGroupHeartbeat',
  minVersion: 0,
  maxVersion: 0,
  latestStableVersion: 0,
  flexibleFrom: 0,
  readRequest: readStreamsGroupHeartbeatRequest,
  writeRequest: writeStreamsGroupHeartbeatRequest,
  readResponse: readStreamsGroupHeartbeatResponse,
  writeResponse: writeStreamsGroupHeartbeatResponse,
})

// ---- StreamsGroupDescribe (89) ----

export interface StreamsGroupDescribeRequest {
  readonly groupIds: readonly string[]
  readonly includeAuthorizedOperations: boolean
}

function readStreamsGroupDescribeRequest(reader: Reader, _version: number): StreamsGroupDescribeRequest {
  const groupIds = reader.strings(true)
  const includeAuthorizedOperations = reader.bool()
  reader.skipTags()
  return { groupIds, includeAuthorizedOperations }
}

function writeStreamsGroupDescribeRequest(writer: Writer, message: StreamsGroupDescribeRequest, _version: number): void {
  writer.strings(message.groupIds, true)
  writer.bool(message.includeAuthorizedOperations)
  writer.uvarint(0)
}

export interface StreamsGroupDescribeResponseKeyValue {
  readonly key: string
  readonly value: string
}

function readStreamsGroupDescribeResponseKeyValue(reader: Reader, _version: number): StreamsGroupDescribeResponseKeyValue {
  const key = reader.string(true)
  const value = reader.string(true)
  reader.skipTags()
  return { key, value }
}

function writeStreamsGroupDescribeResponseKeyValue(writer: Writer, message: StreamsGroupDescribeResponseKeyValue, _version: number): void {
  writer.string(message.key, true)
  writer.string(message.value, true)
  writer.uvarint(0)
}

export interface StreamsGroupDescribeResponseTopicInfo {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  readonly topicConfigs: readonly StreamsGroupDescribeResponseKeyValue[]
}

function readStreamsGroupDescribeResponseTopicInfo(reader: Reader, version: number): StreamsGroupDescribeResponseTopicInfo {
  const name = reader.string(true)
  const partitions = reader.int32()
  const replicationFactor = reader.int16()
  const topicConfigs: StreamsGroupDescribeResponseKeyValue[] = []
  let topicConfigsLeft = reader.arrayLength(true, 2)
  for (; topicConfigsLeft > 0; topicConfigsLeft--) topicConfigs.push(readStreamsGroupDescribeResponseKeyValue(reader, version))
  reader.skipTags()
  return { name, partitions, replicationFactor, topicConfigs }
}

function writeStreamsGroupDescribeResponseTopicInfo(writer: Writer, message: StreamsGroupDescribeResponseTopicInfo, version: number): void {
  writer.string(message.name, true)
  writer.int32(message.partitions)
  writer.int16(message.replicationFactor)
  writer.arrayLength(message.topicConfigs.length, true)
  for (const item of message.topicConfigs) writeStreamsGroupDescribeResponseKeyValue(writer, item, version)
  writer.uvarint(0)
}

export interface StreamsGroupDescribeResponseSubtopology {
  readonly subtopologyId: string
  readonly sourceTopics: readonly string[]
  readonly repartitionSinkTopics: readonly string[]
  readonly stateChangelogTopics: readonly StreamsGroupDescribeResponseTopicInfo[]
  readonly repartitionSourceTopics: readonly StreamsGroupDescribeResponseTopicInfo[]
}

function readStreamsGroupDescribeResponseSubtopology(reader: Reader, version: number): StreamsGroupDescribeResponseSubtopology {
  const subtopologyId = reader.string(true)
  const sourceTopics = reader.strings(true)
  const repartitionSinkTopics = reader.strings(true)
  const stateChangelogTopics: StreamsGroupDescribeResponseTopicInfo[] = []
  let stateChangelogTopicsLeft = reader.arrayLength(true, 8)
  for (; stateChangelogTopicsLeft > 0; stateChangelogTopicsLeft--) stateChangelogTopics.push(readStreamsGroupDescribeResponseTopicInfo(reader, version))
  const repartitionSourceTopics: StreamsGroupDescribeResponseTopicInfo[] = []
  let repartitionSourceTopicsLeft = reader.arrayLength(true, 8)
  for (; repartitionSourceTopicsLeft > 0; repartitionSourceTopicsLeft--) repartitionSourceTopics.push(readStreamsGroupDescribeResponseTopicInfo(reader, version))
  reader.skipTags()
  return { subtopologyId, sourceTopics, repartitionSinkTopics, stateChangelogTopics, repartitionSourceTopics }
}

function writeStreamsGroupDescribeResponseSubtopology(writer: Writer, message: StreamsGroupDescribeResponseSubtopology, version: number): void {
  writer.string(message.subtopologyId, true)
  writer.strings(message.sourceTopics, true)
  writer.strings(message.repartitionSinkTopics, true)
  writer.arrayLength(message.stateChangelogTopics.length, true)
  for (const item of message.stateChangelogTopics) writeStreamsGroupDescribeResponseTopicInfo(writer, item, version)
  writer.arrayLength(message.repartitionSourceTopics.length, true)
  for (const item of message.repartitionSourceTopics) writeStreamsGroupDescribeResponseTopicInfo(writer, item, version)
  writer.uvarint(0)
}

export interface StreamsGroupDescribeResponseTopology {
  readonly epoch: number
  readonly subtopologies: readonly StreamsGroupDescribeResponseSubtopology[] | null
}
export interface StreamsGroupDescribeResponseTopologyInput {
  readonly epoch: number
  readonly subtopologies?: readonly StreamsGroupDescribeResponseSubtopology[] | null | undefined
}

function readStreamsGroupDescribeResponseTopology(reader: Reader, version: number): StreamsGroupDescribeResponseTopology {
  const epoch = reader.int32()
  let subtopologies: readonly StreamsGroupDescribeResponseSubtopology[] | null = null
  let subtopologiesLeft = reader.nullableArrayLength(true, 5)
  if (subtopologiesLeft < 0) subtopologies = null
  else {
    const items: StreamsGroupDescribeResponseSubtopology[] = []
    for (; subtopologiesLeft > 0; subtopologiesLeft--) items.push(readStreamsGroupDescribeResponseSubtopology(reader, version))
    subtopologies = items
  }
  reader.skipTags()
  return { epoch, subtopologies }
}

function writeStreamsGroupDescribeResponseTopology(writer: Writer, message: StreamsGroupDescribeResponseTopologyInput, version: number): void {
  writer.int32(message.epoch)
  const subtopologies = message.subtopologies ?? null
  writer.arrayLength(subtopologies === null ? -1 : subtopologies.length, true)
  if (subtopologies !== null) for (const item of subtopologies) writeStreamsGroupDescribeResponseSubtopology(writer, item, version)
  writer.uvarint(0)
}

export interface StreamsGroupDescribeResponseEndpoint {
  readonly host: string
  readonly port: number
}

function readStreamsGroupDescribeResponseEndpoint(reader: Reader, _version: number): StreamsGroupDescribeResponseEndpoint {
  const host = reader.string(true)
  const port = reader.uint16()
  reader.skipTags()
  return { host, port }
}

function writeStreamsGroupDescribeResponseEndpoint(writer: Writer, message: StreamsGroupDescribeResponseEndpoint, _version: number): void {
  writer.string(message.host, true)
  writer.uint16(message.port)
  writer.uvarint(0)
}

export interface StreamsGroupDescribeResponseTaskOffset {
  readonly subtopologyId: string
  readonly partition: number
  readonly offset: number
}

function readStreamsGroupDescribeResponseTaskOffset(reader: Reader, _version: number): StreamsGroupDescribeResponseTaskOffset {
  const subtopologyId = reader.string(true)
  const partition = reader.int32()
  const offset = reader.int64()
  reader.skipTags()
  return { subtopologyId, partition, offset }
}

function writeStreamsGroupDescribeResponseTaskOffset(writer: Writer, message: StreamsGroupDescribeResponseTaskOffset, _version: number): void {
  writer.string(message.subtopologyId, true)
  writer.int32(message.partition)
  writer.int64(message.offset)
  writer.uvarint(0)
}

export interface StreamsGroupDescribeResponseTaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

function readStreamsGroupDescribeResponseTaskIds(reader: Reader, _version: number): StreamsGroupDescribeResponseTaskIds {
  const subtopologyId = reader.string(true)
  const partitions = reader.int32s(true)
  reader.skipTags()
  return { subtopologyId, partitions }
}

function writeStreamsGroupDescribeResponseTaskIds(writer: Writer, message: StreamsGroupDescribeResponseTaskIds, _version: number): void {
  writer.string(message.subtopologyId, true)
  writer.int32s(message.partitions, true)
  writer.uvarint(0)
}

export interface StreamsGroupDescribeResponseAssignment {
  readonly activeTasks: readonly StreamsGroupDescribeResponseTaskIds[]
  readonly standbyTasks: readonly StreamsGroupDescribeResponseTaskIds[]
  readonly warmupTasks: readonly StreamsGroupDescribeResponseTaskIds[]
}

function readStreamsGroupDescribeResponseAssignment(reader: Reader, version: number): StreamsGroupDescribeResponseAssignment {
  const activeTasks: StreamsGroupDescribeResponseTaskIds[] = []
  let activeTasksLeft = reader.arrayLength(true, 2)
  for (; activeTasksLeft > 0; activeTasksLeft--) activeTasks.push(readStreamsGroupDescribeResponseTaskIds(reader, version))
  const standbyTasks: StreamsGroupDescribeResponseTaskIds[] = []
  let standbyTasksLeft = reader.arrayLength(true, 2)
  for (; standbyTasksLeft > 0; standbyTasksLeft--) standbyTasks.push(readStreamsGroupDescribeResponseTaskIds(reader, version))
  const warmupTasks: StreamsGroupDescribeResponseTaskIds[] = []
  let warmupTasksLeft = reader.arrayLength(true, 2)
  for (; warmupTasksLeft > 0; warmupTasksLeft--) warmupTasks.push(readStreamsGroupDescribeResponseTaskIds(reader, version))
  reader.skipTags()
  return { activeTasks, standbyTasks, warmupTasks }
}

function writeStreamsGroupDescribeResponseAssignment(writer: Writer, message: StreamsGroupDescribeResponseAssignment, version: number): void {
  writer.arrayLength(message.activeTasks.length, true)
  for (const item of message.activeTasks) writeStreamsGroupDescribeResponseTaskIds(writer, item, version)
  writer.arrayLength(message.standbyTasks.length, true)
  for (const item of message.standbyTasks) writeStreamsGroupDescribeResponseTaskIds(writer, item, version)
  writer.arrayLength(message.warmupTasks.length, true)
  for (const item of message.warmupTasks) writeStreamsGroupDescribeResponseTaskIds(writer, item, version)
  writer.uvarint(0)
}

export interface StreamsGroupDescribeResponseMember {
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly topologyEpoch: number
  readonly processId: string
  readonly userEndpoint: StreamsGroupDescribeResponseEndpoint | null
  readonly clientTags: readonly StreamsGroupDescribeResponseKeyValue[]
  readonly taskOffsets: readonly StreamsGroupDescribeResponseTaskOffset[]
  readonly taskEndOffsets: readonly StreamsGroupDescribeResponseTaskOffset[]
  readonly assignment: StreamsGroupDescribeResponseAssignment
  readonly targetAssignment: StreamsGroupDescribeResponseAssignment
  readonly isClassic: boolean
}
export interface StreamsGroupDescribeResponseMemberInput {
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId?: string | null | undefined
  readonly rackId?: string | null | undefined
  readonly clientId: string
  readonly clientHost: string
  readonly topologyEpoch: number
  readonly processId: string
  readonly userEndpoint?: StreamsGroupDescribeResponseEndpoint | null | undefined
  readonly clientTags: readonly StreamsGroupDescribeResponseKeyValue[]
  readonly taskOffsets: readonly StreamsGroupDescribeResponseTaskOffset[]
  readonly taskEndOffsets: readonly StreamsGroupDescribeResponseTaskOffset[]
  readonly assignment: StreamsGroupDescribeResponseAssignment
  readonly targetAssignment: StreamsGroupDescribeResponseAssignment
  readonly isClassic: boolean
}

function readStreamsGroupDescribeResponseMember(reader: Reader, version: number): StreamsGroupDescribeResponseMember {
  const memberId = reader.string(true)
  const memberEpoch = reader.int32()
  const instanceId = reader.nullableString(true)
  const rackId = reader.nullableString(true)
  const clientId = reader.string(true)
  const clientHost = reader.string(true)
  const topologyEpoch = reader.int32()
  const processId = reader.string(true)
  const userEndpoint = reader.int8() < 0 ? null : readStreamsGroupDescribeResponseEndpoint(reader, version)
  const clientTags: StreamsGroupDescribeResponseKeyValue[] = []
  let clientTagsLeft = reader.arrayLength(true, 2)
  for (; clientTagsLeft > 0; clientTagsLeft--) clientTags.push(readStreamsGroupDescribeResponseKeyValue(reader, version))
  const taskOffsets: StreamsGroupDescribeResponseTaskOffset[] = []
  let taskOffsetsLeft = reader.arrayLength(true, 13)
  for (; taskOffsetsLeft > 0; taskOffsetsLeft--) taskOffsets.push(readStreamsGroupDescribeResponseTaskOffset(reader, version))
  const taskEndOffsets: StreamsGroupDescribeResponseTaskOffset[] = []
  let taskEndOffsetsLeft = reader.arrayLength(true, 13)
  for (; taskEndOffsetsLeft > 0; taskEndOffsetsLeft--) taskEndOffsets.push(readStreamsGroupDescribeResponseTaskOffset(reader, version))
  const assignment = readStreamsGroupDescribeResponseAssignment(reader, version)
  const targetAssignment = readStreamsGroupDescribeResponseAssignment(reader, version)
  const isClassic = reader.bool()
  reader.skipTags()
  return { memberId, memberEpoch, instanceId, rackId, clientId, clientHost, topologyEpoch, processId, userEndpoint, clientTags, taskOffsets, taskEndOffsets, assignment, targetAssignment, isClassic }
}

function writeStreamsGroupDescribeResponseMember(writer: Writer, message: StreamsGroupDescribeResponseMemberInput, version: number): void {
  writer.string(message.memberId, true)
  writer.int32(message.memberEpoch)
  writer.nullableString(message.instanceId ?? null, true)
  writer.nullableString(message.rackId ?? null, true)
  writer.string(message.clientId, true)
  writer.string(message.clientHost, true)
  writer.int32(message.topologyEpoch)
  writer.string(message.processId, true)
  const userEndpoint = message.userEndpoint ?? null
  writer.int8(userEndpoint === null ? -1 : 1)
  if (userEndpoint !== null) writeStreamsGroupDescribeResponseEndpoint(writer, userEndpoint, version)
  writer.arrayLength(message.clientTags.length, true)
  for (const item of message.clientTags) writeStreamsGroupDescribeResponseKeyValue(writer, item, version)
  writer.arrayLength(message.taskOffsets.length, true)
  for (const item of message.taskOffsets) writeStreamsGroupDescribeResponseTaskOffset(writer, item, version)
  writer.arrayLength(message.taskEndOffsets.length, true)
  for (const item of message.taskEndOffsets) writeStreamsGroupDescribeResponseTaskOffset(writer, item, version)
  writeStreamsGroupDescribeResponseAssignment(writer, message.assignment, version)
  writeStreamsGroupDescribeResponseAssignment(writer, message.targetAssignment, version)
  writer.bool(message.isClassic)
  writer.uvarint(0)
}

export interface StreamsGroupDescribeResponseGroup {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly groupId: string
  readonly groupState: string
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly topology: StreamsGroupDescribeResponseTopology | null
  readonly members: readonly StreamsGroupDescribeResponseMember[]
  readonly authorizedOperations: number
}
export interface StreamsGroupDescribeResponseGroupInput {
  readonly errorCode: number
  readonly errorMessage?: string | null | undefined
  readonly groupId: string
  readonly groupState: string
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly topology?: StreamsGroupDescribeResponseTopologyInput | null | undefined
  readonly members: readonly StreamsGroupDescribeResponseMemberInput[]
  readonly authorizedOperations?: number | undefined
}

function readStreamsGroupDescribeResponseGroup(reader: Reader, version: number): StreamsGroupDescribeResponseGroup {
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(true)
  const groupId = reader.string(true)
  const groupState = reader.string(true)
  const groupEpoch = reader.int32()
  const assignmentEpoch = reader.int32()
  const topology = reader.int8() < 0 ? null : readStreamsGroupDescribeResponseTopology(reader, version)
  const members: StreamsGroupDescribeResponseMember[] = []
  let membersLeft = reader.arrayLength(true, 21)
  for (; membersLeft > 0; membersLeft--) members.push(readStreamsGroupDescribeResponseMember(reader, version))
  const authorizedOperations = reader.int32()
  reader.skipTags()
  return { errorCode, errorMessage, groupId, groupState, groupEpoch, assignmentEpoch, topology, members, authorizedOperations }
}

function writeStreamsGroupDescribeResponseGroup(writer: Writer, message: StreamsGroupDescribeResponseGroupInput, version: number): void {
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage ?? null, true)
  writer.string(message.groupId, true)
  writer.string(message.groupState, true)
  writer.int32(message.groupEpoch)
  writer.int32(message.assignmentEpoch)
  const topology = message.topology ?? null
  writer.int8(topology === null ? -1 : 1)
  if (topology !== null) writeStreamsGroupDescribeResponseTopology(writer, topology, version)
  writer.arrayLength(message.members.length, true)
  for (const item of message.members) writeStreamsGroupDescribeResponseMember(writer, item, version)
  writer.int32(message.authorizedOperations ?? -2147483648)
  writer.uvarint(0)
}

export interface StreamsGroupDescribeResponse {
  readonly throttleTimeMs: number
  readonly groups: readonly StreamsGroupDescribeResponseGroup[]
}
export interface StreamsGroupDescribeResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly groups: readonly StreamsGroupDescribeResponseGroupInput[]
}

function readStreamsGroupDescribeResponse(reader: Reader, version: number): StreamsGroupDescribeResponse {
  const throttleTimeMs = reader.int32()
  const groups: StreamsGroupDescribeResponseGroup[] = []
  let groupsLeft = reader.arrayLength(true, 19)
  for (; groupsLeft > 0; groupsLeft--) groups.push(readStreamsGroupDescribeResponseGroup(reader, version))
  reader.skipTags()
  return { throttleTimeMs, groups }
}

function writeStreamsGroupDescribeResponse(writer: Writer, message: StreamsGroupDescribeResponseInput, version: number): void {
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.groups.length, true)
  for (const item of message.groups) writeStreamsGroupDescribeResponseGroup(writer, item, version)
  writer.uvarint(0)
}

export const streamsGroupDescribeApi: Api<StreamsGroupDescribeRequest, StreamsGroupDescribeResponse, StreamsGroupDescribeRequest, StreamsGroupDescribeResponseInput> = defineApi({
  key: 89,
  name: 'StreamsGroupDescribe',
  minVersion: 0,
  maxVersion: 0,
  latestStableVersion: 0,
  flexibleFrom: 0,
  readRequest: readStreamsGroupDescribeRequest,
  writeRequest: writeStreamsGroupDescribeRequest,
  readResponse: readStreamsGroupDescribeResponse,
  writeResponse: writeStreamsGroupDescribeResponse,
})
