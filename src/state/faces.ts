// The typed faces of stores: what processors, queries and tests see. A `get` without result is undefined; null deletes.
import type { RecordHeaders, Window } from '../record/index.ts'
import type { ByteView } from './byte-store.ts'

/** In which order a store gives its entries. */
export type Order = 'ascending' | 'descending'

/** When a value was written and with which headers; a StreamRecord is one. */
export interface Stamp {
  readonly timestamp: number
  readonly headers?: RecordHeaders
}

/** A value as a store keeps it. A plain store gives timestamp -1, and only a store with headers gives headers. */
export interface Stored<out V> {
  readonly value: V
  readonly timestamp: number
  readonly headers: RecordHeaders
}

/** Keys from `from` to `to`, both inclusive, in byte order of the encoded keys. */
export interface Range<in out K> {
  readonly from?: K
  readonly to?: K
  readonly order?: Order
}

/** Times in ms since 1970, both inclusive. */
export interface TimeRange {
  readonly from?: number | Date
  readonly to?: number | Date
  readonly order?: Order
}

/** The order of what a store gives. @defaultValue ascending */
export interface OrderOption {
  readonly order?: Order
}

/** What can be read from a store of one value a key. Java: ReadOnlyKeyValueStore. */
export interface ReadOnlyKeyValueStore<in out K, out V> {
  get(key: K): V | undefined
  /** With timestamp and headers. A plain store gives timestamp -1. */
  getStored(key: K): Stored<V> | undefined
  has(key: K): boolean
  range(range?: Range<K>): IterableIterator<readonly [key: K, value: V]>
  rangeStored(range?: Range<K>): IterableIterator<readonly [key: K, stored: Stored<V>]>
  /** Keys whose bytes begin with the encoded prefix. */
  prefix(prefix: string | Uint8Array): IterableIterator<readonly [key: K, value: V]>
  approximateCount(): number
}

/** Java: KeyValueStore, TimestampedKeyValueStore and the store with headers, in one interface. */
export interface KeyValueStore<in out K, in out V> extends ReadOnlyKeyValueStore<K, V> {
  /** Without a stamp the current record's timestamp and headers are taken. */
  put(key: K, value: V | null, stamp?: Stamp): void
  /** Returns the value that was there, or undefined and puts. */
  putIfAbsent(key: K, value: V, stamp?: Stamp): V | undefined
  putAll(entries: Iterable<readonly [key: K, value: V | null]>): void
  /** Returns the value that was there. */
  delete(key: K): V | undefined
}

/** A version of a key: valid from (inclusive) to (exclusive; undefined: still). */
export interface Version<out V> {
  readonly value: V
  readonly validFrom: number
  readonly validTo: number | undefined
}

/** What can be read from a store of versions. */
export interface ReadOnlyVersionedStore<in out K, out V> {
  /** The latest version, or the one valid at a time; undefined also where that is beyond the history. */
  get(key: K, asOfMs?: number): Version<V> | undefined
  versions(key: K, range?: TimeRange): IterableIterator<Version<V>>
}

/** What a put did: 'latest', 'expired' (beyond the history, not put), or the time until which the new version is valid. */
export type VersionedPut = 'latest' | 'expired' | number

/** A store that keeps the versions of each key. Java: VersionedKeyValueStore, KIP-889. */
export interface VersionedStore<in out K, in out V> extends ReadOnlyVersionedStore<K, V> {
  put(key: K, value: V | null, timestampMs: number): VersionedPut
  /** Puts a tombstone; returns the version that was valid at the time. */
  delete(key: K, timestampMs: number): Version<V> | undefined
}

/** An entry of a window or session store. */
export interface WindowEntry<out K, out V> extends Stored<V> {
  readonly key: K
  readonly window: Window
}

/** What can be read from a store of values by key and time. Java: ReadOnlyWindowStore. */
export interface ReadOnlyWindowStore<in out K, out V> {
  get(key: K, windowStartMs: number): V | undefined
  getStored(key: K, windowStartMs: number): Stored<V> | undefined
  /** Windows of a key that start from..to, both inclusive. */
  fetch(key: K, fromMs: number, toMs: number, options?: OrderOption): IterableIterator<WindowEntry<K, V>>
  fetchRange(
    keyFrom: K | undefined,
    keyTo: K | undefined,
    fromMs: number,
    toMs: number,
    options?: OrderOption,
  ): IterableIterator<WindowEntry<K, V>>
  fetchAll(fromMs: number, toMs: number, options?: OrderOption): IterableIterator<WindowEntry<K, V>>
}

