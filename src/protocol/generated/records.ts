// Made by `npm run generate` from ../schema: change the table there.
import { type Api, defineApi } from '../api.ts'
import { INT64_MAX, type Reader, ZERO_UUID } from '../reader.ts'
import { type RecordsInput, Writer } from '../writer.ts'

// ---- Produce (0) ----

export interface ProduceRequestPartition {
  readonly index: number
  readonly records: Buffer | null
}
export interface ProduceRequestPartitionInput {
  readonly index: number
  readonly records: RecordsInput
}

function readProduceRequestPartition(reader: Reader, version: number): ProduceRequestPartition {
  const flexible = version >= 9
  const index = reader.int32()
  const records = reader.nullableBytes(flexible)
  if (flexible) reader.skipTags()
  return { index, records }
}

function writeProduceRequestPartition(writer: Writer, message: ProduceRequestPartitionInput, version: number): void {
  const flexible = version >= 9
  writer.int32(message.index)
  writer.nullableRecords(message.records, flexible)
  if (flexible) writer.uvarint(0)
}

export interface ProduceRequestTopic {
  readonly name: string
  readonly topicId: string
  readonly partitionData: readonly ProduceRequestPartition[]
}
export interface ProduceRequestTopicInput {
  readonly name?: string | undefined
  readonly topicId?: string | undefined
  readonly partitionData: readonly ProduceRequestPartitionInput[]
}

function readProduceRequestTopic(reader: Reader, version: number): ProduceRequestTopic {
  const flexible = version >= 9
  const name: string = version <= 12 ? reader.string(flexible) : ''
  const topicId: string = version >= 13 ? reader.uuid() : ZERO_UUID
  const partitionData: ProduceRequestPartition[] = []
  let partitionDataLeft = reader.arrayLength(flexible, 5)
  for (; partitionDataLeft > 0; partitionDataLeft--) partitionData.push(readProduceRequestPartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, topicId, partitionData }
}

