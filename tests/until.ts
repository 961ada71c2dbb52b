// Waits for what nothing tells a test: the state of an application or a group whose clock is the machine's.
import { sleep, systemClock } from '../src/base/index.ts'

export interface UntilOptions {
  /** What is waited for, for the error. */
  readonly what?: string
  /** @defaultValue 10 s */
  readonly timeoutMs?: number
  /** Between two looks. @defaultValue 5 ms */
  readonly pauseMs?: number
}

/** Looks again and again until it is so; throws where it is not in time. */
export async function until(isSo: () => boolean | Promise<boolean>, options: UntilOptions = {}): Promise<void> {
  const { what = 'what was waited for', timeoutMs = 10_000, pauseMs = 5 } = options
  const deadlineMs = systemClock.monotonicMs() + timeoutMs
  while (!(await isSo())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error(`${what} was not so within ${timeoutMs} ms`)
    await sleep(systemClock, pauseMs)
  }
}
