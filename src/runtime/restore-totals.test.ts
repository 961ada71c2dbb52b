import { expect, test } from 'vitest'
import { ManualClock } from '../base/index.ts'
import { MetricsRegistry, formatPrometheus } from '../metrics/index.ts'
import type { RestoreProgress } from './restore.ts'
import { RestoreTotals } from './restore-totals.ts'
import { showThread } from './thread-metrics.ts'

function at(phase: RestoreProgress['phase'], taskId: string, offset: number): RestoreProgress {
  const place = { taskId, store: 'counts', topic: 'changelog', partition: Number(taskId.slice(2)) }
  const offsets = { startOffset: 0, endOffset: 1_000, offset, records: offset }
  return { phase, ...place, ...offsets, elapsedMs: 0, isStandby: false }
}

test('metrics tell how many tasks restore and when all will be done, at the pace of all together', () => {
  const clock = new ManualClock()
  const restoring = new RestoreTotals(clock)
  const registry = new MetricsRegistry()
  showThread(registry, 't', { restoring, restoreRemaining: () => 0, standbyLag: () => 0, commitAgeMs: () => 0 })
  const shown = (): readonly string[] =>
    formatPrometheus(registry.values())
      .split('\n')
      .filter((line) => /^tidemill_restor(?:ing|e_eta)/.test(line))
      .map((line) => line.replace(/\{.*\}/, ''))
  expect(shown()).toEqual(['tidemill_restoring_tasks 0', 'tidemill_restore_eta_ms 0'])
  restoring.update(at('started', '0_0', 0))
  restoring.update(at('started', '0_1', 0))
  expect(shown()).toEqual(['tidemill_restoring_tasks 2', 'tidemill_restore_eta_ms -1'])
  clock.advance(100)
  expect(restoring.update(at('progress', '0_0', 400))).toBe(400)
  expect(restoring.update(at('finished', '0_0', 1_000))).toBe(600)
  expect(shown()).toEqual(['tidemill_restoring_tasks 1', 'tidemill_restore_eta_ms 100'])
  restoring.update(at('suspended', '0_1', 0))
  expect(shown()).toEqual(['tidemill_restoring_tasks 0', 'tidemill_restore_eta_ms 0'])
})
