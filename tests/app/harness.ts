// What the tests of whole applications share: a broker in memory or a directory, topics, records in and records out.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { InProcessTransport } from '../../src/app/in-process-transport.ts'
import { MemoryDisk, systemClock, systemPrng } from '../../src/base/index.ts'
import { type Broker, startBroker } from '../../src/broker/index.ts'
import { type Client, TcpTransport, createClient } from '../../src/client/index.ts'
import { recordCursor } from '../../src/protocol/index.ts'
import { RecordHeaders, topicPartition } from '../../src/record/index.ts'
import {
  type StreamsOptions,
  Streams,
  StreamsBuilder,
  type Topic,
  type Topology,
  serdes,
  topic,
} from '../../src/index.ts'

export const lines: Topic<Buffer | null, string> = topic('lines', { value: serdes.string })
export const wordCounts: Topic<string, number> = topic('word-counts', { key: serdes.string, value: serdes.int64 })

/** Counts words, in two sub-topologies with a repartition topic between. */
export function wordCount(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder
    .stream(lines)
    .flatMapValues((line) => line.toLowerCase().split(/\W+/))
    .filter((word) => word !== '')
    .groupBy((word) => word)
    .count({ store: 'counts' })
    .toStream()
    .to(wordCounts)
  return builder.build()
}

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'tidemill-test-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A broker in memory that listens on a free port. */
export async function memoryBroker(): Promise<{ readonly broker: Broker; readonly servers: string }> {
  const broker = await startBroker({ disk: new MemoryDisk(), listen: { port: 0 } })
  onTestFinished(() => broker.close())
  return { broker, servers: `127.0.0.1:${broker.address?.port}` }
}

/** A client of a broker in this process. */
export function clientOf(broker: Broker): Client {
  const client = createClient({
    clientId: 'test',
    transport: new InProcessTransport(broker),
    clock: systemClock,
    prng: systemPrng(),
  })
  onTestFinished(() => client.close())
  return client
}

export function tcpClient(host: string, port: number): Client {
  const transport = new TcpTransport({ bootstrap: [{ host, port }], clock: systemClock })
  return createClient({ clientId: 'test', transport, clock: systemClock, prng: systemPrng() })
}

export async function createTopics(client: Client, partitions: number, ...names: readonly string[]): Promise<void> {
  await client.admin().createTopics(names.map((name) => ({ name, partitions, replicationFactor: -1, config: {} })))
}

/** An application that is closed after the test, whatever happens; its warnings are kept. */
export function application(
  source: Topology | URL,
  options: Omit<StreamsOptions, 'applicationId'> & { readonly applicationId?: string },
): { readonly app: Streams; readonly warnings: string[]; readonly states: string[] } {
  const warnings: string[] = []
  const states: string[] = []
  const app = new Streams(source, {
    applicationId: 'app',
    commitInterval: '50ms',
    onWarning: (message) => warnings.push(message),
    onStateChange: (now) => states.push(now),
    ...options,
    producer: { linger: 5, ...options.producer },
    consumer: { heartbeatInterval: '500ms', fetchMaxWait: '100ms', ...options.consumer },
  })
  onTestFinished(() => app.close())
  return { app, warnings, states }
}

/** Writes values without keys, one partition after the other. */
export async function send(client: Client, name: string, partitions: number, values: readonly string[]): Promise<void> {
  const producer = client.producer({})
  for (const [i, value] of values.entries()) {
    producer.append(topicPartition(name, i % partitions), null, Buffer.from(value), 1_000 + i, RecordHeaders.empty)
  }
  await producer.flush()
  await producer.close()
}

export interface Output {
  readonly key: string | null
  readonly value: Buffer
}

/** Reads a topic from its start, committed records only, until `isDone` says so. */
export async function readUntil(
  client: Client,
  name: string,
  partitions: number,
  isDone: (records: readonly Output[]) => boolean,
  timeoutMs = 25_000,
): Promise<readonly Output[]> {
  const fetcher = client.fetcher({ isolation: 'read-committed', maxWaitMs: 50 })
  const records: Output[] = []
  for (let partition = 0; partition < partitions; partition++) fetcher.add(topicPartition(name, partition), 0)
  const deadlineMs = systemClock.monotonicMs() + timeoutMs
  try {
    while (!isDone(records)) {
      if (systemClock.monotonicMs() > deadlineMs) {
        throw new Error(
          `${name} did not get there in ${timeoutMs} ms; ${records.length} records, the last: ${show(records.slice(-10))}`,
        )
      }
      const { partitions: fetched } = await fetcher.poll(100)
      for (const { batches } of fetched) {
        for (const batch of batches) {
          const cursor = recordCursor(batch)
          while (cursor.next()) {
            const { buffer, keyStart, keyLength, valueStart, valueLength } = cursor
            records.push({
              key: keyLength < 0 ? null : buffer.toString('utf8', keyStart, keyStart + keyLength),
              value: Buffer.from(buffer.subarray(valueStart, valueStart + Math.max(0, valueLength))),
            })
          }
        }
      }
    }
    return records
  } finally {
    await fetcher.close()
  }
}

/** The last count of each word. */
export function countsOf(records: readonly Output[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { key, value } of records) counts[key ?? ''] = Number(value.readBigInt64BE(0))
  return counts
}

function show(records: readonly Output[]): string {
  return records.map(({ key, value }) => `${key}=${value.toString('hex')}`).join(' ')
}
