// Made by `npm run generate` from ../schema: change the table there.
import { type Api, NEVER_FLEXIBLE, defineApi } from '../api.ts'
import { type Reader, ZERO_UUID } from '../reader.ts'
import { type Writer } from '../writer.ts'

// ---- FindCoordinator (10) ----

export interface FindCoordinatorRequest {
  readonly key: string
  readonly keyType: number
  readonly coordinatorKeys: readonly string[]
}
export interface FindCoordinatorRequestInput {
  readonly key?: string | undefined
  readonly keyType?: number | undefined
  readonly coordinatorKeys?: readonly string[] | undefined
}

function readFindCoordinatorRequest(reader: Reader, version: number): FindCoordinatorRequest {
  const flexible = version >= 3
  const key: string = version <= 3 ? reader.string(flexible) : ''
  const keyType: number = version >= 1 ? reader.int8() : 0
  const coordinatorKeys: readonly string[] = version >= 4 ? reader.strings(flexible) : []
  if (flexible) reader.skipTags()
  return { key, keyType, coordinatorKeys }
}

function writeFindCoordinatorRequest(writer: Writer, message: FindCoordinatorRequestInput, version: number): void {
  const flexible = version >= 3
  if (version <= 3) writer.string(message.key ?? '', flexible)
  if (version >= 1) writer.int8(message.keyType ?? 0)
  if (version >= 4) writer.strings(message.coordinatorKeys ?? [], flexible)
  if (flexible) writer.uvarint(0)
}

export interface FindCoordinatorResponseCoordinator {
  readonly key: string
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

function readFindCoordinatorResponseCoordinator(reader: Reader, version: number): FindCoordinatorResponseCoordinator {
  const flexible = version >= 3
  const key = reader.string(flexible)
  const nodeId = reader.int32()
  const host = reader.string(flexible)
  const port = reader.int32()
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(flexible)
  if (flexible) reader.skipTags()
  return { key, nodeId, host, port, errorCode, errorMessage }
}

function writeFindCoordinatorResponseCoordinator(writer: Writer, message: FindCoordinatorResponseCoordinator, version: number): void {
  const flexible = version >= 3
  writer.string(message.key, flexible)
  writer.int32(message.nodeId)
  writer.string(message.host, flexible)
  writer.int32(message.port)
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage, flexible)
  if (flexible) writer.uvarint(0)
}

export interface FindCoordinatorResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly coordinators: readonly FindCoordinatorResponseCoordinator[]
}
export interface FindCoordinatorResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode?: number | undefined
  readonly errorMessage?: string | null | undefined
  readonly nodeId?: number | undefined
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly coordinators?: readonly FindCoordinatorResponseCoordinator[] | undefined
}

function readFindCoordinatorResponse(reader: Reader, version: number): FindCoordinatorResponse {
  const flexible = version >= 3
  const throttleTimeMs: number = version >= 1 ? reader.int32() : 0
  const errorCode: number = version <= 3 ? reader.int16() : 0
  const errorMessage: string | null = version >= 1 && version <= 3 ? reader.nullableString(flexible) : ''
  const nodeId: number = version <= 3 ? reader.int32() : 0
  const host: string = version <= 3 ? reader.string(flexible) : ''
  const port: number = version <= 3 ? reader.int32() : 0
  let coordinators: readonly FindCoordinatorResponseCoordinator[] = []
  if (version >= 4) {
    const items: FindCoordinatorResponseCoordinator[] = []
    let coordinatorsLeft = reader.arrayLength(flexible, 13)
    for (; coordinatorsLeft > 0; coordinatorsLeft--) items.push(readFindCoordinatorResponseCoordinator(reader, version))
    coordinators = items
  }
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode, errorMessage, nodeId, host, port, coordinators }
}

function writeFindCoordinatorResponse(writer: Writer, message: FindCoordinatorResponseInput, version: number): void {
  const flexible = version >= 3
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0)
  if (version <= 3) writer.int16(message.errorCode ?? 0)
  if (version >= 1 && version <= 3) writer.nullableString(message.errorMessage === undefined ? '' : message.errorMessage, flexible)
  if (version <= 3) writer.int32(message.nodeId ?? 0)
  if (version <= 3) writer.string(message.host ?? '', flexible)
  if (version <= 3) writer.int32(message.port ?? 0)
  if (version >= 4) {
    const coordinators = message.coordinators ?? []
    writer.arrayLength(coordinators.length, flexible)
    for (const item of coordinators) writeFindCoordinatorResponseCoordinator(writer, item, version)
  }
  if (flexible) writer.uvarint(0)
}

export const findCoordinatorApi: Api<FindCoordinatorRequest, FindCoordinatorResponse, FindCoordinatorRequestInput, FindCoordinatorResponseInput> = defineApi({
  key: 10,
  name: 'FindCoordinator',
  minVersion: 0,
  maxVersion: 6,
  latestStableVersion: 6,
  flexibleFrom: 3,
  readRequest: readFindCoordinatorRequest,
  writeRequest: writeFindCoordinatorRequest,
  readResponse: readFindCoordinatorResponse,
  writeResponse: writeFindCoordinatorResponse,
})

// ---- JoinGroup (11) ----

export interface JoinGroupRequestProtocol {
  readonly name: string
  readonly metadata: Buffer
}

function readJoinGroupRequestProtocol(reader: Reader, version: number): JoinGroupRequestProtocol {
  const flexible = version >= 6
  const name = reader.string(flexible)
  const metadata = reader.bytes(flexible)
  if (flexible) reader.skipTags()
  return { name, metadata }
}

function writeJoinGroupRequestProtocol(writer: Writer, message: JoinGroupRequestProtocol, version: number): void {
  const flexible = version >= 6
  writer.string(message.name, flexible)
  writer.bytes(message.metadata, flexible)
  if (flexible) writer.uvarint(0)
}

export interface JoinGroupRequest {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string
  readonly protocols: readonly JoinGroupRequestProtocol[]
  readonly reason: string | null
}
export interface JoinGroupRequestInput {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs?: number | undefined
  readonly memberId: string
  readonly groupInstanceId?: string | null | undefined
  readonly protocolType: string
  readonly protocols: readonly JoinGroupRequestProtocol[]
  readonly reason?: string | null | undefined
}

function readJoinGroupRequest(reader: Reader, version: number): JoinGroupRequest {
  const flexible = version >= 6
  const groupId = reader.string(flexible)
  const sessionTimeoutMs = reader.int32()
  const rebalanceTimeoutMs: number = version >= 1 ? reader.int32() : -1
  const memberId = reader.string(flexible)
  const groupInstanceId: string | null = version >= 5 ? reader.nullableString(flexible) : null
  const protocolType = reader.string(flexible)
  const protocols: JoinGroupRequestProtocol[] = []
  let protocolsLeft = reader.arrayLength(flexible, 2)
  for (; protocolsLeft > 0; protocolsLeft--) protocols.push(readJoinGroupRequestProtocol(reader, version))
  const reason: string | null = version >= 8 ? reader.nullableString(flexible) : null
  if (flexible) reader.skipTags()
  return { groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, groupInstanceId, protocolType, protocols, reason }
}

function writeJoinGroupRequest(writer: Writer, message: JoinGroupRequestInput, version: number): void {
  const flexible = version >= 6
  writer.string(message.groupId, flexible)
  writer.int32(message.sessionTimeoutMs)
  if (version >= 1) writer.int32(message.rebalanceTimeoutMs ?? -1)
  writer.string(message.memberId, flexible)
  if (version >= 5) writer.nullableString(message.groupInstanceId ?? null, flexible)
  writer.string(message.protocolType, flexible)
  writer.arrayLength(message.protocols.length, flexible)
  for (const item of message.protocols) writeJoinGroupRequestProtocol(writer, item, version)
  if (version >= 8) writer.nullableString(message.reason ?? null, flexible)
  if (flexible) writer.uvarint(0)
}

