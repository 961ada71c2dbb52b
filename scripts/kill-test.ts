// npm run kill-test -- [--minutes M | --rounds N] [--guarantee exactly-once | at-least-once] [--seed S] [--dir DIR]
//
// Starts the demo, kills it with SIGKILL at a random moment, and does so again on the same directory. After each kill the
// directory is opened, the applications finish what is there, and everything is checked against the input log: no record that
// the broker acknowledged is missing, none is there twice, every word count and every stock window equals its recount.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { tradeAt } from '../examples/stock-statistics/src/feed.ts'
import stockStatistics, { statistics, trades } from '../examples/stock-statistics/src/stock-statistics.ts'
import wordCount, { lines, wordCounts } from '../examples/word-count/src/word-count.ts'
import { Streams, openClient, serveDirectory } from '../src/app/index.ts'
import { seededPrng, sleep, systemClock } from '../src/base/index.ts'
import { type Client, decodeFetched } from '../src/client/index.ts'
import { RecordHeaders, topicPartition } from '../src/record/index.ts'
import { serdes } from '../src/serde/index.ts'

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string' },
    rounds: { type: 'string' },
    guarantee: { type: 'string', default: 'exactly-once' },
    seed: { type: 'string' },
    dir: { type: 'string' },
    rate: { type: 'string', default: '20' },
  },
})
const guarantee = options.guarantee as 'exactly-once' | 'at-least-once'
const isExact = guarantee === 'exactly-once'
const roundsMax = options.rounds === undefined ? Infinity : Number(options.rounds)
const deadlineMs =
  systemClock.monotonicMs() + (options.minutes === undefined ? Infinity : Number(options.minutes) * 60_000)
if (options.rounds === undefined && options.minutes === undefined) {
  console.error(
    'usage: npm run kill-test -- --minutes M | --rounds N [--guarantee at-least-once] [--seed S] [--dir DIR]',
  )
  process.exit(2)
}
const seed = options.seed === undefined ? systemClock.now() % 1_000_000 : Number(options.seed)
const prng = seededPrng(seed)
const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'tidemill-kill-'))
const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const KILL_AFTER_MS_MIN = 300
const KILL_AFTER_MS_MAX = 3_500
const DRAIN_MS_MAX = 60_000
/** Records are compared by their bytes. */
const BYTES = { key: serdes.nullable(serdes.bytes), value: serdes.nullable(serdes.bytes) }
const INPUTS = {
  'word-count': [lines.name],
  'stock-statistics': [trades.name],
  'click-enrichment': ['page-views', 'searches', 'user-profiles'],
}

interface ReadRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly number: number
  readonly timestamp: number
}

/** Numbers of records that a run of the demo wrote and had acknowledged. */
interface Acknowledged {
  readonly from: number
  readonly below: number
}

/** By the run that was killed last, in all its stores: what the kill before it cost. */
let restoredRecords = 0

/** Runs the demo and kills it; returns by example what was acknowledged. */
async function runAndKill(): Promise<ReadonlyMap<string, Acknowledged>> {
  const args = [cli, '--json', 'demo', '--dir', dir, '--rate', options.rate, '--guarantee', guarantee]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged = new Map<string, Acknowledged>()
  let firstReport: () => void = () => undefined
  const hasReported = new Promise<void>((resolve) => (firstReport = resolve))
  const closed = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))
  if (child.stdout === null) throw new Error('the demo has no standard output')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const report = JSON.parse(line) as {
      readonly examples: readonly {
        readonly id: string
        readonly acknowledgedFrom: number
        readonly acknowledgedBelow: number
        readonly restoredRecords: number
      }[]
    }
    for (const { id, acknowledgedFrom: from, acknowledgedBelow: below } of report.examples)
      acknowledged.set(id, { from, below })
    restoredRecords = report.examples.reduce((sum, each) => sum + each.restoredRecords, 0)
    firstReport()
  })
  const ended = await Promise.race([hasReported.then(() => undefined), closed])
  if (ended !== undefined) throw new Error(`the demo ended by itself with exit code ${ended}`)
  await sleep(systemClock, KILL_AFTER_MS_MIN + prng.integer(KILL_AFTER_MS_MAX - KILL_AFTER_MS_MIN))
  child.kill('SIGKILL')
  await closed
  return acknowledged
}

