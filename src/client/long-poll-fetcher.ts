// The fetcher: one fetch on its way to each leader at a time, long-polling, with an incremental session; what comes is queued by
// partition until it is polled. Each partition has two positions: where the next fetch begins, and where the next poll does.
// A partition that is added or resumed while its leader's fetch waits for data is asked for in a second fetch beside it.
// Invariants: #bufferedBytes is the size of all queued chunks; an answer for an older incarnation of a partition (it was moved or
// removed since) is dropped; a partition with a reported problem is not fetched until it is added again.
import { RetriableError, TidemillError, type Timer } from '../base/index.ts'
import {
  ERROR,
  type FetchRequestInput,
  type FetchResponse,
  type FetchResponsePartition,
  type RecordBatch,
  ZERO_UUID,
  fetchApi,
  isRetriableError,
} from '../protocol/index.ts'
import { type TopicPartition, formatTopicPartition, topicPartition } from '../record/index.ts'
import { backoffMs } from './backoff.ts'
import { brokerError } from './broker-error.ts'
import { type Leader, describeBroker } from './cluster.ts'
import type { ClientContext } from './context.ts'
import type { FetchProblem, FetchedPartition, Fetcher, FetcherOptions, PollResult } from './contract.ts'
import { FetchSession, type WantedPartition } from './fetch-session.ts'
import { fetchedBatches } from './fetched-batches.ts'
import { groupByTopic } from './group-by-topic.ts'
import { isolationLevel, listOffsets } from './list-offsets.ts'

const MIN_BYTES = 1
const MAX_BYTES = 50 * 1_048_576
const PARTITION_MAX_BYTES = 1_048_576
const MAX_WAIT_MS = 500
const BUFFERED_BYTES_MAX = 64 * 1_048_576
/** Of one partition no more than that many times `partitionMaxBytes` waits to be polled. */
const PARTITION_CHUNKS_MAX = 4
/** A topic may have been created a moment ago and not be known everywhere yet. */
const TOPIC_WAIT_MS = 5_000
/** How long a fetch may hold up partitions that it does not ask for, before a second one goes beside it. */
const SIDE_FETCH_AFTER_MS = 3
const CONSUMER = -1
const SESSION_LOST: ReadonlySet<number> = new Set([ERROR.FETCH_SESSION_ID_NOT_FOUND, ERROR.INVALID_FETCH_SESSION_EPOCH])

interface Chunk {
  readonly batches: readonly RecordBatch[]
  readonly fromOffset: number
  readonly nextOffset: number
  readonly sizeBytes: number
}

interface ReadPartition {
  readonly tp: TopicPartition
  position: number
  fetchOffset: number
  /** Of the record before `fetchOffset`; -1: not known. */
  lastEpoch: number
  endOffset: number | undefined
  isPaused: boolean
  isHalted: boolean
  isInFlight: boolean
  chunks: Chunk[]
  bufferedBytes: number
  failures: number
  notBeforeMs: number
  missingSinceMs: number | undefined
}

interface LeaderFetch {
  readonly session: FetchSession
  isBusy: boolean
  isSideBusy: boolean
  sentAtMs: number
  sideTimer: Timer | undefined
}

interface FetchPlan {
  readonly leader: Leader
  readonly partitions: ReadPartition[]
}

export class LongPollFetcher implements Fetcher {
  readonly #context: ClientContext
  readonly #options: Required<FetcherOptions>
  readonly #lane: string
  readonly #partitions = new Map<TopicPartition, ReadPartition>()
  readonly #leaders = new Map<number, LeaderFetch>()
  /** Those that have something to poll, in the order in which it came. */
  readonly #ready = new Set<ReadPartition>()
  #problems: FetchProblem[] = []
  #bufferedBytes = 0
  #waiting: (() => void) | undefined
  #isWoken = false
  #isScheduled = false
  #isLookingUp = false
  #timer: Timer | undefined
  #timerAtMs = Infinity
  #fatal: Error | undefined
  #isClosed = false

