// A client of an in-process broker for tests: whole frames of any API and version, and batches made by hand.
import { ManualClock, MemoryDisk, must, seededPrng } from '../../src/base/index.ts'
import { type Broker, type BrokerOptions, type InProcessConnection, startBroker } from '../../src/broker/index.ts'
import {
  type Api,
  ERROR,
  Reader,
  RecordBatchBuilder,
  createTopicsApi,
  encodeRequest,
  fetchApi,
  initProducerIdApi,
  listOffsetsApi,
  metadataApi,
  produceApi,
  readBatches,
  readResponseHeader,
  recordCursor,
} from '../../src/protocol/index.ts'

export const START_MS = 1_700_000_000_000

export interface TestBroker {
  readonly broker: Broker
  readonly clock: ManualClock
  readonly warnings: string[]
}

/** A broker that stands still unless its clock is moved. */
export async function testBroker(options: BrokerOptions = {}, startMs: number = START_MS): Promise<TestBroker> {
  const clock = new ManualClock(startMs)
  const warnings: string[] = []
  const place = options.dir === undefined && options.disk === undefined ? { disk: new MemoryDisk() } : {}
  const broker = await startBroker({
    listen: false,
    clock,
    prng: seededPrng(7),
    onWarning: (message) => warnings.push(message),
    ...place,
    ...options,
  })
  return { broker, clock, warnings }
}

/** Lets everything happen that needs no time. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve()
}

export interface TestRecord {
  readonly key?: string | null
  readonly value: string | null
  readonly timestamp?: number
}

export interface BatchOptions {
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
}

export function makeBatch(records: readonly (string | TestRecord)[], options: BatchOptions = {}): Buffer {
  const builder = new RecordBatchBuilder()
  for (const each of records) {
    const record = typeof each === 'string' ? { value: each } : each
    const bytes = (text: string | null | undefined): Buffer | null =>
      typeof text === 'string' ? Buffer.from(text) : null
    builder.appendRecord(record.timestamp ?? START_MS, bytes(record.key), bytes(record.value))
  }
  return builder.build(options)
}

/** Values of all data records in the bytes, from an offset on. */
export function valuesIn(records: Buffer | null, fromOffset = 0): string[] {
  const values: string[] = []
  for (const batch of readBatches(must(records, 'records'))) {
    if (batch.isControl) continue
    const cursor = recordCursor(batch)
    while (cursor.next()) {
      if (cursor.offset < fromOffset) continue
      values.push(cursor.buffer.toString('utf8', cursor.valueStart, cursor.valueStart + cursor.valueLength))
    }
  }
  return values
}