export interface JoinGroupResponseMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Buffer
}
export interface JoinGroupResponseMemberInput {
  readonly memberId: string
  readonly groupInstanceId?: string | null | undefined
  readonly metadata: Buffer
}

function readJoinGroupResponseMember(reader: Reader, version: number): JoinGroupResponseMember {
  const flexible = version >= 6
  const memberId = reader.string(flexible)
  const groupInstanceId: string | null = version >= 5 ? reader.nullableString(flexible) : null
  const metadata = reader.bytes(flexible)
  if (flexible) reader.skipTags()
  return { memberId, groupInstanceId, metadata }
}

function writeJoinGroupResponseMember(writer: Writer, message: JoinGroupResponseMemberInput, version: number): void {
  const flexible = version >= 6
  writer.string(message.memberId, flexible)
  if (version >= 5) writer.nullableString(message.groupInstanceId ?? null, flexible)
  writer.bytes(message.metadata, flexible)
  if (flexible) writer.uvarint(0)
}

export interface JoinGroupResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: readonly JoinGroupResponseMember[]
}
export interface JoinGroupResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly generationId?: number | undefined
  readonly protocolType?: string | null | undefined
  readonly protocolName: string | null
  readonly leader: string
  readonly skipAssignment?: boolean | undefined
  readonly memberId: string
  readonly members: readonly JoinGroupResponseMemberInput[]
}

function readJoinGroupResponse(reader: Reader, version: number): JoinGroupResponse {
  const flexible = version >= 6
  const throttleTimeMs: number = version >= 2 ? reader.int32() : 0
  const errorCode = reader.int16()
  const generationId = reader.int32()
  const protocolType: string | null = version >= 7 ? reader.nullableString(flexible) : null
  const protocolName = reader.nullableString(flexible)
  const leader = reader.string(flexible)
  const skipAssignment: boolean = version >= 9 ? reader.bool() : false
  const memberId = reader.string(flexible)
  const members: JoinGroupResponseMember[] = []
  let membersLeft = reader.arrayLength(flexible, 2)
  for (; membersLeft > 0; membersLeft--) members.push(readJoinGroupResponseMember(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode, generationId, protocolType, protocolName, leader, skipAssignment, memberId, members }
}

function writeJoinGroupResponse(writer: Writer, message: JoinGroupResponseInput, version: number): void {
  const flexible = version >= 6
  if (version >= 2) writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  writer.int32(message.generationId ?? -1)
  if (version >= 7) writer.nullableString(message.protocolType ?? null, flexible)
  if (version >= 7) writer.nullableString(message.protocolName, flexible)
  else writer.string((message.protocolName) as string, flexible)
  writer.string(message.leader, flexible)
  if (version >= 9) writer.bool(message.skipAssignment ?? false)
  writer.string(message.memberId, flexible)
  writer.arrayLength(message.members.length, flexible)
  for (const item of message.members) writeJoinGroupResponseMember(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const joinGroupApi: Api<JoinGroupRequest, JoinGroupResponse, JoinGroupRequestInput, JoinGroupResponseInput> = defineApi({
  key: 11,
  name: 'JoinGroup',
  minVersion: 0,
  maxVersion: 9,
  latestStableVersion: 9,
  flexibleFrom: 6,
  readRequest: readJoinGroupRequest,
  writeRequest: writeJoinGroupRequest,
  readResponse: readJoinGroupResponse,
  writeResponse: writeJoinGroupResponse,
})

// ---- SyncGroup (14) ----

export interface SyncGroupRequestAssignment {
  readonly memberId: string
  readonly assignment: Buffer
}

function readSyncGroupRequestAssignment(reader: Reader, version: number): SyncGroupRequestAssignment {
  const flexible = version >= 4
  const memberId = reader.string(flexible)
  const assignment = reader.bytes(flexible)
  if (flexible) reader.skipTags()
  return { memberId, assignment }
}

function writeSyncGroupRequestAssignment(writer: Writer, message: SyncGroupRequestAssignment, version: number): void {
  const flexible = version >= 4
  writer.string(message.memberId, flexible)
  writer.bytes(message.assignment, flexible)
  if (flexible) writer.uvarint(0)
}

export interface SyncGroupRequest {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: readonly SyncGroupRequestAssignment[]
}
export interface SyncGroupRequestInput {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId?: string | null | undefined
  readonly protocolType?: string | null | undefined
  readonly protocolName?: string | null | undefined
  readonly assignments: readonly SyncGroupRequestAssignment[]
}

function readSyncGroupRequest(reader: Reader, version: number): SyncGroupRequest {
  const flexible = version >= 4
  const groupId = reader.string(flexible)
  const generationId = reader.int32()
  const memberId = reader.string(flexible)
  const groupInstanceId: string | null = version >= 3 ? reader.nullableString(flexible) : null
  const protocolType: string | null = version >= 5 ? reader.nullableString(flexible) : null
  const protocolName: string | null = version >= 5 ? reader.nullableString(flexible) : null
  const assignments: SyncGroupRequestAssignment[] = []
  let assignmentsLeft = reader.arrayLength(flexible, 2)
  for (; assignmentsLeft > 0; assignmentsLeft--) assignments.push(readSyncGroupRequestAssignment(reader, version))
  if (flexible) reader.skipTags()
  return { groupId, generationId, memberId, groupInstanceId, protocolType, protocolName, assignments }
}

function writeSyncGroupRequest(writer: Writer, message: SyncGroupRequestInput, version: number): void {
  const flexible = version >= 4
  writer.string(message.groupId, flexible)
  writer.int32(message.generationId)
  writer.string(message.memberId, flexible)
  if (version >= 3) writer.nullableString(message.groupInstanceId ?? null, flexible)
  if (version >= 5) writer.nullableString(message.protocolType ?? null, flexible)
  if (version >= 5) writer.nullableString(message.protocolName ?? null, flexible)
  writer.arrayLength(message.assignments.length, flexible)
  for (const item of message.assignments) writeSyncGroupRequestAssignment(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface SyncGroupResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}
export interface SyncGroupResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly protocolType?: string | null | undefined
  readonly protocolName?: string | null | undefined
  readonly assignment: Buffer
}

function readSyncGroupResponse(reader: Reader, version: number): SyncGroupResponse {
  const flexible = version >= 4
  const throttleTimeMs: number = version >= 1 ? reader.int32() : 0
  const errorCode = reader.int16()
  const protocolType: string | null = version >= 5 ? reader.nullableString(flexible) : null
  const protocolName: string | null = version >= 5 ? reader.nullableString(flexible) : null
  const assignment = reader.bytes(flexible)
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode, protocolType, protocolName, assignment }
}

function writeSyncGroupResponse(writer: Writer, message: SyncGroupResponseInput, version: number): void {
  const flexible = version >= 4
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  if (version >= 5) writer.nullableString(message.protocolType ?? null, flexible)
  if (version >= 5) writer.nullableString(message.protocolName ?? null, flexible)
  writer.bytes(message.assignment, flexible)
  if (flexible) writer.uvarint(0)
}

export const syncGroupApi: Api<SyncGroupRequest, SyncGroupResponse, SyncGroupRequestInput, SyncGroupResponseInput> = defineApi({
  key: 14,
  name: 'SyncGroup',
  minVersion: 0,
  maxVersion: 5,
  latestStableVersion: 5,
  flexibleFrom: 4,
  readRequest: readSyncGroupRequest,
  writeRequest: writeSyncGroupRequest,
  readResponse: readSyncGroupResponse,
  writeResponse: writeSyncGroupResponse,
})

// ---- Heartbeat (12) ----

export interface HeartbeatRequest {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}
export interface HeartbeatRequestInput {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId?: string | null | undefined
}

function readHeartbeatRequest(reader: Reader, version: number): HeartbeatRequest {
  const flexible = version >= 4
  const groupId = reader.string(flexible)
  const generationId = reader.int32()
  const memberId = reader.string(flexible)
  const groupInstanceId: string | null = version >= 3 ? reader.nullableString(flexible) : null
  if (flexible) reader.skipTags()
  return { groupId, generationId, memberId, groupInstanceId }
}

function writeHeartbeatRequest(writer: Writer, message: HeartbeatRequestInput, version: number): void {
  const flexible = version >= 4
  writer.string(message.groupId, flexible)
  writer.int32(message.generationId)
  writer.string(message.memberId, flexible)
  if (version >= 3) writer.nullableString(message.groupInstanceId ?? null, flexible)
  if (flexible) writer.uvarint(0)
}

export interface HeartbeatResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
}
export interface HeartbeatResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
}

