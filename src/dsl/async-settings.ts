import type { AsyncStepOptions } from '../processors/index.ts'
import { type Duration, durationMs, positiveDurationMs } from '../record/index.ts'
import { TidemillError } from '../base/index.ts'

const CONCURRENCY_DEFAULT = 64
const RETRY_BACKOFF_DEFAULT_MS = 100

interface AnyAsyncOptions {
  readonly concurrency?: number
  readonly order?: AsyncStepOptions['order']
  readonly timeout?: Duration
  readonly retries?: number
  readonly retryBackoff?: Duration
}

/** The options of an asynchronous step, with their defaults. */
export function asyncSettings(
  operator: string,
  options: AnyAsyncOptions,
): Pick<AsyncStepOptions, 'concurrency' | 'order' | 'timeoutMs' | 'retryCountMax' | 'retryBackoffMs'> {
  const { concurrency = CONCURRENCY_DEFAULT, order = 'key', timeout, retries = 0, retryBackoff } = options
  checkCount(operator, 'concurrency', concurrency, 1)
  checkCount(operator, 'retries', retries, 0)
  return {
    concurrency,
    order,
    timeoutMs: timeout === undefined ? undefined : positiveDurationMs(timeout, `timeout of ${operator}`),
    retryCountMax: retries,
    retryBackoffMs: durationMs(retryBackoff ?? RETRY_BACKOFF_DEFAULT_MS, `retryBackoff of ${operator}`),
  }
}

function checkCount(operator: string, name: string, value: number, min: number): void {
  if (Number.isInteger(value) && value >= min) return
  throw new TidemillError(
    'invalid-argument',
    `${name} of ${operator} is ${value}; it must be a whole number, ${min} or more`,
  )
}
