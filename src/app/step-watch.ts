// Sees from another thread that a stream thread stands still in one step: its counter has not moved for a second. It reads no
// time and imports nothing at run time: it also runs in a worker that is made of its text (step-watchdog.ts).

/** A step that holds up its thread. */
export interface BlockedStep {
  /** As in runtime/step-mark.ts: from 1, or what is no node. */
  readonly node: number
  readonly partition: number
  readonly forMs: number
  /** To be told now: after a second, and each time that it has doubled. */
  readonly isDue: boolean
}

export class StepWatch {
  // Not private with '#': the text of the class must run wherever it is put.
  readonly cells: Int32Array
  count = -1
  forMs = 0
  dueMs = 1_000

  constructor(cells: Int32Array) {
    this.cells = cells
  }

  /** Looks again, so many ms after the last time. */
  look(elapsedMs: number): BlockedStep | undefined {
    const [count = 0, node = 0, partition = 0] = this.cells
    if (count !== this.count || node === 0) {
      this.count = count
      this.forMs = 0
      this.dueMs = 1_000
      return undefined
    }
    this.forMs += elapsedMs
    if (this.forMs < 1_000) return undefined
    const isDue = this.forMs >= this.dueMs
    if (isDue) this.dueMs *= 2
    return { node, partition, forMs: this.forMs, isDue }
  }
}

/** How often a thread is looked at. */
export const LOOK_INTERVAL_MS = 250
