// What joins read of a window store, against what its face gives.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Serde, serdes } from '../serde/index.ts'
import type { WindowStoreDefinition } from './definition.ts'
import { NO_POSITION, TestHost, keyValueDefinition } from './test-host.ts'
import { WindowState } from './window-store.ts'

const RETENTION_MS = 20

function open<V>(host: TestHost, value: Serde<V>, type: 'disk' | 'memory'): WindowState<string, V> {
  const { lruEntriesMax: _, ttlMs: __, ...base } = keyValueDefinition(serdes.string, value)
  const definition: WindowStoreDefinition = {
    ...base,
    kind: 'window',
    type,
    format: 'plain',
    windowSizeMs: 10,
    retentionMs: RETENTION_MS,
    retainDuplicates: true,
    timeOrdered: false,
  }
  return new WindowState(definition, host)
}

function expectSame<V>(store: WindowState<string, V>, key: string, from: number, to: number): void {
  const rows = store.rowsOf(key, from, to)
  const found = rows.times.map((time, i) => [time, rows.valueAt(i)])
  expect(found).toEqual([...store.fetch(key, from, to)].map(({ window, value }) => [window.start, value]))
}

const key = fc.constantFrom('a', 'ab', 'b')
/** Mostly forwards: `ahead` of the highest time so far, which now and then jumps. */
const ahead = fc.oneof({ weight: 8, arbitrary: fc.integer({ min: -30, max: 4 }) }, { weight: 1, arbitrary: fc.nat(90) })
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('put' as const), key, ahead, isNull: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('read' as const), key, ahead, length: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'commit' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'discard' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restore' as const }) },
)

describe.each(['disk', 'memory'] as const)('the rows of a join in a %s store', (type) => {
  it.each([
    ['primitives', serdes.string, (i: number) => `${i}`],
    ['objects', serdes.json<{ readonly i: number }>(), (i: number) => ({ i })],
  ] as const)('of %s are what fetch gives, whatever the history', (_, serde, valueOf) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let host = new TestHost()
        let store = open<any>(host, serde, type)
        let highest = 100
        for (const [i, each] of steps.entries()) {
          if (each.kind === 'put') {
            const time = Math.max(0, highest + each.ahead)
            highest = Math.max(highest, time)
            store.put(each.key, each.isNull && i % 3 === 0 ? null : valueOf(i), time)
          } else if (each.kind === 'read') {
            expectSame(store, each.key, Math.max(0, highest + each.ahead - each.length), highest + each.ahead)
          } else if (each.kind === 'commit') store.commit(NO_POSITION)
          else if (each.kind === 'discard') store.discard()
          else {
            const { changelog } = host
            host = new TestHost()
            store = open<any>(host, serde, type)
            store.restore(changelog, NO_POSITION)
          }
        }
        for (const each of ['a', 'ab', 'b']) expectSame(store, each, 0, highest)
      }),
      { numRuns: 300 },
    )
  })

  it('are read from the bytes while they are too many to keep', () => {
    const store = open(new TestHost(), serdes.string, type)
    const long = 'x'.repeat(1 << 20)
    for (let i = 0; i < 36; i++) {
      store.put(`${i % 3}`, `${i}${long}`, 100 + (i >> 1))
      for (const each of ['0', '1', '2']) {
        expect(store.rowsOf(each, 0, 200).times.length).toBe([...store.fetch(each, 0, 200)].length)
      }
    }
    store.put('0', 'short', 300)
    expectSame(store, '0', 0, 300)
    expectSame(store, '1', 0, 300)
  })

  it('that were found stay as they are while others are put', () => {
    const store = open(new TestHost(), serdes.string, type)
    store.put('a', 'first', 5)
    store.put('a', 'third', 15)
    const found = store.rowsOf('a', 0, 20)
    store.put('a', 'second', 10)
    expect(found.times.map((time, i) => [time, found.valueAt(i)])).toEqual([
      [5, 'first'],
      [15, 'third'],
    ])
    expectSame(store, 'a', 0, 20)
  })
})
