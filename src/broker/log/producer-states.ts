// What one partition knows of its producers: epoch, the last five batches (to recognise a retry), and the open transaction.
// Idempotence rests on it: a batch is appended only as the next one of its producer. Rebuilt from the log at recovery,
// starting from the newest snapshot. Sequences count from 0 to 2^31-1 and then from 0 again.
import { must } from '../../base/index.ts'
import { ERROR } from '../../protocol/index.ts'

const BATCHES_KEPT = 5
const SEQUENCE_COUNT = 0x8000_0000

export interface KeptBatch {
  readonly firstSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly timestamp: number
}

export interface ProducerState {
  readonly producerId: number
  epoch: number
  coordinatorEpoch: number
  lastTimestamp: number
  /** Oldest first, at most five. */
  batches: KeptBatch[]
  /** First offset of the open transaction. */
  openTransaction: number | undefined
}

/** What a batch header says of its producer. */
export interface ProducedBatch {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastOffsetDelta: number
  readonly isTransactional: boolean
}

export type SequenceCheck =
  | { readonly kind: 'next' }
  | { readonly kind: 'duplicate'; readonly batch: KeptBatch }
  | { readonly kind: 'refused'; readonly error: number; readonly reason: string }

export function addSequence(sequence: number, count: number): number {
  return (sequence + count) % SEQUENCE_COUNT
}

export class ProducerStates {
  readonly #states = new Map<number, ProducerState>()
  /** Producer id to first offset, in the order the transactions began, which is the order of their offsets. */
  readonly #open = new Map<number, number>()

  get count(): number {
    return this.#states.size
  }

  all(): Iterable<ProducerState> {
    return this.#states.values()
  }

  get(producerId: number): ProducerState | undefined {
    return this.#states.get(producerId)
  }

  /** The open transactions: producer id to first offset, oldest first. */
  get open(): ReadonlyMap<number, number> {
    return this.#open
  }

  get firstOpenOffset(): number | undefined {
    for (const offset of this.#open.values()) return offset
    return undefined
  }

  /** Decides what becomes of a client's batch; changes nothing. */
  check(produced: ProducedBatch, mustStartAtZero: boolean): SequenceCheck {
    const state = this.#states.get(produced.producerId)
    const { producerEpoch, baseSequence } = produced
    if (state === undefined) {
      if (mustStartAtZero && baseSequence !== 0) return outOfOrder(produced, 'the first batch must have sequence 0')
      return { kind: 'next' }
    }
    if (producerEpoch < state.epoch) {
      const reason = `producer ${produced.producerId} has epoch ${producerEpoch}, here it is at ${state.epoch} already`
      return { kind: 'refused', error: ERROR.INVALID_PRODUCER_EPOCH, reason }
    }
    if (!produced.isTransactional && state.openTransaction !== undefined) {
      const reason = `producer ${produced.producerId} has an open transaction here and sent a batch that is not part of it`
      return { kind: 'refused', error: ERROR.INVALID_TXN_STATE, reason }
    }
    if (producerEpoch > state.epoch) {
      if (baseSequence !== 0) return outOfOrder(produced, 'a new epoch begins with sequence 0')
      return { kind: 'next' }
    }
    const lastSequence = addSequence(baseSequence, produced.lastOffsetDelta)
    const duplicate = state.batches.find((b) => b.firstSequence === baseSequence && b.lastSequence === lastSequence)
    if (duplicate !== undefined) return { kind: 'duplicate', batch: duplicate }
    const last = state.batches.at(-1)
    if (last === undefined) {
      // Only a marker was seen of this epoch (or the batches are too old to be kept).
      return mustStartAtZero && baseSequence !== 0
        ? outOfOrder(produced, 'the first batch must have sequence 0')
        : { kind: 'next' }
    }
    const expected = addSequence(last.lastSequence, 1)
    if (baseSequence !== expected) return outOfOrder(produced, `sequence ${expected} comes next`)
    return { kind: 'next' }
  }

  /** Takes a batch that was appended, by a client or found at recovery. */
  append(produced: ProducedBatch, baseOffset: number, timestamp: number): void {
    const state = this.#take(produced.producerId, produced.producerEpoch)
    // Offsets that are committed in a transaction come without sequences.
    if (produced.baseSequence >= 0) this.#keepBatch(state, produced, baseOffset, timestamp)
    state.lastTimestamp = timestamp
    if (produced.isTransactional && state.openTransaction === undefined) {
      state.openTransaction = baseOffset
      this.#open.set(produced.producerId, baseOffset)
    }
  }

  #keepBatch(state: ProducerState, produced: ProducedBatch, baseOffset: number, timestamp: number): void {
    state.batches.push({
      firstSequence: produced.baseSequence,
      lastSequence: addSequence(produced.baseSequence, produced.lastOffsetDelta),
      baseOffset,
      lastOffset: baseOffset + produced.lastOffsetDelta,
      timestamp,
    })
    if (state.batches.length > BATCHES_KEPT) state.batches.shift()
  }

  /** Takes a marker; returns where the transaction that it ends began, undefined when none was open. */
  end(producerId: number, epoch: number, coordinatorEpoch: number, timestamp: number): number | undefined {
    const state = this.#take(producerId, Math.max(epoch, this.#states.get(producerId)?.epoch ?? 0))
    const firstOffset = state.openTransaction
    state.openTransaction = undefined
    state.coordinatorEpoch = coordinatorEpoch
    state.lastTimestamp = timestamp
    this.#open.delete(producerId)
    return firstOffset
  }

  /** Takes a state from a snapshot. */
  restore(state: ProducerState): void {
    this.#states.set(state.producerId, state)
    if (state.openTransaction !== undefined) this.#open.set(state.producerId, state.openTransaction)
  }

  /** Snapshots are not ordered by first offset. To be called after the last restore(). */
  sortOpen(): void {
    const sorted = [...this.#open].sort((a, b) => a[1] - b[1])
    this.#open.clear()
    for (const [producerId, offset] of sorted) this.#open.set(producerId, offset)
  }

  clear(): void {
    this.#states.clear()
    this.#open.clear()
  }

  /** Forgets producers that were silent since then and have nothing open. */
  expire(before: number): void {
    for (const state of this.#states.values()) {
      if (state.lastTimestamp < before && state.openTransaction === undefined) this.#states.delete(state.producerId)
    }
  }

  #take(producerId: number, epoch: number): ProducerState {
    let state = this.#states.get(producerId)
    if (state === undefined) {
      state = { producerId, epoch, coordinatorEpoch: -1, lastTimestamp: -1, batches: [], openTransaction: undefined }
      this.#states.set(producerId, state)
    }
    if (epoch > state.epoch) {
      state.epoch = epoch
      state.batches = []
    }
    return must(state, 'producer state')
  }
}

function outOfOrder(produced: ProducedBatch, expected: string): SequenceCheck {
  const reason = `producer ${produced.producerId}, epoch ${produced.producerEpoch} sent sequence ${produced.baseSequence}: ${expected}`
  return { kind: 'refused', error: ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER, reason }
}