async function readAll(client: Client, topic: string): Promise<readonly ReadRecord[]> {
  const [metadata] = await client.cluster.refresh([topic])
  const partitions = Array.from({ length: metadata?.partitions ?? 0 }, (_, p) => topicPartition(topic, p))
  const ends = await client.admin().listOffsets(partitions, 'latest', 'read-committed')
  const fetcher = client.fetcher({ isolation: 'read-committed', reset: 'earliest' })
  const records: ReadRecord[] = []
  for (const tp of partitions) fetcher.add(tp, 0)
  while (partitions.some((tp) => (fetcher.position(tp) ?? 0) < (ends.get(tp)?.offset ?? 0))) {
    for (const fetched of (await fetcher.poll(200)).partitions) {
      for (const { key, value, timestamp, headers } of decodeFetched(fetched, BYTES)) {
        const number = Number(headers.get('n') ?? -1)
        records.push({ key, value, number, timestamp })
      }
    }
  }
  await fetcher.close()
  return records
}

/** Lets the applications finish what is in their topics. */
async function drain(client: Client, bootstrapServers: string): Promise<void> {
  const common = {
    bootstrapServers,
    stateDir: join(dir, 'state'),
    processingGuarantee: guarantee,
    commitInterval: 100,
  } as const
  const apps = [
    new Streams(wordCount(), { ...common, applicationId: 'demo-word-count' }),
    new Streams(stockStatistics(), { ...common, applicationId: 'demo-stock-statistics' }),
  ]
  await Promise.all(apps.map((app) => app.start()))
  const limitMs = systemClock.monotonicMs() + DRAIN_MS_MAX
  for (const [groupId, inputs] of [
    ['demo-word-count', INPUTS['word-count']],
    ['demo-stock-statistics', INPUTS['stock-statistics']],
  ] as const) {
    for (;;) {
      const left = await lag(client, groupId, inputs)
      if (left === 0) break
      if (systemClock.monotonicMs() > limitMs)
        throw new Error(`${groupId} still has a lag of ${left} after ${DRAIN_MS_MAX} ms`)
      await sleep(systemClock, 100)
    }
  }
  await Promise.all(apps.map((app) => app.close()))
}

/** Records that a group has not committed: of its inputs and of the repartition topics that it reads. */
async function lag(client: Client, groupId: string, inputs: readonly string[]): Promise<number> {
  const topics = (await client.admin().listTopics()).filter(
    (topic) => inputs.includes(topic.name) || (topic.name.startsWith(groupId) && topic.name.endsWith('-repartition')),
  )
  const partitions = topics.flatMap((topic) =>
    Array.from({ length: topic.partitions }, (_, p) => topicPartition(topic.name, p)),
  )
  const committed = await client.admin().groupOffsets(groupId)
  const ends = await client.admin().listOffsets(partitions, 'latest', 'read-committed')
  const records = await Promise.all(
    partitions.map(async (tp) =>
      (ends.get(tp)?.offset ?? 0) === 0 ? 0 : (ends.get(tp)?.offset ?? 0) - (committed.get(tp)?.offset ?? 0),
    ),
  )
  return records.reduce((sum, one) => sum + Math.max(0, one), 0)
}

interface Verdict {
  acknowledged: number
  lost: number
  duplicated: number
  readonly wrong: string[]
}

async function verify(acknowledged: ReadonlyMap<string, readonly Acknowledged[]>): Promise<Verdict> {
  const brokerDir = join(dir, 'broker')
  const broker = await serveDirectory({
    dir: brokerDir,
    listen: { host: '127.0.0.1', port: 0 },
    durability: 'always',
    partitions: 2,
    autoCreateTopics: true,
  })
  const bootstrapServers = `embedded:${brokerDir}`
  const client = await openClient({ bootstrapServers, clientId: 'kill-test' })
  try {
    await drain(client, bootstrapServers)
    const verdict: Verdict = { acknowledged: 0, lost: 0, duplicated: 0, wrong: [] }
    for (const [id, topics] of Object.entries(INPUTS))
      await checkInput(client, topics, acknowledged.get(id) ?? [], verdict)
    await checkWords(client, verdict)
    await checkWindows(client, verdict)
    return verdict
  } finally {
    await client.close()
    await broker.close()
  }
}

