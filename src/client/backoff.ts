// How long to wait before the next attempt: doubling, capped, with jitter so that many clients do not come back as one.
import { type Clock, type Prng, RetriableError, sleep } from '../base/index.ts'

const FIRST_MS = 50
const MAX_MS = 1_000
const JITTER = 0.2

/** The wait after that many failures in a row (1: the first). */
export function backoffMs(failures: number, prng: Prng): number {
  const plain = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16))
  return Math.round(plain * (1 - JITTER + 2 * JITTER * prng.next()))
}

export interface RetryOptions {
  readonly clock: Clock
  readonly prng: Prng
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/** Makes the attempt until it does not fail with a RetriableError or time is over; then the last error is thrown. */
export async function retrying<T>(options: RetryOptions, attempt: (remainingMs: number) => Promise<T>): Promise<T> {
  const { clock, prng, signal } = options
  const deadlineMs = clock.monotonicMs() + options.timeoutMs
  for (let failures = 1; ; failures++) {
    try {
      return await attempt(Math.max(1, deadlineMs - clock.monotonicMs()))
    } catch (error) {
      if (!(error instanceof RetriableError)) throw error
      const waitMs = backoffMs(failures, prng)
      if (clock.monotonicMs() + waitMs >= deadlineMs) throw error
      await sleep(clock, waitMs, signal)
    }
  }
}
