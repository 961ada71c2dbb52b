// Merges neighbouring runs into one, a slice at a time, so that no commit waits for a whole merge. Sizes are tiered: four runs of one
// size class become one of the next.
import type { Disk } from '../../base/index.ts'
import { compareRanges } from '../byte-table.ts'
import { LayeredCursor } from './layered-cursor.ts'
import type { LsmMemory } from './lsm-memory.ts'
import { Run } from './run.ts'
import { RunCursor } from './run-cursor.ts'
import { RunWriter } from './run-writer.ts'

const FAN_IN = 4

interface Sized {
  readonly byteCount: number
}

/** How many of the newest runs are to be merged; 0: none. The first size class ends at about the size of a full table. */
export function runsToMerge(runs: readonly Sized[], firstClassBytes: number): number {
  for (let sizeClass = 0; sizeClass <= 16; sizeClass++) {
    let count = 0
    let ofClass = 0
    while (count < runs.length && classOf(runs[count] as Sized, firstClassBytes) <= sizeClass) {
      if (classOf(runs[count] as Sized, firstClassBytes) === sizeClass) ofClass++
      count++
    }
    if (ofClass >= FAN_IN) return count
    if (count === runs.length) return 0
  }
  return 0
}

function classOf({ byteCount }: Sized, firstClassBytes: number): number {
  return Math.max(0, Math.floor(Math.log(byteCount / firstClassBytes) / Math.log(FAN_IN)) + 1)
}

export interface CompactionPlan {
  readonly disk: Disk
  readonly directory: string
  readonly memory: LsmMemory
  readonly id: number
  /** Newest first, neighbours. */
  readonly inputs: readonly Run[]
  /** There is nothing older that a deletion hides. */
  readonly dropsDeletions: boolean
  readonly floor: Buffer
}

export class Compaction {
  readonly inputs: readonly Run[]
  readonly #plan: CompactionPlan
  readonly #path: string
  readonly #cursor: LayeredCursor
  readonly #writer: RunWriter
  #isWritten = false

  constructor(plan: CompactionPlan) {
    const { disk, directory, id, inputs, dropsDeletions, floor } = plan
    this.#plan = plan
    this.inputs = inputs
    this.#path = runPath(directory, id)
    const gte = floor.length === 0 ? undefined : floor
    const cursors = inputs
      .filter((run) => compareRanges(run.lastKey, 0, run.lastKey.length, floor, 0, floor.length) >= 0)
      .map((run) => new RunCursor(run, gte, undefined, false, true))
    this.#cursor = new LayeredCursor(cursors, false, !dropsDeletions)
    this.#writer = new RunWriter(disk, this.#path, plan.memory.blockBytes)
  }

  /** Merges about so many bytes; true when all is merged. */
  step(byteBudget: number): boolean {
    const cursor = this.#cursor
    for (let bytes = 0; bytes < byteBudget;) {
      if (!cursor.next()) return true
      const { buffer, keyStart, keyEnd, valueStart, valueEnd } = cursor
      this.#writer.add(buffer, keyStart, keyEnd, valueStart, valueEnd)
      bytes += keyEnd - keyStart + Math.max(0, valueEnd - valueStart) + 16
    }
    return false
  }

  /** Makes the result durable and opens it; undefined where nothing is left. */
  finish(): Run | undefined {
    const { disk, id, memory } = this.#plan
    const isEmpty = this.#writer.entryCount === 0
    if (!isEmpty) {
      this.#writer.finish()
      this.#writer.syncNow()
    }
    this.#writer.close()
    this.#isWritten = true
    if (!isEmpty) return new Run(disk, this.#path, id, memory.blocks)
    disk.remove(this.#path)
    return undefined
  }

  /** Gives up: nothing names the file. */
  abandon(): void {
    this.#cursor.close()
    if (!this.#isWritten) this.#writer.close()
    if (this.#plan.disk.exists(this.#path)) this.#plan.disk.remove(this.#path)
  }
}

export function runPath(directory: string, id: number): string {
  return `${directory}/run-${id}`
}

export function walPath(directory: string, id: number): string {
  return `${directory}/wal-${id}`
}
