// Fetch (key 1), versions 4-18. Long poll: answered when minBytes can be read, on any error or news of divergence, or after maxWaitMs.
// - Whole batches from the one that holds the offset; the first batch of the answer whatever its size (KIP-74), later ones within
//   the limits. Empty records are an empty buffer, never null (librdkafka fails on null).
// - Readers see up to the high watermark, at read_committed up to the last stable offset, with the aborted transactions of the range.
// - Sessions (KIP-227) are keyed by topic id from version 13 on; partitions that were answered with data move to the end.
// - lastFetchedEpoch (12+): where the client's log is not ours any more it gets the diverging epoch and its end, no records.
// - Offsets between the high watermark and the end give no records and no error; only beyond the end or before the start is out of range.
import { EMPTY_BYTES, TidemillError, type Timer } from '../../base/index.ts'
import { ERROR, type FetchRequest, type FetchResponseInput, fetchApi } from '../../protocol/index.ts'
import type { BrokerCore, WaitingFetch } from '../core.ts'
import { type FetchSession, type SessionPartition, partitionKey } from '../fetch-sessions.ts'
import { type Call, type Handler, PARKED, defineHandler } from '../handler.ts'
import { batch } from '../log/batch-fields.ts'
import type { PartitionLog } from '../log/partition-log.ts'

type PartitionAnswer = FetchResponseInput['responses'][number]['partitions'][number]

const TOPIC_IDS_FROM_VERSION = 13
const READ_COMMITTED = 1
const NO_SESSION_EPOCH = -1

export const fetch: Handler = defineHandler(fetchApi, { min: 4, max: 18 }, (core, request, call) => {
  const session = openSession(core, request, call.version >= TOPIC_IDS_FROM_VERSION)
  if (typeof session === 'number') return { errorCode: session, responses: [] }
  const fetch = new ParkedFetch(core, request, call, session)
  const answer = fetch.answerNow()
  if (answer !== undefined) return answer
  fetch.park()
  return PARKED
})

/** What a request asks for: all partitions of a session, or what it names itself. */
interface Wanted {
  readonly partitions: Map<string, SessionPartition>
  /** undefined: none, and every partition is answered. */
  readonly session: FetchSession | undefined
  /** A new session answers all of its partitions the first time. */
  readonly isFull: boolean
}

function openSession(core: BrokerCore, request: FetchRequest, usesTopicIds: boolean): Wanted | number {
  const { sessionId, sessionEpoch } = request
  if (sessionEpoch === 0 || sessionEpoch === NO_SESSION_EPOCH) {
    if (sessionId !== 0) core.fetchSessions.close(sessionId)
    const session = sessionEpoch === 0 ? core.fetchSessions.create(usesTopicIds) : undefined
    const partitions = session?.partitions ?? new Map<string, SessionPartition>()
    nameTopics(core, request, usesTopicIds, partitions)
    return { partitions, session, isFull: true }
  }
  const session = core.fetchSessions.use(sessionId, sessionEpoch, usesTopicIds)
  if (typeof session === 'number') return session
  for (const topic of request.forgottenTopicsData) {
    const key = usesTopicIds ? topic.topicId : topic.topic
    for (const partition of topic.partitions) session.partitions.delete(partitionKey(key, partition))
  }
  nameTopics(core, request, usesTopicIds, session.partitions)
  return { partitions: session.partitions, session, isFull: false }
}

function nameTopics(
  core: BrokerCore,
  request: FetchRequest,
  usesTopicIds: boolean,
  partitions: Map<string, SessionPartition>,
): void {
  for (const topic of request.topics) {
    const name = usesTopicIds ? (core.catalog.topicsById.get(topic.topicId)?.name ?? '') : topic.topic
    for (const asked of topic.partitions) {
      const { partition, currentLeaderEpoch, fetchOffset, lastFetchedEpoch, partitionMaxBytes } = asked
      const limits = { currentLeaderEpoch, fetchOffset, lastFetchedEpoch, partitionMaxBytes }
      const key = partitionKey(usesTopicIds ? topic.topicId : topic.topic, partition)
      const known = partitions.get(key)
      if (known !== undefined) Object.assign(known, limits)
      else {
        const { topicId } = topic
        partitions.set(key, { topic: name, topicId, partition, ...limits, highWatermark: -1, logStartOffset: -1 })
      }
    }
  }
}

