// Made by `npm run generate` from ../schema: change the table there.
import { type Api, defineApi } from '../api.ts'
import { type Reader } from '../reader.ts'
import { type Writer } from '../writer.ts'

// ---- InitProducerId (22) ----

export interface InitProducerIdRequest {
  readonly transactionalId: string | null
  readonly transactionTimeoutMs: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly enable2Pc: boolean
  readonly keepPreparedTxn: boolean
}
export interface InitProducerIdRequestInput {
  readonly transactionalId: string | null
  readonly transactionTimeoutMs: number
  readonly producerId?: number | undefined
  readonly producerEpoch?: number | undefined
  readonly enable2Pc?: boolean | undefined
  readonly keepPreparedTxn?: boolean | undefined
}

function readInitProducerIdRequest(reader: Reader, version: number): InitProducerIdRequest {
  const flexible = version >= 2
  const transactionalId = reader.nullableString(flexible)
  const transactionTimeoutMs = reader.int32()
  const producerId: number = version >= 3 ? reader.int64() : -1
  const producerEpoch: number = version >= 3 ? reader.int16() : -1
  const enable2Pc: boolean = version >= 6 ? reader.bool() : false
  const keepPreparedTxn: boolean = version >= 6 ? reader.bool() : false
  if (flexible) reader.skipTags()
  return { transactionalId, transactionTimeoutMs, producerId, producerEpoch, enable2Pc, keepPreparedTxn }
}

function writeInitProducerIdRequest(writer: Writer, message: InitProducerIdRequestInput, version: number): void {
  const flexible = version >= 2
  writer.nullableString(message.transactionalId, flexible)
  writer.int32(message.transactionTimeoutMs)
  if (version >= 3) writer.int64(message.producerId ?? -1)
  if (version >= 3) writer.int16(message.producerEpoch ?? -1)
  if (version >= 6) writer.bool(message.enable2Pc ?? false)
  if (version >= 6) writer.bool(message.keepPreparedTxn ?? false)
  if (flexible) writer.uvarint(0)
}

export interface InitProducerIdResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly ongoingTxnProducerId: number
  readonly ongoingTxnProducerEpoch: number
}
export interface InitProducerIdResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly producerId?: number | undefined
  readonly producerEpoch: number
  readonly ongoingTxnProducerId?: number | undefined
  readonly ongoingTxnProducerEpoch?: number | undefined
}

function readInitProducerIdResponse(reader: Reader, version: number): InitProducerIdResponse {
  const flexible = version >= 2
  const throttleTimeMs = reader.int32()
  const errorCode = reader.int16()
  const producerId = reader.int64()
  const producerEpoch = reader.int16()
  const ongoingTxnProducerId: number = version >= 6 ? reader.int64() : -1
  const ongoingTxnProducerEpoch: number = version >= 6 ? reader.int16() : -1
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode, producerId, producerEpoch, ongoingTxnProducerId, ongoingTxnProducerEpoch }
}

function writeInitProducerIdResponse(writer: Writer, message: InitProducerIdResponseInput, version: number): void {
  const flexible = version >= 2
  writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  writer.int64(message.producerId ?? -1)
  writer.int16(message.producerEpoch)
  if (version >= 6) writer.int64(message.ongoingTxnProducerId ?? -1)
  if (version >= 6) writer.int16(message.ongoingTxnProducerEpoch ?? -1)
  if (flexible) writer.uvarint(0)
}

export const initProducerIdApi: Api<InitProducerIdRequest, InitProducerIdResponse, InitProducerIdRequestInput, InitProducerIdResponseInput> = defineApi({
  key: 22,
  name: 'InitProducerId',
  minVersion: 0,
  maxVersion: 6,
  latestStableVersion: 5,
  flexibleFrom: 2,
  readRequest: readInitProducerIdRequest,
  writeRequest: writeInitProducerIdRequest,
  readResponse: readInitProducerIdResponse,
  writeResponse: writeInitProducerIdResponse,
})

// ---- AddPartitionsToTxn (24) ----

export interface AddPartitionsToTxnRequestTopic {
  readonly name: string
  readonly partitions: readonly number[]
}

function readAddPartitionsToTxnRequestTopic(reader: Reader, version: number): AddPartitionsToTxnRequestTopic {
  const flexible = version >= 3
  const name = reader.string(flexible)
  const partitions = reader.int32s(flexible)
  if (flexible) reader.skipTags()
  return { name, partitions }
}

function writeAddPartitionsToTxnRequestTopic(writer: Writer, message: AddPartitionsToTxnRequestTopic, version: number): void {
  const flexible = version >= 3
  writer.string(message.name, flexible)
  writer.int32s(message.partitions, flexible)
  if (flexible) writer.uvarint(0)
}

export interface AddPartitionsToTxnRequestTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly verifyOnly: boolean
  readonly topics: readonly AddPartitionsToTxnRequestTopic[]
}

function readAddPartitionsToTxnRequestTransaction(reader: Reader, version: number): AddPartitionsToTxnRequestTransaction {
  const flexible = version >= 3
  const transactionalId = reader.string(flexible)
  const producerId = reader.int64()
  const producerEpoch = reader.int16()
  const verifyOnly = reader.bool()
  const topics: AddPartitionsToTxnRequestTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readAddPartitionsToTxnRequestTopic(reader, version))
  if (flexible) reader.skipTags()
  return { transactionalId, producerId, producerEpoch, verifyOnly, topics }
}

