import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sortBy } from './sort-by.ts'

describe('sorting by numbers', () => {
  test('gives the items in the order of their numbers, those of one number as they came', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 0x7fff_ffff }), { maxLength: 400 })
    fc.assert(
      fc.property(numbers, fc.constantFrom(0, 12, 24), (all, shift) => {
        const few = all.map((number) => number >>> shift)
        const expected = few.map((_, i) => i).sort((a, b) => (few[a] as number) - (few[b] as number))
        const items = Int32Array.from(few.keys())
        expect([...sortBy(Int32Array.from(few), items, Math.max(0, ...few))]).toEqual(expected)
      }),
    )
  })
})