/** A store of values by key and start of a window. Java: WindowStore. */
export interface WindowStore<in out K, in out V> extends ReadOnlyWindowStore<K, V> {
  put(key: K, value: V | null, windowStartMs: number, stamp?: Stamp): void
  delete(key: K, windowStartMs: number): void
}

/** What can be read from a store of sessions. Java: ReadOnlySessionStore. */
export interface ReadOnlySessionStore<in out K, out V> {
  get(key: K, session: Window): V | undefined
  /** All sessions of a key. */
  fetch(key: K, options?: OrderOption): IterableIterator<WindowEntry<K, V>>
  /** Sessions of all keys from..to, both inclusive (undefined: open). */
  fetchRange(keyFrom: K | undefined, keyTo: K | undefined, options?: OrderOption): IterableIterator<WindowEntry<K, V>>
  /** Sessions of a key that end at or after one time and start at or before another. */
  find(key: K, earliestEndMs: number, latestStartMs: number, options?: OrderOption): IterableIterator<WindowEntry<K, V>>
  findRange(
    keyFrom: K | undefined,
    keyTo: K | undefined,
    earliestEndMs: number,
    latestStartMs: number,
    options?: OrderOption,
  ): IterableIterator<WindowEntry<K, V>>
  /** Sessions that end from..to, both inclusive, in order of their end. */
  findAll(earliestEndMs: number, latestEndMs: number): IterableIterator<WindowEntry<K, V>>
}

/** A store of values by key and session. Java: SessionStore. */
export interface SessionStore<in out K, in out V> extends ReadOnlySessionStore<K, V> {
  put(key: K, value: V | null, session: Window, stamp?: Stamp): void
  delete(key: K, session: Window): void
}

/**
 * Where a value lies, encoded.
 *
 * @internal
 */
export interface EncodedValue extends ByteView {
  /** By the store's serde; else maybe by who wrote the topic that the store is read from. */
  readonly isOurs: boolean
}

/**
 * What aggregations use of a key-value store: the value that they get may be the record cache's own object. They may change it in
 * place, and put it back (or another one, or null) before anybody else reads the key; what they put they keep no reference to.
 *
 * @internal
 */
export interface OwnedKeyValue<in out K, in out V> {
  /** What the value of a key is encoded to, until the next call; undefined: there is none, or it cannot be told so. */
  encodedOf(key: K): EncodedValue | undefined
  getOwned(key: K): Stored<V> | undefined
  putOwned(key: K, value: V | null, timestamp: number, headers: RecordHeaders): void
}

/**
 * The same of a window store.
 *
 * @internal
 */
export interface OwnedWindow<in out K, in out V> {
  getOwned(key: K, windowStartMs: number): Stored<V> | undefined
  /**
   * As fetch, with the windows that are hidden from readers and not yet dropped. Values are the caller's own. Downwards no further
   * than the first window that starts before `lastMs`.
   */
  fetchOwned(key: K, fromMs: number, toMs: number, order: Order, lastMs?: number): readonly WindowEntry<K, V>[]
  /** Windows of all keys that start from..to, in order of time; valid until the next put. */
  fetchClosed(fromMs: number, toMs: number): IterableIterator<WindowEntry<K, V>>
  putOwned(key: K, value: V | null, windowStartMs: number, timestamp: number, headers: RecordHeaders): void
}

/** Rows of a key, ascending by time. */
export interface JoinRows<out V> {
  readonly times: readonly number[]
  /** For the caller alone: decoded for each call where it is not a primitive. */
  valueAt(index: number): V
}

/**
 * What stream-stream joins read of a window store: as fetch.
 *
 * @internal
 */
export interface JoinedWindow<in out K, out V> {
  rowsOf(key: K, fromMs: number, toMs: number): JoinRows<V>
}

/**
 * What session aggregations read: as find, with the sessions that are hidden from readers and not yet dropped.
 *
 * @internal
 */
export interface OwnedSession<in out K, out V> {
  findOwned(key: K, earliestEndMs: number, latestStartMs: number): readonly WindowEntry<K, V>[]
  /** As findAll. */
  findClosed(earliestEndMs: number, latestEndMs: number): IterableIterator<WindowEntry<K, V>>
}