function writeAddPartitionsToTxnRequestTransaction(writer: Writer, message: AddPartitionsToTxnRequestTransaction, version: number): void {
  const flexible = version >= 3
  writer.string(message.transactionalId, flexible)
  writer.int64(message.producerId)
  writer.int16(message.producerEpoch)
  writer.bool(message.verifyOnly)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeAddPartitionsToTxnRequestTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface AddPartitionsToTxnRequest {
  readonly transactions: readonly AddPartitionsToTxnRequestTransaction[]
  readonly v3AndBelowTransactionalId: string
  readonly v3AndBelowProducerId: number
  readonly v3AndBelowProducerEpoch: number
  readonly v3AndBelowTopics: readonly AddPartitionsToTxnRequestTopic[]
}
export interface AddPartitionsToTxnRequestInput {
  readonly transactions?: readonly AddPartitionsToTxnRequestTransaction[] | undefined
  readonly v3AndBelowTransactionalId?: string | undefined
  readonly v3AndBelowProducerId?: number | undefined
  readonly v3AndBelowProducerEpoch?: number | undefined
  readonly v3AndBelowTopics?: readonly AddPartitionsToTxnRequestTopic[] | undefined
}

function readAddPartitionsToTxnRequest(reader: Reader, version: number): AddPartitionsToTxnRequest {
  const flexible = version >= 3
  let transactions: readonly AddPartitionsToTxnRequestTransaction[] = []
  if (version >= 4) {
    const items: AddPartitionsToTxnRequestTransaction[] = []
    let transactionsLeft = reader.arrayLength(flexible, 13)
    for (; transactionsLeft > 0; transactionsLeft--) items.push(readAddPartitionsToTxnRequestTransaction(reader, version))
    transactions = items
  }
  const v3AndBelowTransactionalId: string = version <= 3 ? reader.string(flexible) : ''
  const v3AndBelowProducerId: number = version <= 3 ? reader.int64() : 0
  const v3AndBelowProducerEpoch: number = version <= 3 ? reader.int16() : 0
  let v3AndBelowTopics: readonly AddPartitionsToTxnRequestTopic[] = []
  if (version <= 3) {
    const items: AddPartitionsToTxnRequestTopic[] = []
    let v3AndBelowTopicsLeft = reader.arrayLength(flexible, 2)
    for (; v3AndBelowTopicsLeft > 0; v3AndBelowTopicsLeft--) items.push(readAddPartitionsToTxnRequestTopic(reader, version))
    v3AndBelowTopics = items
  }
  if (flexible) reader.skipTags()
  return { transactions, v3AndBelowTransactionalId, v3AndBelowProducerId, v3AndBelowProducerEpoch, v3AndBelowTopics }
}

function writeAddPartitionsToTxnRequest(writer: Writer, message: AddPartitionsToTxnRequestInput, version: number): void {
  const flexible = version >= 3
  if (version >= 4) {
    const transactions = message.transactions ?? []
    writer.arrayLength(transactions.length, flexible)
    for (const item of transactions) writeAddPartitionsToTxnRequestTransaction(writer, item, version)
  }
  if (version <= 3) writer.string(message.v3AndBelowTransactionalId ?? '', flexible)
  if (version <= 3) writer.int64(message.v3AndBelowProducerId ?? 0)
  if (version <= 3) writer.int16(message.v3AndBelowProducerEpoch ?? 0)
  if (version <= 3) {
    const v3AndBelowTopics = message.v3AndBelowTopics ?? []
    writer.arrayLength(v3AndBelowTopics.length, flexible)
    for (const item of v3AndBelowTopics) writeAddPartitionsToTxnRequestTopic(writer, item, version)
  }
  if (flexible) writer.uvarint(0)
}

export interface AddPartitionsToTxnResponsePartition {
  readonly partitionIndex: number
  readonly partitionErrorCode: number
}

function readAddPartitionsToTxnResponsePartition(reader: Reader, version: number): AddPartitionsToTxnResponsePartition {
  const flexible = version >= 3
  const partitionIndex = reader.int32()
  const partitionErrorCode = reader.int16()
  if (flexible) reader.skipTags()
  return { partitionIndex, partitionErrorCode }
}

function writeAddPartitionsToTxnResponsePartition(writer: Writer, message: AddPartitionsToTxnResponsePartition, version: number): void {
  const flexible = version >= 3
  writer.int32(message.partitionIndex)
  writer.int16(message.partitionErrorCode)
  if (flexible) writer.uvarint(0)
}

export interface AddPartitionsToTxnResponseTopic {
  readonly name: string
  readonly resultsByPartition: readonly AddPartitionsToTxnResponsePartition[]
}

function readAddPartitionsToTxnResponseTopic(reader: Reader, version: number): AddPartitionsToTxnResponseTopic {
  const flexible = version >= 3
  const name = reader.string(flexible)
  const resultsByPartition: AddPartitionsToTxnResponsePartition[] = []
  let resultsByPartitionLeft = reader.arrayLength(flexible, 6)
  for (; resultsByPartitionLeft > 0; resultsByPartitionLeft--) resultsByPartition.push(readAddPartitionsToTxnResponsePartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, resultsByPartition }
}

function writeAddPartitionsToTxnResponseTopic(writer: Writer, message: AddPartitionsToTxnResponseTopic, version: number): void {
  const flexible = version >= 3
  writer.string(message.name, flexible)
  writer.arrayLength(message.resultsByPartition.length, flexible)
  for (const item of message.resultsByPartition) writeAddPartitionsToTxnResponsePartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface AddPartitionsToTxnResponseTransaction {
  readonly transactionalId: string
  readonly topicResults: readonly AddPartitionsToTxnResponseTopic[]
}

function readAddPartitionsToTxnResponseTransaction(reader: Reader, version: number): AddPartitionsToTxnResponseTransaction {
  const flexible = version >= 3
  const transactionalId = reader.string(flexible)
  const topicResults: AddPartitionsToTxnResponseTopic[] = []
  let topicResultsLeft = reader.arrayLength(flexible, 2)
  for (; topicResultsLeft > 0; topicResultsLeft--) topicResults.push(readAddPartitionsToTxnResponseTopic(reader, version))
  if (flexible) reader.skipTags()
  return { transactionalId, topicResults }
}

function writeAddPartitionsToTxnResponseTransaction(writer: Writer, message: AddPartitionsToTxnResponseTransaction, version: number): void {
  const flexible = version >= 3
  writer.string(message.transactionalId, flexible)
  writer.arrayLength(message.topicResults.length, flexible)
  for (const item of message.topicResults) writeAddPartitionsToTxnResponseTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface AddPartitionsToTxnResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly resultsByTransaction: readonly AddPartitionsToTxnResponseTransaction[]
  readonly resultsByTopicV3AndBelow: readonly AddPartitionsToTxnResponseTopic[]
}
export interface AddPartitionsToTxnResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode?: number | undefined
  readonly resultsByTransaction?: readonly AddPartitionsToTxnResponseTransaction[] | undefined
  readonly resultsByTopicV3AndBelow?: readonly AddPartitionsToTxnResponseTopic[] | undefined
}

function readAddPartitionsToTxnResponse(reader: Reader, version: number): AddPartitionsToTxnResponse {
  const flexible = version >= 3
  const throttleTimeMs = reader.int32()
  const errorCode: number = version >= 4 ? reader.int16() : 0
  let resultsByTransaction: readonly AddPartitionsToTxnResponseTransaction[] = []
  if (version >= 4) {
    const items: AddPartitionsToTxnResponseTransaction[] = []
    let resultsByTransactionLeft = reader.arrayLength(flexible, 2)
    for (; resultsByTransactionLeft > 0; resultsByTransactionLeft--) items.push(readAddPartitionsToTxnResponseTransaction(reader, version))
    resultsByTransaction = items
  }
  let resultsByTopicV3AndBelow: readonly AddPartitionsToTxnResponseTopic[] = []
  if (version <= 3) {
    const items: AddPartitionsToTxnResponseTopic[] = []
    let resultsByTopicV3AndBelowLeft = reader.arrayLength(flexible, 2)
    for (; resultsByTopicV3AndBelowLeft > 0; resultsByTopicV3AndBelowLeft--) items.push(readAddPartitionsToTxnResponseTopic(reader, version))
    resultsByTopicV3AndBelow = items
  }
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode, resultsByTransaction, resultsByTopicV3AndBelow }
}

