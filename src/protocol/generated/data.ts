// Made by `npm run generate` from ../schema: change the table there.
import { type MessageFormat } from '../api.ts'
import { type Reader, ZERO_UUID } from '../reader.ts'
import { Writer } from '../writer.ts'

// ---- ConsumerProtocolSubscription ----

export interface ConsumerProtocolSubscriptionOwnedPartition {
  readonly topic: string
  readonly partitions: readonly number[]
}

function readConsumerProtocolSubscriptionOwnedPartition(reader: Reader, _version: number): ConsumerProtocolSubscriptionOwnedPartition {
  const topic = reader.string(false)
  const partitions = reader.int32s(false)
  return { topic, partitions }
}

function writeConsumerProtocolSubscriptionOwnedPartition(writer: Writer, message: ConsumerProtocolSubscriptionOwnedPartition, _version: number): void {
  writer.string(message.topic, false)
  writer.int32s(message.partitions, false)
}

export interface ConsumerProtocolSubscription {
  readonly topics: readonly string[]
  readonly userData: Buffer | null
  readonly ownedPartitions: readonly ConsumerProtocolSubscriptionOwnedPartition[]
  readonly generationId: number
  readonly rackId: string | null
}
export interface ConsumerProtocolSubscriptionInput {
  readonly topics: readonly string[]
  readonly userData?: Buffer | null | undefined
  readonly ownedPartitions?: readonly ConsumerProtocolSubscriptionOwnedPartition[] | undefined
  readonly generationId?: number | undefined
  readonly rackId?: string | null | undefined
}

function readConsumerProtocolSubscription(reader: Reader, version: number): ConsumerProtocolSubscription {
  const topics = reader.strings(false)
  const userData = reader.nullableBytes(false)
  let ownedPartitions: readonly ConsumerProtocolSubscriptionOwnedPartition[] = []
  if (version >= 1) {
    const items: ConsumerProtocolSubscriptionOwnedPartition[] = []
    let ownedPartitionsLeft = reader.arrayLength(false, 2)
    for (; ownedPartitionsLeft > 0; ownedPartitionsLeft--) items.push(readConsumerProtocolSubscriptionOwnedPartition(reader, version))
    ownedPartitions = items
  }
  const generationId: number = version >= 2 ? reader.int32() : -1
  const rackId: string | null = version >= 3 ? reader.nullableString(false) : null
  return { topics, userData, ownedPartitions, generationId, rackId }
}

function writeConsumerProtocolSubscription(writer: Writer, message: ConsumerProtocolSubscriptionInput, version: number): void {
  writer.strings(message.topics, false)
  writer.nullableBytes(message.userData ?? null, false)
  if (version >= 1) {
    const ownedPartitions = message.ownedPartitions ?? []
    writer.arrayLength(ownedPartitions.length, false)
    for (const item of ownedPartitions) writeConsumerProtocolSubscriptionOwnedPartition(writer, item, version)
  }
  if (version >= 2) writer.int32(message.generationId ?? -1)
  if (version >= 3) writer.nullableString(message.rackId ?? null, false)
}

export const consumerProtocolSubscriptionFormat: MessageFormat<ConsumerProtocolSubscription, ConsumerProtocolSubscriptionInput> = {
  name: 'ConsumerProtocolSubscription',
  minVersion: 0,
  maxVersion: 3,
  recordType: -1,
  read: readConsumerProtocolSubscription,
  write: writeConsumerProtocolSubscription,
}

// ---- ConsumerProtocolAssignment ----

export interface ConsumerProtocolAssignmentAssignedPartition {
  readonly topic: string
  readonly partitions: readonly number[]
}

function readConsumerProtocolAssignmentAssignedPartition(reader: Reader, _version: number): ConsumerProtocolAssignmentAssignedPartition {
  const topic = reader.string(false)
  const partitions = reader.int32s(false)
  return { topic, partitions }
}

function writeConsumerProtocolAssignmentAssignedPartition(writer: Writer, message: ConsumerProtocolAssignmentAssignedPartition, _version: number): void {
  writer.string(message.topic, false)
  writer.int32s(message.partitions, false)
}

