import { describe, expect, it } from 'vitest'
import { RecordHeaders } from '../record/index.ts'
import { serdes } from '../serde/index.ts'
import type { Subscription } from './buffers.ts'
import { GraceBufferState } from './grace-buffer.ts'
import { OuterJoinState } from './outer-join-store.ts'
import { SubscriptionState } from './subscription-store.ts'
import { SuppressBufferState } from './suppress-buffer.ts'
import { NO_POSITION, TestHost, keyValueDefinition } from './test-host.ts'

const { lruEntriesMax: _, ttlMs: __, ...base } = keyValueDefinition(serdes.string, serdes.string, { format: 'plain' })
const change = (newValue: string | null, oldValue: string | null = null) => ({ newValue, oldValue, isLatest: true })

function suppress(): { host: TestHost; buffer: SuppressBufferState<string, string> } {
  const host = new TestHost()
  return { host, buffer: new SuppressBufferState({ ...base, kind: 'suppress-buffer' }, host) }
}

describe('a suppress buffer', () => {
  it('gives back in order of time and key, a replaced change at its first place', () => {
    const { host, buffer } = suppress()
    buffer.put('b', change('1'), 5)
    buffer.put('a', change('2'), 5)
    buffer.put('c', change('3'), 1)
    host.at(9, RecordHeaders.from({ h: 'x' }))
    buffer.put('c', change('4', '3'), 7)
    expect([buffer.recordCount, buffer.minTimeMs]).toEqual([3, 1])
    const first = buffer.takeFirst()
    expect(first).toMatchObject({
      key: 'c',
      value: { newValue: '4', oldValue: '3' },
      record: { timestamp: 9, offset: 1 },
    })
    expect(first?.record.headers.get('h')).toBe('x')
    expect([buffer.takeFirst()?.key, buffer.takeFirst()?.key, buffer.takeFirst()]).toEqual(['a', 'b', undefined])
    expect([buffer.recordCount, buffer.byteCount, buffer.minTimeMs]).toEqual([0, 0, Infinity])
  })

  it('remembers the value before the first change', () => {
    const { buffer } = suppress()
    buffer.put('a', change('2', '1'), 5)
    buffer.put('a', change('3', '2'), 6)
    buffer.put('b', change('2'), 6)
    expect([buffer.priorValue('a'), buffer.priorValue('b'), buffer.priorValue('c')]).toEqual(['1', null, undefined])
  })

  it('logs changed keys at a flush, once, also those that came and went', () => {
    const { host, buffer } = suppress()
    buffer.put('a', change('1'), 5)
    buffer.put('a', change('2', '1'), 5)
    buffer.put('b', change('1'), 1)
    buffer.takeFirst()
    expect(host.changelog).toEqual([])
    buffer.flush()
    buffer.flush()
    expect(host.changelog.map(({ key, value }) => [key.toString(), value !== null])).toEqual([
      ['a', true],
      ['b', false],
    ])
    expect(host.changelog[0]?.headers.getBytes('v')).toEqual(Buffer.of(3))
  })

  it('comes back from its changelog, and from an aborted transaction', () => {
    const { host, buffer } = suppress()
    buffer.put('a', change('1'), 5)
    buffer.put('b', change(null, '1'), 4)
    buffer.flush()
    buffer.commit(NO_POSITION)
    const counts = [buffer.recordCount, buffer.byteCount, buffer.minTimeMs]
    buffer.takeFirst()
    buffer.put('c', change('1'), 1)
    buffer.discard()
    expect([buffer.recordCount, buffer.byteCount, buffer.minTimeMs]).toEqual(counts)
    const restored = suppress().buffer
    restored.restore(host.changelog, NO_POSITION)
    restored.restore(host.changelog.slice(1), NO_POSITION)
    expect([restored.recordCount, restored.byteCount, restored.minTimeMs]).toEqual(counts)
    expect(restored.takeFirst()).toEqual(buffer.takeFirst())
  })
})