/** What one look at a partition found. */
interface Found {
  readonly key: string
  readonly partition: SessionPartition
  readonly answer: PartitionAnswer
  readonly bytes: number
}

class ParkedFetch implements WaitingFetch {
  readonly #core: BrokerCore
  readonly #request: FetchRequest
  readonly #call: Call<FetchResponseInput>
  readonly #wanted: Wanted
  readonly #logs = new Set<PartitionLog>()
  #timer: Timer | undefined

  constructor(core: BrokerCore, request: FetchRequest, call: Call<FetchResponseInput>, wanted: Wanted) {
    this.#core = core
    this.#request = request
    this.#call = call
    this.#wanted = wanted
  }

  /** The answer, if there is enough for one (or no time to wait). */
  answerNow(isLast = this.#request.maxWaitMs <= 0): FetchResponseInput | undefined {
    const found = this.#lookAtAll()
    const bytes = found.reduce((sum, each) => sum + each.bytes, 0)
    const isUrgent = found.some(({ answer }) => answer.errorCode !== ERROR.NONE || answer.divergingEpoch !== undefined)
    if (bytes < this.#request.minBytes && !isUrgent && !isLast && found.length > 0) return undefined
    return this.#answer(found)
  }

  park(): void {
    for (const { topic, topicId, partition } of this.#wanted.partitions.values()) {
      const log = this.#logOf(topic, topicId, partition)
      if (log !== undefined) this.#logs.add(log)
    }
    this.#core.wait(this, this.#logs)
    this.#timer = this.#core.clock.setTimer(this.#request.maxWaitMs, () => this.#finish(this.answerNow(true)), {
      unref: true,
    })
    this.#call.onAbandoned(() => this.#stop())
  }

  retry(): void {
    this.#finish(this.answerNow())
  }

  #finish(answer: FetchResponseInput | undefined): void {
    if (answer === undefined) return
    this.#stop()
    this.#call.respond(answer)
  }

  #stop(): void {
    this.#timer?.cancel()
    this.#core.stopWaiting(this, this.#logs)
  }

  #lookAtAll(): Found[] {
    let left = Math.min(this.#request.maxBytes, this.#core.configs.number('fetch.max.bytes'))
    let isEmpty = true
    const found: Found[] = []
    for (const [key, partition] of this.#wanted.partitions) {
      const answer = this.#lookAt(partition, Math.min(left, partition.partitionMaxBytes), isEmpty)
      const bytes = recordsBytes(answer.records)
      left = Math.max(0, left - bytes)
      if (bytes > 0) isEmpty = false
      found.push({ key, partition, answer, bytes })
    }
    return found
  }

  #lookAt(partition: SessionPartition, bytesMax: number, mayExceed: boolean): PartitionAnswer {
    const { fetchOffset, currentLeaderEpoch, lastFetchedEpoch } = partition
    const log = this.#logOf(partition.topic, partition.topicId, partition.partition)
    if (log === undefined) {
      const byId = this.#call.version >= TOPIC_IDS_FROM_VERSION
      const isKnown = byId && this.#core.catalog.topicsById.has(partition.topicId)
      return failed(partition.partition, byId && !isKnown ? ERROR.UNKNOWN_TOPIC_ID : ERROR.UNKNOWN_TOPIC_OR_PARTITION)
    }
    const epochError = leaderEpochError(this.#core.leaderEpoch, currentLeaderEpoch)
    if (epochError !== ERROR.NONE) return failed(partition.partition, epochError)
    const divergingEpoch = diverging(log, lastFetchedEpoch, fetchOffset)
    if (divergingEpoch !== undefined)
      return { ...facts(log), divergingEpoch, abortedTransactions: null, records: EMPTY_BYTES }
    if (fetchOffset < log.logStartOffset || fetchOffset > log.logEndOffset) {
      return { ...facts(log), errorCode: ERROR.OFFSET_OUT_OF_RANGE, abortedTransactions: null, records: EMPTY_BYTES }
    }
    return this.#read(log, fetchOffset, bytesMax, mayExceed)
  }

  #read(log: PartitionLog, fetchOffset: number, bytesMax: number, mayExceed: boolean): PartitionAnswer {
    const isCommitted = this.#request.isolationLevel === READ_COMMITTED
    const endOffset = isCommitted ? log.lastStableOffset : log.highWatermark
    let records: readonly Buffer[] = []
    try {
      if (bytesMax > 0 || mayExceed) records = log.read(fetchOffset, endOffset, bytesMax)
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error
      this.#core.warn(error.message)
      const errorCode = error.code === 'corrupt-log' ? ERROR.CORRUPT_MESSAGE : ERROR.KAFKA_STORAGE_ERROR
      return { ...facts(log), errorCode, abortedTransactions: null, records: EMPTY_BYTES }
    }
    if (!mayExceed && recordsBytes(records) > bytesMax) records = []
    const abortedTransactions = isCommitted ? aborted(log, fetchOffset, records) : null
    return { ...facts(log), abortedTransactions, records: records.length === 0 ? EMPTY_BYTES : records }
  }

  #answer(found: readonly Found[]): FetchResponseInput {
    const { session, isFull, partitions } = this.#wanted
    const told = session === undefined || isFull ? found : found.filter(isNews)
    if (session !== undefined) {
      for (const { key, partition, answer, bytes } of told) {
        partition.highWatermark = answer.highWatermark
        partition.logStartOffset = answer.logStartOffset ?? -1
        if (bytes === 0) continue
        partitions.delete(key)
        partitions.set(key, partition)
      }
    }
    return { errorCode: ERROR.NONE, sessionId: session?.id ?? 0, responses: byTopic(told) }
  }

  #logOf(topic: string, topicId: string, partition: number): PartitionLog | undefined {
    const { topics, topicsById } = this.#core.catalog
    const found = this.#call.version >= TOPIC_IDS_FROM_VERSION ? topicsById.get(topicId) : topics.get(topic)
    return found?.logs[partition]
  }
}

