// What a thread and its tasks count: names as Prometheus has them, one place for all of them.
import type { Counter, Histogram, MetricsRegistry } from '../metrics/index.ts'
import type { TopicPartition } from '../record/index.ts'
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
}

export function taskMetrics(options: TaskMetricsOptions): TaskMetrics {
  const { registry, threadName, taskId, inputs, lagOf } = options
  const labels = { thread: threadName, task: taskId }
  for (const tp of inputs) {
    registry.gaugeFrom(
      () => lagOf(tp),
      'tidemill_lag_records',
      { ...labels, topic: tp.topic, partition: String(tp.partition) },
      { description: 'Records in the log that are not processed yet', unit: 'records' },
    )
  }
  return {
    processed: registry.counter('tidemill_records_processed_total', labels, {
      description: 'Records taken from the input topics',
      unit: 'records',
    }),
    dropped: (reason, node) =>
      registry
        .counter(
          'tidemill_records_dropped_total',
          { ...labels, node, reason },
          {
            description: 'Records that were left out, by reason',
            unit: 'records',
          },
        )
        .add(),
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
  remove(): void
}

export function threadMetrics(registry: MetricsRegistry, thread: string): ThreadMetrics {
  const labels = { thread }
  return {
    commits: registry.counter('tidemill_commits_total', labels, { description: 'Commits that succeeded' }),
    commitLatency: registry.histogram('tidemill_commit_latency_ms', labels, {
      description: 'From the first flush until the log has the commit',
      unit: 'ms',
    }),
    commitWait: registry.histogram('tidemill_commit_async_wait_ms', labels, {
      description: 'How long commits waited for asynchronous steps',
      unit: 'ms',
    }),
    polled: registry.counter('tidemill_batches_polled_total', labels, {
      description: 'Record batches that were fetched',
    }),
    remove: () => registry.remove(labels),
  }
}
