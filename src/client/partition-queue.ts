// A producer's batches for one partition, in order: one open, those that wait, those in flight. Sequence numbers are given when a batch
// is first sent. At the start, and after a failure that may pass, one batch is in flight at a time, from the oldest on, until one is
// acknowledged: a broker that knows nothing of the producer in this partition yet takes whichever sequence comes first, so that of
// several in flight a later one could be taken while the first is refused (by a leader, say, that is one only a moment later).
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
  #knownProducerId: number | undefined
  /** The broker may not hold this producer to the order of its sequences, or some batch is to be sent again. */
  #isProbing = true

  constructor(tp: TopicPartition) {
    this.tp = tp
  }

  get isIdle(): boolean {
    return this.open === undefined && this.waiting.length === 0 && this.inFlight.length === 0
  }

  get identity(): ProducerIdentity | undefined {
    return this.#identity
  }

  canSend(nowMs: number): boolean {
    if (this.waiting.length === 0 || nowMs < this.notBeforeMs) return false
    return this.inFlight.length < (this.#isProbing || this.needsNewEpoch ? 1 : IN_FLIGHT_MAX)
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
    if (batch.sequence === undefined) {
      batch.number({ ...this.#identity, baseSequence: this.#nextSequence })
      this.#nextSequence = (this.#nextSequence + batch.recordCount) % SEQUENCE_MODULUS
    }
    this.inFlight.push(batch)
    return batch
  }

  /** The broker has it. */
  written(batch: ProducerBatch): void {
    this.#remove(batch)
    if (!this.#isOlderWaiting(batch)) this.#isProbing = false
  }

  /** It failed for good. */
  failed(batch: ProducerBatch): void {
    this.#remove(batch)
  }

  /** It is to be sent again. */
  putBack(batch: ProducerBatch): void {
    this.#remove(batch)
    this.#isProbing = true
    // Those sent later may have come back earlier: the order is that of the sequence, which is that of creation.
    const at = this.waiting.findIndex((each) => each.sequence === undefined || isBefore(batch, each))
    this.waiting.splice(at === -1 ? this.waiting.length : at, 0, batch)
  }

  /** Whether an older batch is in flight or will be sent again, so that this one was bound to come out of order. */
  isBehindAnother(batch: ProducerBatch): boolean {
    return this.inFlight[0] !== batch || this.#isOlderWaiting(batch)
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
    // A broker keeps the state of a producer over its epochs.
    if (this.#knownProducerId !== current.producerId) this.#isProbing = true
    this.#knownProducerId = current.producerId
    this.#identity = { producerId: current.producerId, producerEpoch: current.producerEpoch }
    this.#nextSequence = 0
    for (const batch of this.waiting) batch.sequence = undefined
    return true
  }

  #isOlderWaiting(batch: ProducerBatch): boolean {
    const [next] = this.waiting
    return next?.sequence !== undefined && isBefore(next, batch)
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
