// What stores on disk cost: ours, and beside it classic-level and LMDB. 16-byte keys in no order, 100-byte values.
// Figures: results/disk-store.md.
//   tsx benchmarks/disk-store.ts [--keys N] [--engines a,b] [--phases a,b] [--directory DIR] [--seconds S]
// Main: CPU us an operation of the thread that has the store; all: of the process, its workers too; U: main in JSON.parses of the fixed
// order. With --directory the files stay, so that phases can be run one after another: load, rest (until nothing is merged), get,
// commit, scan, compact; and, of
// ours alone, many (a commit in each of 100 stores).
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seededPrng } from '../src/base/index.ts'
import { type BenchEngine, ROW_BYTES, keyOf } from './disk-store/engine.ts'
import { type Peer, openPeer } from './disk-store/peers.ts'
import { commitToMany, openTidemill } from './disk-store/tidemill.ts'
import { ORDER_TEXT } from './order.ts'

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '1000000' },
    engines: { type: 'string', default: 'tidemill,classic-level,lmdb' },
    phases: { type: 'string', default: 'load,rest,get,commit,scan,compact,many' },
    directory: { type: 'string' },
    seconds: { type: 'string', default: '5' },
  },
})
const keyCount = Number(values.keys)
const engines = values.engines.split(',')
const phases = new Set(values.phases.split(','))
const root = values.directory ?? mkdtempSync(join(tmpdir(), 'tidemill-disk-store-'))
const prng = seededPrng(7)
const BATCH = 10_000

/** CPU us of this thread, where the system tells; of the process elsewhere. */
function threadCpuUs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1_000
  } catch {
    return processCpuUs()
  }
}

function processCpuUs(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function unitUs(): number {
  const COUNT = 200_000
  let sum = 0
  const start = threadCpuUs()
  for (let i = 0; i < COUNT; i++) sum += (JSON.parse(ORDER_TEXT) as { quantity: number }).quantity
  return sum > 0 ? (threadCpuUs() - start) / COUNT : 0
}

unitUs()

async function bench(name: string, operations: number, run: () => void | Promise<void>): Promise<void> {
  const unit = unitUs()
  const [main, all, startMs] = [threadCpuUs(), processCpuUs(), performance.now()]
  await run()
  const mainUs = (threadCpuUs() - main) / operations
  const allUs = (processCpuUs() - all) / operations
  const perSecond = (operations / (performance.now() - startMs)) * 1_000
  console.log(
    `${name.padEnd(32)} main ${mainUs.toFixed(2).padStart(7)} us ${(mainUs / unit).toFixed(2).padStart(7)} U   ` +
      `all ${allUs.toFixed(2).padStart(7)} us   ${Math.round(perSecond).toLocaleString('en').padStart(10)}/s`,
  )
}

function sizesOf(directory: string): readonly (readonly [path: string, bytes: number])[] {
  return (
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      // One may have gone meanwhile.
      .map((path) => [path, statSync(path, { throwIfNoEntry: false })?.size ?? 0])
  )
}

const filesOf = (directory: string): string => sizesOf(directory).join(' ')

function filesMb(directory: string): number {
  return sizesOf(directory).reduce((sum, [, bytes]) => sum + bytes, 0) / 1e6
}

function sortedNumbers(count: number): readonly number[] {
  return Array.from({ length: count }, () => prng.integer(keyCount))
    .map((number) => ({ number, key: keyOf(number) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ number }) => number)
}

async function load(engine: BenchEngine): Promise<void> {
  await bench('load, 10,000 at once', keyCount, async () => {
    for (let at = 0; at < keyCount; at += BATCH)
      await engine.load(Array.from({ length: Math.min(BATCH, keyCount - at) }, (_, i) => at + i))
    await engine.finishLoad()
  })
}

/** Until no file has changed for a while. */
async function rest(directory: string): Promise<void> {
  const REST_MS = 2_000
  const startMs = performance.now()
  let [seen, sinceMs] = [filesOf(directory), startMs]
  while (performance.now() - sinceMs < REST_MS) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const files = filesOf(directory)
    if (files !== seen) [seen, sinceMs] = [files, performance.now()]
  }
  console.log(`at rest after ${((sinceMs - startMs) / 1_000).toFixed(1)} s`)
}

