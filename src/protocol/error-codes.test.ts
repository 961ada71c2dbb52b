import { expect, test } from 'vitest'
import { ERROR_ROWS } from './error-table.ts'
import { ERROR, errorName, errorText, isRetriableError } from './index.ts'

test('codes count up from -1 without a gap, and names lead to codes and back', () => {
  expect(ERROR_ROWS.map(([, code]) => code)).toEqual(ERROR_ROWS.map((_, i) => i - 1))
  for (const [name, code] of ERROR_ROWS) {
    expect(ERROR[name]).toBe(code)
    expect(errorName(code)).toBe(name)
    expect(errorText(code)).toMatch(/^[A-Z].*\.$/)
  }
})

test('a code that is not known is an unknown error that is not tried again', () => {
  expect(errorName(9_999)).toBe('UNKNOWN_SERVER_ERROR')
  expect(errorText(9_999)).toContain('9999')
  expect(isRetriableError(9_999)).toBe(false)
})

test('what a refresh of metadata or time can mend is retriable, what it cannot is not', () => {
  expect(
    [ERROR.NOT_LEADER_OR_FOLLOWER, ERROR.COORDINATOR_LOAD_IN_PROGRESS, ERROR.CONCURRENT_TRANSACTIONS].map(
      isRetriableError,
    ),
  ).toEqual([true, true, true])
  expect([ERROR.PRODUCER_FENCED, ERROR.INVALID_RECORD, ERROR.REBALANCE_IN_PROGRESS].map(isRetriableError)).toEqual([
    false,
    false,
    false,
  ])
})