export interface ConsumerProtocolAssignment {
  readonly assignedPartitions: readonly ConsumerProtocolAssignmentAssignedPartition[]
  readonly userData: Buffer | null
}
export interface ConsumerProtocolAssignmentInput {
  readonly assignedPartitions: readonly ConsumerProtocolAssignmentAssignedPartition[]
  readonly userData?: Buffer | null | undefined
}

function readConsumerProtocolAssignment(reader: Reader, version: number): ConsumerProtocolAssignment {
  const assignedPartitions: ConsumerProtocolAssignmentAssignedPartition[] = []
  let assignedPartitionsLeft = reader.arrayLength(false, 2)
  for (; assignedPartitionsLeft > 0; assignedPartitionsLeft--) assignedPartitions.push(readConsumerProtocolAssignmentAssignedPartition(reader, version))
  const userData = reader.nullableBytes(false)
  return { assignedPartitions, userData }
}

function writeConsumerProtocolAssignment(writer: Writer, message: ConsumerProtocolAssignmentInput, version: number): void {
  writer.arrayLength(message.assignedPartitions.length, false)
  for (const item of message.assignedPartitions) writeConsumerProtocolAssignmentAssignedPartition(writer, item, version)
  writer.nullableBytes(message.userData ?? null, false)
}

export const consumerProtocolAssignmentFormat: MessageFormat<ConsumerProtocolAssignment, ConsumerProtocolAssignmentInput> = {
  name: 'ConsumerProtocolAssignment',
  minVersion: 0,
  maxVersion: 3,
  recordType: -1,
  read: readConsumerProtocolAssignment,
  write: writeConsumerProtocolAssignment,
}

// ---- OffsetCommitKey ----

export interface OffsetCommitKey {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

function readOffsetCommitKey(reader: Reader, _version: number): OffsetCommitKey {
  const group = reader.string(false)
  const topic = reader.string(false)
  const partition = reader.int32()
  return { group, topic, partition }
}

function writeOffsetCommitKey(writer: Writer, message: OffsetCommitKey, _version: number): void {
  writer.string(message.group, false)
  writer.string(message.topic, false)
  writer.int32(message.partition)
}

export const offsetCommitKeyFormat: MessageFormat<OffsetCommitKey, OffsetCommitKey> = {
  name: 'OffsetCommitKey',
  minVersion: 0,
  maxVersion: 0,
  recordType: 1,
  read: readOffsetCommitKey,
  write: writeOffsetCommitKey,
}

// ---- OffsetCommitValue ----

export interface OffsetCommitValue {
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
  readonly commitTimestamp: number
  readonly expireTimestamp: number
  readonly topicId: string
}
export interface OffsetCommitValueInput {
  readonly offset: number
  readonly leaderEpoch?: number | undefined
  readonly metadata: string
  readonly commitTimestamp: number
  readonly expireTimestamp?: number | undefined
  readonly topicId?: string | undefined
}

function readOffsetCommitValue(reader: Reader, version: number): OffsetCommitValue {
  const flexible = version >= 4
  const offset = reader.int64()
  const leaderEpoch: number = version >= 3 ? reader.int32() : -1
  const metadata = reader.string(flexible)
  const commitTimestamp = reader.int64()
  const expireTimestamp: number = version === 1 ? reader.int64() : -1
  let topicId: string = ZERO_UUID
  if (flexible) {
    for (let tagsLeft = reader.uvarint(); tagsLeft > 0; tagsLeft--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd()
      if (tag === 0) topicId = reader.uuid()
      else reader.position = end
      reader.endTag(end)
    }
  }
  return { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp, topicId }
}

function writeOffsetCommitValue(writer: Writer, message: OffsetCommitValueInput, version: number): void {
  const flexible = version >= 4
  writer.int64(message.offset)
  if (version >= 3) writer.int32(message.leaderEpoch ?? -1)
  writer.string(message.metadata, flexible)
  writer.int64(message.commitTimestamp)
  if (version === 1) writer.int64(message.expireTimestamp ?? -1)
  if (flexible) {
    const hasTopicId = !((message.topicId ?? ZERO_UUID) === ZERO_UUID)
    writer.uvarint((hasTopicId ? 1 : 0))
    if (hasTopicId) {
      const content = new Writer()
      content.uuid(message.topicId ?? ZERO_UUID)
      writer.tag(0, content)
    }
  }
}

export const offsetCommitValueFormat: MessageFormat<OffsetCommitValue, OffsetCommitValueInput> = {
  name: 'OffsetCommitValue',
  minVersion: 0,
  maxVersion: 4,
  recordType: -1,
  read: readOffsetCommitValue,
  write: writeOffsetCommitValue,
}

// ---- GroupMetadataKey ----

export interface GroupMetadataKey {
  readonly group: string
}

function readGroupMetadataKey(reader: Reader, _version: number): GroupMetadataKey {
  const group = reader.string(false)
  return { group }
}

function writeGroupMetadataKey(writer: Writer, message: GroupMetadataKey, _version: number): void {
  writer.string(message.group, false)
}

export const groupMetadataKeyFormat: MessageFormat<GroupMetadataKey, GroupMetadataKey> = {
  name: 'GroupMetadataKey',
  minVersion: 0,
  maxVersion: 0,
  recordType: 2,
  read: readGroupMetadataKey,
  write: writeGroupMetadataKey,
}

// ---- GroupMetadataValue ----

export interface GroupMetadataValueMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeout: number
  readonly sessionTimeout: number
  readonly subscription: Buffer
  readonly assignment: Buffer
}
export interface GroupMetadataValueMemberInput {
  readonly memberId: string
  readonly groupInstanceId?: string | null | undefined
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeout?: number | undefined
  readonly sessionTimeout: number
  readonly subscription: Buffer
  readonly assignment: Buffer
}