async function gets(engine: BenchEngine): Promise<void> {
  const GETS = 200_000
  const hot = Math.min(100_000, keyCount)
  for (let i = 0; i < hot; i++) engine.get(i)
  await bench('get, of 100,000 keys', GETS, () => {
    for (let i = 0; i < GETS; i++) if (!engine.get(prng.integer(hot))) throw new Error('a row is missing')
  })
  await bench('get, of all', GETS, () => {
    for (let i = 0; i < GETS; i++) if (!engine.get(prng.integer(keyCount))) throw new Error('a row is missing')
  })
  await bench('get, absent', GETS, () => {
    for (let i = 0; i < GETS; i++) if (engine.get(keyCount + i)) throw new Error('a row too many')
  })
}

/** Commits for some seconds, as fast as it goes; the longest ones are what a stream thread would stall. */
async function commits(engine: BenchEngine): Promise<void> {
  const batches = Array.from({ length: 200 }, () => sortedNumbers(1_000))
  await bench('commit of 1,000 sorted, an entry', 100_000, async () => {
    for (let i = 0; i < 100; i++) await engine.commit(batches[i] as readonly number[])
  })
  const times: number[] = []
  const endMs = performance.now() + Number(values.seconds) * 1_000
  let waitedMs = 0
  while (performance.now() < endMs) {
    const startMs = performance.now()
    await engine.commit(batches[times.length % batches.length] as readonly number[])
    const doneMs = performance.now()
    times.push(doneMs - startMs)
    await engine.breathe()
    waitedMs += performance.now() - doneMs
  }
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): string => (sorted[Math.floor(sorted.length * share)] as number).toFixed(1)
  console.log(
    `${sorted.length} commits: p50 ${at(0.5)} ms, p99 ${at(0.99)}, p99.9 ${at(0.999)}, longest ${sorted.at(-1)?.toFixed(1)}; ` +
      `waited ${waitedMs.toFixed(0)} ms between them`,
  )
}

async function scans(engine: BenchEngine): Promise<void> {
  await bench('scan of 1,000, an entry', 200_000, async () => {
    for (let i = 0; i < 200; i++) await engine.scan(prng.integer(keyCount), 1_000)
  })
  await bench('scan of 10', 10_000, async () => {
    for (let i = 0; i < 10_000; i++) await engine.scan(prng.integer(keyCount), 10)
  })
}

async function compact(engine: BenchEngine, directory: string): Promise<void> {
  const before = filesMb(directory)
  await bench('merge all, an entry', keyCount, () => engine.compact())
  const after = filesMb(directory)
  const payloadMb = (keyCount * ROW_BYTES) / 1e6
  console.log(
    `${before.toFixed(0)} MB before, ${after.toFixed(0)} MB after: ${(after / payloadMb).toFixed(2)}x of ${payloadMb.toFixed(0)} MB payload`,
  )
}

async function many(directory: string): Promise<void> {
  const before = process.memoryUsage().rss
  const commit = await commitToMany(directory, 100, 50)
  for (let i = 0; i < 5; i++) commit()
  console.log(`${((process.memoryUsage().rss - before) / 100e6).toFixed(1)} MB resident a store of 10,000 entries`)
  await bench('commit of 50 in 100 stores', 20, () => {
    for (let i = 0; i < 20; i++) commit()
  })
}

async function play(name: string): Promise<void> {
  const directory = join(root, name)
  const engine = name === 'tidemill' ? openTidemill(directory) : await openPeer(name as Peer, directory)
  if (engine === undefined) return
  console.log(`\n${name}, ${keyCount.toLocaleString('en')} keys`)
  if (phases.has('load')) await load(engine)
  if (phases.has('rest')) await rest(directory)
  if (phases.has('get')) await gets(engine)
  if (phases.has('scan')) await scans(engine)
  if (phases.has('commit')) await commits(engine)
  if (phases.has('compact')) await compact(engine, directory)
  if (phases.has('compact') && phases.has('get')) await gets(engine)
  console.log(`${(process.memoryUsage().rss / 1e6).toFixed(0)} MB resident`)
  await engine.close()
  if (phases.has('many') && name === 'tidemill') await many(join(root, 'many'))
}

console.log(`Node ${process.version}; U = ${(unitUs() * 1_000).toFixed(0)} ns`)
for (const name of engines) await play(name)
if (values.directory === undefined) rmSync(root, { recursive: true, force: true })
process.exit()
