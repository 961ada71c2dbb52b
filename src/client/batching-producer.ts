// The producer: appends records to one open batch a partition, seals a batch when it is full or has lingered, sends at most one batch a
// partition in a request and at most five requests at a time to a broker, and keeps the order when it must send again.
// Always idempotent. Appending is synchronous and only schedules; sending happens in microtasks, on timers and on answers.
// Invariant: #unsentBytes is the size of all batches that are not settled.
import { RetriableError, TaskMigratedError, TidemillError, type Timer, assert, sleep } from '../base/index.ts'
import {
  ERROR,
  type ProduceResponsePartition,
  errorName,
  initProducerIdApi,
  isRetriableError,
  produceApi,
} from '../protocol/index.ts'
import { type RecordHeaders, type TopicPartition, formatTopicPartition } from '../record/index.ts'
import { backoffMs, retrying } from './backoff.ts'
import { BuilderPool } from './builder-pool.ts'
import { brokerError, throwIfRefused } from './broker-error.ts'
import { type Leader, describeBroker } from './cluster.ts'
import type { ClientContext } from './context.ts'
import type { FailedBatch, GroupMetadata, OffsetAndMetadata, ProducerOptions, RecordProducer } from './contract.ts'
import { groupByTopic } from './group-by-topic.ts'
import { IN_FLIGHT_MAX, PartitionQueue, type ProducerIdentity } from './partition-queue.ts'
import { type BatchSettings, ProducerBatch } from './producer-batch.ts'
import { Transaction } from './transaction.ts'

const LINGER_MS = 5
const BATCH_BYTES_MAX = 65_536
const REQUEST_BYTES_MAX = 1_048_576
const DELIVERY_TIMEOUT_MS = 120_000
const TRANSACTION_TIMEOUT_MS = 60_000
/** A topic may have been created a moment ago and not be known everywhere yet. */
const TOPIC_WAIT_MS = 5_000
const PRODUCER_EPOCH_MAX = 32_767
const ACKS_ALL = -1
/** Length, attributes, two deltas, key and value lengths, number of headers. */
const RECORD_OVERHEAD_MAX = 36
const HEADER_OVERHEAD_MAX = 10

/** Broker-side state of the producer is gone or ahead: only a new epoch goes on. */
const SEQUENCE_BROKEN: ReadonlySet<number> = new Set([
  ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ERROR.UNKNOWN_PRODUCER_ID,
  ERROR.INVALID_PRODUCER_EPOCH,
])
const LOOK_UP_LEADER: ReadonlySet<number> = new Set([
  ERROR.NOT_LEADER_OR_FOLLOWER,
  ERROR.UNKNOWN_TOPIC_OR_PARTITION,
  ERROR.UNKNOWN_TOPIC_ID,
  ERROR.LEADER_NOT_AVAILABLE,
  ERROR.FENCED_LEADER_EPOCH,
  ERROR.KAFKA_STORAGE_ERROR,
])

interface Sending {
  readonly queue: PartitionQueue
  readonly batch: ProducerBatch
  readonly leader: Leader
}

