// What the codec costs: CPU ns a record (or a request) of cursor, builder, checksum, compression and request bodies.
// `npx tsx benchmarks/protocol.ts [NAME...]`
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

export interface Measure {
  readonly records: number
  readonly cpuNs: number
}

export interface Bench {
  readonly name: string
  run(): Measure
}

const RECORD_COUNT = 560
const ROUND_NS = 300_000_000

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

/** Calls until enough CPU time has gone by; the first third is warm-up. */
function measure(recordsPerCall: number, call: () => number): Measure {
  const loop = (untilNs: number): Measure => {
    const start = process.cpuUsage()
    let calls = 0
    let cpuNs = 0
    for (let step = 1; cpuNs < untilNs; step *= 2) {
      for (let i = 0; i < step; i++) sink += call()
      calls += step
      const used = process.cpuUsage(start)
      cpuNs = (used.user + used.system) * 1000
    }
    return { records: calls * recordsPerCall, cpuNs }
  }
  loop(ROUND_NS / 3)
  return loop(ROUND_NS)
}

function recordBenches(): Bench[] {
  const builder = new RecordBatchBuilder({ capacity: 96 * 1024 })
  const bytes = buildBatch(builder)
  const batch = readBatchHeader(bytes)
  const cursor = recordCursor(batch)
  return [
    {
      name: 'cursor',
      run: () =>
        measure(RECORD_COUNT, () => {
          let sum = 0
          cursor.reset(batch)
          while (cursor.next()) sum += cursor.valueLength + cursor.keyStart
          return sum
        }),
    },
    { name: 'builder', run: () => measure(RECORD_COUNT, () => buildBatch(builder).length) },
    { name: 'crc32c', run: () => measure(RECORD_COUNT, () => crc32c(bytes, 21)) },
  ]
}

function compressionBenches(): Bench[] {
  const records = buildBatch(new RecordBatchBuilder()).subarray(61)
  return (['gzip', 'snappy', 'lz4', 'zstd'] as const).flatMap((compression) => {
    const packed = compress(compression, records)
    return [
      {
        name: `compress-${compression}`,
        run: () => measure(RECORD_COUNT, () => compress(compression, records).length),
      },
      {
        name: `decompress-${compression}`,
        run: () => measure(RECORD_COUNT, () => decompress(compression, packed).length),
      },
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
      {
        name: `write-fetch-response-${count}`,
        run: () => measure(1, () => encode((writer) => fetchApi.writeResponse(writer, response, 12))),
      },
      {
        name: `read-fetch-response-${count}`,
        run: () => measure(1, () => fetchApi.readResponse(new Reader(bytes), 12).responses.length),
      },
    ]
  })
  return [
    {
      name: 'write-produce-request',
      run: () => measure(1, () => encode((writer) => produceApi.writeRequest(writer, produce, 9))),
    },
    {
      name: 'read-produce-request',
      run: () => measure(1, () => produceApi.readRequest(new Reader(produceBytes), 9).topicData.length),
    },
    ...fetchBenches,
    {
      name: 'write-metadata-response',
      run: () => measure(1, () => encode((writer) => metadataApi.writeResponse(writer, metadata, 12))),
    },
    {
      name: 'read-metadata-response',
      run: () => measure(1, () => metadataApi.readResponse(new Reader(metadataBytes), 12).topics.length),
    },
  ]
}

function bytesOf(write: (writer: Writer) => void): Buffer {
  const writer = new Writer()
  write(writer)
  return writer.toBuffer()
}

/** Await `loadCompression` first. Names without a number of their own count requests where they say request or response, else records. */
export function benches(): Bench[] {
  return [...recordBenches(), ...compressionBenches(), ...requestBenches()]
}

async function main(names: readonly string[]): Promise<void> {
  await loadCompression()
  for (const bench of benches()) {
    if (names.length > 0 && !names.some((name) => bench.name.startsWith(name))) continue
    const { records, cpuNs } = bench.run()
    console.log(`${bench.name.padEnd(28)} ${(cpuNs / records).toFixed(1).padStart(10)} ns`)
  }
  if (sink < 0) console.log(sink)
}

if (process.argv[1]?.endsWith('protocol.ts') === true) await main(process.argv.slice(2))