function readHeartbeatResponse(reader: Reader, version: number): HeartbeatResponse {
  const flexible = version >= 4
  const throttleTimeMs: number = version >= 1 ? reader.int32() : 0
  const errorCode = reader.int16()
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode }
}

function writeHeartbeatResponse(writer: Writer, message: HeartbeatResponseInput, version: number): void {
  const flexible = version >= 4
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  if (flexible) writer.uvarint(0)
}

export const heartbeatApi: Api<HeartbeatRequest, HeartbeatResponse, HeartbeatRequestInput, HeartbeatResponseInput> = defineApi({
  key: 12,
  name: 'Heartbeat',
  minVersion: 0,
  maxVersion: 4,
  latestStableVersion: 4,
  flexibleFrom: 4,
  readRequest: readHeartbeatRequest,
  writeRequest: writeHeartbeatRequest,
  readResponse: readHeartbeatResponse,
  writeResponse: writeHeartbeatResponse,
})

// ---- LeaveGroup (13) ----

export interface LeaveGroupRequestMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly reason: string | null
}
export interface LeaveGroupRequestMemberInput {
  readonly memberId: string
  readonly groupInstanceId?: string | null | undefined
  readonly reason?: string | null | undefined
}

function readLeaveGroupRequestMember(reader: Reader, version: number): LeaveGroupRequestMember {
  const flexible = version >= 4
  const memberId = reader.string(flexible)
  const groupInstanceId = reader.nullableString(flexible)
  const reason: string | null = version >= 5 ? reader.nullableString(flexible) : null
  if (flexible) reader.skipTags()
  return { memberId, groupInstanceId, reason }
}

function writeLeaveGroupRequestMember(writer: Writer, message: LeaveGroupRequestMemberInput, version: number): void {
  const flexible = version >= 4
  writer.string(message.memberId, flexible)
  writer.nullableString(message.groupInstanceId ?? null, flexible)
  if (version >= 5) writer.nullableString(message.reason ?? null, flexible)
  if (flexible) writer.uvarint(0)
}

export interface LeaveGroupRequest {
  readonly groupId: string
  readonly memberId: string
  readonly members: readonly LeaveGroupRequestMember[]
}
export interface LeaveGroupRequestInput {
  readonly groupId: string
  readonly memberId?: string | undefined
  readonly members?: readonly LeaveGroupRequestMemberInput[] | undefined
}

function readLeaveGroupRequest(reader: Reader, version: number): LeaveGroupRequest {
  const flexible = version >= 4
  const groupId = reader.string(flexible)
  const memberId: string = version <= 2 ? reader.string(flexible) : ''
  let members: readonly LeaveGroupRequestMember[] = []
  if (version >= 3) {
    const items: LeaveGroupRequestMember[] = []
    let membersLeft = reader.arrayLength(flexible, 2)
    for (; membersLeft > 0; membersLeft--) items.push(readLeaveGroupRequestMember(reader, version))
    members = items
  }
  if (flexible) reader.skipTags()
  return { groupId, memberId, members }
}

function writeLeaveGroupRequest(writer: Writer, message: LeaveGroupRequestInput, version: number): void {
  const flexible = version >= 4
  writer.string(message.groupId, flexible)
  if (version <= 2) writer.string(message.memberId ?? '', flexible)
  if (version >= 3) {
    const members = message.members ?? []
    writer.arrayLength(members.length, flexible)
    for (const item of members) writeLeaveGroupRequestMember(writer, item, version)
  }
  if (flexible) writer.uvarint(0)
}

export interface LeaveGroupResponseMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly errorCode: number
}

function readLeaveGroupResponseMember(reader: Reader, version: number): LeaveGroupResponseMember {
  const flexible = version >= 4
  const memberId = reader.string(flexible)
  const groupInstanceId = reader.nullableString(flexible)
  const errorCode = reader.int16()
  if (flexible) reader.skipTags()
  return { memberId, groupInstanceId, errorCode }
}

function writeLeaveGroupResponseMember(writer: Writer, message: LeaveGroupResponseMember, version: number): void {
  const flexible = version >= 4
  writer.string(message.memberId, flexible)
  writer.nullableString(message.groupInstanceId, flexible)
  writer.int16(message.errorCode)
  if (flexible) writer.uvarint(0)
}

export interface LeaveGroupResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly members: readonly LeaveGroupResponseMember[]
}
export interface LeaveGroupResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly members?: readonly LeaveGroupResponseMember[] | undefined
}

function readLeaveGroupResponse(reader: Reader, version: number): LeaveGroupResponse {
  const flexible = version >= 4
  const throttleTimeMs: number = version >= 1 ? reader.int32() : 0
  const errorCode = reader.int16()
  let members: readonly LeaveGroupResponseMember[] = []
  if (version >= 3) {
    const items: LeaveGroupResponseMember[] = []
    let membersLeft = reader.arrayLength(flexible, 4)
    for (; membersLeft > 0; membersLeft--) items.push(readLeaveGroupResponseMember(reader, version))
    members = items
  }
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode, members }
}

function writeLeaveGroupResponse(writer: Writer, message: LeaveGroupResponseInput, version: number): void {
  const flexible = version >= 4
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  if (version >= 3) {
    const members = message.members ?? []
    writer.arrayLength(members.length, flexible)
    for (const item of members) writeLeaveGroupResponseMember(writer, item, version)
  }
  if (flexible) writer.uvarint(0)
}

export const leaveGroupApi: Api<LeaveGroupRequest, LeaveGroupResponse, LeaveGroupRequestInput, LeaveGroupResponseInput> = defineApi({
  key: 13,
  name: 'LeaveGroup',
  minVersion: 0,
  maxVersion: 5,
  latestStableVersion: 5,
  flexibleFrom: 4,
  readRequest: readLeaveGroupRequest,
  writeRequest: writeLeaveGroupRequest,
  readResponse: readLeaveGroupResponse,
  writeResponse: writeLeaveGroupResponse,
})

// ---- OffsetCommit (8) ----

export interface OffsetCommitRequestPartition {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string | null
}
export interface OffsetCommitRequestPartitionInput {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch?: number | undefined
  readonly committedMetadata: string | null
}

function readOffsetCommitRequestPartition(reader: Reader, version: number): OffsetCommitRequestPartition {
  const flexible = version >= 8
  const partitionIndex = reader.int32()
  const committedOffset = reader.int64()
  const committedLeaderEpoch: number = version >= 6 ? reader.int32() : -1
  const committedMetadata = reader.nullableString(flexible)
  if (flexible) reader.skipTags()
  return { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }
}

