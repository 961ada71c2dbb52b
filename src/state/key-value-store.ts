// The key-value store: typed face and life over StoreCore, and the least-recently-used kind that deletes by number.
import { afterPrefix } from '../base/index.ts'
import type { RecordHeaders } from '../record/index.ts'
import type { ForeseenKeys } from '../serde/index.ts'
import type { ByteCursor, ByteRange, StorePosition } from './byte-store.ts'
import type { KeyValueStoreDefinition } from './definition.ts'
import type { EncodedValue, KeyValueStore, OwnedKeyValue, Range, Stamp, Stored } from './faces.ts'
import { keyValueSchema } from './key-schema.ts'
import { Recency } from './recency.ts'
import type { ChangelogRecord, FlushListener, StateStore, StoreHost, StoreObserver, StoreRows } from './state-store.ts'
import { StoreCore } from './store-core.ts'
import { headersOf } from './stamp.ts'
import { TimeToLive } from './time-to-live.ts'

export class KeyValueState<K, V> implements StateStore, KeyValueStore<K, V>, OwnedKeyValue<K, V> {
  readonly definition: KeyValueStoreDefinition
  readonly #host: StoreHost
  readonly #core: StoreCore<K, V>
  readonly #recency: Recency | undefined
  readonly #ttl: TimeToLive | undefined

