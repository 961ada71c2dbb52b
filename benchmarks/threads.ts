// npm run bench -- threads: the same count of four partitions with one thread and with two, each in a process of its own, broker in
// another. CPU time a record of the application's process, and how much faster two are by the clock, which needs as many free cores.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Streams } from '../src/app/index.ts'
import { InProcessTransport } from '../src/app/in-process-transport.ts'
import { MemoryDisk, systemClock, systemPrng } from '../src/base/index.ts'
import { type Broker, startBroker } from '../src/broker/index.ts'
import { createClient } from '../src/client/index.ts'
import { RecordHeaders, topicPartition } from '../src/record/index.ts'
import { counts, orders } from './count-topology.ts'
import { ORDER_TEXT } from './order.ts'

const PARTITIONS = 4
const KEYS = 20_000
const RECORDS = 1_000_000
const ROUNDS = 3
/** What comes first warms up, and is not counted. */
const WARM_SHARE = 0.3
const BAR = 1.15

interface Measured {
  readonly cpuNs: number
  readonly wallNs: number
}

async function fill(broker: Broker): Promise<void> {
  const transport = new InProcessTransport(broker)
  const client = createClient({ clientId: 'bench', transport, clock: systemClock, prng: systemPrng() })
  const topics = [orders, counts].map(({ name }) => ({
    name,
    partitions: PARTITIONS,
    replicationFactor: -1,
    config: {},
  }))
  await client.admin().createTopics(topics)
  const producer = client.producer({ lingerMs: 5 })
  const value = Buffer.from(ORDER_TEXT)
  for (let i = 0; i < RECORDS; i++) {
    const tp = topicPartition(orders.name, i % PARTITIONS)
    producer.append(tp, Buffer.from(`key-${i % KEYS}`), value, 1_000 + i, RecordHeaders.empty)
    if (producer.unsentBytes > 16 * 1_048_576) await producer.drained(4 * 1_048_576)
  }
  await producer.flush()
  await producer.close()
  await client.close()
}

/** In a process of its own: counts all records, and prints what one took. */
async function run(bootstrapServers: string, threads: number): Promise<void> {
  const stateDir = mkdtempSync(join(tmpdir(), 'tidemill-threads-'))
  const app = new Streams(new URL('./count-topology.ts', import.meta.url), {
    applicationId: `count-${process.pid}`,
    bootstrapServers,
    stateDir,
    threads,
    commitInterval: '1s',
  })
  const processed = (): number =>
    app
      .metrics()
      .filter(({ name }) => name === 'tidemill_records_processed_total')
      .reduce((sum, { value }) => sum + value, 0)
  const at = async (count: number): Promise<{ count: number; cpuUs: number; wallMs: number }> => {
    while (processed() < count) await setTimeout(5)
    const { user, system } = process.cpuUsage()
    return { count: processed(), cpuUs: user + system, wallMs: performance.now() }
  }
  // Nothing is counted before each thread has its share.
  app.pause()
  await app.start()
  const tasksOf = (): readonly number[] => app.threads.map(({ tasks }) => tasks.length)
  while (tasksOf().some((count) => count !== PARTITIONS / threads)) await setTimeout(20)
  app.resume()
  const first = await at(RECORDS * WARM_SHARE)
  const last = await at(RECORDS)
  await app.close()
  rmSync(stateDir, { recursive: true, force: true })
  const records = last.count - first.count
  const cpuNs = ((last.cpuUs - first.cpuUs) * 1e3) / records
  console.log(JSON.stringify({ cpuNs, wallNs: ((last.wallMs - first.wallMs) * 1e6) / records } satisfies Measured))
}

function runApart(bootstrapServers: string, threads: number): Promise<Measured> {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), bootstrapServers, String(threads)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output) as Measured)
      else reject(new Error(`the application with ${threads} threads ended with ${code}`))
    })
  })
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

async function compare(): Promise<void> {
  const broker = await startBroker({ disk: new MemoryDisk(), durability: 'never', listen: { port: 0 } })
  await fill(broker)
  const servers = `127.0.0.1:${broker.address?.port}`
  const measured = new Map<number, Measured[]>([
    [1, []],
    [2, []],
  ])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [threads, runs] of measured) runs.push(await runApart(servers, threads))
  }
  await broker.close()
  const [one, two] = [...measured.values()].map((runs) => ({
    cpuNs: median(runs.map(({ cpuNs }) => cpuNs)),
    wallNs: median(runs.map(({ wallNs }) => wallNs)),
  })) as [Measured, Measured]
  for (const [threads, { cpuNs, wallNs }] of [one, two].entries()) {
    const rate = Math.round(1e9 / wallNs).toLocaleString('en')
    console.log(
      `${threads + 1} thread${threads === 0 ? ' ' : 's'}   ${cpuNs.toFixed(0).padStart(6)} ns CPU a record   ${rate.padStart(10)}/s`,
    )
  }
  const ratio = two.cpuNs / one.cpuNs
  console.log(`CPU time of two to one    ${ratio.toFixed(2)}  bar ${BAR} ${ratio <= BAR ? 'ok' : 'MISSED'}`)
  console.log(
    `wall time of one to two   ${(one.wallNs / two.wallNs).toFixed(2)}  (1.7 and more where four cores are free)`,
  )
}

const [servers, threads] = process.argv.slice(2)
if (servers === undefined) await compare()
else await run(servers, Number(threads))