function writeOffsetCommitRequestPartition(writer: Writer, message: OffsetCommitRequestPartitionInput, version: number): void {
  const flexible = version >= 8
  writer.int32(message.partitionIndex)
  writer.int64(message.committedOffset)
  if (version >= 6) writer.int32(message.committedLeaderEpoch ?? -1)
  writer.nullableString(message.committedMetadata, flexible)
  if (flexible) writer.uvarint(0)
}

export interface OffsetCommitRequestTopic {
  readonly name: string
  readonly topicId: string
  readonly partitions: readonly OffsetCommitRequestPartition[]
}
export interface OffsetCommitRequestTopicInput {
  readonly name?: string | undefined
  readonly topicId?: string | undefined
  readonly partitions: readonly OffsetCommitRequestPartitionInput[]
}

function readOffsetCommitRequestTopic(reader: Reader, version: number): OffsetCommitRequestTopic {
  const flexible = version >= 8
  const name: string = version <= 9 ? reader.string(flexible) : ''
  const topicId: string = version >= 10 ? reader.uuid() : ZERO_UUID
  const partitions: OffsetCommitRequestPartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 13)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readOffsetCommitRequestPartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, topicId, partitions }
}

function writeOffsetCommitRequestTopic(writer: Writer, message: OffsetCommitRequestTopicInput, version: number): void {
  const flexible = version >= 8
  if (version <= 9) writer.string(message.name ?? '', flexible)
  if (version >= 10) writer.uuid(message.topicId ?? ZERO_UUID)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeOffsetCommitRequestPartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface OffsetCommitRequest {
  readonly groupId: string
  readonly generationIdOrMemberEpoch: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly retentionTimeMs: number
  readonly topics: readonly OffsetCommitRequestTopic[]
}
export interface OffsetCommitRequestInput {
  readonly groupId: string
  readonly generationIdOrMemberEpoch?: number | undefined
  readonly memberId: string
  readonly groupInstanceId?: string | null | undefined
  readonly retentionTimeMs?: number | undefined
  readonly topics: readonly OffsetCommitRequestTopicInput[]
}

function readOffsetCommitRequest(reader: Reader, version: number): OffsetCommitRequest {
  const flexible = version >= 8
  const groupId = reader.string(flexible)
  const generationIdOrMemberEpoch = reader.int32()
  const memberId = reader.string(flexible)
  const groupInstanceId: string | null = version >= 7 ? reader.nullableString(flexible) : null
  const retentionTimeMs: number = version <= 4 ? reader.int64() : -1
  const topics: OffsetCommitRequestTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 1)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readOffsetCommitRequestTopic(reader, version))
  if (flexible) reader.skipTags()
  return { groupId, generationIdOrMemberEpoch, memberId, groupInstanceId, retentionTimeMs, topics }
}

function writeOffsetCommitRequest(writer: Writer, message: OffsetCommitRequestInput, version: number): void {
  const flexible = version >= 8
  writer.string(message.groupId, flexible)
  writer.int32(message.generationIdOrMemberEpoch ?? -1)
  writer.string(message.memberId, flexible)
  if (version >= 7) writer.nullableString(message.groupInstanceId ?? null, flexible)
  if (version <= 4) writer.int64(message.retentionTimeMs ?? -1)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeOffsetCommitRequestTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface OffsetCommitResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
}

function readOffsetCommitResponsePartition(reader: Reader, version: number): OffsetCommitResponsePartition {
  const flexible = version >= 8
  const partitionIndex = reader.int32()
  const errorCode = reader.int16()
  if (flexible) reader.skipTags()
  return { partitionIndex, errorCode }
}

function writeOffsetCommitResponsePartition(writer: Writer, message: OffsetCommitResponsePartition, version: number): void {
  const flexible = version >= 8
  writer.int32(message.partitionIndex)
  writer.int16(message.errorCode)
  if (flexible) writer.uvarint(0)
}

export interface OffsetCommitResponseTopic {
  readonly name: string
  readonly topicId: string
  readonly partitions: readonly OffsetCommitResponsePartition[]
}
export interface OffsetCommitResponseTopicInput {
  readonly name?: string | undefined
  readonly topicId?: string | undefined
  readonly partitions: readonly OffsetCommitResponsePartition[]
}

function readOffsetCommitResponseTopic(reader: Reader, version: number): OffsetCommitResponseTopic {
  const flexible = version >= 8
  const name: string = version <= 9 ? reader.string(flexible) : ''
  const topicId: string = version >= 10 ? reader.uuid() : ZERO_UUID
  const partitions: OffsetCommitResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 6)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readOffsetCommitResponsePartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, topicId, partitions }
}

function writeOffsetCommitResponseTopic(writer: Writer, message: OffsetCommitResponseTopicInput, version: number): void {
  const flexible = version >= 8
  if (version <= 9) writer.string(message.name ?? '', flexible)
  if (version >= 10) writer.uuid(message.topicId ?? ZERO_UUID)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeOffsetCommitResponsePartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface OffsetCommitResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly OffsetCommitResponseTopic[]
}
export interface OffsetCommitResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly OffsetCommitResponseTopicInput[]
}

function readOffsetCommitResponse(reader: Reader, version: number): OffsetCommitResponse {
  const flexible = version >= 8
  const throttleTimeMs: number = version >= 3 ? reader.int32() : 0
  const topics: OffsetCommitResponseTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 1)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readOffsetCommitResponseTopic(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, topics }
}

