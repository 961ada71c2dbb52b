import { expect, test } from 'vitest'
import { formatPrometheus } from './format-prometheus.ts'
import { MetricsRegistry } from './metrics-registry.ts'

test('the same name and labels give the same instrument, in any order of labels', () => {
  const registry = new MetricsRegistry()
  registry.counter('records_total', { task: '0_0', topic: 'a' }).add()
  registry.counter('records_total', { topic: 'a', task: '0_0' }).add(2)
  registry.counter('records_total', { task: '0_1', topic: 'a' }).add(7)
  expect(registry.values().map(({ value }) => value)).toEqual([3, 7])
})

test('a closed task takes its numbers with it', () => {
  const registry = new MetricsRegistry()
  registry.gauge('lag', { task: '0_0' }).set(5)
  registry.gauge('lag', { task: '0_1' }).set(6)
  registry.remove({ task: '0_0' })
  expect(registry.values().map(({ value }) => value)).toEqual([6])
})

test('Prometheus gets help, type, labels that are escaped, and cumulative buckets', () => {
  const registry = new MetricsRegistry()
  registry.counter('tidemill_dropped_total', { reason: 'a "quoted" one' }, { description: 'Dropped records' }).add(2)
  registry.gaugeFrom(() => 1.5, 'tidemill_lag_seconds')
  const latency = registry.histogram('tidemill_commit_ms', {}, { unit: 'ms' })
  for (const ms of [0.1, 3, 1_000_000_000]) latency.record(ms)
  const text = formatPrometheus(registry.values())
  expect(text).toContain('# HELP tidemill_dropped_total Dropped records\n# TYPE tidemill_dropped_total counter\n')
  expect(text).toContain('tidemill_dropped_total{reason="a \\"quoted\\" one"} 2\n')
  expect(text).toContain('tidemill_lag_seconds 1.5\n')
  expect(text).toContain('tidemill_commit_ms_bucket{le="0.125"} 1\n')
  expect(text).toContain('tidemill_commit_ms_bucket{le="4"} 2\n')
  expect(text).toContain(
    'tidemill_commit_ms_bucket{le="+Inf"} 3\ntidemill_commit_ms_sum 1000000003.1\ntidemill_commit_ms_count 3\n',
  )
})
