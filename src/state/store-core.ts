// What key-value, window and session stores have in common: typed entries by (key, major, minor) over pending bytes, with a
// record cache where the definition asks for one. The faces above add their own orders, ranges and expiry.
//
// Invariants: a value that is handed out is a primitive or the caller's own (decoded for it); typed objects in the cache are seen
// by owners only (getOwned, putOwned). Without a cache every put is encoded, logged and pending at once. What the rules of
// expiry refuse is logged all the same, as Java does.
import { EMPTY_BYTES, TidemillError } from '../base/index.ts'
import { RecordHeaders, formatTopicPartition, topicPartition } from '../record/index.ts'
import type { ByteChange, ByteCursor, ByteRange, ByteStore, StorePosition } from './byte-store.ts'
import { ByteTable, compareKeys } from './byte-table.ts'
import { type LogChange, changeLogger, changelogTopic } from './changelog.ts'
import type { StoreDefinition } from './definition.ts'
import type { Stored } from './faces.ts'
import { KeyCodec } from './key-codec.ts'
import type { KeySchema } from './key-schema.ts'
import { MergedCursor, PendingBytes } from './pending-bytes.ts'
import { type CacheEntry, ENTRY_OVERHEAD_BYTES, RecordCache } from './record-cache.ts'
import type { ChangelogRecord, FlushListener, StoreHost } from './state-store.ts'
import { ValueFormat } from './value-format.ts'

export interface CoreOptions {
  readonly schema: KeySchema
  /** False: the entry is expired, drop it. Called before each write to the bytes. */
  readonly admits: (major: number) => boolean
  /** What the flush listener is told the key is. */
  readonly listenerKey: (key: unknown, major: number, minor: number) => unknown
}

/** A dirty entry on its way to the listener. */
interface Flushed {
  readonly entry: CacheEntry
  readonly oldBytes: Buffer | undefined
}

const FIRST_VALUE_BYTES = 32

export class StoreCore<K, V> {
  readonly keys: KeyCodec<K>
  readonly format: ValueFormat<V>
  readonly bytes: PendingBytes
  readonly schema: KeySchema
  readonly cache: RecordCache | undefined
  readonly #definition: StoreDefinition
  readonly #host: StoreHost
  readonly #log: LogChange
  readonly #admits: (major: number) => boolean
  readonly #listenerKey: CoreOptions['listenerKey']
  readonly #logsHeaders: boolean
  #listener: FlushListener | undefined
  #sendsOldValues = false
  #averageValueBytes = FIRST_VALUE_BYTES

  constructor(definition: StoreDefinition, host: StoreHost, store: ByteStore, options: CoreOptions) {
    const topic = changelogTopic(definition, host.applicationId)
    const isSession = definition.kind === 'session'
    this.#definition = definition
    this.#host = host
    this.#admits = options.admits
    this.#listenerKey = options.listenerKey
    this.schema = options.schema
    this.keys = new KeyCodec(definition.key, definition.name, topic)
    this.format = new ValueFormat(definition.value, definition.format, isSession, topic)
    this.bytes = new PendingBytes(store)
    this.#log = changeLogger(definition, host)
    // The windows of stream-stream joins, the only ones with duplicates, keep the records' headers in their changelog.
    this.#logsHeaders = this.format.hasHeaders || (definition.kind === 'window' && definition.retainDuplicates)
    const isCached = definition.caching && host.cacheBytesMax(definition) > 0
    this.cache = isCached ? new RecordCache(definition.kind === 'key-value' ? 'key-value' : 'windowed') : undefined
  }

  // ---- one entry ----

  get(key: K, major: number, minor: number): V | undefined {
    const { cache } = this
    if (cache !== undefined) {
      const entry = this.#cached(cache, key, major, minor)
      return entry.isPresent ? this.#handOut(entry) : undefined
    }
    const bytes = this.#read(key, major, minor)
    return bytes === undefined ? undefined : this.format.decode(bytes)
  }

