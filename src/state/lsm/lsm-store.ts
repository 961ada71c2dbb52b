// A byte store on disk: a table in memory with its log, complete tables that wait to be written, sorted runs below. Layout of the
// files: FORMAT.md. Runs are written and merged by the compactor, on another thread where the host has one.
//
// Invariants: the manifest names all runs that count and the first log that holds later commits; each log names the one that it
// goes on from and where that ends. Other files are leftovers and removed on open. A commit is in the log before it is in the table,
// so a crash leaves a prefix of the commits, data and position alike. Runs are durable before the manifest names them, and the
// manifest is durable before what it names no more goes. What fails in the background changes nothing and is tried again by the next
// commit; commits wait for it, and throw what it throws, when too much waits.
import { type Disk, TaskCorruptedError, assert } from '../../base/index.ts'
import type { ByteChanges, ByteCursor, ByteRange, ByteStore, ByteView, StorePosition } from '../byte-store.ts'
import { compareKeys } from '../byte-order.ts'
import type { CompactionJob, CompactionOutcome, CompactionTicket, Compactor } from './compactor.ts'
import { runPath } from './job-run.ts'
import { LogTable } from './log-table.ts'
import type { LsmMemory, TableOwner } from './lsm-memory.ts'
import { encodeManifest } from './manifest.ts'
import { runsToMerge } from './merge-policy.ts'
import { type StoreFiles, openFiles } from './open-files.ts'
import { countOf, cursorOver, getFrom } from './read-layers.ts'
import { Run } from './run.ts'
import type { BlockCompression } from './run-format.ts'
import type { RunGroup, RunGroups } from './run-groups.ts'

/** A commit has so many times the bytes that it brings merged, where that is done within commits. */
const MERGE_PACE = 8
const MERGE_BYTES_MIN = 64 * 1_024
/** A table that is restored is so many times larger: it is not read, and there are fewer runs to merge. */
const LOAD_TABLES = 4
/** Where at least this share of a store was restored, its runs are merged into one for each segment as soon as that is done. */
const LOADED_SHARE = 0.5
/** Complete tables that wait: beyond, the owner should wait; far beyond, commits do. */
const WAITING_SOFT_MAX = 2
const WAITING_MAX = 4
/** The same for the runs of one segment. */
const RUNS_SOFT_MAX = 24
const RUNS_MAX = 48
/** At once: a long one, and short ones of what comes meanwhile. */
const MERGES_MAX = 2

export interface LsmStoreOptions {
  readonly disk: Disk
  readonly directory: string
  readonly name: string
  readonly memory: LsmMemory
  readonly compactor: Compactor
  readonly compression: BlockCompression
  readonly segmentBytes: number
}

interface Merge {
  readonly inputs: readonly Run[]
  /** Some of its inputs have expired: the result is not wanted. */
  isDropped: boolean
  ticket: CompactionTicket | undefined
}

export class LsmStore implements ByteStore, TableOwner {
  readonly name: string
  readonly #options: LsmStoreOptions
  readonly #groups: RunGroups
  /** Table, complete tables, runs, floor. */
  readonly #layers: StoreFiles
  #nextId: number
  #position: StorePosition | undefined
  /** Of what the runs hold: the first log goes on from there. */
  #runsPosition: StorePosition | undefined
  readonly #jobs = new Set<CompactionTicket>()
  #writing: CompactionTicket | undefined
  #publishing: CompactionTicket | undefined
  readonly #merges: Merge[] = []
  /** Something has changed that no manifest says. */
  #isDirty: boolean
  /** What the next manifest does not name any more. */
  #oldRuns: Run[] = []
  #oldTables: LogTable[] = []
  /** Log bytes that were loaded since the last commit or flush. */
  #loadedBytes = 0
  /** Those whose runs are to become one. */
  readonly #restored = new Set<RunGroup>()
  /** Damage that a job has found. */
  #damage: TaskCorruptedError | undefined
  /** Of the job that failed last. */
  #failure: unknown
  /** Jobs that have ended. */
  #endedCount = 0
  #wakers: (() => void)[] = []
  #isClosed = false

  /** Opens the store in the directory, or makes it. Throws TaskCorruptedError where its files are damaged. */
  constructor(options: LsmStoreOptions) {
    this.name = options.name
    this.#options = options
    const files = openFiles(options)
    this.#groups = files.groups
    this.#layers = files
    this.#nextId = files.nextId
    this.#position = files.position
    this.#runsPosition = files.runsPosition
    this.#oldRuns.push(...this.#groups.removeBelow(this.#floor))
    this.#isDirty = this.#oldRuns.length > 0
    options.memory.add(this)
    this.#schedule()
  }

