import { expect, test } from 'vitest'
import { ManualClock } from '../base/index.ts'
import { RecordHeaders } from '../record/index.ts'
import type { PendingStep } from './async-steps.ts'
import { PendingStepWatch } from './pending-step-watch.ts'

function step(node: string, key: unknown, sinceMs: number): PendingStep {
  const record = { topic: 'in', partition: 2, offset: 7, timestamp: 0, headers: RecordHeaders.empty }
  return { node, key, record, sinceMs }
}

test('a promise that does not settle is named within 30 s, and then each time that its age has doubled', () => {
  const clock = new ManualClock()
  const warnings: { readonly atMs: number; readonly message: string }[] = []
  let pendingSteps = [step('enrich', { id: 1 }, 0), step('enrich', 'later', 10), step('call', 'b', 100_000)]
  const watch = new PendingStepWatch(
    clock,
    () => [{ taskId: '0_1', pendingSteps: pendingSteps.filter(({ sinceMs }) => sinceMs <= clock.monotonicMs()) }],
    (message) => warnings.push({ atMs: clock.monotonicMs(), message }),
  )
  watch.start()
  clock.advance(90_000)
  expect(warnings.map(({ atMs }) => atMs)).toEqual([15_000, 30_000, 60_000])
  expect(warnings[0]?.message).toMatch(
    /^task 0_1: the promise of enrich has not settled for 15 s: key {"id":1}, in-2 offset 7\./,
  )
  // Settled, the next of the node counts from its own begin.
  pendingSteps = pendingSteps.slice(2)
  clock.advance(30_000)
  expect(warnings.slice(3).map(({ atMs, message }) => [atMs, message.includes('call')])).toEqual([[115_000, true]])
  watch.stop()
  clock.advance(100_000)
  expect(warnings).toHaveLength(4)
})
