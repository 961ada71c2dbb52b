// Does the jobs of a compactor, a slice at a time, wherever that is. What a job wrote when it failed is removed.
import { type Disk, asBuffer } from '../../base/index.ts'
import { compareRanges } from '../byte-order.ts'
import type { CompactionJob, MergeJob, WriteJob } from './compactor.ts'
import { EntryReader } from './entry-format.ts'
import { LayeredCursor } from './layered-cursor.ts'
import { LogTable } from './log-table.ts'
import { MANIFEST_NAME } from './manifest.ts'
import { Run } from './run.ts'
import { RunScan } from './run-scan.ts'
import { RunWriter } from './run-writer.ts'
import { isInSegment, segmentOf } from './segment.ts'
import { storeCorrupt } from './store-corrupt.ts'

/** A job that is done step by step. */
export interface JobRun {
  /** Ids of the runs that are written and durable, when it is done. */
  readonly runs: readonly number[]
  /** Goes on for about so many bytes; true: it is done. */
  step(byteBudget: number): boolean
  /** Gives up: removes what it wrote. May be called after a step has thrown. */
  abandon(): void
}

/** Begins a job; the first step may throw. */
export function runJob(disk: Disk, job: CompactionJob): JobRun {
  switch (job.kind) {
    case 'write':
      return new WriteRun(disk, job)
    case 'merge':
      return new MergeRun(disk, job)
    case 'publish':
      return once(() => disk.replaceFile(`${job.directory}/${MANIFEST_NAME}`, job.manifest))
    case 'remove':
      return once(() => {
        for (const path of job.paths) disk.remove(path)
      })
  }
}

export function runPath(directory: string, id: number): string {
  return `${directory}/run-${id}`
}

function once(action: () => void): JobRun {
  return {
    runs: [],
    step() {
      action()
      return true
    },
    abandon() {},
  }
}

/** Files that a job is writing. */
class Output {
  readonly runs: number[] = []
  readonly #disk: Disk
  readonly #job: WriteJob | MergeJob
  #writer: RunWriter | undefined

  constructor(disk: Disk, job: WriteJob | MergeJob) {
    this.#disk = disk
    this.#job = job
  }

  begin(id: number, entryCountMax: number): RunWriter {
    const { directory, blockBytes, compression } = this.#job
    this.runs.push(id)
    const path = runPath(directory, id)
    this.#writer = new RunWriter(this.#disk, path, { blockBytes, compression, entryCountMax })
    return this.#writer
  }

  /** The run is durable, or gone where it has no entry. */
  end(writer: RunWriter): void {
    if (writer.entryCount > 0) writer.finish()
    writer.close()
    this.#writer = undefined
    if (writer.entryCount === 0) this.#disk.remove(runPath(this.#job.directory, this.runs.pop() as number))
  }

  /** So are the names of the runs. */
  sync(): void {
    if (this.runs.length > 0) this.#disk.syncDirectory(this.#job.directory)
  }