function writeAddPartitionsToTxnResponse(writer: Writer, message: AddPartitionsToTxnResponseInput, version: number): void {
  const flexible = version >= 3
  writer.int32(message.throttleTimeMs ?? 0)
  if (version >= 4) writer.int16(message.errorCode ?? 0)
  if (version >= 4) {
    const resultsByTransaction = message.resultsByTransaction ?? []
    writer.arrayLength(resultsByTransaction.length, flexible)
    for (const item of resultsByTransaction) writeAddPartitionsToTxnResponseTransaction(writer, item, version)
  }
  if (version <= 3) {
    const resultsByTopicV3AndBelow = message.resultsByTopicV3AndBelow ?? []
    writer.arrayLength(resultsByTopicV3AndBelow.length, flexible)
    for (const item of resultsByTopicV3AndBelow) writeAddPartitionsToTxnResponseTopic(writer, item, version)
  }
  if (flexible) writer.uvarint(0)
}

export const addPartitionsToTxnApi: Api<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, AddPartitionsToTxnRequestInput, AddPartitionsToTxnResponseInput> = defineApi({
  key: 24,
  name: 'AddPartitionsToTxn',
  minVersion: 0,
  maxVersion: 5,
  latestStableVersion: 5,
  flexibleFrom: 3,
  readRequest: readAddPartitionsToTxnRequest,
  writeRequest: writeAddPartitionsToTxnRequest,
  readResponse: readAddPartitionsToTxnResponse,
  writeResponse: writeAddPartitionsToTxnResponse,
})

// ---- AddOffsetsToTxn (25) ----

export interface AddOffsetsToTxnRequest {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly groupId: string
}

function readAddOffsetsToTxnRequest(reader: Reader, version: number): AddOffsetsToTxnRequest {
  const flexible = version >= 3
  const transactionalId = reader.string(flexible)
  const producerId = reader.int64()
  const producerEpoch = reader.int16()
  const groupId = reader.string(flexible)
  if (flexible) reader.skipTags()
  return { transactionalId, producerId, producerEpoch, groupId }
}

function writeAddOffsetsToTxnRequest(writer: Writer, message: AddOffsetsToTxnRequest, version: number): void {
  const flexible = version >= 3
  writer.string(message.transactionalId, flexible)
  writer.int64(message.producerId)
  writer.int16(message.producerEpoch)
  writer.string(message.groupId, flexible)
  if (flexible) writer.uvarint(0)
}

export interface AddOffsetsToTxnResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
}
export interface AddOffsetsToTxnResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
}

function readAddOffsetsToTxnResponse(reader: Reader, version: number): AddOffsetsToTxnResponse {
  const flexible = version >= 3
  const throttleTimeMs = reader.int32()
  const errorCode = reader.int16()
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode }
}

function writeAddOffsetsToTxnResponse(writer: Writer, message: AddOffsetsToTxnResponseInput, version: number): void {
  const flexible = version >= 3
  writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  if (flexible) writer.uvarint(0)
}

export const addOffsetsToTxnApi: Api<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, AddOffsetsToTxnRequest, AddOffsetsToTxnResponseInput> = defineApi({
  key: 25,
  name: 'AddOffsetsToTxn',
  minVersion: 0,
  maxVersion: 4,
  latestStableVersion: 4,
  flexibleFrom: 3,
  readRequest: readAddOffsetsToTxnRequest,
  writeRequest: writeAddOffsetsToTxnRequest,
  readResponse: readAddOffsetsToTxnResponse,
  writeResponse: writeAddOffsetsToTxnResponse,
})

// ---- TxnOffsetCommit (28) ----

export interface TxnOffsetCommitRequestPartition {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string | null
}
export interface TxnOffsetCommitRequestPartitionInput {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch?: number | undefined
  readonly committedMetadata: string | null
}

function readTxnOffsetCommitRequestPartition(reader: Reader, version: number): TxnOffsetCommitRequestPartition {
  const flexible = version >= 3
  const partitionIndex = reader.int32()
  const committedOffset = reader.int64()
  const committedLeaderEpoch: number = version >= 2 ? reader.int32() : -1
  const committedMetadata = reader.nullableString(flexible)
  if (flexible) reader.skipTags()
  return { partitionIndex, committedOffset, committedLeaderEpoch, committedMetadata }
}

