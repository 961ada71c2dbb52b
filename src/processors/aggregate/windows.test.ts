// Windowed aggregates against a recount by hand of the records that were in time.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  hopping,
  RecordHeaders,
  session,
  sliding,
  type TimeWindows,
  tumbling,
  type Window,
} from '../../record/index.ts'
import { serdes } from '../../serde/index.ts'
import type { StoreDefinition } from '../../state/index.ts'
import type { ProcessorSupplier } from '../functions.ts'
import * as definitions from '../harness/definitions.ts'
import { type Forwarded, ProcessorHarness } from '../harness/processor-harness.ts'
import { sessionAggregate } from './session-aggregate.ts'
import { slidingAggregate } from './sliding-aggregate.ts'
import { timeWindowAggregate } from './time-window-aggregate.ts'
import type { EmitStrategy } from './window-options.ts'

type Input = readonly [key: string, timestamp: number]

const count = { store: 's', initializer: () => 0, aggregator: (n: number) => n + 1, sendOldValues: false }
const merger = (a: number, b: number): number => a + b
const inputs = (timestampMax: number): fc.Arbitrary<Input[]> =>
  fc.array(fc.tuple(fc.constantFrom('A', 'B'), fc.nat(timestampMax)), { maxLength: 30 })

const windowOf = ({ key }: Forwarded): string => `${key.key}@${key.window.start}/${key.window.end}`

/** How much the cache holds (0: there is none), and after how many records comes a commit. */
interface Caching {
  readonly cacheBytesMax: number
  readonly commitEvery: number
}

const someCaching: fc.Arbitrary<Caching> = fc.record({
  cacheBytesMax: fc.constantFrom(0, 300, 1_000_000),
  commitEvery: fc.integer({ min: 1, max: 30 }),
})

function run(
  supplier: ProcessorSupplier,
  store: StoreDefinition,
  records: readonly Input[],
  { cacheBytesMax, commitEvery }: Caching = { cacheBytesMax: 0, commitEvery: 1 },
): readonly Forwarded[] {
  const harness = new ProcessorHarness(supplier, { stores: [{ ...store, caching: true }], cacheBytesMax })
  return records.flatMap(([key, timestamp], i) => [
    ...harness.pipe(key, 'v', timestamp),
    ...(i % commitEvery === 0 ? harness.commit() : []),
  ])
}

/** The last value of each window, none where it was deleted. */
function latest(forwarded: readonly Forwarded[]): Record<string, unknown> {
  const values = forwarded.map((one) => [windowOf(one), one.value.newValue] as const)
  return Object.fromEntries([...new Map(values)].filter(([, value]) => value !== null))
}

function counted(windows: readonly (readonly [key: string, window: Window])[]): Record<string, number> {
  const result: Record<string, number> = {}
  for (const [key, { start, end }] of windows) {
    const name = `${key}@${start}/${end}`
    result[name] = (result[name] ?? 0) + 1
  }
  return result
}

