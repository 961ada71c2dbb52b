import { describe, expect, test } from 'vitest'
import { serdes } from '../../serde/index.ts'
import { keyValue } from '../harness/definitions.ts'
import { type Forwarded, ProcessorHarness } from '../harness/processor-harness.ts'
import { makeChange } from '../stream-records.ts'
import { filterView, mapValuesView, storeView, tableJoinView, transformValuesView } from '../table-view.ts'
import type { ValueTransformer } from '../user-processor.ts'
import { tableAggregate } from './table-aggregate.ts'
import { tableFilter } from './table-filter.ts'
import { tableGroupBy } from './table-group-by.ts'
import { tableJoin, type TableJoinOptions } from './table-join.ts'
import { tableMapValues } from './table-map-values.ts'
import { tableSource } from './table-source.ts'
import { tableToStream } from './table-to-stream.ts'
import { transformValues } from './transform-values.ts'

const change = (newValue: unknown, oldValue: unknown = null): unknown => makeChange(newValue, oldValue, true)
const pairs = (forwarded: readonly Forwarded[]): unknown[] =>
  forwarded.map(({ key, value }) => [key, value.newValue, value.oldValue])
const hasA = (value: string): boolean => value.includes('a')

describe('tableSource', () => {
  test('a stored table knows what was there, and takes older records as they come', () => {
    const harness = new ProcessorHarness(tableSource({ store: 's', sendOldValues: true }), { stores: [keyValue('s')] })
    expect(pairs(harness.pipe('k', 'v1', 9))).toEqual([['k', 'v1', null]])
    expect(harness.pipe('k', 'v2', 3)).toMatchObject([{ timestamp: 3, value: { newValue: 'v2', oldValue: 'v1' } }])
    expect(pairs(harness.pipe('k', null, 4))).toEqual([['k', null, 'v2']])
    expect(pairs(harness.pipe('gone', null, 4))).toEqual([['gone', null, null]])
  })

  test('a record without a key is dropped', () => {
    const harness = new ProcessorHarness(tableSource({ store: undefined, sendOldValues: false }))
    expect(harness.pipe(null, 'v', 0)).toEqual([])
    expect(harness.dropReasons).toEqual(['null-key'])
  })
})

describe('tableFilter', () => {
  const options = { predicate: hasA, negate: false, store: undefined, isVersioned: false }

  test('without old values every refused entry is a deletion downstream', () => {
    const harness = new ProcessorHarness(tableFilter({ ...options, sendOldValues: false }))
    expect(pairs(harness.pipe('k', change('a', 'x'), 0))).toEqual([['k', 'a', null]])
    expect(pairs(harness.pipe('k', change('b'), 0))).toEqual([['k', null, null]])
  })

  test('with old values, what nobody has seen is not deleted', () => {
    const harness = new ProcessorHarness(tableFilter({ ...options, sendOldValues: true }))
    expect(pairs(harness.pipe('k', change('b', 'c'), 0))).toEqual([])
    expect(pairs(harness.pipe('k', change('b', 'a'), 0))).toEqual([['k', null, 'a']])
  })

  test('a stored one reads old values from its own store', () => {
    const stored = tableFilter({ ...options, store: 's', sendOldValues: true })
    const harness = new ProcessorHarness(stored, { stores: [keyValue('s')] })
    expect(pairs(harness.pipe('k', change('a1'), 0))).toEqual([['k', 'a1', null]])
    expect(pairs(harness.pipe('k', change('a2', 'not looked at'), 0))).toEqual([['k', 'a2', 'a1']])
  })
})

describe('tableMapValues and transformValues', () => {
  test('a mapper is not called for deletions', () => {
    const mapper = (value: string): string => value.toUpperCase()
    const harness = new ProcessorHarness(tableMapValues({ mapper, store: undefined, sendOldValues: true }))
    expect(pairs(harness.pipe('k', change(null, 'x'), 0))).toEqual([['k', null, 'X']])
  })

  test('a transformer is', () => {
    const transformer: ValueTransformer<string, string, string> = {
      init: () => ({ transform: (value, key) => `${key}=${value}` }),
    }
    const harness = new ProcessorHarness(transformValues({ transformer, store: undefined, sendOldValues: false }))
    expect(pairs(harness.pipe('k', change(null, 'x'), 0))).toEqual([['k', 'k=null', null]])
  })
})

