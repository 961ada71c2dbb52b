// What aggregations read of window and session stores, against what the faces give.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Serde, serdes } from '../serde/index.ts'
import type { SessionStoreDefinition, WindowStoreDefinition } from './definition.ts'
import type { WindowEntry } from './faces.ts'
import { SessionState } from './session-store.ts'
import { NO_POSITION, TestHost, keyValueDefinition } from './test-host.ts'
import { WindowState } from './window-store.ts'

const RETENTION_MS = 20

type Variant = Pick<WindowStoreDefinition, 'type' | 'caching' | 'timeOrdered'>

function openWindow<V>(host: TestHost, value: Serde<V>, variant: Variant): WindowState<string, V> {
  const { lruEntriesMax: _, ttlMs: __, ...base } = keyValueDefinition(serdes.string, value)
  const more = { kind: 'window', windowSizeMs: 10, retentionMs: RETENTION_MS, retainDuplicates: false } as const
  return new WindowState<string, V>({ ...base, ...more, ...variant }, host)
}

function openSession<V>(host: TestHost, value: Serde<V>, variant: Variant): SessionState<string, V> {
  const { lruEntriesMax: _, ttlMs: __, ...base } = keyValueDefinition(serdes.string, value)
  const definition: SessionStoreDefinition = { ...base, kind: 'session', retentionMs: RETENTION_MS, ...variant }
  return new SessionState<string, V>(definition, host)
}

const variants: readonly Variant[] = [
  { type: 'disk', caching: false, timeOrdered: true },
  { type: 'disk', caching: true, timeOrdered: true },
  { type: 'disk', caching: false, timeOrdered: false },
  { type: 'disk', caching: true, timeOrdered: false },
  { type: 'memory', caching: false, timeOrdered: false },
]

const key = fc.constantFrom('a', 'ab', 'b')
/** Mostly near the highest time so far, which now and then jumps. */
const ahead = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -2, max: 0 }) },
  { weight: 4, arbitrary: fc.integer({ min: -18, max: 3 }) },
  { weight: 1, arbitrary: fc.nat(90) },
)
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('put' as const), key, ahead, length: fc.nat(1), isNull: fc.nat(1) }) }, // prettier-ignore
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('read' as const), key, ahead, length: fc.nat(40) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('closed' as const), ahead, length: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'flush' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'commit' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'discard' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restore' as const }) },
)

/** One of the two kinds of store. */
interface Subject {
  put(key: string, value: unknown, time: number, length: number): void
  owned(key: string, from: number, to: number): Iterable<WindowEntry<string, unknown>>
  shown(key: string, from: number, to: number): Iterable<WindowEntry<string, unknown>>
  closed(from: number, to: number): Iterable<WindowEntry<string, unknown>>
  all(from: number, to: number): Iterable<WindowEntry<string, unknown>>
  readonly store: WindowState<string, any> | SessionState<string, any>
}

function windowSubject(host: TestHost, serde: Serde<any>, variant: Variant): Subject {
  const store = openWindow<any>(host, serde, variant)
  return {
    store,
    put: (key, value, time) => store.put(key, value, time),
    owned: (key, from, to) => store.fetchOwned(key, from, to, 'ascending'),
    shown: (key, from, to) => store.fetch(key, from, to),
    closed: (from, to) => store.fetchClosed(from, to),
    all: (from, to) => store.fetchAll(from, to),
  }
}

function sessionSubject(host: TestHost, serde: Serde<any>, variant: Variant): Subject {
  const store = openSession<any>(host, serde, variant)
  return {
    store,
    put: (key, value, time, length) => store.put(key, value, { start: Math.max(0, time - length), end: time }),
    owned: (key, from, to) => store.findOwned(key, from, to),
    shown: (key, from, to) => store.find(key, from, to),
    closed: (from, to) => store.findClosed(from, to),
    all: (from, to) => store.findAll(from, to),
  }
}

const show = (entries: Iterable<WindowEntry<string, unknown>>): readonly string[] =>
  Array.from(
    entries,
    ({ key, window, value, timestamp }) =>
      `${key}@${window.start}-${window.end}=${JSON.stringify(value)} at ${timestamp}`,
  )

describe.each([
  ['window', windowSubject],
  ['session', sessionSubject],
] as const)('the rows of an aggregation in a %s store', (_, open) => {
  describe.each(variants)('($type, caching $caching, time-ordered $timeOrdered)', (variant) => {
    it.each([
      ['primitives', serdes.string, (i: number) => `${i}`],
      ['objects', serdes.json<{ readonly i: number }>(), (i: number) => ({ i })],
    ] as const)('of %s are what the face shows, whatever the history', (__, serde, valueOf) => {
      const newHost = (): TestHost => Object.assign(new TestHost(), { cacheBytes: 2_000 })
      fc.assert(
        fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
          let host = newHost()
          let subject = open(host, serde as Serde<any>, variant)
          let highest = 100
          for (const [i, each] of steps.entries()) {
            host.at(i)
            if (each.kind === 'put') {
              const time = Math.max(0, highest + each.ahead)
              highest = Math.max(highest, time)
              subject.put(each.key, each.isNull === 0 ? null : valueOf(i), time, each.length)
            } else if (each.kind === 'read') {
              const [from, to] = [Math.max(0, highest + each.ahead - each.length), highest + each.ahead]
              const owned = show(subject.owned(each.key, from, to))
              // Aggregations see hidden rows too.
              const shown = show(subject.shown(each.key, from, to))
              expect(owned.filter((row) => shown.includes(row))).toEqual(shown)
            } else if (each.kind === 'closed') {
              const [from, to] = [Math.max(0, highest + each.ahead - each.length), highest + each.ahead]
              const all = show(subject.all(from, to))
              // What is not ordered by time the face shows in another order.
              expect(show(subject.closed(from, to))).toEqual(
                variant.timeOrdered ? all : expect.arrayContaining([...all]),
              )
            } else if (each.kind === 'flush') subject.store.flush()
            else if (each.kind === 'commit') {
              subject.store.flush()
              subject.store.commit(NO_POSITION)
            } else if (each.kind === 'discard') subject.store.discard()
            else {
              const { changelog } = host
              host = newHost()
              subject = open(host, serde as Serde<any>, variant)
              subject.store.restore(changelog, NO_POSITION)
            }
          }
        }),
        { numRuns: 100 },
      )
    })
  })
})