  getStored(key: K, major: number, minor: number): Stored<V> | undefined {
    const { cache } = this
    if (cache !== undefined) {
      const entry = this.#cached(cache, key, major, minor)
      if (!entry.isPresent) return undefined
      return { value: this.#handOut(entry), timestamp: entry.timestamp, headers: entry.headers }
    }
    const bytes = this.#read(key, major, minor)
    return bytes === undefined ? undefined : this.stored(bytes)
  }

  /** As getStored; the value may be the cache's own object: the caller may change it and puts it back with putOwned. */
  getOwned(key: K, major: number, minor: number): Stored<V> | undefined {
    const { cache } = this
    if (cache === undefined) return this.getStored(key, major, minor)
    const entry = this.#cached(cache, key, major, minor)
    if (!entry.isPresent) return undefined
    if (entry.value === undefined) entry.value = this.format.decode(entry.bytes as Buffer)
    // An entry is a Stored.
    return entry as CacheEntry & Stored<V>
  }

  put(key: K, major: number, minor: number, value: V | null, timestamp: number, headers: RecordHeaders): void {
    const { cache } = this
    if (cache === undefined) this.#write(key, major, minor, value, timestamp, headers)
    else this.#putCached(cache, key, major, minor, value, timestamp, headers, false)
  }

  /** As put; the value becomes the cache's own: the caller has no other reference to it. */
  putOwned(key: K, major: number, minor: number, value: V | null, timestamp: number, headers: RecordHeaders): void {
    const { cache } = this
    if (cache === undefined) this.#write(key, major, minor, value, timestamp, headers)
    else this.#putCached(cache, key, major, minor, value, timestamp, headers, true)
  }

  /** Deletes and logs a row by its key; not for stores with a cache. */
  deleteRow(local: Buffer): void {
    const { record } = this.#host
    this.#writeRow(local, local.length, 0, null, record, record.timestamp, record.headers)
  }

  /** Logs a deletion that no row needs. */
  logTombstone(key: K, major: number, minor: number): void {
    const { buffer, position } = this.#encodeKey(key, major, minor)
    const local = Buffer.from(buffer.subarray(0, position))
    const { timestamp, headers } = this.#host.record
    this.#log(this.schema.changelogKey(local), null, timestamp, this.#headersToLog(null, headers, headers))
  }

  stored(bytes: Buffer): Stored<V> {
    const { format } = this
    return { value: format.decode(bytes), timestamp: format.timestampOf(bytes), headers: format.headersOf(bytes) }
  }

  // ---- many entries ----

  /** Rows of the byte layers with what the cache has not flushed yet. */
  cursor(range: ByteRange): ByteCursor {
    const cursor = this.bytes.cursor(range)
    if (this.cache === undefined || this.cache.dirtyCount === 0) return cursor
    const dirty = this.#dirtyRows(this.cache, range)
    if (dirty.size === 0) return cursor
    const reverse = range.reverse === true
    return new MergedCursor(dirty.cursor(range.gte, range.lt, reverse), cursor, reverse)
  }

  /** The bytes of a row, through the cache. */
  getRow(local: Buffer): Buffer | undefined {
    const { cache } = this
    if (cache !== undefined) {
      const { keyStart, keyEnd, major, minor } = this.schema.parse(local)
      const entry = cache.find(this.keys.mapKey(this.keys.decode(local, keyStart, keyEnd)), major, minor)
      if (entry !== undefined) return entry.isPresent ? this.#encoded(entry) : undefined
    }
    return this.bytes.get(local, 0, local.length)
  }

  // ---- the life of a store ----

  setFlushListener(listener: FlushListener, sendOldValues: boolean): boolean {
    if (this.cache === undefined) return false
    this.#listener = listener
    this.#sendsOldValues = sendOldValues
    return true
  }

  flush(): void {
    if (this.cache !== undefined && this.cache.dirtyCount > 0) this.#flushEntries(this.cache.takeDirty())
  }

  commit(position: StorePosition): void {
    this.bytes.commit(position)
  }

  discard(): void {
    this.cache?.clear()
    this.bytes.discard()
  }

  get pendingBytes(): number {
    return this.bytes.byteCount + (this.cache?.byteCount ?? 0)
  }

  /** What a changelog record changes. */
  changeOf(record: ChangelogRecord): ByteChange {
    const { key, value, timestamp, headers } = record
    const local = this.schema.localKey(key)
    return [local, value === null ? null : this.format.fromChangelog(value, timestamp, headers)]
  }

  // ---- reading ----

  #read(key: K, major: number, minor: number): Buffer | undefined {
    const writer = this.#encodeKey(key, major, minor)
    return this.bytes.get(writer.buffer, 0, writer.position)
  }

