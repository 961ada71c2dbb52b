import { describe, expect, it } from 'vitest'
import { MemoryDisk } from '../base/index.ts'
import { serdes } from '../serde/index.ts'
import { KeyValueState } from './key-value-store.ts'
import { LsmEngine } from './lsm/lsm-engine.ts'
import { NO_POSITION, TestHost, keyValueDefinition } from './test-host.ts'

const definition = (caching: boolean): ReturnType<typeof keyValueDefinition<string, string>> =>
  keyValueDefinition(serdes.string, serdes.string, { ttlMs: 100, caching })

function open(caching = false): { host: TestHost; store: KeyValueState<string, string> } {
  const host = new TestHost()
  host.cacheBytes = 1 << 20
  return { host, store: new KeyValueState(definition(caching), host) }
}

function put(host: TestHost, store: KeyValueState<string, string>, key: string, time: number): void {
  host.at(time)
  store.put(key, `${key}${time}`)
}

function commit(store: KeyValueState<string, string>): void {
  store.flush()
  store.commit(NO_POSITION)
}

const logged = (host: TestHost): readonly string[] =>
  host.changelog.map(({ key, value }) => `${key.toString()}=${value?.toString() ?? 'null'}`)

describe.each([false, true])('a store whose entries expire (caching %s)', (caching) => {
  it('hides an entry when a record is as much later as it may live, whatever was written meanwhile', () => {
    const { host, store } = open(caching)
    put(host, store, 'a', 10)
    put(host, store, 'b', 50)
    put(host, store, 'c', 109)
    expect([...store.range()].map(([key]) => key)).toEqual(['a', 'b', 'c'])
    put(host, store, 'd', 110)
    expect(store.get('a')).toBeUndefined()
    expect(store.getStored('a')).toBeUndefined()
    expect(store.getOwned('a')).toBeUndefined()
    expect(store.getStored('b')).toMatchObject({ value: 'b50', timestamp: 50 })
    expect([...store.range()].map(([key]) => key)).toEqual(['b', 'c', 'd'])
    put(host, store, 'a', 60)
    expect(store.get('a')).toBe('a60')
  })

  it('deletes it from bytes and changelog with the next commit', () => {
    const { host, store } = open(caching)
    put(host, store, 'a', 10)
    put(host, store, 'b', 50)
    commit(store)
    put(host, store, 'c', 120)
    commit(store)
    expect(logged(host)).toEqual(
      caching ? ['a=a10', 'b=b50', 'a=null', 'c=c120'] : ['a=a10', 'b=b50', 'c=c120', 'a=null'],
    )
    expect(store.approximateCount()).toBe(2)
  })

  it('is the same after it was restored from its changelog', () => {
    const { host, store } = open(caching)
    put(host, store, 'a', 10)
    put(host, store, 'b', 50)
    put(host, store, 'c', 120)
    store.flush()
    const restored = open(caching).store
    restored.restore(
      host.changelog.filter(({ value }) => value !== null),
      NO_POSITION,
    )
    expect([...restored.range()].map(([key]) => key)).toEqual(['b', 'c'])
    expect(restored.approximateCount()).toBe(2)
  })
})

it('what was expired before a restart is expired after it', async () => {
  const disk = new MemoryDisk()
  const { host } = open()
  const opened = (): KeyValueState<string, string> => {
    host.byteEngine = new LsmEngine({ disk, directory: '0_0' })
    return new KeyValueState(definition(false), host)
  }
  const first = opened()
  put(host, first, 'a', 10)
  commit(first)
  put(host, first, 'c', 120)
  first.commit(NO_POSITION)
  await first.close()
  const second = opened()
  expect(second.get('a')).toBeUndefined()
  expect(second.get('c')).toBe('c120')
})
