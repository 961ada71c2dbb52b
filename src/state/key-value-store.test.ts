import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordHeaders } from '../record/index.ts'
import { serdes } from '../serde/index.ts'
import type { KeyValueStoreDefinition } from './definition.ts'
import { KeyValueState } from './key-value-store.ts'
import { NO_POSITION, TestHost, keyValueDefinition } from './test-host.ts'

const CACHE_BYTES = 1 << 20

function openStore<V>(
  value: Parameters<typeof keyValueDefinition<string, V>>[1],
  more: Partial<KeyValueStoreDefinition> = {},
): { readonly host: TestHost; readonly store: KeyValueState<string, V> } {
  const host = new TestHost()
  host.cacheBytes = CACHE_BYTES
  return { host, store: new KeyValueState(keyValueDefinition(serdes.string, value, more), host) }
}

/** What the listener was told, as text. */
function listen(store: KeyValueState<any, any>, host: TestHost, sendOldValues = true): string[] {
  const told: string[] = []
  store.setFlushListener((key, newValue, oldValue, timestamp) => {
    const show = (value: unknown): string => JSON.stringify(value)
    told.push(`${String(key)}: ${show(oldValue)} -> ${show(newValue)} @${timestamp} by ${host.record.offset}`)
  }, sendOldValues)
  return told
}

const logged = (host: TestHost): string[] =>
  host.changelog.map(
    ({ key, value, timestamp }) => `${key.toString()}=${value?.toString('hex') ?? 'null'}@${timestamp}`,
  )