function writeTxnOffsetCommitRequestPartition(writer: Writer, message: TxnOffsetCommitRequestPartitionInput, version: number): void {
  const flexible = version >= 3
  writer.int32(message.partitionIndex)
  writer.int64(message.committedOffset)
  if (version >= 2) writer.int32(message.committedLeaderEpoch ?? -1)
  writer.nullableString(message.committedMetadata, flexible)
  if (flexible) writer.uvarint(0)
}

export interface TxnOffsetCommitRequestTopic {
  readonly name: string
  readonly partitions: readonly TxnOffsetCommitRequestPartition[]
}
export interface TxnOffsetCommitRequestTopicInput {
  readonly name: string
  readonly partitions: readonly TxnOffsetCommitRequestPartitionInput[]
}

function readTxnOffsetCommitRequestTopic(reader: Reader, version: number): TxnOffsetCommitRequestTopic {
  const flexible = version >= 3
  const name = reader.string(flexible)
  const partitions: TxnOffsetCommitRequestPartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 13)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readTxnOffsetCommitRequestPartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, partitions }
}

function writeTxnOffsetCommitRequestTopic(writer: Writer, message: TxnOffsetCommitRequestTopicInput, version: number): void {
  const flexible = version >= 3
  writer.string(message.name, flexible)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeTxnOffsetCommitRequestPartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface TxnOffsetCommitRequest {
  readonly transactionalId: string
  readonly groupId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly topics: readonly TxnOffsetCommitRequestTopic[]
}
export interface TxnOffsetCommitRequestInput {
  readonly transactionalId: string
  readonly groupId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly generationId?: number | undefined
  readonly memberId?: string | undefined
  readonly groupInstanceId?: string | null | undefined
  readonly topics: readonly TxnOffsetCommitRequestTopicInput[]
}

function readTxnOffsetCommitRequest(reader: Reader, version: number): TxnOffsetCommitRequest {
  const flexible = version >= 3
  const transactionalId = reader.string(flexible)
  const groupId = reader.string(flexible)
  const producerId = reader.int64()
  const producerEpoch = reader.int16()
  const generationId: number = version >= 3 ? reader.int32() : -1
  const memberId: string = version >= 3 ? reader.string(flexible) : ''
  const groupInstanceId: string | null = version >= 3 ? reader.nullableString(flexible) : null
  const topics: TxnOffsetCommitRequestTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readTxnOffsetCommitRequestTopic(reader, version))
  if (flexible) reader.skipTags()
  return { transactionalId, groupId, producerId, producerEpoch, generationId, memberId, groupInstanceId, topics }
}

function writeTxnOffsetCommitRequest(writer: Writer, message: TxnOffsetCommitRequestInput, version: number): void {
  const flexible = version >= 3
  writer.string(message.transactionalId, flexible)
  writer.string(message.groupId, flexible)
  writer.int64(message.producerId)
  writer.int16(message.producerEpoch)
  if (version >= 3) writer.int32(message.generationId ?? -1)
  if (version >= 3) writer.string(message.memberId ?? '', flexible)
  if (version >= 3) writer.nullableString(message.groupInstanceId ?? null, flexible)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeTxnOffsetCommitRequestTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface TxnOffsetCommitResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
}

function readTxnOffsetCommitResponsePartition(reader: Reader, version: number): TxnOffsetCommitResponsePartition {
  const flexible = version >= 3
  const partitionIndex = reader.int32()
  const errorCode = reader.int16()
  if (flexible) reader.skipTags()
  return { partitionIndex, errorCode }
}

function writeTxnOffsetCommitResponsePartition(writer: Writer, message: TxnOffsetCommitResponsePartition, version: number): void {
  const flexible = version >= 3
  writer.int32(message.partitionIndex)
  writer.int16(message.errorCode)
  if (flexible) writer.uvarint(0)
}

export interface TxnOffsetCommitResponseTopic {
  readonly name: string
  readonly partitions: readonly TxnOffsetCommitResponsePartition[]
}

function readTxnOffsetCommitResponseTopic(reader: Reader, version: number): TxnOffsetCommitResponseTopic {
  const flexible = version >= 3
  const name = reader.string(flexible)
  const partitions: TxnOffsetCommitResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 6)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readTxnOffsetCommitResponsePartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, partitions }
}

function writeTxnOffsetCommitResponseTopic(writer: Writer, message: TxnOffsetCommitResponseTopic, version: number): void {
  const flexible = version >= 3
  writer.string(message.name, flexible)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeTxnOffsetCommitResponsePartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface TxnOffsetCommitResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly TxnOffsetCommitResponseTopic[]
}
export interface TxnOffsetCommitResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly TxnOffsetCommitResponseTopic[]
}

function readTxnOffsetCommitResponse(reader: Reader, version: number): TxnOffsetCommitResponse {
  const flexible = version >= 3
  const throttleTimeMs = reader.int32()
  const topics: TxnOffsetCommitResponseTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readTxnOffsetCommitResponseTopic(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, topics }
}

