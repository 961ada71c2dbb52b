// A sink node at work: it encodes a record, chooses topic and partition, and appends it to the collector.
// Key and value are written into one scratch buffer that all sinks of a task share; the collector copies from there.
import { type ByteWriter, TidemillError, partitionForKey } from '../base/index.ts'
import type { RecordContext, RecordHeaders, StreamRecord, Windowed } from '../record/index.ts'
import { rangeReader, serdes, valueWriter } from '../serde/index.ts'
import type { ChosenTopic, DropReason, Partitioner, SinkNode, TopicChooserFunction } from '../topology/index.ts'
import type { ErrorContext } from './error-handling.ts'
import type { Receiver } from './node-host.ts'
import type { RecordCollector, TopicWriter } from './record-collector.ts'

/** What a sink asks of its task. */
export interface SinkOwner {
  readonly context: RecordContext
  readonly collector: RecordCollector
  readonly scratch: ByteWriter
  topicName(sink: SinkNode): string
  /** What the record that is being written came from. */
  originAt(node: string): ErrorContext
  dropped(reason: DropReason, node: string): void
  /** Both return where the record is to be dropped, else throw. */
  productionFailed(error: unknown, cause: 'key' | 'value', node: string, topic: string): void
  processingFailed(error: unknown, node: string): void
}

type WriteValue = (value: any, writer: ByteWriter, context: MutableSerdeContext) => void

interface Encoders {
  readonly key: WriteValue
  readonly value: WriteValue
  readonly innerKey: WriteValue | undefined
}

interface MutableSerdeContext {
  topic: string
  headers: RecordHeaders
  isKey: boolean
}

export class SinkHost implements Receiver {
  readonly name: string
  readonly #owner: SinkOwner
  readonly #scratch: ByteWriter
  readonly #node: SinkNode
  /** Of the topic; where a function chooses it, of the last record's. */
  #encoders: Encoders
  readonly #encodersOf = new WeakMap<object, Encoders>()
  readonly #chooseTopic: TopicChooserFunction | undefined
  readonly #choosePartition: Partitioner | undefined
  readonly #context: MutableSerdeContext
  /** The topic's writer; where a function chooses it, that of the last record. */
  #writer: TopicWriter | undefined = undefined
  // Of the record that is being written, in the scratch buffer; -1: null.
  #keyEnd = -1
  #valueEnd = -1

  constructor(node: SinkNode, owner: SinkOwner) {
    this.name = node.name
    this.#owner = owner
    this.#scratch = owner.scratch
    this.#node = node
    this.#encoders = encodersOf(node)
    this.#encodersOf.set(node, this.#encoders)
    this.#chooseTopic = typeof node.topic === 'function' ? node.topic : undefined
    this.#choosePartition = node.partition
    this.#context = { topic: '', headers: owner.context.headers, isKey: true }
  }