  get #table(): LogTable {
    return this.#layers.table
  }

  get #waiting(): LogTable[] {
    return this.#layers.waiting
  }

  get #floor(): Buffer {
    return this.#layers.floor
  }

  // ---- reading ----

  get(key: Uint8Array, start: number, end: number): ByteView | undefined {
    return getFrom(this.#layers, key, start, end)
  }

  cursor(range: ByteRange): ByteCursor {
    return cursorOver(this.#layers, range)
  }

  position(): StorePosition | undefined {
    return this.#position
  }

  approximateCount(): number {
    return countOf(this.#layers)
  }

  approximateBytes(): number {
    return this.#groups.all().reduce((sum, run) => sum + run.byteCount, this.tableBytes + this.waitingBytes)
  }

  get tableBytes(): number {
    return this.#table.byteCount
  }

  get waitingBytes(): number {
    return this.#waiting.reduce((sum, table) => sum + table.byteCount, 0)
  }

  // ---- writing ----

  commit(changes: ByteChanges, position: StorePosition): void {
    this.#endLoad()
    this.#append(changes, position, this.#options.memory.tableBytesMax)
  }

  load(changes: ByteChanges, position: StorePosition): void {
    this.#loadedBytes += this.#append(changes, position, this.#options.memory.tableBytesMax * LOAD_TABLES)
  }

  deleteBelow(key: Uint8Array): void {
    if (compareKeys(key, this.#floor) <= 0) return
    const floor = Buffer.from(key)
    this.#table.append({ each: () => undefined }, this.#position, floor)
    this.#layers.floor = floor
    const dead = this.#groups.removeBelow(key)
    if (dead.length === 0) return
    this.#oldRuns.push(...dead)
    this.#dropMerges((run) => dead.includes(run))
    this.#isDirty = true
    this.#work(0)
  }

  /** Completes the table in memory: it is written in the background. */
  writeTable(): void {
    const table = this.#table
    if (!table.hasRecords) return
    const id = this.#nextId++
    this.#waiting.push(table)
    this.#layers.table = new LogTable(this.#options.disk, walPath(this.#options.directory, id), id, table.logEnd)
    this.#schedule()
  }

  /** Throws where the table cannot be written. */
  waitForWrite(): void {
    this.#failure = undefined
    this.#schedule()
    this.#writing?.finishNow()
    if (this.#failure !== undefined) throw this.#failure
  }

  backlog(): Promise<void> | undefined {
    if (!this.#isBehind(WAITING_SOFT_MAX, RUNS_SOFT_MAX)) return undefined
    const isDone = (): boolean => this.#isClosed || !this.#isBehind(WAITING_SOFT_MAX, RUNS_SOFT_MAX)
    // Commits throw what has gone wrong.
    return this.#until(isDone, () => this.#jobs).catch(() => undefined)
  }

  async flush(): Promise<void> {
    this.#raiseDamage()
    this.#endLoad()
    this.writeTable()
    const isDone = (): boolean => this.#waiting.length === 0 && !this.#isDirty && this.#publishing === undefined
    await this.#until(isDone, () => [this.#writing, this.#publishing])
  }

  /** Merges all runs of each segment into one, at once. */
  compact(): void {
    this.writeTable()
    while (this.#waiting.length > 0) this.waitForWrite()
    this.#dropMerges(() => true)
    for (const group of Array.from(this.#groups.groups)) {
      if (group.runs.length > 1 || group.runs.some(({ deletionCount }) => deletionCount > 0))
        this.#startMerge(group, group.runs.length).finishNow()
    }
    this.#failure = undefined
    while (this.#isDirty || this.#publishing !== undefined) {
      this.#schedule()
      this.#publishing?.finishNow()
      if (this.#failure !== undefined) throw this.#failure
    }
    // Files are gone, too.
    for (const ticket of this.#jobs) ticket.finishNow()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    await this.#end()
    if (this.#isDirty) this.#options.disk.replaceFile(`${this.#options.directory}/MANIFEST`, this.#manifest())
    await this.#table.sync()
    this.#release()
  }

  async destroy(): Promise<void> {
    if (!this.#isClosed) {
      await this.#end()
      this.#release()
    }
    const { disk, directory } = this.#options
    for (const name of disk.list(directory)) disk.remove(`${directory}/${name}`)
    if (disk.isDirectory(directory)) disk.removeDirectory(directory)
  }

  #append(changes: ByteChanges, position: StorePosition, tableBytesMax: number): number {
    assert(!this.#isClosed, () => `commit to store ${this.name}, which is closed`)
    const { memory } = this.#options
    this.#raiseDamage()
    this.#waitWhileBehind()
    memory.makeRoom()
    const before = this.#table.logBytes
    this.#table.append(changes, position, this.#floor)
    this.#position = position
    const bytes = this.#table.logBytes - before
    if (this.#table.logBytes > tableBytesMax) this.writeTable()
    this.#work(Math.max(MERGE_BYTES_MIN, bytes * MERGE_PACE))
    return bytes
  }

  /** From here on it is read: a store that was restored for the most part is merged once, so that a look-up meets one run. */
  #endLoad(): void {
    const loadedBytes = this.#loadedBytes
    if (loadedBytes === 0) return
    this.#loadedBytes = 0
    if (loadedBytes < this.approximateBytes() * LOADED_SHARE) return
    this.#restored.clear()
    for (const group of this.#groups.groups) this.#restored.add(group)
    this.#dropMerges(() => true)
  }

  #raiseDamage(): void {
    if (this.#damage !== undefined) throw this.#damage
  }

  #isBehind(waitingMax: number, runsMax: number): boolean {
    return this.#waiting.length > waitingMax || this.#groups.groups.some(({ runs }) => runs.length > runsMax)
  }

  #waitWhileBehind(): void {
    while (this.#waiting.length > WAITING_MAX) this.waitForWrite()
    while (this.#isBehind(WAITING_MAX, RUNS_MAX)) {
      this.#failure = undefined
      this.#schedule()
      if (this.#merges.length === 0) return
      for (const { ticket } of Array.from(this.#merges)) ticket?.finishNow()
      if (this.#failure !== undefined) throw this.#failure
    }
  }

  /** Ends all jobs. */
  async #end(): Promise<void> {
    this.#isClosed = true
    this.#options.memory.remove(this)
    this.#dropMerges(() => true)
    await this.#until(
      () => this.#jobs.size === 0,
      () => this.#jobs,
    )
  }

  #release(): void {
    for (const table of [this.#table, ...this.#waiting, ...this.#oldTables]) table.close()
    for (const run of [...this.#groups.all(), ...this.#oldRuns]) run.release()
    this.#groups.clear()
    this.#waiting.length = 0
    this.#oldRuns = []
    this.#oldTables = []
  }

  // ---- work in the background ----

  #work(byteBudget: number): void {
    this.#schedule()
    // Those that are started meanwhile come too.
    for (const ticket of this.#jobs) ticket.advance(byteBudget)
  }

  /** Starts what there is to do. */
  #schedule(): void {
    if (this.#isClosed || this.#damage !== undefined) return
    const first = this.#waiting[0]
    if (this.#writing === undefined && first !== undefined) this.#startWrite(first)
    this.#startMerges()
    if (this.#isDirty && this.#publishing === undefined) this.#startPublish()
  }

  #start(job: CompactionJob, done: (outcome: CompactionOutcome) => void): CompactionTicket {
    const ticket = this.#options.compactor.start(job, (outcome) => {
      this.#jobs.delete(ticket)
      this.#endedCount++
      done(outcome)
      // What failed is tried again by the next commit, not at once.
      if (outcome.error === undefined) this.#schedule()
      for (const wake of this.#wakers.splice(0)) wake()
    })
    this.#jobs.add(ticket)
    return ticket
  }

  #startWrite(table: LogTable): void {
    const firstId = this.#nextId
    this.#nextId += table.entryCount
    const job = {
      kind: 'write' as const,
      ...this.#runOptions(),
      walPath: table.path,
      walId: table.id,
      firstId,
      dropsDeletions: this.#groups.groups.length === 0,
    }
    this.#writing = this.#start(job, (outcome) => {
      this.#writing = undefined
      this.#settle(outcome, (runs) => {
        for (const run of runs) this.#groups.addNewest(run)
        assert(this.#waiting.shift() === table, () => `${table.path} was written out of turn`)
        this.#runsPosition = table.position ?? this.#runsPosition
        this.#oldTables.push(table)
      })
    })
  }

  #startMerges(): void {
    for (const group of this.#groups.groups) {
      if (this.#merges.length >= MERGES_MAX) return
      // Only what is newer than what is being merged: an older run must not come to stand before a newer one.
      const busy = group.runs.findIndex((run) => this.#merges.some(({ inputs }) => inputs.includes(run)))
      const free = busy < 0 ? group.runs : group.runs.slice(0, busy)
      const count =
        this.#restored.has(group) && group.runs.length <= RUNS_SOFT_MAX
          ? this.#restoredRuns(group, busy >= 0)
          : runsToMerge(free, this.#options.memory.tableBytesMax)
      if (count > 1) this.#startMerge(group, count)
    }
  }

  /** All, once what was loaded is written and merges that were under way have ended. */
  #restoredRuns(group: RunGroup, isBusy: boolean): number {
    if (isBusy || this.#waiting.length > 0) return 0
    this.#restored.delete(group)
    return group.runs.length
  }

  #startMerge({ runs }: RunGroup, count: number): CompactionTicket {
    const inputs = runs.slice(0, count)
    const merge: Merge = { inputs, isDropped: false, ticket: undefined }
    const job = {
      kind: 'merge' as const,
      ...this.#runOptions(),
      inputs: inputs.map(({ id }) => id),
      byteCount: inputs.reduce((sum, { byteCount }) => sum + byteCount, 0),
      id: this.#nextId++,
      dropsDeletions: count === runs.length,
    }
    this.#merges.push(merge)
    merge.ticket = this.#start(job, (outcome) => {
      this.#merges.splice(this.#merges.indexOf(merge), 1)
      if (merge.isDropped) this.#removeFiles(outcome.runs.map((id) => runPath(this.#options.directory, id)))
      else {
        this.#settle(outcome, (merged) => {
          this.#groups.replace(inputs, merged[0])
          this.#oldRuns.push(...inputs)
        })
      }
    })
    return merge.ticket
  }

  #dropMerges(isDead: (run: Run) => boolean): void {
    for (const merge of Array.from(this.#merges)) {
      if (merge.isDropped || !merge.inputs.some(isDead)) continue
      merge.isDropped = true
      merge.ticket?.cancel()
    }
  }

  #startPublish(): void {
    const { directory } = this.#options
    const oldRuns = this.#oldRuns.splice(0)
    const oldTables = this.#oldTables.splice(0)
    this.#isDirty = false
    this.#publishing = this.#start({ kind: 'publish', directory, manifest: this.#manifest() }, ({ error }) => {
      this.#publishing = undefined
      if (error !== undefined) {
        this.#failure = error
        this.#isDirty = true
        this.#oldRuns.push(...oldRuns)
        this.#oldTables.push(...oldTables)
        return
      }
      for (const table of oldTables) table.close()
      this.#removeFiles(oldTables.map(({ path }) => path))
      for (const run of oldRuns) run.retire((path) => this.#removeFiles([path]))
    })
  }

  /** Takes up what a job has made: opens its runs, and has the manifest say so. */
  #settle({ runs, error }: CompactionOutcome, take: (runs: readonly Run[]) => void): void {
    if (this.#isClosed) return
    try {
      if (error !== undefined) throw error
      take(this.#openRuns(runs))
      this.#isDirty = true
    } catch (problem) {
      this.#failure = problem
      if (problem instanceof TaskCorruptedError) this.#damage = problem
    }
  }

  #openRuns(ids: readonly number[]): readonly Run[] {
    const { disk, directory, memory } = this.#options
    const runs: Run[] = []
    try {
      for (const id of ids) runs.push(new Run(disk, runPath(directory, id), id, memory.blocks))
    } catch (error) {
      for (const run of runs) run.release()
      throw error
    }
    return runs
  }

  #removeFiles(paths: readonly string[]): void {
    if (paths.length === 0) return
    const { disk } = this.#options
    // A cursor may have outlived the store.
    if (this.#isClosed) for (const path of paths) disk.remove(path)
    // What cannot be removed is removed on open.
    else this.#start({ kind: 'remove', paths }, () => undefined).advance(Infinity)
  }

  /** Waits until it is so; works off what is given, where the work is done here. Throws what a job throws. */
  async #until(isSo: () => boolean, work: () => Iterable<CompactionTicket | undefined>): Promise<void> {
    this.#failure = undefined
    this.#schedule()
    while (!isSo()) {
      const ended = this.#endedCount
      for (const ticket of work()) ticket?.advance(Infinity)
      if (this.#failure !== undefined && !this.#isClosed) throw this.#failure
      if (ended !== this.#endedCount) continue
      await new Promise<void>((resolve) => this.#wakers.push(resolve))
    }
  }

  #runOptions(): Pick<
    CompactionJob & { kind: 'merge' },
    'directory' | 'blockBytes' | 'compression' | 'segmentBytes' | 'floor'
  > {
    const { directory, memory, compression, segmentBytes } = this.#options
    return { directory, blockBytes: memory.blockBytes, compression, segmentBytes, floor: this.#floor }
  }

  #manifest(): Buffer {
    return encodeManifest({
      runs: this.#groups.all().map(({ id }) => id),
      walId: (this.#waiting[0] ?? this.#table).id,
      nextId: this.#nextId,
      position: this.#runsPosition,
      floor: this.#floor,
      segmentBytes: this.#options.segmentBytes,
    })
  }
}

export function walPath(directory: string, id: number): string {
  return `${directory}/wal-${id}`
}
