// Transactions of both kinds: TV1, and TV2 (KIP-890), where every end of a transaction takes a new epoch, so that a request that was
// delayed can never end the next one.
//
// The end of a transaction: PREPARE is made durable, then the markers are appended to all partitions, then, when these are durable,
// COMPLETE is appended and the client answered. Until COMPLETE others are told CONCURRENT_TRANSACTIONS. What a crash leaves at PREPARE is
// finished at the next start. Open transactions in a log that no coordinator entry knows (its record was not durable yet,
// so nothing was acknowledged) are aborted then: one node can compare both sides, so nothing hangs.
import { TidemillError, type Timer, must } from '../../base/index.ts'
import { ERROR, transactionMarker } from '../../protocol/index.ts'
import type { BrokerCore } from '../core.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { ProducedBatch } from '../log/producer-states.ts'
import { OFFSETS_TOPIC, TRANSACTIONS_TOPIC, type Topic } from '../topic.ts'
import { CoordinatorLog } from './coordinator-log.ts'
import { endDecision } from './end-decision.ts'
import {
  NO_PARTITIONS,
  type ProducerIdentity,
  type Transaction,
  type TransactionPartitions,
  readTransactionRecord,
  transactionKey,
  transactionRecord,
} from './transaction.ts'

/** The last epoch that is given out; the next would leave none to fence with. */
const EPOCH_LAST = 32_766
/** Epochs are int16; the very last one is only ever in a marker. */
const EPOCH_MAX = 32_767
const RETRY_MS = 1000
const NONE = -1

type EpochBump = 'none' | 'for-client' | 'to-fence'

export interface ProducerAnswer extends ProducerIdentity {
  readonly errorCode: number
}

export interface TopicPartitions {
  readonly name: string
  readonly partitions: readonly number[]
}

export class TransactionCoordinator {
  readonly #core: BrokerCore
  readonly #log: CoordinatorLog
  readonly #transactions = new Map<string, Transaction>()
  readonly #timers = new Map<string, Timer>()
  /** Logs that still lack the marker of an ending transaction. */
  readonly #unmarked = new Map<string, Set<PartitionLog>>()
  /** Told when the transaction of the id has ended. */
  readonly #whenEnded = new Map<string, (() => void)[]>()

  constructor(core: BrokerCore) {
    this.#core = core
    this.#log = new CoordinatorLog(core, TRANSACTIONS_TOPIC)
  }

  get transactions(): ReadonlyMap<string, Transaction> {
    return this.#transactions
  }

  get log(): CoordinatorLog {
    return this.#log
  }

