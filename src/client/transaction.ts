// The transactional half of a producer: who it is (id and epoch) and what the coordinator knows of its open transaction.
//
//   uninitialised --init()--> ready --begin()--> open --end()--> ending --> ready
//                                                 |                ^
//                                                 +-- fail() --> abortable (only an abort goes on)
//   any --fenced--> fatal
//
// Version 2 (KIP-890, finalised feature transaction.version=2): the broker adds a partition when the first batch comes, and each end
// gives a new epoch, so that nothing late from one transaction can end up in the next. Version 1: partitions and groups are
// announced first, the epoch stays. An end whose answer was lost is sent again until it is known; nothing else can be done meanwhile.
import { RetriableError, TaskMigratedError, TidemillError, assert } from '../base/index.ts'
import {
  ERROR,
  type TxnOffsetCommitRequestTopicInput,
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  endTxnApi,
  errorName,
  initProducerIdApi,
  isRetriableError,
  produceApi,
  txnOffsetCommitApi,
} from '../protocol/index.ts'
import { type TopicPartition, formatTopicPartition } from '../record/index.ts'
import { retrying } from './backoff.ts'
import { brokerError } from './broker-error.ts'
import type { ClientContext } from './context.ts'
import type { GroupMetadata, OffsetAndMetadata } from './contract.ts'
import { Coordinator } from './coordinator.ts'
import { groupByTopic } from './group-by-topic.ts'
import type { ProducerIdentity } from './partition-queue.ts'

export type TransactionState = 'uninitialised' | 'ready' | 'open' | 'abortable' | 'ending' | 'fatal'

export interface TransactionOptions {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  /** For each step, all attempts together. */
  readonly timeoutMs: number
}

/** The oldest versions of the second transaction protocol; each is one more than the newest of the first. */
const VERSION_2 = { produce: 12, endTxn: 5, txnOffsetCommit: 5 } as const
const ADD_PARTITIONS_VERSION_MAX = 3
const NO_ID = { producerId: -1, producerEpoch: -1 } as const

const FENCED: ReadonlySet<number> = new Set([
  ERROR.PRODUCER_FENCED,
  ERROR.INVALID_PRODUCER_EPOCH,
  ERROR.INVALID_PRODUCER_ID_MAPPING,
  ERROR.TRANSACTION_COORDINATOR_FENCED,
])
const MEMBER_IS_OUT: ReadonlySet<number> = new Set([
  ERROR.ILLEGAL_GENERATION,
  ERROR.UNKNOWN_MEMBER_ID,
  ERROR.FENCED_INSTANCE_ID,
])

export class Transaction {
  readonly #context: ClientContext
  readonly #options: TransactionOptions
  readonly #coordinator: Coordinator
  readonly #groupCoordinators = new Map<string, Coordinator>()
  readonly #added = new Set<TopicPartition>()
  readonly #addedGroups = new Set<string>()
  #state: TransactionState = 'uninitialised'
  #identity: ProducerIdentity = NO_ID
  #version: 1 | 2 = 1
  #isStarted = false
  #needsNewEpoch = false
  #isCommitting = false
  #error: Error | undefined

  constructor(context: ClientContext, options: TransactionOptions) {
    this.#context = context
    this.#options = options
    this.#coordinator = new Coordinator(context, 'transaction', options.transactionalId, context.newLane('txn'))
  }

  get state(): TransactionState {
    return this.#state
  }

  get identity(): ProducerIdentity {
    return this.#identity
  }

  get transactionalId(): string {
    return this.#options.transactionalId
  }

  get error(): Error | undefined {
    return this.#error
  }

  /** The newest version of Produce that means what this transaction's version means. */
  get produceVersionMax(): number {
    return this.#version === 2 ? produceApi.latestStableVersion : VERSION_2.produce - 1
  }

  /** Whether a batch for the partition may be sent now. */
  isAdded(tp: TopicPartition): boolean {
    return this.#version === 2 || this.#added.has(tp)
  }

  async init(): Promise<void> {
    this.#expect('uninitialised', 'initTransactions()')
    await this.#initProducerId(NO_ID)
    const connection = await this.#coordinator.connection()
    const offersVersion2 =
      connection.feature('transaction.version') >= 2 &&
      connection.offers(endTxnApi, VERSION_2.endTxn) &&
      connection.offers(produceApi, VERSION_2.produce) &&
      connection.offers(txnOffsetCommitApi, VERSION_2.txnOffsetCommit)
    this.#version = offersVersion2 ? 2 : 1
    this.#state = 'ready'
  }

  begin(): void {
    this.#expect('ready', 'beginTransaction()')
    this.#state = 'open'
  }

  /** A batch of the open transaction is sent. */
  started(): void {
    this.#isStarted = true
  }

