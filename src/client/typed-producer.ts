// Typed sending: encode, choose a partition, append; one promise a record. Encoding happens in send(), so a record may be changed
// afterwards. While a topic's partitions are not known its records wait here, in order.
// Invariant: a failure is thrown exactly where somebody looks: by the awaited promise, else by the next flush or close.
import { RetriableError, TidemillError, partitionForKey } from '../base/index.ts'
import { RecordHeaders, durationMs, topicPartition } from '../record/index.ts'
import { type Encoder, acceptsNull } from '../serde/index.ts'
import type { BatchingProducer } from './batching-producer.ts'
import type { OwnClient } from './create-client.ts'
import type { Acknowledgement, AnySink, Producer, ProducerSettings, RecordFor } from './kafka.ts'

const UNSENT_BYTES_MAX = 64 * 1_048_576
/** A topic may have been created a moment ago. */
const TOPIC_WAIT_MS = 5_000
const STICKY_BYTES = 65_536
/** Failed sends that are remembered until the next flush; of more only the number. */
const FAILURES_MAX = 1_000

interface EncodedRecord {
  readonly topic: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: RecordHeaders
  readonly timestamp: number
  readonly partition: number | undefined
  readonly sizeBytes: number
  readonly sent: Settle
}

interface Settle {
  readonly resolve: (acknowledgement: Acknowledgement) => void
  readonly reject: (error: Error) => void
}

/** Tells whether somebody waits for it: then its failure is theirs. */
class SendPromise extends Promise<Acknowledgement> {
  isObserved = false

  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a promise has one; this one takes note of who looks
  override then<A = Acknowledgement, B = never>(
    onFulfilled?: ((value: Acknowledgement) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isObserved = true
    return super.then(onFulfilled, onRejected)
  }
}

/** Takes records, before and inside transactions. */
export class RecordSender {
  readonly #client: OwnClient
  readonly #producer: BatchingProducer
  readonly #unsentBytesMax: number
  /** Records of topics that are being looked up. */
  readonly #waiting = new Map<string, EncodedRecord[]>()
  readonly #lookUps = new Set<Promise<void>>()
  readonly #sticky = new Map<string, { partition: number; leftBytes: number }>()
  #waitingBytes = 0
  /** Since the last flush; whether somebody looks may become clear after the failure. */
  #failed: { readonly promise: SendPromise; readonly error: Error }[] = []
  #failedBeyond = 0

  constructor(client: OwnClient, producer: BatchingProducer, unsentBytesMax: number = UNSENT_BYTES_MAX) {
    this.#client = client
    this.#producer = producer
    this.#unsentBytesMax = unsentBytesMax
  }

  send<T extends AnySink>(topic: T, record: RecordFor<T>): Promise<Acknowledgement> {
    let settle: Settle | undefined
    const promise = new SendPromise((resolve, reject) => (settle = { resolve, reject }))
    const { resolve, reject } = settle as Settle | undefined as Settle // the executor has run
    const fail = (error: Error): void => {
      this.#note(promise, error)
      reject(error)
    }
    // Not through `then`, which would count as looking: without a handler Node would call a failure unhandled.
    void Promise.prototype.then.call(promise, undefined, () => undefined)
    try {
      // The record's type follows from the topic's, which its encoders' types no longer show here.
      this.#take(this.#encode(topic, record as RecordFor<AnySink>, { resolve, reject: fail }))
    } catch (error) {
      fail(error as Error)
    }
    return promise
  }

  /** Waits for all; throws the first failure that nobody looked at. */
  async flush(): Promise<void> {
    while (this.#lookUps.size > 0) await Promise.all(this.#lookUps)
    await this.#producer.flush()
    this.#producer.failures() // each is in its records' promises
    this.throwUnobserved()
  }

  throwUnobserved(): void {
    const unobserved = this.#failed.filter(({ promise }) => !promise.isObserved)
    const count = unobserved.length + this.#failedBeyond
    this.forgetFailures()
    const first = unobserved[0]?.error
    if (first === undefined) return
    if (count === 1 || !(first instanceof TidemillError)) throw first
    const message = `${count} records were not written; the first because ${first.message}`
    throw new TidemillError(first.code, message, { cause: first })
  }

  forgetFailures(): void {
    this.#failed = []
    this.#failedBeyond = 0
  }

  /** Fails what still waits for its topic to be looked up: else it would be part of the next transaction. */
  failWaiting(error: TidemillError): void {
    for (const records of this.#waiting.values()) {
      for (const { sent, sizeBytes } of records.splice(0)) {
        this.#waitingBytes -= sizeBytes
        sent.reject(error)
      }
    }
  }

  #note(promise: SendPromise, error: Error): void {
    if (this.#failed.length < FAILURES_MAX) this.#failed.push({ promise, error })
    else if (!promise.isObserved) this.#failedBeyond++
  }

  #encode(topic: AnySink, record: RecordFor<AnySink>, sent: Settle): EncodedRecord {
    const headers = headersOf(record.headers)
    const key = encode(topic, headers, true, record.key ?? null)
    const value = encode(topic, headers, false, record.value ?? null)
    const sizeBytes = (key?.length ?? 0) + (value?.length ?? 0)
    const timestamp = record.timestamp ?? this.#client.context.clock.now()
    return { topic: topic.name, key, value, headers, timestamp, partition: record.partition, sizeBytes, sent }
  }

