// Finds out what a store consists of when it is opened: the runs that its manifest names, and the logs that go on from there, each
// where the one before ends. All other files are leftovers of a crash and removed.
import type { Disk } from '../../base/index.ts'
import type { StorePosition } from '../byte-store.ts'
import { compareKeys } from '../byte-order.ts'
import type { BlockCache } from './block-cache.ts'
import { runPath } from './job-run.ts'
import { LogTable } from './log-table.ts'
import { MANIFEST_NAME, type Manifest, readManifest } from './manifest.ts'
import { Run } from './run.ts'
import { RunGroups } from './run-groups.ts'
import { storeCorrupt } from './store-corrupt.ts'

/** The store goes on with it and changes it. */
export interface StoreFiles {
  readonly groups: RunGroups
  /** Takes commits. */
  table: LogTable
  /** Complete, not written yet; oldest first. */
  readonly waiting: LogTable[]
  readonly nextId: number
  /** Keys below are gone. */
  floor: Buffer
  readonly position: StorePosition | undefined
  /** Of what the runs hold. */
  readonly runsPosition: StorePosition | undefined
}

export interface ReadFiles extends StoreFiles {
  readonly segmentBytes: number
  /** Files that belong to nothing. */
  readonly leftovers: readonly string[]
}

interface Place {
  readonly disk: Disk
  readonly directory: string
  readonly segmentBytes: number
  readonly memory: { readonly blocks: BlockCache }
}

const EMPTY: Omit<Manifest, 'segmentBytes'> = {
  runs: [],
  walId: 0,
  nextId: 1,
  position: undefined,
  floor: Buffer.alloc(0),
}

/** Opens the files of a store, and makes its directory where it is missing. Throws TaskCorruptedError where they are damaged. */
export function openFiles({ disk, directory, segmentBytes, memory }: Place): StoreFiles {
  makeDurableDirectory(disk, directory)
  const manifest = readManifest(disk, directory) ?? { ...EMPTY, segmentBytes }
  if (manifest.segmentBytes !== segmentBytes) {
    const problem = `its keys have segments of ${manifest.segmentBytes} bytes, not ${segmentBytes}: it was another kind of store`
    throw storeCorrupt(`${directory}/${MANIFEST_NAME}`, 0, problem)
  }
  const files = findFiles(disk, directory, manifest, memory.blocks)
  for (const name of files.leftovers) disk.remove(`${directory}/${name}`)
  return files
}

/** As openFiles, and changes nothing; what was never written is an empty store. */
export function readFiles(disk: Disk, directory: string, blocks: BlockCache): ReadFiles {
  return findFiles(disk, directory, readManifest(disk, directory) ?? { ...EMPTY, segmentBytes: 0 }, blocks)
}

function findFiles(disk: Disk, directory: string, manifest: Manifest, blocks: BlockCache): ReadFiles {
  const names = disk.list(directory)
  const tables = readLogs(disk, directory, names, manifest.walId)
  const leftovers = leftoversOf(names, manifest, tables)
  const isSure = !leftovers.some((name) => name.startsWith('wal-') && idOf(name) >= manifest.walId)
  const nextId = Math.max(manifest.nextId, ...names.map((name) => idOf(name) + 1))
  const last = tables.at(-1)
  // A log is written to again only where nothing can lie behind its end.
  const isReused = last !== undefined && isSure && !last.isTorn
  return {
    groups: openRuns(disk, directory, manifest, blocks),
    table: isReused ? last : nextLog(disk, directory, last, manifest, isSure, nextId),
    waiting: isReused ? tables.slice(0, -1) : tables,
    nextId: nextId + 1,
    floor: tables.reduce((floor, each) => (compareKeys(each.floor, floor) > 0 ? each.floor : floor), manifest.floor),
    position: tables.findLast(({ position }) => position !== undefined)?.position ?? manifest.position,
    runsPosition: manifest.position,
    segmentBytes: manifest.segmentBytes,
    leftovers,
  }
}

/** A log that goes on from the last one, or is the first. */
function nextLog(
  disk: Disk,
  directory: string,
  last: LogTable | undefined,
  { walId }: Manifest,
  isSure: boolean,
  nextId: number,
): LogTable {
  const isFirst = last === undefined && isSure
  const id = isFirst ? walId : nextId
  const previous = isFirst ? undefined : (last?.logEnd ?? { id: walId, end: 0 })
  return new LogTable(disk, `${directory}/wal-${id}`, id, previous)
}

/** With its parents, each sure to be found after a loss of power. */
function makeDurableDirectory(disk: Disk, directory: string): void {
  const parts = directory.split('/')
  for (let i = 1; i <= parts.length; i++) {
    const path = parts.slice(0, i).join('/')
    if (disk.isDirectory(path)) continue
    disk.makeDirectory(path)
    disk.syncDirectory(parts.slice(0, i - 1).join('/'))
  }
}

/**
 * The logs from the first one on, as long as each goes on where the one before ends. The first may be missing, where it had no
 * record; then another says that it ended at 0.
 */
export function readLogs(disk: Disk, directory: string, names: readonly string[], firstId: number): LogTable[] {
  const ids = names
    .filter((name) => name.startsWith('wal-'))
    .map(idOf)
    .sort((a, b) => a - b)
  const tables: LogTable[] = []
  for (const id of ids) {
    if (id < firstId) continue
    const table = LogTable.read(disk, `${directory}/wal-${id}`, id)
    if (table === undefined) continue
    const before = tables.at(-1)?.logEnd ?? { id: firstId, end: 0 }
    const goesOn = table.previous?.id === before.id && table.previous.end === before.end
    if (goesOn || (id === firstId && tables.length === 0)) tables.push(table)
  }
  return tables
}

function leftoversOf(names: readonly string[], { runs }: Manifest, tables: readonly LogTable[]): readonly string[] {
  const kept = new Set([MANIFEST_NAME, ...runs.map((id) => `run-${id}`), ...tables.map(({ id }) => `wal-${id}`)])
  return names.filter((name) => !kept.has(name))
}

function openRuns(disk: Disk, directory: string, { runs, segmentBytes }: Manifest, blocks: BlockCache): RunGroups {
  const groups = new RunGroups(segmentBytes)
  try {
    for (const id of runs) groups.addOldest(openRun(disk, runPath(directory, id), id, blocks))
  } catch (error) {
    for (const run of groups.all()) run.release()
    throw error
  }
  return groups
}

function openRun(disk: Disk, path: string, id: number, blocks: BlockCache): Run {
  if (!disk.exists(path)) throw storeCorrupt(path, 0, 'the manifest names it, and it is not there')
  return new Run(disk, path, id, blocks)
}

/** -1: it has none. */
function idOf(name: string): number {
  const found = /^(?:run|wal)-(\d+)$/.exec(name)
  return found === null ? -1 : Number(found[1])
}