  constructor(definition: KeyValueStoreDefinition, host: StoreHost) {
    this.definition = definition
    this.#host = host
    this.#core = new StoreCore(definition, host, host.engine(definition).open(definition.name), {
      schema: keyValueSchema,
      admits: () => true,
      isAhead: () => false,
      listenerKey: (key) => key,
    })
    const { lruEntriesMax, ttlMs } = definition
    if (ttlMs !== undefined) this.#ttl = new TimeToLive(ttlMs, this.#core.bytes.position()?.streamTimeMs ?? -1)
    if (lruEntriesMax !== undefined) this.#recency = new Recency(lruEntriesMax, () => this.#core.cursor({}))
  }

  get face(): KeyValueStore<K, V> {
    return this
  }

  // ---- the face ----

  get(key: K): V | undefined {
    if (this.#recency !== undefined) this.#recency.touch(this.#keyText(key))
    if (this.#ttl !== undefined) return this.#living(this.#core.getStored(key, 0, 0))?.value
    return this.#core.get(key, 0, 0)
  }

  getStored(key: K): Stored<V> | undefined {
    if (this.#recency !== undefined) this.#recency.touch(this.#keyText(key))
    return this.#living(this.#core.getStored(key, 0, 0))
  }

  has(key: K): boolean {
    return this.get(key) !== undefined
  }

  put(key: K, value: V | null, stamp?: Stamp): void {
    const { record } = this.#host
    if (stamp === undefined) this.#put(key, value, record.timestamp, record.headers)
    else this.#put(key, value, stamp.timestamp, headersOf(stamp))
  }

  putIfAbsent(key: K, value: V, stamp?: Stamp): V | undefined {
    const present = this.get(key)
    if (present === undefined) this.put(key, value, stamp)
    return present
  }

  putAll(entries: Iterable<readonly [key: K, value: V | null]>): void {
    for (const [key, value] of entries) this.put(key, value)
  }

  delete(key: K): V | undefined {
    const present = this.get(key)
    this.put(key, null)
    return present
  }

  *range(range?: Range<K>): IterableIterator<readonly [key: K, value: V]> {
    const cursor = this.#core.cursor(this.#byteRange(range))
    try {
      while (cursor.next())
        if (this.#isLiving(cursor)) yield [this.#keyOf(cursor), this.#core.format.decodeView(cursor)]
    } finally {
      cursor.close()
    }
  }

  *rangeStored(range?: Range<K>): IterableIterator<readonly [key: K, stored: Stored<V>]> {
    const cursor = this.#core.cursor(this.#byteRange(range))
    try {
      while (cursor.next()) if (this.#isLiving(cursor)) yield [this.#keyOf(cursor), this.#core.format.stored(cursor)]
    } finally {
      cursor.close()
    }
  }

  *prefix(prefix: string | Uint8Array): IterableIterator<readonly [key: K, value: V]> {
    const gte = Buffer.from(prefix as string)
    const cursor = this.#core.cursor({ gte, lt: afterPrefix(gte) })
    try {
      while (cursor.next())
        if (this.#isLiving(cursor)) yield [this.#keyOf(cursor), this.#core.format.decodeView(cursor)]
    } finally {
      cursor.close()
    }
  }

  approximateCount(): number {
    return this.#core.bytes.approximateCount()
  }

  // ---- for aggregations, which own what they get until they put it back ----

  encodedOf(key: K): EncodedValue | undefined {
    return this.#recency === undefined && this.#ttl === undefined ? this.#core.encodedOf(key, 0, 0) : undefined
  }

  getOwned(key: K): Stored<V> | undefined {
    return this.#living(this.#core.getOwned(key, 0, 0))
  }

  putOwned(key: K, value: V | null, timestamp: number, headers: RecordHeaders): void {
    this.#ttl?.observe(timestamp)
    if (this.#recency === undefined) this.#core.putOwned(key, 0, 0, value, timestamp, headers)
    else this.#put(key, value, timestamp, headers)
  }

  // ---- the life of a store ----

  get rows(): StoreRows {
    const { bytes } = this.#core
    return { bytes, observedMs: this.#ttl?.observedMs ?? bytes.position()?.streamTimeMs ?? -1 }
  }

  observe(observer: StoreObserver | undefined): void {
    this.#core.observe(observer)
  }

  foresee(keys: ForeseenKeys): void {
    this.#core.foresee(keys)
  }

  get isCached(): boolean {
    return this.#core.cache !== undefined
  }

  setFlushListener(listener: FlushListener | undefined, sendOldValues: boolean): boolean {
    return this.#core.setFlushListener(listener, sendOldValues)
  }

  flush(): void {
    this.#ttl?.sweep(this.#core)
    this.#core.flush()
  }

  commit(position: StorePosition): void {
    this.#core.commit(this.#withTime(position))
    this.#ttl?.begin(this.#ttl.observedMs)
  }

  discard(): void {
    this.#core.discard()
    this.#ttl?.begin(this.#core.bytes.position()?.streamTimeMs ?? -1)
    this.#recency?.forget()
  }

  get pendingBytes(): number {
    return this.#core.pendingBytes
  }

  position(): StorePosition | undefined {
    return this.#core.bytes.position()
  }

  restore(records: Iterable<ChangelogRecord>, position: StorePosition): void {
    const living = this.#ttl === undefined ? records : livingRecords(this.#ttl, records)
    this.#core.bytes.load(this.#core.keyValueChanges(living), this.#withTime(position))
    this.#recency?.forget()
  }

  backlog(): Promise<void> | undefined {
    return this.#core.bytes.backlog()
  }

  persist(): Promise<void> {
    return this.#core.bytes.flush()
  }

  close(): Promise<void> {
    return this.#core.bytes.close()
  }

  destroy(): Promise<void> {
    return this.#core.bytes.destroy()
  }

  #put(key: K, value: V | null, timestamp: number, headers: RecordHeaders): void {
    this.#ttl?.observe(timestamp)
    const recency = this.#recency
    if (recency === undefined) return this.#core.put(key, 0, 0, value, timestamp, headers)
    const text = this.#keyText(key)
    if (value === null) recency.remove(text)
    else {
      const displaced = recency.add(text)
      // The tombstone of the displaced goes first, as in Java.
      if (displaced !== undefined) this.#core.deleteRow(Buffer.from(displaced, 'latin1'))
    }
    this.#core.put(key, 0, 0, value, timestamp, headers)
  }

  #living<S extends Stored<V>>(stored: S | undefined): S | undefined {
    return stored === undefined || this.#ttl?.isExpired(stored.timestamp) === true ? undefined : stored
  }

  #isLiving({ buffer, valueStart }: ByteCursor): boolean {
    return this.#ttl?.isExpired(this.#core.format.timestampOf(buffer, valueStart)) !== true
  }

  #withTime(position: StorePosition): StorePosition {
    return this.#ttl === undefined ? position : { ...position, streamTimeMs: this.#ttl.observedMs }
  }

  #keyText(key: K): string {
    const { buffer, position } = this.#core.keys.encode(key)
    return buffer.toString('latin1', 0, position)
  }

  #keyOf(cursor: ByteCursor): K {
    return this.#core.keys.decode(cursor.buffer, cursor.keyStart, cursor.keyEnd)
  }

  #byteRange(range: Range<K> = {}): ByteRange {
    const { keys } = this.#core
    const gte = range.from === undefined ? undefined : keys.encode(range.from).toBuffer()
    // Inclusive: nothing lies between a key and the key with a zero behind it.
    const lt = range.to === undefined ? undefined : Buffer.concat([keys.encode(range.to).toBuffer(), Buffer.of(0)])
    return { gte, lt, reverse: range.order === 'descending' }
  }
}

/** What is expired deletes what is there of its key. */
function livingRecords(ttl: TimeToLive, records: Iterable<ChangelogRecord>): readonly ChangelogRecord[] {
  const all = Array.from(records, ({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers }))
  for (const { timestamp } of all) ttl.observe(timestamp)
  return all.map((record) => (ttl.isExpired(record.timestamp) ? { ...record, value: null } : record))
}
