// One batch on its way: open (records come in), sealed (waits to be sent), numbered (has its place in the producer's sequence
// and its bytes), settled. Its bytes are handed over on send and not written again; a batch that must be numbered anew gets new ones,
// for the broker may hold the old ones.
import { type RecordBatch, type RecordBatchBuilder, readBatchHeader, rewriteProducer } from '../protocol/index.ts'
import type { TopicPartition } from '../record/index.ts'
import type { BuilderPool } from './builder-pool.ts'

export interface SequenceStart {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

export interface BatchSettings {
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly isTransactional: boolean
}

export interface BatchMaking {
  readonly settings: BatchSettings
  readonly pool: BuilderPool
  /** Whether the batch is likely to be a full one. */
  readonly isLarge: boolean
}

export type BatchOutcome =
  | { readonly kind: 'acknowledged'; readonly baseOffset: number; readonly timestampMs: number | undefined }
  | { readonly kind: 'failed'; readonly error: Error }

interface Built {
  readonly bytes: Buffer
  readonly recordCount: number
  readonly sizeBytes: number
}

const UNNUMBERED: SequenceStart = { producerId: -1, producerEpoch: -1, baseSequence: -1 }

export class ProducerBatch {
  readonly tp: TopicPartition
  /** Its place among the batches of the producer. */
  readonly ordinal: number
  readonly createdAtMs: number
  readonly builder: RecordBatchBuilder
  /** Failures in a row that may pass. */
  attempts = 0
  sequence: SequenceStart | undefined
  lastError: Error | undefined
  readonly #settings: BatchSettings
  readonly #pool: BuilderPool
  readonly #isLarge: boolean
  #built: Built | undefined
  #outcome: BatchOutcome | undefined
  #origins: (object | undefined)[] | undefined
  #listeners: ((outcome: BatchOutcome) => void)[] | undefined

  constructor(tp: TopicPartition, ordinal: number, createdAtMs: number, making: BatchMaking) {
    this.tp = tp
    this.ordinal = ordinal
    this.createdAtMs = createdAtMs
    this.#settings = making.settings
    this.#pool = making.pool
    this.#isLarge = making.isLarge
    this.builder = making.pool.take(making.isLarge)
  }

  get recordCount(): number {
    return this.#built?.recordCount ?? this.builder.recordCount
  }

  /** Before compression; what it counts as unsent, from the first record to the end. */
  get sizeBytes(): number {
    return this.#built?.sizeBytes ?? this.builder.sizeBytes
  }

  get outcome(): BatchOutcome | undefined {
    return this.#outcome
  }

  /** Gives the batch its place in the sequence, or another one. */
  number(sequence: SequenceStart): void {
    this.sequence = sequence
    if (this.#built === undefined) this.#build(sequence)
    else this.#built = { ...this.#built, bytes: rewriteProducer(this.#built.bytes, sequence) }
  }

  /** What is sent. */
  bytes(): Buffer {
    return (this.#built ?? this.#build(UNNUMBERED)).bytes
  }

  /** For whoever handles its failure. */
  recordBatch(): RecordBatch {
    return readBatchHeader(this.bytes())
  }

  /** Says where the last record came from. */
  noteOrigin(origin: object): void {
    const origins = (this.#origins ??= [])
    origins[this.builder.recordCount - 1] = origin
  }

  /** By the places of the records. */
  get origins(): readonly (object | undefined)[] {
    return this.#origins ?? []
  }

  settle(outcome: BatchOutcome): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    const listeners = this.#listeners ?? []
    this.#listeners = undefined
    for (const listener of listeners) listener(outcome)
  }

  onSettled(listener: (outcome: BatchOutcome) => void): void {
    if (this.#outcome !== undefined) listener(this.#outcome)
    else (this.#listeners ??= []).push(listener)
  }

  #build(sequence: SequenceStart): Built {
    const { recordCount, sizeBytes } = this.builder
    this.#built = { recordCount, sizeBytes, bytes: this.builder.build({ ...sequence, ...this.#settings }) }
    this.#pool.give(this.builder, this.#isLarge)
    return this.#built
  }
}