  constructor(context: ClientContext, options: FetcherOptions) {
    this.#context = context
    this.#lane = context.newLane('fetch')
    this.#options = {
      isolation: options.isolation,
      minBytes: options.minBytes ?? MIN_BYTES,
      maxBytes: options.maxBytes ?? MAX_BYTES,
      partitionMaxBytes: options.partitionMaxBytes ?? PARTITION_MAX_BYTES,
      maxWaitMs: options.maxWaitMs ?? MAX_WAIT_MS,
      bufferedBytesMax: options.bufferedBytesMax ?? BUFFERED_BYTES_MAX,
      reset: options.reset ?? 'none',
    }
  }

  // ---- what is read ----

  add(tp: TopicPartition, offset: number, leaderEpoch = -1): void {
    this.#drop(tp)
    this.#partitions.set(tp, {
      tp,
      position: offset,
      fetchOffset: offset,
      lastEpoch: leaderEpoch,
      endOffset: undefined,
      isPaused: false,
      isHalted: false,
      isInFlight: false,
      chunks: [],
      bufferedBytes: 0,
      failures: 0,
      notBeforeMs: 0,
      missingSinceMs: undefined,
    })
    this.#schedule()
  }

  remove(tp: TopicPartition): void {
    this.#drop(tp)
  }

  pause(tp: TopicPartition): void {
    const partition = this.#partitions.get(tp)
    if (partition !== undefined) partition.isPaused = true
  }

  resume(tp: TopicPartition): void {
    const partition = this.#partitions.get(tp)
    if (partition?.isPaused !== true) return
    partition.isPaused = false
    if (partition.chunks.length > 0) this.#arrived()
    this.#schedule()
  }

  position(tp: TopicPartition): number | undefined {
    return this.#partitions.get(tp)?.position
  }

  endOffset(tp: TopicPartition): number | undefined {
    return this.#partitions.get(tp)?.endOffset
  }

  // ---- polling ----

  async poll(timeoutMs: number): Promise<PollResult> {
    const result = this.#take()
    if (result.partitions.length > 0 || result.problems.length > 0 || this.#isWoken || timeoutMs <= 0) {
      this.#isWoken = false
      return result
    }
    await this.#arrival(timeoutMs)
    this.#isWoken = false
    return this.#take()
  }

  wake(): void {
    this.#isWoken = true
    this.#arrived()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer?.cancel()
    for (const { sideTimer } of this.#leaders.values()) sideTimer?.cancel()
    this.#context.connections.closeLane(this.#lane)
    this.#context.connections.closeLane(this.#sideLane)
    this.#arrived()
  }

  #take(): PollResult {
    if (this.#fatal !== undefined) throw this.#fatal
    if (this.#isClosed) throw new TidemillError('client-closed', 'the fetcher is closed')
    const partitions: FetchedPartition[] = []
    for (const partition of this.#ready) {
      if (partition.isPaused) continue
      this.#ready.delete(partition)
      partitions.push(this.#takeFrom(partition))
    }
    const problems = this.#problems
    this.#problems = []
    if (partitions.length > 0) this.#schedule()
    return { partitions, problems }
  }

  #takeFrom(partition: ReadPartition): FetchedPartition {
    const { tp, chunks } = partition
    const first = chunks[0] as Chunk // only partitions with chunks are ready
    const last = chunks[chunks.length - 1] as Chunk
    const batches = chunks.length === 1 ? first.batches : chunks.flatMap((chunk) => chunk.batches)
    this.#bufferedBytes -= partition.bufferedBytes
    partition.bufferedBytes = 0
    partition.chunks = []
    partition.position = last.nextOffset
    return { tp, batches, fromOffset: first.fromOffset, nextOffset: last.nextOffset }
  }

  #arrival(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#context.clock.setTimer(timeoutMs, () => this.#arrived())
      this.#waiting = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  #arrived(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.()
  }

  #drop(tp: TopicPartition): void {
    const partition = this.#partitions.get(tp)
    if (partition === undefined) return
    this.#bufferedBytes -= partition.bufferedBytes
    this.#ready.delete(partition)
    this.#partitions.delete(tp)
    this.#problems = this.#problems.filter((problem) => problem.tp !== tp)
  }

  // ---- planning ----

  get #sideLane(): string {
    return `${this.#lane}-side`
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isClosed) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.#fetchAll()
    })
  }

  #fetchAll(): void {
    if (this.#isClosed || this.#fatal !== undefined || this.#bufferedBytes >= this.#options.bufferedBytesMax) return
    const nowMs = this.#context.clock.monotonicMs()
    for (const [nodeId, plan] of this.#plans(nowMs)) {
      const fetch = this.#leader(nodeId)
      if (!fetch.isBusy) void this.#fetch(fetch, plan) // never rejects: problems are noted by partition
      else if (!fetch.isSideBusy) this.#fetchBeside(fetch, plan, nowMs)
    }
  }

  #plans(nowMs: number): ReadonlyMap<number, FetchPlan> {
    const plans = new Map<number, FetchPlan>()
    const leaderless: ReadPartition[] = []
    for (const partition of this.#partitions.values()) {
      if (!this.#isWanted(partition, nowMs)) continue
      const leader = this.#context.cluster.leader(partition.tp)
      const plan = leader === undefined ? undefined : plans.get(leader.nodeId)
      if (leader === undefined) leaderless.push(partition)
      else if (plan === undefined) plans.set(leader.nodeId, { leader, partitions: [partition] })
      else plan.partitions.push(partition)
    }
    if (leaderless.length > 0) this.#lookUp(leaderless, nowMs)
    return plans
  }

  #isWanted(partition: ReadPartition, nowMs: number): boolean {
    if (partition.isPaused || partition.isHalted || partition.isInFlight) return false
    if (partition.notBeforeMs > nowMs) {
      this.#armTimer(partition.notBeforeMs)
      return false
    }
    return partition.bufferedBytes < PARTITION_CHUNKS_MAX * this.#options.partitionMaxBytes
  }

  #leader(nodeId: number): LeaderFetch {
    let fetch = this.#leaders.get(nodeId)
    if (fetch === undefined) {
      fetch = { session: new FetchSession(), isBusy: false, isSideBusy: false, sentAtMs: 0, sideTimer: undefined }
      this.#leaders.set(nodeId, fetch)
    }
    return fetch
  }

  // ---- fetching ----

  async #fetch(fetch: LeaderFetch, { leader, partitions }: FetchPlan): Promise<void> {
    fetch.isBusy = true
    fetch.sentAtMs = this.#context.clock.monotonicMs()
    fetch.sideTimer?.cancel()
    fetch.sideTimer = undefined
    const { sessionId, sessionEpoch, send, forget } = fetch.session.next(this.#wanted(partitions))
    const forgotten = groupByTopic(
      forget,
      (each) => each,
      ({ tp }) => tp.topic,
    )
    try {
      const response = await this.#request(leader, this.#lane, partitions, {
        ...this.#requestOf(send, this.#options.maxWaitMs),
        sessionId,
        sessionEpoch,
        forgottenTopicsData: forgotten.map(({ topic, items }) => ({
          topic,
          topicId: items[0]?.topicId,
          partitions: items.map(({ tp }) => tp.partition),
        })),
      })
      if (response === undefined || response.errorCode !== ERROR.NONE) fetch.session.reset()
      else fetch.session.accepted(response.sessionId)
    } finally {
      fetch.isBusy = false
      this.#schedule()
    }
  }

  // A fetch that waits at the broker cannot be told of more partitions. So that they do not wait for its end, they are asked for once
  // beside it, without a session, and only for as long as it may wait.
  #fetchBeside(fetch: LeaderFetch, plan: FetchPlan, nowMs: number): void {
    const waitedMs = nowMs - fetch.sentAtMs
    const leftMs = Math.floor(this.#options.maxWaitMs - waitedMs)
    if (leftMs < SIDE_FETCH_AFTER_MS) return
    if (waitedMs >= SIDE_FETCH_AFTER_MS) void this.#fetchOnce(fetch, plan, leftMs) // never rejects, as #fetch
    else fetch.sideTimer ??= this.#context.clock.setTimer(SIDE_FETCH_AFTER_MS, () => this.#onSideTimer(fetch))
  }

  #onSideTimer(fetch: LeaderFetch): void {
    fetch.sideTimer = undefined
    this.#fetchAll()
  }

  async #fetchOnce(fetch: LeaderFetch, { leader, partitions }: FetchPlan, maxWaitMs: number): Promise<void> {
    fetch.isSideBusy = true
    try {
      const request = this.#requestOf(this.#wanted(partitions), maxWaitMs)
      await this.#request(leader, this.#sideLane, partitions, { ...request, sessionId: 0, sessionEpoch: -1 })
    } finally {
      fetch.isSideBusy = false
      this.#schedule()
    }
  }

  async #request(
    leader: Leader,
    lane: string,
    partitions: readonly ReadPartition[],
    request: FetchRequestInput,
  ): Promise<FetchResponse | undefined> {
    const { connections, requestTimeoutMs } = this.#context
    for (const partition of partitions) partition.isInFlight = true
    try {
      const timeoutMs = requestTimeoutMs + this.#options.maxWaitMs
      const response = await connections.request(leader.address, lane, fetchApi, request, { timeoutMs })
      this.#onResponse(leader, response, partitions)
      return response
    } catch (error) {
      this.#onRequestError(leader, partitions, error as Error)
      return undefined
    } finally {
      for (const partition of partitions) partition.isInFlight = false
    }
  }

  #wanted(partitions: readonly ReadPartition[]): readonly WantedPartition[] {
    return partitions.map((partition) => this.#wantedOf(partition))
  }

  #wantedOf(reader: ReadPartition): WantedPartition {
    const { cluster } = this.#context
    const { tp, fetchOffset, lastEpoch } = reader
    return {
      tp,
      reader,
      topicId: cluster.topic(tp.topic)?.id ?? ZERO_UUID,
      currentLeaderEpoch: cluster.leader(tp)?.epoch ?? -1,
      fetchOffset,
      lastFetchedEpoch: lastEpoch,
      partitionMaxBytes: this.#options.partitionMaxBytes,
    }
  }

  #requestOf(send: readonly WantedPartition[], maxWaitMs: number): FetchRequestInput {
    const topics = groupByTopic(
      send,
      (each) => each,
      ({ tp }) => tp.topic,
    )
    const { minBytes, maxBytes, isolation, bufferedBytesMax } = this.#options
    return {
      replicaId: CONSUMER,
      maxWaitMs,
      minBytes,
      maxBytes: Math.max(1, Math.min(maxBytes, bufferedBytesMax - this.#bufferedBytes)),
      isolationLevel: isolationLevel(isolation),
      topics: topics.map(({ topic, items }) => ({
        topic,
        topicId: items[0]?.topicId,
        partitions: items.map((each) => ({ ...each, partition: each.tp.partition })),
      })),
      forgottenTopicsData: [],
    }
  }

  // ---- answers ----

  #onResponse(leader: Leader, response: FetchResponse, asked: readonly ReadPartition[]): void {
    if (this.#isClosed) return
    if (response.errorCode !== ERROR.NONE) {
      // A lost session is begun anew at once; anything else may pass.
      if (!SESSION_LOST.has(response.errorCode)) this.#lookUp(asked, this.#context.clock.monotonicMs())
      return
    }
    const { cluster } = this.#context
    const byTp = new Map(asked.map((partition) => [partition.tp, partition]))
    for (const topic of response.responses) {
      const name = topic.topicId === ZERO_UUID ? topic.topic : cluster.topicName(topic.topicId)
      if (name === undefined) this.#lookUpAll()
      for (const part of name === undefined ? [] : topic.partitions) {
        const partition = byTp.get(topicPartition(name as string, part.partitionIndex)) // not empty: the name is known
        // One that was moved since is another object.
        if (partition !== undefined && this.#partitions.get(partition.tp) === partition && !partition.isHalted) {
          this.#onPartition(leader, partition, part)
        }
      }
    }
  }

  #onPartition(leader: Leader, partition: ReadPartition, part: FetchResponsePartition): void {
    const { tp, fetchOffset } = partition
    if (part.errorCode !== ERROR.NONE) return this.#onPartitionError(leader, partition, part.errorCode)
    partition.failures = 0
    partition.missingSinceMs = undefined
    if (part.divergingEpoch.epoch >= 0 || part.divergingEpoch.endOffset >= 0) {
      const validOffset = Math.min(part.divergingEpoch.endOffset, fetchOffset)
      return this.#report(partition, { kind: 'diverged', tp, offset: fetchOffset, validOffset })
    }
    partition.endOffset =
      this.#options.isolation === 'read-committed' && part.lastStableOffset >= 0
        ? part.lastStableOffset
        : part.highWatermark
    this.#onRecords(partition, part)
  }

  #onRecords(partition: ReadPartition, part: FetchResponsePartition): void {
    const { tp, fetchOffset } = partition
    const fetched = fetchedBatches(part, fetchOffset, this.#options.isolation === 'read-committed')
    if (fetched.nextOffset > fetchOffset) {
      const { batches, nextOffset, sizeBytes } = fetched
      partition.chunks.push({ batches, fromOffset: fetchOffset, nextOffset, sizeBytes })
      partition.bufferedBytes += sizeBytes
      this.#bufferedBytes += sizeBytes
      partition.fetchOffset = nextOffset
      partition.lastEpoch = fetched.leaderEpoch
      this.#ready.add(partition)
      if (!partition.isPaused) this.#arrived()
    } else if (fetched.damage === undefined && fetched.sizeBytes > 0) {
      const error = new TidemillError('invalid-wire-data', `${fetched.sizeBytes} bytes came without a whole batch`)
      this.#report(partition, { kind: 'corrupt', tp, offset: fetchOffset, error })
    }
    if (fetched.damage === undefined) return
    const message = `reading ${formatTopicPartition(tp)}: ${fetched.damage.error}`
    const error = new TidemillError('invalid-wire-data', message)
    this.#report(partition, { kind: 'corrupt', tp, offset: fetched.damage.offset, error })
  }

  #onPartitionError(leader: Leader, partition: ReadPartition, code: number): void {
    const { tp, fetchOffset } = partition
    const error = brokerError(
      code,
      `reading ${formatTopicPartition(tp)} at ${describeBroker(leader.nodeId, leader.address)}`,
    )
    if (code === ERROR.OFFSET_OUT_OF_RANGE) return this.#onOutOfRange(partition)
    if (code === ERROR.CORRUPT_MESSAGE)
      return this.#report(partition, { kind: 'corrupt', tp, offset: fetchOffset, error })
    if (!isRetriableError(code)) return this.#fail(error)
    this.#lookUp([partition], this.#context.clock.monotonicMs())
  }

  #onRequestError(leader: Leader, partitions: readonly ReadPartition[], error: Error): void {
    this.#leaders.get(leader.nodeId)?.session.reset()
    if (this.#isClosed) return
    if (!(error instanceof RetriableError)) return this.#fail(error)
    this.#lookUp(partitions, this.#context.clock.monotonicMs())
  }

  #report(partition: ReadPartition, problem: FetchProblem): void {
    if (this.#partitions.get(partition.tp) !== partition) return
    partition.isHalted = true
    this.#problems.push(problem)
    this.#arrived()
  }

  #fail(error: Error): void {
    this.#fatal ??= error
    this.#arrived()
  }

  // ---- positions that are gone ----

  #onOutOfRange(partition: ReadPartition): void {
    partition.isHalted = true
    this.#resetPosition(partition).catch((error: Error) => {
      partition.isHalted = false
      if (error instanceof RetriableError) this.#backOff(partition, this.#context.clock.monotonicMs())
      else this.#fail(error)
    })
  }

  async #resetPosition(partition: ReadPartition): Promise<void> {
    const { tp, fetchOffset } = partition
    const { reset, isolation } = this.#options
    const [first, last] = await Promise.all([
      listOffsets(this.#context, [tp], 'earliest'),
      listOffsets(this.#context, [tp], 'latest', isolation),
    ])
    if (this.#partitions.get(tp) !== partition) return
    const logStartOffset = first.get(tp)?.offset ?? 0
    const logEndOffset = last.get(tp)?.offset ?? 0
    if (reset === 'none') {
      return this.#report(partition, { kind: 'out-of-range', tp, offset: fetchOffset, logStartOffset, logEndOffset })
    }
    partition.fetchOffset = reset === 'earliest' ? logStartOffset : logEndOffset
    if (partition.chunks.length === 0) partition.position = partition.fetchOffset
    partition.lastEpoch = -1
    partition.isHalted = false
    this.#schedule()
  }

  // ---- leaders that are not known ----

  #backOff(partition: ReadPartition, nowMs: number): void {
    partition.failures++
    partition.notBeforeMs = nowMs + backoffMs(partition.failures, this.#context.prng)
    this.#armTimer(partition.notBeforeMs)
  }

  #lookUp(partitions: readonly ReadPartition[], nowMs: number): void {
    for (const partition of partitions) this.#backOff(partition, nowMs)
    this.#lookUpAll()
  }

  #lookUpAll(): void {
    if (this.#isLookingUp || this.#isClosed) return
    this.#isLookingUp = true
    const topics = [...new Set([...this.#partitions.keys()].map(({ topic }) => topic))]
    this.#context.cluster
      .refresh(topics)
      .then(() => this.#afterLookUp())
      .catch((error: Error) => {
        if (!(error instanceof RetriableError) && !this.#isClosed) this.#fail(error)
      })
      .finally(() => {
        this.#isLookingUp = false
        this.#schedule()
      })
  }

  #afterLookUp(): void {
    const { cluster, clock } = this.#context
    const nowMs = clock.monotonicMs()
    for (const partition of this.#partitions.values()) {
      const { tp } = partition
      const topic = cluster.topic(tp.topic)
      if (topic !== undefined && tp.partition < topic.partitions) {
        partition.missingSinceMs = undefined
        // The first look is not a failure: nothing to wait for.
        if (partition.failures === 1 && cluster.leader(tp) !== undefined) partition.notBeforeMs = 0
        continue
      }
      partition.missingSinceMs ??= nowMs
      const isRefused = cluster.refusal(tp.topic) !== undefined
      if (!partition.isHalted && (isRefused || nowMs - partition.missingSinceMs >= TOPIC_WAIT_MS)) {
        this.#report(partition, { kind: 'unknown-topic', tp })
      }
    }
  }

  #armTimer(atMs: number): void {
    if (atMs >= this.#timerAtMs || this.#isClosed) return
    this.#timer?.cancel()
    this.#timerAtMs = atMs
    const { clock } = this.#context
    this.#timer = clock.setTimer(Math.max(0, Math.ceil(atMs - clock.monotonicMs())), () => {
      this.#timerAtMs = Infinity
      this.#fetchAll()
    })
  }
}
