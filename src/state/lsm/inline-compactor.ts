// The compactor of tests, simulation and small tools: jobs are done within the commits of the store that started them, a slice at
// a time, so that no commit waits for a whole merge. Nothing happens between commits: the same calls, the same files.
import type { Disk } from '../../base/index.ts'
import type { CompactionJob, CompactionOutcome, CompactionTicket, Compactor } from './compactor.ts'
import { type JobRun, runJob } from './job-run.ts'

export class InlineCompactor implements Compactor {
  readonly #disk: Disk

  constructor(disk: Disk) {
    this.#disk = disk
  }

  start(job: CompactionJob, done: (outcome: CompactionOutcome) => void): CompactionTicket {
    return new InlineTicket(runJob(this.#disk, job), done)
  }
}

class InlineTicket implements CompactionTicket {
  readonly #run: JobRun
  readonly #done: (outcome: CompactionOutcome) => void
  #hasEnded = false

  constructor(run: JobRun, done: (outcome: CompactionOutcome) => void) {
    this.#run = run
    this.#done = done
  }

  advance(byteBudget: number): void {
    if (this.#hasEnded) return
    try {
      if (!this.#run.step(byteBudget)) return
    } catch (error) {
      return this.#fail(error)
    }
    this.#hasEnded = true
    this.#done({ runs: this.#run.runs, error: undefined })
  }

  finishNow(): void {
    this.advance(Infinity)
  }

  cancel(): void {
    if (!this.#hasEnded) this.#fail(new Error('the job was cancelled'))
  }

  #fail(error: unknown): void {
    this.#hasEnded = true
    try {
      this.#run.abandon()
    } catch {
      // What stays is a leftover, removed when the store is opened next.
    }
    this.#done({ runs: [], error })
  }
}
