// Asking the running application for what its stores hold, typed by the store's handle. Asynchronous, for the store may live in
// another thread: a question is sent to every thread, and whoever holds the store answers.
import { compareBytes } from '../base/index.ts'
import type { KeyValueHandle, SessionHandle, StoreHandle, VersionedHandle, WindowHandle } from '../processors/index.ts'
import type { Order, Range, Stored, TimeRange, Version, WindowEntry } from '../state/index.ts'
import { type AskedApplication, Asker, type QueryOptions } from './asker.ts'
import { type LocalEntry, isBefore } from './local-query.ts'
import type { Change, WatchOptions } from './watch.ts'

/** Questions to a key-value store. Java: KeyQuery, RangeQuery. */
export interface TableQuery<in out K, out V> {
  get(key: K): Promise<V | undefined>
  getStored(key: K): Promise<Stored<V> | undefined>
  /** In order of the encoded keys, over all partitions. */
  range(range?: Range<K>): AsyncIterableIterator<readonly [key: K, value: V]>
  /** Keys whose bytes begin with the prefix. */
  prefix(prefix: string | Uint8Array): AsyncIterableIterator<readonly [key: K, value: V]>
  approximateCount(): Promise<number>
  /**
   * Follows a key, or all of them: each change as it is made, from now on, until the signal is aborted or the application closes.
   * Where changes come faster than they are taken, those of a key that still wait become one. Under exactly-once a change can be
   * seen that is aborted and made again. Java has no such thing.
   *
   * @example
   * const live = app.query(wordCounts).watch('kafka', { signal })
   * for await (const { before, after } of live) console.log(before, '->', after)
   */
  watch(key?: K, options?: WatchOptions): AsyncIterableIterator<Change<K, V>>
}

/** Questions to a versioned store. Java: VersionedKeyQuery, MultiVersionedKeyQuery. */
export interface VersionedQuery<in out K, out V> {
  get(key: K, asOf?: number | Date): Promise<Version<V> | undefined>
  versions(key: K, range?: TimeRange): AsyncIterableIterator<Version<V>>
}

/** Questions to a window store. Java: WindowKeyQuery, WindowRangeQuery. */
export interface WindowQuery<in out K, out V> {
  get(key: K, windowStart: number | Date): Promise<V | undefined>
  /** Windows of a key that start in the range. */
  fetch(key: K, range?: TimeRange): AsyncIterableIterator<WindowEntry<K, V>>
  fetchAll(range?: TimeRange): AsyncIterableIterator<WindowEntry<K, V>>
  /** Follows the windows of a key, or of all keys, as TableQuery.watch does. */
  watch(key?: K, options?: WatchOptions): AsyncIterableIterator<Change<K, V>>
}

/** Questions to a session store. */
export interface SessionQuery<in out K, out V> {
  /** All sessions of a key. */
  fetch(key: K, options?: { readonly order?: Order }): AsyncIterableIterator<WindowEntry<K, V>>
  /** Follows the sessions of a key, or of all keys: one that grows ends, and begins anew with its new bounds. */
  watch(key?: K, options?: WatchOptions): AsyncIterableIterator<Change<K, V>>
}

/** What app.query(handle) gives. */
export type QueryOf<H extends StoreHandle> =
  H extends KeyValueHandle<infer K, infer V>
    ? TableQuery<K, V>
    : H extends WindowHandle<infer K, infer V>
      ? WindowQuery<K, V>
      : H extends SessionHandle<infer K, infer V>
        ? SessionQuery<K, V>
        : H extends VersionedHandle<infer K, infer V>
          ? VersionedQuery<K, V>
          : never

const ENTRIES_A_PAGE = 1_000

export function storeQuery<H extends StoreHandle>(
  handle: H,
  options: QueryOptions,
  asked: AskedApplication,
): QueryOf<H> {
  const asker = new Asker(handle.definition, options, asked)
  switch (handle.kind) {
    // The conditional type follows the kind, which the compiler does not see.
    case 'key-value-handle':
      return new AskedTable(asker) as unknown as QueryOf<H>
    case 'window-handle':
      return new AskedWindows(asker) as unknown as QueryOf<H>
    case 'session-handle':
      return new AskedSessions(asker) as unknown as QueryOf<H>
    case 'versioned-handle':
      return new AskedVersions(asker) as unknown as QueryOf<H>
  }
}

class AskedTable implements TableQuery<unknown, unknown> {
  readonly #asker: Asker

  constructor(asker: Asker) {
    this.#asker = asker
  }

  async get(key: unknown): Promise<unknown> {
    return (await this.getStored(key))?.value
  }

  async getStored(key: unknown): Promise<Stored<unknown> | undefined> {
    const entry = await this.#asker.one({ kind: 'get', key: this.#asker.key(key) })
    return entry && this.#asker.stored(entry)
  }