interface Waiter {
  readonly belowBytes: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class BatchingProducer implements RecordProducer {
  readonly #context: ClientContext
  readonly #options: Required<Omit<ProducerOptions, 'transactionalId'>>
  readonly #transaction: Transaction | undefined
  readonly #lane: string
  readonly #builders: BuilderPool
  readonly #batchSettings: BatchSettings
  readonly #queues = new Map<TopicPartition, PartitionQueue>()
  /** Those with something open, waiting or in flight. */
  readonly #busy = new Set<PartitionQueue>()
  readonly #inFlight = new Map<number, number>()
  readonly #waiters = new Set<Waiter>()
  #failures: FailedBatch[] = []
  #origin: object | undefined = undefined
  #identity: ProducerIdentity | undefined
  #isIdentifying = false
  #lookingUp: Promise<unknown> | undefined
  #adding: Promise<unknown> | undefined
  #lastQueue: PartitionQueue | undefined
  #unsentBytes = 0
  #nextOrdinal = 0
  #isDrainScheduled = false
  #isAborting = false
  #timer: Timer | undefined
  #timerAtMs = Infinity
  /** What append throws; undefined while it may be called. */
  #refusal: (() => Error) | undefined
  #fatal: Error | undefined
  #closing: Promise<void> | undefined

  constructor(context: ClientContext, options: ProducerOptions) {
    this.#context = context
    this.#lane = context.newLane('produce')
    this.#options = {
      lingerMs: options.lingerMs ?? LINGER_MS,
      batchBytesMax: options.batchBytesMax ?? BATCH_BYTES_MAX,
      compression: options.compression ?? 'none',
      deliveryTimeoutMs: options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS,
      transactionTimeoutMs: options.transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS,
      writesUntilMs: options.writesUntilMs ?? (() => Infinity),
    }
    const { transactionalId } = options
    this.#builders = new BuilderPool(this.#options.batchBytesMax)
    this.#batchSettings = { compression: this.#options.compression, isTransactional: transactionalId !== undefined }
    if (transactionalId === undefined) return
    const { transactionTimeoutMs, deliveryTimeoutMs } = this.#options
    this.#transaction = new Transaction(context, {
      transactionalId,
      transactionTimeoutMs,
      timeoutMs: deliveryTimeoutMs,
    })
    this.#refuseOutsideTransaction()
  }

  // ---- appending ----

  append(
    tp: TopicPartition,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    const sizeMax = (key === null ? 0 : key.length) + (value === null ? 0 : value.length) + overhead(headers)
    const batch = this.#roomFor(tp, sizeMax)
    const { builder } = batch
    const before = builder.sizeBytes
    builder.appendRecord(timestamp, key, value, headers)
    this.#unsentBytes += builder.sizeBytes - before
    if (this.#origin !== undefined) batch.noteOrigin(this.#origin)
  }

  appendRange(
    tp: TopicPartition,
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    const sizeMax =
      (keyEnd === -1 ? 0 : keyEnd - keyStart) + (valueEnd === -1 ? 0 : valueEnd - valueStart) + overhead(headers)
    const batch = this.#roomFor(tp, sizeMax)
    const { builder } = batch
    const before = builder.sizeBytes
    const keyBuffer = keyEnd === -1 ? null : buffer
    const valueBuffer = valueEnd === -1 ? null : buffer
    builder.append(timestamp, keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd, headers)
    this.#unsentBytes += builder.sizeBytes - before
    if (this.#origin !== undefined) batch.noteOrigin(this.#origin)
  }

  setOrigin(origin: object | undefined): void {
    this.#origin = origin
  }

  /** The batch that the last record appended for the partition went into. */
  lastBatch(tp: TopicPartition): ProducerBatch {
    const batch = this.#queues.get(tp)?.open
    assert(batch !== undefined, () => `nothing was appended to ${formatTopicPartition(tp)}`)
    return batch
  }

  get unsentBytes(): number {
    return this.#unsentBytes
  }

  drained(belowBytes: number): Promise<void> {
    if (this.#fatal !== undefined) return Promise.reject(this.#fatal)
    if (this.#unsentBytes < belowBytes) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.add({ belowBytes, resolve, reject }))
  }

  async flush(): Promise<void> {
    const batches = [...this.#busy].flatMap((queue) => {
      queue.seal()
      return [...queue.inFlight, ...queue.waiting]
    })
    this.#scheduleDrain()
    await Promise.all(batches.map((batch) => new Promise<void>((resolve) => batch.onSettled(() => resolve()))))
    if (this.#fatal !== undefined) throw this.#fatal
  }

  failures(): readonly FailedBatch[] {
    const failures = this.#failures
    this.#failures = []
    return failures
  }

  acknowledged(tp: TopicPartition): { readonly offset: number; readonly leaderEpoch: number } | undefined {
    return this.#queues.get(tp)?.acknowledged
  }

  // ---- transactions ----

  async initTransactions(): Promise<void> {
    await this.#guarded(() => this.#requireTransaction('initTransactions()').init())
  }

  beginTransaction(): void {
    this.#requireTransaction('beginTransaction()').begin()
    this.#refusal = undefined
  }

  get isInTransaction(): boolean {
    const state = this.#transaction?.state
    return state === 'open' || state === 'abortable' || state === 'ending'
  }

  async sendOffsets(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>, group: GroupMetadata): Promise<void> {
    await this.#guarded(() => this.#requireTransaction('sendOffsets()').sendOffsets(offsets, group))
  }

  async commitTransaction(): Promise<void> {
    const transaction = this.#requireTransaction('commitTransaction()')
    this.#refuseOutsideTransaction()
    await this.flush()
    await this.#adding
    await this.#end(transaction, true)
  }

  async abortTransaction(): Promise<void> {
    const transaction = this.#requireTransaction('abortTransaction()')
    transaction.throwIfFatal()
    this.#refuseOutsideTransaction()
    this.#isAborting = true
    try {
      this.#failWaiting(new TidemillError('transaction-aborted', 'the transaction was aborted before this was sent'))
      await this.drained(1)
      await this.#adding?.catch(() => undefined)
      await this.#end(transaction, false)
    } finally {
      this.#isAborting = false
    }
  }

  // ---- the end ----

  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    return (this.#closing ??= this.#close(options.timeoutMs ?? this.#options.deliveryTimeoutMs))
  }

  async #close(timeoutMs: number): Promise<void> {
    const closed = new TidemillError('client-closed', 'the producer is closed: what was not sent is lost')
    this.#refusal = () => closed
    const isAborting = this.isInTransaction && this.#transaction?.state !== 'ending'
    const patience = new AbortController()
    try {
      const end = isAborting ? this.abortTransaction() : this.flush()
      await Promise.race([end, sleep(this.#context.clock, timeoutMs, patience.signal)])
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error // what could not be sent is in failures() and in the batches' outcomes
    } finally {
      patience.abort()
      this.#fail(closed)
      this.#cancelTimer()
      // What is still on its way has failed: better that it does not arrive than that it does, late.
      this.#context.connections.closeLane(this.#lane, true)
    }
  }

  // ---- batches ----

  #roomFor(tp: TopicPartition, sizeMax: number): ProducerBatch {
    if (this.#refusal !== undefined) throw this.#refusal()
    let queue = this.#lastQueue
    if (queue === undefined || queue.tp !== tp) this.#lastQueue = queue = this.#queue(tp)
    const { open } = queue
    if (open !== undefined && open.sizeBytes + sizeMax <= this.#options.batchBytesMax) return open
    return this.#openBatch(queue)
  }

  #queue(tp: TopicPartition): PartitionQueue {
    let queue = this.#queues.get(tp)
    if (queue === undefined) this.#queues.set(tp, (queue = new PartitionQueue(tp)))
    return queue
  }

  #openBatch(queue: PartitionQueue): ProducerBatch {
    if (queue.open !== undefined) {
      queue.seal()
      this.#scheduleDrain()
    }
    const nowMs = this.#context.clock.monotonicMs()
    const { lingerMs } = this.#options
    const isLarge = this.#builders.isLarge(queue.lastBatchBytes)
    const making = { settings: this.#batchSettings, pool: this.#builders, isLarge }
    const batch = new ProducerBatch(queue.tp, this.#nextOrdinal++, nowMs, making)
    this.#unsentBytes += batch.sizeBytes
    queue.open = batch
    this.#busy.add(queue)
    if (lingerMs === 0) this.#scheduleDrain()
    else this.#armTimer(nowMs + lingerMs)
    return batch
  }

  #settle(queue: PartitionQueue, batch: ProducerBatch): void {
    this.#unsentBytes -= batch.sizeBytes
    if (queue.isIdle) this.#busy.delete(queue)
    if (this.#busy.size === 0) this.#cancelTimer()
    for (const waiter of this.#waiters) {
      if (this.#unsentBytes >= waiter.belowBytes) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
  }

  #failBatch(queue: PartitionQueue, batch: ProducerBatch, error: Error): void {
    this.#noteFailure(batch, error)
    this.#settle(queue, batch)
    if (batch.sequence !== undefined) queue.needsNewEpoch = true
    this.#transaction?.fail(error, batch.sequence !== undefined)
  }

  /** A fenced producer's batches are no failures to be handled: they belong to a transaction that another has aborted. */
  #noteFailure(batch: ProducerBatch, error: Error): void {
    if (batch.outcome !== undefined) return
    const isFenced = error instanceof TaskMigratedError
    if (!isFenced) {
      const { tp, recordCount, origins } = batch
      this.#failures.push({ tp, error, recordCount, origins, batch: batch.recordBatch() })
    }
    batch.settle({ kind: 'failed', error })
  }

  #dropBatch(queue: PartitionQueue, batch: ProducerBatch, error: Error): void {
    batch.settle({ kind: 'failed', error })
    this.#settle(queue, batch)
  }

  #failWaiting(error: Error): void {
    for (const queue of this.#busy) {
      const batches = queue.drainWaiting()
      for (const batch of batches) {
        if (batch.sequence !== undefined) this.#transaction?.fail(error, true)
        this.#dropBatch(queue, batch, error)
      }
    }
  }

  // ---- sending ----

  #scheduleDrain(): void {
    if (this.#isDrainScheduled) return
    this.#isDrainScheduled = true
    queueMicrotask(() => {
      this.#isDrainScheduled = false
      this.#drain()
    })
  }

  #drain(): void {
    if (this.#busy.size > 0) {
      this.#checkMayWrite()
      // Who waits for answers is not to wait longer than that.
      if (this.#fatal === undefined) this.#armTimer(this.#options.writesUntilMs())
    }
    if (this.#fatal !== undefined) return
    const nowMs = this.#context.clock.monotonicMs()
    this.#sealLingering(nowMs)
    if (this.#transaction?.state === 'abortable') return this.#failWaiting(this.#transaction.abortedError())
    const identity = this.#currentIdentity()
    if (identity === undefined) return
    const ready = this.#readyQueues(nowMs)
    for (const [nodeId, queues] of this.#byLeader(this.#afterAdding(ready), nowMs))
      this.#sendTo(nodeId, queues, identity)
  }

  #sealLingering(nowMs: number): void {
    const { lingerMs } = this.#options
    for (const queue of this.#busy) {
      if (queue.open === undefined) continue
      const dueMs = queue.open.createdAtMs + lingerMs
      if (lingerMs === 0 || nowMs >= dueMs) queue.seal()
      else this.#armTimer(dueMs)
    }
  }

  #readyQueues(nowMs: number): readonly PartitionQueue[] {
    const ready: PartitionQueue[] = []
    for (const queue of this.#busy) {
      this.#expire(queue, nowMs)
      if (queue.waiting.length > 0 && nowMs < queue.notBeforeMs) this.#armTimer(queue.notBeforeMs)
      if (queue.canSend(nowMs)) ready.push(queue)
    }
    return ready
  }

  #expire(queue: PartitionQueue, nowMs: number): void {
    const { deliveryTimeoutMs } = this.#options
    for (let batch = queue.waiting[0]; batch !== undefined; batch = queue.waiting[0]) {
      const ageMs = nowMs - batch.createdAtMs
      if (ageMs < deliveryTimeoutMs) return this.#armTimer(batch.createdAtMs + deliveryTimeoutMs)
      queue.waiting.shift()
      const reason = batch.lastError?.message ?? 'they were never sent'
      const message = `${batch.recordCount} records for ${formatTopicPartition(batch.tp)} were not acknowledged within ${deliveryTimeoutMs} ms: ${reason}`
      this.#failBatch(queue, batch, new TidemillError('delivery-timed-out', message, { cause: batch.lastError }))
    }
  }

  // Version 1 of transactions: what is not announced yet is announced first and sent afterwards. What has no leader is looked up first.
  #afterAdding(ready: readonly PartitionQueue[]): readonly PartitionQueue[] {
    const transaction = this.#transaction
    const { cluster } = this.#context
    const missing = ready.filter(({ tp }) => transaction?.isAdded(tp) === false && cluster.leader(tp) !== undefined)
    if (transaction === undefined || missing.length === 0) return ready
    this.#adding ??= this.#guarded(() => transaction.addPartitions(missing.map(({ tp }) => tp)))
      .catch(() => undefined) // kept by the transaction, and thrown by its end
      .finally(() => {
        this.#adding = undefined
        this.#scheduleDrain()
      })
    return ready.filter((queue) => !missing.includes(queue))
  }

  #byLeader(ready: readonly PartitionQueue[], nowMs: number): ReadonlyMap<number, readonly Sending['queue'][]> {
    const groups = new Map<number, PartitionQueue[]>()
    const leaderless: PartitionQueue[] = []
    for (const queue of ready) {
      const leader = this.#context.cluster.leader(queue.tp)
      if (leader === undefined) leaderless.push(queue)
      else {
        queue.leaderlessSinceMs = undefined
        const group = groups.get(leader.nodeId)
        if (group === undefined) groups.set(leader.nodeId, [queue])
        else group.push(queue)
      }
    }
    if (leaderless.length > 0) this.#lookUp(leaderless, nowMs)
    return groups
  }

  #sendTo(nodeId: number, queues: readonly PartitionQueue[], identity: ProducerIdentity): void {
    let left = queues
    while (left.length > 0 && (this.#inFlight.get(nodeId) ?? 0) < IN_FLIGHT_MAX) {
      const sendings: Sending[] = []
      let size = 0
      for (const queue of left) {
        const nextSize = queue.waiting[0]?.sizeBytes ?? 0
        if (size > 0 && size + nextSize > REQUEST_BYTES_MAX) break
        const leader = this.#context.cluster.leader(queue.tp)
        const batch = leader === undefined ? undefined : queue.take(identity)
        if (leader === undefined || batch === undefined) continue
        size += batch.sizeBytes
        sendings.push({ queue, batch, leader })
      }
      if (sendings.length === 0) return
      this.#inFlight.set(nodeId, (this.#inFlight.get(nodeId) ?? 0) + 1)
      void this.#send(nodeId, sendings) // never rejects: it hands each batch its outcome
      left = left.filter((queue) => queue.canSend(this.#context.clock.monotonicMs()))
    }
  }

  async #send(nodeId: number, sendings: readonly Sending[]): Promise<void> {
    const { connections, clock, requestTimeoutMs } = this.#context
    const { address } = (sendings[0] as Sending).leader // never called with none
    this.#transaction?.started()
    const sentAtMs = clock.monotonicMs()
    try {
      const connection = await connections.connection(address, this.#lane)
      this.#checkMayWrite()
      if (this.#fatal !== undefined) throw this.#fatal
      const versionMax = this.#transaction?.produceVersionMax ?? produceApi.latestStableVersion
      const timeoutMs = Math.min(requestTimeoutMs, this.#options.deliveryTimeoutMs)
      const response = await connection.request(produceApi, this.#request(sendings, timeoutMs), {
        timeoutMs,
        versionMax,
      })
      const results = new Map<string, ProduceResponsePartition>()
      for (const topic of response.responses) {
        const name = topic.name === '' ? this.#context.cluster.topicName(topic.topicId) : topic.name
        for (const each of topic.partitionResponses) results.set(`${name}-${each.index}`, each)
      }
      for (const sending of sendings) this.#onResult(sending, results.get(formatTopicPartition(sending.batch.tp)))
    } catch (error) {
      const waitedMs = Math.round(clock.monotonicMs() - sentAtMs)
      for (const sending of sendings) this.#onSendError(sending, error as Error, waitedMs)
    } finally {
      this.#inFlight.set(nodeId, (this.#inFlight.get(nodeId) ?? 1) - 1)
      this.#scheduleDrain()
    }
  }

  #request(sendings: readonly Sending[], timeoutMs: number): Parameters<typeof produceApi.writeRequest>[1] {
    const topics = groupByTopic(
      sendings,
      ({ batch }) => ({ index: batch.tp.partition, records: batch.bytes() }),
      ({ batch }) => batch.tp.topic,
    )
    return {
      transactionalId: this.#transaction === undefined ? null : this.#transaction.transactionalId,
      acks: ACKS_ALL,
      timeoutMs,
      topicData: topics.map(({ topic, items }) => ({
        name: topic,
        topicId: this.#context.cluster.topic(topic)?.id,
        partitionData: items,
      })),
    }
  }

  // ---- outcomes ----

  #onResult(sending: Sending, result: ProduceResponsePartition | undefined): void {
    const { queue, batch, leader } = sending
    const where = `writing to ${formatTopicPartition(batch.tp)} at ${describeBroker(leader.nodeId, leader.address)}`
    if (result === undefined) {
      const error = new RetriableError('broker-not-ready', `${where}: the answer says nothing of the partition`)
      return this.#retry(sending, error)
    }
    const code = result.errorCode
    if (code === ERROR.NONE || code === ERROR.DUPLICATE_SEQUENCE_NUMBER) return this.#onAcknowledged(sending, result)
    const error = brokerError(code, where, result.errorMessage)
    if (SEQUENCE_BROKEN.has(code)) return this.#onSequenceBroken(sending, code, error)
    if (isRetriableError(code)) {
      if (LOOK_UP_LEADER.has(code)) this.#lookUp([queue], this.#context.clock.monotonicMs())
      return this.#retry(sending, error)
    }
    queue.failed(batch)
    this.#failBatch(queue, batch, code === ERROR.MESSAGE_TOO_LARGE ? tooLarge(batch, error) : error)
  }

  #onAcknowledged({ queue, batch, leader }: Sending, result: ProduceResponsePartition): void {
    queue.written(batch)
    const { baseOffset } = result
    if (baseOffset >= 0) {
      queue.acknowledged = { offset: baseOffset + batch.recordCount - 1, leaderEpoch: leader.epoch }
    }
    const timestampMs = result.logAppendTimeMs >= 0 ? result.logAppendTimeMs : undefined
    batch.settle({ kind: 'acknowledged', baseOffset, timestampMs })
    this.#settle(queue, batch)
  }

  #onSendError(sending: Sending, error: Error, waitedMs: number): void {
    const { queue, batch, leader } = sending
    if (error instanceof RetriableError) {
      this.#lookUp([queue], this.#context.clock.monotonicMs())
      const where = `writing to ${formatTopicPartition(batch.tp)} at ${describeBroker(leader.nodeId, leader.address)}`
      return this.#retry(
        sending,
        new RetriableError(error.code, `${where}, for ${waitedMs} ms: ${error.message}`, { cause: error }),
      )
    }
    queue.failed(batch)
    this.#failBatch(queue, batch, error)
  }

  #onSequenceBroken(sending: Sending, code: number, error: Error): void {
    const { queue, batch } = sending
    if (code === ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER && queue.isBehindAnother(batch)) return this.#retry(sending, error)
    const transaction = this.#transaction
    if (transaction === undefined) {
      queue.needsNewEpoch = true
      return this.#retry(sending, error)
    }
    queue.failed(batch)
    this.#failBatch(queue, batch, error)
    if (code === ERROR.INVALID_PRODUCER_EPOCH) {
      const fenced = transaction.fencedError(code, `writing to ${formatTopicPartition(batch.tp)}`)
      transaction.failForGood(fenced)
      this.#fail(fenced)
    }
  }

  #retry({ queue, batch }: Sending, error: Error): void {
    batch.lastError = error
    if (this.#isAborting || this.#fatal !== undefined) {
      queue.failed(batch)
      this.#transaction?.fail(error, true)
      return this.#dropBatch(queue, batch, this.#fatal ?? error)
    }
    batch.attempts++
    queue.putBack(batch)
    queue.notBeforeMs = this.#context.clock.monotonicMs() + backoffMs(batch.attempts, this.#context.prng)
    this.#armTimer(queue.notBeforeMs)
  }

  // ---- identity, leaders, timers ----

  #currentIdentity(): ProducerIdentity | undefined {
    if (this.#transaction !== undefined) return this.#transaction.identity
    if (this.#identity !== undefined) {
      this.#bumpEpochWhereNeeded()
      if (this.#identity !== undefined) return this.#identity
    }
    const isNeeded = [...this.#busy].some((queue) => queue.waiting.length > 0)
    if (isNeeded) void this.#identify()
    return undefined
  }

  #bumpEpochWhereNeeded(): void {
    for (const queue of this.#busy) {
      if (!queue.needsNewEpoch || queue.inFlight.length > 0 || this.#identity === undefined) continue
      const { producerId, producerEpoch } = this.#identity
      const isCurrent = queue.identity?.producerId === producerId && queue.identity.producerEpoch === producerEpoch
      if (!isCurrent) continue
      this.#identity = producerEpoch < PRODUCER_EPOCH_MAX ? { producerId, producerEpoch: producerEpoch + 1 } : undefined
    }
  }

  async #identify(): Promise<void> {
    if (this.#isIdentifying) return
    this.#isIdentifying = true
    const { clock, prng, connections } = this.#context
    const { deliveryTimeoutMs, transactionTimeoutMs } = this.#options
    try {
      await retrying({ clock, prng, timeoutMs: deliveryTimeoutMs }, async () => {
        const response = await connections.requestAny(initProducerIdApi, {
          transactionalId: null,
          transactionTimeoutMs,
        })
        throwIfRefused(response.errorCode, 'asking for a producer id')
        this.#identity = { producerId: response.producerId, producerEpoch: response.producerEpoch }
      })
    } catch (error) {
      this.#onNoIdentity(error as Error) // whatever it is, the records that wait for the id have failed
    }
    this.#isIdentifying = false
    this.#scheduleDrain()
  }

  #onNoIdentity(error: Error): void {
    for (const queue of this.#busy) {
      for (const batch of queue.drainWaiting()) this.#failBatch(queue, batch, error)
    }
  }

  #lookUp(queues: readonly PartitionQueue[], nowMs: number): void {
    const { clock, prng, cluster } = this.#context
    for (const queue of queues) {
      queue.leaderlessSinceMs ??= nowMs
      queue.notBeforeMs = Math.max(queue.notBeforeMs, nowMs + backoffMs(1, prng))
    }
    if (this.#lookingUp !== undefined) return this.#armTimer(nowMs + backoffMs(1, prng))
    const topics = [...new Set([...this.#busy].map(({ tp }) => tp.topic))]
    this.#lookingUp = cluster
      .refresh(topics)
      .then(() => this.#afterLookUp(clock.monotonicMs()))
      .catch((error: Error) => this.#noteForWaiting(error))
      .finally(() => {
        this.#lookingUp = undefined
        this.#scheduleDrain()
      })
  }

  async #afterLookUp(nowMs: number): Promise<void> {
    const { cluster } = this.#context
    for (const queue of this.#busy) {
      const { tp } = queue
      if (cluster.leader(tp) !== undefined) {
        // Found at the first look: nothing failed, so there is nothing to wait for.
        if (queue.waiting.every((batch) => batch.attempts === 0)) queue.notBeforeMs = 0
        continue
      }
      const topic = cluster.topic(tp.topic)
      const isGone = topic === undefined || tp.partition >= topic.partitions
      const refusal = cluster.refusal(tp.topic)
      if (!isGone || (refusal === undefined && nowMs - (queue.leaderlessSinceMs ?? nowMs) < TOPIC_WAIT_MS)) continue
      const error =
        refusal ?? (topic === undefined ? await cluster.topicNotFound(tp.topic) : cluster.partitionNotFound(tp))
      for (const batch of queue.drainWaiting()) this.#failBatch(queue, batch, error)
    }
  }

  #noteForWaiting(error: Error): void {
    for (const queue of this.#busy) for (const batch of queue.waiting) batch.lastError = error
  }

  #armTimer(atMs: number): void {
    if (atMs >= this.#timerAtMs || this.#fatal !== undefined) return
    this.#timer?.cancel()
    this.#timerAtMs = atMs
    const { clock } = this.#context
    this.#timer = clock.setTimer(Math.max(0, Math.ceil(atMs - clock.monotonicMs())), () => {
      this.#timerAtMs = Infinity
      this.#drain()
    })
  }

  #cancelTimer(): void {
    this.#timer?.cancel()
    this.#timerAtMs = Infinity
  }

  // ---- states ----

  #requireTransaction(call: string): Transaction {
    if (this.#fatal !== undefined && this.#transaction?.state !== 'fatal') throw this.#fatal
    if (this.#transaction !== undefined) return this.#transaction
    throw new TidemillError('invalid-argument', `${call} needs a producer that was made with a transactionalId`)
  }

  #refuseOutsideTransaction(): void {
    this.#refusal = () =>
      this.#transaction?.error ??
      new TidemillError(
        'invalid-argument',
        'this producer writes in transactions: call beginTransaction() before append()',
      )
  }

  async #end(transaction: Transaction, isCommit: boolean): Promise<void> {
    const isNewEpoch = await this.#guarded(() => transaction.end(isCommit))
    if (isNewEpoch) for (const queue of this.#queues.values()) queue.resetSequence()
  }

  async #guarded<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      if (this.#transaction?.state === 'fatal') this.#fail(error as Error)
      throw error
    }
  }

  #checkMayWrite(): void {
    if (this.#context.clock.monotonicMs() < this.#options.writesUntilMs()) return
    const message = 'nothing more is written: the group has not heard of its member for the length of a session'
    this.#fail(new TaskMigratedError('group-member-fenced', message))
  }

  /** Nothing can be sent any more. */
  #fail(error: Error): void {
    if (this.#fatal !== undefined) return
    this.#fatal = error
    this.#refusal = () => error
    for (const queue of this.#busy) {
      // What is in flight leaves the queue when its answer comes; nobody has to wait for that any more.
      for (const batch of queue.inFlight) this.#noteFailure(batch, error)
      for (const batch of queue.drainWaiting()) {
        this.#noteFailure(batch, error)
        this.#settle(queue, batch)
      }
    }
    for (const waiter of this.#waiters) waiter.reject(error)
    this.#waiters.clear()
  }
}

/** At most what a record takes beside its key and value. */
function overhead(headers: RecordHeaders): number {
  let size = RECORD_OVERHEAD_MAX
  if (headers.size === 0) return size
  for (const [name, value] of headers) size += HEADER_OVERHEAD_MAX + name.length * 3 + (value?.length ?? 0)
  return size
}

function tooLarge(batch: ProducerBatch, cause: Error): TidemillError {
  const what = batch.recordCount === 1 ? 'a record' : `a batch of ${batch.recordCount} records`
  const message = `${what} of ${batch.sizeBytes} bytes is larger than topic '${batch.tp.topic}' allows: raise its 'max.message.bytes', or write less (${errorName(ERROR.MESSAGE_TOO_LARGE)})`
  return new TidemillError('record-too-large', message, { cause })
}
