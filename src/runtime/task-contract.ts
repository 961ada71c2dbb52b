// The face of a task to its host: what the stream thread and the test driver call, and what they give. The task is
// task.ts; everything here is synchronous, the host awaits between the calls.
//
//   created --restore...--> restored --start()--> running --close()--> closed
//
// A round of a host:  enqueue -> process(n, now) -> punctuate(now) -> [runCompletions until inFlight is 0 -> prepareCommit ->
// acks and offsets (or the transaction) -> completeCommit, or discard when the transaction was aborted].
import type { Clock } from '../base/index.ts'
import type { RecordBatch, RecordCursor } from '../protocol/index.ts'
import type { TopicPartition } from '../record/index.ts'
import type {
  ByteStoreEngine,
  ChangelogPosition,
  ChangelogRecord,
  StateStore,
  StoreDefinition,
} from '../state/index.ts'
import type { ApplicationConfig, DropReason, Metrics, SubTopology, TimestampExtractor } from '../topology/index.ts'
import type { PendingStep } from './async-steps.ts'
import type { ErrorHandlers } from './error-handling.ts'
import type { InputWait } from './partition-group.ts'
import type { RecordCollector } from './record-collector.ts'
import type { StepMark } from './step-mark.ts'

export interface TaskOptions {
  /** `<sub-topology>_<partition>`, 'global' for the task of the global stores. */
  readonly taskId: string
  /** One sub-topology; in the test driver all of them, with one partition group over all their topics. */
  readonly subTopologies: readonly SubTopology[]
  /** Number of this task's partition: that of its changelogs. */
  readonly partition: number
  /** What it reads, with full names (application id in front of internal ones). */
  readonly inputs: readonly TopicPartition[]
  readonly config: ApplicationConfig
  readonly handlers: ErrorHandlers
  readonly defaultTimestamp: TimestampExtractor
  readonly clock: Clock
  readonly collector: RecordCollector
  readonly engine: (store: StoreDefinition) => ByteStoreEngine
  /** Bytes for the caches of this task together; asked again whenever an entry is put. 0: no caching. */
  readonly cacheBytesMax: () => number
  /** Stores of the global task, for processors that read them. */
  readonly globalStores: ReadonlyMap<string, StateStore>
  /** Committed offset and metadata string of each input, as far as there is one: partition times and processor metadata. */
  readonly committed: ReadonlyMap<TopicPartition, { readonly offset: number; readonly metadata: string }>
  /** `max.task.idle.ms`; 'never': never waits for empty partitions. @defaultValue 0 */
  readonly taskIdleMs?: number | 'never'
  /** Throttle of emit-on-close and outer joins: 1,000 in life, 0 in the test driver. */
  readonly emitIntervalMs: number
  /** Ends the host's waiting when an async step has finished. */
  readonly wake?: () => void
  /** Where the task says which node is at work. @defaultValue watched by nobody */
  readonly mark?: StepMark
  /** Metrics of a node's own. @defaultValue counted by nobody */
  readonly metrics?: (node: string) => Metrics
  readonly onDropped?: (reason: DropReason, node: string) => void
}

/** Records as a fetch gives them, or records that are at hand already (the test driver's). */
export type RecordSource = RecordBatch | { readonly recordCount: number; cursor(): RecordCursor }

/** One changelog of the task, to be restored before start(). */
export interface TaskChangelog {
  readonly store: StateStore
  readonly tp: TopicPartition
  /** A source topic that serves as changelog: read up to the committed offset only, nothing is ever written to it. */
  readonly isSource: boolean
  /** Where to go on; undefined: from the start of the log. */
  readonly position: ChangelogPosition | undefined
}

export interface PreparedCommit {
  /** Next offset to read and metadata, for each input of which something was consumed since the last commit. */
  readonly offsets: ReadonlyMap<
    TopicPartition,
    { readonly offset: number; readonly metadata: string; readonly leaderEpoch?: number }
  >
  /** Changelog partitions that were written since the last commit. */
  readonly changelogs: readonly TopicPartition[]
}

