// A producer's batches for one partition, in order: one open, those that wait, those in flight. Sequence numbers are given when a batch
// is first sent. After a failure that may pass, nothing more is sent until all in flight are back, and then from the oldest on, so that
// the broker sees every sequence in order.
import { assert } from '../base/index.ts'
import type { TopicPartition } from '../record/index.ts'
import type { ProducerBatch } from './producer-batch.ts'

/** What a broker keeps of a producer in a partition: more in flight could not be told from duplicates. */
export const IN_FLIGHT_MAX = 5

const SEQUENCE_MODULUS = 0x8000_0000

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export class PartitionQueue {
  readonly tp: TopicPartition
  open: ProducerBatch | undefined
  readonly waiting: ProducerBatch[] = []
  readonly inFlight: ProducerBatch[] = []
  /** Of the batch sealed last. */
  lastBatchBytes = 0
  /** Nothing is sent before, in monotonic ms. */
  notBeforeMs = 0
  /** Since when the partition has no known leader, in monotonic ms. */
  leaderlessSinceMs: number | undefined
  /** A numbered batch will never arrive: what follows must be numbered from 0 in a new epoch. */
  needsNewEpoch = false
  acknowledged: { readonly offset: number; readonly leaderEpoch: number } | undefined
  #identity: ProducerIdentity | undefined
  #nextSequence = 0
  #isSettling = false

  constructor(tp: TopicPartition) {
    this.tp = tp
  }

  get isIdle(): boolean {
    return this.open === undefined && this.waiting.length === 0 && this.inFlight.length === 0
  }

  /** Some batch failed and the ones sent after it are not back yet. */
  get isSettling(): boolean {
    return this.#isSettling
  }

  get identity(): ProducerIdentity | undefined {
    return this.#identity
  }

  canSend(nowMs: number): boolean {
    if (this.waiting.length === 0 || nowMs < this.notBeforeMs) return false
    return this.#isSettling || this.needsNewEpoch ? this.inFlight.length === 0 : this.inFlight.length < IN_FLIGHT_MAX
  }

  seal(): void {
    if (this.open === undefined) return
    this.waiting.push(this.open)
    this.lastBatchBytes = this.open.sizeBytes
    this.open = undefined
  }

  /** Takes the next batch to send, numbered; undefined where another epoch is due and old batches are still in flight. */
  take(current: ProducerIdentity): ProducerBatch | undefined {
    if (!this.#adopt(current)) return undefined
    const batch = this.waiting.shift()
    assert(batch !== undefined && this.#identity !== undefined, () => 'a batch is taken from an empty queue')
    this.#isSettling = false
    if (batch.sequence === undefined) {
      batch.number({ ...this.#identity, baseSequence: this.#nextSequence })
      this.#nextSequence = (this.#nextSequence + batch.recordCount) % SEQUENCE_MODULUS
    }
    this.inFlight.push(batch)
    return batch
  }

  /** The broker has it, or it failed for good. */
  settled(batch: ProducerBatch): void {
    this.#remove(batch)
  }

  /** It is to be sent again. */
  putBack(batch: ProducerBatch): void {
    this.#remove(batch)
    this.#isSettling = true
    // Those sent later may have come back earlier: the order is that of the sequence, which is that of creation.
    const at = this.waiting.findIndex((each) => each.sequence === undefined || isBefore(batch, each))
    this.waiting.splice(at === -1 ? this.waiting.length : at, 0, batch)
  }

  /** Whether an older batch is in flight or will be sent again, so that this one was bound to come out of order. */
  isBehindAnother(batch: ProducerBatch): boolean {
    return this.#isSettling || this.inFlight[0] !== batch
  }

  /** Takes all that is not in flight out of the queue. */
  drainWaiting(): readonly ProducerBatch[] {
    this.seal()
    return this.waiting.splice(0)
  }

  /** Begins with sequence 0 at the next batch (a new transaction epoch). */
  resetSequence(): void {
    this.#identity = undefined
    for (const batch of this.waiting) batch.sequence = undefined
  }

  #adopt(current: ProducerIdentity): boolean {
    const identity = this.#identity
    if (identity?.producerId === current.producerId && identity.producerEpoch === current.producerEpoch) return true
    // Numbered batches keep their epoch until they are through; the broker takes the new epoch when it sees it with sequence 0.
    if (this.inFlight.length > 0) return false
    if (identity !== undefined && !this.needsNewEpoch && this.waiting[0]?.sequence !== undefined) return true
    this.needsNewEpoch = false
    this.#identity = { producerId: current.producerId, producerEpoch: current.producerEpoch }
    this.#nextSequence = 0
    for (const batch of this.waiting) batch.sequence = undefined
    return true
  }

  #remove(batch: ProducerBatch): void {
    const at = this.inFlight.indexOf(batch)
    assert(at !== -1, () => 'a batch came back that was not in flight')
    this.inFlight.splice(at, 1)
  }
}

function isBefore(a: ProducerBatch, b: ProducerBatch): boolean {
  return a.ordinal < b.ordinal
}
