// The port to work in the background: a job is plain data (paths and numbers), so that it can be done on another thread, which
// opens the same files by itself. The host decides where; `inline-compactor.ts` does it within the commits.
import type { BlockCompression } from './run-format.ts'

/** Makes sorted runs of a log that is complete: what a table in memory holds. One run for each segment. */
export interface WriteJob extends RunOptions {
  readonly kind: 'write'
  readonly walPath: string
  readonly walId: number
  /** Runs get ids from this one up, one for each entry at most; nothing else has them. */
  readonly firstId: number
}

/** Makes one run of several neighbours of one segment. */
export interface MergeJob extends RunOptions {
  readonly kind: 'merge'
  /** Ids, newest first. */
  readonly inputs: readonly number[]
  readonly id: number
  /** Of the inputs; short merges go first. */
  readonly byteCount: number
}

/** Replaces a store's manifest, durably. */
export interface PublishJob {
  readonly kind: 'publish'
  readonly directory: string
  readonly manifest: Uint8Array
}

/** Removes files that nothing names and nobody reads. */
export interface RemoveJob {
  readonly kind: 'remove'
  readonly paths: readonly string[]
}

export type CompactionJob = WriteJob | MergeJob | PublishJob | RemoveJob

interface RunOptions {
  readonly directory: string
  readonly blockBytes: number
  readonly compression: BlockCompression
  readonly segmentBytes: number
  /** Keys below are gone. */
  readonly floor: Uint8Array
  /** There is nothing older that a deletion would hide. */
  readonly dropsDeletions: boolean
}

export interface CompactionOutcome {
  /** Ids of the runs that were written, durable; none where nothing is left. */
  readonly runs: readonly number[]
  /** What went wrong; then no run counts. undefined: nothing. */
  readonly error: unknown
}

/** A job under way. */
export interface CompactionTicket {
  /** Works off about so many bytes, where the work is done within the commits; calls back where the job has ended. */
  advance(byteBudget: number): void
  /** Returns when the job has ended and was called back. */
  finishNow(): void
  /** Ends it soon, with an error; what it wrote is a leftover. */
  cancel(): void
}

export interface Compactor {
  /** `done` is called once, later: from `advance`, `finishNow`, `cancel` or an event. */
  start(job: CompactionJob, done: (outcome: CompactionOutcome) => void): CompactionTicket
}