  #encodeKey(key: K, major: number, minor: number): { readonly buffer: Buffer; readonly position: number } {
    const { writer } = this.keys
    writer.reset()
    this.schema.write(writer, this.keys, key, major, minor)
    return writer
  }

  #cached(cache: RecordCache, key: K, major: number, minor: number): CacheEntry {
    const mapKey = this.keys.mapKey(key)
    return cache.find(mapKey, major, minor) ?? this.#load(cache, key, mapKey, major, minor)
  }

  #load(cache: RecordCache, key: K, mapKey: unknown, major: number, minor: number): CacheEntry {
    const bytes = this.#read(key, major, minor)
    const keyLength = this.keys.writer.position
    const entry = cache.add(key, mapKey, major, minor, ENTRY_OVERHEAD_BYTES + keyLength + (bytes?.length ?? 0))
    if (bytes !== undefined) {
      entry.bytes = bytes
      entry.isPresent = true
      entry.timestamp = this.format.timestampOf(bytes)
      entry.headers = this.format.headersOf(bytes)
    }
    this.#evict(cache, entry)
    return entry
  }

  #handOut(entry: CacheEntry): V {
    const { value } = entry
    // The cache holds values of this store only.
    if (value !== undefined && typeof value !== 'object') return value as V
    const decoded = this.format.decode(this.#encoded(entry))
    if (typeof decoded !== 'object') entry.value = decoded
    return decoded
  }

  #encoded(entry: CacheEntry): Buffer {
    return (entry.bytes ??= this.#encodeLate(entry))
  }

  #encodeLate(entry: CacheEntry): Buffer {
    try {
      return this.format.encode(entry.value as V, entry.timestamp, entry.headers)
    } catch (cause) {
      const place =
        entry.topic === null
          ? 'a punctuation'
          : `${formatTopicPartition(topicPartition(entry.topic, entry.partition))}@${entry.offset}`
      const message = `store '${this.#definition.name}': the value that ${place} put last cannot be written: ${(cause as Error).message}`
      throw new TidemillError('serialization-failed', message, { cause })
    }
  }

  // ---- writing ----

  #write(key: K, major: number, minor: number, value: V | null, timestamp: number, headers: RecordHeaders): void {
    const bytes = value === null ? null : this.#encodeValue(value, timestamp, headers)
    const { buffer, position } = this.#encodeKey(key, major, minor)
    this.#writeRow(buffer, position, major, bytes, this.#host.record, timestamp, headers)
  }

  #encodeValue(value: V, timestamp: number, headers: RecordHeaders): Buffer {
    if (value === undefined) {
      throw new TidemillError(
        'invalid-argument',
        `undefined was put into store '${this.#definition.name}': put null to delete`,
      )
    }
    return this.format.encode(value, timestamp, headers)
  }

  /** Puts and logs; returns the row's key. `context` is of the record that put. */
  #writeRow(
    keyBuffer: Buffer,
    keyLength: number,
    major: number,
    bytes: Buffer | null,
    context: { readonly timestamp: number; readonly headers: RecordHeaders },
    timestamp: number,
    headers: RecordHeaders,
  ): Buffer {
    let local: Buffer
    if (this.#admits(major)) {
      local = this.bytes.put(keyBuffer, 0, keyLength, bytes)
      const { indexKey } = this.schema
      if (indexKey !== undefined) {
        const index = indexKey(local)
        this.bytes.put(index, 0, index.length, bytes === null ? null : EMPTY_BYTES)
      }
    } else {
      this.#host.dropped('expired-window')
      local = Buffer.from(keyBuffer.subarray(0, keyLength))
    }
    const isStamped = bytes !== null && this.format.hasTimestamp
    this.#log(
      this.schema.changelogKey(local),
      bytes === null ? null : this.format.changelogValue(bytes),
      isStamped ? timestamp : context.timestamp,
      this.#headersToLog(bytes, context.headers, headers),
    )
    return local
  }

  #headersToLog(bytes: Buffer | null, context: RecordHeaders, own: RecordHeaders): RecordHeaders {
    if (!this.#logsHeaders) return RecordHeaders.empty
    return this.format.hasHeaders && bytes !== null ? own : context
  }

  #putCached(
    cache: RecordCache,
    key: K,
    major: number,
    minor: number,
    value: V | null,
    timestamp: number,
    headers: RecordHeaders,
    isOwned: boolean,
  ): void {
    const mapKey = this.keys.mapKey(key)
    const entry =
      cache.find(mapKey, major, minor) ?? cache.add(key, mapKey, major, minor, ENTRY_OVERHEAD_BYTES + lengthOf(mapKey))
    if (value === null || isOwned || typeof value !== 'object') {
      if (value === undefined) this.#encodeValue(value, timestamp, headers)
      entry.value = value ?? undefined
      entry.bytes = undefined
    } else {
      entry.bytes = this.#encodeValue(value, timestamp, headers)
      entry.value = undefined
    }
    entry.isPresent = value !== null
    entry.timestamp = timestamp
    entry.headers = headers
    const { record } = this.#host
    entry.topic = record.topic
    entry.partition = record.partition
    entry.offset = record.offset
    entry.contextTimestamp = record.timestamp
    entry.contextHeaders = record.headers
    const valueBytes = value === null ? 0 : (entry.bytes?.length ?? this.#averageValueBytes)
    cache.resize(entry, ENTRY_OVERHEAD_BYTES + lengthOf(mapKey) + valueBytes)
    cache.markDirty(entry)
    this.#evict(cache, entry)
  }

  /** Makes room; `kept` is in use and stays. */
  #evict(cache: RecordCache, kept: CacheEntry): void {
    const bytesMax = this.#host.cacheBytesMax(this.#definition)
    while (cache.byteCount > bytesMax && cache.size > 1) {
      const entry = cache.evict()
      if (entry === undefined || entry === kept) return
      if (entry.isDirty) this.#flushEntries(cache.takeDirty(entry))
    }
  }

  // All rows are written before the first is forwarded: what downstream scans is complete.
  #flushEntries(entries: readonly CacheEntry[]): void {
    const flushed: Flushed[] = []
    for (const entry of entries) {
      const written = this.#flushEntry(entry)
      if (written !== undefined) flushed.push(written)
    }
    if (this.#listener !== undefined && flushed.length > 0) this.#forward(this.#listener, flushed)
    for (const entry of entries) if (!entry.isPresent && !entry.isDirty) this.cache?.remove(entry)
  }

  /** undefined where there is nothing to tell: a key that came and went. */
  #flushEntry(entry: CacheEntry): Flushed | undefined {
    const bytes = entry.isPresent ? this.#encoded(entry) : null
    const { buffer, length } = this.#keyBytesOf(entry)
    const needsOld = this.#sendsOldValues || bytes === null
    const oldBytes = needsOld ? this.bytes.get(buffer, 0, length) : undefined
    // Where nobody listens the tombstone is written all the same, as in Java.
    if (bytes === null && oldBytes === undefined && this.#listener !== undefined) return undefined
    const context = { timestamp: entry.contextTimestamp, headers: entry.contextHeaders }
    entry.keyBytes = this.#writeRow(buffer, length, entry.major, bytes, context, entry.timestamp, entry.headers)
    if (bytes !== null) this.#learnSize(entry, bytes)
    return { entry, oldBytes }
  }

  #keyBytesOf(entry: CacheEntry): { readonly buffer: Buffer; readonly length: number } {
    const { keyBytes } = entry
    if (keyBytes !== undefined) return { buffer: keyBytes, length: keyBytes.length }
    // The cache holds keys of this store only.
    const { buffer, position } = this.#encodeKey(entry.key as K, entry.major, entry.minor)
    return { buffer, length: position }
  }

  #learnSize(entry: CacheEntry, bytes: Buffer): void {
    this.#averageValueBytes += (bytes.length - this.#averageValueBytes) / 16
    this.cache?.resize(entry, ENTRY_OVERHEAD_BYTES + lengthOf(entry.mapKey) + bytes.length)
  }

  #forward(listener: FlushListener, flushed: readonly Flushed[]): void {
    const host = this.#host
    const { topic, partition, offset, timestamp, headers } = host.record
    for (const { entry, oldBytes } of flushed) {
      const old = this.#sendsOldValues && oldBytes !== undefined ? this.format.decode(oldBytes) : null
      const isStamped = entry.isPresent && this.format.hasTimestamp
      host.setRecordContext(entry.topic, entry.partition, entry.offset, entry.contextTimestamp, entry.contextHeaders)
      listener(
        this.#listenerKey(entry.key, entry.major, entry.minor),
        entry.isPresent ? this.#giveAway(entry) : null,
        old,
        isStamped ? entry.timestamp : entry.contextTimestamp,
      )
    }
    host.setRecordContext(topic, partition, offset, timestamp, headers)
  }

  /** The value for downstream; an object is the cache's own no longer. */
  #giveAway(entry: CacheEntry): unknown {
    const { value } = entry
    if (value === undefined) return this.#handOut(entry)
    if (typeof value === 'object') entry.value = undefined
    return value
  }

  /** Rows of the dirty entries in the range; null where they delete. */
  #dirtyRows(cache: RecordCache, { gte, lt }: ByteRange): ByteTable {
    const rows = new ByteTable()
    for (const entry of cache.dirty()) {
      const { buffer, length } = this.#keyBytesOf(entry)
      const key = Buffer.from(buffer.subarray(0, length))
      entry.keyBytes ??= key
      if (gte !== undefined && compareKeys(key, gte) < 0) continue
      if (lt !== undefined && compareKeys(key, lt) >= 0) continue
      rows.put(key, entry.isPresent ? this.#encoded(entry) : null)
    }
    return rows
  }
}

function lengthOf(mapKey: unknown): number {
  return typeof mapKey === 'string' ? mapKey.length : 8
}
