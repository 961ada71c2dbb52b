// The whole path of a record through the embedded broker in one process: fetch, task, produce, commit, broker included; in-process
// transport, memory disk. CPU ns a record and in U; what the task alone costs is in benchmarks/task.ts.
//   tsx benchmarks/whole-path.ts [NAME...]
import { StreamsBuilder, type Topology, serdes, topic } from 'tidemill'
import { nextMacrotask } from '../src/app/ports.ts'
import { InProcessTransport } from '../src/app/in-process-transport.ts'
import { parseConfig } from '../src/app/parse-config.ts'
import { MemoryDisk, systemClock, systemPrng } from '../src/base/index.ts'
import { type Broker, startBroker } from '../src/broker/index.ts'
import { type Client, createClient } from '../src/client/index.ts'
import { MetricsRegistry } from '../src/metrics/index.ts'
import { RecordHeaders, topicPartition } from '../src/record/index.ts'
import { StreamThread } from '../src/runtime/index.ts'
import { MemoryEngine } from '../src/state/index.ts'
import { ORDER_TEXT, type Order } from './order.ts'

const RECORDS = 300_000
const ROUNDS = 5
const UNIT_RECORDS = 50_000
const KEYS = 10_000
let sink = 0

const bytesIn = topic('orders')
const bytesOut = topic('copies')
const textIn = topic('orders', { key: serdes.string, value: serdes.string })
const textOut = topic('copies', { key: serdes.string, value: serdes.string })
const jsonIn = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
const countsOut = topic('copies', { key: serdes.string, value: serdes.int64 })

const topologies: Readonly<Record<string, () => Topology>> = {
  'pass-through bytes': () => {
    const builder = new StreamsBuilder()
    builder.stream(bytesIn).to(bytesOut)
    return builder.build()
  },
  'pass-through strings': () => {
    const builder = new StreamsBuilder()
    builder
      .stream(textIn)
      .mapValues((value) => value)
      .to(textOut)
    return builder.build()
  },
  'count, cached': () => {
    const builder = new StreamsBuilder()
    builder.stream(jsonIn).groupByKey().count({ store: 'counts' }).toStream().to(countsOut)
    return builder.build()
  },
}

function connect(broker: Broker): Client {
  return createClient({
    clientId: 'bench',
    transport: new InProcessTransport(broker),
    clock: systemClock,
    prng: systemPrng(),
  })
}

async function fill(client: Client): Promise<void> {
  const producer = client.producer({ lingerMs: 5 })
  const value = Buffer.from(ORDER_TEXT)
  for (let i = 0; i < RECORDS * (ROUNDS + 1); i++) {
    producer.append(topicPartition('orders', 0), Buffer.from(`k-${i % KEYS}`), value, 1_000 + i, RecordHeaders.empty)
    if (producer.unsentBytes > 16 * 1_048_576) await producer.drained(4 * 1_048_576)
  }
  await producer.flush()
  await producer.close()
}

function cpuNs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) * 1_000
}

function unit(): number {
  const start = cpuNs()
  for (let i = 0; i < UNIT_RECORDS; i++) sink += (JSON.parse(ORDER_TEXT) as Order).quantity
  return (cpuNs() - start) / UNIT_RECORDS
}

async function run(name: string, guarantee: 'at-least-once' | 'exactly-once'): Promise<void> {
  const broker = await startBroker({ disk: new MemoryDisk(), durability: 'never', listen: false })
  const client = connect(broker)
  await client.admin().createTopics(
    ['orders', 'copies'].map((each) => ({
      name: each,
      partitions: 1,
      replicationFactor: -1,
      config: { 'segment.bytes': '16777216' },
    })),
  )
  await fill(client)
  const { thread: config } = parseConfig({
    applicationId: 'bench',
    bootstrapServers: 'localhost:1',
    processingGuarantee: guarantee,
    commitInterval: 100,
  })
  const metrics = new MetricsRegistry()
  const engine = new MemoryEngine()
  const threadClient = connect(broker)
  const thread = new StreamThread({
    index: 1,
    topology: (topologies[name] as () => Topology)(),
    client: threadClient,
    config: { ...config, processId: systemPrng().uuid(), clientId: 'bench' },
    clock: systemClock,
    metrics,
    engine: () => engine,
    yieldToEvents: nextMacrotask,
    listener: { onState: () => undefined, onRestore: () => undefined, onWarning: console.error },
  })
  const running = thread.run()
  const processed = (): number =>
    metrics.values().find((each) => each.name === 'tidemill_records_processed_total')?.value ?? 0
  const times: number[] = []
  const units: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const start = cpuNs()
    const first = processed()
    while (processed() < Math.min(first + RECORDS, RECORDS * (ROUNDS + 1)))
      await new Promise((resolve) => systemClock.setTimer(5, () => resolve(undefined)))
    const done = processed() - first
    if (round > 0 && done > RECORDS / 2) times.push((cpuNs() - start) / done)
    units.push(unit())
    if (processed() >= RECORDS * (ROUNDS + 1)) break
  }
  thread.close()
  await running
  await threadClient.close()
  await client.close()
  await broker.close()
  const median = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
  const ns = median(times)
  const u = median(units)
  console.log(
    `${`${name}, ${guarantee}`.padEnd(42)} ${ns.toFixed(0).padStart(6)} ns  ${(ns / u).toFixed(2)} U  (U ${u.toFixed(0)} ns)`,
  )
}

const names = process.argv.slice(2)
for (const name of Object.keys(topologies)) {
  if (names.length > 0 && !names.some((part) => name.includes(part))) continue
  for (const guarantee of ['at-least-once', 'exactly-once'] as const) await run(name, guarantee)
}
if (sink === 0) console.error('nothing was parsed')
