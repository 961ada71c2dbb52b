import { describe, expect, test } from 'vitest'
import { ManualClock, RetriableError, seededPrng } from '../base/index.ts'
import { backoffMs, retrying } from './backoff.ts'

const prng = seededPrng(1)
const passing = (): RetriableError => new RetriableError('broker-not-ready', 'not now')

describe('waiting before the next attempt', () => {
  test('doubles up to a second, give or take a fifth', () => {
    for (const [failures, plain] of [
      [1, 50],
      [2, 100],
      [4, 400],
      [9, 1_000],
      [60, 1_000],
    ] as const) {
      const ms = backoffMs(failures, prng)
      expect(ms).toBeGreaterThanOrEqual(plain * 0.8)
      expect(ms).toBeLessThanOrEqual(plain * 1.2)
    }
  })

  test('ends with the last error when time is over', async () => {
    const clock = new ManualClock()
    let attempts = 0
    const attempt = retrying({ clock, prng, timeoutMs: 1_000 }, async () => {
      attempts++
      throw passing()
    })
    const outcome = expect(attempt).rejects.toThrow('not now')
    for (let i = 0; i < 40; i++) {
      await Promise.resolve()
      await Promise.resolve()
      clock.advance(50)
    }
    await outcome
    expect(attempts).toBeGreaterThan(3)
  })

  test('does not try again what will not pass', async () => {
    let attempts = 0
    const attempt = retrying({ clock: new ManualClock(), prng, timeoutMs: 1_000 }, async () => {
      attempts++
      throw new Error('for good')
    })
    await expect(attempt).rejects.toThrow('for good')
    expect(attempts).toBe(1)
  })
})