  /** Loads all entries; finishes and aborts what the last run left open. Offsets of groups have to be loaded already. */
  recover(): void {
    this.#log.replay((record) => {
      const read = record.kind === 'data' ? readTransactionRecord(record.key, record.value) : undefined
      if (read === undefined) return
      if (read.transaction === undefined) this.#transactions.delete(read.id)
      else this.#transactions.set(read.id, read.transaction)
    })
    this.#expire()
    this.#reconcile()
    for (const transaction of this.#transactions.values()) {
      if (isEnding(transaction)) this.#beginMarking(transaction)
      else if (transaction.state === 'Ongoing') this.#armTimeout(transaction)
    }
  }

  /** InitProducerId with a transactional id: a new epoch, after aborting what was open. */
  init(id: string, timeoutMs: number, expected: ProducerIdentity, answer: (result: ProducerAnswer) => void): void {
    const refuse = (errorCode: number): void => answer({ errorCode, producerId: NONE, producerEpoch: NONE })
    if (id === '') return refuse(ERROR.INVALID_REQUEST)
    if (timeoutMs <= 0 || timeoutMs > this.#core.configs.number('transaction.max.timeout.ms')) {
      return refuse(ERROR.INVALID_TRANSACTION_TIMEOUT)
    }
    const known = this.#transactions.get(id)
    if (known === undefined) return this.#attempt(() => this.#initNew(id, timeoutMs, answer), refuse)
    if (isEnding(known)) return refuse(ERROR.CONCURRENT_TRANSACTIONS)
    const error = expectedError(known, expected)
    if (error !== ERROR.NONE) return refuse(error)
    if (known.state !== 'Ongoing')
      return this.#attempt(() => this.#initKnown(known, timeoutMs, expected, answer), refuse)
    const goOn = (): void => this.init(id, timeoutMs, { producerId: NONE, producerEpoch: NONE }, answer)
    this.#endThen(known, goOn, () => this.#fence(known), refuse)
  }

  /** AddPartitionsToTxn: all or none; with `isCheck` nothing is added. Answers an error for all. */
  addPartitions(
    id: string,
    producer: ProducerIdentity,
    topics: readonly TopicPartitions[],
    answer: (errorCode: number) => void,
  ): void {
    const known = this.#transactions.get(id)
    const error = this.#producerError(known, producer)
    if (error !== ERROR.NONE || known === undefined) return answer(error)
    this.#attempt(() => {
      this.#add(known, topics, known.clientVersion)
      this.#log.whenDurable((isDurable) => answer(isDurable ? ERROR.NONE : ERROR.COORDINATOR_NOT_AVAILABLE))
    }, answer)
  }

  /** Whether the partition is in the open transaction of the producer (AddPartitionsToTxn, verifyOnly). */
  verify(id: string, producer: ProducerIdentity, topic: string, partition: number): number {
    const known = this.#transactions.get(id)
    const error = this.#producerError(known, producer)
    if (error !== ERROR.NONE || known === undefined) return error
    const isIn = known.state === 'Ongoing' && known.partitions.get(topic)?.has(partition) === true
    return isIn ? ERROR.NONE : ERROR.TRANSACTION_ABORTABLE
  }

  /** Whether a transactional batch may be appended; `isImplicit` adds its partition (TV2). The error code. */
  admit(id: string | null, produced: ProducedBatch, log: PartitionLog, isImplicit: boolean): number {
    const known = id === null ? undefined : this.#transactions.get(id)
    if (known === undefined || known.producerId !== produced.producerId) return ERROR.INVALID_PRODUCER_ID_MAPPING
    if (known.epoch !== produced.producerEpoch) return ERROR.INVALID_PRODUCER_EPOCH
    if (known.state === 'Ongoing' && known.partitions.get(log.topic)?.has(log.partition) === true) return ERROR.NONE
    if (!isImplicit) return ERROR.INVALID_TXN_STATE
    if (isEnding(known)) return ERROR.CONCURRENT_TRANSACTIONS
    return this.#attemptCode(() => this.#add(known, [{ name: log.topic, partitions: [log.partition] }], 2))
  }

  /** Whether offsets may be committed in the transaction; `isImplicit` adds the offsets' partition (TV2). The error code. */
  admitOffsets(id: string, producer: ProducerIdentity, isImplicit: boolean): number {
    const known = this.#transactions.get(id)
    const error = this.#producerError(known, producer)
    if (error !== ERROR.NONE || known === undefined) return error
    if (known.state === 'Ongoing' && known.partitions.has(OFFSETS_TOPIC)) return ERROR.NONE
    if (!isImplicit) return ERROR.INVALID_TXN_STATE
    return this.#attemptCode(() => this.#add(known, [{ name: OFFSETS_TOPIC, partitions: [0] }], 2))
  }

  /** EndTxn. `isV2` (version 5 and up) takes a new epoch and answers it. */
  end(
    id: string,
    producer: ProducerIdentity,
    end: { readonly isCommit: boolean; readonly isV2: boolean },
    answer: (result: ProducerAnswer) => void,
  ): void {
    const known = this.#transactions.get(id)
    const refuse = (errorCode: number): void => answer({ errorCode, producerId: NONE, producerEpoch: NONE })
    if (known === undefined) return refuse(ERROR.INVALID_PRODUCER_ID_MAPPING)
    const decision = endDecision(known, producer, end)
    if (decision.kind === 'refused') return refuse(decision.errorCode)
    const settled = (): void => {
      const now = must(this.#transactions.get(id), id)
      answer({ errorCode: ERROR.NONE, producerId: now.producerId, producerEpoch: now.epoch })
    }
    if (decision.kind === 'done') return settled()
    this.#endThen(known, settled, () => this.#prepare(known, end.isCommit, end.isV2 ? 'for-client' : 'none'), refuse)
  }

  /** The topic is deleted: its partitions leave all transactions, so that no marker reaches a later topic of its name. */
  forget(topic: Topic): void {
    for (const transaction of this.#transactions.values()) {
      if (!transaction.partitions.has(topic.name)) continue
      const partitions = new Map(transaction.partitions)
      partitions.delete(topic.name)
      this.#transactions.set(transaction.id, { ...transaction, partitions })
    }
    for (const logs of this.#unmarked.values()) for (const log of topic.logs) logs.delete(log)
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }

  #initNew(id: string, timeoutMs: number, answer: (result: ProducerAnswer) => void): void {
    const now = this.#core.clock.now()
    this.#initialised(
      {
        id,
        producerId: this.#core.catalog.nextProducerId(),
        previousProducerId: NONE,
        epoch: 0,
        lastEpoch: NONE,
        nextProducerId: NONE,
        timeoutMs,
        state: 'Empty',
        partitions: NO_PARTITIONS,
        startMs: NONE,
        updateMs: now,
        clientVersion: 0,
      },
      answer,
    )
  }

  #initKnown(
    known: Transaction,
    timeoutMs: number,
    expected: ProducerIdentity,
    answer: (result: ProducerAnswer) => void,
  ): void {
    const isRetry = expected.producerId >= 0 && expected.producerEpoch !== known.epoch
    const base = { ...known, timeoutMs, state: 'Empty', partitions: NO_PARTITIONS, startMs: NONE } as const
    const lastEpoch = expected.producerId >= 0 ? known.epoch : NONE
    if (isRetry) return this.#initialised({ ...known, timeoutMs }, answer)
    if (known.epoch >= EPOCH_LAST) {
      const producerId = this.#core.catalog.nextProducerId()
      return this.#initialised(
        { ...base, producerId, previousProducerId: known.producerId, epoch: 0, lastEpoch },
        answer,
      )
    }
    this.#initialised({ ...base, epoch: known.epoch + 1, lastEpoch }, answer)
  }

  #initialised(next: Transaction, answer: (result: ProducerAnswer) => void): void {
    this.#put(next)
    this.#log.whenDurable((isDurable) => {
      const errorCode = isDurable ? ERROR.NONE : ERROR.COORDINATOR_NOT_AVAILABLE
      answer({ errorCode, producerId: next.producerId, producerEpoch: next.epoch })
    })
  }

  #producerError(known: Transaction | undefined, producer: ProducerIdentity): number {
    if (known === undefined || known.producerId !== producer.producerId) return ERROR.INVALID_PRODUCER_ID_MAPPING
    if (known.epoch !== producer.producerEpoch) return ERROR.PRODUCER_FENCED
    return isEnding(known) ? ERROR.CONCURRENT_TRANSACTIONS : ERROR.NONE
  }

  /** Adds partitions, beginning a transaction where none is open. Nothing is written when all are in it already. */
  #add(known: Transaction, topics: readonly TopicPartitions[], clientVersion: number): void {
    const isOngoing = known.state === 'Ongoing'
    const partitions = merged(isOngoing ? known.partitions : NO_PARTITIONS, topics)
    if (partitions === undefined && isOngoing) return
    const now = this.#core.clock.now()
    const next: Transaction = {
      ...known,
      state: 'Ongoing',
      partitions: partitions ?? NO_PARTITIONS,
      startMs: isOngoing ? known.startMs : now,
      updateMs: now,
      clientVersion,
    }
    this.#put(next)
    if (!isOngoing) this.#armTimeout(next)
  }

  /** Takes the epoch away from whoever has it, and aborts. */
  #fence(known: Transaction): void {
    this.#prepare(known, false, 'to-fence')
  }

  #prepare(known: Transaction, isCommit: boolean, bump: EpochBump): void {
    // The client could not go on from the highest epoch, so it gets a new producer id; the marker may have it.
    const isExhausted = bump === 'for-client' && known.epoch + 1 > EPOCH_LAST
    const next: Transaction = {
      ...known,
      state: isCommit ? 'PrepareCommit' : 'PrepareAbort',
      epoch: bumped(known, bump),
      lastEpoch: bump === 'for-client' ? known.epoch : NONE,
      nextProducerId: isExhausted ? this.#core.catalog.nextProducerId() : NONE,
      partitions: known.state === 'Ongoing' ? known.partitions : NO_PARTITIONS,
      updateMs: this.#core.clock.now(),
      clientVersion: bump === 'for-client' ? 2 : known.clientVersion,
    }
    this.#put(next)
    this.#timers.get(known.id)?.cancel()
    this.#timers.delete(known.id)
    this.#log.whenDurable((isDurable) => {
      if (isDurable) this.#beginMarking(next)
    })
  }

  #beginMarking(ending: Transaction): void {
    const logs = new Set<PartitionLog>()
    for (const [topic, partitions] of ending.partitions) {
      for (const partition of partitions) {
        const log = this.#core.catalog.log(topic, partition)
        if (log !== undefined) logs.add(log)
      }
    }
    this.#unmarked.set(ending.id, logs)
    this.#mark(ending)
  }

  /** Appends the markers that are missing, and completes when all are durable; tries again later where a disk refuses. */
  #mark(ending: Transaction): void {
    const unmarked = must(this.#unmarked.get(ending.id), ending.id)
    const isCommit = ending.state === 'PrepareCommit'
    const appendTo = (log: PartitionLog): boolean =>
      this.#attemptCode(() => this.#appendMarker(log, ending.producerId, ending.epoch, isCommit)) === ERROR.NONE
    const appended = [...unmarked].filter(appendTo)
    let waiting = appended.length + 1
    const settle = (): void => {
      if (--waiting > 0) return
      if (unmarked.size > 0) return this.#later(() => this.#mark(ending))
      this.#unmarked.delete(ending.id)
      this.#complete(ending)
    }
    // A marker that a disk has not taken is lost with the broker: until then the transaction is not complete.
    for (const log of appended) {
      log.whenDurable((isDurable) => {
        if (isDurable || log.isDeleted) unmarked.delete(log)
        settle()
      })
    }
    settle()
  }

  #appendMarker(log: PartitionLog, producerId: number, producerEpoch: number, isCommit: boolean): void {
    const now = this.#core.clock.now()
    const coordinatorEpoch = this.#core.leaderEpoch
    const kind = isCommit ? 'commit' : 'abort'
    log.append(transactionMarker({ kind, producerId, producerEpoch, coordinatorEpoch, timestamp: now }), now)
    if (log.topic === OFFSETS_TOPIC) this.#core.groups.endTransaction(producerId, isCommit)
  }

  #complete(ending: Transaction): void {
    if (this.#core.isClosed) return
    const hasNewId = ending.nextProducerId >= 0
    const next: Transaction = {
      ...ending,
      state: ending.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
      producerId: hasNewId ? ending.nextProducerId : ending.producerId,
      previousProducerId: hasNewId ? ending.producerId : ending.previousProducerId,
      epoch: hasNewId ? 0 : ending.epoch,
      nextProducerId: NONE,
      partitions: NO_PARTITIONS,
      updateMs: this.#core.clock.now(),
    }
    if (this.#attemptCode(() => this.#put(next)) !== ERROR.NONE) return this.#later(() => this.#complete(ending))
    const waiting = this.#whenEnded.get(ending.id) ?? []
    this.#whenEnded.delete(ending.id)
    for (const callback of waiting) callback()
  }

  /** Aborts an open transaction when its time is up; its producer is fenced. */
  #armTimeout(transaction: Transaction): void {
    const { id, startMs, timeoutMs } = transaction
    const delayMs = Math.max(0, startMs + timeoutMs - this.#core.clock.now())
    const onTimeout = (): void => {
      const known = this.#transactions.get(id)
      if (known === undefined || known.state !== 'Ongoing' || known.startMs !== startMs || this.#core.isClosed) return
      this.#core.warn(
        `the transaction of ${id} was aborted: it was open for longer than its timeout of ${timeoutMs} ms`,
      )
      if (this.#attemptCode(() => this.#fence(known)) !== ERROR.NONE) this.#later(onTimeout)
    }
    this.#timers.get(id)?.cancel()
    this.#timers.set(id, this.#core.clock.setTimer(delayMs, onTimeout, { unref: true }))
  }

  /**
   * Compares the logs with the entries after a start. Batches can have survived a crash that took the entry's record with it. Where the
   * producer may still live (same epoch) the partition joins its transaction again: it will send the batch again and must find it
   * there. Else the transaction is aborted.
   */
  #reconcile(): void {
    const byProducer = new Map([...this.#transactions.values()].map((each) => [each.producerId, each]))
    for (const log of this.#core.logs.logs) {
      for (const producerId of log.producers.open.keys()) {
        const epoch = must(log.producers.get(producerId), 'producer').epoch
        const known = byProducer.get(producerId)
        const isIn = known?.partitions.get(log.topic)?.has(log.partition) === true
        if (known !== undefined && isIn && (known.state === 'Ongoing' || isEnding(known))) continue
        if (known !== undefined && known.epoch === epoch && !isEnding(known)) {
          this.#add(known, [{ name: log.topic, partitions: [log.partition] }], known.clientVersion)
          byProducer.set(producerId, must(this.#transactions.get(known.id), known.id))
          continue
        }
        this.#core.warn(`${log.directory}: the open transaction of producer ${producerId}, which is gone, was aborted`)
        this.#appendMarker(log, producerId, Math.max(epoch, known?.epoch ?? 0), false)
      }
    }
  }

  /** Forgets ids that were idle for transactional.id.expiration.ms. */
  #expire(): void {
    const before = this.#core.clock.now() - this.#core.configs.number('transactional.id.expiration.ms')
    const expired = [...this.#transactions.values()].filter((each) => {
      return each.updateMs < before && each.state !== 'Ongoing' && !isEnding(each)
    })
    if (expired.length === 0) return
    this.#attempt(
      () => this.#log.append(expired.map(({ id }) => ({ key: transactionKey(id), value: null }))),
      () => {},
    )
    for (const { id } of expired) this.#transactions.delete(id)
  }

  #put(next: Transaction): void {
    this.#log.append([transactionRecord(next)])
    this.#transactions.set(next.id, next)
  }

  /** Begins the end of a transaction, and calls back when it has ended. */
  #endThen(known: Transaction, whenEnded: () => void, begin: () => void, refuse: (errorCode: number) => void): void {
    const waiting = this.#whenEnded.get(known.id) ?? []
    this.#whenEnded.set(known.id, [...waiting, whenEnded])
    const error = this.#attemptCode(begin)
    if (error === ERROR.NONE) return
    this.#whenEnded.set(known.id, waiting)
    refuse(error)
  }

  #later(action: () => void): void {
    const run = (): void => {
      if (!this.#core.isClosed) action()
    }
    this.#core.clock.setTimer(RETRY_MS, run, { unref: true })
  }

  #attempt(action: () => void, refuse: (errorCode: number) => void): void {
    const error = this.#attemptCode(action)
    if (error !== ERROR.NONE) refuse(error)
  }

  /** What the disk refuses is an error that clients try again after. */
  #attemptCode(action: () => void): number {
    try {
      action()
      return ERROR.NONE
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error
      this.#core.warn(error.message)
      return ERROR.COORDINATOR_NOT_AVAILABLE
    }
  }
}