function writeTxnOffsetCommitResponse(writer: Writer, message: TxnOffsetCommitResponseInput, version: number): void {
  const flexible = version >= 3
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeTxnOffsetCommitResponseTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const txnOffsetCommitApi: Api<TxnOffsetCommitRequest, TxnOffsetCommitResponse, TxnOffsetCommitRequestInput, TxnOffsetCommitResponseInput> = defineApi({
  key: 28,
  name: 'TxnOffsetCommit',
  minVersion: 0,
  maxVersion: 5,
  latestStableVersion: 5,
  flexibleFrom: 3,
  readRequest: readTxnOffsetCommitRequest,
  writeRequest: writeTxnOffsetCommitRequest,
  readResponse: readTxnOffsetCommitResponse,
  writeResponse: writeTxnOffsetCommitResponse,
})

// ---- EndTxn (26) ----

export interface EndTxnRequest {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly committed: boolean
}

function readEndTxnRequest(reader: Reader, version: number): EndTxnRequest {
  const flexible = version >= 3
  const transactionalId = reader.string(flexible)
  const producerId = reader.int64()
  const producerEpoch = reader.int16()
  const committed = reader.bool()
  if (flexible) reader.skipTags()
  return { transactionalId, producerId, producerEpoch, committed }
}

function writeEndTxnRequest(writer: Writer, message: EndTxnRequest, version: number): void {
  const flexible = version >= 3
  writer.string(message.transactionalId, flexible)
  writer.int64(message.producerId)
  writer.int16(message.producerEpoch)
  writer.bool(message.committed)
  if (flexible) writer.uvarint(0)
}

export interface EndTxnResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly producerId: number
  readonly producerEpoch: number
}
export interface EndTxnResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly producerId?: number | undefined
  readonly producerEpoch?: number | undefined
}

function readEndTxnResponse(reader: Reader, version: number): EndTxnResponse {
  const flexible = version >= 3
  const throttleTimeMs = reader.int32()
  const errorCode = reader.int16()
  const producerId: number = version >= 5 ? reader.int64() : -1
  const producerEpoch: number = version >= 5 ? reader.int16() : -1
  if (flexible) reader.skipTags()
  return { throttleTimeMs, errorCode, producerId, producerEpoch }
}

function writeEndTxnResponse(writer: Writer, message: EndTxnResponseInput, version: number): void {
  const flexible = version >= 3
  writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  if (version >= 5) writer.int64(message.producerId ?? -1)
  if (version >= 5) writer.int16(message.producerEpoch ?? -1)
  if (flexible) writer.uvarint(0)
}

export const endTxnApi: Api<EndTxnRequest, EndTxnResponse, EndTxnRequest, EndTxnResponseInput> = defineApi({
  key: 26,
  name: 'EndTxn',
  minVersion: 0,
  maxVersion: 5,
  latestStableVersion: 5,
  flexibleFrom: 3,
  readRequest: readEndTxnRequest,
  writeRequest: writeEndTxnRequest,
  readResponse: readEndTxnResponse,
  writeResponse: writeEndTxnResponse,
})

// ---- WriteTxnMarkers (27) ----

export interface WriteTxnMarkersRequestTopic {
  readonly name: string
  readonly partitionIndexes: readonly number[]
}

function readWriteTxnMarkersRequestTopic(reader: Reader, _version: number): WriteTxnMarkersRequestTopic {
  const name = reader.string(true)
  const partitionIndexes = reader.int32s(true)
  reader.skipTags()
  return { name, partitionIndexes }
}

function writeWriteTxnMarkersRequestTopic(writer: Writer, message: WriteTxnMarkersRequestTopic, _version: number): void {
  writer.string(message.name, true)
  writer.int32s(message.partitionIndexes, true)
  writer.uvarint(0)
}

export interface WriteTxnMarkersRequestMarker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly transactionResult: boolean
  readonly topics: readonly WriteTxnMarkersRequestTopic[]
  readonly coordinatorEpoch: number
  readonly transactionVersion: number
}
export interface WriteTxnMarkersRequestMarkerInput {
  readonly producerId: number
  readonly producerEpoch: number
  readonly transactionResult: boolean
  readonly topics: readonly WriteTxnMarkersRequestTopic[]
  readonly coordinatorEpoch: number
  readonly transactionVersion?: number | undefined
}

function readWriteTxnMarkersRequestMarker(reader: Reader, version: number): WriteTxnMarkersRequestMarker {
  const producerId = reader.int64()
  const producerEpoch = reader.int16()
  const transactionResult = reader.bool()
  const topics: WriteTxnMarkersRequestTopic[] = []
  let topicsLeft = reader.arrayLength(true, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readWriteTxnMarkersRequestTopic(reader, version))
  const coordinatorEpoch = reader.int32()
  const transactionVersion: number = version >= 2 ? reader.int8() : 0
  reader.skipTags()
  return { producerId, producerEpoch, transactionResult, topics, coordinatorEpoch, transactionVersion }
}

function writeWriteTxnMarkersRequestMarker(writer: Writer, message: WriteTxnMarkersRequestMarkerInput, version: number): void {
  writer.int64(message.producerId)
  writer.int16(message.producerEpoch)
  writer.bool(message.transactionResult)
  writer.arrayLength(message.topics.length, true)
  for (const item of message.topics) writeWriteTxnMarkersRequestTopic(writer, item, version)
  writer.int32(message.coordinatorEpoch)
  if (version >= 2) writer.int8(message.transactionVersion ?? 0)
  writer.uvarint(0)
}

export interface WriteTxnMarkersRequest {
  readonly markers: readonly WriteTxnMarkersRequestMarker[]
}
export interface WriteTxnMarkersRequestInput {
  readonly markers: readonly WriteTxnMarkersRequestMarkerInput[]
}

function readWriteTxnMarkersRequest(reader: Reader, version: number): WriteTxnMarkersRequest {
  const markers: WriteTxnMarkersRequestMarker[] = []
  let markersLeft = reader.arrayLength(true, 16)
  for (; markersLeft > 0; markersLeft--) markers.push(readWriteTxnMarkersRequestMarker(reader, version))
  reader.skipTags()
  return { markers }
}

function writeWriteTxnMarkersRequest(writer: Writer, message: WriteTxnMarkersRequestInput, version: number): void {
  writer.arrayLength(message.markers.length, true)
  for (const item of message.markers) writeWriteTxnMarkersRequestMarker(writer, item, version)
  writer.uvarint(0)
}

export interface WriteTxnMarkersResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
}

function readWriteTxnMarkersResponsePartition(reader: Reader, _version: number): WriteTxnMarkersResponsePartition {
  const partitionIndex = reader.int32()
  const errorCode = reader.int16()
  reader.skipTags()
  return { partitionIndex, errorCode }
}

