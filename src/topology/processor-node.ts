// What runs at a node: the contract between operators (processors/), the DSL that places them and the task that hosts them.
// All synchronous: a chain of calls, no promise per record.
import type { Clock } from '../base/index.ts'
import type { RecordContext, StreamRecord } from '../record/index.ts'
import type { StateStore } from '../state/index.ts'
import type { UpgradeFrom } from './upgrade-from.ts'

/** One operator of one task. Records that it forwards go to its children in the order in which they were added. */
export interface NodeProcessor {
  /** Of a value it asks only whether it is null: where nobody else gets it, it need not be decoded. */
  readonly ignoresValue?: boolean
  init(context: NodeContext): void
  process(record: StreamRecord<any, any>): void
  close?(): void
}

/** Which clock a schedule follows. Java: PunctuationType. */
export type PunctuationClock = 'stream-time' | 'wall-clock'

/** A schedule that can be ended. Java: Cancellable. */
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
  /** The records that come to it come to nobody else, from a source that has just decoded them: their values are its own. */
  readonly ownsRecords: boolean
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
  /** To all children, while topic, partition and offset of `record` are those of another record, which was held back. */
  forwardFrom(origin: RecordContext, record: StreamRecord<any, any>): void
  schedule(
    intervalMs: number,
    clock: PunctuationClock,
    callback: (timeMs: number) => void,
    startAtMs?: number,
  ): Punctuation
  /**
   * Calls back in every commit when the caches are empty: what is forwarded there is committed with it. It returns whether there
   * was anything, for that may have come to a cache.
   */
  beforeCommit(callback: () => boolean): void
  /** Asks for a commit soon. */
  requestCommit(): void
  dropped(reason: DropReason): void
  /** Numbers that are committed with the offsets and come back after a restart (last emitted window close), by key. */
  loadMetadata(key: string): number | undefined
  saveMetadata(key: string, value: number): void
  /** One object a task for all its nodes that ask with the same token; made at the first call. */
  shared<T>(token: object, create: () => T): T
  readonly config: ApplicationConfig
  /** Of this node: what user processors count and measure. */
  readonly metrics: Metrics
  /** For steps that must wait (mapAsync and its like). */
  readonly async: AsyncHost
}

/** How an asynchronous step begins, waits and comes back into the loop. Commits wait for what is in flight (DESIGN 7.8). */
export interface AsyncHost {
  /** For time-outs and back-off. */
  readonly clock: Clock
  /** Counts one more in flight and keeps the context of the current record for it; the key is for those who ask what is pending. */
  begin(key?: unknown): AsyncStep
  /** While true the task takes no more records from its queues: the step has no room. Looked at between records. */
  setFull(isFull: boolean): void
}

/** One record in an asynchronous step, from its start to the re-injection of its result. */
export interface AsyncStep {
  /** The context that it began with. */
  readonly record: RecordContext
  /**
   * Has the task's loop call `resume` soon, with the record context that the step began with: there it forwards results, or
   * throws the step's error, which goes to the processing handler as the node's. Once; in the order in which results are to flow.
   */
  finish(resume: () => void): void
}

/** What is said of a metric. */
export interface MetricOptions {
  /** What it tells, for people. */
  readonly description?: string
  /** Such as 'ms' or 'bytes'. */
  readonly unit?: string
}

/** Metrics of one's own; the same name gives the same one. They carry the node, task and application as labels. */
export interface Metrics {
  gauge(name: string, options?: MetricOptions): { set(value: number): void }
  counter(name: string, options?: MetricOptions): { add(value?: number): void }
  histogram(name: string, options?: MetricOptions): { record(value: number): void }
}

/** What user processors may read of the application's configuration. */
export interface ApplicationConfig {
  readonly applicationId: string
  readonly stateDir: string
  readonly processingGuarantee: 'at-least-once' | 'exactly-once'
  /** Set while members of the group still run that release. */
  readonly upgradeFrom?: UpgradeFrom | undefined
}
