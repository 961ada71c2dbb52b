// Warns, by name, of asynchronous steps whose promise does not settle. On a timer of its own: the thread's loop may be waiting for
// just that promise, in a commit.
import type { Clock, Timer } from '../base/index.ts'
import type { PendingStep } from './async-steps.ts'
import { describeWait, stepWait } from './thread-status.ts'

/** What is looked at of a task. */
export interface StepsOfTask {
  readonly taskId: string
  /** The oldest of a node first. */
  readonly pendingSteps: readonly PendingStep[]
}

interface Warned {
  readonly sinceMs: number
  readonly nextMs: number
}

const LOOK_INTERVAL_MS = 5_000
/** A promise that is older is warned of; again when its age has doubled. */
const PENDING_MS_WARNED = 15_000

export class PendingStepWatch {
  readonly #clock: Clock
  readonly #tasks: () => readonly StepsOfTask[]
  readonly #onWarning: (message: string) => void
  /** By task and node: which step was warned of, and the age at which it is next. */
  #warned: ReadonlyMap<string, Warned> = new Map()
  #timer: Timer | undefined

  constructor(clock: Clock, tasks: () => readonly StepsOfTask[], onWarning: (message: string) => void) {
    this.#clock = clock
    this.#tasks = tasks
    this.#onWarning = onWarning
  }

  start(): void {
    const again = (): void => {
      this.#look()
      this.start()
    }
    this.#timer = this.#clock.setTimer(LOOK_INTERVAL_MS, again, { unref: true })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs()
    const warned = new Map<string, Warned>()
    for (const { taskId, pendingSteps } of this.#tasks()) {
      const nodes = new Set<string>()
      for (const step of pendingSteps) {
        // The oldest of a node says enough.
        if (nodes.has(step.node)) continue
        nodes.add(step.node)
        const name = `${taskId} ${step.node}`
        const before = this.#warned.get(name)
        const due = before?.sinceMs === step.sinceMs ? before.nextMs : PENDING_MS_WARNED
        const ageMs = nowMs - step.sinceMs
        if (ageMs >= due) this.#warn(taskId, step, nowMs)
        warned.set(name, { sinceMs: step.sinceMs, nextMs: ageMs >= due ? 2 * ageMs : due })
      }
    }
    this.#warned = warned
  }

  #warn(taskId: string, step: PendingStep, nowMs: number): void {
    this.#onWarning(
      `task ${taskId}: the promise of ${describeWait(stepWait(step, nowMs))}. ` +
        "Nothing is committed before it has: look at what it waits for, or give the operator a 'timeout'",
    )
  }
}