describe('timeWindowAggregate', () => {
  function recount(records: readonly Input[], { sizeMs, advanceMs, graceMs }: TimeWindows): Record<string, number> {
    const hits: [string, Window][] = []
    let streamTime = -1
    for (const [key, timestamp] of records) {
      streamTime = Math.max(streamTime, timestamp)
      for (let start = 0; start <= timestamp; start += advanceMs) {
        const end = start + sizeMs
        if (end > timestamp && end > streamTime - graceMs) hits.push([key, { start, end }])
      }
    }
    return counted(hits)
  }

  const someWindows = fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.nat(20))
    .map(([a, b, grace]) => hopping({ size: Math.max(a, b), advance: Math.min(a, b), grace }))

  function supplier(windows: TimeWindows, emit: EmitStrategy): [ProcessorSupplier, StoreDefinition] {
    const retentionMs = windows.sizeMs + windows.graceMs
    const store = { windowSizeMs: windows.sizeMs, retentionMs, value: serdes.int64, timeOrdered: emit !== 'on-update' }
    return [timeWindowAggregate({ ...count, windows, emit, idleAfterMs: undefined }), definitions.window('s', store)]
  }

  test('each window counts the records that were in time for it', () => {
    fc.assert(
      fc.property(inputs(60), someWindows, (records, windows) => {
        const [aggregate, store] = supplier(windows, 'on-update')
        expect(latest(run(aggregate, store, records))).toEqual(recount(records, windows))
      }),
      { numRuns: 200 },
    )
  })

  test('on close, each window that has closed is emitted once, with its final count, however far time jumps', () => {
    fc.assert(
      fc.property(inputs(400), someWindows, someCaching, (records, windows, caching) => {
        const [aggregate, store] = supplier(windows, 'on-window-close')
        const emitted = run(aggregate, store, records, caching)
        const closeTime = Math.max(-1, ...records.map(([, timestamp]) => timestamp)) - windows.graceMs
        const isClosed = ([name]: [string, number]): boolean => Number(name.split('/')[1]) <= closeTime
        const expected = Object.fromEntries(Object.entries(recount(records, windows)).filter(isClosed))
        expect(latest(emitted)).toEqual(expected)
        expect(emitted).toHaveLength(Object.keys(expected).length)
      }),
      { numRuns: 200 },
    )
  })

  test('a late record is dropped once for each window that has closed', () => {
    const [aggregate, store] = supplier(hopping({ size: 10, advance: 5 }), 'on-update')
    const harness = new ProcessorHarness(aggregate, { stores: [store] })
    harness.pipe('A', 'v', 30)
    harness.pipe('A', 'v', 7)
    expect(harness.dropReasons).toEqual(['expired-window', 'expired-window'])
  })

  test('what is emitted on close carries the time of the window and the headers of the record that closed it', () => {
    const [aggregate, store] = supplier(tumbling({ size: 10 }), 'on-window-close')
    const harness = new ProcessorHarness(aggregate, { stores: [store] })
    expect([...harness.pipe('A', 'v', 3), ...harness.pipe('A', 'v', 2)]).toEqual([])
    const headers = RecordHeaders.from({ why: 'closed' })
    expect(harness.pipe('B', 'v', 10, headers)).toMatchObject([
      {
        key: { key: 'A', window: { start: 0, end: 10 } },
        value: { newValue: 2, oldValue: null },
        timestamp: 3,
        headers,
      },
    ])
  })

  test('on close, a cache holds the changelog back: a window is logged once for each commit', () => {
    const [aggregate, store] = supplier(tumbling({ size: 10 }), 'on-window-close')
    const harness = new ProcessorHarness(aggregate, { stores: [{ ...store, caching: true }], cacheBytesMax: 1_000 })
    for (const timestamp of [3, 4, 12]) harness.pipe('A', 'v', timestamp)
    expect(harness.changes).toEqual([])
    harness.commit()
    expect(harness.changes).toHaveLength(2)
  })

  test('after a restart, what was emitted is not emitted again', () => {
    const [aggregate, store] = supplier(tumbling({ size: 10 }), 'on-window-close')
    const harness = new ProcessorHarness(aggregate, { stores: [store] })
    harness.pipe('A', 'v', 3)
    expect(harness.pipe('A', 'v', 12)).toHaveLength(1)
    harness.also(aggregate)
    expect(harness.pipe('A', 'v', 13)).toEqual([])
    expect(harness.pipe('A', 'v', 20)).toMatchObject([{ value: { newValue: 2 } }])
  })

  test('with idleAfter the wall clock closes windows, and they stay closed', () => {
    const windows = tumbling({ size: 10 })
    const [, store] = supplier(windows, 'on-window-close')
    const aggregate = timeWindowAggregate({ ...count, windows, emit: 'on-window-close', idleAfterMs: 5_000 })
    const harness = new ProcessorHarness(aggregate, { stores: [store] })
    harness.pipe('A', 'v', 3)
    expect(harness.advanceWallClock(4_000)).toEqual([])
    expect(harness.advanceWallClock(1_000)).toMatchObject([{ key: { key: 'A' }, value: { newValue: 1 } }])
    expect(harness.pipe('A', 'v', 4)).toEqual([])
    expect(harness.dropReasons).toEqual(['expired-window'])
  })
})

