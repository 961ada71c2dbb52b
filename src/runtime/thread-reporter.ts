// Says how a stream thread and its tasks stand. It changes nothing: it may be asked at any time, also while the thread's loop waits.
import type { Clock } from '../base/index.ts'
import type { ClusterMetadata, Fetcher, GroupMember } from '../client/index.ts'
import type { TopicPartition } from '../record/index.ts'
import { type TaskId, formatTaskId } from './assignment/task-id.ts'
import type { RestoreProgress } from './restore.ts'
import type { HostedTask } from './task-contract.ts'
import type { ActiveTask, TaskManager } from './task-manager.ts'
import {
  type InputProgress,
  type InstancePartitions,
  type StoreProgress,
  type TaskStatus,
  type ThreadReport,
  type Wait,
  stepWait,
} from './thread-status.ts'

export interface ReporterParts {
  readonly clock: Clock
  readonly tasks: TaskManager
  readonly fetcher: Fetcher
  readonly cluster: ClusterMetadata
  readonly member: GroupMember
  readonly isPaused: (subTopology: number) => boolean
  readonly commit: () => { readonly phase: 'async-steps' | 'log'; readonly sinceMs: number } | undefined
  readonly failing: () => { readonly reason: string; readonly sinceMs: number } | undefined
  readonly commitIntervalMs: () => number
  readonly lastCommitMs: () => number | undefined
  readonly instances: () => readonly InstancePartitions[]
}

export class ThreadReporter {
  readonly #parts: ReporterParts

  constructor(parts: ReporterParts) {
    this.#parts = parts
  }

  get commitAgeMs(): number | undefined {
    const { clock, lastCommitMs } = this.#parts
    const committedMs = lastCommitMs()
    return committedMs === undefined ? undefined : clock.monotonicMs() - committedMs
  }

  report(): ThreadReport {
    const { tasks, instances, commitIntervalMs } = this.#parts
    const waits = this.#threadWaits()
    const restoring = tasks.restorer.progress()
    const progressOf = (id: TaskId): readonly RestoreProgress[] =>
      restoring.filter(({ taskId }) => taskId === formatTaskId(id))
    return {
      tasks: [
        ...Array.from(tasks.active.values(), (active) => this.#activeStatus(active, progressOf(active.id), waits)),
        ...Array.from(tasks.standby, ([id, task]) => standbyStatus(id, task, progressOf(id))),
      ],
      waits,
      commitAgeMs: this.commitAgeMs,
      commitIntervalMs: commitIntervalMs(),
      instances: instances(),
    }
  }

  #threadWaits(): readonly Wait[] {
    const { clock, cluster, member, commit, failing } = this.#parts
    const nowMs = clock.monotonicMs()
    const waits: Wait[] = []
    const { unreachableSinceMs } = cluster
    if (unreachableSinceMs !== undefined) waits.push({ kind: 'broker', forMs: nowMs - unreachableSinceMs })
    const { rebalance } = member
    if (rebalance !== undefined) {
      waits.push({ kind: 'rebalance', reason: rebalance.reason, forMs: nowMs - rebalance.sinceMs })
    }
    const committing = commit()
    if (committing !== undefined) {
      waits.push({ kind: 'commit', phase: committing.phase, forMs: nowMs - committing.sinceMs })
    }
    const failed = failing()
    if (failed !== undefined) waits.push({ kind: 'retry', reason: failed.reason, forMs: nowMs - failed.sinceMs })
    return waits
  }

  #activeStatus(active: ActiveTask, restoring: readonly RestoreProgress[], threadWaits: readonly Wait[]): TaskStatus {
    const { id, task, isRunning } = active
    const { clock, isPaused } = this.#parts
    const waits: Wait[] = isPaused(id.subTopology) ? [{ kind: 'paused' }] : []
    waits.push(...restoring.map(restoreWait))
    if (isRunning) {
      for (const { tp, why, leftMs } of task.waitsFor(clock.now())) waits.push({ kind: 'input', ...tp, why, leftMs })
    }
    waits.push(...task.pendingSteps.map((step) => stepWait(step, clock.monotonicMs())))
    return {
      taskId: task.taskId,
      role: 'active',
      state: isRunning ? 'running' : 'restoring',
      inputs: task.inputs.map((tp) => this.#inputProgress(task, tp)),
      stores: storesOf(task, restoring),
      bufferedRecords: task.bufferedRecords,
      streamTime: task.streamTime,
      waits: [...waits, ...threadWaits],
    }
  }

  #inputProgress(task: HostedTask, tp: TopicPartition): InputProgress {
    const { fetcher, clock } = this.#parts
    const endOffset = fetcher.endOffset(tp)
    const { nextOffset } = task.progressOf(tp)
    const lagRecords = endOffset === undefined ? undefined : lagOf(task, tp, fetcher, endOffset)
    const lagMs = lagRecords === undefined ? undefined : inputLagMs(task, tp, fetcher, clock)
    return { ...tp, nextOffset, endOffset, lagRecords, lagMs, bufferedRecords: task.buffered(tp) }
  }
}

/** Age of the last record that was processed; 0 where there are no more, and before the first. */
export function inputLagMs(task: HostedTask, tp: TopicPartition, fetcher: Fetcher, clock: Clock): number {
  const { timestamp } = task.progressOf(tp)
  return timestamp < 0 || lagOf(task, tp, fetcher) === 0 ? 0 : Math.max(0, clock.now() - timestamp)
}

/** Records of an input that are in the log and not processed; 0 while nothing is known. */
export function lagOf(
  task: HostedTask,
  tp: TopicPartition,
  fetcher: Fetcher,
  endOffset: number | undefined = fetcher.endOffset(tp),
): number {
  const position = fetcher.position(tp)
  if (endOffset === undefined || position === undefined) return 0
  return Math.max(0, endOffset - position) + task.buffered(tp)
}

function standbyStatus(id: TaskId, task: HostedTask, following: readonly RestoreProgress[]): TaskStatus {
  return {
    taskId: formatTaskId(id),
    role: 'standby',
    state: 'running',
    inputs: [],
    stores: storesOf(task, following),
    bufferedRecords: 0,
    streamTime: task.streamTime,
    waits: [],
  }
}

function storesOf(task: HostedTask, progress: readonly RestoreProgress[]): readonly StoreProgress[] {
  return task.changelogs().map(({ store, tp }) => {
    const found = progress.find(({ topic, partition }) => topic === tp.topic && partition === tp.partition)
    const { offset, endOffset } = found ?? { offset: undefined, endOffset: undefined }
    const lagRecords = Math.max(0, (endOffset ?? 0) - (offset ?? 0))
    return { ...tp, store: store.definition.name, offset, endOffset, lagRecords }
  })
}

function restoreWait({ store, topic, partition, startOffset, offset, endOffset, elapsedMs }: RestoreProgress): Wait {
  const done = offset - startOffset
  const etaMs = done > 0 ? (elapsedMs * Math.max(0, endOffset - offset)) / done : undefined
  return { kind: 'restoring', store, topic, partition, offset, endOffset, etaMs }
}