  abandon(): void {
    this.#writer?.close()
    this.#writer = undefined
    for (const id of this.runs.splice(0)) {
      const path = runPath(this.#job.directory, id)
      if (this.#disk.exists(path)) this.#disk.remove(path)
    }
  }
}

/** A table as runs, one a segment. */
class WriteRun implements JobRun {
  readonly #disk: Disk
  readonly #job: WriteJob
  readonly #output: Output
  readonly #floor: Buffer
  #reader: EntryReader | undefined
  #order: Int32Array = new Int32Array(0)
  #at = 0
  /** Where the segment that is being written ends. */
  #segmentEnd = 0
  #writer: RunWriter | undefined

  constructor(disk: Disk, job: WriteJob) {
    this.#disk = disk
    this.#job = job
    this.#output = new Output(disk, job)
    this.#floor = asBuffer(job.floor)
  }

  get runs(): readonly number[] {
    return this.#output.runs
  }

  step(byteBudget: number): boolean {
    this.#reader ??= this.#open()
    const reader = this.#reader
    for (let bytes = 0; bytes < byteBudget;) {
      if (this.#at === this.#segmentEnd && !this.#nextSegment(reader)) {
        this.#output.sync()
        return true
      }
      reader.load(this.#order[this.#at++] as number)
      bytes += reader.end - reader.start
      if (reader.valueEnd >= 0 || !this.#job.dropsDeletions) (this.#writer as RunWriter).add(reader)
    }
    return false
  }

  abandon(): void {
    this.#output.abandon()
  }

  #open(): EntryReader {
    const { walPath, walId } = this.#job
    const table = LogTable.read(this.#disk, walPath, walId)
    if (table === undefined) throw storeCorrupt(walPath, 0, 'it was there and is gone, or its head is not what it was')
    this.#order = table.inOrder()
    this.#at = this.#segmentEnd = this.#firstAboveFloor(table)
    return new EntryReader(table.buffer)
  }

  #firstAboveFloor(reader: EntryReader): number {
    const floor = this.#floor
    let at = 0
    for (; at < this.#order.length; at++) {
      reader.load(this.#order[at] as number)
      if (compareRanges(reader.buffer, reader.keyStart, reader.keyEnd, floor, 0, floor.length) >= 0) break
    }
    return at
  }

  #nextSegment(reader: EntryReader): boolean {
    if (this.#writer !== undefined) this.#output.end(this.#writer)
    this.#writer = undefined
    const from = this.#at
    if (from === this.#order.length) return false
    const { segmentBytes, firstId } = this.#job
    let to = this.#order.length
    if (segmentBytes > 0) {
      reader.load(this.#order[from] as number)
      const segment = segmentOf(reader.buffer, reader.keyStart, reader.keyEnd, segmentBytes)
      for (to = from + 1; to < this.#order.length; to++) {
        reader.load(this.#order[to] as number)
        if (!isInSegment(segment, reader.buffer, reader.keyStart, reader.keyEnd, segmentBytes)) break
      }
    }
    this.#segmentEnd = to
    this.#writer = this.#output.begin(firstId + from, to - from)
    return true
  }
}

/** Several runs of one segment as one. */
class MergeRun implements JobRun {
  readonly #disk: Disk
  readonly #job: MergeJob
  readonly #output: Output
  readonly #floor: Buffer
  #inputs: Run[] = []
  #cursor: LayeredCursor<RunScan> | undefined
  #writer: RunWriter | undefined

  constructor(disk: Disk, job: MergeJob) {
    this.#disk = disk
    this.#job = job
    this.#output = new Output(disk, job)
    this.#floor = asBuffer(job.floor)
  }

  get runs(): readonly number[] {
    return this.#output.runs
  }

  step(byteBudget: number): boolean {
    if (this.#cursor === undefined) this.#open()
    const cursor = this.#cursor as LayeredCursor<RunScan>
    const writer = this.#writer as RunWriter
    for (let bytes = 0; bytes < byteBudget;) {
      if (!cursor.next()) {
        this.#output.end(writer)
        this.#output.sync()
        this.#release()
        return true
      }
      const entry = cursor.current
      bytes += entry.end - entry.start
      if (!this.#isBelowFloor(entry)) writer.add(entry)
    }
    return false
  }

  abandon(): void {
    this.#release()
    this.#output.abandon()
  }

  #open(): void {
    const { directory, inputs, id, dropsDeletions } = this.#job
    for (const input of inputs) this.#inputs.push(new Run(this.#disk, runPath(directory, input), input))
    const scans = this.#inputs.map((run) => new RunScan(run))
    this.#cursor = new LayeredCursor(scans, false, !dropsDeletions)
    const entryCount = this.#inputs.reduce((sum, run) => sum + run.entryCount, 0)
    this.#writer = this.#output.begin(id, entryCount)
  }

  #isBelowFloor({ buffer, keyStart, keyEnd }: EntryReader): boolean {
    const floor = this.#floor
    return floor.length > 0 && compareRanges(buffer, keyStart, keyEnd, floor, 0, floor.length) < 0
  }

  #release(): void {
    for (const run of this.#inputs.splice(0)) run.release()
  }
}
