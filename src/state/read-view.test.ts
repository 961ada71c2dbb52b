import { describe, expect, test } from 'vitest'
import { serdes } from '../serde/index.ts'
import type {
  KeyValueStoreDefinition,
  SessionStoreDefinition,
  StoreBase,
  StoreDefinition,
  VersionedStoreDefinition,
  WindowStoreDefinition,
} from './definition.ts'
import type { KeyValueStore, SessionStore, VersionedStore, WindowStore } from './faces.ts'
import { openStore } from './open-store.ts'
import { type ReadLevel, readView } from './read-view.ts'
import type { StateStore } from './state-store.ts'
import { NO_POSITION, TestHost } from './test-host.ts'

const MINUTE = 60_000
const base: StoreBase = {
  name: 'store',
  key: serdes.string,
  value: serdes.string,
  type: 'memory',
  format: 'timestamped',
  caching: true,
  logging: true,
  changelogConfig: {},
  sourceTopic: undefined,
  isGlobal: false,
}
const keyValue: KeyValueStoreDefinition = { ...base, kind: 'key-value', lruEntriesMax: undefined, ttlMs: undefined }
const window: WindowStoreDefinition = {
  ...base,
  kind: 'window',
  windowSizeMs: MINUTE,
  retentionMs: 10 * MINUTE,
  retainDuplicates: false,
  timeOrdered: false,
}
const session: SessionStoreDefinition = {
  ...base,
  kind: 'session',
  format: 'plain',
  retentionMs: 10 * MINUTE,
  timeOrdered: false,
}
const versioned: VersionedStoreDefinition = {
  ...base,
  kind: 'versioned',
  format: 'plain',
  caching: false,
  historyRetentionMs: 10 * MINUTE,
}

interface Kind {
  readonly put: (store: StateStore, value: string, atMs: number) => void
  readonly values: (store: StateStore) => readonly string[]
}

const keyValues: Kind = {
  put: ({ face }, value, atMs) =>
    (face as KeyValueStore<string, string>).put(String(atMs).padStart(9), value, { timestamp: atMs }),
  values: ({ face }) => Array.from((face as KeyValueStore<string, string>).range(), ([, value]) => value),
}
const windows: Kind = {
  put: ({ face }, value, atMs) => (face as WindowStore<string, string>).put('k', value, atMs),
  values: ({ face }) => Array.from((face as WindowStore<string, string>).fetch('k', 0, Infinity), ({ value }) => value),
}
const sessions: Kind = {
  put: ({ face }, value, atMs) =>
    (face as SessionStore<string, string>).put('k', value, { start: atMs - 5, end: atMs }),
  values: ({ face }) => Array.from((face as SessionStore<string, string>).fetch('k'), ({ value }) => value),
}
const versions: Kind = {
  put: ({ face }, value, atMs) => void (face as VersionedStore<string, string>).put('k', value, atMs),
  values: ({ face }) => Array.from((face as VersionedStore<string, string>).versions('k'), ({ value }) => value),
}

describe.each<[string, StoreDefinition, Kind]>([
  ['key-value', keyValue, keyValues],
  ['key-value with a ttl', { ...keyValue, ttlMs: 100 * MINUTE }, keyValues],
  ['lru', { ...keyValue, lruEntriesMax: 10, caching: false }, keyValues],
  ['window', window, windows],
  ['window on disk', { ...window, type: 'disk' }, windows],
  ['time-ordered window', { ...window, timeOrdered: true }, windows],
  ['session', session, sessions],
  ['versioned', versioned, versions],
])('a %s store', (_, definition, { put, values }) => {
  test('is seen whole, without its cache, or as it was committed', () => {
    const host = new TestHost()
    host.cacheBytes = 1 << 20
    const store = openStore(definition, host)
    const seen = (level: ReadLevel): readonly string[] => values(readView(store, level, 'app'))
    put(store, 'committed', MINUTE)
    store.flush()
    expect(seen('committed')).toEqual([])
    store.commit({ ...NO_POSITION, streamTimeMs: MINUTE })
    put(store, 'pending', 3 * MINUTE)
    store.flush()
    put(store, 'cached', 5 * MINUTE)
    // Without a cache there is nothing that waits in it.
    expect(seen('uncached')).toEqual(['committed', 'pending', ...(definition.caching ? [] : ['cached'])])
    expect(seen('committed')).toEqual(['committed'])
    expect(values(store)).toEqual(['committed', 'pending', 'cached'])
    store.discard()
    expect(values(store)).toEqual(['committed'])
  })
})

test('windows that have expired since the commit are still seen by who asks for what is committed', () => {
  const host = new TestHost()
  const store = openStore({ ...window, caching: false }, host)
  windows.put(store, 'old', MINUTE)
  store.commit({ ...NO_POSITION, streamTimeMs: MINUTE })
  windows.put(store, 'new', 20 * MINUTE)
  expect(windows.values(store)).toEqual(['new'])
  expect(windows.values(readView(store, 'committed', 'app'))).toEqual(['old'])
})

test('a view is for reading only', () => {
  const view = readView(openStore(keyValue, new TestHost()), 'committed', 'app')
  expect(() => view.commit(NO_POSITION)).toThrow(/reading only/)
})