/** What the host knows of a changelog partition after the acknowledgements. */
export type AcknowledgedPosition = (changelog: TopicPartition) => ChangelogPosition | undefined

export interface HostedTask {
  readonly taskId: string
  /** Grows with addInput(). */
  readonly inputs: readonly TopicPartition[]
  readonly stores: ReadonlyMap<string, StateStore>
  /** Highest timestamp taken from its queues; -1 before the first. */
  readonly streamTime: number

  // ---- restore ----
  /** Stores with a changelog (or source topic) and where each is. */
  changelogs(): readonly TaskChangelog[]
  /** Applies records of one changelog, in order; the position is after them. */
  restore(changelog: TopicPartition, records: Iterable<ChangelogRecord>, position: ChangelogPosition): void
  /** Initialises the processors; from here on it processes. */
  start(nowMs: number): void

  // ---- records ----
  /** Reads one more topic, which a pattern of its sources matches. */
  addInput(tp: TopicPartition): void
  /** As a fetch gave them; nextOffset is the position after them (past control batches). */
  enqueue(tp: TopicPartition, batches: readonly RecordSource[], fromOffset: number, nextOffset: number): void
  /** Records that wait, an upper bound while a batch is not opened: to pause and resume partitions by. */
  buffered(tp: TopicPartition): number
  readonly bufferedRecords: number
  /** Lag of each input as of the last poll: end offset minus position; undefined: not known yet. For the idle rules. */
  setLag(tp: TopicPartition, lag: number | undefined): void
  /** Where an input is: the next offset to process (undefined: not known yet) and the highest timestamp taken; -1: none. */
  progressOf(tp: TopicPartition): { readonly nextOffset: number | undefined; readonly timestamp: number }
  /** The next offset of an input as of the last commit; undefined: none is known. */
  committedOffset(tp: TopicPartition): number | undefined
  /** The empty inputs for which it waits though others have records. */
  waitsFor(nowMs: number): readonly InputWait[]
  /** May take records now: enough inputs have data, or waited long enough (semantics: max.task.idle.ms). */
  isReady(nowMs: number): boolean
  /** Takes up to that many records, lowest timestamp first; returns how many. Also runs completions of async steps. */
  process(recordsMax: number, nowMs: number): number
  /** Fires what is due on both clocks; returns whether anything was. */
  punctuate(nowMs: number): boolean
  punctuateStreamTime(nowMs: number): boolean
  punctuateWallClock(nowMs: number): boolean

  // ---- async steps ----
  /** Steps that have begun and whose results are not re-injected yet. */
  readonly inFlight: number
  /** Whether one has ever begun. */
  readonly hasAsyncSteps: boolean
  /** What is in flight, the oldest first, at most a handful a node. */
  readonly pendingSteps: readonly PendingStep[]
  /** No room in an async step: process() takes no records until one is done. */
  readonly isBlocked: boolean
  /** Re-injects finished steps; returns how many. */
  runCompletions(nowMs: number): number

  // ---- commit ----
  /** Something was consumed, punctuated or written since the last commit. */
  readonly needsCommit: boolean
  /** A processor asked for a commit. */
  readonly isCommitRequested: boolean
  /** Flushes the caches (which may send) and says what to commit. inFlight must be 0. */
  prepareCommit(nowMs: number): PreparedCommit
  /** The log has it: every store applies what is pending. */
  completeCommit(acknowledged: AcknowledgedPosition): void
  /**
   * The transaction was aborted: drops queues, caches and pending writes; no store is touched. The host seeks to the committed
   * offsets and goes on with enqueue(): processors begin anew.
   */
  discard(committed: TaskOptions['committed'], nowMs: number): void

  /** Closes processors and stores. What is not committed is dropped. May be called twice. */
  close(): Promise<void>
  /** Closes and deletes the stores. */
  destroy(): Promise<void>
}
