// Handles: the typed names of stores, made once and used everywhere (operators, processors, queries, tests). A handle carries what
// the user said; where an operator of the DSL keeps the store, it adds the DSL's defaults to that (store-choice.ts).
import { TidemillError } from '../base/index.ts'
import { type Duration, durationMs, positiveDurationMs } from '../record/index.ts'
import type { KeyValueHandle, SessionHandle, VersionedHandle, WindowHandle } from '../processors/index.ts'
import { type Serde, type TopicConfig, topicNameProblem } from '../serde/index.ts'
import type { StoreBase, StoreDefinition, StoreEngine, StoreFormat, StoreType } from '../state/index.ts'
import { keptBy } from './kept-by.ts'

/** What all stores have in common. */
export interface StoreSettings {
  /** Who keeps the bytes; an engine of one's own too. @defaultValue 'disk', or what `BuilderOptions.store` says */
  readonly type?: StoreType | StoreEngine
  /**
   * Whether updates wait in a cache until the next commit, so that each key is written, logged and forwarded once a commit.
   * @defaultValue true in operators of the DSL, false in processors
   */
  readonly cache?: boolean
  /** Kafka's settings for the changelog topic; false: no changelog, so that the store is lost when its task moves. @defaultValue {} */
  readonly changelog?: false | TopicConfig
}