  async *range(range: Range<unknown> = {}): AsyncIterableIterator<readonly [key: unknown, value: unknown]> {
    const order = range.order ?? 'ascending'
    let from = range.from === undefined ? undefined : this.#asker.key(range.from)
    let to = range.to === undefined ? undefined : this.#asker.key(range.to)
    let last: Uint8Array | undefined
    for (;;) {
      const { entries, horizon } = await this.#asker.ask({ kind: 'range', from, to, order, entriesMax: ENTRIES_A_PAGE })
      for (const entry of sorted(entries, order)) {
        const key = entry.key as Uint8Array // a range gives keys
        if (last !== undefined && !isBefore(last, key, order)) continue
        if (horizon !== undefined && isBefore(horizon, key, order)) break
        yield [this.#asker.readKey(key), this.#asker.stored(entry).value]
      }
      if (horizon === undefined) return
      last = horizon
      if (order === 'ascending') from = horizon
      else to = horizon
    }
  }

  async *prefix(prefix: string | Uint8Array): AsyncIterableIterator<readonly [key: unknown, value: unknown]> {
    const bytes = typeof prefix === 'string' ? Buffer.from(prefix, 'utf8') : prefix
    const { entries } = await this.#asker.ask({ kind: 'prefix', prefix: bytes })
    for (const entry of sorted(entries, 'ascending'))
      yield [this.#asker.readKey(entry.key), this.#asker.stored(entry).value]
  }

  async approximateCount(): Promise<number> {
    return (await this.#asker.ask({ kind: 'count' })).count
  }

  watch(key?: unknown, options: WatchOptions = {}): AsyncIterableIterator<Change<unknown, unknown>> {
    return this.#asker.watch(key, options)
  }
}

class AskedWindows implements WindowQuery<unknown, unknown> {
  readonly #asker: Asker

  constructor(asker: Asker) {
    this.#asker = asker
  }

  async get(key: unknown, windowStart: number | Date): Promise<unknown> {
    const entry = await this.#asker.one({ kind: 'window-get', key: this.#asker.key(key), startMs: Number(windowStart) })
    return entry && this.#asker.stored(entry).value
  }

  fetch(key: unknown, range: TimeRange = {}): AsyncIterableIterator<WindowEntry<unknown, unknown>> {
    return this.#fetch(this.#asker.key(key), range)
  }

  fetchAll(range: TimeRange = {}): AsyncIterableIterator<WindowEntry<unknown, unknown>> {
    return this.#fetch(undefined, range)
  }

  async *#fetch(key: Uint8Array | undefined, range: TimeRange): AsyncIterableIterator<WindowEntry<unknown, unknown>> {
    const order = range.order ?? 'ascending'
    const { fromMs, toMs } = times(range)
    const { entries } = await this.#asker.ask({ kind: 'window-fetch', key, fromMs, toMs, order })
    yield* windowEntries(entries, this.#asker)
  }

  watch(key?: unknown, options: WatchOptions = {}): AsyncIterableIterator<Change<unknown, unknown>> {
    return this.#asker.watch(key, options)
  }
}

class AskedSessions implements SessionQuery<unknown, unknown> {
  readonly #asker: Asker

  constructor(asker: Asker) {
    this.#asker = asker
  }

  async *fetch(
    key: unknown,
    options: { readonly order?: Order } = {},
  ): AsyncIterableIterator<WindowEntry<unknown, unknown>> {
    const order = options.order ?? 'ascending'
    const { entries } = await this.#asker.ask({ kind: 'session-fetch', key: this.#asker.key(key), order })
    yield* windowEntries(entries, this.#asker)
  }

  watch(key?: unknown, options: WatchOptions = {}): AsyncIterableIterator<Change<unknown, unknown>> {
    return this.#asker.watch(key, options)
  }
}

class AskedVersions implements VersionedQuery<unknown, unknown> {
  readonly #asker: Asker

  constructor(asker: Asker) {
    this.#asker = asker
  }

  async get(key: unknown, asOf?: number | Date): Promise<Version<unknown> | undefined> {
    const asOfMs = asOf === undefined ? undefined : Number(asOf)
    const entry = await this.#asker.one({ kind: 'version-get', key: this.#asker.key(key), asOfMs })
    return entry && versionOf(entry, this.#asker)
  }

  async *versions(key: unknown, range: TimeRange = {}): AsyncIterableIterator<Version<unknown>> {
    const { entries } = await this.#asker.ask({ kind: 'versions', key: this.#asker.key(key), ...times(range) })
    for (const entry of entries) yield versionOf(entry, this.#asker)
  }
}

function* windowEntries(entries: readonly LocalEntry[], asker: Asker): Generator<WindowEntry<unknown, unknown>> {
  for (const entry of entries) {
    if (entry.window !== undefined)
      yield { key: asker.readKey(entry.key), window: entry.window, ...asker.stored(entry) }
  }
}

function versionOf(entry: LocalEntry, asker: Asker): Version<unknown> {
  const { value, timestamp } = asker.stored(entry)
  return { value, validFrom: timestamp, validTo: entry.validTo }
}

function times({ from, to }: TimeRange): { readonly fromMs: number; readonly toMs: number } {
  return {
    fromMs: from === undefined ? 0 : Number(from),
    toMs: to === undefined ? Number.MAX_SAFE_INTEGER : Number(to),
  }
}

function sorted(entries: readonly LocalEntry[], order: Order): readonly LocalEntry[] {
  const sign = order === 'ascending' ? 1 : -1
  return [...entries].sort((a, b) => sign * compareBytes(a.key ?? Buffer.alloc(0), b.key ?? Buffer.alloc(0)))
}
