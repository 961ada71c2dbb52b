// What a thread and its tasks count: names as Prometheus has them, one place for all of them.
import type { Counter, Histogram, MetricsRegistry } from '../metrics/index.ts'
import type { TopicPartition } from '../record/index.ts'
import type { OnLeftOut } from './refused-records.ts'
import type { RestoreTotals } from './restore-totals.ts'
import type { RestoreProgress } from './restore.ts'
import type { DropReason, Metrics } from '../topology/index.ts'

export interface TaskMetrics {
  readonly processed: Counter
  readonly dropped: (reason: DropReason, node: string) => void
  /** For what user processors measure. */
  readonly ofNode: (node: string) => Metrics
  remove(): void
}

export interface TaskMetricsOptions {
  readonly registry: MetricsRegistry
  readonly threadName: string
  readonly taskId: string
  readonly inputs: readonly TopicPartition[]
  /** Records that are in the log and not processed. */
  readonly lagOf: (tp: TopicPartition) => number
  /** How far behind the wall clock they are. */
  readonly lagMsOf: (tp: TopicPartition) => number
}

export function taskMetrics(options: TaskMetricsOptions): TaskMetrics {
  const { registry, threadName, taskId, inputs, lagOf, lagMsOf } = options
  const labels = { thread: threadName, task: taskId }
  for (const tp of inputs) {
    registry.gaugeFrom(
      () => lagOf(tp),
      'tidemill_lag_records',
      { ...labels, topic: tp.topic, partition: String(tp.partition) },
      { description: 'Records in the log that are not processed yet', unit: 'records', java: 'records-lag' },
    )
    registry.gaugeFrom(
      () => lagMsOf(tp),
      'tidemill_lag_ms',
      { ...labels, topic: tp.topic, partition: String(tp.partition) },
      { description: 'Age of the last record that was processed, where more wait', unit: 'ms' },
    )
  }
  return {
    processed: registry.counter('tidemill_records_processed_total', labels, {
      description: 'Records taken from the input topics',
      unit: 'records',
      java: 'process-total',
    }),
    dropped: (reason, node) => countDropped(registry, { ...labels, node, reason }),
    ofNode: (node) => ({
      gauge: (name, info) => registry.gauge(name, { ...labels, node }, info),
      counter: (name, info) => registry.counter(name, { ...labels, node }, info),
      histogram: (name, info) => registry.histogram(name, { ...labels, node }, info),
    }),
    remove: () => registry.remove(labels),
  }
}

export interface ThreadMetrics {
  readonly commits: Counter
  readonly commitLatency: Histogram
  readonly commitWait: Histogram
  readonly polled: Counter
  readonly restored: Counter
  readonly leftOut: OnLeftOut
  remove(): void
}

export function threadMetrics(registry: MetricsRegistry, thread: string): ThreadMetrics {
  const labels = { thread }
  return {
    commits: registry.counter('tidemill_commits_total', labels, {
      description: 'Commits that succeeded',
      java: 'commit-total',
    }),
    commitLatency: registry.histogram('tidemill_commit_latency_ms', labels, {
      description: 'From the first flush until the log has the commit',
      unit: 'ms',
      java: 'commit-latency-avg',
    }),
    commitWait: registry.histogram('tidemill_commit_async_wait_ms', labels, {
      description: 'How long commits waited for asynchronous steps',
      unit: 'ms',
    }),
    polled: registry.counter('tidemill_batches_polled_total', labels, {
      description: 'Record batches that were fetched',
    }),
    restored: registry.counter('tidemill_restored_records_total', labels, {
      description: 'Changelog records that were read back into stores of active tasks',
      unit: 'records',
      java: 'restore-total',
    }),
    // What came out of a cache, or was sent without what it came from, has no node: its topic says as much.
    leftOut: ({ node, taskId }, topic) =>
      countDropped(registry, {
        ...labels,
        ...(taskId !== '' && { task: taskId }),
        node: node === '' ? topic : node,
        reason: 'production-error',
      }),
    remove: () => registry.remove(labels),
  }
}

function countDropped(registry: MetricsRegistry, labels: Readonly<Record<string, string>>): void {
  const info = {
    description: 'Records that were left out, by reason',
    unit: 'records',
    java: 'dropped-records-total',
  }
  registry.counter('tidemill_records_dropped_total', labels, info).add()
}

/** Numbers of a thread that are read when somebody asks. */
export function showThread(
  registry: MetricsRegistry,
  thread: string,
  read: {
    readonly restoring: RestoreTotals
    readonly restoreRemaining: () => number
    readonly standbyLag: () => number
    readonly commitAgeMs: () => number
  },
): void {
  registry.gaugeFrom(
    read.restoreRemaining,
    'tidemill_restore_remaining_records',
    { thread },
    {
      description: 'Changelog records that tasks have still to read back',
      unit: 'records',
      java: 'restore-remaining-records-total',
    },
  )
  registry.gaugeFrom(
    () => read.restoring.openTasks,
    'tidemill_restoring_tasks',
    { thread },
    { description: 'Active tasks whose stores are read back', unit: 'tasks', java: 'active-restoring-tasks' },
  )
  registry.gaugeFrom(
    () => read.restoring.etaMs() ?? -1,
    'tidemill_restore_eta_ms',
    { thread },
    { description: 'Until all stores are read back, at the pace so far; 0: they are, -1: no pace yet', unit: 'ms' },
  )
  registry.gaugeFrom(
    read.standbyLag,
    'tidemill_standby_lag_records',
    { thread },
    { description: 'Changelog records that standbys are behind', unit: 'records' },
  )
  registry.gaugeFrom(
    read.commitAgeMs,
    'tidemill_commit_age_ms',
    { thread },
    { description: 'Time since the last commit', unit: 'ms' },
  )
}

/** How far the changelogs that are read are ahead of their stores, those of standbys or the others. */
export function lagOfChangelogs(progress: readonly RestoreProgress[], isStandby: boolean): number {
  return progress
    .filter((each) => each.isStandby === isStandby)
    .reduce((sum, { offset, endOffset }) => sum + Math.max(0, endOffset - offset), 0)
}
