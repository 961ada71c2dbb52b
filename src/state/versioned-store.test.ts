import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { serdes } from '../serde/index.ts'
import type { ByteStore } from './byte-store.ts'
import { MemoryEngine } from './memory-engine.ts'
import { NO_POSITION, TestHost, keyValueDefinition } from './test-host.ts'
import { VersionedState, versionedSegmentIntervalMs } from './versioned-store.ts'

const HISTORY_MS = 10_000

function open(): {
  readonly host: TestHost
  readonly store: VersionedState<string, string>
  readonly byteStore: ByteStore
} {
  const host = new TestHost()
  const byteStore = new MemoryEngine().open('store')
  host.byteEngine = { type: 'memory', open: () => byteStore }
  const { lruEntriesMax: _, ttlMs: __, ...base } = keyValueDefinition(serdes.string, serdes.string)
  const store = new VersionedState<string, string>({ ...base, kind: 'versioned', historyRetentionMs: HISTORY_MS }, host)
  return { host, store, byteStore }
}

const versions = (store: VersionedState<string, string>, key: string): string =>
  [...store.versions(key)].map(({ value, validFrom, validTo }) => `${value}@${validFrom}-${validTo ?? ''}`).join(' ')

describe('a versioned store', () => {
  it('answers as of any time, and says until when a version is valid', () => {
    const { store } = open()
    expect(store.put('a', 'one', 10)).toBe('latest')
    expect(store.put('a', 'three', 30)).toBe('latest')
    expect(store.put('a', 'two', 20)).toBe(30)
    expect(store.get('a')).toEqual({ value: 'three', validFrom: 30, validTo: undefined })
    expect(store.get('a', 25)).toEqual({ value: 'two', validFrom: 20, validTo: 30 })
    expect(store.get('a', 19)).toEqual({ value: 'one', validFrom: 10, validTo: 20 })
    expect(store.get('a', 9)).toBeUndefined()
    expect(store.put('a', 'zero', 5)).toBe(10)
    expect(versions(store, 'a')).toBe('zero@5-10 one@10-20 two@20-30 three@30-')
  })

  it('keeps deletions as versions', () => {
    const { store } = open()
    store.put('a', 'one', 10)
    expect(store.delete('a', 30)).toEqual({ value: 'one', validFrom: 10, validTo: undefined })
    expect(store.get('a')).toBeUndefined()
    expect(store.get('a', 29)?.value).toBe('one')
    expect(store.put('a', 'two', 20)).toBe(30)
    expect(store.put('a', null, 15)).toBe(20)
    expect(store.get('a', 17)).toBeUndefined()
    expect(store.put('a', 'back', 40)).toBe('latest')
    expect(versions(store, 'a')).toBe('one@10-15 two@20-30 back@40-')
  })

  it('refuses what is older than its history, and logs it all the same', () => {
    const { host, store } = open()
    store.put('a', 'old', 0)
    store.put('b', 'new', 20_000)
    expect(store.put('a', 'late', 9_999)).toBe('expired')
    expect(host.drops).toEqual(['expired-version'])
    expect(host.changelog.at(-1)).toMatchObject({ timestamp: 9_999 })
    // The latest version answers for times before the history too.
    expect(store.get('a', 5)?.value).toBe('old')
    store.put('a', 'next', 15_000)
    expect(store.get('a', 5)).toBeUndefined()
  })

  it('forgets keys that were deleted before its history', () => {
    const { store, byteStore } = open()
    for (let i = 0; i < 200; i++) {
      store.put(`k${i}`, 'v', i * 1_000)
      store.put(`k${i}`, null, i * 1_000 + 1)
      store.commit(NO_POSITION)
    }
    store.put('last', 'v', 300_000)
    store.commit(NO_POSITION)
    expect(byteStore.approximateCount()).toBeLessThan(5)
  })

  it('answers as a list of all versions does', () => {
    const put = fc.tuple(fc.constantFrom('a', 'ab'), fc.option(fc.constantFrom('x', 'y', 'z')), fc.nat({ max: 30_000 }))
    fc.assert(
      fc.property(
        fc.array(put, { maxLength: 40 }),
        fc.array(fc.nat({ max: 31_000 }), { maxLength: 10 }),
        (puts, times) => {
          const { host, store } = open()
          const model = new Map<string, Map<number, string | null>>()
          let observed = -1
          for (const [key, value, timestamp] of puts) {
            observed = Math.max(observed, timestamp)
            const done = store.put(key, value, timestamp)
            const known = model.get(key) ?? new Map<number, string | null>()
            model.set(key, known)
            if (timestamp < observed - HISTORY_MS) {
              expect(done).toBe('expired')
              continue
            }
            known.set(timestamp, value)
            const next = Math.min(...[...known.keys()].filter((time) => time > timestamp))
            expect(done).toBe(next === Infinity ? 'latest' : next)
            // Who looks back has the versions of a key kept together.
            if (times.length > 0) store.get(key, timestamp - 1)
          }
          const restored = open().store
          restored.restore(host.changelog.slice(0, puts.length / 2), NO_POSITION)
          restored.restore(host.changelog.slice(puts.length / 4), NO_POSITION)
          for (const subject of [store, restored]) {
            for (const key of ['a', 'ab']) {
              const known = model.get(key) ?? new Map<number, string | null>()
              for (const time of [...times, Infinity]) {
                const from = Math.max(...[...known.keys()].filter((start) => start <= time))
                const isLatest = from === Math.max(...known.keys())
                const hidden = time < observed - HISTORY_MS && !isLatest
                expect(subject.get(key, time)?.value).toBe(hidden ? undefined : (known.get(from) ?? undefined))
              }
            }
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('has segments as long as Java gives it', () => {
    expect([0, 60_000, 300_000, 3_600_000, 86_400_000].map(versionedSegmentIntervalMs)).toEqual([
      2_000, 20_000, 60_000, 300_000, 3_600_000,
    ])
  })
})
