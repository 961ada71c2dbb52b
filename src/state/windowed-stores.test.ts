import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordHeaders } from '../record/index.ts'
import { serdes } from '../serde/index.ts'
import type { SessionStoreDefinition, WindowStoreDefinition } from './definition.ts'
import type { WindowEntry } from './faces.ts'
import { SessionState } from './session-store.ts'
import { NO_POSITION, TestHost, keyValueDefinition } from './test-host.ts'
import { WindowState } from './window-store.ts'

function openWindow(more: Partial<WindowStoreDefinition> = {}): { host: TestHost; store: WindowState<string, string> } {
  const host = new TestHost()
  host.cacheBytes = 1 << 20
  const { lruEntriesMax: _, ttlMs: __, ...base } = keyValueDefinition(serdes.string, serdes.string)
  const definition: WindowStoreDefinition = {
    ...base,
    kind: 'window',
    windowSizeMs: 10,
    retentionMs: 100,
    retainDuplicates: false,
    timeOrdered: false,
    ...more,
  }
  return { host, store: new WindowState(definition, host) }
}

function openSession(more: Partial<SessionStoreDefinition> = {}): {
  host: TestHost
  store: SessionState<string, string>
} {
  const host = new TestHost()
  host.cacheBytes = 1 << 20
  const { lruEntriesMax: _, ttlMs: __, ...base } = keyValueDefinition(serdes.string, serdes.string)
  const definition: SessionStoreDefinition = { ...base, kind: 'session', retentionMs: 100, timeOrdered: false, ...more }
  return { host, store: new SessionState(definition, host) }
}

const show = (entries: Iterable<WindowEntry<string, string>>): string =>
  [...entries].map(({ key, window, value }) => `${key}@${window.start}-${window.end}=${value}`).join(' ')

