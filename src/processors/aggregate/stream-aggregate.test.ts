import { describe, expect, test } from 'vitest'
import { serdes } from '../../serde/index.ts'
import { keyValue } from '../harness/definitions.ts'
import { ProcessorHarness } from '../harness/processor-harness.ts'
import { streamAggregate, type StreamAggregateOptions } from './stream-aggregate.ts'

const count = {
  store: 'counts',
  initializer: () => 0,
  aggregator: (n: number) => n + 1,
  sendOldValues: false,
} satisfies StreamAggregateOptions

const counts = keyValue('counts', { value: serdes.int64 })
const changes = (forwarded: readonly { readonly value: unknown }[]): unknown[] => forwarded.map(({ value }) => value)

describe('streamAggregate', () => {
  test('each record updates its key and is forwarded at once without a cache', () => {
    const harness = new ProcessorHarness(streamAggregate(count), { stores: [counts] })
    expect(harness.pipe('a', 'x', 1)).toMatchObject([
      { key: 'a', value: { newValue: 1, oldValue: null }, timestamp: 1 },
    ])
    expect(harness.pipe('a', 'x', 2)).toMatchObject([
      { key: 'a', value: { newValue: 2, oldValue: null }, timestamp: 2 },
    ])
  })

  test('the timestamp of an aggregate never goes back', () => {
    const harness = new ProcessorHarness(streamAggregate(count), { stores: [counts] })
    harness.pipe('a', 'x', 9)
    expect(harness.pipe('a', 'x', 2)).toMatchObject([{ timestamp: 9 }])
  })

  test('a missing key or value is dropped', () => {
    const harness = new ProcessorHarness(streamAggregate(count), { stores: [counts] })
    expect([...harness.pipe(null, 'x', 0), ...harness.pipe('a', null, 0)]).toEqual([])
    expect(harness.dropReasons).toEqual(['null-key-or-value', 'null-key-or-value'])
  })

  test('the first value of a reduce is its aggregate, without a call', () => {
    const reduce = { store: 's', initializer: undefined, aggregator: (a: string, v: string) => a + v }
    const harness = new ProcessorHarness(streamAggregate({ ...reduce, sendOldValues: true }), {
      stores: [keyValue('s')],
    })
    expect(changes(harness.pipe('a', 'x', 0))).toMatchObject([{ newValue: 'x', oldValue: null }])
    expect(changes(harness.pipe('a', 'y', 0))).toMatchObject([{ newValue: 'xy', oldValue: 'x' }])
  })

  test('those who ask for old values see the initial one before the first, as in Kafka Streams', () => {
    const harness = new ProcessorHarness(streamAggregate({ ...count, sendOldValues: true }), { stores: [counts] })
    expect(changes(harness.pipe('a', 'x', 0))).toMatchObject([{ newValue: 1, oldValue: 0 }])
  })

  test('null from the aggregator deletes', () => {
    const aggregator = (_: unknown, value: string): string | null => (value === 'stop' ? null : value)
    const options = { store: 's', initializer: () => '', aggregator, sendOldValues: true }
    const harness = new ProcessorHarness(streamAggregate(options), { stores: [keyValue('s')] })
    harness.pipe('a', 'x', 0)
    expect(changes(harness.pipe('a', 'stop', 0))).toMatchObject([{ newValue: null, oldValue: 'x' }])
    expect(changes(harness.pipe('a', 'y', 0))).toMatchObject([{ newValue: 'y', oldValue: '' }])
  })

  test.each([0, 1_000_000])(
    'an aggregate that is changed in place still has right old values (cache of %d bytes)',
    (cacheBytesMax) => {
      const options = {
        store: 's',
        initializer: (): string[] => [],
        aggregator: (list: string[], value: string) => (list.push(value), list),
        sendOldValues: true,
      }
      const stores = [keyValue('s', { value: serdes.json<string[]>(), caching: true })]
      const harness = new ProcessorHarness(streamAggregate(options), { stores, cacheBytesMax })
      const seen = ['x', 'y'].flatMap((value) => [...harness.pipe('a', value, 0), ...harness.commit()])
      const before = cacheBytesMax === 0 ? [] : null
      expect(changes(seen)).toMatchObject([
        { newValue: ['x'], oldValue: before },
        { newValue: ['x', 'y'], oldValue: ['x'] },
      ])
    },
  )

  test('with a cache, updates of a key between commits are one change, from what was last sent', () => {
    const stores = [keyValue('counts', { value: serdes.int64, caching: true })]
    const harness = new ProcessorHarness(streamAggregate({ ...count, sendOldValues: true }), {
      stores,
      cacheBytesMax: 1_000_000,
    })
    for (let i = 0; i < 3; i++) expect(harness.pipe('a', 'x', i)).toEqual([])
    expect(harness.commit()).toMatchObject([{ key: 'a', value: { newValue: 3, oldValue: null }, timestamp: 2 }])
    harness.pipe('a', 'x', 5)
    expect(harness.commit()).toMatchObject([{ key: 'a', value: { newValue: 4, oldValue: 3 }, timestamp: 5 }])
  })
})