function writeOffsetCommitResponse(writer: Writer, message: OffsetCommitResponseInput, version: number): void {
  const flexible = version >= 8
  if (version >= 3) writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeOffsetCommitResponseTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const offsetCommitApi: Api<OffsetCommitRequest, OffsetCommitResponse, OffsetCommitRequestInput, OffsetCommitResponseInput> = defineApi({
  key: 8,
  name: 'OffsetCommit',
  minVersion: 2,
  maxVersion: 10,
  latestStableVersion: 10,
  flexibleFrom: 8,
  readRequest: readOffsetCommitRequest,
  writeRequest: writeOffsetCommitRequest,
  readResponse: readOffsetCommitResponse,
  writeResponse: writeOffsetCommitResponse,
})

// ---- OffsetFetch (9) ----

export interface OffsetFetchRequestTopic {
  readonly name: string
  readonly partitionIndexes: readonly number[]
}

function readOffsetFetchRequestTopic(reader: Reader, version: number): OffsetFetchRequestTopic {
  const flexible = version >= 6
  const name = reader.string(flexible)
  const partitionIndexes = reader.int32s(flexible)
  if (flexible) reader.skipTags()
  return { name, partitionIndexes }
}

function writeOffsetFetchRequestTopic(writer: Writer, message: OffsetFetchRequestTopic, version: number): void {
  const flexible = version >= 6
  writer.string(message.name, flexible)
  writer.int32s(message.partitionIndexes, flexible)
  if (flexible) writer.uvarint(0)
}

export interface OffsetFetchRequestGroupTopic {
  readonly name: string
  readonly topicId: string
  readonly partitionIndexes: readonly number[]
}
export interface OffsetFetchRequestGroupTopicInput {
  readonly name?: string | undefined
  readonly topicId?: string | undefined
  readonly partitionIndexes: readonly number[]
}

function readOffsetFetchRequestGroupTopic(reader: Reader, version: number): OffsetFetchRequestGroupTopic {
  const flexible = version >= 6
  const name: string = version >= 8 && version <= 9 ? reader.string(flexible) : ''
  const topicId: string = version >= 10 ? reader.uuid() : ZERO_UUID
  const partitionIndexes = reader.int32s(flexible)
  if (flexible) reader.skipTags()
  return { name, topicId, partitionIndexes }
}

function writeOffsetFetchRequestGroupTopic(writer: Writer, message: OffsetFetchRequestGroupTopicInput, version: number): void {
  const flexible = version >= 6
  if (version >= 8 && version <= 9) writer.string(message.name ?? '', flexible)
  if (version >= 10) writer.uuid(message.topicId ?? ZERO_UUID)
  writer.int32s(message.partitionIndexes, flexible)
  if (flexible) writer.uvarint(0)
}

export interface OffsetFetchRequestGroup {
  readonly groupId: string
  readonly memberId: string | null
  readonly memberEpoch: number
  readonly topics: readonly OffsetFetchRequestGroupTopic[] | null
}
export interface OffsetFetchRequestGroupInput {
  readonly groupId: string
  readonly memberId?: string | null | undefined
  readonly memberEpoch?: number | undefined
  readonly topics: readonly OffsetFetchRequestGroupTopicInput[] | null
}

function readOffsetFetchRequestGroup(reader: Reader, version: number): OffsetFetchRequestGroup {
  const flexible = version >= 6
  const groupId = reader.string(flexible)
  const memberId: string | null = version >= 9 ? reader.nullableString(flexible) : null
  const memberEpoch: number = version >= 9 ? reader.int32() : -1
  let topics: readonly OffsetFetchRequestGroupTopic[] | null = null
  let topicsLeft = reader.nullableArrayLength(flexible, 1)
  if (topicsLeft < 0) topics = null
  else {
    const items: OffsetFetchRequestGroupTopic[] = []
    for (; topicsLeft > 0; topicsLeft--) items.push(readOffsetFetchRequestGroupTopic(reader, version))
    topics = items
  }
  if (flexible) reader.skipTags()
  return { groupId, memberId, memberEpoch, topics }
}

function writeOffsetFetchRequestGroup(writer: Writer, message: OffsetFetchRequestGroupInput, version: number): void {
  const flexible = version >= 6
  writer.string(message.groupId, flexible)
  if (version >= 9) writer.nullableString(message.memberId ?? null, flexible)
  if (version >= 9) writer.int32(message.memberEpoch ?? -1)
  writer.arrayLength(message.topics === null ? -1 : message.topics.length, flexible)
  if (message.topics !== null) for (const item of message.topics) writeOffsetFetchRequestGroupTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface OffsetFetchRequest {
  readonly groupId: string
  readonly topics: readonly OffsetFetchRequestTopic[] | null
  readonly groups: readonly OffsetFetchRequestGroup[]
  readonly requireStable: boolean
}
export interface OffsetFetchRequestInput {
  readonly groupId?: string | undefined
  readonly topics?: readonly OffsetFetchRequestTopic[] | null | undefined
  readonly groups?: readonly OffsetFetchRequestGroupInput[] | undefined
  readonly requireStable?: boolean | undefined
}

function readOffsetFetchRequest(reader: Reader, version: number): OffsetFetchRequest {
  const flexible = version >= 6
  const groupId: string = version <= 7 ? reader.string(flexible) : ''
  let topics: readonly OffsetFetchRequestTopic[] | null = []
  if (version <= 7) {
    let topicsLeft = reader.nullableArrayLength(flexible, 2)
    if (topicsLeft < 0) topics = null
    else {
      const items: OffsetFetchRequestTopic[] = []
      for (; topicsLeft > 0; topicsLeft--) items.push(readOffsetFetchRequestTopic(reader, version))
      topics = items
    }
  }
  let groups: readonly OffsetFetchRequestGroup[] = []
  if (version >= 8) {
    const items: OffsetFetchRequestGroup[] = []
    let groupsLeft = reader.arrayLength(flexible, 2)
    for (; groupsLeft > 0; groupsLeft--) items.push(readOffsetFetchRequestGroup(reader, version))
    groups = items
  }
  const requireStable: boolean = version >= 7 ? reader.bool() : false
  if (flexible) reader.skipTags()
  return { groupId, topics, groups, requireStable }
}

function writeOffsetFetchRequest(writer: Writer, message: OffsetFetchRequestInput, version: number): void {
  const flexible = version >= 6
  if (version <= 7) writer.string(message.groupId ?? '', flexible)
  if (version <= 7) {
    const topics = message.topics === undefined ? [] : message.topics
    writer.arrayLength(topics === null ? -1 : topics.length, flexible)
    if (topics !== null) for (const item of topics) writeOffsetFetchRequestTopic(writer, item, version)
  }
  if (version >= 8) {
    const groups = message.groups ?? []
    writer.arrayLength(groups.length, flexible)
    for (const item of groups) writeOffsetFetchRequestGroup(writer, item, version)
  }
  if (version >= 7) writer.bool(message.requireStable ?? false)
  if (flexible) writer.uvarint(0)
}

export interface OffsetFetchResponsePartition {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly metadata: string | null
  readonly errorCode: number
}
export interface OffsetFetchResponsePartitionInput {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch?: number | undefined
  readonly metadata: string | null
  readonly errorCode: number
}

function readOffsetFetchResponsePartition(reader: Reader, version: number): OffsetFetchResponsePartition {
  const flexible = version >= 6
  const partitionIndex = reader.int32()
  const committedOffset = reader.int64()
  const committedLeaderEpoch: number = version >= 5 && version <= 7 ? reader.int32() : -1
  const metadata = reader.nullableString(flexible)
  const errorCode = reader.int16()
  if (flexible) reader.skipTags()
  return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode }
}

function writeOffsetFetchResponsePartition(writer: Writer, message: OffsetFetchResponsePartitionInput, version: number): void {
  const flexible = version >= 6
  writer.int32(message.partitionIndex)
  writer.int64(message.committedOffset)
  if (version >= 5 && version <= 7) writer.int32(message.committedLeaderEpoch ?? -1)
  writer.nullableString(message.metadata, flexible)
  writer.int16(message.errorCode)
  if (flexible) writer.uvarint(0)
}

export interface OffsetFetchResponseTopic {
  readonly name: string
  readonly partitions: readonly OffsetFetchResponsePartition[]
}
export interface OffsetFetchResponseTopicInput {
  readonly name: string
  readonly partitions: readonly OffsetFetchResponsePartitionInput[]
}

function readOffsetFetchResponseTopic(reader: Reader, version: number): OffsetFetchResponseTopic {
  const flexible = version >= 6
  const name = reader.string(flexible)
  const partitions: OffsetFetchResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 15)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readOffsetFetchResponsePartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, partitions }
}