function writeProduceRequestTopic(writer: Writer, message: ProduceRequestTopicInput, version: number): void {
  const flexible = version >= 9
  if (version <= 12) writer.string(message.name ?? '', flexible)
  if (version >= 13) writer.uuid(message.topicId ?? ZERO_UUID)
  writer.arrayLength(message.partitionData.length, flexible)
  for (const item of message.partitionData) writeProduceRequestPartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface ProduceRequest {
  readonly transactionalId: string | null
  readonly acks: number
  readonly timeoutMs: number
  readonly topicData: readonly ProduceRequestTopic[]
}
export interface ProduceRequestInput {
  readonly transactionalId?: string | null | undefined
  readonly acks: number
  readonly timeoutMs: number
  readonly topicData: readonly ProduceRequestTopicInput[]
}

function readProduceRequest(reader: Reader, version: number): ProduceRequest {
  const flexible = version >= 9
  const transactionalId = reader.nullableString(flexible)
  const acks = reader.int16()
  const timeoutMs = reader.int32()
  const topicData: ProduceRequestTopic[] = []
  let topicDataLeft = reader.arrayLength(flexible, 1)
  for (; topicDataLeft > 0; topicDataLeft--) topicData.push(readProduceRequestTopic(reader, version))
  if (flexible) reader.skipTags()
  return { transactionalId, acks, timeoutMs, topicData }
}

function writeProduceRequest(writer: Writer, message: ProduceRequestInput, version: number): void {
  const flexible = version >= 9
  writer.nullableString(message.transactionalId ?? null, flexible)
  writer.int16(message.acks)
  writer.int32(message.timeoutMs)
  writer.arrayLength(message.topicData.length, flexible)
  for (const item of message.topicData) writeProduceRequestTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface ProduceResponseRecordError {
  readonly batchIndex: number
  readonly batchIndexErrorMessage: string | null
}
export interface ProduceResponseRecordErrorInput {
  readonly batchIndex: number
  readonly batchIndexErrorMessage?: string | null | undefined
}

function readProduceResponseRecordError(reader: Reader, version: number): ProduceResponseRecordError {
  const flexible = version >= 9
  const batchIndex = reader.int32()
  const batchIndexErrorMessage = reader.nullableString(flexible)
  if (flexible) reader.skipTags()
  return { batchIndex, batchIndexErrorMessage }
}

function writeProduceResponseRecordError(writer: Writer, message: ProduceResponseRecordErrorInput, version: number): void {
  const flexible = version >= 9
  writer.int32(message.batchIndex)
  writer.nullableString(message.batchIndexErrorMessage ?? null, flexible)
  if (flexible) writer.uvarint(0)
}

export interface ProduceResponseCurrentLeader {
  readonly leaderId: number
  readonly leaderEpoch: number
}
export interface ProduceResponseCurrentLeaderInput {
  readonly leaderId?: number | undefined
  readonly leaderEpoch?: number | undefined
}

function readProduceResponseCurrentLeader(reader: Reader, version: number): ProduceResponseCurrentLeader {
  const flexible = version >= 9
  const leaderId = reader.int32()
  const leaderEpoch = reader.int32()
  if (flexible) reader.skipTags()
  return { leaderId, leaderEpoch }
}

function writeProduceResponseCurrentLeader(writer: Writer, message: ProduceResponseCurrentLeaderInput, version: number): void {
  const flexible = version >= 9
  writer.int32(message.leaderId ?? -1)
  writer.int32(message.leaderEpoch ?? -1)
  if (flexible) writer.uvarint(0)
}

export interface ProduceResponsePartition {
  readonly index: number
  readonly errorCode: number
  readonly baseOffset: number
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  readonly recordErrors: readonly ProduceResponseRecordError[]
  readonly errorMessage: string | null
  readonly currentLeader: ProduceResponseCurrentLeader
}
export interface ProduceResponsePartitionInput {
  readonly index: number
  readonly errorCode: number
  readonly baseOffset: number
  readonly logAppendTimeMs?: number | undefined
  readonly logStartOffset?: number | undefined
  readonly recordErrors?: readonly ProduceResponseRecordErrorInput[] | undefined
  readonly errorMessage?: string | null | undefined
  readonly currentLeader?: ProduceResponseCurrentLeaderInput | undefined
}

function readProduceResponsePartition(reader: Reader, version: number): ProduceResponsePartition {
  const flexible = version >= 9
  const index = reader.int32()
  const errorCode = reader.int16()
  const baseOffset = reader.int64()
  const logAppendTimeMs = reader.int64()
  const logStartOffset: number = version >= 5 ? reader.int64() : -1
  let recordErrors: readonly ProduceResponseRecordError[] = []
  if (version >= 8) {
    const items: ProduceResponseRecordError[] = []
    let recordErrorsLeft = reader.arrayLength(flexible, 5)
    for (; recordErrorsLeft > 0; recordErrorsLeft--) items.push(readProduceResponseRecordError(reader, version))
    recordErrors = items
  }
  const errorMessage: string | null = version >= 8 ? reader.nullableString(flexible) : null
  let currentLeader: ProduceResponseCurrentLeader = DEFAULT_ProduceResponseCurrentLeader
  if (flexible) {
    for (let tagsLeft = reader.uvarint(); tagsLeft > 0; tagsLeft--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd()
      if (tag === 0 && version >= 10) currentLeader = readProduceResponseCurrentLeader(reader, version)
      else reader.position = end
      reader.endTag(end)
    }
  }
  return { index, errorCode, baseOffset, logAppendTimeMs, logStartOffset, recordErrors, errorMessage, currentLeader }
}

function writeProduceResponsePartition(writer: Writer, message: ProduceResponsePartitionInput, version: number): void {
  const flexible = version >= 9
  writer.int32(message.index)
  writer.int16(message.errorCode)
  writer.int64(message.baseOffset)
  writer.int64(message.logAppendTimeMs ?? -1)
  if (version >= 5) writer.int64(message.logStartOffset ?? -1)
  if (version >= 8) {
    const recordErrors = message.recordErrors ?? []
    writer.arrayLength(recordErrors.length, flexible)
    for (const item of recordErrors) writeProduceResponseRecordError(writer, item, version)
  }
  if (version >= 8) writer.nullableString(message.errorMessage ?? null, flexible)
  if (flexible) {
    const hasCurrentLeader = version >= 10 && !((message.currentLeader === undefined || isDefaultProduceResponseCurrentLeader(message.currentLeader)))
    writer.uvarint((hasCurrentLeader ? 1 : 0))
    if (hasCurrentLeader) {
      const content = new Writer()
      writeProduceResponseCurrentLeader(content, message.currentLeader ?? DEFAULT_ProduceResponseCurrentLeader, version)
      writer.tag(0, content)
    }
  }
}

export interface ProduceResponseTopic {
  readonly name: string
  readonly topicId: string
  readonly partitionResponses: readonly ProduceResponsePartition[]
}
export interface ProduceResponseTopicInput {
  readonly name?: string | undefined
  readonly topicId?: string | undefined
  readonly partitionResponses: readonly ProduceResponsePartitionInput[]
}

function readProduceResponseTopic(reader: Reader, version: number): ProduceResponseTopic {
  const flexible = version >= 9
  const name: string = version <= 12 ? reader.string(flexible) : ''
  const topicId: string = version >= 13 ? reader.uuid() : ZERO_UUID
  const partitionResponses: ProduceResponsePartition[] = []
  let partitionResponsesLeft = reader.arrayLength(flexible, 22)
  for (; partitionResponsesLeft > 0; partitionResponsesLeft--) partitionResponses.push(readProduceResponsePartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, topicId, partitionResponses }
}

function writeProduceResponseTopic(writer: Writer, message: ProduceResponseTopicInput, version: number): void {
  const flexible = version >= 9
  if (version <= 12) writer.string(message.name ?? '', flexible)
  if (version >= 13) writer.uuid(message.topicId ?? ZERO_UUID)
  writer.arrayLength(message.partitionResponses.length, flexible)
  for (const item of message.partitionResponses) writeProduceResponsePartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface ProduceResponseNodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}
export interface ProduceResponseNodeEndpointInput {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack?: string | null | undefined
}

function readProduceResponseNodeEndpoint(reader: Reader, version: number): ProduceResponseNodeEndpoint {
  const flexible = version >= 9
  const nodeId = reader.int32()
  const host = reader.string(flexible)
  const port = reader.int32()
  const rack = reader.nullableString(flexible)
  if (flexible) reader.skipTags()
  return { nodeId, host, port, rack }
}

function writeProduceResponseNodeEndpoint(writer: Writer, message: ProduceResponseNodeEndpointInput, version: number): void {
  const flexible = version >= 9
  writer.int32(message.nodeId)
  writer.string(message.host, flexible)
  writer.int32(message.port)
  writer.nullableString(message.rack ?? null, flexible)
  if (flexible) writer.uvarint(0)
}

export interface ProduceResponse {
  readonly responses: readonly ProduceResponseTopic[]
  readonly throttleTimeMs: number
  readonly nodeEndpoints: readonly ProduceResponseNodeEndpoint[]
}
export interface ProduceResponseInput {
  readonly responses: readonly ProduceResponseTopicInput[]
  readonly throttleTimeMs: number
  readonly nodeEndpoints?: readonly ProduceResponseNodeEndpointInput[] | undefined
}

function readProduceResponse(reader: Reader, version: number): ProduceResponse {
  const flexible = version >= 9
  const responses: ProduceResponseTopic[] = []
  let responsesLeft = reader.arrayLength(flexible, 1)
  for (; responsesLeft > 0; responsesLeft--) responses.push(readProduceResponseTopic(reader, version))
  const throttleTimeMs = reader.int32()
  let nodeEndpoints: readonly ProduceResponseNodeEndpoint[] = []
  if (flexible) {
    for (let tagsLeft = reader.uvarint(); tagsLeft > 0; tagsLeft--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd()
      if (tag === 0 && version >= 10) {
        const items: ProduceResponseNodeEndpoint[] = []
        let nodeEndpointsLeft = reader.arrayLength(flexible, 10)
        for (; nodeEndpointsLeft > 0; nodeEndpointsLeft--) items.push(readProduceResponseNodeEndpoint(reader, version))
        nodeEndpoints = items
      }
      else reader.position = end
      reader.endTag(end)
    }
  }
  return { responses, throttleTimeMs, nodeEndpoints }
}

function writeProduceResponse(writer: Writer, message: ProduceResponseInput, version: number): void {
  const flexible = version >= 9
  writer.arrayLength(message.responses.length, flexible)
  for (const item of message.responses) writeProduceResponseTopic(writer, item, version)
  writer.int32(message.throttleTimeMs)
  if (flexible) {
    const hasNodeEndpoints = version >= 10 && !((message.nodeEndpoints === undefined || message.nodeEndpoints?.length === 0))
    writer.uvarint((hasNodeEndpoints ? 1 : 0))
    if (hasNodeEndpoints) {
      const content = new Writer()
      const nodeEndpoints = message.nodeEndpoints ?? []
      content.arrayLength(nodeEndpoints.length, flexible)
      for (const item of nodeEndpoints) writeProduceResponseNodeEndpoint(content, item, version)
      writer.tag(0, content)
    }
  }
}

const DEFAULT_ProduceResponseCurrentLeader: ProduceResponseCurrentLeader = { leaderId: -1, leaderEpoch: -1 }

function isDefaultProduceResponseCurrentLeader(message: ProduceResponseCurrentLeaderInput): boolean {
  return (message.leaderId ?? -1) === -1 && (message.leaderEpoch ?? -1) === -1
}

export const produceApi: Api<ProduceRequest, ProduceResponse, ProduceRequestInput, ProduceResponseInput> = defineApi({
  key: 0,
  name: 'Produce',
  minVersion: 3,
  maxVersion: 13,
  latestStableVersion: 13,
  flexibleFrom: 9,
  readRequest: readProduceRequest,
  writeRequest: writeProduceRequest,
  readResponse: readProduceResponse,
  writeResponse: writeProduceResponse,
})

// ---- Fetch (1) ----

export interface FetchRequestReplicaState {
  readonly replicaId: number
  readonly replicaEpoch: number
}
export interface FetchRequestReplicaStateInput {
  readonly replicaId?: number | undefined
  readonly replicaEpoch?: number | undefined
}

function readFetchRequestReplicaState(reader: Reader, version: number): FetchRequestReplicaState {
  const flexible = version >= 12
  const replicaId = reader.int32()
  const replicaEpoch = reader.int64()
  if (flexible) reader.skipTags()
  return { replicaId, replicaEpoch }
}

function writeFetchRequestReplicaState(writer: Writer, message: FetchRequestReplicaStateInput, version: number): void {
  const flexible = version >= 12
  writer.int32(message.replicaId ?? -1)
  writer.int64(message.replicaEpoch ?? -1)
  if (flexible) writer.uvarint(0)
}

export interface FetchRequestPartition {
  readonly partition: number
  readonly currentLeaderEpoch: number
  readonly fetchOffset: number
  readonly lastFetchedEpoch: number
  readonly logStartOffset: number
  readonly partitionMaxBytes: number
  readonly replicaDirectoryId: string
  readonly highWatermark: number
}
export interface FetchRequestPartitionInput {
  readonly partition: number
  readonly currentLeaderEpoch?: number | undefined
  readonly fetchOffset: number
  readonly lastFetchedEpoch?: number | undefined
  readonly logStartOffset?: number | undefined
  readonly partitionMaxBytes: number
  readonly replicaDirectoryId?: string | undefined
  readonly highWatermark?: number | undefined
}

function readFetchRequestPartition(reader: Reader, version: number): FetchRequestPartition {
  const flexible = version >= 12
  const partition = reader.int32()
  const currentLeaderEpoch: number = version >= 9 ? reader.int32() : -1
  const fetchOffset = reader.int64()
  const lastFetchedEpoch: number = version >= 12 ? reader.int32() : -1
  const logStartOffset: number = version >= 5 ? reader.int64() : -1
  const partitionMaxBytes = reader.int32()
  let replicaDirectoryId: string = ZERO_UUID
  let highWatermark: number = INT64_MAX
  if (flexible) {
    for (let tagsLeft = reader.uvarint(); tagsLeft > 0; tagsLeft--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd()
      if (tag === 0 && version >= 17) replicaDirectoryId = reader.uuid()
      else if (tag === 1 && version >= 18) highWatermark = reader.int64()
      else reader.position = end
      reader.endTag(end)
    }
  }
  return { partition, currentLeaderEpoch, fetchOffset, lastFetchedEpoch, logStartOffset, partitionMaxBytes, replicaDirectoryId, highWatermark }
}

function writeFetchRequestPartition(writer: Writer, message: FetchRequestPartitionInput, version: number): void {
  const flexible = version >= 12
  writer.int32(message.partition)
  if (version >= 9) writer.int32(message.currentLeaderEpoch ?? -1)
  writer.int64(message.fetchOffset)
  if (version >= 12) writer.int32(message.lastFetchedEpoch ?? -1)
  if (version >= 5) writer.int64(message.logStartOffset ?? -1)
  writer.int32(message.partitionMaxBytes)
  if (flexible) {
    const hasReplicaDirectoryId = version >= 17 && !((message.replicaDirectoryId ?? ZERO_UUID) === ZERO_UUID)
    const hasHighWatermark = version >= 18 && !((message.highWatermark ?? INT64_MAX) === INT64_MAX)
    writer.uvarint((hasReplicaDirectoryId ? 1 : 0) + (hasHighWatermark ? 1 : 0))
    if (hasReplicaDirectoryId) {
      const content = new Writer()
      content.uuid(message.replicaDirectoryId ?? ZERO_UUID)
      writer.tag(0, content)
    }
    if (hasHighWatermark) {
      const content = new Writer()
      content.int64(message.highWatermark ?? INT64_MAX)
      writer.tag(1, content)
    }
  }
}

export interface FetchRequestTopic {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly FetchRequestPartition[]
}
export interface FetchRequestTopicInput {
  readonly topic?: string | undefined
  readonly topicId?: string | undefined
  readonly partitions: readonly FetchRequestPartitionInput[]
}

function readFetchRequestTopic(reader: Reader, version: number): FetchRequestTopic {
  const flexible = version >= 12
  const topic: string = version <= 12 ? reader.string(flexible) : ''
  const topicId: string = version >= 13 ? reader.uuid() : ZERO_UUID
  const partitions: FetchRequestPartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 16)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readFetchRequestPartition(reader, version))
  if (flexible) reader.skipTags()
  return { topic, topicId, partitions }
}