function writeWriteTxnMarkersResponsePartition(writer: Writer, message: WriteTxnMarkersResponsePartition, _version: number): void {
  writer.int32(message.partitionIndex)
  writer.int16(message.errorCode)
  writer.uvarint(0)
}

export interface WriteTxnMarkersResponseTopic {
  readonly name: string
  readonly partitions: readonly WriteTxnMarkersResponsePartition[]
}

function readWriteTxnMarkersResponseTopic(reader: Reader, version: number): WriteTxnMarkersResponseTopic {
  const name = reader.string(true)
  const partitions: WriteTxnMarkersResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(true, 6)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readWriteTxnMarkersResponsePartition(reader, version))
  reader.skipTags()
  return { name, partitions }
}

function writeWriteTxnMarkersResponseTopic(writer: Writer, message: WriteTxnMarkersResponseTopic, version: number): void {
  writer.string(message.name, true)
  writer.arrayLength(message.partitions.length, true)
  for (const item of message.partitions) writeWriteTxnMarkersResponsePartition(writer, item, version)
  writer.uvarint(0)
}

export interface WriteTxnMarkersResponseMarker {
  readonly producerId: number
  readonly topics: readonly WriteTxnMarkersResponseTopic[]
}

function readWriteTxnMarkersResponseMarker(reader: Reader, version: number): WriteTxnMarkersResponseMarker {
  const producerId = reader.int64()
  const topics: WriteTxnMarkersResponseTopic[] = []
  let topicsLeft = reader.arrayLength(true, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readWriteTxnMarkersResponseTopic(reader, version))
  reader.skipTags()
  return { producerId, topics }
}

function writeWriteTxnMarkersResponseMarker(writer: Writer, message: WriteTxnMarkersResponseMarker, version: number): void {
  writer.int64(message.producerId)
  writer.arrayLength(message.topics.length, true)
  for (const item of message.topics) writeWriteTxnMarkersResponseTopic(writer, item, version)
  writer.uvarint(0)
}

export interface WriteTxnMarkersResponse {
  readonly markers: readonly WriteTxnMarkersResponseMarker[]
}

function readWriteTxnMarkersResponse(reader: Reader, version: number): WriteTxnMarkersResponse {
  const markers: WriteTxnMarkersResponseMarker[] = []
  let markersLeft = reader.arrayLength(true, 9)
  for (; markersLeft > 0; markersLeft--) markers.push(readWriteTxnMarkersResponseMarker(reader, version))
  reader.skipTags()
  return { markers }
}

function writeWriteTxnMarkersResponse(writer: Writer, message: WriteTxnMarkersResponse, version: number): void {
  writer.arrayLength(message.markers.length, true)
  for (const item of message.markers) writeWriteTxnMarkersResponseMarker(writer, item, version)
  writer.uvarint(0)
}

export const writeTxnMarkersApi: Api<WriteTxnMarkersRequest, WriteTxnMarkersResponse, WriteTxnMarkersRequestInput, WriteTxnMarkersResponse> = defineApi({
  key: 27,
  name: 'WriteTxnMarkers',
  minVersion: 1,
  maxVersion: 2,
  latestStableVersion: 2,
  flexibleFrom: 1,
  readRequest: readWriteTxnMarkersRequest,
  writeRequest: writeWriteTxnMarkersRequest,
  readResponse: readWriteTxnMarkersResponse,
  writeResponse: writeWriteTxnMarkersResponse,
})

// ---- DescribeProducers (61) ----

export interface DescribeProducersRequestTopic {
  readonly name: string
  readonly partitionIndexes: readonly number[]
}

function readDescribeProducersRequestTopic(reader: Reader, _version: number): DescribeProducersRequestTopic {
  const name = reader.string(true)
  const partitionIndexes = reader.int32s(true)
  reader.skipTags()
  return { name, partitionIndexes }
}

function writeDescribeProducersRequestTopic(writer: Writer, message: DescribeProducersRequestTopic, _version: number): void {
  writer.string(message.name, true)
  writer.int32s(message.partitionIndexes, true)
  writer.uvarint(0)
}

export interface DescribeProducersRequest {
  readonly topics: readonly DescribeProducersRequestTopic[]
}

function readDescribeProducersRequest(reader: Reader, version: number): DescribeProducersRequest {
  const topics: DescribeProducersRequestTopic[] = []
  let topicsLeft = reader.arrayLength(true, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readDescribeProducersRequestTopic(reader, version))
  reader.skipTags()
  return { topics }
}

function writeDescribeProducersRequest(writer: Writer, message: DescribeProducersRequest, version: number): void {
  writer.arrayLength(message.topics.length, true)
  for (const item of message.topics) writeDescribeProducersRequestTopic(writer, item, version)
  writer.uvarint(0)
}

export interface DescribeProducersResponseActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  readonly currentTxnStartOffset: number
}
export interface DescribeProducersResponseActiveProducerInput {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence?: number | undefined
  readonly lastTimestamp?: number | undefined
  readonly coordinatorEpoch: number
  readonly currentTxnStartOffset?: number | undefined
}

function readDescribeProducersResponseActiveProducer(reader: Reader, _version: number): DescribeProducersResponseActiveProducer {
  const producerId = reader.int64()
  const producerEpoch = reader.int32()
  const lastSequence = reader.int32()
  const lastTimestamp = reader.int64()
  const coordinatorEpoch = reader.int32()
  const currentTxnStartOffset = reader.int64()
  reader.skipTags()
  return { producerId, producerEpoch, lastSequence, lastTimestamp, coordinatorEpoch, currentTxnStartOffset }
}

function writeDescribeProducersResponseActiveProducer(writer: Writer, message: DescribeProducersResponseActiveProducerInput, _version: number): void {
  writer.int64(message.producerId)
  writer.int32(message.producerEpoch)
  writer.int32(message.lastSequence ?? -1)
  writer.int64(message.lastTimestamp ?? -1)
  writer.int32(message.coordinatorEpoch)
  writer.int64(message.currentTxnStartOffset ?? -1)
  writer.uvarint(0)
}