function readGroupMetadataValueMember(reader: Reader, version: number): GroupMetadataValueMember {
  const flexible = version >= 4
  const memberId = reader.string(flexible)
  const groupInstanceId: string | null = version >= 3 ? reader.nullableString(flexible) : null
  const clientId = reader.string(flexible)
  const clientHost = reader.string(flexible)
  const rebalanceTimeout: number = version >= 1 ? reader.int32() : -1
  const sessionTimeout = reader.int32()
  const subscription = reader.bytes(flexible)
  const assignment = reader.bytes(flexible)
  if (flexible) reader.skipTags()
  return { memberId, groupInstanceId, clientId, clientHost, rebalanceTimeout, sessionTimeout, subscription, assignment }
}

function writeGroupMetadataValueMember(writer: Writer, message: GroupMetadataValueMemberInput, version: number): void {
  const flexible = version >= 4
  writer.string(message.memberId, flexible)
  if (version >= 3) writer.nullableString(message.groupInstanceId ?? null, flexible)
  writer.string(message.clientId, flexible)
  writer.string(message.clientHost, flexible)
  if (version >= 1) writer.int32(message.rebalanceTimeout ?? -1)
  writer.int32(message.sessionTimeout)
  writer.bytes(message.subscription, flexible)
  writer.bytes(message.assignment, flexible)
  if (flexible) writer.uvarint(0)
}

export interface GroupMetadataValue {
  readonly protocolType: string
  readonly generation: number
  readonly protocol: string | null
  readonly leader: string | null
  readonly currentStateTimestamp: number
  readonly members: readonly GroupMetadataValueMember[]
}
export interface GroupMetadataValueInput {
  readonly protocolType: string
  readonly generation: number
  readonly protocol: string | null
  readonly leader: string | null
  readonly currentStateTimestamp?: number | undefined
  readonly members: readonly GroupMetadataValueMemberInput[]
}

function readGroupMetadataValue(reader: Reader, version: number): GroupMetadataValue {
  const flexible = version >= 4
  const protocolType = reader.string(flexible)
  const generation = reader.int32()
  const protocol = reader.nullableString(flexible)
  const leader = reader.nullableString(flexible)
  const currentStateTimestamp: number = version >= 2 ? reader.int64() : -1
  const members: GroupMetadataValueMember[] = []
  let membersLeft = reader.arrayLength(flexible, 9)
  for (; membersLeft > 0; membersLeft--) members.push(readGroupMetadataValueMember(reader, version))
  if (flexible) reader.skipTags()
  return { protocolType, generation, protocol, leader, currentStateTimestamp, members }
}