function writeFetchRequestTopic(writer: Writer, message: FetchRequestTopicInput, version: number): void {
  const flexible = version >= 12
  if (version <= 12) writer.string(message.topic ?? '', flexible)
  if (version >= 13) writer.uuid(message.topicId ?? ZERO_UUID)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeFetchRequestPartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface FetchRequestForgottenTopic {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly number[]
}
export interface FetchRequestForgottenTopicInput {
  readonly topic?: string | undefined
  readonly topicId?: string | undefined
  readonly partitions: readonly number[]
}

function readFetchRequestForgottenTopic(reader: Reader, version: number): FetchRequestForgottenTopic {
  const flexible = version >= 12
  const topic: string = version >= 7 && version <= 12 ? reader.string(flexible) : ''
  const topicId: string = version >= 13 ? reader.uuid() : ZERO_UUID
  const partitions = reader.int32s(flexible)
  if (flexible) reader.skipTags()
  return { topic, topicId, partitions }
}

function writeFetchRequestForgottenTopic(writer: Writer, message: FetchRequestForgottenTopicInput, version: number): void {
  const flexible = version >= 12
  if (version >= 7 && version <= 12) writer.string(message.topic ?? '', flexible)
  if (version >= 13) writer.uuid(message.topicId ?? ZERO_UUID)
  writer.int32s(message.partitions, flexible)
  if (flexible) writer.uvarint(0)
}

export interface FetchRequest {
  readonly clusterId: string | null
  readonly replicaId: number
  readonly replicaState: FetchRequestReplicaState
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolationLevel: number
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly topics: readonly FetchRequestTopic[]
  readonly forgottenTopicsData: readonly FetchRequestForgottenTopic[]
  readonly rackId: string
}
export interface FetchRequestInput {
  readonly clusterId?: string | null | undefined
  readonly replicaId?: number | undefined
  readonly replicaState?: FetchRequestReplicaStateInput | undefined
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes?: number | undefined
  readonly isolationLevel: number
  readonly sessionId?: number | undefined
  readonly sessionEpoch?: number | undefined
  readonly topics: readonly FetchRequestTopicInput[]
  readonly forgottenTopicsData?: readonly FetchRequestForgottenTopicInput[] | undefined
  readonly rackId?: string | undefined
}

function readFetchRequest(reader: Reader, version: number): FetchRequest {
  const flexible = version >= 12
  let clusterId: string | null = null
  const replicaId: number = version <= 14 ? reader.int32() : -1
  let replicaState: FetchRequestReplicaState = DEFAULT_FetchRequestReplicaState
  const maxWaitMs = reader.int32()
  const minBytes = reader.int32()
  const maxBytes = reader.int32()
  const isolationLevel = reader.int8()
  const sessionId: number = version >= 7 ? reader.int32() : 0
  const sessionEpoch: number = version >= 7 ? reader.int32() : -1
  const topics: FetchRequestTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 1)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readFetchRequestTopic(reader, version))
  let forgottenTopicsData: readonly FetchRequestForgottenTopic[] = []
  if (version >= 7) {
    const items: FetchRequestForgottenTopic[] = []
    let forgottenTopicsDataLeft = reader.arrayLength(flexible, 1)
    for (; forgottenTopicsDataLeft > 0; forgottenTopicsDataLeft--) items.push(readFetchRequestForgottenTopic(reader, version))
    forgottenTopicsData = items
  }
  const rackId: string = version >= 11 ? reader.string(flexible) : ''
  if (flexible) {
    for (let tagsLeft = reader.uvarint(); tagsLeft > 0; tagsLeft--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd()
      if (tag === 0) clusterId = reader.nullableString(flexible)
      else if (tag === 1 && version >= 15) replicaState = readFetchRequestReplicaState(reader, version)
      else reader.position = end
      reader.endTag(end)
    }
  }
  return { clusterId, replicaId, replicaState, maxWaitMs, minBytes, maxBytes, isolationLevel, sessionId, sessionEpoch, topics, forgottenTopicsData, rackId }
}