export interface DescribeProducersResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly activeProducers: readonly DescribeProducersResponseActiveProducer[]
}
export interface DescribeProducersResponsePartitionInput {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly errorMessage?: string | null | undefined
  readonly activeProducers: readonly DescribeProducersResponseActiveProducerInput[]
}

function readDescribeProducersResponsePartition(reader: Reader, version: number): DescribeProducersResponsePartition {
  const partitionIndex = reader.int32()
  const errorCode = reader.int16()
  const errorMessage = reader.nullableString(true)
  const activeProducers: DescribeProducersResponseActiveProducer[] = []
  let activeProducersLeft = reader.arrayLength(true, 36)
  for (; activeProducersLeft > 0; activeProducersLeft--) activeProducers.push(readDescribeProducersResponseActiveProducer(reader, version))
  reader.skipTags()
  return { partitionIndex, errorCode, errorMessage, activeProducers }
}

function writeDescribeProducersResponsePartition(writer: Writer, message: DescribeProducersResponsePartitionInput, version: number): void {
  writer.int32(message.partitionIndex)
  writer.int16(message.errorCode)
  writer.nullableString(message.errorMessage ?? null, true)
  writer.arrayLength(message.activeProducers.length, true)
  for (const item of message.activeProducers) writeDescribeProducersResponseActiveProducer(writer, item, version)
  writer.uvarint(0)
}

export interface DescribeProducersResponseTopic {
  readonly name: string
  readonly partitions: readonly DescribeProducersResponsePartition[]
}
export interface DescribeProducersResponseTopicInput {
  readonly name: string
  readonly partitions: readonly DescribeProducersResponsePartitionInput[]
}

function readDescribeProducersResponseTopic(reader: Reader, version: number): DescribeProducersResponseTopic {
  const name = reader.string(true)
  const partitions: DescribeProducersResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(true, 8)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readDescribeProducersResponsePartition(reader, version))
  reader.skipTags()
  return { name, partitions }
}

function writeDescribeProducersResponseTopic(writer: Writer, message: DescribeProducersResponseTopicInput, version: number): void {
  writer.string(message.name, true)
  writer.arrayLength(message.partitions.length, true)
  for (const item of message.partitions) writeDescribeProducersResponsePartition(writer, item, version)
  writer.uvarint(0)
}

export interface DescribeProducersResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly DescribeProducersResponseTopic[]
}
export interface DescribeProducersResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly DescribeProducersResponseTopicInput[]
}

function readDescribeProducersResponse(reader: Reader, version: number): DescribeProducersResponse {
  const throttleTimeMs = reader.int32()
  const topics: DescribeProducersResponseTopic[] = []
  let topicsLeft = reader.arrayLength(true, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readDescribeProducersResponseTopic(reader, version))
  reader.skipTags()
  return { throttleTimeMs, topics }
}

function writeDescribeProducersResponse(writer: Writer, message: DescribeProducersResponseInput, version: number): void {
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.topics.length, true)
  for (const item of message.topics) writeDescribeProducersResponseTopic(writer, item, version)
  writer.uvarint(0)
}

export const describeProducersApi: Api<DescribeProducersRequest, DescribeProducersResponse, DescribeProducersRequest, DescribeProducersResponseInput> = defineApi({
  key: 61,
  name: 'DescribeProducers',
  minVersion: 0,
  maxVersion: 0,
  latestStableVersion: 0,
  flexibleFrom: 0,
  readRequest: readDescribeProducersRequest,
  writeRequest: writeDescribeProducersRequest,
  readResponse: readDescribeProducersResponse,
  writeResponse: writeDescribeProducersResponse,
})

// ---- DescribeTransactions (65) ----

export interface DescribeTransactionsRequest {
  readonly transactionalIds: readonly string[]
}

function readDescribeTransactionsRequest(reader: Reader, _version: number): DescribeTransactionsRequest {
  const transactionalIds = reader.strings(true)
  reader.skipTags()
  return { transactionalIds }
}

function writeDescribeTransactionsRequest(writer: Writer, message: DescribeTransactionsRequest, _version: number): void {
  writer.strings(message.transactionalIds, true)
  writer.uvarint(0)
}

export interface DescribeTransactionsResponseTopic {
  readonly topic: string
  readonly partitions: readonly number[]
}

function readDescribeTransactionsResponseTopic(reader: Reader, _version: number): DescribeTransactionsResponseTopic {
  const topic = reader.string(true)
  const partitions = reader.int32s(true)
  reader.skipTags()
  return { topic, partitions }
}

function writeDescribeTransactionsResponseTopic(writer: Writer, message: DescribeTransactionsResponseTopic, _version: number): void {
  writer.string(message.topic, true)
  writer.int32s(message.partitions, true)
  writer.uvarint(0)
}

export interface DescribeTransactionsResponseTransactionState {
  readonly errorCode: number
  readonly transactionalId: string
  readonly transactionState: string
  readonly transactionTimeoutMs: number
  readonly transactionStartTimeMs: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly topics: readonly DescribeTransactionsResponseTopic[]
}

function readDescribeTransactionsResponseTransactionState(reader: Reader, version: number): DescribeTransactionsResponseTransactionState {
  const errorCode = reader.int16()
  const transactionalId = reader.string(true)
  const transactionState = reader.string(true)
  const transactionTimeoutMs = reader.int32()
  const transactionStartTimeMs = reader.int64()
  const producerId = reader.int64()
  const producerEpoch = reader.int16()
  const topics: DescribeTransactionsResponseTopic[] = []
  let topicsLeft = reader.arrayLength(true, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readDescribeTransactionsResponseTopic(reader, version))
  reader.skipTags()
  return { errorCode, transactionalId, transactionState, transactionTimeoutMs, transactionStartTimeMs, producerId, producerEpoch, topics }
}