  receive(record: StreamRecord): void {
    try {
      const writer = this.#writer === undefined || this.#chooseTopic !== undefined ? this.#topic(record) : this.#writer
      if (!(record.timestamp >= 0)) throw this.#noTimestamp(record.timestamp)
      if (!this.#encode(record, writer)) return
      if (this.#choosePartition !== undefined) this.#sendChosen(record, writer, this.#choosePartition)
      else
        this.#send(record, writer, writer.partitions === 1 ? 0 : this.#defaultPartition(record.key, writer.partitions))
    } catch (error) {
      this.#owner.processingFailed(error, this.name)
    }
  }

  /** Whether it writes bytes as they come, by the default partition of the key. */
  get takesBytes(): boolean {
    const { key, value, innerKey, partition, topic } = this.#node
    return (
      this.#owner.collector.origins === undefined &&
      typeof topic === 'object' &&
      innerKey === undefined &&
      partition === undefined &&
      isBytes(key) &&
      isBytes(value)
    )
  }

  /** A record of bytes, as ranges; an end of -1 is null. */
  receiveRange(
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    try {
      const writer = this.#writer ?? this.#topic(undefined)
      const { partitions } = writer
      const partition =
        partitions === 1 ? 0 : keyEnd === -1 ? -1 : partitionForKey(partitions, buffer, keyStart, keyEnd)
      writer.sendRange(partition, buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp, headers)
    } catch (error) {
      this.#owner.processingFailed(error, this.name)
    }
  }

  #encode(record: StreamRecord, writer: TopicWriter): boolean {
    const { key, value } = record
    const scratch = this.#scratch
    const context = this.#context
    context.headers = record.headers
    context.isKey = true
    scratch.reset()
    try {
      if (key === null) {
        this.#keyEnd = -1
      } else {
        this.#encoders.key(key, scratch, context)
        this.#keyEnd = scratch.position
      }
      context.isKey = false
      if (value === null) {
        this.#valueEnd = -1
      } else {
        this.#encoders.value(value, scratch, context)
        this.#valueEnd = scratch.position
      }
      return true
    } catch (error) {
      this.#owner.productionFailed(error, context.isKey ? 'key' : 'value', this.name, writer.topic)
      return false
    }
  }

  #send(record: StreamRecord, writer: TopicWriter, partition: number): void {
    const keyEnd = this.#keyEnd
    const { buffer } = this.#scratch
    const valueStart = keyEnd === -1 ? 0 : keyEnd
    const { origins } = this.#owner.collector
    origins?.set(this.#owner.originAt(this.name))
    writer.sendRange(partition, buffer, 0, keyEnd, valueStart, this.#valueEnd, record.timestamp, record.headers)
    origins?.set(undefined)
  }

  // murmur2 of the key's bytes; of a windowed key only the inner one counts, so that a key's windows stay together.
  #defaultPartition(key: unknown, partitions: number): number {
    if (this.#keyEnd === -1) return -1
    const scratch = this.#scratch
    const { innerKey } = this.#encoders
    if (innerKey === undefined) return partitionForKey(partitions, scratch.buffer, 0, this.#keyEnd)
    const end = scratch.position
    this.#context.isKey = true
    // Only sinks of windowed keys have an inner key's encoder.
    innerKey((key as Windowed<unknown>).key, scratch, this.#context)
    return partitionForKey(partitions, scratch.buffer, end, scratch.position)
  }

  #sendChosen(record: StreamRecord, writer: TopicWriter, choose: Partitioner): void {
    const { partitions } = writer
    const chosen = choose(record.value, record.key, partitions) ?? this.#defaultPartition(record.key, partitions)
    const targets = typeof chosen === 'number' ? [chosen] : chosen
    if (targets.length === 0) this.#owner.dropped('no-partition', this.name)
    for (const partition of targets) {
      if (!Number.isInteger(partition) || partition < -1 || partition >= partitions) {
        throw this.#wrongPartition(partition, writer)
      }
      this.#send(record, writer, partition)
    }
  }

  #topic(record: StreamRecord | undefined): TopicWriter {
    const name =
      this.#chooseTopic === undefined || record === undefined
        ? this.#owner.topicName(this.#node)
        : this.#chosenTopic(record, this.#chooseTopic)
    const last = this.#writer
    if (last !== undefined && last.topic === name) return last
    const writer = this.#owner.collector.topic(name)
    this.#writer = writer
    this.#context.topic = name
    return writer
  }

  #chosenTopic(record: StreamRecord, choose: TopicChooserFunction): string {
    const chosen: unknown = choose(record.value, record.key, this.#owner.context)
    if (typeof chosen === 'string' && chosen !== '') {
      this.#use(this.#node)
      return chosen
    }
    if (typeof chosen === 'object' && chosen !== null) {
      // The chooser of the DSL gives nothing else.
      const topic = chosen as ChosenTopic
      this.#use(topic)
      return topic.name
    }
    throw new TidemillError(
      'topic-not-found',
      `the function that chooses the topic at ${this.name} gave ${String(chosen)}: it must return a topic or its name`,
    )
  }

  #use(serdes: Pick<ChosenTopic, 'key' | 'value' | 'innerKey'>): void {
    let encoders = this.#encodersOf.get(serdes)
    if (encoders === undefined) this.#encodersOf.set(serdes, (encoders = encodersOf(serdes)))
    this.#encoders = encoders
  }

  #noTimestamp(timestamp: number): TidemillError {
    return new TidemillError(
      'invalid-timestamp',
      `a record came to ${this.name} with the timestamp ${timestamp}: it must be milliseconds since 1970, 0 or more`,
    )
  }

  #wrongPartition(partition: number, writer: TopicWriter): TidemillError {
    return new TidemillError(
      'invalid-partition',
      `the partition function at ${this.name} gave ${partition}; '${writer.topic}' has the partitions 0 to ${writer.partitions - 1}`,
    )
  }
}

function encodersOf({ key, value, innerKey }: Pick<ChosenTopic, 'key' | 'value' | 'innerKey'>): Encoders {
  return {
    key: valueWriter<any>(key),
    value: valueWriter<any>(value),
    innerKey: innerKey === undefined ? undefined : valueWriter<any>(innerKey),
  }
}

const readBytes = rangeReader<unknown>(serdes.bytes)

/** Whether a serde is that of bytes, nullable or not. */
export function isBytes(serde: object): boolean {
  return (serde as { readonly decodeRange?: unknown }).decodeRange === readBytes
}