function writeFetchRequest(writer: Writer, message: FetchRequestInput, version: number): void {
  const flexible = version >= 12
  if (version <= 14) writer.int32(message.replicaId ?? -1)
  writer.int32(message.maxWaitMs)
  writer.int32(message.minBytes)
  writer.int32(message.maxBytes ?? 2147483647)
  writer.int8(message.isolationLevel)
  if (version >= 7) writer.int32(message.sessionId ?? 0)
  if (version >= 7) writer.int32(message.sessionEpoch ?? -1)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeFetchRequestTopic(writer, item, version)
  if (version >= 7) {
    const forgottenTopicsData = message.forgottenTopicsData ?? []
    writer.arrayLength(forgottenTopicsData.length, flexible)
    for (const item of forgottenTopicsData) writeFetchRequestForgottenTopic(writer, item, version)
  }
  if (version >= 11) writer.string(message.rackId ?? '', flexible)
  if (flexible) {
    const hasClusterId = !((message.clusterId ?? null) === null)
    const hasReplicaState = version >= 15 && !((message.replicaState === undefined || isDefaultFetchRequestReplicaState(message.replicaState)))
    writer.uvarint((hasClusterId ? 1 : 0) + (hasReplicaState ? 1 : 0))
    if (hasClusterId) {
      const content = new Writer()
      content.nullableString(message.clusterId ?? null, flexible)
      writer.tag(0, content)
    }
    if (hasReplicaState) {
      const content = new Writer()
      writeFetchRequestReplicaState(content, message.replicaState ?? DEFAULT_FetchRequestReplicaState, version)
      writer.tag(1, content)
    }
  }
}

const DEFAULT_FetchRequestReplicaState: FetchRequestReplicaState = { replicaId: -1, replicaEpoch: -1 }

function isDefaultFetchRequestReplicaState(message: FetchRequestReplicaStateInput): boolean {
  return (message.replicaId ?? -1) === -1 && (message.replicaEpoch ?? -1) === -1
}

export interface FetchResponseDivergingEpoch {
  readonly epoch: number
  readonly endOffset: number
}
export interface FetchResponseDivergingEpochInput {
  readonly epoch?: number | undefined
  readonly endOffset?: number | undefined
}

function readFetchResponseDivergingEpoch(reader: Reader, version: number): FetchResponseDivergingEpoch {
  const flexible = version >= 12
  const epoch = reader.int32()
  const endOffset = reader.int64()
  if (flexible) reader.skipTags()
  return { epoch, endOffset }
}

function writeFetchResponseDivergingEpoch(writer: Writer, message: FetchResponseDivergingEpochInput, version: number): void {
  const flexible = version >= 12
  writer.int32(message.epoch ?? -1)
  writer.int64(message.endOffset ?? -1)
  if (flexible) writer.uvarint(0)
}

export interface FetchResponseCurrentLeader {
  readonly leaderId: number
  readonly leaderEpoch: number
}
export interface FetchResponseCurrentLeaderInput {
  readonly leaderId?: number | undefined
  readonly leaderEpoch?: number | undefined
}

function readFetchResponseCurrentLeader(reader: Reader, version: number): FetchResponseCurrentLeader {
  const flexible = version >= 12
  const leaderId = reader.int32()
  const leaderEpoch = reader.int32()
  if (flexible) reader.skipTags()
  return { leaderId, leaderEpoch }
}

function writeFetchResponseCurrentLeader(writer: Writer, message: FetchResponseCurrentLeaderInput, version: number): void {
  const flexible = version >= 12
  writer.int32(message.leaderId ?? -1)
  writer.int32(message.leaderEpoch ?? -1)
  if (flexible) writer.uvarint(0)
}

export interface FetchResponseSnapshotId {
  readonly endOffset: number
  readonly epoch: number
}
export interface FetchResponseSnapshotIdInput {
  readonly endOffset?: number | undefined
  readonly epoch?: number | undefined
}

function readFetchResponseSnapshotId(reader: Reader, version: number): FetchResponseSnapshotId {
  const flexible = version >= 12
  const endOffset = reader.int64()
  const epoch = reader.int32()
  if (flexible) reader.skipTags()
  return { endOffset, epoch }
}

function writeFetchResponseSnapshotId(writer: Writer, message: FetchResponseSnapshotIdInput, version: number): void {
  const flexible = version >= 12
  writer.int64(message.endOffset ?? -1)
  writer.int32(message.epoch ?? -1)
  if (flexible) writer.uvarint(0)
}

export interface FetchResponseAbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

function readFetchResponseAbortedTransaction(reader: Reader, version: number): FetchResponseAbortedTransaction {
  const flexible = version >= 12
  const producerId = reader.int64()
  const firstOffset = reader.int64()
  if (flexible) reader.skipTags()
  return { producerId, firstOffset }
}

function writeFetchResponseAbortedTransaction(writer: Writer, message: FetchResponseAbortedTransaction, version: number): void {
  const flexible = version >= 12
  writer.int64(message.producerId)
  writer.int64(message.firstOffset)
  if (flexible) writer.uvarint(0)
}

export interface FetchResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly divergingEpoch: FetchResponseDivergingEpoch
  readonly currentLeader: FetchResponseCurrentLeader
  readonly snapshotId: FetchResponseSnapshotId
  readonly abortedTransactions: readonly FetchResponseAbortedTransaction[] | null
  readonly preferredReadReplica: number
  readonly records: Buffer | null
}
export interface FetchResponsePartitionInput {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset?: number | undefined
  readonly logStartOffset?: number | undefined
  readonly divergingEpoch?: FetchResponseDivergingEpochInput | undefined
  readonly currentLeader?: FetchResponseCurrentLeaderInput | undefined
  readonly snapshotId?: FetchResponseSnapshotIdInput | undefined
  readonly abortedTransactions: readonly FetchResponseAbortedTransaction[] | null
  readonly preferredReadReplica?: number | undefined
  readonly records: RecordsInput
}

