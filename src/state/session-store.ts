// The session store: values by (key, session). Java: SessionStore. A session is found by its end, so that those that a record
// joins are next to each other.
import type { Window } from '../record/index.ts'
import type { ForeseenKeys } from '../serde/index.ts'
import type { StorePosition } from './byte-store.ts'
import type { SessionStoreDefinition } from './definition.ts'
import type { OrderOption, OwnedSession, SessionStore, Stamp, WindowEntry } from './faces.ts'
import { OwnedRows } from './owned-rows.ts'
import { headersOf } from './stamp.ts'
import type { ChangelogRecord, FlushListener, StateStore, StoreHost, StoreObserver, StoreRows } from './state-store.ts'
import { isReverse } from './window-store.ts'
import { type Row, WindowedRows } from './windowed-rows.ts'

export class SessionState<K, V> implements StateStore, SessionStore<K, V>, OwnedSession<K, V> {
  readonly definition: SessionStoreDefinition
  readonly #host: StoreHost
  readonly #rows: WindowedRows<K, V>
  readonly #owned: OwnedRows<K, V>

  constructor(definition: SessionStoreDefinition, host: StoreHost) {
    this.definition = definition
    this.#host = host
    this.#rows = new WindowedRows(definition, host, (key, end, start) => ({ key, window: { start, end } }))
    this.#owned = new OwnedRows(this.#rows, definition)
  }

  get face(): SessionStore<K, V> {
    return this
  }

  // ---- the face ----

  get(key: K, session: Window): V | undefined {
    return this.#rows.isVisible(session.end) ? this.#rows.core.get(key, session.end, session.start) : undefined
  }

  put(key: K, value: V | null, session: Window, stamp?: Stamp): void {
    const { record } = this.#host
    const timestamp = stamp === undefined ? record.timestamp : stamp.timestamp
    const headers = stamp === undefined ? record.headers : headersOf(stamp)
    this.#owned.put(key, session.end, session.start, value, timestamp, headers, false)
  }

  /** In memory, deleting a session that cannot be there does not move the store's time, as in Java. */
  delete(key: K, session: Window): void {
    const { core } = this.#rows
    const isAhead = this.definition.type === 'memory' && core.cache === undefined && this.#rows.isAhead(session.end)
    if (isAhead) core.logTombstone(key, session.end, session.start)
    else this.put(key, null, session)
  }

  fetch(key: K, options?: OrderOption): IterableIterator<WindowEntry<K, V>> {
    return this.find(key, this.#rows.readableFromMs, Infinity, options)
  }

  fetchRange(keyFrom: K | undefined, keyTo: K | undefined, options?: OrderOption): IterableIterator<WindowEntry<K, V>> {
    return this.findRange(keyFrom, keyTo, this.#rows.readableFromMs, Infinity, options)
  }

  *find(
    key: K,
    earliestEndMs: number,
    latestStartMs: number,
    options?: OrderOption,
  ): IterableIterator<WindowEntry<K, V>> {
    const scan = this.#rows.ofKey(key, earliestEndMs, Infinity, isReverse(options))
    try {
      while (scan.next()) if (scan.minor <= latestStartMs) yield this.#entry(key, scan)
    } finally {
      scan.close()
    }
  }

  // An operator knows by its own time which sessions are open; one input of a cogroup may lag behind the store's time.
  findOwned(key: K, earliestEndMs: number, latestStartMs: number): readonly WindowEntry<K, V>[] {
    const found = this.#owned.find(key, earliestEndMs, Infinity, false)
    return found.filter(({ window }) => window.start <= latestStartMs)
  }

  findClosed(earliestEndMs: number, latestEndMs: number): IterableIterator<WindowEntry<K, V>> {
    return this.#owned.closed(earliestEndMs, latestEndMs)
  }

  *findRange(
    keyFrom: K | undefined,
    keyTo: K | undefined,
    earliestEndMs: number,
    latestStartMs: number,
    options?: OrderOption,
  ): IterableIterator<WindowEntry<K, V>> {
    for (const row of this.#rows.ofKeys(keyFrom, keyTo, earliestEndMs, Infinity, isReverse(options))) {
      if (row.minor <= latestStartMs) yield this.#entry(this.#keyOf(row), row)
    }
  }

  *findAll(earliestEndMs: number, latestEndMs: number): IterableIterator<WindowEntry<K, V>> {
    for (const row of this.#rows.inTimeOrder(earliestEndMs, latestEndMs)) yield this.#entry(this.#keyOf(row), row)
  }

  // ---- the life of a store ----

  get rows(): StoreRows {
    return { bytes: this.#rows.core.bytes, observedMs: this.#rows.observedMs }
  }

  observe(observer: StoreObserver | undefined): void {
    this.#rows.core.observe(observer)
  }

  foresee(keys: ForeseenKeys): void {
    this.#rows.core.foresee(keys)
  }

  get isCached(): boolean {
    return this.#rows.core.cache !== undefined
  }

  setFlushListener(listener: FlushListener | undefined, sendOldValues: boolean): boolean {
    return this.#rows.core.setFlushListener(listener, sendOldValues)
  }

  flush(): void {
    this.#rows.core.flush()
  }

  commit(position: StorePosition): void {
    this.#rows.commit(position)
  }

  discard(): void {
    this.#rows.discard()
    this.#owned.forget()
  }

  get pendingBytes(): number {
    return this.#rows.core.pendingBytes
  }

  position(): StorePosition | undefined {
    return this.#rows.core.bytes.position()
  }

  restore(records: Iterable<ChangelogRecord>, position: StorePosition): void {
    this.#rows.restore(records, position)
    this.#owned.forget()
  }

  backlog(): Promise<void> | undefined {
    return this.#rows.core.bytes.backlog()
  }

  persist(): Promise<void> {
    return this.#rows.core.bytes.flush()
  }

  close(): Promise<void> {
    return this.#rows.core.bytes.close()
  }

  destroy(): Promise<void> {
    return this.#rows.core.bytes.destroy()
  }

  #entry(key: K, row: Row): WindowEntry<K, V> {
    const { format } = this.#rows.core
    return {
      key,
      window: { start: row.minor, end: row.major },
      value: format.decodeView(row),
      timestamp: row.major,
      headers: format.headersOf(row.buffer, row.valueStart),
    }
  }

  #keyOf(row: Row): K {
    return this.#rows.core.keys.decode(row.buffer, row.keyStart, row.keyEnd)
  }
}