function writeOffsetFetchResponseTopic(writer: Writer, message: OffsetFetchResponseTopicInput, version: number): void {
  const flexible = version >= 6
  writer.string(message.name, flexible)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeOffsetFetchResponsePartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface OffsetFetchResponseGroupPartition {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly metadata: string | null
  readonly errorCode: number
}
export interface OffsetFetchResponseGroupPartitionInput {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch?: number | undefined
  readonly metadata: string | null
  readonly errorCode: number
}

function readOffsetFetchResponseGroupPartition(reader: Reader, version: number): OffsetFetchResponseGroupPartition {
  const flexible = version >= 6
  const partitionIndex = reader.int32()
  const committedOffset = reader.int64()
  const committedLeaderEpoch = reader.int32()
  const metadata = reader.nullableString(flexible)
  const errorCode = reader.int16()
  if (flexible) reader.skipTags()
  return { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode }
}

function writeOffsetFetchResponseGroupPartition(writer: Writer, message: OffsetFetchResponseGroupPartitionInput, version: number): void {
  const flexible = version >= 6
  writer.int32(message.partitionIndex)
  writer.int64(message.committedOffset)
  writer.int32(message.committedLeaderEpoch ?? -1)
  writer.nullableString(message.metadata, flexible)
  writer.int16(message.errorCode)
  if (flexible) writer.uvarint(0)
}

export interface OffsetFetchResponseGroupTopic {
  readonly name: string
  readonly topicId: string
  readonly partitions: readonly OffsetFetchResponseGroupPartition[]
}
export interface OffsetFetchResponseGroupTopicInput {
  readonly name?: string | undefined
  readonly topicId?: string | undefined
  readonly partitions: readonly OffsetFetchResponseGroupPartitionInput[]
}

function readOffsetFetchResponseGroupTopic(reader: Reader, version: number): OffsetFetchResponseGroupTopic {
  const flexible = version >= 6
  const name: string = version >= 8 && version <= 9 ? reader.string(flexible) : ''
  const topicId: string = version >= 10 ? reader.uuid() : ZERO_UUID
  const partitions: OffsetFetchResponseGroupPartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 19)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readOffsetFetchResponseGroupPartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, topicId, partitions }
}

function writeOffsetFetchResponseGroupTopic(writer: Writer, message: OffsetFetchResponseGroupTopicInput, version: number): void {
  const flexible = version >= 6
  if (version >= 8 && version <= 9) writer.string(message.name ?? '', flexible)
  if (version >= 10) writer.uuid(message.topicId ?? ZERO_UUID)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeOffsetFetchResponseGroupPartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface OffsetFetchResponseGroup {
  readonly groupId: string
  readonly topics: readonly OffsetFetchResponseGroupTopic[]
  readonly errorCode: number
}
export interface OffsetFetchResponseGroupInput {
  readonly groupId: string
  readonly topics: readonly OffsetFetchResponseGroupTopicInput[]
  readonly errorCode: number
}

function readOffsetFetchResponseGroup(reader: Reader, version: number): OffsetFetchResponseGroup {
  const flexible = version >= 6
  const groupId = reader.string(flexible)
  const topics: OffsetFetchResponseGroupTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 1)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readOffsetFetchResponseGroupTopic(reader, version))
  const errorCode = reader.int16()
  if (flexible) reader.skipTags()
  return { groupId, topics, errorCode }
}

function writeOffsetFetchResponseGroup(writer: Writer, message: OffsetFetchResponseGroupInput, version: number): void {
  const flexible = version >= 6
  writer.string(message.groupId, flexible)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeOffsetFetchResponseGroupTopic(writer, item, version)
  writer.int16(message.errorCode)
  if (flexible) writer.uvarint(0)
}

export interface OffsetFetchResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly OffsetFetchResponseTopic[]
  readonly errorCode: number
  readonly groups: readonly OffsetFetchResponseGroup[]
}
export interface OffsetFetchResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly topics?: readonly OffsetFetchResponseTopicInput[] | undefined
  readonly errorCode?: number | undefined
  readonly groups?: readonly OffsetFetchResponseGroupInput[] | undefined
}

function readOffsetFetchResponse(reader: Reader, version: number): OffsetFetchResponse {
  const flexible = version >= 6
  const throttleTimeMs: number = version >= 3 ? reader.int32() : 0
  let topics: readonly OffsetFetchResponseTopic[] = []
  if (version <= 7) {
    const items: OffsetFetchResponseTopic[] = []
    let topicsLeft = reader.arrayLength(flexible, 2)
    for (; topicsLeft > 0; topicsLeft--) items.push(readOffsetFetchResponseTopic(reader, version))
    topics = items
  }
  const errorCode: number = version >= 2 && version <= 7 ? reader.int16() : 0
  let groups: readonly OffsetFetchResponseGroup[] = []
  if (version >= 8) {
    const items: OffsetFetchResponseGroup[] = []
    let groupsLeft = reader.arrayLength(flexible, 4)
    for (; groupsLeft > 0; groupsLeft--) items.push(readOffsetFetchResponseGroup(reader, version))
    groups = items
  }
  if (flexible) reader.skipTags()
  return { throttleTimeMs, topics, errorCode, groups }
}

function writeOffsetFetchResponse(writer: Writer, message: OffsetFetchResponseInput, version: number): void {
  const flexible = version >= 6
  if (version >= 3) writer.int32(message.throttleTimeMs ?? 0)
  if (version <= 7) {
    const topics = message.topics ?? []
    writer.arrayLength(topics.length, flexible)
    for (const item of topics) writeOffsetFetchResponseTopic(writer, item, version)
  }
  if (version >= 2 && version <= 7) writer.int16(message.errorCode ?? 0)
  if (version >= 8) {
    const groups = message.groups ?? []
    writer.arrayLength(groups.length, flexible)
    for (const item of groups) writeOffsetFetchResponseGroup(writer, item, version)
  }
  if (flexible) writer.uvarint(0)
}

export const offsetFetchApi: Api<OffsetFetchRequest, OffsetFetchResponse, OffsetFetchRequestInput, OffsetFetchResponseInput> = defineApi({
  key: 9,
  name: 'OffsetFetch',
  minVersion: 1,
  maxVersion: 10,
  latestStableVersion: 10,
  flexibleFrom: 6,
  readRequest: readOffsetFetchRequest,
  writeRequest: writeOffsetFetchRequest,
  readResponse: readOffsetFetchResponse,
  writeResponse: writeOffsetFetchResponse,
})

// ---- OffsetDelete (47) ----

export interface OffsetDeleteRequestPartition {
  readonly partitionIndex: number
}

function readOffsetDeleteRequestPartition(reader: Reader, _version: number): OffsetDeleteRequestPartition {
  const partitionIndex = reader.int32()
  return { partitionIndex }
}

function writeOffsetDeleteRequestPartition(writer: Writer, message: OffsetDeleteRequestPartition, _version: number): void {
  writer.int32(message.partitionIndex)
}

export interface OffsetDeleteRequestTopic {
  readonly name: string
  readonly partitions: readonly OffsetDeleteRequestPartition[]
}

function readOffsetDeleteRequestTopic(reader: Reader, version: number): OffsetDeleteRequestTopic {
  const name = reader.string(false)
  const partitions: OffsetDeleteRequestPartition[] = []
  let partitionsLeft = reader.arrayLength(false, 4)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readOffsetDeleteRequestPartition(reader, version))
  return { name, partitions }
}

function writeOffsetDeleteRequestTopic(writer: Writer, message: OffsetDeleteRequestTopic, version: number): void {
  writer.string(message.name, false)
  writer.arrayLength(message.partitions.length, false)
  for (const item of message.partitions) writeOffsetDeleteRequestPartition(writer, item, version)
}

export interface OffsetDeleteRequest {
  readonly groupId: string
  readonly topics: readonly OffsetDeleteRequestTopic[]
}

function readOffsetDeleteRequest(reader: Reader, version: number): OffsetDeleteRequest {
  const groupId = reader.string(false)
  const topics: OffsetDeleteRequestTopic[] = []
  let topicsLeft = reader.arrayLength(false, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readOffsetDeleteRequestTopic(reader, version))
  return { groupId, topics }
}

function writeOffsetDeleteRequest(writer: Writer, message: OffsetDeleteRequest, version: number): void {
  writer.string(message.groupId, false)
  writer.arrayLength(message.topics.length, false)
  for (const item of message.topics) writeOffsetDeleteRequestTopic(writer, item, version)
}

export interface OffsetDeleteResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
}

