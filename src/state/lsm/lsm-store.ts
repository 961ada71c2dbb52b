// A byte store on disk: a table in memory with its log, sorted runs below, newest first. Layout of the files: FORMAT.md.
//
// Invariants: the manifest names all runs that count and the one log that may hold later commits; other files are leftovers and
// removed on open. A commit is in the log before it is in the table, so a crash leaves a prefix of the commits, data and position
// alike. A run is synced before the manifest names it, and the manifest is synced before the log of what is in it goes.
import { type Disk, assert } from '../../base/index.ts'
import type { ByteChanges, ByteCursor, ByteRange, ByteStore, ByteView, StorePosition } from '../byte-store.ts'
import { ByteTable, compareKeys, compareRanges, hashRange } from '../byte-table.ts'
import { Compaction, runPath, runsToMerge, walPath } from './compaction.ts'
import { LayeredCursor } from './layered-cursor.ts'
import type { LsmMemory } from './lsm-memory.ts'
import { EMPTY_MANIFEST, type Manifest, readManifest, writeManifest } from './manifest.ts'
import { Run } from './run.ts'
import { RunCursor } from './run-cursor.ts'
import { RunWriter } from './run-writer.ts'
import { Wal, replayWal } from './wal.ts'

/** A commit merges so many times the bytes that it brings, so that merging keeps up with writing. */
const MERGE_PACE = 8
const MERGE_BYTES_MIN = 64 * 1_024
/** Beyond so many runs a commit merges until there are fewer. */
const RUNS_MAX = 24

export class LsmStore implements ByteStore {
  readonly name: string
  readonly #disk: Disk
  readonly #directory: string
  readonly #memory: LsmMemory
  readonly #table = new ByteTable()
  #wal: Wal
  #runs: Run[] = []
  #walId: number
  #nextId: number
  #floor: Buffer
  #position: StorePosition | undefined
  /** Of what the runs hold: the log goes on from there. */
  #runsPosition: StorePosition | undefined
  #compaction: Compaction | undefined
  #isClosed = false

  /** Opens the store in the directory, or makes it. Throws TaskCorruptedError where its files are damaged. */
  constructor(disk: Disk, directory: string, name: string, memory: LsmMemory) {
    this.name = name
    this.#disk = disk
    this.#directory = directory
    this.#memory = memory
    makeDurableDirectory(disk, directory)
    const manifest = readManifest(disk, directory) ?? EMPTY_MANIFEST
    this.#walId = manifest.walId
    this.#nextId = manifest.nextId
    this.#floor = manifest.floor
    this.#position = manifest.position
    this.#removeLeftovers(manifest)
    this.#openRuns(manifest)
    this.#wal = this.#replay()
    memory.add(this)
    this.#startCompaction()
  }

  // ---- reading ----

