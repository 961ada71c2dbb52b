// Assertions on output topics: for vitest (and jest) as matchers, for node:test as a function that throws.
import { AssertionError } from 'node:assert'
import { inspect, isDeepStrictEqual } from 'node:util'
import { RecordHeaders } from '../record/index.ts'
import type { TestOutputTopic, TestRecord } from './test-topics.ts'

/** What a record must be; what is left out may be anything. */
export interface ExpectedRecord<out K, out V> {
  readonly key?: K
  readonly value?: V | null
  readonly timestamp?: number
  readonly headers?: RecordHeaders | Parameters<typeof RecordHeaders.from>[0]
  readonly partition?: number
}

/** What vitest and jest want of a matcher. */
export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
  readonly actual?: unknown
  readonly expected?: unknown
}

/**
 * Matchers for `expect.extend`: `toHaveRecords` takes all records that are there and compares the fields that are given.
 *
 * @example
 * expect.extend(topicMatchers)
 * expect(driver.outputTopic(counts)).toHaveRecords([{ key: 'a', value: 1 }])
 */
export const topicMatchers: {
  readonly toHaveRecords: <K, V>(
    output: TestOutputTopic<K, V>,
    expected: readonly ExpectedRecord<K, V>[],
  ) => MatcherResult
} = {
  toHaveRecords(output, expected) {
    const actual = output.readAll()
    const difference = differenceOf(actual, expected)
    return {
      pass: difference === undefined,
      message: () => difference ?? `'${output.name}' has exactly these records, and should not`,
      actual,
      expected,
    }
  },
}

/**
 * Takes all records that are there and throws where they are not the expected ones; for node:test.
 *
 * @throws AssertionError that says which record differs in what.
 * @example
 * assertRecords(driver.outputTopic(counts), [{ key: 'a', value: 1 }])
 */
export function assertRecords<K, V>(output: TestOutputTopic<K, V>, expected: readonly ExpectedRecord<K, V>[]): void {
  const { pass, message, actual } = topicMatchers.toHaveRecords(output, expected)
  if (!pass) throw new AssertionError({ message: message(), actual, expected, operator: 'assertRecords' })
}

function differenceOf(
  actual: readonly TestRecord<unknown, unknown>[],
  expected: readonly ExpectedRecord<unknown, unknown>[],
): string | undefined {
  for (const [i, want] of expected.entries()) {
    const got = actual[i]
    if (got === undefined) return `there are ${actual.length} records; record ${i} should be ${inspect(want)}`
    for (const field of ['key', 'value', 'timestamp', 'partition'] as const) {
      if (!(field in want) || isDeepStrictEqual(got[field], want[field])) continue
      return `record ${i} has the ${field} ${inspect(got[field])}, not ${inspect(want[field])}`
    }
    if (want.headers !== undefined && !isDeepStrictEqual(got.headers.entries, toHeaders(want.headers).entries)) {
      return `record ${i} has the headers ${inspect(got.headers.entries)}, not ${inspect(toHeaders(want.headers).entries)}`
    }
  }
  const [next] = actual.slice(expected.length)
  return next === undefined
    ? undefined
    : `there are ${actual.length} records, not ${expected.length}: the next is ${inspect(next)}`
}

function toHeaders(headers: NonNullable<ExpectedRecord<unknown, unknown>['headers']>): RecordHeaders {
  return headers instanceof RecordHeaders ? headers : RecordHeaders.from(headers)
}