function readOffsetDeleteResponsePartition(reader: Reader, _version: number): OffsetDeleteResponsePartition {
  const partitionIndex = reader.int32()
  const errorCode = reader.int16()
  return { partitionIndex, errorCode }
}

function writeOffsetDeleteResponsePartition(writer: Writer, message: OffsetDeleteResponsePartition, _version: number): void {
  writer.int32(message.partitionIndex)
  writer.int16(message.errorCode)
}

export interface OffsetDeleteResponseTopic {
  readonly name: string
  readonly partitions: readonly OffsetDeleteResponsePartition[]
}

function readOffsetDeleteResponseTopic(reader: Reader, version: number): OffsetDeleteResponseTopic {
  const name = reader.string(false)
  const partitions: OffsetDeleteResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(false, 6)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readOffsetDeleteResponsePartition(reader, version))
  return { name, partitions }
}

function writeOffsetDeleteResponseTopic(writer: Writer, message: OffsetDeleteResponseTopic, version: number): void {
  writer.string(message.name, false)
  writer.arrayLength(message.partitions.length, false)
  for (const item of message.partitions) writeOffsetDeleteResponsePartition(writer, item, version)
}

export interface OffsetDeleteResponse {
  readonly errorCode: number
  readonly throttleTimeMs: number
  readonly topics: readonly OffsetDeleteResponseTopic[]
}
export interface OffsetDeleteResponseInput {
  readonly errorCode: number
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly OffsetDeleteResponseTopic[]
}

function readOffsetDeleteResponse(reader: Reader, version: number): OffsetDeleteResponse {
  const errorCode = reader.int16()
  const throttleTimeMs = reader.int32()
  const topics: OffsetDeleteResponseTopic[] = []
  let topicsLeft = reader.arrayLength(false, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readOffsetDeleteResponseTopic(reader, version))
  return { errorCode, throttleTimeMs, topics }
}

function writeOffsetDeleteResponse(writer: Writer, message: OffsetDeleteResponseInput, version: number): void {
  writer.int16(message.errorCode)
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.topics.length, false)
  for (const item of message.topics) writeOffsetDeleteResponseTopic(writer, item, version)
}

export const offsetDeleteApi: Api<OffsetDeleteRequest, OffsetDeleteResponse, OffsetDeleteRequest, OffsetDeleteResponseInput> = defineApi({
  key: 47,
  name: 'OffsetDelete',
  minVersion: 0,
  maxVersion: 0,
  latestStableVersion: 0,
  flexibleFrom: NEVER_FLEXIBLE,
  readRequest: readOffsetDeleteRequest,
  writeRequest: writeOffsetDeleteRequest,
  readResponse: readOffsetDeleteResponse,
  writeResponse: writeOffsetDeleteResponse,
})

// ---- DescribeGroups (15) ----

export interface DescribeGroupsRequest {
  readonly groups: readonly string[]
  readonly includeAuthorizedOperations: boolean
}
export interface DescribeGroupsRequestInput {
  readonly groups: readonly string[]
  readonly includeAuthorizedOperations?: boolean | undefined
}

function readDescribeGroupsRequest(reader: Reader, version: number): DescribeGroupsRequest {
  const flexible = version >= 5
  const groups = reader.strings(flexible)
  const includeAuthorizedOperations: boolean = version >= 3 ? reader.bool() : false
  if (flexible) reader.skipTags()
  return { groups, includeAuthorizedOperations }
}

function writeDescribeGroupsRequest(writer: Writer, message: DescribeGroupsRequestInput, version: number): void {
  const flexible = version >= 5
  writer.strings(message.groups, flexible)
  if (version >= 3) writer.bool(message.includeAuthorizedOperations ?? false)
  if (flexible) writer.uvarint(0)
}

export interface DescribeGroupsResponseMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly memberMetadata: Buffer
  readonly memberAssignment: Buffer
}
export interface DescribeGroupsResponseMemberInput {
  readonly memberId: string
  readonly groupInstanceId?: string | null | undefined
  readonly clientId: string
  readonly clientHost: string
  readonly memberMetadata: Buffer
  readonly memberAssignment: Buffer
}

function readDescribeGroupsResponseMember(reader: Reader, version: number): DescribeGroupsResponseMember {
  const flexible = version >= 5
  const memberId = reader.string(flexible)
  const groupInstanceId: string | null = version >= 4 ? reader.nullableString(flexible) : null
  const clientId = reader.string(flexible)
  const clientHost = reader.string(flexible)
  const memberMetadata = reader.bytes(flexible)
  const memberAssignment = reader.bytes(flexible)
  if (flexible) reader.skipTags()
  return { memberId, groupInstanceId, clientId, clientHost, memberMetadata, memberAssignment }
}

function writeDescribeGroupsResponseMember(writer: Writer, message: DescribeGroupsResponseMemberInput, version: number): void {
  const flexible = version >= 5
  writer.string(message.memberId, flexible)
  if (version >= 4) writer.nullableString(message.groupInstanceId ?? null, flexible)
  writer.string(message.clientId, flexible)
  writer.string(message.clientHost, flexible)
  writer.bytes(message.memberMetadata, flexible)
  writer.bytes(message.memberAssignment, flexible)
  if (flexible) writer.uvarint(0)
}

export interface DescribeGroupsResponseGroup {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly groupId: string
  readonly groupState: string
  readonly protocolType: string
  readonly protocolData: string
  readonly members: readonly DescribeGroupsResponseMember[]
  readonly authorizedOperations: number
}
export interface DescribeGroupsResponseGroupInput {
  readonly errorCode: number
  readonly errorMessage?: string | null | undefined
  readonly groupId: string
  readonly groupState: string
  readonly protocolType: string
  readonly protocolData: string
  readonly members: readonly DescribeGroupsResponseMemberInput[]
  readonly authorizedOperations?: number | undefined
}

function readDescribeGroupsResponseGroup(reader: Reader, version: number): DescribeGroupsResponseGroup {
  const flexible = version >= 5
  const errorCode = reader.int16()
  const errorMessage: string | null = version >= 6 ? reader.nullableString(flexible) : null
  const groupId = reader.string(flexible)
  const groupState = reader.string(flexible)
  const protocolType = reader.string(flexible)
  const protocolData = reader.string(flexible)
  const members: DescribeGroupsResponseMember[] = []
  let membersLeft = reader.arrayLength(flexible, 5)
  for (; membersLeft > 0; membersLeft--) members.push(readDescribeGroupsResponseMember(reader, version))
  const authorizedOperations: number = version >= 3 ? reader.int32() : -2147483648
  if (flexible) reader.skipTags()
  return { errorCode, errorMessage, groupId, groupState, protocolType, protocolData, members, authorizedOperations }
}

function writeDescribeGroupsResponseGroup(writer: Writer, message: DescribeGroupsResponseGroupInput, version: number): void {
  const flexible = version >= 5
  writer.int16(message.errorCode)
  if (version >= 6) writer.nullableString(message.errorMessage ?? null, flexible)
  writer.string(message.groupId, flexible)
  writer.string(message.groupState, flexible)
  writer.string(message.protocolType, flexible)
  writer.string(message.protocolData, flexible)
  writer.arrayLength(message.members.length, flexible)
  for (const item of message.members) writeDescribeGroupsResponseMember(writer, item, version)
  if (version >= 3) writer.int32(message.authorizedOperations ?? -2147483648)
  if (flexible) writer.uvarint(0)
}

export interface DescribeGroupsResponse {
  readonly throttleTimeMs: number
  readonly groups: readonly DescribeGroupsResponseGroup[]
}
export interface DescribeGroupsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly groups: readonly DescribeGroupsResponseGroupInput[]
}