function readFetchResponsePartition(reader: Reader, version: number): FetchResponsePartition {
  const flexible = version >= 12
  const partitionIndex = reader.int32()
  const errorCode = reader.int16()
  const highWatermark = reader.int64()
  const lastStableOffset = reader.int64()
  const logStartOffset: number = version >= 5 ? reader.int64() : -1
  let divergingEpoch: FetchResponseDivergingEpoch = DEFAULT_FetchResponseDivergingEpoch
  let currentLeader: FetchResponseCurrentLeader = DEFAULT_FetchResponseCurrentLeader
  let snapshotId: FetchResponseSnapshotId = DEFAULT_FetchResponseSnapshotId
  let abortedTransactions: readonly FetchResponseAbortedTransaction[] | null = null
  let abortedTransactionsLeft = reader.nullableArrayLength(flexible, 16)
  if (abortedTransactionsLeft < 0) abortedTransactions = null
  else {
    const items: FetchResponseAbortedTransaction[] = []
    for (; abortedTransactionsLeft > 0; abortedTransactionsLeft--) items.push(readFetchResponseAbortedTransaction(reader, version))
    abortedTransactions = items
  }
  const preferredReadReplica: number = version >= 11 ? reader.int32() : -1
  const records = reader.nullableBytes(flexible)
  if (flexible) {
    for (let tagsLeft = reader.uvarint(); tagsLeft > 0; tagsLeft--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd()
      if (tag === 0) divergingEpoch = readFetchResponseDivergingEpoch(reader, version)
      else if (tag === 1) currentLeader = readFetchResponseCurrentLeader(reader, version)
      else if (tag === 2) snapshotId = readFetchResponseSnapshotId(reader, version)
      else reader.position = end
      reader.endTag(end)
    }
  }
  return { partitionIndex, errorCode, highWatermark, lastStableOffset, logStartOffset, divergingEpoch, currentLeader, snapshotId, abortedTransactions, preferredReadReplica, records }
}

function writeFetchResponsePartition(writer: Writer, message: FetchResponsePartitionInput, version: number): void {
  const flexible = version >= 12
  writer.int32(message.partitionIndex)
  writer.int16(message.errorCode)
  writer.int64(message.highWatermark)
  writer.int64(message.lastStableOffset ?? -1)
  if (version >= 5) writer.int64(message.logStartOffset ?? -1)
  writer.arrayLength(message.abortedTransactions === null ? -1 : message.abortedTransactions.length, flexible)
  if (message.abortedTransactions !== null) for (const item of message.abortedTransactions) writeFetchResponseAbortedTransaction(writer, item, version)
  if (version >= 11) writer.int32(message.preferredReadReplica ?? -1)
  writer.nullableRecords(message.records, flexible)
  if (flexible) {
    const hasDivergingEpoch = !((message.divergingEpoch === undefined || isDefaultFetchResponseDivergingEpoch(message.divergingEpoch)))
    const hasCurrentLeader = !((message.currentLeader === undefined || isDefaultFetchResponseCurrentLeader(message.currentLeader)))
    const hasSnapshotId = !((message.snapshotId === undefined || isDefaultFetchResponseSnapshotId(message.snapshotId)))
    writer.uvarint((hasDivergingEpoch ? 1 : 0) + (hasCurrentLeader ? 1 : 0) + (hasSnapshotId ? 1 : 0))
    if (hasDivergingEpoch) {
      const content = new Writer()
      writeFetchResponseDivergingEpoch(content, message.divergingEpoch ?? DEFAULT_FetchResponseDivergingEpoch, version)
      writer.tag(0, content)
    }
    if (hasCurrentLeader) {
      const content = new Writer()
      writeFetchResponseCurrentLeader(content, message.currentLeader ?? DEFAULT_FetchResponseCurrentLeader, version)
      writer.tag(1, content)
    }
    if (hasSnapshotId) {
      const content = new Writer()
      writeFetchResponseSnapshotId(content, message.snapshotId ?? DEFAULT_FetchResponseSnapshotId, version)
      writer.tag(2, content)
    }
  }
}

export interface FetchResponseTopic {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly FetchResponsePartition[]
}
export interface FetchResponseTopicInput {
  readonly topic?: string | undefined
  readonly topicId?: string | undefined
  readonly partitions: readonly FetchResponsePartitionInput[]
}

function readFetchResponseTopic(reader: Reader, version: number): FetchResponseTopic {
  const flexible = version >= 12
  const topic: string = version <= 12 ? reader.string(flexible) : ''
  const topicId: string = version >= 13 ? reader.uuid() : ZERO_UUID
  const partitions: FetchResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 24)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readFetchResponsePartition(reader, version))
  if (flexible) reader.skipTags()
  return { topic, topicId, partitions }
}

function writeFetchResponseTopic(writer: Writer, message: FetchResponseTopicInput, version: number): void {
  const flexible = version >= 12
  if (version <= 12) writer.string(message.topic ?? '', flexible)
  if (version >= 13) writer.uuid(message.topicId ?? ZERO_UUID)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeFetchResponsePartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface FetchResponseNodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}
export interface FetchResponseNodeEndpointInput {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack?: string | null | undefined
}

function readFetchResponseNodeEndpoint(reader: Reader, version: number): FetchResponseNodeEndpoint {
  const flexible = version >= 12
  const nodeId = reader.int32()
  const host = reader.string(flexible)
  const port = reader.int32()
  const rack = reader.nullableString(flexible)
  if (flexible) reader.skipTags()
  return { nodeId, host, port, rack }
}

function writeFetchResponseNodeEndpoint(writer: Writer, message: FetchResponseNodeEndpointInput, version: number): void {
  const flexible = version >= 12
  writer.int32(message.nodeId)
  writer.string(message.host, flexible)
  writer.int32(message.port)
  writer.nullableString(message.rack ?? null, flexible)
  if (flexible) writer.uvarint(0)
}

export interface FetchResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly sessionId: number
  readonly responses: readonly FetchResponseTopic[]
  readonly nodeEndpoints: readonly FetchResponseNodeEndpoint[]
}
export interface FetchResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly errorCode?: number | undefined
  readonly sessionId?: number | undefined
  readonly responses: readonly FetchResponseTopicInput[]
  readonly nodeEndpoints?: readonly FetchResponseNodeEndpointInput[] | undefined
}

function readFetchResponse(reader: Reader, version: number): FetchResponse {
  const flexible = version >= 12
  const throttleTimeMs = reader.int32()
  const errorCode: number = version >= 7 ? reader.int16() : 0
  const sessionId: number = version >= 7 ? reader.int32() : 0
  const responses: FetchResponseTopic[] = []
  let responsesLeft = reader.arrayLength(flexible, 1)
  for (; responsesLeft > 0; responsesLeft--) responses.push(readFetchResponseTopic(reader, version))
  let nodeEndpoints: readonly FetchResponseNodeEndpoint[] = []
  if (flexible) {
    for (let tagsLeft = reader.uvarint(); tagsLeft > 0; tagsLeft--) {
      const tag = reader.uvarint()
      const end = reader.tagEnd()
      if (tag === 0 && version >= 16) {
        const items: FetchResponseNodeEndpoint[] = []
        let nodeEndpointsLeft = reader.arrayLength(flexible, 10)
        for (; nodeEndpointsLeft > 0; nodeEndpointsLeft--) items.push(readFetchResponseNodeEndpoint(reader, version))
        nodeEndpoints = items
      }
      else reader.position = end
      reader.endTag(end)
    }
  }
  return { throttleTimeMs, errorCode, sessionId, responses, nodeEndpoints }
}

