// A windowed count equals a recount, by hand and from the whole input, of the records that were in time.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type KGroupedStream,
  type KTable,
  StreamsBuilder,
  type Windowed,
  hopping,
  serdes,
  session,
  sliding,
  topic,
  tumbling,
} from 'tidemill'
import { TopologyTestDriver } from 'tidemill/testing'
import { PROPERTY_TIMEOUT_MS, RUNS } from './runs.ts'

type Input = readonly [key: string, timestamp: number]
type Counts = Record<string, number>

const words = topic('words', { key: serdes.string, value: serdes.string })
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })

const someInput: fc.Arbitrary<Input[]> = fc.array(fc.tuple(fc.constantFrom('A', 'B'), fc.nat(80)), { maxLength: 25 })
const someGrace = fc.nat(30)

type Count = (grouped: KGroupedStream<string, string>) => KTable<Windowed<string>, number>

/** What the output holds at last of each window. */
function run(records: readonly Input[], count: Count, cache: boolean): Counts {
  const builder = new StreamsBuilder()
  count(builder.stream(words).groupByKey())
    .toStream((_, { key, window }) => `${key}@${window.start}/${window.end}`)
    .to(counts)
  using driver = new TopologyTestDriver(builder.build(), { cache })
  driver.inputTopic(words).pipeAll(records.map(([key, timestamp]) => ({ key, value: '', timestamp })))
  driver.commit()
  const result: Counts = {}
  for (const { key, value } of driver.outputTopic(counts)) {
    // A session that became part of another is deleted.
    if (value === null) delete result[key]
    else result[key] = value
  }
  return result
}

/** Each record with the stream time when it came. */
function* withStreamTime(records: readonly Input[]): Generator<readonly [...Input, streamTime: number]> {
  let streamTime = -1
  for (const [key, timestamp] of records) {
    streamTime = Math.max(streamTime, timestamp)
    yield [key, timestamp, streamTime]
  }
}

const add = (result: Counts, key: string, start: number, end: number): void => {
  const name = `${key}@${start}/${end}`
  result[name] = (result[name] ?? 0) + 1
}

describe('tumbling and hopping windows', () => {
  function recount(records: readonly Input[], size: number, advance: number, grace: number): Counts {
    const result: Counts = {}
    for (const [key, timestamp, streamTime] of withStreamTime(records)) {
      for (let start = 0; start <= timestamp; start += advance)
        if (start + size > timestamp && start + size > streamTime - grace) add(result, key, start, start + size)
    }
    return result
  }

  test('tumbling', { timeout: PROPERTY_TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(
        someInput,
        fc.integer({ min: 1, max: 20 }),
        someGrace,
        fc.boolean(),
        (records, size, grace, cache) => {
          const count: Count = (grouped) => grouped.windowedBy(tumbling({ size, grace })).count()
          expect(run(records, count, cache)).toEqual(recount(records, size, size, grace))
        },
      ),
      RUNS,
    )
  })

  test('hopping', { timeout: PROPERTY_TIMEOUT_MS }, () => {
    const someSizes = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
    fc.assert(
      fc.property(someInput, someSizes, someGrace, fc.boolean(), (records, [a, b], grace, cache) => {
        const [size, advance] = [Math.max(a, b), Math.min(a, b)]
        const count: Count = (grouped) => grouped.windowedBy(hopping({ size, advance, grace })).count()
        expect(run(records, count, cache)).toEqual(recount(records, size, advance, grace))
      }),
      RUNS,
    )
  })
})

describe('sliding windows', () => {
  /** Of each record in time: the window that it ends and the one that begins after it, where that is not empty. */
  function recount(records: readonly Input[], difference: number): Counts {
    const result: Counts = {}
    for (const [key, timestamp] of records) {
      for (const start of [Math.max(0, timestamp - difference), timestamp + 1]) {
        const end = start + difference
        const inside = records.filter(([other, at]) => other === key && at >= start && at <= end)
        if (inside.length > 0) result[`${key}@${start}/${end}`] = inside.length
      }
    }
    return result
  }

  /**
   * Splits off the records that are too late for every window. Those between, too late for the windows that they would make and in
   * time for some that others made, are left out: which windows there are to be late for depends on the order.
   */
  function sortOut(records: readonly Input[], difference: number, grace: number) {
    const [all, inTime]: [Input[], Input[]] = [[], []]
    let streamTime = -1
    for (const [key, timestamp] of records) {
      const closed = Math.max(streamTime, timestamp) - grace
      const isInTime = timestamp > closed
      if (!isInTime && timestamp + 1 + difference > closed) continue
      streamTime = Math.max(streamTime, timestamp)
      all.push([key, timestamp])
      if (isInTime) inTime.push([key, timestamp])
    }
    return { all, inTime }
  }

  test('sliding', { timeout: PROPERTY_TIMEOUT_MS }, () => {
    const someGraceAbove = fc.integer({ min: 1, max: 30 })
    fc.assert(
      fc.property(someInput, fc.nat(15), someGraceAbove, fc.boolean(), (records, timeDifference, grace, cache) => {
        const { all, inTime } = sortOut(records, timeDifference, grace)
        const count: Count = (grouped) => grouped.windowedBy(sliding({ timeDifference, grace })).count()
        expect(run(all, count, cache)).toEqual(recount(inTime, timeDifference))
      }),
      RUNS,
    )
  })
})

describe('session windows', () => {
  /** Sessions as sets of times; one is joined as long as it is open, a record of which nothing is open is dropped. */
  function recount(records: readonly Input[], gap: number, grace: number): Counts {
    const sessions: { readonly key: string; readonly times: readonly number[] }[] = []
    for (const [key, timestamp, streamTime] of withStreamTime(records)) {
      const isOpen = (times: readonly number[]): boolean => Math.max(...times) >= streamTime - grace - gap
      const near = sessions.filter(
        (one) =>
          one.key === key &&
          isOpen(one.times) &&
          Math.min(...one.times) <= timestamp + gap &&
          Math.max(...one.times) >= timestamp - gap,
      )
      const times = [...near.flatMap((one) => one.times), timestamp]
      if (!isOpen(times)) continue
      for (const one of near) sessions.splice(sessions.indexOf(one), 1)
      sessions.push({ key, times })
    }
    return Object.fromEntries(
      sessions.map(({ key, times }) => [`${key}@${Math.min(...times)}/${Math.max(...times)}`, times.length]),
    )
  }

  test('session', { timeout: PROPERTY_TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(someInput, fc.integer({ min: 1, max: 10 }), someGrace, fc.boolean(), (records, gap, grace, cache) => {
        const count: Count = (grouped) => grouped.windowedBy(session({ inactivityGap: gap, grace })).count()
        expect(run(records, count, cache)).toEqual(recount(records, gap, grace))
      }),
      RUNS,
    )
  })
})