function writeDescribeTransactionsResponseTransactionState(writer: Writer, message: DescribeTransactionsResponseTransactionState, version: number): void {
  writer.int16(message.errorCode)
  writer.string(message.transactionalId, true)
  writer.string(message.transactionState, true)
  writer.int32(message.transactionTimeoutMs)
  writer.int64(message.transactionStartTimeMs)
  writer.int64(message.producerId)
  writer.int16(message.producerEpoch)
  writer.arrayLength(message.topics.length, true)
  for (const item of message.topics) writeDescribeTransactionsResponseTopic(writer, item, version)
  writer.uvarint(0)
}

export interface DescribeTransactionsResponse {
  readonly throttleTimeMs: number
  readonly transactionStates: readonly DescribeTransactionsResponseTransactionState[]
}
export interface DescribeTransactionsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly transactionStates: readonly DescribeTransactionsResponseTransactionState[]
}

function readDescribeTransactionsResponse(reader: Reader, version: number): DescribeTransactionsResponse {
  const throttleTimeMs = reader.int32()
  const transactionStates: DescribeTransactionsResponseTransactionState[] = []
  let transactionStatesLeft = reader.arrayLength(true, 27)
  for (; transactionStatesLeft > 0; transactionStatesLeft--) transactionStates.push(readDescribeTransactionsResponseTransactionState(reader, version))
  reader.skipTags()
  return { throttleTimeMs, transactionStates }
}

function writeDescribeTransactionsResponse(writer: Writer, message: DescribeTransactionsResponseInput, version: number): void {
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.transactionStates.length, true)
  for (const item of message.transactionStates) writeDescribeTransactionsResponseTransactionState(writer, item, version)
  writer.uvarint(0)
}

export const describeTransactionsApi: Api<DescribeTransactionsRequest, DescribeTransactionsResponse, DescribeTransactionsRequest, DescribeTransactionsResponseInput> = defineApi({
  key: 65,
  name: 'DescribeTransactions',
  minVersion: 0,
  maxVersion: 0,
  latestStableVersion: 0,
  flexibleFrom: 0,
  readRequest: readDescribeTransactionsRequest,
  writeRequest: writeDescribeTransactionsRequest,
  readResponse: readDescribeTransactionsResponse,
  writeResponse: writeDescribeTransactionsResponse,
})

// ---- ListTransactions (66) ----

export interface ListTransactionsRequest {
  readonly stateFilters: readonly string[]
  readonly producerIdFilters: readonly number[]
  readonly durationFilter: number
  readonly transactionalIdPattern: string | null
}
export interface ListTransactionsRequestInput {
  readonly stateFilters: readonly string[]
  readonly producerIdFilters: readonly number[]
  readonly durationFilter?: number | undefined
  readonly transactionalIdPattern?: string | null | undefined
}

function readListTransactionsRequest(reader: Reader, version: number): ListTransactionsRequest {
  const stateFilters = reader.strings(true)
  const producerIdFilters = reader.int64s(true)
  const durationFilter: number = version >= 1 ? reader.int64() : -1
  const transactionalIdPattern: string | null = version >= 2 ? reader.nullableString(true) : null
  reader.skipTags()
  return { stateFilters, producerIdFilters, durationFilter, transactionalIdPattern }
}

function writeListTransactionsRequest(writer: Writer, message: ListTransactionsRequestInput, version: number): void {
  writer.strings(message.stateFilters, true)
  writer.int64s(message.producerIdFilters, true)
  if (version >= 1) writer.int64(message.durationFilter ?? -1)
  if (version >= 2) writer.nullableString(message.transactionalIdPattern ?? null, true)
  writer.uvarint(0)
}

export interface ListTransactionsResponseTransactionState {
  readonly transactionalId: string
  readonly producerId: number
  readonly transactionState: string
}

function readListTransactionsResponseTransactionState(reader: Reader, _version: number): ListTransactionsResponseTransactionState {
  const transactionalId = reader.string(true)
  const producerId = reader.int64()
  const transactionState = reader.string(true)
  reader.skipTags()
  return { transactionalId, producerId, transactionState }
}

function writeListTransactionsResponseTransactionState(writer: Writer, message: ListTransactionsResponseTransactionState, _version: number): void {
  writer.string(message.transactionalId, true)
  writer.int64(message.producerId)
  writer.string(message.transactionState, true)
  writer.uvarint(0)
}

export interface ListTransactionsResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly unknownStateFilters: readonly string[]
  readonly transactionStates: readonly ListTransactionsResponseTransactionState[]
}
export interface ListTransactionsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode: number
  readonly unknownStateFilters: readonly string[]
  readonly transactionStates: readonly ListTransactionsResponseTransactionState[]
}

function readListTransactionsResponse(reader: Reader, version: number): ListTransactionsResponse {
  const throttleTimeMs = reader.int32()
  const errorCode = reader.int16()
  const unknownStateFilters = reader.strings(true)
  const transactionStates: ListTransactionsResponseTransactionState[] = []
  let transactionStatesLeft = reader.arrayLength(true, 10)
  for (; transactionStatesLeft > 0; transactionStatesLeft--) transactionStates.push(readListTransactionsResponseTransactionState(reader, version))
  reader.skipTags()
  return { throttleTimeMs, errorCode, unknownStateFilters, transactionStates }
}

function writeListTransactionsResponse(writer: Writer, message: ListTransactionsResponseInput, version: number): void {
  writer.int32(message.throttleTimeMs ?? 0)
  writer.int16(message.errorCode)
  writer.strings(message.unknownStateFilters, true)
  writer.arrayLength(message.transactionStates.length, true)
  for (const item of message.transactionStates) writeListTransactionsResponseTransactionState(writer, item, version)
  writer.uvarint(0)
}

export const listTransactionsApi: Api<ListTransactionsRequest, ListTransactionsResponse, ListTransactionsRequestInput, ListTransactionsResponseInput> = defineApi({
  key: 66,
  name: 'ListTransactions',
  minVersion: 0,
  maxVersion: 2,
  latestStableVersion: 2,
  flexibleFrom: 0,
  readRequest: readListTransactionsRequest,
  writeRequest: writeListTransactionsRequest,
  readResponse: readListTransactionsResponse,
  writeResponse: writeListTransactionsResponse,
})