  #take(record: EncodedRecord): void {
    const unsentBytes = this.#producer.unsentBytes + this.#waitingBytes
    if (unsentBytes + record.sizeBytes > this.#unsentBytesMax && unsentBytes > 0) {
      const advice = 'await a send() or flush() now and then'
      const message = `${unsentBytes} bytes wait for their acknowledgement, and unsentBytesMax is ${this.#unsentBytesMax}: ${advice}`
      throw new RetriableError('producer-queue-full', message)
    }
    const waiting = this.#waiting.get(record.topic)
    const topic = this.#client.context.cluster.topic(record.topic)
    if (waiting === undefined && topic !== undefined) return this.#append(record, topic.partitions)
    this.#waitingBytes += record.sizeBytes
    if (waiting !== undefined) waiting.push(record)
    else this.#lookUp(record)
  }

  #lookUp(first: EncodedRecord): void {
    const { topic } = first
    const records = [first]
    this.#waiting.set(topic, records)
    const lookUp = this.#client.context.cluster
      .require(topic, TOPIC_WAIT_MS)
      .then(
        ({ partitions }) =>
          () => {
            for (const record of records) this.#appendLate(record, partitions)
          },
        (error: Error) => () => {
          for (const { sent } of records) sent.reject(error)
        },
      )
      .then((finish) => {
        this.#waiting.delete(topic)
        this.#lookUps.delete(lookUp)
        for (const { sizeBytes } of records) this.#waitingBytes -= sizeBytes
        finish()
      })
    this.#lookUps.add(lookUp)
  }

  #appendLate(record: EncodedRecord, partitions: number): void {
    try {
      this.#append(record, partitions)
    } catch (error) {
      record.sent.reject(error as Error)
    }
  }

  #append(record: EncodedRecord, partitions: number): void {
    const { key, value, timestamp, headers, sent } = record
    const tp = topicPartition(record.topic, this.#partition(record, partitions))
    this.#producer.append(tp, key, value, timestamp, headers)
    const batch = this.#producer.lastBatch(tp)
    const index = batch.recordCount - 1
    batch.onSettled((outcome) => {
      if (outcome.kind === 'failed') return sent.reject(outcome.error)
      const { baseOffset, timestampMs } = outcome
      const offset = baseOffset < 0 ? -1 : baseOffset + index
      sent.resolve({ topic: tp.topic, partition: tp.partition, offset, timestamp: timestampMs ?? timestamp })
    })
  }

  #partition({ topic, key, partition, sizeBytes }: EncodedRecord, partitions: number): number {
    if (partition !== undefined) {
      if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return partition
      throw this.#client.context.cluster.partitionNotFound(topicPartition(topic, Math.max(0, Math.trunc(partition))))
    }
    return key === null ? this.#stickyPartition(topic, partitions, sizeBytes) : partitionForKey(partitions, key)
  }

  // Without a key any partition will do; staying with one for a batch's worth makes full batches (KIP-480, KIP-794).
  #stickyPartition(topic: string, partitions: number, sizeBytes: number): number {
    let sticky = this.#sticky.get(topic)
    if (sticky === undefined || sticky.leftBytes <= 0) {
      const { prng } = this.#client.context
      const next =
        sticky === undefined
          ? prng.integer(partitions)
          : sticky.partition + 1 + prng.integer(Math.max(1, partitions - 1))
      sticky = { partition: next % partitions, leftBytes: STICKY_BYTES }
      this.#sticky.set(topic, sticky)
    }
    sticky.leftBytes -= sizeBytes
    return sticky.partition
  }
}

/** The producer without transactions. */
export class TypedProducer implements Producer {
  readonly #producer: BatchingProducer
  readonly #sender: RecordSender
  #closing: Promise<void> | undefined

  constructor(client: OwnClient, settings: ProducerSettings) {
    this.#producer = client.producer(producerOptions(settings))
    this.#sender = new RecordSender(client, this.#producer, settings.unsentBytesMax)
  }

  send<T extends AnySink>(topic: T, record: RecordFor<T>): Promise<Acknowledgement> {
    return this.#sender.send(topic, record)
  }

  flush(): Promise<void> {
    return this.#sender.flush()
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    try {
      await this.#sender.flush()
    } finally {
      await this.#producer.close()
    }
  }
}

export function producerOptions(settings: ProducerSettings): Parameters<OwnClient['producer']>[0] {
  const { transactionTimeout, linger, batchBytesMax, compression, deliveryTimeout, transactionalId } = settings
  return {
    ...(transactionalId !== undefined && { transactionalId }),
    ...(transactionTimeout !== undefined && {
      transactionTimeoutMs: durationMs(transactionTimeout, 'transactionTimeout'),
    }),
    ...(linger !== undefined && { lingerMs: durationMs(linger, 'linger') }),
    ...(batchBytesMax !== undefined && { batchBytesMax }),
    ...(compression !== undefined && { compression }),
    ...(deliveryTimeout !== undefined && { deliveryTimeoutMs: durationMs(deliveryTimeout, 'deliveryTimeout') }),
  }
}

function headersOf(headers: RecordFor<AnySink>['headers']): RecordHeaders {
  if (headers === undefined) return RecordHeaders.empty
  return headers instanceof RecordHeaders ? headers : RecordHeaders.from(headers)
}

// A null value is a tombstone for any topic; a null key needs a serde that has null.
function encode(topic: AnySink, headers: RecordHeaders, isKey: boolean, data: unknown): Uint8Array | null {
  const encoder = isKey ? topic.key : topic.value
  if (data === null) {
    if (!isKey || acceptsNull(encoder)) return null
    const message = `a record for topic '${topic.name}' has no key, and the key's serde has no null: give a key`
    throw new TidemillError('serialization-failed', message)
  }
  try {
    // The record's type was checked against the topic's where both were known.
    return (encoder as Encoder<unknown>).encode(data, { topic: topic.name, headers, isKey })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `the ${isKey ? 'key' : 'value'} of a record for topic '${topic.name}' cannot be written: ${reason}`
    throw new TidemillError('serialization-failed', message, { cause })
  }
}