test('a stream of a table has the new values and the deletions', () => {
  const harness = new ProcessorHarness(tableToStream())
  expect([...harness.pipe('k', change('v', 'x'), 0), ...harness.pipe('k', change(null, 'v'), 0)]).toMatchObject([
    { key: 'k', value: 'v' },
    { key: 'k', value: null },
  ])
})

describe('tableGroupBy', () => {
  const mapper = (value: string): readonly [string | null, string] | null =>
    value === 'none' ? null : [value === '-' ? null : value.slice(0, 1), value]

  test('a change that moves between groups leaves the old one first', () => {
    const harness = new ProcessorHarness(tableGroupBy({ mapper, isVersioned: false }))
    expect(pairs(harness.pipe('k', change('b1', 'a1'), 0))).toEqual([
      ['a', null, 'a1'],
      ['b', 'b1', null],
    ])
  })

  test('a change within a group is one message, so that nobody sees the group without it', () => {
    const harness = new ProcessorHarness(tableGroupBy({ mapper, isVersioned: false }))
    expect(pairs(harness.pipe('k', change('a2', 'a1'), 0))).toEqual([['a', 'a2', 'a1']])
  })

  test('a half without a group is left out; a record without a key is an error', () => {
    const harness = new ProcessorHarness(tableGroupBy({ mapper, isVersioned: false }))
    expect(pairs(harness.pipe('k', change('-', 'a1'), 0))).toEqual([['a', null, 'a1']])
    expect(pairs(harness.pipe('k', change('a2', 'none'), 0))).toEqual([['a', 'a2', null]])
    expect(pairs(harness.pipe('k', change('none', 'a2'), 0))).toEqual([['a', null, 'a2']])
    expect(() => harness.pipe(null, change('a'), 0)).toThrow(/without a key/)
  })

  test('of versions only the latest count', () => {
    const harness = new ProcessorHarness(tableGroupBy({ mapper, isVersioned: true }))
    expect(harness.pipe('k', makeChange('a2', 'a1', false), 0)).toEqual([])
  })
})

describe('tableAggregate', () => {
  const sum = {
    store: 's',
    initializer: () => 0,
    adder: (a: number, v: string) => a + Number(v),
    subtractor: (a: number, v: string) => a - Number(v),
    sendOldValues: false,
  }

  test('takes out the old value, then adds the new one', () => {
    const harness = new ProcessorHarness(tableAggregate(sum), { stores: [keyValue('s', { value: serdes.int64 })] })
    harness.pipe('g', change('5'), 7)
    expect(harness.pipe('g', change('3', '5'), 2)).toMatchObject([{ value: { newValue: 3 }, timestamp: 7 }])
    expect(harness.pipe('g', change(null, '3'), 9)).toMatchObject([{ value: { newValue: 0 }, timestamp: 9 }])
  })

  test('a reduce begins with the value itself, and nothing is taken out of nothing', () => {
    const reduce = {
      ...sum,
      initializer: undefined,
      adder: (a: string, v: string) => a + v,
      subtractor: (a: string, v: string) => a.replace(v, ''),
    }
    const harness = new ProcessorHarness(tableAggregate(reduce), { stores: [keyValue('s')] })
    expect(pairs(harness.pipe('g', change('b', 'a'), 0))).toEqual([['g', 'b', null]])
    expect(pairs(harness.pipe('g', change('c', 'b'), 0))).toEqual([['g', 'c', null]])
  })
})

