import { expect, it } from 'vitest'
import { runsToMerge } from './merge-policy.ts'

const CLASS = 100
const sizes = (...bytes: readonly number[]): { readonly byteCount: number }[] =>
  bytes.map((byteCount) => ({ byteCount }))

it('four runs of one size class are merged, with all that is newer', () => {
  expect(runsToMerge(sizes(90, 90, 90), CLASS)).toBe(0)
  expect(runsToMerge(sizes(90, 90, 90, 90), CLASS)).toBe(4)
  expect(runsToMerge(sizes(90, 90, 300, 300, 300, 300), CLASS)).toBe(6)
  expect(runsToMerge(sizes(90, 300, 300, 300, 5_000), CLASS)).toBe(0)
})

it('what becomes the fourth of the next class by its merge is merged with that at once', () => {
  expect(runsToMerge(sizes(90, 90, 90, 90, 300, 300, 300), CLASS)).toBe(7)
  expect(runsToMerge(sizes(90, 90, 90, 90, 300, 300), CLASS)).toBe(4)
})

it('however runs come, few are left and each is merged few times', () => {
  let runs: { readonly byteCount: number }[] = []
  let written = 0
  for (let i = 0; i < 4_096; i++) {
    runs.unshift({ byteCount: 90 })
    for (let count = runsToMerge(runs, CLASS); count > 0; count = runsToMerge(runs, CLASS)) {
      const byteCount = runs.slice(0, count).reduce((sum, run) => sum + run.byteCount, 0)
      written += byteCount
      runs = [{ byteCount }, ...runs.slice(count)]
    }
    expect(runs.length).toBeLessThan(24)
  }
  expect(written / (4_096 * 90)).toBeLessThan(7)
})