function writeGroupMetadataValue(writer: Writer, message: GroupMetadataValueInput, version: number): void {
  const flexible = version >= 4
  writer.string(message.protocolType, flexible)
  writer.int32(message.generation)
  writer.nullableString(message.protocol, flexible)
  writer.nullableString(message.leader, flexible)
  if (version >= 2) writer.int64(message.currentStateTimestamp ?? -1)
  writer.arrayLength(message.members.length, flexible)
  for (const item of message.members) writeGroupMetadataValueMember(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const groupMetadataValueFormat: MessageFormat<GroupMetadataValue, GroupMetadataValueInput> = {
  name: 'GroupMetadataValue',
  minVersion: 0,
  maxVersion: 4,
  recordType: -1,
  read: readGroupMetadataValue,
  write: writeGroupMetadataValue,
}

// ---- TransactionLogKey ----

export interface TransactionLogKey {
  readonly transactionalId: string
}

function readTransactionLogKey(reader: Reader, _version: number): TransactionLogKey {
  const transactionalId = reader.string(false)
  return { transactionalId }
}

function writeTransactionLogKey(writer: Writer, message: TransactionLogKey, _version: number): void {
  writer.string(message.transactionalId, false)
}

export const transactionLogKeyFormat: MessageFormat<TransactionLogKey, TransactionLogKey> = {
  name: 'TransactionLogKey',
  minVersion: 0,
  maxVersion: 0,
  recordType: 0,
  read: readTransactionLogKey,
  write: writeTransactionLogKey,
}

// ---- TransactionLogValue ----

export interface TransactionLogValueTransactionPartition {
  readonly topic: string
  readonly partitionIds: readonly number[]
}

function readTransactionLogValueTransactionPartition(reader: Reader, version: number): TransactionLogValueTransactionPartition {
  const flexible = version >= 1
  const topic = reader.string(flexible)
  const partitionIds = reader.int32s(flexible)
  if (flexible) reader.skipTags()
  return { topic, partitionIds }
}

function writeTransactionLogValueTransactionPartition(writer: Writer, message: TransactionLogValueTransactionPartition, version: number): void {
  const flexible = version >= 1
  writer.string(message.topic, flexible)
  writer.int32s(message.partitionIds, flexible)
  if (flexible) writer.uvarint(0)
}

export interface TransactionLogValue {
  readonly producerId: number
  readonly previousProducerId: number
  readonly nextProducerId: number
  readonly producerEpoch: number
  readonly nextProducerEpoch: number
  readonly transactionTimeoutMs: number
  readonly transactionStatus: number
  readonly transactionPartitions: readonly TransactionLogValueTransactionPartition[] | null
  readonly transactionLastUpdateTimestampMs: number
  readonly transactionStartTimestampMs: number
  readonly clientTransactionVersion: number
}
export interface TransactionLogValueInput {
  readonly producerId: number
  readonly previousProducerId?: number | undefined
  readonly nextProducerId?: number | undefined
  readonly producerEpoch: number
  readonly nextProducerEpoch?: number | undefined
  readonly transactionTimeoutMs: number
  readonly transactionStatus: number
  readonly transactionPartitions: readonly TransactionLogValueTransactionPartition[] | null
  readonly transactionLastUpdateTimestampMs: number
  readonly transactionStartTimestampMs: number
  readonly clientTransactionVersion?: number | undefined
}

function readTransactionLogValue(reader: Reader, version: number): TransactionLogValue {
  const flexible = version >= 1
  const producerId = reader.int64()
  let previousProducerId: number = -1
  let nextProducerId: number = -1
  const producerEpoch = reader.int16()
  let nextProducerEpoch: number = -1
  const transactionTimeoutMs = reader.int32()
  const transactionStatus = reader.int8()
  let transactionPartitions: readonly TransactionLogValueTransactionPartition[] | null = null
  let transactionPartitionsLeft = reader.nullableArrayLength(flexible, 2)
  if (transactionPartitionsLeft < 0) transactionPartitions = null
  else {
    const items: TransactionLogValueTransactionPartition[] = []
    for (; transactionPartitionsLeft > 0; transactionPartitionsLeft--) items.push(readTransactionLogValueTransactionPartition(reader, version))
    transactionPartitions = items
  }
  const transactionLastUpdateTimestampMs = reader.int64()
  const transactionStartTimestampMs = reader.int64()
  let clientTransactionVersion: number = 0
  if (flexible) {
    for (let tagsLeft = reader.uvarint(); tagsLeft > 0; tagsLeft--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd()
      if (tag === 0) previousProducerId = reader.int64()
      else if (tag === 1) nextProducerId = reader.int64()
      else if (tag === 3) nextProducerEpoch = reader.int16()
      else if (tag === 2) clientTransactionVersion = reader.int16()
      else reader.position = end
      reader.endTag(end)
    }
  }
  return { producerId, previousProducerId, nextProducerId, producerEpoch, nextProducerEpoch, transactionTimeoutMs, transactionStatus, transactionPartitions, transactionLastUpdateTimestampMs, transactionStartTimestampMs, clientTransactionVersion }
}

function writeTransactionLogValue(writer: Writer, message: TransactionLogValueInput, version: number): void {
  const flexible = version >= 1
  writer.int64(message.producerId)
  writer.int16(message.producerEpoch)
  writer.int32(message.transactionTimeoutMs)
  writer.int8(message.transactionStatus)
  writer.arrayLength(message.transactionPartitions === null ? -1 : message.transactionPartitions.length, flexible)
  if (message.transactionPartitions !== null) for (const item of message.transactionPartitions) writeTransactionLogValueTransactionPartition(writer, item, version)
  writer.int64(message.transactionLastUpdateTimestampMs)
  writer.int64(message.transactionStartTimestampMs)
  if (flexible) {
    const hasPreviousProducerId = !((message.previousProducerId ?? -1) === -1)
    const hasNextProducerId = !((message.nextProducerId ?? -1) === -1)
    const hasClientTransactionVersion = !((message.clientTransactionVersion ?? 0) === 0)
    const hasNextProducerEpoch = !((message.nextProducerEpoch ?? -1) === -1)
    writer.uvarint((hasPreviousProducerId ? 1 : 0) + (hasNextProducerId ? 1 : 0) + (hasClientTransactionVersion ? 1 : 0) + (hasNextProducerEpoch ? 1 : 0))
    if (hasPreviousProducerId) {
      const content = new Writer()
      content.int64(message.previousProducerId ?? -1)
      writer.tag(0, content)
    }
    if (hasNextProducerId) {
      const content = new Writer()
      content.int64(message.nextProducerId ?? -1)
      writer.tag(1, content)
    }
    if (hasClientTransactionVersion) {
      const content = new Writer()
      content.int16(message.clientTransactionVersion ?? 0)
      writer.tag(2, content)
    }
    if (hasNextProducerEpoch) {
      const content = new Writer()
      content.int16(message.nextProducerEpoch ?? -1)
      writer.tag(3, content)
    }
  }
}

export const transactionLogValueFormat: MessageFormat<TransactionLogValue, TransactionLogValueInput> = {
  name: 'TransactionLogValue',
  minVersion: 0,
  maxVersion: 1,
  recordType: -1,
  read: readTransactionLogValue,
  write: writeTransactionLogValue,
}

// ---- EndTxnMarker ----

export interface EndTxnMarker {
  readonly coordinatorEpoch: number
}

function readEndTxnMarker(reader: Reader, _version: number): EndTxnMarker {
  const coordinatorEpoch = reader.int32()
  return { coordinatorEpoch }
}

function writeEndTxnMarker(writer: Writer, message: EndTxnMarker, _version: number): void {
  writer.int32(message.coordinatorEpoch)
}

export const endTxnMarkerFormat: MessageFormat<EndTxnMarker, EndTxnMarker> = {
  name: 'EndTxnMarker',
  minVersion: 0,
  maxVersion: 0,
  recordType: -1,
  read: readEndTxnMarker,
  write: writeEndTxnMarker,
}

// ---- ControlRecordTypeSchema ----

export interface ControlRecordTypeSchema {
  readonly type: number
}

function readControlRecordTypeSchema(reader: Reader, _version: number): ControlRecordTypeSchema {
  const type = reader.int16()
  return { type }
}

function writeControlRecordTypeSchema(writer: Writer, message: ControlRecordTypeSchema, _version: number): void {
  writer.int16(message.type)
}

export const controlRecordTypeSchemaFormat: MessageFormat<ControlRecordTypeSchema, ControlRecordTypeSchema> = {
  name: 'ControlRecordTypeSchema',
  minVersion: 0,
  maxVersion: 0,
  recordType: -1,
  read: readControlRecordTypeSchema,
  write: writeControlRecordTypeSchema,
}