/** The serdes of a store. */
export interface StoreSerdes<in out K, in out V> {
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** What a handle was made with, as the operators of the DSL read it. */
export interface HandleSettings extends StoreSettings {
  readonly format?: StoreFormat
  readonly retention?: Duration
  readonly historyRetention?: Duration
  readonly entriesMax?: number
  readonly ttl?: Duration
}

const SETTINGS: unique symbol = Symbol('settings')

/** What the user gave to `stores.*`. */
export function handleSettings(handle: object): HandleSettings {
  return (handle as { readonly [SETTINGS]?: HandleSettings })[SETTINGS] ?? {}
}

/** Options of `stores.keyValue`. */
export interface KeyValueStoreOptions<in out K, in out V> extends StoreSerdes<K, V>, StoreSettings {
  /** What is kept beside the value. @defaultValue 'timestamped' */
  readonly format?: StoreFormat
  /**
   * How long an entry is there, by the time of its record against the highest that was put. Operators downstream are not told when
   * it is gone. Kafka Streams has none. @defaultValue for ever
   */
  readonly ttl?: Duration
}

/** Options of `stores.lru`. */
export interface LruStoreOptions<in out K, in out V> extends StoreSerdes<K, V>, Omit<StoreSettings, 'type' | 'cache'> {
  /** Entries beyond this many are deleted, the least recently used first. */
  readonly entriesMax: number
  /** What is kept beside the value. @defaultValue 'timestamped' */
  readonly format?: StoreFormat
}

/** Options of `stores.versioned`. */
export interface VersionedStoreOptions<in out K, in out V> extends StoreSerdes<K, V>, Omit<StoreSettings, 'cache'> {
  /** How far back versions are kept. */
  readonly historyRetention: Duration
}

/** Options of `stores.window`. */
export interface WindowStoreOptions<in out K, in out V> extends StoreSerdes<K, V>, StoreSettings {
  /** How long a window is. In an operator of the DSL its windows say that. @defaultValue the retention */
  readonly size?: Duration
  /** How long windows are kept. In an operator of the DSL at least the size and grace of its windows. */
  readonly retention: Duration
  /** Keeps every put of a key at one time, and not only the last. @defaultValue false */
  readonly retainDuplicates?: boolean
  /** What is kept beside the value. @defaultValue 'timestamped' */
  readonly format?: StoreFormat
}

/** Options of `stores.session`. */
export interface SessionStoreOptions<in out K, in out V> extends StoreSerdes<K, V>, StoreSettings {
  /** How long sessions are kept. In an operator of the DSL at least the gap and grace of its sessions. */
  readonly retention: Duration
  /** What is kept beside the value. @defaultValue 'plain' */
  readonly format?: Exclude<StoreFormat, 'timestamped'>
}

/** Makes the handles of stores. */
export interface Stores {
  /**
   * A store of one value a key. Java: Stores.keyValueStoreBuilder, timestampedKeyValueStoreBuilder.
   *
   * @example
   * const counts = stores.keyValue('counts', { key: serdes.string, value: serdes.int64 })
   */
  keyValue<K, V>(name: string, options: KeyValueStoreOptions<K, V>): KeyValueHandle<K, V>
  /**
   * A store in memory that keeps the entries used last. Java: Stores.lruMap.
   *
   * @example
   * const recent = stores.lru('recent', { key: serdes.string, value: serdes.string, entriesMax: 1_000 })
   */
  lru<K, V>(name: string, options: LruStoreOptions<K, V>): KeyValueHandle<K, V>
  /**
   * A store that keeps the versions of each key. Java: Stores.versionedKeyValueStoreBuilder.
   *
   * @example
   * const prices = stores.versioned('prices', { key: serdes.string, value: serdes.float64, historyRetention: '1d' })
   */
  versioned<K, V>(name: string, options: VersionedStoreOptions<K, V>): VersionedHandle<K, V>
  /**
   * A store of values by key and time. Java: Stores.windowStoreBuilder.
   *
   * @example
   * const hourly = stores.window('hourly', { key: serdes.string, value: serdes.int64, size: '1h', retention: '7d' })
   */
  window<K, V>(name: string, options: WindowStoreOptions<K, V>): WindowHandle<K, V>
  /**
   * A store of values by key and session. Java: Stores.sessionStoreBuilder.
   *
   * @example
   * const visits = stores.session('visits', { key: serdes.string, value: serdes.int64, retention: '1d' })
   */
  session<K, V>(name: string, options: SessionStoreOptions<K, V>): SessionHandle<K, V>
}

/**
 * Makes handles of state stores: typed names that operators, processors, queries and tests take.
 *
 * @throws TidemillError `invalid-argument` where the name cannot be part of a topic's name.
 * @example
 * const counts = stores.keyValue('counts', { key: serdes.string, value: serdes.int64 })
 * const table = words.groupByKey().count({ store: counts })
 */
export const stores: Stores = Object.freeze({
  keyValue: <K, V>(name: string, options: KeyValueStoreOptions<K, V>): KeyValueHandle<K, V> =>
    handle('key-value-handle', options, keyValueDefinition(name, options, undefined)),
  lru: <K, V>(name: string, options: LruStoreOptions<K, V>): KeyValueHandle<K, V> =>
    handle('key-value-handle', options, keyValueDefinition(name, { ...options, type: 'memory' }, options.entriesMax)),
  versioned: <K, V>(name: string, options: VersionedStoreOptions<K, V>): VersionedHandle<K, V> =>
    handle('versioned-handle', options, {
      ...storeBase(name, options, 'plain'),
      kind: 'versioned',
      historyRetentionMs: durationMs(options.historyRetention, `historyRetention of store '${name}'`),
    }),
  window: <K, V>(name: string, options: WindowStoreOptions<K, V>): WindowHandle<K, V> => {
    const retentionMs = durationMs(options.retention, `retention of store '${name}'`)
    return handle('window-handle', options, {
      ...storeBase(name, options, 'timestamped'),
      kind: 'window',
      windowSizeMs:
        options.size === undefined ? retentionMs : durationMs(options.size, `size of the windows of store '${name}'`),
      retentionMs,
      retainDuplicates: options.retainDuplicates ?? false,
      timeOrdered: false,
    })
  },
  session: <K, V>(name: string, options: SessionStoreOptions<K, V>): SessionHandle<K, V> =>
    handle('session-handle', options, {
      ...storeBase(name, options, 'plain'),
      kind: 'session',
      retentionMs: positiveDurationMs(options.retention, `retention of store '${name}'`),
      timeOrdered: false,
    }),
})

function keyValueDefinition(
  name: string,
  options: StoreSerdes<any, any> & StoreSettings & { readonly format?: StoreFormat; readonly ttl?: Duration },
  entriesMax: number | undefined,
): StoreDefinition {
  if (entriesMax !== undefined && (!Number.isInteger(entriesMax) || entriesMax < 1)) {
    throw new TidemillError(
      'invalid-argument',
      `entriesMax of store '${name}' is ${entriesMax}; it must be a whole number, 1 or more`,
    )
  }
  const { ttl, format } = options
  const ttlMs = ttl === undefined ? undefined : positiveDurationMs(ttl, `ttl of store '${name}'`)
  if (ttlMs !== undefined && format === 'plain') {
    throw new TidemillError(
      'invalid-argument',
      `store '${name}' has a ttl, which goes by the time of each entry, and format 'plain', which keeps none: leave the format out`,
    )
  }
  return { ...storeBase(name, options, 'timestamped'), kind: 'key-value', lruEntriesMax: entriesMax, ttlMs }
}

function storeBase(
  name: string,
  options: StoreSerdes<any, any> & StoreSettings & { readonly format?: StoreFormat },
  format: StoreFormat,
): StoreBase {
  const problem = storeNameProblem(name)
  if (problem !== undefined) throw new TidemillError('invalid-argument', problem)
  return {
    name,
    key: options.key,
    value: options.value,
    ...keptBy(name, options.type ?? 'disk'),
    format: options.format ?? format,
    caching: options.cache ?? false,
    logging: options.changelog !== false,
    changelogConfig: changelogSettings(options.changelog),
    sourceTopic: undefined,
    isGlobal: false,
  }
}

/** What is wrong with the name of a store: it becomes a part of its changelog's name. */
export function storeNameProblem(name: string): string | undefined {
  const problem = topicNameProblem(name)
  return problem === undefined ? undefined : `store name ${problem}`
}

/** As Kafka wants them: text. */
export function changelogSettings(changelog: false | TopicConfig | undefined): Readonly<Record<string, string>> {
  if (changelog === undefined || changelog === false) return {}
  return Object.fromEntries(Object.entries(changelog).map(([key, value]) => [key, String(value)]))
}

/** The one place where the phantom type of a handle comes from: nothing of it is there at run time. */
function handle(kind: string, options: HandleSettings, definition: StoreDefinition): any {
  return Object.freeze({ kind, name: definition.name, definition, [SETTINGS]: options })
}