describe('a grace buffer', () => {
  const open = (): { host: TestHost; buffer: GraceBufferState<string, string> } => {
    const host = new TestHost()
    return { host, buffer: new GraceBufferState({ ...base, kind: 'grace-buffer', graceMs: 10 }, host) }
  }
  const put = (host: TestHost, buffer: GraceBufferState<string, string>, key: string, at: number): boolean => {
    host.at(at)
    return buffer.put(key, `${key}${at}`)
  }

  it('holds records back until their grace is over, in order of time, key and arrival', () => {
    const { host, buffer } = open()
    for (const [key, at] of [
      ['b', 5],
      ['a', 5],
      ['b', 5],
      ['a', 1],
    ] as const)
      expect(put(host, buffer, key, at)).toBe(true)
    expect(buffer.takeDue()).toBeUndefined()
    put(host, buffer, 'z', 15)
    const taken: string[] = []
    for (let due = buffer.takeDue(); due !== undefined; due = buffer.takeDue())
      taken.push(`${due.value} by ${due.record.offset}`)
    expect(taken).toEqual(['a1 by 4', 'a5 by 2', 'b5 by 1', 'b5 by 3'])
  })

  it('does not take what is older than its grace', () => {
    const { host, buffer } = open()
    put(host, buffer, 'a', 20)
    expect(put(host, buffer, 'a', 9)).toBe(false)
    expect(put(host, buffer, 'a', 10)).toBe(true)
  })

  it('logs each record and its release, and comes back from that', () => {
    const { host, buffer } = open()
    put(host, buffer, 'a', 1)
    put(host, buffer, 'b', 12)
    buffer.takeDue()
    expect(host.changelog.map(({ value, timestamp }) => [value !== null, timestamp])).toEqual([
      [true, 1],
      [true, 12],
      [false, 12],
    ])
    const restored = open()
    restored.buffer.restore(host.changelog, NO_POSITION)
    expect(restored.buffer.observedTimeMs).toBe(12)
    put(restored.host, restored.buffer, 'c', 30)
    expect([restored.buffer.takeDue()?.value, restored.buffer.takeDue()]).toEqual(['b12', undefined])
  })
})

describe('an outer-join store', () => {
  const open = (): { host: TestHost; store: OuterJoinState<string, string, number> } => {
    const host = new TestHost()
    const definition = { ...base, kind: 'outer-join', otherValue: serdes.int32 } as const
    return { host, store: new OuterJoinState(definition, host) }
  }

  it('lists by time, right before left, then key, with all values', () => {
    const { store } = open()
    store.addLeft(5, 'a', 'x')
    store.addRight(5, 'b', 7)
    store.addLeft(5, 'a', 'y')
    store.addLeft(1, 'z', 'w')
    expect([...store.entries()]).toEqual([
      { timestamp: 1, side: 'left', key: 'z', values: ['w'] },
      { timestamp: 5, side: 'right', key: 'b', values: [7] },
      { timestamp: 5, side: 'left', key: 'a', values: ['x', 'y'] },
    ])
  })

  it('logs a removal only of what is there, and comes back', () => {
    const { host, store } = open()
    store.addLeft(5, 'a', 'x')
    store.addLeft(6, 'a', 'y')
    store.remove(5, 'right', 'a')
    store.remove(5, 'left', 'a')
    expect(host.changelog.map(({ value }) => value !== null)).toEqual([true, true, false])
    const restored = open().store
    restored.restore(host.changelog, NO_POSITION)
    expect([...restored.entries()]).toEqual([...store.entries()])
  })
})

describe('a subscription store', () => {
  const value = serdes.json<{ readonly primaryKey: string }>()
  const open = (): { host: TestHost; store: SubscriptionState<string, string> } => {
    const host = new TestHost()
    const definition = { ...base, kind: 'fk-subscription', value, primaryKey: serdes.string } as const
    return { host, store: new SubscriptionState(definition, host) }
  }
  const of = (primaryKey: string): Subscription<string> => ({
    hash: null,
    instruction: 2,
    primaryKey,
    primaryPartition: 1,
  })

  it('finds all who subscribed to a foreign key, and only them', () => {
    const { host, store } = open()
    host.at(4, RecordHeaders.from({ h: 'x' }))
    for (const [foreignKey, primaryKey] of [
      ['f', '2'],
      ['f', '1'],
      ['ff', '3'],
      ['', 'f4'],
    ] as const)
      store.put(foreignKey, of(primaryKey))
    expect([...store.of('f')].map(({ subscription }) => subscription.primaryKey)).toEqual(['1', '2'])
    expect(store.get('ff', '3')).toEqual({ subscription: of('3'), timestamp: 4 })
    store.delete('f', '1')
    expect(store.get('f', '1')).toBeUndefined()
    expect(host.changelog.every(({ timestamp, headers }) => timestamp === 4 && headers.size === 1)).toBe(true)
    const restored = open().store
    restored.restore(host.changelog, NO_POSITION)
    expect([...restored.of('f')]).toEqual([...store.of('f')])
  })
})
