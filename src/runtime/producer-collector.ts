// The collector of a stream thread: appends to the producer.
// Invariants: sends never wait; partition counts are those of the last refreshed metadata, so that a record costs no look-up; what the producer throws
// has failed before and is no record's fault.
import { TidemillError } from '../base/index.ts'
import type { ClusterMetadata, RecordProducer } from '../client/index.ts'
import { type RecordHeaders, type TopicPartition, topicPartition } from '../record/index.ts'
import { markNobodys } from './error-handling.ts'
import type { RecordCollector, RecordOrigins, TopicWriter } from './record-collector.ts'

/** Records without a key stay with one partition for so many bytes, so that batches fill. */
const STICKY_BYTES = 64 * 1024

export interface ProducerCollectorOptions {
  readonly producer: RecordProducer
  readonly cluster: ClusterMetadata
  /** Whether a handler may want to know where a refused record came from. */
  readonly keepsOrigins: boolean
}

export class ProducerCollector implements RecordCollector {
  readonly origins: RecordOrigins | undefined
  readonly #options: ProducerCollectorOptions
  readonly #writers = new Map<string, ProducerTopicWriter>()

  constructor(options: ProducerCollectorOptions) {
    this.#options = options
    const { producer, keepsOrigins } = options
    this.origins = keepsOrigins ? { set: (origin) => producer.setOrigin(origin) } : undefined
  }

  topic(name: string): TopicWriter {
    let writer = this.#writers.get(name)
    if (writer === undefined) {
      writer = new ProducerTopicWriter(this.#options.producer, name, this.#partitions(name))
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
  #tps: readonly TopicPartition[]
  #sticky = 0
  #stickyBytes = 0

  constructor(producer: RecordProducer, topic: string, partitions: number) {
    this.#producer = producer
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
