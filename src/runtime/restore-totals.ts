// How restoring goes as a whole: all changelogs together, from the time when the first began until none is left. The bar on a terminal
// and the metrics read it.
import type { Clock } from '../base/index.ts'
import type { RestoreProgress } from './restore.ts'

export class RestoreTotals {
  readonly #clock: Clock
  readonly #open = new Map<string, RestoreProgress>()
  #finishedOffsets = 0
  #finishedCount = 0
  #finishedRecords = 0
  #sinceMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Takes what a changelog of an active task has come to; returns how many records were applied since it was told of last. */
  update(progress: RestoreProgress): number {
    const { topic, partition, phase, startOffset, offset, records } = progress
    const key = `${topic}-${partition}`
    const before = this.#open.get(key)
    if (this.#open.size === 0) this.#begin()
    if (phase === 'started' || phase === 'progress') this.#open.set(key, progress)
    else {
      this.#open.delete(key)
      this.#finishedOffsets += offset - startOffset
      this.#finishedCount++
      this.#finishedRecords += records
    }
    return records - (before?.records ?? 0)
  }

  /** Changelogs that are being read. */
  get openCount(): number {
    return this.#open.size
  }

  /** Tasks that have some. */
  get openTasks(): number {
    return new Set(Array.from(this.#open.values(), ({ taskId }) => taskId)).size
  }

  get finishedCount(): number {
    return this.#finishedCount
  }

  get finishedRecords(): number {
    return this.#finishedRecords
  }

  /** Since the first began. */
  get elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#sinceMs
  }

  /** Offsets that were read, of how many. */
  offsets(): { readonly done: number; readonly total: number } {
    let done = this.#finishedOffsets
    let total = this.#finishedOffsets
    for (const { startOffset, endOffset, offset } of this.#open.values()) {
      done += offset - startOffset
      total += endOffset - startOffset
    }
    return { done, total }
  }

  /** At the pace so far; undefined while there is none. */
  etaMs(): number | undefined {
    if (this.#open.size === 0) return 0
    const { done, total } = this.offsets()
    return done === 0 ? undefined : (Math.max(0, total - done) * Math.max(1, this.elapsedMs)) / done
  }

  #begin(): void {
    this.#finishedOffsets = this.#finishedCount = this.#finishedRecords = 0
    this.#sinceMs = this.#clock.monotonicMs()
  }
}
