// What the codec costs: CPU ns a record (or a request) of cursor, builder, checksum, compression and request bodies.
// `npx tsx benchmarks/protocol.ts [NAME...]`
import { type Bench, measure } from './bench.ts'
import { ORDER_TEXT } from './order.ts'
import { crc32c } from '../src/base/index.ts'
import {
  type Compression,
  type FetchResponseInput,
  type ProduceRequestInput,
  Reader,
  RecordBatchBuilder,
  Writer,
  compress,
  decompress,
  fetchApi,
  loadCompression,
  metadataApi,
  produceApi,
  readBatchHeader,
  recordCursor,
} from '../src/protocol/index.ts'

const RECORD_COUNT = 560
const ROUND_BATCHES = 40
const ROUND_REQUESTS = 2_000

const keys = Array.from({ length: RECORD_COUNT }, (_, i) => Buffer.from(`customer-${i % 100}`))
const orders = Array.from({ length: RECORD_COUNT }, (_, i) =>
  Buffer.from(
    `{"id":${100_000 + i},"customer":"customer-${i % 100}","amount":${(i * 37) % 1000}.5,"country":"NL","item":"book"}`,
  ),
)

function buildBatch(builder: RecordBatchBuilder, compression: Compression = 'none'): Buffer {
  for (let i = 0; i < RECORD_COUNT; i++) {
    const key = keys[i] as Buffer
    const value = orders[i] as Buffer
    builder.append(1_700_000_000_000 + i, key, 0, key.length, value, 0, value.length)
  }
  return builder.build({ compression })
}

let sink = 0

/** A batch of records is worked on in each of a round's calls. */
function batchBench(name: string, call: () => number): Bench {
  const round = (): void => {
    for (let i = 0; i < ROUND_BATCHES; i++) sink += call()
  }
  return { name, records: ROUND_BATCHES * RECORD_COUNT, round }
}

/** One request or response in each of a round's calls: these are what the bench counts. */
function requestBench(name: string, call: () => number): Bench {
  const round = (): void => {
    for (let i = 0; i < ROUND_REQUESTS; i++) sink += call()
  }
  return { name, records: ROUND_REQUESTS, round }
}

function recordBenches(): Bench[] {
  const builder = new RecordBatchBuilder({ capacity: 96 * 1024 })
  const bytes = buildBatch(builder)
  const batch = readBatchHeader(bytes)
  const cursor = recordCursor(batch)
  return [
    batchBench('cursor', () => {
      let sum = 0
      cursor.reset(batch)
      while (cursor.next()) sum += cursor.valueLength + cursor.keyStart
      return sum
    }),
    batchBench('builder', () => buildBatch(builder).length),
    batchBench('crc32c', () => crc32c(bytes, 21)),
  ]
}

function compressionBenches(): Bench[] {
  const records = buildBatch(new RecordBatchBuilder()).subarray(61)
  return (['gzip', 'snappy', 'lz4', 'zstd'] as const).flatMap((compression) => {
    const packed = compress(compression, records)
    return [
      batchBench(`compress-${compression}`, () => compress(compression, records).length),
      batchBench(`decompress-${compression}`, () => decompress(compression, packed).length),
    ]
  })
}

function requestBenches(): Bench[] {
  const records = buildBatch(new RecordBatchBuilder())
  const produce: ProduceRequestInput = {
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
  }
  const fetched = (partitionCount: number): FetchResponseInput => ({
    responses: [
      {
        topic: 'orders',
        partitions: Array.from({ length: partitionCount }, (_, partitionIndex) => ({
          partitionIndex,
          errorCode: 0,
          highWatermark: 1000,
          abortedTransactions: null,
          records,
        })),
      },
    ],
  })
  const encode = (write: (writer: Writer) => void): number => {
    const writer = new Writer()
    write(writer)
    return writer.finish().length
  }
  const produceBytes = bytesOf((writer) => produceApi.writeRequest(writer, produce, 9))
  const metadata = {
    brokers: [{ nodeId: 1, host: '127.0.0.1', port: 9092 }],
    topics: Array.from({ length: 20 }, (_, topic) => ({
      errorCode: 0,
      name: `topic-${topic}`,
      partitions: Array.from({ length: 12 }, (_, partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId: 1,
        replicaNodes: [1],
        isrNodes: [1],
      })),
    })),
  }
  const metadataBytes = bytesOf((writer) => metadataApi.writeResponse(writer, metadata, 12))
  const fetchBenches = [1, 50].flatMap((count) => {
    const response = fetched(count)
    const bytes = bytesOf((writer) => fetchApi.writeResponse(writer, response, 12))
    return [
      requestBench(`write-fetch-response-${count}`, () =>
        encode((writer) => fetchApi.writeResponse(writer, response, 12)),
      ),
      requestBench(`read-fetch-response-${count}`, () => fetchApi.readResponse(new Reader(bytes), 12).responses.length),
    ]
  })
  return [
    requestBench('write-produce-request', () => encode((writer) => produceApi.writeRequest(writer, produce, 9))),
    requestBench('read-produce-request', () => produceApi.readRequest(new Reader(produceBytes), 9).topicData.length),
    ...fetchBenches,
    requestBench('write-metadata-response', () => encode((writer) => metadataApi.writeResponse(writer, metadata, 12))),
    requestBench('read-metadata-response', () => metadataApi.readResponse(new Reader(metadataBytes), 12).topics.length),
  ]
}

function bytesOf(write: (writer: Writer) => void): Buffer {
  const writer = new Writer()
  write(writer)
  return writer.toBuffer()
}

/** Await `loadCompression` first: the batches are made here. */
export function protocolBenches(): readonly Bench[] {
  return [...recordBenches(), ...compressionBenches(), ...requestBenches()]
}

async function main(names: readonly string[]): Promise<void> {
  await loadCompression()
  const chosen = protocolBenches().filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)))
  const unit = requestBench('U', () => (JSON.parse(ORDER_TEXT) as { readonly quantity: number }).quantity)
  for (const { name, cpuNs, units } of (await measure(chosen, unit)).results)
    console.log(`${name.padEnd(28)} ${cpuNs.toFixed(1).padStart(9)} ns ${units.toFixed(2).padStart(7)} U`)
  // What was summed up is used, so that nothing is optimised away.
  if (sink === 0) console.error('nothing was measured')
}

if (process.argv[1]?.endsWith('protocol.ts') === true) await main(process.argv.slice(2))