function writeFetchResponse(writer: Writer, message: FetchResponseInput, version: number): void {
  const flexible = version >= 12
  writer.int32(message.throttleTimeMs ?? 0)
  if (version >= 7) writer.int16(message.errorCode ?? 0)
  if (version >= 7) writer.int32(message.sessionId ?? 0)
  writer.arrayLength(message.responses.length, flexible)
  for (const item of message.responses) writeFetchResponseTopic(writer, item, version)
  if (flexible) {
    const hasNodeEndpoints = version >= 16 && !((message.nodeEndpoints === undefined || message.nodeEndpoints?.length === 0))
    writer.uvarint((hasNodeEndpoints ? 1 : 0))
    if (hasNodeEndpoints) {
      const content = new Writer()
      const nodeEndpoints = message.nodeEndpoints ?? []
      content.arrayLength(nodeEndpoints.length, flexible)
      for (const item of nodeEndpoints) writeFetchResponseNodeEndpoint(content, item, version)
      writer.tag(0, content)
    }
  }
}

const DEFAULT_FetchResponseDivergingEpoch: FetchResponseDivergingEpoch = { epoch: -1, endOffset: -1 }

function isDefaultFetchResponseDivergingEpoch(message: FetchResponseDivergingEpochInput): boolean {
  return (message.epoch ?? -1) === -1 && (message.endOffset ?? -1) === -1
}

const DEFAULT_FetchResponseCurrentLeader: FetchResponseCurrentLeader = { leaderId: -1, leaderEpoch: -1 }

function isDefaultFetchResponseCurrentLeader(message: FetchResponseCurrentLeaderInput): boolean {
  return (message.leaderId ?? -1) === -1 && (message.leaderEpoch ?? -1) === -1
}

const DEFAULT_FetchResponseSnapshotId: FetchResponseSnapshotId = { endOffset: -1, epoch: -1 }

function isDefaultFetchResponseSnapshotId(message: FetchResponseSnapshotIdInput): boolean {
  return (message.endOffset ?? -1) === -1 && (message.epoch ?? -1) === -1
}

export const fetchApi: Api<FetchRequest, FetchResponse, FetchRequestInput, FetchResponseInput> = defineApi({
  key: 1,
  name: 'Fetch',
  minVersion: 4,
  maxVersion: 18,
  latestStableVersion: 18,
  flexibleFrom: 12,
  readRequest: readFetchRequest,
  writeRequest: writeFetchRequest,
  readResponse: readFetchResponse,
  writeResponse: writeFetchResponse,
})

// ---- ListOffsets (2) ----

export interface ListOffsetsRequestPartition {
  readonly partitionIndex: number
  readonly currentLeaderEpoch: number
  readonly timestamp: number
}
export interface ListOffsetsRequestPartitionInput {
  readonly partitionIndex: number
  readonly currentLeaderEpoch?: number | undefined
  readonly timestamp: number
}

function readListOffsetsRequestPartition(reader: Reader, version: number): ListOffsetsRequestPartition {
  const flexible = version >= 6
  const partitionIndex = reader.int32()
  const currentLeaderEpoch: number = version >= 4 ? reader.int32() : -1
  const timestamp = reader.int64()
  if (flexible) reader.skipTags()
  return { partitionIndex, currentLeaderEpoch, timestamp }
}

function writeListOffsetsRequestPartition(writer: Writer, message: ListOffsetsRequestPartitionInput, version: number): void {
  const flexible = version >= 6
  writer.int32(message.partitionIndex)
  if (version >= 4) writer.int32(message.currentLeaderEpoch ?? -1)
  writer.int64(message.timestamp)
  if (flexible) writer.uvarint(0)
}

export interface ListOffsetsRequestTopic {
  readonly name: string
  readonly partitions: readonly ListOffsetsRequestPartition[]
}
export interface ListOffsetsRequestTopicInput {
  readonly name: string
  readonly partitions: readonly ListOffsetsRequestPartitionInput[]
}

function readListOffsetsRequestTopic(reader: Reader, version: number): ListOffsetsRequestTopic {
  const flexible = version >= 6
  const name = reader.string(flexible)
  const partitions: ListOffsetsRequestPartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 12)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readListOffsetsRequestPartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, partitions }
}

function writeListOffsetsRequestTopic(writer: Writer, message: ListOffsetsRequestTopicInput, version: number): void {
  const flexible = version >= 6
  writer.string(message.name, flexible)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeListOffsetsRequestPartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface ListOffsetsRequest {
  readonly replicaId: number
  readonly isolationLevel: number
  readonly topics: readonly ListOffsetsRequestTopic[]
  readonly timeoutMs: number
}
export interface ListOffsetsRequestInput {
  readonly replicaId: number
  readonly isolationLevel?: number | undefined
  readonly topics: readonly ListOffsetsRequestTopicInput[]
  readonly timeoutMs?: number | undefined
}

function readListOffsetsRequest(reader: Reader, version: number): ListOffsetsRequest {
  const flexible = version >= 6
  const replicaId = reader.int32()
  const isolationLevel: number = version >= 2 ? reader.int8() : 0
  const topics: ListOffsetsRequestTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readListOffsetsRequestTopic(reader, version))
  const timeoutMs: number = version >= 10 ? reader.int32() : 0
  if (flexible) reader.skipTags()
  return { replicaId, isolationLevel, topics, timeoutMs }
}

function writeListOffsetsRequest(writer: Writer, message: ListOffsetsRequestInput, version: number): void {
  const flexible = version >= 6
  writer.int32(message.replicaId)
  if (version >= 2) writer.int8(message.isolationLevel ?? 0)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeListOffsetsRequestTopic(writer, item, version)
  if (version >= 10) writer.int32(message.timeoutMs ?? 0)
  if (flexible) writer.uvarint(0)
}

export interface ListOffsetsResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}
export interface ListOffsetsResponsePartitionInput {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly timestamp?: number | undefined
  readonly offset?: number | undefined
  readonly leaderEpoch?: number | undefined
}

function readListOffsetsResponsePartition(reader: Reader, version: number): ListOffsetsResponsePartition {
  const flexible = version >= 6
  const partitionIndex = reader.int32()
  const errorCode = reader.int16()
  const timestamp = reader.int64()
  const offset = reader.int64()
  const leaderEpoch: number = version >= 4 ? reader.int32() : -1
  if (flexible) reader.skipTags()
  return { partitionIndex, errorCode, timestamp, offset, leaderEpoch }
}

function writeListOffsetsResponsePartition(writer: Writer, message: ListOffsetsResponsePartitionInput, version: number): void {
  const flexible = version >= 6
  writer.int32(message.partitionIndex)
  writer.int16(message.errorCode)
  writer.int64(message.timestamp ?? -1)
  writer.int64(message.offset ?? -1)
  if (version >= 4) writer.int32(message.leaderEpoch ?? -1)
  if (flexible) writer.uvarint(0)
}