  get(key: Uint8Array, start: number, end: number): ByteView | undefined {
    const table = this.#table
    if (table.size !== 0 && table.find(key, start, end)) return table.valueEnd < 0 ? undefined : table
    if (this.#runs.length === 0 || this.#isBelowFloor(key, start, end)) return undefined
    const hash = hashRange(key, start, end)
    for (const run of this.#runs) {
      const view = run.find(key, start, end, hash)
      if (view !== undefined) return view.valueEnd < 0 ? undefined : view
    }
    return undefined
  }

  cursor({ gte, lt, reverse = false }: ByteRange): ByteCursor {
    const floor = this.#floor
    const from = gte === undefined || compareKeys(gte, floor) < 0 ? floor : gte
    const layers: ByteCursor[] = this.#runs
      .filter((run) => overlaps(run, from, lt))
      .map((run) => new RunCursor(run, from, lt, reverse))
    if (this.#table.size > 0) layers.unshift(this.#table.cursor(from, lt, reverse))
    return new LayeredCursor(layers, reverse, false)
  }

  position(): StorePosition | undefined {
    return this.#position
  }

  approximateCount(): number {
    const inRuns = this.#runs.reduce((sum, run) => sum + run.entryCount - 2 * run.deletionCount, 0)
    return Math.max(0, inRuns) + this.#table.size
  }

  approximateBytes(): number {
    return this.#runs.reduce((sum, run) => sum + run.byteCount, this.#table.byteCount)
  }

  /** What the table in memory takes up. */
  get tableBytes(): number {
    return this.#table.byteCount
  }

  // ---- writing ----

  commit(changes: ByteChanges, position: StorePosition): void {
    assert(!this.#isClosed, () => `commit to store ${this.name}, which is closed`)
    const table = this.#table
    const before = this.#wal.byteCount
    this.#wal.append(changes, position, this.#floor, (buffer, keyStart, keyEnd, valueStart, valueEnd) =>
      table.put(buffer, keyStart, keyEnd, buffer, valueStart, valueEnd),
    )
    this.#position = position
    const bytes = this.#wal.byteCount - before
    if (table.byteCount > this.#memory.tableBytesMax) this.writeTable()
    else this.#memory.makeRoom()
    this.#merge(Math.max(MERGE_BYTES_MIN, bytes * MERGE_PACE))
  }

  load(changes: ByteChanges, position: StorePosition): void {
    this.commit(changes, position)
  }

  backlog(): Promise<void> | undefined {
    return undefined
  }

  deleteBelow(key: Uint8Array): void {
    if (compareKeys(key, this.#floor) <= 0) return
    this.#floor = Buffer.from(key)
    this.#table.removeBelow(key)
    const isDead = (run: Run): boolean => compareKeys(run.lastKey, key) < 0
    if (!this.#runs.some(isDead)) {
      this.#wal.append({ each: () => undefined }, this.#position, this.#floor, () => undefined)
      return
    }
    this.#abandonCompaction()
    const dead = this.#runs.filter(isDead)
    const runs = this.#runs.filter((run) => !isDead(run))
    this.#writeManifest(runs, this.#walId, this.#runsPosition)
    this.#runs = runs
    retire(dead)
    this.#startCompaction()
  }

  /** Writes the table in memory as a run. */
  writeTable(): void {
    const table = this.#table
    if (table.size === 0) return
    const id = this.#nextId++
    const run = this.#writeRun(runPath(this.#directory, id), id)
    const walId = this.#nextId++
    const runs = run === undefined ? this.#runs : [run, ...this.#runs]
    this.#writeManifest(runs, walId, this.#position)
    const oldWal = this.#wal
    this.#runs = runs
    this.#walId = walId
    this.#runsPosition = this.#position
    this.#wal = new Wal(this.#disk, walPath(this.#directory, walId), 0)
    oldWal.remove()
    table.clear()
    this.#startCompaction()
  }

  async flush(): Promise<void> {
    this.writeTable()
  }

  /** Merges all runs into one. */
  compact(): void {
    this.writeTable()
    this.#abandonCompaction()
    if (this.#runs.length > 1) this.#begin(this.#runs)
    this.#merge(Infinity)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#shut()
    await this.#wal.sync()
    this.#wal.close()
  }

  async destroy(): Promise<void> {
    if (!this.#isClosed) {
      this.#shut()
      this.#wal.close()
    }
    for (const name of this.#disk.list(this.#directory)) this.#disk.remove(`${this.#directory}/${name}`)
    if (this.#disk.isDirectory(this.#directory)) this.#disk.removeDirectory(this.#directory)
  }

  #shut(): void {
    this.#isClosed = true
    this.#abandonCompaction()
    this.#memory.remove(this)
    for (const run of this.#runs) run.release()
    this.#runs = []
    this.#table.clear()
  }

  // ---- opening ----

  #removeLeftovers({ runs, walId }: Manifest): void {
    const kept = new Set(['MANIFEST', `wal-${walId}`, ...runs.map((id) => `run-${id}`)])
    for (const name of this.#disk.list(this.#directory)) {
      if (!kept.has(name)) this.#disk.remove(`${this.#directory}/${name}`)
    }
  }

  #openRuns({ runs }: Manifest): void {
    try {
      for (const id of runs) {
        this.#runs.push(new Run(this.#disk, runPath(this.#directory, id), id, this.#memory.blocks))
      }
    } catch (error) {
      for (const run of this.#runs) run.release()
      throw error
    }
  }

  #replay(): Wal {
    const table = this.#table
    const path = walPath(this.#directory, this.#walId)
    this.#runsPosition = this.#position
    const end = replayWal(this.#disk, path, {
      entry: (buffer, keyStart, keyEnd, valueStart, valueEnd) =>
        table.put(buffer, keyStart, keyEnd, buffer, valueStart, valueEnd),
      position: (position) => (this.#position = position),
      floor: (floor) => {
        if (compareKeys(floor, this.#floor) <= 0) return
        this.#floor = floor
        table.removeBelow(floor)
      },
    })
    return new Wal(this.#disk, path, end)
  }

  // ---- runs ----

  /** undefined where there is nothing to write: only deletions of what is not there. */
  #writeRun(path: string, id: number): Run | undefined {
    const keepsDeletions = this.#runs.length > 0
    const writer = new RunWriter(this.#disk, path, this.#memory.blockBytes)
    try {
      const cursor = this.#table.cursor(undefined, undefined, false)
      while (cursor.next()) {
        const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
        if (valueEnd >= 0 || keepsDeletions) writer.add(buffer, keyStart, keyEnd, valueStart, valueEnd)
      }
      if (writer.entryCount > 0) {
        writer.finish()
        writer.syncNow()
        writer.close()
        return new Run(this.#disk, path, id, this.#memory.blocks)
      }
    } catch (error) {
      writer.close()
      this.#disk.remove(path)
      throw error
    }
    writer.close()
    this.#disk.remove(path)
    return undefined
  }

  #writeManifest(runs: readonly Run[], walId: number, position: StorePosition | undefined): void {
    const ids = runs.map(({ id }) => id)
    const content = { runs: ids, walId, nextId: this.#nextId, position, floor: this.#floor }
    writeManifest(this.#disk, this.#directory, content)
  }

  #isBelowFloor(key: Uint8Array, start: number, end: number): boolean {
    const floor = this.#floor
    return floor.length > 0 && compareRanges(key, start, end, floor, 0, floor.length) < 0
  }

  // ---- merging ----

  #startCompaction(): void {
    if (this.#compaction !== undefined) return
    const count = runsToMerge(this.#runs, this.#memory.tableBytesMax)
    if (count > 0) this.#begin(this.#runs.slice(0, count))
  }

  #begin(inputs: readonly Run[]): void {
    this.#compaction = new Compaction({
      disk: this.#disk,
      directory: this.#directory,
      memory: this.#memory,
      id: this.#nextId++,
      inputs,
      dropsDeletions: inputs.at(-1) === this.#runs.at(-1),
      floor: this.#floor,
    })
  }

  #merge(byteBudget: number): void {
    while (this.#compaction !== undefined) {
      const budget = this.#runs.length > RUNS_MAX ? Infinity : byteBudget
      try {
        if (!this.#compaction.step(budget)) return
        this.#finishCompaction(this.#compaction)
      } catch (error) {
        this.#abandonCompaction()
        throw error
      }
    }
  }

  #finishCompaction(compaction: Compaction): void {
    const { inputs } = compaction
    const merged = compaction.finish()
    const at = this.#runs.indexOf(inputs[0] as Run)
    const runs = this.#runs.toSpliced(at, inputs.length, ...(merged === undefined ? [] : [merged]))
    this.#writeManifest(runs, this.#walId, this.#runsPosition)
    this.#runs = runs
    this.#compaction = undefined
    retire(inputs)
    this.#startCompaction()
  }

  #abandonCompaction(): void {
    this.#compaction?.abandon()
    this.#compaction = undefined
  }
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

function retire(runs: readonly Run[]): void {
  for (const run of runs) {
    run.markObsolete()
    run.release()
  }
}

function overlaps(run: Run, gte: Uint8Array, lt: Uint8Array | undefined): boolean {
  return compareKeys(run.lastKey, gte) >= 0 && (lt === undefined || compareKeys(run.firstKey, lt) < 0)
}