describe('tableJoin', () => {
  const joiner = (left?: string, right?: string): string => `${left}+${right}`
  const table = keyValue('other')

  function join(options: Pick<TableJoinOptions, 'kind' | 'side'>): ProcessorHarness {
    const other = storeView('other')
    const join = tableJoin({ ...options, joiner, other, sendOldValues: true, isVersioned: false })
    const harness = new ProcessorHarness(tableSource({ store: 'other', sendOldValues: false }), { stores: [table] })
    harness.pipe('both', 'o', 50)
    harness.also(join)
    return harness
  }

  test.each([
    ['inner', 'left', [], [['n+o', 'x+o']], [[null, 'x+o']]],
    ['inner', 'right', [], [['o+n', 'o+x']], [[null, 'o+x']]],
    ['left', 'left', [['n+undefined', 'x+undefined']], [['n+o', 'x+o']], [[null, 'x+o']]],
    ['left', 'right', [], [['o+n', 'o+x']], [['o+undefined', 'o+x']]],
    ['outer', 'left', [['n+undefined', 'x+undefined']], [['n+o', 'x+o']], [['undefined+o', 'x+o']]],
    ['outer', 'right', [['undefined+n', 'undefined+x']], [['o+n', 'o+x']], [['o+undefined', 'o+x']]],
  ] as const)('%s, a change on the %s: alone, with a partner, a deletion', (kind, side, alone, both, deleted) => {
    const harness = join({ kind, side })
    const news = (key: string, value: unknown): unknown[] =>
      harness.pipe(key, value, 7).map((one) => [one.value.newValue, one.value.oldValue])
    expect(news('alone', change('n', 'x'))).toEqual(alone)
    expect(news('both', change('n', 'x'))).toEqual(both)
    expect(news('both', change(null, 'x'))).toEqual(deleted)
    expect(harness.pipe('alone', change(null, null), 7)).toEqual([])
  })

  test('the result is as new as the newer side', () => {
    expect(join({ kind: 'inner', side: 'left' }).pipe('both', change('n'), 7)).toMatchObject([{ timestamp: 50 }])
  })
})

describe('views of tables that are not stored', () => {
  function filled(): ProcessorHarness {
    const stores = [keyValue('l'), keyValue('r')]
    const harness = new ProcessorHarness(tableSource({ store: 'l', sendOldValues: false }), { stores })
    harness.pipe('k', 'abc', 5)
    harness.pipe('only-left', 'x', 6)
    harness.also(tableSource({ store: 'r', sendOldValues: false }))
    harness.pipe('k', 'def', 9)
    return harness
  }

  test('filter and mapValues compute on the way from the store', () => {
    const harness = filled()
    const view = mapValuesView(filterView(storeView('l'), hasA, false), (value) => value.toUpperCase()).open(harness)
    expect(view.get('k')).toBe('ABC')
    expect(view.getStored('k')).toMatchObject({ value: 'ABC', timestamp: 5 })
    expect(view.get('only-left')).toBeUndefined()
    expect(view.get('none')).toBeUndefined()
  })

  test('a join reads both sides', () => {
    const joiner = (l?: string, r?: string): string => `${l}+${r}`
    const view = (kind: 'inner' | 'left'): unknown =>
      tableJoinView({ kind, left: storeView('l'), right: storeView('r'), joiner }).open(harness)
    const harness = filled()
    expect(view('inner')).toSatisfy((inner: any) => inner.get('only-left') === undefined)
    expect(view('left')).toSatisfy((left: any) => left.get('only-left') === 'x+undefined')
    expect(view('inner')).toSatisfy((inner: any) => inner.getStored('k').timestamp === 9)
  })

  test('a transformer sees the time of what is stored, and no topic', () => {
    const transformer: ValueTransformer<string, string, string> = {
      init: (context) => ({ transform: (value) => `${value}@${context.record.timestamp}/${context.record.topic}` }),
    }
    const view = transformValuesView(storeView('l'), transformer).open(filled())
    expect(view.get('k')).toBe('abc@5/null')
    expect(view.get('none')).toBe('null@-1/null')
  })
})