describe.each([
  { type: 'memory' as const, caching: false, timeOrdered: false },
  { type: 'disk' as const, caching: false, timeOrdered: false },
  { type: 'memory' as const, caching: true, timeOrdered: false },
  { type: 'disk' as const, caching: false, timeOrdered: true },
  { type: 'disk' as const, caching: true, timeOrdered: true },
])('a window store ($type, caching $caching, time-ordered $timeOrdered)', (kind) => {
  it('gives back a window, and the windows of a key in both directions', () => {
    const { store } = openWindow(kind)
    for (const start of [20, 0, 10]) store.put('a', `a${start}`, start)
    store.put('ab', 'other', 10)
    expect(store.get('a', 10)).toBe('a10')
    expect(store.get('a', 11)).toBeUndefined()
    expect(show(store.fetch('a', 5, 20))).toBe('a@10-20=a10 a@20-30=a20')
    expect(show(store.fetch('a', 0, 99, { order: 'descending' }))).toBe('a@20-30=a20 a@10-20=a10 a@0-10=a0')
    store.delete('a', 10)
    expect(show(store.fetch('a', 0, 99))).toBe('a@0-10=a0 a@20-30=a20')
  })

  it('hides what is as old as the retention, and reads it no more', () => {
    const { store } = openWindow(kind)
    // Time-ordered stores on disk show what lies exactly a retention back.
    const oldest = kind.timeOrdered ? 1 : 0
    store.put('a', 'old', 10 - oldest)
    store.put('a', 'kept', 11)
    store.put('b', 'new', 110)
    store.flush()
    expect(store.get('a', 10 - oldest)).toBeUndefined()
    expect(show(store.fetch('a', 0, 99))).toBe('a@11-21=kept')
    expect(show(store.fetchAll(0, 200))).toBe('a@11-21=kept b@110-120=new')
  })

  it('goes on after a restore from any earlier position', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'ab', 'b'), fc.nat({ max: 300 }), fc.option(fc.constantFrom('x', 'y')))),
        fc.nat(),
        (puts, stop) => {
          const { host, store } = openWindow(kind)
          for (const [i, [key, start, value]] of puts.entries()) {
            host.at(i)
            store.put(key, value, start)
          }
          store.flush()
          store.commit(NO_POSITION)
          const restored = openWindow({ ...kind, caching: false }).store
          restored.restore(host.changelog.slice(0, stop), NO_POSITION)
          restored.restore(host.changelog.slice(Math.floor(stop / 2)), NO_POSITION)
          expect(show(restored.fetchAll(0, 999))).toBe(show(store.fetchAll(0, 999)))
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('a window store', () => {
  it('shows the same with a cache as without, across segments and in both directions', () => {
    const step = fc.tuple(
      fc.constantFrom('a', 'ab', 'b'),
      // Segments are a minute long.
      fc.nat({ max: 30 }).map((n) => n * 10_000),
      fc.option(fc.constantFrom('x', 'y')),
      fc.constantFrom('put', 'put', 'fetch', 'fetchAll', 'flush', 'commit'),
    )
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const plain = openWindow({ retentionMs: 900_000 })
        const cached = openWindow({ retentionMs: 900_000, caching: true })
        for (const [i, [key, start, value, then]] of steps.entries()) {
          const seen = [plain, cached].map(({ host, store }) => {
            host.at(i)
            store.put(key, value, start)
            if (then === 'flush' || then === 'commit') store.flush()
            if (then === 'commit') store.commit(NO_POSITION)
            if (then === 'fetchAll') return show(store.fetchAll(start - 50_000, start + 50_000))
            const order = i % 2 === 0 ? 'ascending' : 'descending'
            return then === 'fetch' ? show(store.fetch(key, start - 90_000, start + 50_000, { order })) : ''
          })
          expect(seen[1]).toBe(seen[0])
        }
        expect(show(cached.store.fetchAll(0, Infinity))).toBe(show(plain.store.fetchAll(0, Infinity)))
      }),
      { numRuns: 200 },
    )
  })

  it('lists many keys by segment and key on disk, by time and key in memory, by time where it is time-ordered', () => {
    const puts = [
      ['b', 10],
      ['a', 70_000],
      ['a', 20],
      ['b', 0],
    ] as const
    const listed = (more: Partial<WindowStoreDefinition>, order: 'ascending' | 'descending'): string => {
      const { store } = openWindow({ retentionMs: 120_000, ...more })
      for (const [key, start] of puts) store.put(key, 'v', start)
      return [...store.fetchAll(0, 99_999, { order })].map(({ key, window }) => key + window.start).join(' ')
    }
    expect(listed({ type: 'disk' }, 'ascending')).toBe('a20 b0 b10 a70000')
    expect(listed({ type: 'disk' }, 'descending')).toBe('a70000 b10 b0 a20')
    expect(listed({ type: 'memory' }, 'ascending')).toBe('b0 b10 a20 a70000')
    expect(listed({ type: 'memory' }, 'descending')).toBe('a70000 a20 b10 b0')
    expect(listed({ type: 'disk', timeOrdered: true }, 'ascending')).toBe('b0 b10 a20 a70000')
  })

  it('selects a range of keys by their bytes; their rows stand in the order of key and time together, as in Java', () => {
    const { store } = openWindow({ type: 'disk' })
    for (const key of ['a', 'a\0', 'ab', 'b', 'c']) store.put(key, 'v', 5)
    expect([...store.fetchRange('a', 'b', 0, 9)].map(({ key }) => key)).toEqual(['a\0', 'a', 'ab', 'b'])
    expect([...store.fetchRange('a\0', undefined, 0, 9)].map(({ key }) => key)).toEqual(['a\0', 'ab', 'b', 'c'])
    expect([...store.fetchRange(undefined, 'a\0', 0, 9)].map(({ key }) => key)).toEqual(['a\0', 'a'])
  })

  it('refuses by the millisecond in memory and by segment on disk, and logs all the same', () => {
    for (const [type, drops] of [
      ['memory', 1],
      ['disk', 0],
    ] as const) {
      const { host, store } = openWindow({ type })
      store.put('a', 'new', 500)
      store.put('a', 'late', 400)
      expect([type, host.drops.length]).toEqual([type, drops])
      expect(host.changelog).toHaveLength(2)
      expect(store.get('a', 400)).toBeUndefined()
    }
    const { host, store } = openWindow({ type: 'disk' })
    store.put('a', 'new', 130_000)
    store.put('a', 'late', 59_999)
    expect(host.drops).toEqual(['expired-window'])
  })

  it('frees the memory of segments that expired', () => {
    const { store } = openWindow({ logging: false })
    for (let time = 0; time < 3_000_000; time += 1_000) {
      store.put('a', 'v', time)
      if (time % 100_000 === 0) store.commit(NO_POSITION)
    }
    expect(store.pendingBytes).toBeLessThan(100_000)
    expect([...store.fetchAll(0, 3_000_000)]).toHaveLength(1)
  })

  it('keeps duplicates in the order of their puts, and logs headers and nulls of theirs', () => {
    for (const type of ['memory', 'disk'] as const) {
      const { host, store } = openWindow({ type, retainDuplicates: true, logsHeaders: true, format: 'plain' })
      host.at(3, RecordHeaders.from({ h: 'x' }))
      store.put('a', 'one', 3)
      store.put('a', null, 3)
      store.put('a', 'two', 3)
      expect(show(store.fetch('a', 0, 9))).toBe('a@3-13=one a@3-13=two')
      expect(
        host.changelog.map(({ key, value, headers }) => [key.readInt32BE(9), value === null, headers.size]),
      ).toEqual([
        [1, false, 1],
        [2, true, 1],
        [3, false, 1],
      ])
    }
  })

  it('goes on counting duplicates after a restore', () => {
    const { host, store } = openWindow({ retainDuplicates: true })
    store.put('a', 'one', 3)
    const restored = openWindow({ retainDuplicates: true }).store
    restored.restore(host.changelog, NO_POSITION)
    restored.put('a', 'two', 3)
    expect(show(restored.fetch('a', 0, 9))).toBe('a@3-13=one a@3-13=two')
  })

  it('tells the flush listener key and window', () => {
    const { store } = openWindow({ caching: true })
    const told: unknown[] = []
    store.setFlushListener((key, newValue) => told.push([key, newValue]), false)
    store.put('a', 'x', 5)
    store.put('a', 'y', 5)
    store.flush()
    expect(told).toEqual([[{ key: 'a', window: { start: 5, end: 15 } }, 'y']])
  })

  it('holds one window without an end', () => {
    const { store } = openWindow({ windowSizeMs: Infinity, retentionMs: Infinity, type: 'disk' })
    store.put('a', 'x', 0)
    store.put('b', 'y', 5)
    expect(show(store.fetch('a', 0, 9))).toBe('a@0-Infinity=x')
    expect([...store.fetchAll(0, Infinity)]).toHaveLength(2)
  })
})

