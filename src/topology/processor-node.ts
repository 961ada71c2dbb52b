// What runs at a node: the contract between operators (processors/), the DSL that places them and the task that hosts them.
// All synchronous: a chain of calls, no promise per record.
import type { RecordContext, StreamRecord } from '../record/index.ts'
import type { StateStore } from '../state/index.ts'

/** One operator of one task. Records that it forwards go to its children in the order in which they were added. */
export interface NodeProcessor {
  init(context: NodeContext): void
  process(record: StreamRecord<any, any>): void
  close?(): void
}

export type PunctuationClock = 'stream-time' | 'wall-clock'

export interface Punctuation {
  cancel(): void
}

/** Why a record was dropped, as Java's dropped-records metrics tell. */
export type DropReason =
  | 'null-key'
  | 'null-value'
  | 'null-key-or-value'
  | 'late'
  | 'expired-window'
  | 'expired-version'
  | 'deserialization'
  | 'invalid-timestamp'
  | 'processing-error'
  | 'production-error'
  | 'no-partition'

/** What the task gives to an operator. */
export interface NodeContext {
  readonly applicationId: string
  /** `<sub-topology>_<partition>`. */
  readonly taskId: string
  readonly nodeName: string
  readonly childNames: readonly string[]
  /** Of the record that is being processed (or flushed). Reused: read it, do not keep it. */
  readonly record: RecordContext
  /** The highest timestamp that the task has taken from its queues; -1 before the first. */
  readonly streamTime: number
  /** Wall-clock ms, read once a round. */
  readonly now: number
  /** Intervals that are 1 s in life and 0 in the test driver (emit on close, outer joins). */
  readonly emitIntervalMs: number
  /** A store that the node is connected to; throws otherwise. */
  store(name: string): StateStore
  /** To all children. */
  forward(record: StreamRecord<any, any>): void
  /** To the child with that position in `childNames`. */
  forwardTo(child: number, record: StreamRecord<any, any>): void
  schedule(
    intervalMs: number,
    clock: PunctuationClock,
    callback: (timeMs: number) => void,
    startAtMs?: number,
  ): Punctuation
  /** Asks for a commit soon. */
  requestCommit(): void
  dropped(reason: DropReason): void
  /** Numbers that are committed with the offsets and come back after a restart (last emitted window close), by key. */
  loadMetadata(key: string): number | undefined
  saveMetadata(key: string, value: number): void
  readonly config: ApplicationConfig
}

/** What user processors may read of the application's configuration. */
export interface ApplicationConfig {
  readonly applicationId: string
  readonly stateDir: string
  readonly processingGuarantee: 'at-least-once' | 'exactly-once'
}