export class TestClient {
  readonly #broker: Broker
  readonly #connection: InProcessConnection
  readonly #waiting: {
    readonly correlationId: number
    readonly resolve: (frame: Buffer) => void
    readonly reject: (error: Error) => void
  }[] = []
  #correlationId = 0
  closedWith: Error | undefined
  isClosed = false

  constructor(broker: Broker) {
    this.#broker = broker
    this.#connection = broker.connect({
      onFrame: (chunks) => {
        const next = must(this.#waiting.shift(), 'a waiting request')
        next.resolve(Buffer.concat(chunks))
      },
      onClose: (error) => {
        this.isClosed = true
        this.closedWith = error
        for (const each of this.#waiting.splice(0)) each.reject(error ?? new Error('closed'))
      },
    })
  }

  get broker(): Broker {
    return this.#broker
  }

  /** Sends a request; the answer comes in the order of the requests. */
  call<Request, Response, Input>(
    api: Api<Request, Response, Input, never>,
    version: number,
    request: Input,
  ): Promise<Response> {
    const correlationId = ++this.#correlationId
    const frame = Buffer.concat(encodeRequest(api, version, { correlationId, clientId: 'test' }, request))
    const answer = new Promise<Buffer>((resolve, reject) => this.#waiting.push({ correlationId, resolve, reject }))
    this.#connection.receive(frame)
    return answer.then((bytes) => {
      const reader = new Reader(bytes)
      const answered = readResponseHeader(reader, api.responseHeaderVersion(version))
      if (answered !== correlationId) throw new Error(`answer to ${answered} where ${correlationId} is due`)
      const response = api.readResponse(reader, version)
      reader.expectEnd(api.name)
      return response
    })
  }

  /** Sends a request that has no answer. */
  send<Input>(api: Api<unknown, unknown, Input, never>, version: number, request: Input): void {
    const correlationId = ++this.#correlationId
    this.#connection.receive(Buffer.concat(encodeRequest(api, version, { correlationId, clientId: 'test' }, request)))
  }

  receiveRaw(frame: Buffer): void {
    this.#connection.receive(frame)
  }

  close(): void {
    this.#connection.close()
  }

  async createTopic(name: string, partitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<string> {
    const { topics } = await this.call(createTopicsApi, 7, {
      topics: [
        {
          name,
          numPartitions: partitions,
          replicationFactor: 1,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      validateOnly: false,
    })
    const made = must(topics[0], 'topic')
    if (made.errorCode !== ERROR.NONE) throw new Error(`cannot make ${name}: ${made.errorMessage}`)
    return made.topicId
  }

  async topicId(name: string): Promise<string> {
    const { topics } = await this.call(metadataApi, 12, {
      topics: [{ name, topicId: '0'.repeat(32) }],
      includeTopicAuthorizedOperations: false,
    })
    return must(topics[0], name).topicId
  }

  async produce(
    topic: string,
    records: Buffer,
    options: { partition?: number; acks?: number; transactionalId?: string; version?: number } = {},
  ): Promise<{ errorCode: number; baseOffset: number; logAppendTimeMs: number; errorMessage: string | null }> {
    const { partition = 0, acks = -1, transactionalId = null, version = 12 } = options
    const { responses } = await this.call(produceApi, version, {
      transactionalId,
      acks,
      timeoutMs: 1000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    })
    return must(responses[0]?.partitionResponses[0], 'answer')
  }

  async fetch(
    topic: string,
    fetchOffset: number,
    options: {
      partition?: number
      committed?: boolean
      maxBytes?: number
      maxWaitMs?: number
      lastFetchedEpoch?: number
      minBytes?: number
    } = {},
  ): Promise<{
    errorCode: number
    highWatermark: number
    lastStableOffset: number
    logStartOffset: number
    records: Buffer
    aborted: readonly { producerId: number; firstOffset: number }[] | null
    divergingEpoch: { epoch: number; endOffset: number }
  }> {
    const { partition = 0, committed = false, maxBytes = 1_000_000, maxWaitMs = 0 } = options
    const { responses, errorCode } = await this.call(fetchApi, 12, {
      maxWaitMs,
      minBytes: options.minBytes ?? 1,
      maxBytes,
      isolationLevel: committed ? 1 : 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [
        {
          topic,
          partitions: [
            { partition, fetchOffset, lastFetchedEpoch: options.lastFetchedEpoch ?? -1, partitionMaxBytes: maxBytes },
          ],
        },
      ],
      forgottenTopicsData: [],
    })
    if (errorCode !== ERROR.NONE) throw new Error(`fetch error ${errorCode}`)
    const found = must(responses[0]?.partitions[0], 'partition')
    return { ...found, records: must(found.records, 'records'), aborted: found.abortedTransactions }
  }

  /** All values of a partition from its start. */
  async values(topic: string, options: { partition?: number; committed?: boolean } = {}): Promise<string[]> {
    const values: string[] = []
    for (let offset = await this.offset(topic, -2, options); ;) {
      const { records, aborted } = await this.fetch(topic, offset, options)
      const batches = readBatches(records)
      if (batches.length === 0) return values
      values.push(...(options.committed === true ? committedValues(records, aborted ?? []) : valuesIn(records, offset)))
      offset = must(batches.at(-1), 'batch').lastOffset + 1
    }
  }

  async offset(
    topic: string,
    timestamp: number,
    options: { partition?: number; committed?: boolean } = {},
  ): Promise<number> {
    const { topics } = await this.call(listOffsetsApi, 9, {
      replicaId: -1,
      isolationLevel: options.committed === true ? 1 : 0,
      topics: [{ name: topic, partitions: [{ partitionIndex: options.partition ?? 0, timestamp }] }],
    })
    return must(topics[0]?.partitions[0], 'partition').offset
  }

  async initProducer(
    transactionalId: string | null = null,
    given: { producerId?: number; producerEpoch?: number; timeoutMs?: number } = {},
  ): Promise<{ errorCode: number; producerId: number; producerEpoch: number }> {
    const { producerId = -1, producerEpoch = -1, timeoutMs = 60_000 } = given
    return this.call(initProducerIdApi, 5, {
      transactionalId,
      transactionTimeoutMs: timeoutMs,
      producerId,
      producerEpoch,
    })
  }
}

/** What a client at read_committed shows: batches of aborted transactions are left out, as Kafka's consumers do. */
function committedValues(records: Buffer, aborted: readonly { producerId: number; firstOffset: number }[]): string[] {
  const values: string[] = []
  const open = new Set<number>()
  const left = [...aborted]
  for (const batch of readBatches(records)) {
    while (left[0] !== undefined && left[0].firstOffset <= batch.lastOffset)
      open.add(must(left.shift(), 'aborted').producerId)
    if (batch.isControl) {
      const cursor = recordCursor(batch)
      cursor.next()
      if (cursor.buffer.readInt16BE(cursor.keyStart + 2) === 0) open.delete(batch.producerId)
    } else if (!(batch.isTransactional && open.has(batch.producerId))) {
      values.push(...valuesIn(batch.buffer.subarray(batch.start, batch.end)))
    }
  }
  return values
}