export function isEnding(transaction: Transaction): boolean {
  return transaction.state === 'PrepareCommit' || transaction.state === 'PrepareAbort'
}

/** Under TV2 one epoch back is a retry of the same request, so that fencing takes two. */
function bumped(known: Transaction, bump: EpochBump): number {
  if (bump === 'none') return known.epoch
  const steps = bump === 'to-fence' && known.clientVersion === 2 ? 2 : 1
  return Math.min(EPOCH_MAX, known.epoch + steps)
}

/** Checks the producer id and epoch that a client gives with InitProducerId (KIP-360). */
function expectedError(known: Transaction, expected: ProducerIdentity): number {
  if (expected.producerId < 0) return ERROR.NONE
  const isCurrent = expected.producerId === known.producerId && expected.producerEpoch === known.epoch
  const isRetry = expected.producerId === known.producerId && expected.producerEpoch === known.lastEpoch
  const isBeforeNewId = expected.producerId === known.previousProducerId && expected.producerEpoch >= EPOCH_LAST
  return isCurrent || isRetry || isBeforeNewId ? ERROR.NONE : ERROR.PRODUCER_FENCED
}

/** The partitions with the new ones; undefined when there is nothing new. */
function merged(
  partitions: TransactionPartitions,
  topics: readonly TopicPartitions[],
): TransactionPartitions | undefined {
  const result = new Map([...partitions].map(([name, indexes]) => [name, new Set(indexes)]))
  let isNew = false
  for (const { name, partitions: indexes } of topics) {
    const known = result.get(name) ?? new Set<number>()
    for (const index of indexes) {
      isNew ||= !known.has(index)
      known.add(index)
    }
    result.set(name, known)
  }
  return isNew ? result : undefined
}