describe.each([{ caching: false }, { caching: true }])('a key-value store with $caching caching', ({ caching }) => {
  it('gives back what was put, with its stamp', () => {
    const { host, store } = openStore(serdes.int64, { caching })
    host.at(5)
    store.put('a', 1)
    store.put('b', 2, { timestamp: 9 })
    expect(store.get('a')).toBe(1)
    expect(store.getStored('b')).toMatchObject({ value: 2, timestamp: 9 })
    expect(store.get('c')).toBeUndefined()
    expect(store.has('a')).toBe(true)
  })

  it('puts if absent, and deletes, giving what was there', () => {
    const { host, store } = openStore(serdes.int64, { caching })
    host.at(5)
    expect(store.putIfAbsent('a', 1)).toBeUndefined()
    expect(store.putIfAbsent('a', 2)).toBe(1)
    expect(store.delete('a')).toBe(1)
    expect(store.delete('a')).toBeUndefined()
    expect(store.get('a')).toBeUndefined()
  })

  it.each([{ flat: 1, text: 'a' }, { nested: { list: [1] } }, JSON.parse('{"a":1,"__proto__":2}')])(
    "gives objects that are the caller's own: %j",
    (value) => {
      const { host, store } = openStore(serdes.json<any>(), { caching })
      host.at(5)
      store.put('a', value)
      store.flush()
      store.commit(NO_POSITION)
      const change = (object: any): void => void (object[Object.keys(value)[0] as string] = 'changed')
      for (let i = 0; i < 3; i++) {
        const [got, stored, owned] = [store.get('a'), store.getStored('a'), store.getOwned('a')?.value]
        expect([got, stored?.value, owned]).toEqual([value, value, value])
        expect(stored?.timestamp).toBe(5)
        for (const object of [got, stored?.value, owned]) change(object)
      }
      change(value)
      expect(store.get('a')).not.toEqual(value)
      store.put('a', value)
      expect(store.get('a')).toEqual(value)
      store.delete('a')
      expect(store.get('a')).toBeUndefined()
    },
  )

  it('lists ranges and prefixes in both directions across pending, committed and cached entries', () => {
    const { host, store } = openStore(serdes.int64, { caching })
    host.at(5)
    store.putAll([
      ['a', 1],
      ['ab', 2],
      ['b', 3],
      ['c', 4],
    ])
    store.flush()
    store.commit(NO_POSITION)
    store.putAll([
      ['b', null],
      ['aa', 5],
    ])
    expect([...store.range()]).toEqual([
      ['a', 1],
      ['aa', 5],
      ['ab', 2],
      ['c', 4],
    ])
    expect([...store.range({ from: 'aa', to: 'ab' })]).toEqual([
      ['aa', 5],
      ['ab', 2],
    ])
    expect([...store.range({ from: 'aa', order: 'descending' })]).toEqual([
      ['c', 4],
      ['ab', 2],
      ['aa', 5],
    ])
    expect([...store.prefix('a')]).toEqual([
      ['a', 1],
      ['aa', 5],
      ['ab', 2],
    ])
  })

  it('keeps a scan as it was when it began, whatever is written meanwhile', () => {
    const { host, store } = openStore(serdes.int64, { caching })
    host.at(5)
    for (let i = 0; i < 9; i++) store.put(`k${i}`, i)
    const seen: number[] = []
    for (const [key, value] of store.range()) {
      seen.push(value)
      store.delete(key)
      store.put(`z${value}`, value)
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
    expect([...store.range()].map(([key]) => key)).toEqual(seen.map((n) => `z${n}`))
  })

  it('forgets what was not committed when a transaction aborts', () => {
    const { host, store } = openStore(serdes.int64, { caching })
    host.at(5)
    store.put('a', 1)
    store.flush()
    store.commit(NO_POSITION)
    store.put('a', 2)
    store.put('b', 2)
    store.discard()
    expect([...store.range()]).toEqual([['a', 1]])
  })

  it('is not changed by what a caller does to an object that it gave or got', () => {
    const { host, store } = openStore(serdes.json<{ n: number }>(), { caching })
    host.at(5)
    const put = { n: 1 }
    store.put('a', put)
    put.n = 2
    expect(store.get('a')).toEqual({ n: 1 })
    ;(store.get('a') as { n: number }).n = 3
    expect(store.get('a')).toEqual({ n: 1 })
  })

  it('gives right old values for an aggregate that is changed in place', () => {
    const { host, store } = openStore(serdes.json<number[]>(), { caching })
    const told = listen(store, host)
    for (let i = 1; i <= 3; i++) {
      host.at(i)
      const owned = store.getOwned('a')
      const list = owned?.value ?? []
      list.push(i)
      store.putOwned('a', list, i, RecordHeaders.empty)
      expect(store.get('a')).toEqual(Array.from({ length: i }, (_, at) => at + 1))
      if (i > 1) store.flush()
    }
    expect(told).toEqual(caching ? ['a: null -> [1,2] @2 by 2', 'a: [1,2] -> [1,2,3] @3 by 3'] : [])
  })

  it('says which record put a value that cannot be written', () => {
    const { host, store } = openStore(serdes.int32, { caching })
    host.at(5)
    const write = (): void => {
      store.put('a', 1.5)
      store.flush()
    }
    expect(write).toThrow(caching ? /store 'store': the value that in-0@1 put last cannot be written: .*1\.5/ : /1\.5/)
  })

  it('refuses undefined and a missing key', () => {
    const { store } = openStore(serdes.int64, { caching })
    expect(() => store.put('a', undefined as never)).toThrow(/undefined was put into store 'store': put null to delete/)
    expect(() => store.get(null as never)).toThrow(/the key is null: store 'store' has no entry without a key/)
  })

  it('restores from any earlier position to the same content', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.option(fc.nat()))),
        fc.nat(),
        fc.nat(),
        (puts, stop, from) => {
          const { host, store } = openStore(serdes.int64, { caching })
          for (const [i, [key, value]] of puts.entries()) {
            host.at(i)
            store.put(key, value)
          }
          store.flush()
          const { changelog } = host
          const restored = openStore(serdes.int64).store
          restored.restore(changelog.slice(0, stop), NO_POSITION)
          restored.restore(changelog.slice(Math.min(from, stop)), NO_POSITION)
          expect([...restored.rangeStored()]).toEqual([...store.rangeStored()])
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('the record cache', () => {
  it('logs and tells once per key, in the order of the last put, with the record that put last', () => {
    const { host, store } = openStore(serdes.int64, { caching: true })
    const told = listen(store, host)
    for (const [i, key] of ['a', 'b', 'a'].entries()) {
      host.at(10 + i)
      store.put(key, i, { timestamp: 100 + i })
    }
    expect(logged(host)).toEqual([])
    store.flush()
    expect(told).toEqual(['b: null -> 1 @101 by 2', 'a: null -> 2 @102 by 3'])
    expect(logged(host)).toEqual(['b=0000000000000001@101', 'a=0000000000000002@102'])
    store.flush()
    expect(told).toHaveLength(2)
  })

  it('tells the value of the last flush as the old one', () => {
    const { host, store } = openStore(serdes.string, { caching: true })
    const told = listen(store, host)
    host.at(1)
    store.put('a', 'x')
    store.flush()
    store.put('a', 'y')
    store.put('a', 'z')
    store.flush()
    expect(told).toEqual(['a: null -> "x" @1 by 1', 'a: "x" -> "z" @1 by 1'])
  })

  it('tells no old values to those who did not ask', () => {
    const { host, store } = openStore(serdes.string, { caching: true })
    const told = listen(store, host, false)
    store.put('a', 'x')
    store.flush()
    store.put('a', 'y')
    store.flush()
    expect(told.at(-1)).toContain('null -> "y"')
  })

  it('neither logs nor tells a key that came and went', () => {
    const { host, store } = openStore(serdes.int64, { caching: true })
    const told = listen(store, host)
    store.put('a', 1)
    store.delete('a')
    store.flush()
    expect([told, logged(host)]).toEqual([[], []])
  })

  it('logs a deletion with the time of the record that deleted', () => {
    const { host, store } = openStore(serdes.int64, { caching: true })
    const told = listen(store, host)
    host.at(5)
    store.put('a', 1, { timestamp: 3 })
    store.flush()
    host.at(7)
    store.put('a', null, { timestamp: 4 })
    store.flush()
    expect(told.at(-1)).toBe('a: 1 -> null @7 by 2')
    expect(logged(host).at(-1)).toBe('a=null@7')
  })

  it('puts the record context back after a flush', () => {
    const { host, store } = openStore(serdes.int64, { caching: true })
    listen(store, host)
    host.at(1)
    store.put('a', 1)
    host.at(2)
    store.flush()
    expect(host.record).toMatchObject({ timestamp: 2, offset: 2 })
  })

  it('flushes the evicted entry first and then all others when it is full', () => {
    const { host, store } = openStore(serdes.string, { caching: true })
    const told = listen(store, host)
    host.cacheBytes = 1_000
    const value = 'v'.repeat(200)
    for (const key of ['a', 'b', 'c']) store.put(key, value)
    store.get('a')
    store.put('d', value)
    store.put('e', value)
    store.put('f', value)
    // b was used least recently; the rest goes in the order of the last put.
    expect(told.map((line) => line[0]).join('')).toBe('bacde')
    expect(store.get('a')).toBe(value)
    expect([...store.range()]).toHaveLength(6)
  })

  it('ends with the same content as no cache at all', () => {
    const put = fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.option(fc.nat({ max: 9 })),
      fc.constantFrom('put', 'put', 'scan', 'flush', 'commit'),
    )
    fc.assert(
      fc.property(fc.array(put), (steps) => {
        const plain = openStore(serdes.int64)
        const cached = openStore(serdes.int64, { caching: true })
        cached.host.cacheBytes = 700
        for (const [i, [key, value, then]] of steps.entries()) {
          for (const { host, store } of [plain, cached]) {
            host.at(i)
            store.put(key, value)
            if (then === 'flush' || then === 'commit') store.flush()
            if (then === 'commit') store.commit(NO_POSITION)
          }
          expect(cached.store.get('a')).toBe(plain.store.get('a'))
          if (then !== 'put') expect([...cached.store.range()]).toEqual([...plain.store.range()])
        }
        expect([...cached.store.range()]).toEqual([...plain.store.range()])
      }),
      { numRuns: 200 },
    )
  })

  it('finds keys that are no primitives by their bytes', () => {
    const host = new TestHost()
    host.cacheBytes = CACHE_BYTES
    const key = serdes.json<{ id: number }>()
    const store = new KeyValueState(keyValueDefinition(key, serdes.int64, { caching: true }), host)
    store.put({ id: 1 }, 5)
    expect(store.get({ id: 1 })).toBe(5)
  })
})

describe('formats', () => {
  it.each([
    { format: 'plain' as const, timestamp: -1, at: 5, headers: 0, loggedHeaders: 0 },
    { format: 'timestamped' as const, timestamp: 9, at: 9, headers: 0, loggedHeaders: 0 },
    { format: 'headers' as const, timestamp: 9, at: 9, headers: 1, loggedHeaders: 1 },
  ])('$format keeps what it says and logs the value alone', ({ format, timestamp, at, headers, loggedHeaders }) => {
    const { host, store } = openStore(serdes.string, { format })
    host.at(5)
    store.put('k', 'v', { timestamp: 9, headers: RecordHeaders.from({ h: 'x' }) })
    const stored = store.getStored('k')
    expect(stored).toMatchObject({ value: 'v', timestamp })
    expect(stored?.headers.size).toBe(headers)
    expect(logged(host)).toEqual([`k=76@${at}`])
    expect(host.changelog[0]?.headers.size).toBe(loggedHeaders)
  })

  it('logs nothing where the source topic is the changelog, or logging is off', () => {
    for (const more of [{ sourceTopic: 'in' }, { logging: false }, { isGlobal: true }]) {
      const { host, store } = openStore(serdes.string, more)
      store.put('k', 'v')
      expect(host.changelog).toEqual([])
    }
  })
})

describe('a least-recently-used store', () => {
  it('deletes what was used least recently, and logs that before the put', () => {
    const { host, store } = openStore(serdes.int64, { lruEntriesMax: 2, format: 'plain' })
    for (const [i, key] of ['a', 'b'].entries()) {
      host.at(i)
      store.put(key, i)
    }
    expect(store.get('a')).toBe(0)
    host.at(2)
    store.put('c', 2)
    expect([...store.range()].map(([key]) => key)).toEqual(['a', 'c'])
    expect(logged(host).slice(2)).toEqual(['b=null@2', 'c=0000000000000002@2'])
  })
})