export interface ListOffsetsResponseTopic {
  readonly name: string
  readonly partitions: readonly ListOffsetsResponsePartition[]
}
export interface ListOffsetsResponseTopicInput {
  readonly name: string
  readonly partitions: readonly ListOffsetsResponsePartitionInput[]
}

function readListOffsetsResponseTopic(reader: Reader, version: number): ListOffsetsResponseTopic {
  const flexible = version >= 6
  const name = reader.string(flexible)
  const partitions: ListOffsetsResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 22)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readListOffsetsResponsePartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, partitions }
}

function writeListOffsetsResponseTopic(writer: Writer, message: ListOffsetsResponseTopicInput, version: number): void {
  const flexible = version >= 6
  writer.string(message.name, flexible)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeListOffsetsResponsePartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface ListOffsetsResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly ListOffsetsResponseTopic[]
}
export interface ListOffsetsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly ListOffsetsResponseTopicInput[]
}

function readListOffsetsResponse(reader: Reader, version: number): ListOffsetsResponse {
  const flexible = version >= 6
  const throttleTimeMs: number = version >= 2 ? reader.int32() : 0
  const topics: ListOffsetsResponseTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readListOffsetsResponseTopic(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, topics }
}

function writeListOffsetsResponse(writer: Writer, message: ListOffsetsResponseInput, version: number): void {
  const flexible = version >= 6
  if (version >= 2) writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeListOffsetsResponseTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const listOffsetsApi: Api<ListOffsetsRequest, ListOffsetsResponse, ListOffsetsRequestInput, ListOffsetsResponseInput> = defineApi({
  key: 2,
  name: 'ListOffsets',
  minVersion: 1,
  maxVersion: 11,
  latestStableVersion: 11,
  flexibleFrom: 6,
  readRequest: readListOffsetsRequest,
  writeRequest: writeListOffsetsRequest,
  readResponse: readListOffsetsResponse,
  writeResponse: writeListOffsetsResponse,
})

// ---- OffsetForLeaderEpoch (23) ----

export interface OffsetForLeaderEpochRequestPartition {
  readonly partition: number
  readonly currentLeaderEpoch: number
  readonly leaderEpoch: number
}
export interface OffsetForLeaderEpochRequestPartitionInput {
  readonly partition: number
  readonly currentLeaderEpoch?: number | undefined
  readonly leaderEpoch: number
}

function readOffsetForLeaderEpochRequestPartition(reader: Reader, version: number): OffsetForLeaderEpochRequestPartition {
  const flexible = version >= 4
  const partition = reader.int32()
  const currentLeaderEpoch = reader.int32()
  const leaderEpoch = reader.int32()
  if (flexible) reader.skipTags()
  return { partition, currentLeaderEpoch, leaderEpoch }
}

function writeOffsetForLeaderEpochRequestPartition(writer: Writer, message: OffsetForLeaderEpochRequestPartitionInput, version: number): void {
  const flexible = version >= 4
  writer.int32(message.partition)
  writer.int32(message.currentLeaderEpoch ?? -1)
  writer.int32(message.leaderEpoch)
  if (flexible) writer.uvarint(0)
}

export interface OffsetForLeaderEpochRequestTopic {
  readonly topic: string
  readonly partitions: readonly OffsetForLeaderEpochRequestPartition[]
}
export interface OffsetForLeaderEpochRequestTopicInput {
  readonly topic: string
  readonly partitions: readonly OffsetForLeaderEpochRequestPartitionInput[]
}

function readOffsetForLeaderEpochRequestTopic(reader: Reader, version: number): OffsetForLeaderEpochRequestTopic {
  const flexible = version >= 4
  const topic = reader.string(flexible)
  const partitions: OffsetForLeaderEpochRequestPartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 12)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readOffsetForLeaderEpochRequestPartition(reader, version))
  if (flexible) reader.skipTags()
  return { topic, partitions }
}

function writeOffsetForLeaderEpochRequestTopic(writer: Writer, message: OffsetForLeaderEpochRequestTopicInput, version: number): void {
  const flexible = version >= 4
  writer.string(message.topic, flexible)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeOffsetForLeaderEpochRequestPartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface OffsetForLeaderEpochRequest {
  readonly replicaId: number
  readonly topics: readonly OffsetForLeaderEpochRequestTopic[]
}
export interface OffsetForLeaderEpochRequestInput {
  readonly replicaId?: number | undefined
  readonly topics: readonly OffsetForLeaderEpochRequestTopicInput[]
}

function readOffsetForLeaderEpochRequest(reader: Reader, version: number): OffsetForLeaderEpochRequest {
  const flexible = version >= 4
  const replicaId: number = version >= 3 ? reader.int32() : -2
  const topics: OffsetForLeaderEpochRequestTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readOffsetForLeaderEpochRequestTopic(reader, version))
  if (flexible) reader.skipTags()
  return { replicaId, topics }
}

function writeOffsetForLeaderEpochRequest(writer: Writer, message: OffsetForLeaderEpochRequestInput, version: number): void {
  const flexible = version >= 4
  if (version >= 3) writer.int32(message.replicaId ?? -2)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeOffsetForLeaderEpochRequestTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface OffsetForLeaderEpochResponsePartition {
  readonly errorCode: number
  readonly partition: number
  readonly leaderEpoch: number
  readonly endOffset: number
}
export interface OffsetForLeaderEpochResponsePartitionInput {
  readonly errorCode: number
  readonly partition: number
  readonly leaderEpoch?: number | undefined
  readonly endOffset?: number | undefined
}

function readOffsetForLeaderEpochResponsePartition(reader: Reader, version: number): OffsetForLeaderEpochResponsePartition {
  const flexible = version >= 4
  const errorCode = reader.int16()
  const partition = reader.int32()
  const leaderEpoch = reader.int32()
  const endOffset = reader.int64()
  if (flexible) reader.skipTags()
  return { errorCode, partition, leaderEpoch, endOffset }
}

function writeOffsetForLeaderEpochResponsePartition(writer: Writer, message: OffsetForLeaderEpochResponsePartitionInput, version: number): void {
  const flexible = version >= 4
  writer.int16(message.errorCode)
  writer.int32(message.partition)
  writer.int32(message.leaderEpoch ?? -1)
  writer.int64(message.endOffset ?? -1)
  if (flexible) writer.uvarint(0)
}

export interface OffsetForLeaderEpochResponseTopic {
  readonly topic: string
  readonly partitions: readonly OffsetForLeaderEpochResponsePartition[]
}
export interface OffsetForLeaderEpochResponseTopicInput {
  readonly topic: string
  readonly partitions: readonly OffsetForLeaderEpochResponsePartitionInput[]
}

function readOffsetForLeaderEpochResponseTopic(reader: Reader, version: number): OffsetForLeaderEpochResponseTopic {
  const flexible = version >= 4
  const topic = reader.string(flexible)
  const partitions: OffsetForLeaderEpochResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 18)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readOffsetForLeaderEpochResponsePartition(reader, version))
  if (flexible) reader.skipTags()
  return { topic, partitions }
}

