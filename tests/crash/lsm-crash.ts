// Crash-point enumeration for the disk store: a random workload on a disk that remembers what power loss may still take. Before
// each operation that changes the disk, images are taken as they may be found after a crash; each must open and hold a prefix of
// the commits, data and position alike, and go on from there. Some images crash again while they are opened.
import { type Disk, FaultDisk, type MemoryDisk, type Prng, TidemillError, seededPrng } from '../../src/base/index.ts'
import { topicPartition } from '../../src/record/index.ts'
import { type ByteChange, type StorePosition, keyCopy, valueCopy } from '../../src/state/byte-store.ts'
import type { CompactionJob, CompactionOutcome, CompactionTicket, Compactor } from '../../src/state/lsm/compactor.ts'
import { InlineCompactor } from '../../src/state/lsm/inline-compactor.ts'
import { LsmMemory } from '../../src/state/lsm/lsm-memory.ts'
import { LsmStore } from '../../src/state/lsm/lsm-store.ts'
import { changesOf } from '../../src/state/pending-bytes.ts'

export interface CrashReport {
  readonly images: number
  readonly workloads: number
  /** What went wrong, with the seed of its workload; empty: nothing. */
  readonly failures: readonly string[]
}

export interface CrashOptions {
  readonly images: number
  readonly seed: number
  /** Stop at the first failures. @defaultValue 10 */
  readonly failuresMax?: number
}

const DIRECTORY = 'app/0_0/store'
const STEPS = 60
const KINDS = ['kept', 'lost', 'torn', 'reordered'] as const
const changelog = topicPartition('app-store-changelog', 0)

/** As on a thread of its own: commits go on while tables wait and runs are half merged. */
class SlowCompactor implements Compactor {
  readonly #inner: Compactor
  readonly #prng: Prng

  constructor(inner: Compactor, prng: Prng) {
    this.#inner = inner
    this.#prng = prng
  }

  start(job: CompactionJob, done: (outcome: CompactionOutcome) => void): CompactionTicket {
    const ticket = this.#inner.start(job, done)
    const prng = this.#prng
    return {
      advance(byteBudget) {
        if (byteBudget === Infinity) ticket.advance(Infinity)
        else if (prng.integer(8) === 0) ticket.advance(prng.integer(600))
      },
      finishNow: () => ticket.finishNow(),
      cancel: () => ticket.cancel(),
    }
  }
}

/** What was done: the content after each commit, and the floors that were set. */
interface History {
  /** By number of commits; the first is the empty store. */
  readonly states: ReadonlyMap<string, string>[]
  /** Floor when each commit was made. */
  readonly floors: string[]
  floor: string
  /** All floors that were set, each with the number of commits by then. */
  readonly floorsSet: { readonly commits: number; readonly floor: string }[]
  /** Commits that a flush that ended has made durable. */
  durableCount: number
}

const memory = (): LsmMemory => new LsmMemory({ tableBytesMax: 900, blockBytes: 120, blockBytesMax: 2_000 })

/** `prng`: work in the background goes on now and then, and little by little. */
function openOn(disk: Disk, prng?: Prng): LsmStore {
  return new LsmStore({
    disk,
    directory: DIRECTORY,
    name: 'store',
    memory: memory(),
    compactor: prng === undefined ? new InlineCompactor(disk) : new SlowCompactor(new InlineCompactor(disk), prng),
    compression: 'none',
    segmentBytes: 0,
  })
}

export async function crashLsm({ images, seed, failuresMax = 10 }: CrashOptions): Promise<CrashReport> {
  const report = { images: 0, workloads: 0, failures: [] as string[] }
  while (report.images < images && report.failures.length < failuresMax) {
    const workloadSeed = seed + report.workloads++
    const fail = (message: string): void => void report.failures.push(`seed ${workloadSeed}: ${message}`)
    report.images += await playWorkload(workloadSeed, images - report.images, fail)
  }
  return report
}

/** Returns how many images were taken. */
async function playWorkload(seed: number, imagesMax: number, fail: (message: string) => void): Promise<number> {
  const prng = seededPrng(seed)
  const disk = new FaultDisk()
  const history: History = { states: [new Map()], floors: [''], floor: '', floorsSet: [], durableCount: 0 }
  const taken = { images: 0 }
  disk.onOperation = (operation, path) => {
    const count = Math.min(2, imagesMax - taken.images)
    for (let i = 0; i < count; i++) {
      taken.images++
      const kind = KINDS[prng.integer(KINDS.length)] as (typeof KINDS)[number]
      const image = disk.crashImage(kind, prng)
      const problem = checkImage(image, history, prng, kind === 'kept')
      if (problem !== undefined) fail(`${kind} before ${operation} of ${path}: ${problem}`)
    }
  }
  let store = openOn(disk, prng)
  for (let step = 0; step < STEPS; step++) {
    store = await playStep(store, disk, history, prng)
    if (taken.images >= imagesMax) break
  }
  await store.close()
  return taken.images
}

async function playStep(store: LsmStore, disk: Disk, history: History, prng: Prng): Promise<LsmStore> {
  const dice = prng.integer(100)
  if (dice < 4) {
    await store.flush()
    history.durableCount = history.states.length - 1
  } else if (dice < 8) store.compact()
  else if (dice < 12) {
    await store.close()
    return openOn(disk, prng)
  } else if (dice < 18) {
    const floor = keyOf(prng)
    if (floor > history.floor) history.floor = floor
    history.floorsSet.push({ commits: history.states.length - 1, floor: history.floor })
    store.deleteBelow(Buffer.from(floor))
  } else commit(store, history, prng)
  return store
}

