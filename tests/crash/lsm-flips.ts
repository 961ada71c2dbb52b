// Single bits of a store's files flip, one at a time: the store must notice, or give what was there. A log that is cut short by it
// gives an earlier state, which its position says.
import { MemoryDisk, type Prng, TidemillError, seededPrng } from '../../src/base/index.ts'
import { type ByteChange, keyCopy, valueCopy } from '../../src/state/byte-store.ts'
import { InlineCompactor } from '../../src/state/lsm/inline-compactor.ts'
import { LsmMemory } from '../../src/state/lsm/lsm-memory.ts'
import { LsmStore } from '../../src/state/lsm/lsm-store.ts'
import { changesOf } from '../../src/state/pending-bytes.ts'

export interface FlipReport {
  readonly flips: number
  readonly found: number
  readonly harmless: number
  readonly failures: readonly string[]
}

type Content = ReadonlyMap<string, string>

const DIRECTORY = 'app/0_0/store'
const COMMITS = 160
/** Flips in the files of one store. */
const FLIPS_EACH = 400

export async function flipLsm(flips: number, seed: number): Promise<FlipReport> {
  const report = { flips: 0, found: 0, harmless: 0, failures: [] as string[] }
  for (let store = 0; report.flips < flips; store++) {
    const prng = seededPrng(seed + store)
    const disk = new MemoryDisk()
    const states = await fill(disk, prng)
    const files = [...disk.snapshot()]
    for (let i = 0; i < FLIPS_EACH && report.flips < flips; i++) {
      const outcome = flipOne(files, states, prng)
      report.flips++
      if (outcome === 'found') report.found++
      else if (outcome === 'harmless') report.harmless++
      else report.failures.push(`seed ${seed + store}: ${outcome}`)
    }
  }
  return report
}

function open(disk: MemoryDisk, isCompressed: boolean): LsmStore {
  return new LsmStore({
    disk,
    directory: DIRECTORY,
    name: 'store',
    memory: new LsmMemory({ tableBytesMax: 900, blockBytes: 120 }),
    compactor: new InlineCompactor(disk),
    compression: isCompressed ? 'lz4' : 'none',
    segmentBytes: 0,
  })
}

/** The content after each commit. */
async function fill(disk: MemoryDisk, prng: Prng): Promise<readonly Content[]> {
  const store = open(disk, prng.integer(2) === 0)
  const states: Map<string, string>[] = [new Map()]
  for (let i = 1; i <= COMMITS; i++) {
    const state = new Map(states.at(-1))
    const changes: ByteChange[] = []
    for (let left = 1 + prng.integer(5); left > 0; left--) {
      const key = `key-${prng.integer(60)}`
      const value = prng.integer(5) === 0 ? null : `${i}.${'x'.repeat(prng.integer(40))}`
      changes.push([Buffer.from(key), value === null ? null : Buffer.from(value)])
      if (value === null) state.delete(key)
      else state.set(key, value)
    }
    store.commit(changesOf(changes), { changelogs: new Map(), streamTimeMs: i })
    states.push(state)
  }
  await store.close()
  return states
}

/** 'found', 'harmless', or what is wrong. */
function flipOne(files: readonly (readonly [string, Buffer])[], states: readonly Content[], prng: Prng): string {
  const [path, bytes] = files[prng.integer(files.length)] as readonly [string, Buffer]
  const at = prng.integer(bytes.length)
  const flipped = Buffer.from(bytes)
  flipped[at] = (flipped[at] as number) ^ (1 << prng.integer(8))
  const disk = new MemoryDisk()
  disk.makeDirectory(DIRECTORY)
  for (const [name, content] of files) disk.replaceFile(name, name === path ? flipped : content)
  try {
    const store = open(disk, false)
    const expected = states[store.position()?.streamTimeMs ?? 0]
    const problem = expected === undefined ? 'a position that never was' : difference(store, expected)
    return problem === undefined ? 'harmless' : `${path} at ${at}: ${problem}`
  } catch (error) {
    const isFound = error instanceof TidemillError && (error.code === 'store-corrupt' || error.code === 'store-too-new')
    return isFound ? 'found' : `${path} at ${at}: ${(error as Error).stack}`
  }
}

/** By a scan, and by a look-up of each key. */
function difference(store: LsmStore, expected: Content): string | undefined {
  const found = new Map<string, string>()
  const cursor = store.cursor({})
  while (cursor.next()) found.set(keyCopy(cursor).toString(), valueCopy(cursor).toString())
  if (found.size !== expected.size) return `${found.size} entries, not ${expected.size}`
  for (const [key, value] of expected) {
    if (found.get(key) !== value) return `a scan gives ${key} = ${found.get(key)}, not ${value}`
    const view = store.get(Buffer.from(key), 0, key.length)
    const got = view === undefined ? undefined : valueCopy(view).toString()
    if (got !== value) return `get ${key} = ${got}, not ${value}`
  }
  return undefined
}