function writeOffsetForLeaderEpochResponseTopic(writer: Writer, message: OffsetForLeaderEpochResponseTopicInput, version: number): void {
  const flexible = version >= 4
  writer.string(message.topic, flexible)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeOffsetForLeaderEpochResponsePartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface OffsetForLeaderEpochResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly OffsetForLeaderEpochResponseTopic[]
}
export interface OffsetForLeaderEpochResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly OffsetForLeaderEpochResponseTopicInput[]
}

function readOffsetForLeaderEpochResponse(reader: Reader, version: number): OffsetForLeaderEpochResponse {
  const flexible = version >= 4
  const throttleTimeMs = reader.int32()
  const topics: OffsetForLeaderEpochResponseTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readOffsetForLeaderEpochResponseTopic(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, topics }
}

function writeOffsetForLeaderEpochResponse(writer: Writer, message: OffsetForLeaderEpochResponseInput, version: number): void {
  const flexible = version >= 4
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeOffsetForLeaderEpochResponseTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const offsetForLeaderEpochApi: Api<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderEpochRequestInput, OffsetForLeaderEpochResponseInput> = defineApi({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  minVersion: 2,
  maxVersion: 4,
  latestStableVersion: 4,
  flexibleFrom: 4,
  readRequest: readOffsetForLeaderEpochRequest,
  writeRequest: writeOffsetForLeaderEpochRequest,
  readResponse: readOffsetForLeaderEpochResponse,
  writeResponse: writeOffsetForLeaderEpochResponse,
})

// ---- DeleteRecords (21) ----

export interface DeleteRecordsRequestPartition {
  readonly partitionIndex: number
  readonly offset: number
}

function readDeleteRecordsRequestPartition(reader: Reader, version: number): DeleteRecordsRequestPartition {
  const flexible = version >= 2
  const partitionIndex = reader.int32()
  const offset = reader.int64()
  if (flexible) reader.skipTags()
  return { partitionIndex, offset }
}

function writeDeleteRecordsRequestPartition(writer: Writer, message: DeleteRecordsRequestPartition, version: number): void {
  const flexible = version >= 2
  writer.int32(message.partitionIndex)
  writer.int64(message.offset)
  if (flexible) writer.uvarint(0)
}

export interface DeleteRecordsRequestTopic {
  readonly name: string
  readonly partitions: readonly DeleteRecordsRequestPartition[]
}

function readDeleteRecordsRequestTopic(reader: Reader, version: number): DeleteRecordsRequestTopic {
  const flexible = version >= 2
  const name = reader.string(flexible)
  const partitions: DeleteRecordsRequestPartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 12)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readDeleteRecordsRequestPartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, partitions }
}

function writeDeleteRecordsRequestTopic(writer: Writer, message: DeleteRecordsRequestTopic, version: number): void {
  const flexible = version >= 2
  writer.string(message.name, flexible)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeDeleteRecordsRequestPartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface DeleteRecordsRequest {
  readonly topics: readonly DeleteRecordsRequestTopic[]
  readonly timeoutMs: number
}

function readDeleteRecordsRequest(reader: Reader, version: number): DeleteRecordsRequest {
  const flexible = version >= 2
  const topics: DeleteRecordsRequestTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readDeleteRecordsRequestTopic(reader, version))
  const timeoutMs = reader.int32()
  if (flexible) reader.skipTags()
  return { topics, timeoutMs }
}

function writeDeleteRecordsRequest(writer: Writer, message: DeleteRecordsRequest, version: number): void {
  const flexible = version >= 2
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeDeleteRecordsRequestTopic(writer, item, version)
  writer.int32(message.timeoutMs)
  if (flexible) writer.uvarint(0)
}

export interface DeleteRecordsResponsePartition {
  readonly partitionIndex: number
  readonly lowWatermark: number
  readonly errorCode: number
}

function readDeleteRecordsResponsePartition(reader: Reader, version: number): DeleteRecordsResponsePartition {
  const flexible = version >= 2
  const partitionIndex = reader.int32()
  const lowWatermark = reader.int64()
  const errorCode = reader.int16()
  if (flexible) reader.skipTags()
  return { partitionIndex, lowWatermark, errorCode }
}

function writeDeleteRecordsResponsePartition(writer: Writer, message: DeleteRecordsResponsePartition, version: number): void {
  const flexible = version >= 2
  writer.int32(message.partitionIndex)
  writer.int64(message.lowWatermark)
  writer.int16(message.errorCode)
  if (flexible) writer.uvarint(0)
}

export interface DeleteRecordsResponseTopic {
  readonly name: string
  readonly partitions: readonly DeleteRecordsResponsePartition[]
}

function readDeleteRecordsResponseTopic(reader: Reader, version: number): DeleteRecordsResponseTopic {
  const flexible = version >= 2
  const name = reader.string(flexible)
  const partitions: DeleteRecordsResponsePartition[] = []
  let partitionsLeft = reader.arrayLength(flexible, 14)
  for (; partitionsLeft > 0; partitionsLeft--) partitions.push(readDeleteRecordsResponsePartition(reader, version))
  if (flexible) reader.skipTags()
  return { name, partitions }
}

function writeDeleteRecordsResponseTopic(writer: Writer, message: DeleteRecordsResponseTopic, version: number): void {
  const flexible = version >= 2
  writer.string(message.name, flexible)
  writer.arrayLength(message.partitions.length, flexible)
  for (const item of message.partitions) writeDeleteRecordsResponsePartition(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export interface DeleteRecordsResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly DeleteRecordsResponseTopic[]
}
export interface DeleteRecordsResponseInput {
  readonly throttleTimeMs?: number | undefined
  readonly topics: readonly DeleteRecordsResponseTopic[]
}

function readDeleteRecordsResponse(reader: Reader, version: number): DeleteRecordsResponse {
  const flexible = version >= 2
  const throttleTimeMs = reader.int32()
  const topics: DeleteRecordsResponseTopic[] = []
  let topicsLeft = reader.arrayLength(flexible, 2)
  for (; topicsLeft > 0; topicsLeft--) topics.push(readDeleteRecordsResponseTopic(reader, version))
  if (flexible) reader.skipTags()
  return { throttleTimeMs, topics }
}

function writeDeleteRecordsResponse(writer: Writer, message: DeleteRecordsResponseInput, version: number): void {
  const flexible = version >= 2
  writer.int32(message.throttleTimeMs ?? 0)
  writer.arrayLength(message.topics.length, flexible)
  for (const item of message.topics) writeDeleteRecordsResponseTopic(writer, item, version)
  if (flexible) writer.uvarint(0)
}

export const deleteRecordsApi: Api<DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecordsRequest, DeleteRecordsResponseInput> = defineApi({
  key: 21,
  name: 'DeleteRecords',
  minVersion: 0,
  maxVersion: 2,
  latestStableVersion: 2,
  flexibleFrom: 2,
  readRequest: readDeleteRecordsRequest,
  writeRequest: writeDeleteRecordsRequest,
  readResponse: readDeleteRecordsResponse,
  writeResponse: writeDeleteRecordsResponse,
})