function commit(store: LsmStore, history: History, prng: Prng): void {
  const state = new Map(
    [...(history.states.at(-1) as ReadonlyMap<string, string>)].filter(([key]) => key >= history.floor),
  )
  const changes: ByteChange[] = []
  for (let i = prng.integer(9); i >= 0; i--) {
    const key = keyOf(prng)
    if (key < history.floor) continue
    const value = prng.integer(4) === 0 ? null : `${history.states.length}.${'x'.repeat(prng.integer(40))}`
    changes.push([Buffer.from(key), value === null ? null : Buffer.from(value)])
    if (value === null) state.delete(key)
    else state.set(key, value)
  }
  // It counts from when it began: what is found may have it already.
  history.states.push(state)
  history.floors.push(history.floor)
  store.commit(changesOf(changes), positionAt(history.states.length - 1))
}

function keyOf(prng: Prng): string {
  return `key-${String(prng.integer(60)).padStart(3, '0')}`
}

function positionAt(commits: number): StorePosition {
  return {
    changelogs: new Map([[changelog, { topicId: '', nextOffset: commits, leaderEpoch: 0 }]]),
    streamTimeMs: commits,
  }
}

/** Opens the image, now and then with a crash on the way, checks what it holds, and goes on with it. */
function checkImage(image: MemoryDisk, history: History, prng: Prng, isKept: boolean): string | undefined {
  try {
    const disk = new FaultDisk(image)
    if (prng.integer(4) === 0) return checkImage(crashDuringOpen(disk, prng), history, prng, isKept)
    const store = openOn(disk)
    const problem = contentProblem(store, history, isKept) ?? goOn(store, disk, prng)
    return problem
  } catch (error) {
    const code = error instanceof TidemillError ? error.code : 'error'
    return `${code}: ${(error as Error).message}`
  }
}

function crashDuringOpen(disk: FaultDisk, prng: Prng): MemoryDisk {
  const crash = new Error('crash')
  let left = prng.integer(6)
  disk.onOperation = () => {
    if (left-- === 0) throw crash
  }
  try {
    const store = openOn(disk)
    store.commit(changesOf([[Buffer.from('zz'), Buffer.from('crash')]]), store.position() ?? positionAt(0))
    store.commit(changesOf([[Buffer.from('zz'), null]]), store.position() ?? positionAt(0))
  } catch (error) {
    if (error !== crash) throw error
  }
  disk.onOperation = undefined
  return disk.crashImage(KINDS[prng.integer(KINDS.length)] as (typeof KINDS)[number], prng)
}

function contentProblem(store: LsmStore, history: History, isKept: boolean): string | undefined {
  const position = store.position()
  const commits = position === undefined ? 0 : (position.changelogs.get(changelog)?.nextOffset ?? -1)
  const expected = history.states[commits]
  const newest = history.states.length - 1
  if (expected === undefined) return `position ${commits} of ${newest} commits`
  if (commits < history.durableCount)
    return `lost commits ${commits + 1} to ${history.durableCount}, which were flushed`
  if (isKept && commits < newest - 1) return `only the process died, yet ${newest - commits} commits are lost`
  const found = contentOf(store)
  found.delete('zz')
  // A floor may be durable before the commits that came ahead of it; it never goes back.
  const later = history.floorsSet.filter((set) => set.commits >= commits).map(({ floor }) => floor)
  const floors = [history.floors[commits] as string, ...later]
  for (const floor of floors) if (isSame(found, expected, floor)) return undefined
  return `at position ${commits} it holds ${show(found)}, not ${show(expected)} (floors ${floors.join(', ')})`
}

function contentOf(store: LsmStore): Map<string, string> {
  const content = new Map<string, string>()
  const cursor = store.cursor({})
  while (cursor.next()) content.set(keyCopy(cursor).toString(), valueCopy(cursor).toString())
  return content
}

function isSame(found: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>, floor: string): boolean {
  let count = 0
  for (const [key, value] of expected) {
    if (key < floor) continue
    if (found.get(key) !== value) return false
    count++
  }
  return count === found.size
}

/** What was recovered can be written to, merged, and opened again. */
function goOn(store: LsmStore, disk: Disk, prng: Prng): string | undefined {
  const before = contentOf(store)
  const key = `zz-${prng.integer(9)}`
  for (let i = 0; i < 6; i++) {
    store.commit(
      changesOf([[Buffer.from(key), Buffer.from(`${i}${'y'.repeat(200)}`)]]),
      store.position() ?? positionAt(0),
    )
  }
  if (prng.integer(2) === 0) store.compact()
  const expected = before.set(key, `5${'y'.repeat(200)}`)
  for (const reader of [store, openOn(disk)]) {
    if (!isSame(contentOf(reader), expected, ''))
      return `after recovery and 6 commits it holds ${show(contentOf(reader))}`
  }
  return undefined
}

function show(content: ReadonlyMap<string, string>): string {
  return JSON.stringify(Array.from(content, ([key, value]) => `${key.slice(4)}=${value.slice(0, 6)}`)).slice(0, 600)
}
