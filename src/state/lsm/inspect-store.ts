// Looks at a store that nobody has open, and changes nothing: what the command line reads, and what it verifies.
import { type Disk, TidemillError } from '../../base/index.ts'
import type { ByteCursor, ByteRange, ByteView, StorePosition } from '../byte-store.ts'
import { compareKeys, hashRange } from '../byte-order.ts'
import { BlockCache } from './block-cache.ts'
import { readFiles } from './open-files.ts'
import { countOf, cursorOver, getFrom } from './read-layers.ts'
import type { Run } from './run.ts'
import { RunScan } from './run-scan.ts'
import { isInSegment, segmentOf } from './segment.ts'

/** A store on disk that is only read. */
export interface StoreReader {
  readonly position: StorePosition | undefined
  readonly approximateCount: number
  /** The value of the key `key[start..end)`, until the next call. */
  get(key: Uint8Array, start: number, end: number): ByteView | undefined
  cursor(range: ByteRange): ByteCursor
  close(): void
}

export interface StoreReport {
  /** What is wrong, each with file and offset; empty: nothing. */
  readonly problems: readonly string[]
  /** undefined where the store cannot be opened. */
  readonly position: StorePosition | undefined
  readonly runs: number
  /** Entries of all files, older ones and deletions too. */
  readonly entries: number
  readonly deletions: number
  /** Of all files in the directory. */
  readonly byteCount: number
  /** Files that belong to nothing: a crash has left them, the next open removes them. */
  readonly leftovers: readonly string[]
}

const CACHE_BYTES = 8 * 1_024 * 1_024

/** Whether a directory is that of a store. */
export function isStoreDirectory(disk: Disk, directory: string): boolean {
  return disk.list(directory).some((name) => name === 'MANIFEST' || /^wal-\d+$/.test(name))
}

/**
 * Opens a store for reading; its files stay as they are. The store must not be open elsewhere.
 * @throws store-corrupt where a file is damaged, store-too-new where a newer version wrote it
 */
export function readStore(disk: Disk, directory: string): StoreReader {
  const files = readFiles(disk, directory, new BlockCache(CACHE_BYTES))
  return {
    position: files.position,
    approximateCount: countOf(files),
    get: (key, start, end) => getFrom(files, key, start, end),
    cursor: (range) => cursorOver(files, range),
    close() {
      for (const run of files.groups.all()) run.release()
    },
  }
}

/** Reads every byte of a store that is not open and says what is wrong. */
export function verifyStore(disk: Disk, directory: string): StoreReport {
  const problems: string[] = []
  const names = disk.list(directory)
  const byteCount = names.reduce((sum, name) => sum + sizeOf(disk, `${directory}/${name}`), 0)
  try {
    const files = readFiles(disk, directory, new BlockCache(CACHE_BYTES))
    const runs = files.groups.all()
    for (const run of runs) problems.push(...problemsOf(run, files.segmentBytes))
    const tables = [...files.waiting, files.table]
    const entries = [...runs, ...tables].reduce((sum, { entryCount }) => sum + entryCount, 0)
    const deletions = runs.reduce((sum, { deletionCount }) => sum + deletionCount, 0)
    for (const run of runs) run.release()
    const { position, leftovers } = files
    return { problems, position, runs: runs.length, entries, deletions, byteCount, leftovers }
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    problems.push(error.message)
    return { problems, position: undefined, runs: 0, entries: 0, deletions: 0, byteCount, leftovers: [] }
  }
}

/** Checks all blocks: their checksums, the order of keys, the counts, and that the filter lets all keys through. */
function problemsOf(run: Run, segmentBytes: number): string[] {
  const problems: string[] = []
  const scan = new RunScan(run)
  let entries = 0
  let deletions = 0
  let last: Buffer | undefined
  try {
    while (scan.next()) {
      const { buffer, keyStart, keyEnd } = scan
      const key = Buffer.from(buffer.subarray(keyStart, keyEnd))
      if (last !== undefined && compareKeys(last, key) >= 0)
        problems.push(`${run.path}: entry ${entries} is not in order`)
      if (!run.mayHave(hashRange(key, 0, key.length)))
        problems.push(`${run.path}: the filter does not know entry ${entries}`)
      const segment = segmentOf(run.firstKey, 0, run.firstKey.length, segmentBytes)
      if (!isInSegment(segment, key, 0, key.length, segmentBytes))
        problems.push(`${run.path}: entry ${entries} is of another segment`)
      entries++
      if (scan.valueEnd < 0) deletions++
      last = key
    }
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error
    return [...problems, error.message]
  }
  if (entries !== run.entryCount || deletions !== run.deletionCount)
    problems.push(`${run.path}: ${entries} entries and ${deletions} deletions, its footer says otherwise`)
  if (last !== undefined && compareKeys(last, run.lastKey) !== 0)
    problems.push(`${run.path}: its last key is not the one that its index has`)
  return problems
}

function sizeOf(disk: Disk, path: string): number {
  const file = disk.open(path, 'read')
  try {
    return file.size()
  } finally {
    file.close()
  }
}