export function leaderEpochError(current: number, asked: number): number {
  if (asked < 0 || asked === current) return ERROR.NONE
  return asked < current ? ERROR.FENCED_LEADER_EPOCH : ERROR.UNKNOWN_LEADER_EPOCH
}

/** Where the client's log parted from ours (KIP-595): it read records that are gone now, or others are in their place. */
function diverging(
  log: PartitionLog,
  lastFetchedEpoch: number,
  fetchOffset: number,
): { readonly epoch: number; readonly endOffset: number } | undefined {
  if (lastFetchedEpoch < 0) return undefined
  const end = log.epochs.endOffsetFor(lastFetchedEpoch, log.logEndOffset)
  if (end === undefined) return undefined
  return end.epoch < lastFetchedEpoch || end.endOffset < fetchOffset ? end : undefined
}

function aborted(
  log: PartitionLog,
  fetchOffset: number,
  records: readonly Buffer[],
): { readonly producerId: number; readonly firstOffset: number }[] {
  const last = records.at(-1)
  if (last === undefined) return []
  return log.aborted
    .overlapping(fetchOffset, endOffsetOf(last))
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
}

/** The offset after the last batch in the bytes. */
function endOffsetOf(records: Buffer): number {
  let at = 0
  while (at + batch.size(records, at) < records.length) at += batch.size(records, at)
  return batch.lastOffset(records, at) + 1
}

function recordsBytes(records: Buffer | readonly Buffer[] | null): number {
  if (records === null) return 0
  return Buffer.isBuffer(records) ? records.length : records.reduce((sum, part) => sum + part.length, 0)
}

function facts(log: PartitionLog): Omit<PartitionAnswer, 'records' | 'abortedTransactions'> {
  return {
    partitionIndex: log.partition,
    errorCode: ERROR.NONE,
    highWatermark: log.highWatermark,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.logStartOffset,
  }
}

function failed(partitionIndex: number, errorCode: number): PartitionAnswer {
  return { partitionIndex, errorCode, highWatermark: -1, abortedTransactions: null, records: EMPTY_BYTES }
}

function isNews({ partition, answer, bytes }: Found): boolean {
  if (bytes > 0 || answer.errorCode !== ERROR.NONE || answer.divergingEpoch !== undefined) return true
  return answer.highWatermark !== partition.highWatermark || answer.logStartOffset !== partition.logStartOffset
}

/** Partitions in their order, those of a topic that follow one another together. */
function byTopic(found: readonly Found[]): FetchResponseInput['responses'] {
  const topics: { topic: string; topicId: string; partitions: PartitionAnswer[] }[] = []
  for (const { partition, answer } of found) {
    const { topic, topicId } = partition
    const last = topics.at(-1)
    if (last !== undefined && last.topic === topic && last.topicId === topicId) last.partitions.push(answer)
    else topics.push({ topic, topicId, partitions: [answer] })
  }
  return topics
}