async function checkInput(
  client: Client,
  topics: readonly string[],
  acknowledged: readonly Acknowledged[],
  verdict: Verdict,
): Promise<void> {
  const seen = new Set<number>()
  for (const topic of topics) {
    for (const { number } of await readAll(client, topic)) {
      if (seen.has(number)) verdict.duplicated++
      seen.add(number)
    }
  }
  for (const { from, below } of acknowledged) {
    verdict.acknowledged += below - from
    for (let number = from; number < below; number++) if (!seen.has(number)) verdict.lost++
  }
}

const context = { topic: '', headers: RecordHeaders.empty, isKey: false }

async function checkWords(client: Client, verdict: Verdict): Promise<void> {
  const recount = new Map<string, number>()
  for (const { value } of await readAll(client, lines.name)) {
    for (const word of (value ?? Buffer.alloc(0))
      .toString('utf8')
      .toLowerCase()
      .match(/\p{L}+(?:[’']\p{L}+)*/gu) ?? []) {
      if (word !== 'the') recount.set(word, (recount.get(word) ?? 0) + 1)
    }
  }
  const counted = new Map<string, number>()
  for (const { key, value } of await readAll(client, wordCounts.name)) {
    if (key !== null && value !== null) counted.set(key.toString('utf8'), wordCounts.value.decode(value, context))
  }
  compare('word', recount, counted, verdict)
}

async function checkWindows(client: Client, verdict: Verdict): Promise<void> {
  const recount = new Map<string, number>()
  for (const { key, number, timestamp } of await readAll(client, trades.name)) {
    const symbol = (key ?? Buffer.alloc(0)).toString('utf8')
    if (tradeAt(number).symbol !== symbol)
      verdict.wrong.push(`trade ${number} is of ${symbol}, not of ${tradeAt(number).symbol}`)
    for (let start = Math.max(0, Math.floor((timestamp - 4_000) / 1_000) * 1_000); start <= timestamp; start += 1_000) {
      if (timestamp < start + 5_000) recount.set(`${symbol}@${start}`, (recount.get(`${symbol}@${start}`) ?? 0) + 1)
    }
  }
  const counted = new Map<string, number>()
  for (const { key, value } of await readAll(client, statistics.name)) {
    if (key === null || value === null) continue
    const windowed = statistics.key.decode(key, context)
    counted.set(`${windowed.key}@${windowed.window.start}`, statistics.value.decode(value, context).count)
  }
  compare('window', recount, counted, verdict)
}

function compare(
  what: string,
  recount: ReadonlyMap<string, number>,
  counted: ReadonlyMap<string, number>,
  verdict: Verdict,
): void {
  for (const [name, expected] of recount) {
    const actual = counted.get(name) ?? 0
    if (isExact ? actual !== expected : actual < expected)
      verdict.wrong.push(`${what} ${name}: counted ${actual}, the input holds ${expected}`)
  }
  for (const name of counted.keys())
    if (!recount.has(name)) verdict.wrong.push(`${what} ${name} is counted but not in the input`)
}

console.log(`seed ${seed}, ${guarantee}, directory ${dir}`)
let rounds = 0
let last: Verdict = { acknowledged: 0, lost: 0, duplicated: 0, wrong: [] }
const acknowledged = new Map<string, Acknowledged[]>()
while (
  rounds < roundsMax &&
  systemClock.monotonicMs() < deadlineMs &&
  last.lost === 0 &&
  last.duplicated === 0 &&
  last.wrong.length === 0
) {
  for (const [id, one] of await runAndKill()) acknowledged.set(id, [...(acknowledged.get(id) ?? []), one])
  last = await verify(acknowledged)
  rounds++
  console.log(
    `round ${rounds}: ${last.acknowledged} acknowledged, ${last.lost} lost, ${last.duplicated} duplicated, ${last.wrong.length} wrong results; ${restoredRecords} records read back`,
  )
}
for (const line of last.wrong.slice(0, 20)) console.log(line)
const isGood = last.lost === 0 && last.duplicated === 0 && last.wrong.length === 0
if (isGood && options.dir === undefined) rmSync(dir, { recursive: true, force: true })
else if (!isGood) console.log(`the directory is kept: ${dir}; seed ${seed}`)
console.log(
  `${rounds} rounds, ${last.acknowledged} records acknowledged, ${last.lost} lost, ${last.duplicated} duplicated, ${last.wrong.length} wrong results`,
)
console.log(`${isGood ? rounds : rounds - 1} passed, ${isGood ? 0 : 1} failed`)
process.exit(isGood ? 0 : 1)
