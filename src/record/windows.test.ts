import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { duration, durationMs, formatDuration, positiveDurationMs } from './duration.ts'
import { hopping, session, sliding, tumbling, unlimited, windows, windowsFor } from './windows.ts'

describe('a duration', () => {
  it.each([
    [250, 250],
    ['250ms', 250],
    ['5s', 5_000],
    ['1.5m', 90_000],
    ['1.1s', 1_100],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
  ])('%j is %d ms', (value, ms) => {
    expect(durationMs(value, 'size')).toBe(ms)
  })

  it.each(['5 parsecs', '', 's', '-5s', '1e3s', '5S'])('refuses %j', (text) => {
    expect(() => duration(text)).toThrow(
      /which is not a duration: write milliseconds as a number, or a number with one of the units/,
    )
  })

  it('refuses what is negative, no whole number of ms, or 0 where it must last', () => {
    expect(() => durationMs(-1, 'grace')).toThrow('grace is -1: a duration cannot be negative')
    expect(() => durationMs('0.5ms', 'grace')).toThrow('grace is 0.5ms: a duration is a whole number of milliseconds')
    expect(() => durationMs(Infinity, 'grace')).toThrow(/grace is Infinity/)
    expect(() => positiveDurationMs('0s', 'size')).toThrow(/size is 0: it must be longer/)
  })

  it('is shown with the largest unit that fits', () => {
    expect([0, 90_000, 7_200_000, 1_001, 86_400_000].map(formatDuration)).toEqual(['0ms', '90s', '2h', '1001ms', '1d'])
  })
})

describe('windows', () => {
  it('that hop are all that hold the time, in order', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 })).filter(([a, b]) => a >= b)
    fc.assert(
      fc.property(sizes, fc.nat({ max: 500 }), ([size, advance], time) => {
        const expected: { start: number; end: number }[] = []
        for (let start = 0; start <= time; start += advance) {
          if (start + size > time) expected.push({ start, end: start + size })
        }
        expect(windowsFor(hopping({ size, advance }), time)).toEqual(expected)
      }),
    )
  })

  it('that tumble are one', () => {
    expect(windowsFor(tumbling({ size: '5s' }), 12_345)).toEqual([{ start: 10_000, end: 15_000 }])
  })

  it('without an end begin at their start', () => {
    expect(windowsFor(unlimited({ start: new Date(5) }), 4)).toEqual([])
    expect(windowsFor(unlimited({ start: 5 }), 5)).toEqual([{ start: 5, end: Infinity }])
  })

  it("of one's own are what the function says", () => {
    const own = windows({ size: '1d', windowsFor: (time) => [{ start: time, end: time + 1 }] })
    expect(windowsFor(own, 7)).toEqual([{ start: 7, end: 8 }])
  })

  it('have no grace unless told', () => {
    expect([
      tumbling({ size: 5 }),
      sliding({ timeDifference: 0 }),
      session({ inactivityGap: 5, grace: '1s' }),
    ]).toMatchObject([{ graceMs: 0 }, { graceMs: 0 }, { graceMs: 1_000 }])
  })

  it('refuse what makes no sense, with the values', () => {
    expect(() => hopping({ size: '5s', advance: '10s' })).toThrow(
      'advance 10s is longer than size 5s: records between windows would be lost; make advance at most 5s',
    )
    expect(() => tumbling({ size: 0 })).toThrow(/size of the tumbling windows is 0/)
    expect(() => session({ inactivityGap: 0 })).toThrow(/inactivityGap of the sessions is 0/)
    expect(() => unlimited({ start: -1 })).toThrow(/start of the unlimited window is -1/)
  })
})
