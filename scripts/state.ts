// npm run state [-- --keys N] [--seed S]
//
// Counts N keys (10^7) with state on disk: every key once in a scrambled order, then every tenth once more. Run with a heap limit of
// 8 GB and of 512 MB, the stores, read offline, must hold the same: what a recount of the input says. With 10^5 keys and with N, and as
// many records, the memory of the process may differ by 64 MB at most: what grows with the keys are block indexes and filters.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openClient, serveDirectory } from '../src/app/index.ts'
import { NodeDisk, systemClock } from '../src/base/index.ts'
import type { Client } from '../src/client/index.ts'
import { RecordHeaders, topicPartition } from '../src/record/index.ts'
import { LsmEngine } from '../src/state/index.ts'

const { values: options } = parseArgs({
  options: { keys: { type: 'string', default: '10000000' }, base: { type: 'string', default: '100000' } },
})
const MIB = 1_024 * 1_024
const GROWTH_BYTES_MAX = 64 * MIB
const AGAIN_EVERY = 10
const FEED_BYTES_MAX = 16 * MIB
/** Odd, and no factor of a power of ten: every key comes once. */
const STEP = 7_368_787
const KEY_BYTES = 48
const NOTHING = Buffer.alloc(0)
const counter = fileURLToPath(new URL('./state-count.mjs', import.meta.url))
/** As state-count.mjs has them. */
const APPLICATION = 'count'
const INPUT = 'events'
const STORE = 'counts'

interface StateReport {
  /** After a collection, when all is committed. */
  readonly rssBytes: number
  readonly maxRssBytes: number
  readonly heapBytes: number
  readonly buffersBytes: number
}

function keyOf(number: number): Buffer {
  return Buffer.from(`user-${String(number).padStart(KEY_BYTES - 5, '0')}`)
}

/** Every key so many times, and every tenth once more. */
function* inputOf(keys: number, rounds: number): Generator<number> {
  for (let i = 0; i < keys * rounds; i++) yield ((i % keys) * STEP) % keys
  for (let i = 0; i < keys; i += AGAIN_EVERY) yield i
}

/** Feeds beside the application, which works off what comes. */
async function feed(client: Client, keys: number, rounds: number): Promise<number> {
  const producer = client.producer({ lingerMs: 20, batchBytesMax: 256 * 1_024 })
  const tp = topicPartition(INPUT, 0)
  let count = 0
  for (const number of inputOf(keys, rounds)) {
    producer.append(tp, keyOf(number), NOTHING, count++, RecordHeaders.empty)
    if (count % 1_000 === 0 && producer.unsentBytes > FEED_BYTES_MAX) await producer.drained(FEED_BYTES_MAX / 2)
  }
  await producer.flush()
  await producer.close()
  return count
}

interface Run {
  readonly report: StateReport
  readonly seconds: number
  readonly entries: number
  readonly wrong: number
}

/** Counts in a process with that heap limit, and reads its store when it has ended. */
async function count(keys: number, rounds: number, heapMb: number): Promise<Run> {
  const dir = mkdtempSync(join(tmpdir(), 'tidemill-state-'))
  const broker = await serveDirectory({ dir: join(dir, 'broker'), listen: { port: 0 }, durability: 'interval' })
  const client = await openClient({ bootstrapServers: `embedded:${join(dir, 'broker')}`, clientId: 'feed' })
  try {
    await client.admin().createTopics([{ name: INPUT, partitions: 1, replicationFactor: -1, config: {} }])
    await client.cluster.refresh([INPUT])
    const startMs = systemClock.monotonicMs()
    const total = keys * rounds + Math.ceil(keys / AGAIN_EVERY)
    const address = `${broker.address.host}:${broker.address.port}`
    const report = runCounter([address, join(dir, 'state'), String(total)], heapMb)
    await Promise.race([feed(client, keys, rounds), report])
    const done = await report
    const seconds = (systemClock.monotonicMs() - startMs) / 1_000
    return { report: done, seconds, ...checkStore(join(dir, 'state'), keys, rounds) }
  } finally {
    await client.close()
    await broker.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

function runCounter(args: readonly string[], heapMb: number): Promise<StateReport> {
  const flags = [`--max-old-space-size=${heapMb}`, '--expose-gc']
  const child: ChildProcess = spawn(process.execPath, [...flags, counter, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let report: StateReport | undefined
  if (child.stdout === null) throw new Error('the counter has no standard output')
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{')) report = JSON.parse(line) as StateReport
    else console.log(line)
  })
  return new Promise((resolve, reject) => {
    child.on('close', (code, signal) => {
      if (report !== undefined && code === 0) resolve(report)
      else reject(new Error(`the counter ended with ${code ?? signal} and heap limit ${heapMb} MB`))
    })
  })
}

function checkStore(
  stateDir: string,
  keys: number,
  rounds: number,
): { readonly entries: number; readonly wrong: number } {
  const engine = new LsmEngine({ disk: new NodeDisk(join(stateDir, APPLICATION)), directory: '0_0' })
  const store = engine.open(STORE)
  const cursor = store.cursor({})
  let entries = 0
  let wrong = 0
  while (cursor.next()) {
    const { buffer, keyStart, keyEnd, valueEnd } = cursor
    const expected = entries % AGAIN_EVERY === 0 ? rounds + 1 : rounds
    const isKey = buffer.compare(keyOf(entries), 0, KEY_BYTES, keyStart, keyEnd) === 0
    if (!isKey || Number(buffer.readBigInt64BE(valueEnd - 8)) !== expected) wrong++
    entries++
  }
  return { entries, wrong: wrong + Math.abs(keys - entries) }
}

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`
let passed = 0
let failed = 0
function check(isGood: boolean, what: string): void {
  console.log(`${isGood ? 'PASS' : 'FAIL'} ${what}`)
  if (isGood) passed++
  else failed++
}

async function counted(keys: number, rounds: number, heapMb: number): Promise<Run> {
  const run = await count(keys, rounds, heapMb)
  const { seconds, report, entries, wrong } = run
  console.log(
    `${keys} keys, ${rounds} times each, heap limit ${heapMb} MB: ${seconds.toFixed(1)} s, resident ${mib(report.rssBytes)} at the end (at most ${mib(report.maxRssBytes)}), heap ${mib(report.heapBytes)}, buffers ${mib(report.buffersBytes)}, ` +
      `${entries} entries, ${wrong} wrong`,
  )
  check(wrong === 0 && entries === keys, `${keys} keys at ${heapMb} MB of heap: each count is what a recount says`)
  return run
}

const keys = Number(options.keys)
// As many records: what an engine grows by as it works is in both.
const baseKeys = Number(options.base)
const base = await counted(baseKeys, Math.max(1, Math.round(keys / baseKeys)), 512)
const small = await counted(keys, 1, 512)
await counted(keys, 1, 8_192)
const growth = small.report.rssBytes - base.report.rssBytes
check(
  growth <= GROWTH_BYTES_MAX,
  `from ${options.base} to ${keys} keys the process grows by ${mib(growth)}, at most ${mib(GROWTH_BYTES_MAX)}`,
)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
