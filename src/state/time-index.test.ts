import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { TimeIndex, type TimedRow } from './time-index.ts'

const NOTED_MAX = 6

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), major: fc.nat(30), key: fc.constantFrom('a', 'b') }) }, // prettier-ignore
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), from: fc.nat(30), length: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), below: fc.nat(20) }) },
)

it('finds all rows of a store by their time, also of more than it notes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const index = new TimeIndex<string>(NOTED_MAX)
      let rows: TimedRow<string>[] = []
      let lowest = 0
      for (const each of steps) {
        if (each.kind === 'put') {
          const { key, major } = each
          if (major < lowest) continue
          if (!rows.some((row) => row.key === key && row.major === major)) rows.push({ key, major, minor: 0 })
          index.note(key, major, 0)
        } else if (each.kind === 'drop') {
          lowest = Math.max(lowest, each.below)
          rows = rows.filter(({ major }) => major >= lowest)
          index.dropBelow(lowest)
        } else {
          const from = Math.max(lowest, each.from)
          const to = each.from + each.length
          const read = (start: number): readonly TimedRow<string>[] =>
            rows.filter(({ major }) => major >= start).sort((a, b) => a.major - b.major)
          const found = new Set<string>()
          const majors: number[] = []
          for (let next = from; next <= to;) {
            const horizon = index.knownTo(next, lowest, { timedRows: read })
            for (const major of index.majorsIn(next, Math.min(to, horizon - 1))) {
              majors.push(major)
              for (const { key } of index.rowsAt(major)) found.add(`${key}@${major}`)
            }
            next = Math.max(horizon, next + 1)
          }
          expect(majors).toEqual(majors.toSorted((a, b) => a - b))
          const expected = rows.filter(({ major }) => major >= from && major <= to)
          expect([...found].sort()).toEqual(expected.map(({ key, major }) => `${key}@${major}`).sort())
        }
      }
    }),
    { numRuns: 300 },
  )
})
