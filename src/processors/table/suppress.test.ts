import { describe, expect, test } from 'vitest'
import { RecordHeaders, tumbling } from '../../record/index.ts'
import { serdes } from '../../serde/index.ts'
import { keyValue, suppressBuffer } from '../harness/definitions.ts'
import { type Forwarded, ProcessorHarness } from '../harness/processor-harness.ts'
import { makeChange } from '../stream-records.ts'
import { storeView, suppressView } from '../table-view.ts'
import { suppress, type SuppressOptions } from './suppress.ts'
import { tableSource } from './table-source.ts'

const change = (newValue: unknown, oldValue: unknown = null): unknown => makeChange(newValue, oldValue, true)
const news = (forwarded: readonly Forwarded[]): unknown[] =>
  forwarded.map(({ key, value }) => [typeof key === 'string' ? key : key.key, value.newValue])

const limits = {
  buffer: 'b',
  maxRecords: undefined,
  maxBytes: undefined,
  whenFull: 'emit-early',
  idleAfterMs: undefined,
} as const

function untilLimit(options: Partial<SuppressOptions> = {}): ProcessorHarness {
  const supplier = suppress({ ...limits, until: 'time-limit', waitMs: 10, ...options })
  return new ProcessorHarness(supplier, { stores: [suppressBuffer('b')] })
}

const windowed = serdes.windowed(serdes.string, tumbling({ size: 10 }))
const inWindow = (key: string, start: number): unknown => ({ key, window: { start, end: start + 10 } })

function untilClose(options: Partial<SuppressOptions> = {}): ProcessorHarness {
  const supplier = suppress({ ...limits, until: 'window-closes', waitMs: 5, ...options })
  return new ProcessorHarness(supplier, { stores: [suppressBuffer('b', { key: windowed, value: serdes.int64 })] })
}

describe('suppress until a time limit', () => {
  test('an entry leaves as its latest change when event time is past its first one by the limit', () => {
    const harness = untilLimit()
    expect(harness.pipe('a', change('1'), 0)).toEqual([])
    expect(harness.pipe('a', change('2', '1'), 8)).toEqual([])
    expect(harness.pipe('b', change('x'), 9)).toEqual([])
    expect(news(harness.pipe('b', change('y', 'x'), 10))).toEqual([['a', '2']])
  })

  test('it carries timestamp, headers and offset of the change that it is', () => {
    const harness = untilLimit()
    const headers = RecordHeaders.from({ trace: 'latest' })
    harness.pipe('a', change('1'), 0)
    harness.pipe('a', change('2', '1'), 8, headers)
    expect(harness.pipe('b', change('x'), 30)).toMatchObject([{ key: 'a', timestamp: 8, headers, offset: 1 }])
  })

  test('deletions are changes too', () => {
    const harness = untilLimit()
    harness.pipe('a', change(null, '1'), 0)
    expect(news(harness.pipe('b', change('x'), 10))).toEqual([['a', null]])
  })

  test('one too many makes the oldest leave early', () => {
    const harness = untilLimit({ maxRecords: 2 })
    harness.pipe('a', change('1'), 0)
    harness.pipe('b', change('1'), 1)
    expect(news(harness.pipe('c', change('1'), 2))).toEqual([['a', '1']])
  })

  test('so do too many bytes', () => {
    const harness = untilLimit({ maxBytes: 1 })
    expect(news(harness.pipe('a', change('1'), 0))).toEqual([['a', '1']])
  })

  test('or it shuts down and says what its limits are', () => {
    const harness = untilLimit({ maxRecords: 1, whenFull: 'shut-down' })
    harness.pipe('a', change('1'), 0)
    expect(() => harness.pipe('b', change('1'), 0)).toThrow(/2 records.*maxRecords 1/)
  })

  test('readers downstream see what was there before the changes that are held back', () => {
    const stores = [suppressBuffer('b'), keyValue('table')]
    const harness = new ProcessorHarness(tableSource({ store: 'table', sendOldValues: false }), { stores })
    harness.pipe('a', 'new', 0)
    harness.pipe('through', 'seen', 0)
    harness.also(suppress({ ...limits, until: 'time-limit', waitMs: 10 }))
    harness.pipe('a', change('new', 'old'), 0)
    harness.pipe('fresh', change('new'), 0)
    const view = suppressView(storeView('table'), 'b').open(harness)
    expect([view.get('a'), view.get('fresh'), view.get('through')]).toEqual(['old', undefined, 'seen'])
  })
})

describe('suppress until windows close', () => {
  test('each window gives one result, when its end and grace have passed', () => {
    const harness = untilClose()
    harness.pipe(inWindow('a', 0), change(1), 3)
    harness.pipe(inWindow('a', 0), change(2, 1), 9)
    expect(harness.pipe(inWindow('a', 10), change(1), 14)).toEqual([])
    expect(harness.pipe(inWindow('a', 10), change(2, 1), 15)).toMatchObject([
      { key: inWindow('a', 0), value: { newValue: 2 }, timestamp: 9 },
    ])
  })

  test('a window that ends deleted gives none', () => {
    const harness = untilClose()
    harness.pipe(inWindow('a', 0), change(null, 1), 3)
    expect(harness.pipe(inWindow('b', 10), change(1), 15)).toEqual([])
  })

  test('with idleAfter the wall clock closes a window once nothing comes, and for good', () => {
    const harness = untilClose({ idleAfterMs: 2_000 })
    harness.pipe(inWindow('a', 0), change(1), 3)
    expect(harness.advanceWallClock(1_999)).toEqual([])
    expect(news(harness.advanceWallClock(1))).toEqual([['a', 1]])
    expect(harness.pipe(inWindow('a', 0), change(2, 1), 4)).toEqual([])
    expect(harness.dropReasons).toEqual(['expired-window'])
    expect(harness.advanceWallClock(10_000)).toEqual([])
  })

  test('a record in between puts the idle time off', () => {
    const harness = untilClose({ idleAfterMs: 2_000 })
    harness.pipe(inWindow('a', 0), change(1), 3)
    harness.advanceWallClock(1_500)
    harness.pipe(inWindow('a', 0), change(2, 1), 4)
    expect(harness.advanceWallClock(1_500)).toEqual([])
    expect(news(harness.advanceWallClock(1_000))).toEqual([['a', 2]])
  })
})
