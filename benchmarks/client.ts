// What the client costs, in process and over loopback TCP: CPU ns a record of 107 B with a key of 8 B, broker and client together.
//   tsx benchmarks/client.ts [NAME...]
// `append` is the call alone: its floor is the same copying of key and value into one buffer.
import { connectInProcess } from '../src/app/in-process-transport.ts'
import { MemoryDisk, systemClock, systemPrng } from '../src/base/index.ts'
import { type Broker, startBroker } from '../src/broker/index.ts'
import {
  type BrokerAddress,
  type Client,
  TcpTransport,
  type Transport,
  createClient,
  createKafka,
} from '../src/client/index.ts'
import { recordCursor } from '../src/protocol/index.ts'
import { RecordHeaders, type TopicPartition, topicPartition } from '../src/record/index.ts'
import { serdes, topic } from '../src/serde/index.ts'
import { ORDER_TEXT } from './order.ts'

const ROUNDS = 7
const RECORDS = 100_000
const TYPED_RECORDS = 20_000
const UNSENT_BYTES_MAX = 4 * 1_048_576
const PARTITIONS = 4

const key = Buffer.from('c-471-ab')
const value = Buffer.from(ORDER_TEXT)
const orders = topic('orders', { key: serdes.string, value: serdes.string })
let sink = 0

interface Setting {
  readonly client: Client
  readonly tps: readonly TopicPartition[]
}

async function withCluster(isTcp: boolean, run: (setting: Setting) => Promise<void>): Promise<void> {
  const options = isTcp ? {} : { listen: false as const }
  const broker = await startBroker({ disk: new MemoryDisk(), durability: 'never', ...options })
  const transport = isTcp ? tcp(broker) : inProcess(broker)
  const client = createClient({ clientId: 'bench', transport, clock: systemClock, prng: systemPrng() })
  try {
    const config = { 'retention.bytes': '1000000', 'segment.bytes': '16777216' }
    await client.admin().createTopics([{ name: 'orders', partitions: PARTITIONS, replicationFactor: -1, config }])
    await run({ client, tps: Array.from({ length: PARTITIONS }, (_, i) => topicPartition('orders', i)) })
  } finally {
    await client.close()
    await broker.close()
  }
}

function tcp(broker: Broker): Transport {
  return new TcpTransport({ bootstrap: [broker.address as BrokerAddress], clock: systemClock }) // it was told to listen
}

function inProcess(broker: Broker): Transport {
  return {
    bootstrap: async () => [{ host: 'in-process', port: 0 }],
    connect: async (_, listener) => connectInProcess(broker, listener),
    close: async () => undefined,
  }
}

/** The median of the rounds; the first are left out. */
async function measured(name: string, records: number, round: () => Promise<void> | void): Promise<number> {
  const times: number[] = []
  const speeds: number[] = []
  for (let i = -2; i < ROUNDS; i++) {
    const cpuBefore = process.cpuUsage()
    const startMs = performance.now()
    await round()
    const elapsedMs = performance.now() - startMs
    const { user, system } = process.cpuUsage(cpuBefore)
    if (i < 0) continue
    times.push(((user + system) * 1_000) / records)
    speeds.push((records / elapsedMs) * 1_000)
  }
  const [ns, speed] = [median(times), median(speeds)]
  console.log(
    `${name.padEnd(28)} ${ns.toFixed(0).padStart(7)} ns  ${Math.round(speed).toLocaleString('en').padStart(12)}/s`,
  )
  return ns
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

async function append({ client, tps: [tp] }: Setting): Promise<void> {
  if (tp === undefined) return
  const floorNs = await measured('append: floor (copying)', RECORDS, () => {
    let at = 0
    const room = Buffer.allocUnsafeSlow(RECORDS * (key.length + value.length)) // new memory, as batches have
    for (let i = 0; i < RECORDS; i++) {
      at += key.copy(room, at)
      at += value.copy(room, at)
    }
    sink += at
  })
  const callTimes: number[] = []
  const producer = client.producer({ lingerMs: 60_000 })
  await measured('append + produce', RECORDS, async () => {
    const before = process.cpuUsage()
    for (let i = 0; i < RECORDS; i++) producer.append(tp, key, value, 1_700_000_000_000 + i, RecordHeaders.empty)
    const { user, system } = process.cpuUsage(before)
    callTimes.push(((user + system) * 1_000) / RECORDS)
    await producer.flush()
  })
  const callNs = median(callTimes)
  console.log(
    `${'append alone'.padEnd(28)} ${callNs.toFixed(0).padStart(7)} ns  (${(callNs - floorNs).toFixed(0)} over the copy)`,
  )
  await producer.close()
}

async function produce({ client, tps }: Setting, name: string): Promise<void> {
  const producer = client.producer({ lingerMs: 5 })
  await measured(name, RECORDS, async () => {
    for (let i = 0; i < RECORDS; i++) {
      producer.append(tps[i % PARTITIONS] as TopicPartition, key, value, 1_700_000_000_000 + i, RecordHeaders.empty)
      if (producer.unsentBytes > UNSENT_BYTES_MAX) await producer.drained(UNSENT_BYTES_MAX)
    }
    await producer.flush()
  })
  await producer.close()
}

async function fetch({ client, tps }: Setting, name: string): Promise<void> {
  await measured(name, RECORDS, async () => {
    const fetcher = client.fetcher({ isolation: 'read-committed' })
    const starts = await client.admin().listOffsets(tps, 'earliest')
    for (const tp of tps) fetcher.add(tp, starts.get(tp)?.offset ?? 0)
    let count = 0
    while (count < RECORDS) {
      for (const { batches } of (await fetcher.poll(1_000)).partitions) {
        for (const batch of batches) {
          const cursor = recordCursor(batch)
          for (; cursor.next(); count++) sink += cursor.valueLength
        }
      }
    }
    await fetcher.close()
  })
}

async function typed({ client }: Setting): Promise<void> {
  const kafka = createKafka(client)
  await measured('typed send', TYPED_RECORDS, async () => {
    const producer = kafka.producer({ linger: 5 })
    for (let i = 0; i < TYPED_RECORDS; i++) void producer.send(orders, { key: 'c-471-ab', value: ORDER_TEXT })
    await producer.close()
  })
  await measured('typed read', TYPED_RECORDS, async () => {
    let count = 0
    for await (const record of kafka.read(orders)) {
      sink += record.value.length
      if (++count === TYPED_RECORDS) break
    }
  })
}

const benches: Readonly<Record<string, () => Promise<void>>> = {
  append: () => withCluster(false, append),
  'in-process': () =>
    withCluster(false, async (setting) => {
      await produce(setting, 'produce, in process')
      await fetch(setting, 'fetch, in process')
    }),
  tcp: () =>
    withCluster(true, async (setting) => {
      await produce(setting, 'produce, TCP')
      await fetch(setting, 'fetch, TCP')
    }),
  typed: () => withCluster(false, typed),
}
const asked = process.argv.slice(2)
for (const [name, run] of Object.entries(benches)) if (asked.length === 0 || asked.includes(name)) await run()
if (sink === 0) console.error('nothing was done')