  /** What happened makes the transaction one that can only be aborted. */
  fail(error: Error, isSequenceBroken: boolean): void {
    if (isSequenceBroken) this.#needsNewEpoch = true
    if (this.#state !== 'open' && this.#state !== 'abortable') return
    this.#state = 'abortable'
    this.#error ??= error
  }

  /** What happened ends the producer. */
  failForGood(error: Error): void {
    this.#state = 'fatal'
    this.#error = error
  }

  /** Tells the coordinator of partitions that will be written to (version 1). */
  async addPartitions(partitions: readonly TopicPartition[]): Promise<void> {
    const topics = groupByTopic(partitions, (tp) => tp.partition)
    const request = {
      v3AndBelowTransactionalId: this.#options.transactionalId,
      v3AndBelowProducerId: this.#identity.producerId,
      v3AndBelowProducerEpoch: this.#identity.producerEpoch,
      v3AndBelowTopics: topics.map(({ topic, items }) => ({ name: topic, partitions: items })),
    }
    const what = `adding ${partitions.map(formatTopicPartition).join(', ')} to the transaction of '${this.#options.transactionalId}'`
    await this.#retrying(async () => {
      const response = await this.#coordinator.attempt(addPartitionsToTxnApi, request, {
        what,
        versionMax: ADD_PARTITIONS_VERSION_MAX,
        errorCode: ({ resultsByTopicV3AndBelow }) =>
          resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode ?? ERROR.NONE,
      })
      this.#isStarted = true
      const codes = response.resultsByTopicV3AndBelow.flatMap((each) =>
        each.resultsByPartition.map((result) => result.partitionErrorCode),
      )
      // One refused partition leaves the others not attempted: the first real reason is what counts.
      const refused = codes.filter((code) => code !== ERROR.NONE)
      const code = refused.find((each) => each !== ERROR.OPERATION_NOT_ATTEMPTED) ?? refused[0]
      if (code !== undefined) this.#refuse(code, what)
    })
    for (const tp of partitions) this.#added.add(tp)
  }

  async sendOffsets(offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>, group: GroupMetadata): Promise<void> {
    this.#expect('open', 'sendOffsets()')
    if (offsets.size === 0) return
    if (this.#version === 1) await this.#addGroup(group.groupId)
    this.#isStarted = true
    const request = {
      transactionalId: this.#options.transactionalId,
      groupId: group.groupId,
      ...this.#identity,
      generationId: group.generation,
      memberId: group.memberId,
      groupInstanceId: group.groupInstanceId ?? null,
      topics: offsetTopics(offsets),
    }
    const what = `writing offsets of group '${group.groupId}' in the transaction of '${this.#options.transactionalId}'`
    await this.#retrying(async () => {
      const response = await this.#groupCoordinator(group.groupId).attempt(txnOffsetCommitApi, request, {
        what,
        versionMax: this.#version === 2 ? txnOffsetCommitApi.latestStableVersion : VERSION_2.txnOffsetCommit - 1,
        errorCode: (each) => each.topics[0]?.partitions[0]?.errorCode ?? ERROR.NONE,
      })
      const codes = response.topics.flatMap((each) => each.partitions.map((partition) => partition.errorCode))
      const code = codes.find((each) => each !== ERROR.NONE)
      if (code !== undefined) this.#refuse(code, what)
    })
  }

  /** Ends the transaction. Returns whether sequences begin anew (the epoch has changed). */
  async end(isCommit: boolean): Promise<boolean> {
    this.#checkEnd(isCommit)
    const isRepeated = this.#state === 'ending'
    this.#state = 'ending'
    this.#isCommitting = isCommit
    const epochBefore = this.#identity
    if (this.#isStarted || isRepeated) await this.#endTxn(isCommit)
    if (this.#needsNewEpoch && this.#identity === epochBefore) await this.#initProducerId(this.#identity)
    this.#added.clear()
    this.#addedGroups.clear()
    this.#isStarted = false
    this.#needsNewEpoch = false
    this.#error = undefined
    this.#state = 'ready'
    return this.#identity !== epochBefore
  }

  #checkEnd(isCommit: boolean): void {
    this.throwIfFatal()
    if (this.#state === 'ending') {
      if (this.#isCommitting === isCommit) return
      const [was, is] = this.#isCommitting ? ['commit', 'abort'] : ['abort', 'commit']
      const advice = `whether the ${was} arrived is not known: repeat the ${was}, or close the producer and start a new one`
      throw new TidemillError('transaction-aborted', `cannot ${is} the transaction: ${advice}`)
    }
    if (this.#state === 'abortable' && isCommit) throw this.abortedError()
    if (this.#state !== 'abortable') this.#expect('open', isCommit ? 'commitTransaction()' : 'abortTransaction()')
  }

  abortedError(): Error {
    const { transactionalId } = this.#options
    if (this.#error instanceof TaskMigratedError) return this.#error
    const message = `the transaction of '${transactionalId}' cannot be committed, abort it: ${this.#error?.message ?? 'it failed'}`
    return new TidemillError('transaction-aborted', message, { cause: this.#error })
  }

  throwIfFatal(): void {
    if (this.#state === 'fatal') throw this.#error as Error // set together with the state
  }

  /** The error for a producer that another has taken the place of. */
  fencedError(code: number, what: string): TaskMigratedError {
    const { transactionalId } = this.#options
    const message = `${what}: ${errorName(code)}: a newer producer with the transactional id '${transactionalId}' is at work, or this one's transaction timed out`
    return new TaskMigratedError('producer-fenced', message)
  }

  async #endTxn(committed: boolean): Promise<void> {
    const { transactionalId } = this.#options
    const what = `${committed ? 'committing' : 'aborting'} the transaction of '${transactionalId}'`
    const response = await this.#coordinator.request(
      endTxnApi,
      { transactionalId, ...this.#identity, committed },
      {
        what,
        timeoutMs: this.#options.timeoutMs,
        versionMax: this.#version === 2 ? endTxnApi.latestStableVersion : VERSION_2.endTxn - 1,
        errorCode: (each) => each.errorCode,
      },
    )
    if (response.errorCode !== ERROR.NONE) this.#refuseForGood(response.errorCode, what)
    if (this.#version === 2 && response.producerId >= 0) {
      this.#identity = { producerId: response.producerId, producerEpoch: response.producerEpoch }
    }
  }

  async #initProducerId(expected: ProducerIdentity): Promise<void> {
    const { transactionalId, transactionTimeoutMs } = this.#options
    const what = `initialising the transactional producer '${transactionalId}'`
    const response = await this.#coordinator.request(
      initProducerIdApi,
      { transactionalId, transactionTimeoutMs, ...expected },
      { what, timeoutMs: this.#options.timeoutMs, errorCode: (each) => each.errorCode },
    )
    if (response.errorCode !== ERROR.NONE) this.#refuseForGood(response.errorCode, what)
    this.#identity = { producerId: response.producerId, producerEpoch: response.producerEpoch }
  }

  async #addGroup(groupId: string): Promise<void> {
    if (this.#addedGroups.has(groupId)) return
    const { transactionalId } = this.#options
    const what = `adding group '${groupId}' to the transaction of '${transactionalId}'`
    const response = await this.#coordinator.request(
      addOffsetsToTxnApi,
      { transactionalId, ...this.#identity, groupId },
      { what, timeoutMs: this.#options.timeoutMs, errorCode: (each) => each.errorCode },
    )
    if (response.errorCode !== ERROR.NONE) this.#refuse(response.errorCode, what)
    this.#isStarted = true
    this.#addedGroups.add(groupId)
  }

  #groupCoordinator(groupId: string): Coordinator {
    let coordinator = this.#groupCoordinators.get(groupId)
    if (coordinator === undefined) {
      coordinator = new Coordinator(this.#context, 'group', groupId, this.#context.newLane('txn-group'))
      this.#groupCoordinators.set(groupId, coordinator)
    }
    return coordinator
  }

  async #retrying(attempt: () => Promise<void>): Promise<void> {
    const { clock, prng } = this.#context
    try {
      await retrying({ clock, prng, timeoutMs: this.#options.timeoutMs }, attempt)
    } catch (error) {
      this.fail(error as Error, false) // whatever was thrown, the transaction is not whole any more
      throw error
    }
  }

  #refuse(code: number, what: string): never {
    if (FENCED.has(code)) this.#refuseForGood(code, what)
    if (MEMBER_IS_OUT.has(code)) {
      const message = `${what}: ${errorName(code)}: the member is no longer in the group, its partitions belong to others`
      throw new TaskMigratedError('group-member-fenced', message)
    }
    const error = brokerError(code, what)
    assert(
      isRetriableError(code) === error instanceof RetriableError,
      () => `${errorName(code)} is retriable in one table only`,
    )
    throw error
  }

  #refuseForGood(code: number, what: string): never {
    const error = FENCED.has(code) ? this.fencedError(code, what) : brokerError(code, what)
    this.failForGood(error)
    throw error
  }

  #expect(state: TransactionState, call: string): void {
    this.throwIfFatal()
    if (this.#state === state) return
    if (this.#state === 'abortable') throw this.abortedError()
    const advice: Record<TransactionState, string> = {
      uninitialised: 'call initTransactions() first',
      ready: 'call beginTransaction() first',
      open: 'a transaction is open: commit or abort it first',
      abortable: 'abort the transaction first',
      ending: 'the transaction is being ended: wait for it, or repeat the call that failed',
      fatal: 'close the producer and start a new one',
    }
    throw new TidemillError('invalid-argument', `${call} is not possible now: ${advice[this.#state]}`)
  }
}

function offsetTopics(
  offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
): readonly TxnOffsetCommitRequestTopicInput[] {
  const topics = groupByTopic(
    [...offsets],
    ([tp, position]) => ({
      partitionIndex: tp.partition,
      committedOffset: position.offset,
      committedLeaderEpoch: position.leaderEpoch ?? -1,
      committedMetadata: position.metadata,
    }),
    ([tp]) => tp.topic,
  )
  return topics.map(({ topic, items }) => ({ name: topic, partitions: items }))
}