describe('slidingAggregate', () => {
  const differences = fc.integer({ min: 0, max: 12 })

  function supplier(difference: number, grace: number, emit: EmitStrategy): [ProcessorSupplier, StoreDefinition] {
    const windows = sliding({ timeDifference: difference, grace })
    const extra = { windowSizeMs: difference, retentionMs: 2 * difference + grace, timeOrdered: emit !== 'on-update' }
    const store = definitions.window('s', { ...extra, value: serdes.int64 })
    return [slidingAggregate({ ...count, windows, emit, idleAfterMs: undefined }), store]
  }

  /** Every window that a record ends or begins and that is not empty; all records are in time. */
  function recount(records: readonly Input[], difference: number): Record<string, number> {
    const result: Record<string, number> = {}
    for (const [key, timestamp] of records) {
      for (const start of [Math.max(0, timestamp - difference), timestamp + 1]) {
        const end = start + difference
        const inside = records.filter(([other, at]) => other === key && at >= start && at <= end)
        if (inside.length > 0) result[`${key}@${start}/${end}`] = inside.length
      }
    }
    return result
  }

  test('every window of a record counts what lies in it', () => {
    fc.assert(
      fc.property(inputs(60), differences, (records, difference) => {
        const [aggregate, store] = supplier(difference, 1_000, 'on-update')
        expect(latest(run(aggregate, store, records))).toEqual(recount(records, difference))
      }),
      { numRuns: 300 },
    )
  })

  test('on close, each window is emitted once, with its final count', () => {
    fc.assert(
      fc.property(inputs(60), differences, (records, difference) => {
        const [aggregate, store] = supplier(difference, 61, 'on-window-close')
        // A last record far away closes all.
        const emitted = run(aggregate, store, [...records, ['Z', 10_000]])
        const expected = recount(records, difference)
        expect(latest(emitted)).toEqual(expected)
        expect(emitted).toHaveLength(Object.keys(expected).length)
      }),
      { numRuns: 200 },
    )
  })

  test('an aggregate that is changed in place does not leak into other windows', () => {
    const windows = sliding({ timeDifference: 10, grace: 100 })
    const aggregate = slidingAggregate({
      store: 's',
      windows,
      initializer: () => [],
      aggregator: (list, value) => (list.push(value), list),
      sendOldValues: true,
      emit: 'on-update',
      idleAfterMs: undefined,
    })
    const extra = { windowSizeMs: 10, retentionMs: 120, value: serdes.json<string[]>(), caching: true }
    const harness = new ProcessorHarness(aggregate, {
      stores: [definitions.window('s', extra)],
      cacheBytesMax: 1_000_000,
    })
    for (const [value, at] of [['x', 20], ['z', 25], ['y', 22]] as const) harness.pipe('A', value, at) // prettier-ignore
    expect(latest(harness.commit())).toEqual({
      'A@10/20': ['x'],
      'A@21/31': ['z', 'y'],
      'A@15/25': ['x', 'z', 'y'],
      'A@12/22': ['x', 'y'],
      'A@23/33': ['z'],
    })
  })
})

describe('sessionAggregate', () => {
  const gaps = fc.integer({ min: 1, max: 10 })

  function supplier(gap: number, grace: number, emit: EmitStrategy, old = false): [ProcessorSupplier, StoreDefinition] {
    const windows = session({ inactivityGap: gap, grace })
    const store = definitions.session('s', {
      retentionMs: gap + grace,
      value: serdes.int64,
      timeOrdered: emit !== 'on-update',
    })
    const options = { ...count, sendOldValues: old, windows, emit, idleAfterMs: undefined }
    return [sessionAggregate({ ...options, merger }), store]
  }

  /** Sessions of records that are all in time. */
  function recount(records: readonly Input[], gap: number): Record<string, number> {
    const result: Record<string, number> = {}
    for (const key of new Set(records.map(([one]) => one))) {
      const times = records.flatMap(([other, at]) => (other === key ? [at] : [])).toSorted((a, b) => a - b)
      let from = 0
      times.forEach((at, i) => {
        const next = times[i + 1]
        if (next !== undefined && next - at <= gap) return
        result[`${key}@${times[from]}/${at}`] = i + 1 - from
        from = i + 1
      })
    }
    return result
  }

  test('records that are no further apart than the gap end in one session', () => {
    fc.assert(
      fc.property(inputs(80), gaps, (records, gap) => {
        const [aggregate, store] = supplier(gap, 1_000, 'on-update')
        expect(latest(run(aggregate, store, records))).toEqual(recount(records, gap))
      }),
      { numRuns: 300 },
    )
  })

  test('on close, each session is emitted once and never merged afterwards, however far time jumps', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 30 }), gaps, fc.nat(10), (steps, gap, grace) => {
        const [aggregate, store] = supplier(gap, grace, 'on-window-close')
        // In order, so that all are in time.
        let at = 0
        const records = steps.map((step): Input => ['A', (at += step)])
        const emitted = run(aggregate, store, [...records, ['Z', at + 1_000]])
        const expected = recount(records, gap)
        expect(latest(emitted)).toEqual(expected)
        expect(emitted).toHaveLength(Object.keys(expected).length)
      }),
      { numRuns: 200 },
    )
  })

  test('merged sessions are deleted with what they held, under their own end', () => {
    const [aggregate, store] = supplier(10, 100, 'on-update', true)
    const harness = new ProcessorHarness(aggregate, { stores: [store] })
    harness.pipe('A', 'v', 0)
    harness.pipe('A', 'v', 15)
    const forwarded = harness.pipe('A', 'v', 8)
    expect(forwarded.map((one) => [windowOf(one), one.value.newValue, one.value.oldValue, one.timestamp])).toEqual([
      ['A@0/0', null, 1, 0],
      ['A@15/15', null, 1, 15],
      ['A@0/15', 3, null, 15],
    ])
  })

  test('a session that lies exactly a gap back is joined as long as it is open', () => {
    const [aggregate, store] = supplier(10, 0, 'on-update')
    expect(latest(run(aggregate, store, [['A', 0], ['A', 10]]))).toEqual({ 'A@0/10': 2 }) // prettier-ignore
  })
})