function readDescribeGroupsResponse(reader: Reader, version: number): DescribeGroupsResponse {
  const flexible = version >= 5
  const throttleTimeMs: number = version >= 1 ? reader.int32() : 0
  const groups: DescribeGroupsResponseGroup[] = []
  let groupsLeft = reader.arrayLength(flexible, 7)
  for (; groupsLeft > 0; groupsLeft--) groups.push(readDescribeGroupsResponseGroup(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, groups }
}

function writeDescribeGroupsResponse(writer: Writer, message: DescribeGroupsResponseInput, version: number): void {
  const flexible = version >= 5
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.groups.length, flexible)
  for (const item of message.groups) writeDescribeGroupsResponseGroup(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const describeGroupsApi: Api<DescribeGroupsRequest, DescribeGroupsResponse, DescribeGroupsRequestInput, DescribeGroupsResponseInput> = defineApi({
  key: 15,
  name: 'DescribeGroups',
  minVersion: 0,
  maxVersion: 6,
  latestStableVersion: 6,
  flexibleFrom: 5,
  readRequest: readDescribeGroupsRequest,
  writeRequest: writeDescribeGroupsRequest,
  readResponse: readDescribeGroupsResponse,
  writeResponse: writeDescribeGroupsResponse,
})

// ---- ListGroups (16) ----

export interface ListGroupsRequest {
  readonly statesFilter: readonly string[]
  readonly typesFilter: readonly string[]
}
export interface ListGroupsRequestInput {
  readonly statesFilter?: readonly string[] | undefined
  readonly typesFilter?: readonly string[] | undefined
}

function readListGroupsRequest(reader: Reader, version: number): ListGroupsRequest {
  const flexible = version >= 3
  const statesFilter: readonly string[] = version >= 4 ? reader.strings(flexible) : []
  const typesFilter: readonly string[] = version >= 5 ? reader.strings(flexible) : []
  if (flexible) reader.skipTags()
  return { statesFilter, typesFilter }
}

function writeListGroupsRequest(writer: Writer, message: ListGroupsRequestInput, version: number): void {
  const flexible = version >= 3
  if (version >= 4) writer.strings(message.statesFilter ?? [], flexible)
  if (version >= 5) writer.strings(message.typesFilter ?? [], flexible)
  if (flexible) writer.uvarint(0)
}

export interface ListGroupsResponseGroup {
  readonly groupId: string
  readonly protocolType: string
  readonly groupState: string
  readonly groupType: string
}
export interface ListGroupsResponseGroupInput {
  readonly groupId: string
  readonly protocolType: string
  readonly groupState?: string | undefined
  readonly groupType?: string | undefined
}

function readListGroupsResponseGroup(reader: Reader, version: number): ListGroupsResponseGroup {
  const flexible = version >= 3
  const groupId = reader.string(flexible)
  const protocolType = reader.string(flexible)
  const groupState: string = version >= 4 ? reader.string(flexible) : ''
  const groupType: string = version >= 5 ? reader.string(flexible) : ''
  if (flexible) reader.skipTags()
  return { groupId, protocolType, groupState, groupType }
}

function writeListGroupsResponseGroup(writer: Writer, message: ListGroupsResponseGroupInput, version: number): void {
  const flexible = version >= 3
  writer.string(message.groupId, flexible)
  writer.string(message.protocolType, flexible)
  if (version >= 4) writer.string(message.groupState ?? '', flexible)
  if (version >= 5) writer.string(message.groupType ?? '', flexible)
  if (flexible) writer.uvarint(0)
}

export interface ListGroupsResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly groups: readonly ListGroupsResponseGroup[]
}
export interface ListGroupsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly groups: readonly ListGroupsResponseGroupInput[]
}

function readListGroupsResponse(reader: Reader, version: number): ListGroupsResponse {
  const flexible = version >= 3
  const throttleTimeMs: number = version >= 1 ? reader.int32() : 0
  const errorCode = reader.int16()
  const groups: ListGroupsResponseGroup[] = []
  let groupsLeft = reader.arrayLength(flexible, 2)
  for (; groupsLeft > 0; groupsLeft--) groups.push(readListGroupsResponseGroup(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode, groups }
}

function writeListGroupsResponse(writer: Writer, message: ListGroupsResponseInput, version: number): void {
  const flexible = version >= 3
  if (version >= 1) writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  writer.arrayLength(message.groups.length, flexible)
  for (const item of message.groups) writeListGroupsResponseGroup(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const listGroupsApi: Api<ListGroupsRequest, ListGroupsResponse, ListGroupsRequestInput, ListGroupsResponseInput> = defineApi({
  key: 16,
  name: 'ListGroups',
  minVersion: 0,
  maxVersion: 5,
  latestStableVersion: 5,
  flexibleFrom: 3,
  readRequest: readListGroupsRequest,
  writeRequest: writeListGroupsRequest,
  readResponse: readListGroupsResponse,
  writeResponse: writeListGroupsResponse,
})

// ---- DeleteGroups (42) ----

export interface DeleteGroupsRequest {
  readonly groupsNames: readonly string[]
}

function readDeleteGroupsRequest(reader: Reader, version: number): DeleteGroupsRequest {
  const flexible = version >= 2
  const groupsNames = reader.strings(flexible)
  if (flexible) reader.skipTags()
  return { groupsNames }
}

function writeDeleteGroupsRequest(writer: Writer, message: DeleteGroupsRequest, version: number): void {
  const flexible = version >= 2
  writer.strings(message.groupsNames, flexible)
  if (flexible) writer.uvarint(0)
}

export interface DeleteGroupsResponseResult {
  readonly groupId: string
  readonly errorCode: number
}

function readDeleteGroupsResponseResult(reader: Reader, version: number): DeleteGroupsResponseResult {
  const flexible = version >= 2
  const groupId = reader.string(flexible)
  const errorCode = reader.int16()
  if (flexible) reader.skipTags()
  return { groupId, errorCode }
}

function writeDeleteGroupsResponseResult(writer: Writer, message: DeleteGroupsResponseResult, version: number): void {
  const flexible = version >= 2
  writer.string(message.groupId, flexible)
  writer.int16(message.errorCode)
  if (flexible) writer.uvarint(0)
}

export interface DeleteGroupsResponse {
  readonly throttleTimeMs: number
  readonly results: readonly DeleteGroupsResponseResult[]
}
export interface DeleteGroupsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly results: readonly DeleteGroupsResponseResult[]
}

function readDeleteGroupsResponse(reader: Reader, version: number): DeleteGroupsResponse {
  const flexible = version >= 2
  const throttleTimeMs = reader.int32()
  const results: DeleteGroupsResponseResult[] = []
  let resultsLeft = reader.arrayLength(flexible, 3)
  for (; resultsLeft > 0; resultsLeft--) results.push(readDeleteGroupsResponseResult(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, results }
}

function writeDeleteGroupsResponse(writer: Writer, message: DeleteGroupsResponseInput, version: number): void {
  const flexible = version >= 2
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.results.length, flexible)
  for (const item of message.results) writeDeleteGroupsResponseResult(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const deleteGroupsApi: Api<DeleteGroupsRequest, DeleteGroupsResponse, DeleteGroupsRequest, DeleteGroupsResponseInput> = defineApi({
  key: 42,
  name: 'DeleteGroups',
  minVersion: 0,
  maxVersion: 2,
  latestStableVersion: 2,
  flexibleFrom: 2,
  readRequest: readDeleteGroupsRequest,
  writeRequest: writeDeleteGroupsRequest,
  readResponse: readDeleteGroupsResponse,
  writeResponse: writeDeleteGroupsResponse,
})
