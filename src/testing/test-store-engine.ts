import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeDisk, systemPrng } from '../base/index.ts'
import type { ByteStore, StoreEngine } from '../state/index.ts'
import { type StoreSubject, checkCounts, expectEqual, playHistories } from './store-histories.ts'

/** Options of {@link testStoreEngine}. */
export interface StoreEngineTestOptions {
  /** Random histories that are played, with and without segments. @defaultValue 200 */
  readonly runs?: number
  /** Of the first history, to play one again that failed. @defaultValue a random one, which a failure tells */
  readonly seed?: number
  /** Each store gets a directory in it. @defaultValue a new folder in the system's for temporary files */
  readonly directory?: string
}

/**
 * Holds an engine of stores to its contract, the one that Tidemill's own engines are held to: random histories of commits, reads, scans in
 * both directions (also while it is written), expiry, flushes and openings anew, against a sorted array. What it does not do: cut the
 * power. It works in any test runner.
 *
 * @throws AssertionError with the shortest history in which the engine differs, and its seed.
 * @example
 * const checkEngine = (engine: StoreEngine): Promise<void> => testStoreEngine(engine, { runs: 500 })
 */
export async function testStoreEngine(engine: StoreEngine, options: StoreEngineTestOptions = {}): Promise<void> {
  const random = systemPrng()
  const { runs = 200, seed = random.integer(1_000_000_000) } = options
  const { directory = join(tmpdir(), `tidemill-store-engine-${random.uuid()}`) } = options
  const disk = new NodeDisk(directory)
  for (const segmentBytes of [0, 1]) {
    const subject = subjectOf(engine, directory, segmentBytes)
    await checkCounts(subject)
    await playHistories(subject, { runs: Math.ceil(runs / 2), seed })
  }
  await checkDestroyed(subjectOf(engine, directory, 0))
  if (options.directory === undefined && disk.list('').length === 0) disk.removeDirectory('')
}

function subjectOf(engine: StoreEngine, directory: string, segmentBytes: number): StoreSubject {
  let count = 0
  const places = new WeakMap<ByteStore, string>()
  const openAt = (place: string): ByteStore => {
    const store = engine.open('store', { taskId: '0_0', directory: place, segmentBytes })
    places.set(store, place)
    expectEqual(store.name, 'store', 'the name of the store')
    return store
  }
  return {
    open: () => openAt(join(directory, `${segmentBytes}-${count++}`)),
    reopen: engine.type === 'disk' ? (closed) => openAt(places.get(closed) as string) : undefined,
  }
}

async function checkDestroyed(subject: StoreSubject): Promise<void> {
  const store = subject.open()
  store.commit({ each: (visit) => visit(Buffer.from('kv'), 0, 1, 1, 2) }, { changelogs: new Map(), streamTimeMs: 1 })
  await store.destroy()
  if (subject.reopen === undefined) return
  const empty = subject.reopen(store)
  expectEqual(empty.position(), undefined, 'position() after destroy()')
  expectEqual(empty.cursor({}).next(), false, 'whether there are rows after destroy()')
  await empty.destroy()
}
