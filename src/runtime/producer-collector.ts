// The collector of a stream thread: appends to the producer.
// Invariants: sends never wait; partition counts are those of the last refreshed metadata, so that a record costs no look-up; what the producer throws
// has failed before and is no record's fault.
import { TidemillError } from '../base/index.ts'
import type { ClusterMetadata, RecordProducer } from '../client/index.ts'
import { type RecordHeaders, type TopicPartition, topicPartition } from '../record/index.ts'
import { type ErrorContext, UNKNOWN_ORIGIN, markNobodys } from './error-handling.ts'
import type { RecordCollector, RecordOrigins, TopicWriter } from './record-collector.ts'
import type { RefusedRecords } from './refused-records.ts'

/** Records without a key stay with one partition for so many bytes, so that batches fill. */
const STICKY_BYTES = 64 * 1024

export interface ProducerCollectorOptions {
  readonly producer: RecordProducer
  readonly cluster: ClusterMetadata
  /** Whether a handler may want to know where a refused record came from. */
  readonly keepsOrigins: boolean
  /** What is not to be sent again. */
  readonly refused: RefusedRecords
}

export class ProducerCollector implements RecordCollector {
  readonly origins: RecordOrigins | undefined
  readonly #options: ProducerCollectorOptions
  readonly #writers = new Map<string, ProducerTopicWriter>()
  #origin: ErrorContext | undefined = undefined

  constructor(options: ProducerCollectorOptions) {
    this.#options = options
    this.origins = options.keepsOrigins ? { set: (origin) => this.#setOrigin(origin) } : undefined
  }

  topic(name: string): TopicWriter {
    let writer = this.#writers.get(name)
    if (writer === undefined) {
      const isLeftOut = (key: Uint8Array | null, value: Uint8Array | null): boolean => this.#isLeftOut(name, key, value)
      writer = new ProducerTopicWriter(this.#options, name, this.#partitions(name), isLeftOut)
      this.#writers.set(name, writer)
    }
    return writer
  }

  /** Takes over partition counts after the metadata was refreshed. */
  refresh(): void {
    for (const writer of this.#writers.values()) {
      const topic = this.#options.cluster.topic(writer.topic)
      if (topic !== undefined) writer.setPartitions(topic.partitions)
    }
  }

  #setOrigin(origin: ErrorContext | undefined): void {
    this.#origin = origin
    this.#options.producer.setOrigin(origin)
  }

  /** Whether the record was refused before; then it is dealt with here. */
  #isLeftOut(topic: string, key: Uint8Array | null, value: Uint8Array | null): boolean {
    const refusal = this.#options.refused.find(topic, key, value)
    if (refusal !== undefined) this.#options.refused.leaveOut(this, refusal, this.#origin ?? UNKNOWN_ORIGIN, topic)
    return refusal !== undefined
  }

  #partitions(name: string): number {
    const topic = this.#options.cluster.topic(name)
    if (topic !== undefined) return topic.partitions
    throw new TidemillError(
      'topic-not-found',
      `there is no topic '${name}' to write to: create it, for Tidemill creates only its own internal topics`,
    )
  }
}

class ProducerTopicWriter implements TopicWriter {
  readonly topic: string
  partitions: number
  readonly #producer: RecordProducer
  readonly #refused: RefusedRecords
  readonly #isLeftOut: (key: Uint8Array | null, value: Uint8Array | null) => boolean
  #tps: readonly TopicPartition[]
  #sticky = 0
  #stickyBytes = 0

  constructor(
    { producer, refused }: ProducerCollectorOptions,
    topic: string,
    partitions: number,
    isLeftOut: (key: Uint8Array | null, value: Uint8Array | null) => boolean,
  ) {
    this.#producer = producer
    this.#refused = refused
    this.#isLeftOut = isLeftOut
    this.topic = topic
    this.partitions = partitions
    this.#tps = partitionsOf(topic, partitions)
  }

  setPartitions(partitions: number): void {
    if (partitions === this.partitions) return
    this.partitions = partitions
    this.#tps = partitionsOf(this.topic, partitions)
  }

  send(
    partition: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    if (!this.#refused.isEmpty && this.#isLeftOut(key, value)) return
    const bytes = (key?.length ?? 0) + (value?.length ?? 0)
    try {
      this.#producer.append(this.#tp(partition, bytes), key, value, timestamp, headers)
    } catch (error) {
      throw markNobodys(error)
    }
  }

  sendRange(
    partition: number,
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    if (!this.#refused.isEmpty) {
      const range = (start: number, end: number): Buffer | null => (end === -1 ? null : buffer.subarray(start, end))
      if (this.#isLeftOut(range(keyStart, keyEnd), range(valueStart, valueEnd))) return
    }
    const tp = partition === -1 ? this.#tp(-1, valueEnd - valueStart) : (this.#tps[partition] as TopicPartition)
    try {
      this.#producer.appendRange(tp, buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp, headers)
    } catch (error) {
      throw markNobodys(error)
    }
  }

  #tp(partition: number, bytes: number): TopicPartition {
    if (partition !== -1) return this.#tps[partition] as TopicPartition
    this.#stickyBytes += bytes
    if (this.#stickyBytes > STICKY_BYTES) {
      this.#stickyBytes = 0
      this.#sticky++
    }
    return this.#tps[this.#sticky % this.partitions] as TopicPartition
  }
}

function partitionsOf(topic: string, partitions: number): readonly TopicPartition[] {
  return Array.from({ length: partitions }, (_, partition) => topicPartition(topic, partition))
}