describe.each([
  { type: 'memory' as const, caching: false, timeOrdered: false },
  { type: 'disk' as const, caching: true, timeOrdered: false },
  { type: 'disk' as const, caching: false, timeOrdered: true },
])('a session store ($type, caching $caching, time-ordered $timeOrdered)', (kind) => {
  it('finds the sessions that a record at a time would join', () => {
    const { store } = openSession(kind)
    store.put('a', 'one', { start: 0, end: 10 })
    store.put('a', 'two', { start: 30, end: 40 })
    store.put('a', 'three', { start: 60, end: 60 })
    store.put('ab', 'other', { start: 30, end: 40 })
    expect(show(store.find('a', 35, 55))).toBe('a@30-40=two')
    expect(show(store.fetch('a'))).toBe('a@0-10=one a@30-40=two a@60-60=three')
    expect(show(store.fetch('a', { order: 'descending' }))).toBe('a@60-60=three a@30-40=two a@0-10=one')
    expect(store.get('a', { start: 30, end: 40 })).toBe('two')
    store.delete('a', { start: 30, end: 40 })
    expect(show(store.find('a', 35, 55))).toBe('')
    expect(show(store.findAll(10, 40))).toBe('a@0-10=one ab@30-40=other')
  })

  it('restores to the same sessions', () => {
    const { host, store } = openSession(kind)
    for (let i = 0; i < 30; i++)
      store.put(`k${i % 4}`, i % 5 === 0 ? null : `v${i}`, { start: i * 9, end: i * 9 + (i % 7) })
    store.flush()
    const restored = openSession({ ...kind, caching: false }).store
    restored.restore(host.changelog.slice(0, 20), NO_POSITION)
    restored.restore(host.changelog.slice(5), NO_POSITION)
    expect(show(restored.fetchRange(undefined, undefined))).toBe(show(store.fetchRange(undefined, undefined)))
  })
})

describe('a session store', () => {
  it('hides a session when the retention is over; those that a record may join, for aggregations, only when they are closed', () => {
    for (const [keepsUntilClosed, found] of [
      [false, ''],
      [true, 'a@0-0=v'],
    ] as const) {
      const { store } = openSession({ keepsUntilClosed })
      store.put('a', 'v', { start: 0, end: 0 })
      store.put('b', 'w', { start: 100, end: 100 })
      expect(show(store.find('a', 0, 9))).toBe(found)
      expect(show(store.fetch('a'))).toBe('')
      store.put('b', 'w', { start: 101, end: 101 })
      expect(show(store.find('a', 0, 9))).toBe('')
    }
  })

  it('lists ranges of keys on disk by key, in memory by end', () => {
    const listed = (type: 'disk' | 'memory'): string => {
      const { store } = openSession({ type })
      store.put('b', 'v', { start: 0, end: 10 })
      store.put('a', 'v', { start: 0, end: 20 })
      store.put('c', 'v', { start: 0, end: 5 })
      return [...store.fetchRange('a', 'b')].map(({ key }) => key).join('')
    }
    expect([listed('disk'), listed('memory')]).toEqual(['ab', 'ba'])
  })
})
