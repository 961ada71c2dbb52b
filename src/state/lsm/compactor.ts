// The port to work in the background: a job is plain data (paths and numbers), so that it can be done on another thread, which
// opens the same files by itself. The host decides where; `inline-compactor.ts` does it within the commits.

/** Makes sorted runs of a log that is complete: what a table in memory holds. One run for each segment. */
export interface WriteJob extends RunOptions {
  readonly kind: 'write'
  readonly walPath: string
  /** There is nothing older that a deletion would hide. */
  readonly dropsDeletions: boolean
  /** Where the runs go: `run-<id>`, ids from `firstId` up. Nothing else takes ids below `firstId` + `idCount`. */
  readonly firstId: number
  readonly idCount: number
}

/** Makes one run of several neighbours of one segment. */
export interface MergeJob extends RunOptions {
  readonly kind: 'merge'
  /** Ids, newest first. */
  readonly inputs: readonly number[]
  readonly dropsDeletions: boolean
  readonly id: number
}

/** Replaces a store's manifest, then removes what it names no more. */
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
  /** Keys below are gone. */
  readonly floor: Uint8Array
  readonly segmentBytes: number
}

export interface CompactionOutcome {
  /** Of the runs that were written, durable; none where nothing is left. */
  readonly runs: readonly number[]
  /** What went wrong; then no run counts. */
  readonly error?: unknown
}

/** A job under way. */
export interface CompactionTicket {
  /** Work off about so many bytes, where the work is done within the commits; calls back what is done. */
  advance(byteBudget: number): void
  /** Returns when the job has ended; it was called back by then. */
  finishNow(): void
  /** Ends it soon, with an error; what it wrote is left to the owner. */
  cancel(): void
}

export interface Compactor {
  /** `done` is called once, later: from `advance`, `finishNow`, or an event. Jobs of one store with a kind end in their order. */
  start(job: CompactionJob, done: (outcome: CompactionOutcome) => void): CompactionTicket
}
