// A commit and the promises of async steps: it waits for what is in flight, but not for ever where others wait for the commit.
import { type Clock, TidemillError } from '../base/index.ts'
import { notAgain } from './committer.ts'
import type { HostedTask } from './task-contract.ts'

export interface SettleParts {
  readonly clock: Clock
  /** Calls once when something has happened: a promise, the group, the end. */
  readonly onWake: (wake: () => void) => void
  /** Something that is not to wait for promises. */
  readonly isUrgent: () => boolean
}

/**
 * Feeds nothing and waits for the async steps in flight; each ends by its own time-out. False: some have not settled within the
 * limit, or, without one, something is more urgent.
 */
export async function settleAsyncSteps(
  tasks: readonly HostedTask[],
  limitMs: number | undefined,
  { clock, onWake, isUrgent }: SettleParts,
): Promise<boolean> {
  const untilMs = clock.monotonicMs() + (limitMs ?? Infinity)
  for (;;) {
    for (const task of tasks) notAgain(() => task.runCompletions(clock.now()))
    if (tasks.every((task) => task.inFlight === 0)) return true
    const leftMs = untilMs - clock.monotonicMs()
    if (leftMs <= 0 || (limitMs === undefined && isUrgent())) return false
    await new Promise<void>((resolve) => {
      const timer = leftMs === Infinity ? undefined : clock.setTimer(leftMs, resolve)
      onWake(() => {
        timer?.cancel()
        resolve()
      })
    })
  }
}

/**
 * The tasks that can be committed where some promises have not settled in time.
 *
 * @throws TidemillError `transaction-aborted` a transaction holds what all tasks sent: it cannot be split
 */
export function settledOf(
  tasks: readonly HostedTask[],
  guarantee: 'at-least-once' | 'exactly-once',
  warn: (message: string) => void,
): readonly HostedTask[] {
  const open = tasks.filter(({ inFlight }) => inFlight > 0)
  const nodes = [...new Set(open.flatMap((task) => task.pendingSteps.map(({ node }) => node)))].join(', ')
  const message = `promises of ${nodes} did not settle in time: what is not committed is done again`
  if (guarantee === 'exactly-once') throw new TidemillError('transaction-aborted', message)
  warn(message)
  return tasks.filter(({ inFlight }) => inFlight === 0)
}
