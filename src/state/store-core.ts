// What key-value, window and session stores have in common: typed entries by (key, major, minor) over pending bytes, with a
// record cache where the definition asks for one. The faces above add their own orders, ranges and expiry.
//
// Invariants: a value that is handed out is a primitive or the caller's own (decoded for it); typed objects in the cache are seen
// by owners only (getOwned, putOwned). Without a cache every put is encoded, logged and pending at once. What the rules of
// expiry refuse is logged all the same, as Java does.
import { type ByteWriter, EMPTY_BYTES, TidemillError } from '../base/index.ts'
import { RecordHeaders, formatTopicPartition, topicPartition } from '../record/index.ts'
import type { ForeseenKeys } from '../serde/index.ts'
import type {
  ByteChange,
  ByteChanges,
  ByteCursor,
  ByteRange,
  ByteStore,
  ByteView,
  StorePosition,
} from './byte-store.ts'
import { ByteTable } from './byte-table.ts'
import { changelogTopic, isLogged } from './changelog.ts'
import type { StoreDefinition } from './definition.ts'
import type { EncodedValue, Stored } from './faces.ts'
import { FlushedEntries } from './flushed-entries.ts'
import { KeyCodec } from './key-codec.ts'
import { type KeySchema, keyValueSchema } from './key-schema.ts'
import { MergedCursor, PendingBytes } from './pending-bytes.ts'
import { ENTRY_OVERHEAD_BYTES, KIND, NO_ENTRY, RecordCache } from './record-cache.ts'
import { RowList } from './row-list.ts'
import type { ChangelogRecord, FlushListener, StoreHost, StoreObserver } from './state-store.ts'
import { ValueFormat } from './value-format.ts'

export interface CoreOptions {
  readonly schema: KeySchema
  /** False: the entry is expired, drop it. Called before each write to the bytes. */
  readonly admits: (major: number) => boolean
  /** No row in the bytes has such a major: there is nothing to look for. */
  readonly isAhead: (major: number) => boolean
  /** What the flush listener is told the key is. */
  readonly listenerKey: (key: unknown, major: number, minor: number) => unknown
}

/** Encoded bytes that are about to be written: a writer's, or a range of a row. */
interface Encoded {
  readonly buffer: Buffer
  readonly position: number
}

interface OwnedBytes<K> {
  readonly key: K
  readonly major: number
  readonly minor: number
  readonly bytes: Buffer | undefined
}

const FIRST_VALUE_BYTES = 32
/** So many entries are brought near at a time when all are walked. */
const NEAR_ENTRIES = 16
const NO_VALUE = -1

export class StoreCore<K, V> {
  readonly keys: KeyCodec<K>
  readonly format: ValueFormat<V>
  readonly bytes: PendingBytes
  readonly schema: KeySchema
  readonly cache: RecordCache | undefined
  readonly #definition: StoreDefinition
  readonly #host: StoreHost
  readonly #admits: (major: number) => boolean
  readonly #isAhead: (major: number) => boolean
  readonly #listenerKey: CoreOptions['listenerKey']
  /** Each put is a row of its own: none is looked for. */
  readonly #isAppended: boolean
  readonly #isLogged: boolean
  readonly #logsHeaders: boolean
  /** An operator puts into it, and forwards what the cache gives where it has children. */
  #isOperators = false
  #listener: FlushListener | undefined
  #observer: StoreObserver | undefined
  /** While somebody observes: what getOwned() found. */
  #lastOwned: OwnedBytes<K> | undefined
  #sendsOldValues = false
  #averageValueBytes = FIRST_VALUE_BYTES
  /** While a cache is flushed into clean bytes. */
  #isFirstWrite = false
  readonly #dirtyTable = new ByteTable()
  /** The key that was encoded last, and when. */
  readonly #encoded: { key: K | undefined; major: number; minor: number; at: number; length: number } = {
    key: undefined,
    major: 0,
    minor: 0,
    at: -1,
    length: 0,
  }
  /** What getOwned gives: read at once. */
  readonly #owned: { value: unknown; timestamp: number; headers: RecordHeaders } = {
    value: undefined,
    timestamp: -1,
    headers: RecordHeaders.empty,
  }

  constructor(definition: StoreDefinition, host: StoreHost, store: ByteStore, options: CoreOptions) {
    const topic = changelogTopic(definition, host.applicationId)
    const isSession = definition.kind === 'session'
    this.#definition = definition
    this.#host = host
    this.#admits = options.admits
    this.#isAhead = options.isAhead
    this.#listenerKey = options.listenerKey
    this.schema = options.schema
    this.keys = new KeyCodec(definition.key, definition.name, topic)
    this.format = new ValueFormat(definition.value, definition.format, isSession, topic)
    this.bytes = new PendingBytes(store)
    this.#isAppended = definition.kind === 'window' && definition.retainDuplicates
    this.#isLogged = isLogged(definition)
    this.#logsHeaders = this.format.hasHeaders || (definition.kind === 'window' && definition.logsHeaders === true)
    const isCached = definition.caching && host.cacheBytesMax(definition) > 0
    this.cache = isCached ? new RecordCache(definition.kind === 'key-value' ? 'key-value' : 'windowed') : undefined
  }

  // ---- one entry ----

  get(key: K, major: number, minor: number): V | undefined {
    const { cache } = this
    if (cache === undefined) {
      const view = this.#read(key, major, minor)
      return view === undefined ? undefined : this.format.decodeView(view)
    }
    const mapKey = this.keys.mapKey(key)
    const entry = cache.find(mapKey, major, minor)
    if (entry === NO_ENTRY) return this.#load(cache, key, mapKey, major, minor)?.value
    return cache.kindOf(entry) === KIND.absent ? undefined : this.#handOut(cache, entry)
  }

  getStored(key: K, major: number, minor: number): Stored<V> | undefined {
    const { cache } = this
    if (cache === undefined) {
      const view = this.#read(key, major, minor)
      return view === undefined ? undefined : this.format.stored(view)
    }
    const mapKey = this.keys.mapKey(key)
    const entry = cache.find(mapKey, major, minor)
    if (entry === NO_ENTRY) return this.#load(cache, key, mapKey, major, minor)
    if (cache.kindOf(entry) === KIND.absent) return undefined
    const { headers } = cache.originOf(entry)
    return { value: this.#handOut(cache, entry), timestamp: cache.timestampOf(entry), headers }
  }

  /**
   * As getStored, with the cache's own value: the caller may change it and puts it back with putOwned. The object around it is
   * the store's: read it before the next call.
   */
  getOwned(key: K, major: number, minor: number): Stored<V> | undefined {
    // What the caller is about to change in place is what the observer is told was there.
    if (this.#observer !== undefined) this.#lastOwned = { key, major, minor, bytes: this.#bytesOf(key, major, minor) }
    const { cache } = this
    if (cache === undefined) return this.getStored(key, major, minor)
    const mapKey = this.keys.mapKey(key)
    const entry = cache.find(mapKey, major, minor)
    if (entry === NO_ENTRY) return this.#load(cache, key, mapKey, major, minor)
    const owned = this.#owned
    if (!cache.read(entry, owned)) return undefined
    if (owned.value === undefined) owned.value = this.#handOut(cache, entry)
    return owned as Stored<V>
  }

  /** Without timestamp and headers. */
  encodedOf(key: K, major: number, minor: number): EncodedValue | undefined {
    const { cache, format } = this
    const entry = cache === undefined ? NO_ENTRY : cache.find(this.keys.mapKey(key), major, minor)
    if (cache === undefined || entry === NO_ENTRY || cache.kindOf(entry) === KIND.model) {
      const view = this.#read(key, major, minor)
      if (view === undefined) return undefined
      const { buffer, valueStart, valueEnd } = view
      return { buffer, valueStart: valueStart + format.prefixLength(buffer, valueStart), valueEnd, isOurs: false }
    }
    // What is not an object is kept as it is.
    if (cache.kindOf(entry) !== KIND.bytes && typeof cache.valueOf(entry) !== 'object') return undefined
    const bytes = this.#lateBytes(cache, entry)
    return { buffer: bytes, valueStart: format.prefixLength(bytes, 0), valueEnd: bytes.length, isOurs: true }
  }

  put(key: K, major: number, minor: number, value: V | null, timestamp: number, headers: RecordHeaders): void {
    if (this.#observer === undefined) this.#put(key, major, minor, value, timestamp, headers, false)
    else this.#putObserved(key, major, minor, value, timestamp, headers, false)
  }

  /** As put; the value becomes the cache's own: the caller has no other reference to it. */
  putOwned(key: K, major: number, minor: number, value: V | null, timestamp: number, headers: RecordHeaders): void {
    if (this.#observer === undefined) this.#put(key, major, minor, value, timestamp, headers, true)
    else this.#putObserved(key, major, minor, value, timestamp, headers, true)
  }

  /** As put or putOwned, of a row that is known not to be there. */
  putNew(
    key: K,
    major: number,
    minor: number,
    value: V,
    timestamp: number,
    headers: RecordHeaders,
    isOwned: boolean,
  ): void {
    if (this.#observer !== undefined) this.#putObserved(key, major, minor, value, timestamp, headers, isOwned)
    else if (this.cache === undefined) this.#write(key, major, minor, value, timestamp, headers, true)
    else {
      this.#noteNew(this.cache, key, major, minor)
      this.#putCached(this.cache, key, major, minor, value, timestamp, headers, isOwned)
    }
  }

  /** An entry that is there may stand for a deletion that the bytes do not have yet. */
  #noteNew(cache: RecordCache, key: K, major: number, minor: number): void {
    const mapKey = this.keys.mapKey(key)
    if (cache.hasAbsent && cache.find(mapKey, major, minor) !== NO_ENTRY) return
    const entry = cache.add(key, mapKey, major, minor, ENTRY_OVERHEAD_BYTES + lengthOf(mapKey) + FIRST_VALUE_BYTES)
    cache.setNew(entry, true)
  }

  /** Tells every put, as it is made; undefined: nobody listens. */
  observe(observer: StoreObserver | undefined): void {
    this.#observer = observer
    this.#lastOwned = undefined
  }

  /** Deletes and logs a row by its key; not for stores with a cache. */
  deleteRow(local: Buffer): void {
    const { timestamp, headers } = this.#host.record
    this.#writeRow(local, local.length, 0, undefined, timestamp, this.#headersToLog(false, headers, headers))
  }

  /** Logs a deletion that no row needs. */
  logTombstone(key: K, major: number, minor: number): void {
    const { buffer, position } = this.#encodeKey(key, major, minor)
    const { timestamp, headers } = this.#host.record
    this.#log(buffer, 0, position, 0, NO_VALUE, timestamp, this.#headersToLog(false, headers, headers))
  }

  // ---- many entries ----

  /** Rows of the byte layers with what the cache has not flushed yet. */
  cursor(range: ByteRange): ByteCursor {
    const cursor = this.bytes.cursor(range)
    if (this.cache === undefined || this.cache.dirtyCount === 0) return cursor
    const reverse = range.reverse === true
    return new MergedCursor(this.#dirtyRows(this.cache).cursor(range.gte, range.lt, reverse), cursor, reverse)
  }

  /** As cursor, for the rows of one key with a major from..to, which all lie in the range. */
  cursorOfKey(key: K, from: number, to: number, range: ByteRange): ByteCursor {
    const { cache } = this
    const cursor = this.bytes.cursor(range)
    if (cache === undefined || cache.dirtyCount === 0) return cursor
    const dirty = cache.dirtyOf(this.keys.mapKey(key), from, to)
    if (dirty.length === 0) return cursor
    const reverse = range.reverse === true
    const rows = new RowList(reverse)
    for (const entry of dirty) {
      const { buffer, position } = this.#encodeKey(key, cache.majorOf(entry), cache.minorOf(entry))
      const encoded = this.#encodedEntry(cache, entry)
      rows.add(buffer, position, encoded?.buffer, encoded?.position ?? NO_VALUE)
    }
    return new MergedCursor(rows, cursor, reverse)
  }

  // ---- the life of a store ----

  foresee(keys: ForeseenKeys): void {
    if (this.cache !== undefined) this.cache.foresee(keys)
    else if (this.schema === keyValueSchema) this.bytes.foresee(keys)
  }

  setFlushListener(listener: FlushListener | undefined, sendOldValues: boolean): boolean {
    if (this.cache === undefined) return false
    this.#isOperators = true
    this.#listener = listener
    this.#sendsOldValues = sendOldValues && listener !== undefined
    return true
  }

  flush(): void {
    const { cache } = this
    if (cache !== undefined && cache.dirtyCount > 0) this.#flushEntries(cache, cache.takeDirty())
  }

  /** Flushes where more entries than these wait for it. */
  flushBeyond(dirtyMax: number): void {
    if (this.cache !== undefined && this.cache.dirtyCount > dirtyMax) this.flush()
  }

  commit(position: StorePosition): void {
    this.bytes.commit(position)
  }

  discard(): void {
    this.cache?.clear()
    this.#dirtyTable.clear()
    this.bytes.discard()
  }

  get pendingBytes(): number {
    return this.bytes.byteCount
  }

  /** What changelog records change in a store without times: nothing is made a record, for millions may come. */
  keyValueChanges(records: Iterable<ChangelogRecord>): ByteChanges {
    const { writer } = this.keys
    return {
      each: (visit) => {
        for (const record of records) {
          const { key, value } = record
          writer.reset()
          writer.bytes(key)
          if (value !== null) this.format.appendChangelog(writer, value, record)
          visit(writer.buffer, 0, key.length, key.length, value === null ? NO_VALUE : writer.position)
        }
      },
    }
  }

  /** What a changelog record changes. */
  changeOf(record: ChangelogRecord): ByteChange {
    const { key, value, timestamp, headers } = record
    const local = this.schema.localKey(key)
    return [local, value === null ? null : this.format.fromChangelog(value, timestamp, headers)]
  }

  // ---- reading ----

  #read(key: K, major: number, minor: number): ByteView | undefined {
    if (this.#isAhead(major)) return undefined
    const writer = this.#encodeKey(key, major, minor)
    return this.bytes.get(writer.buffer, 0, writer.position)
  }

  #encodeKey(key: K, major: number, minor: number): ByteWriter {
    const { writer } = this.keys
    writer.reset()
    this.schema.write(writer, this.keys, key, major, minor)
    const encoded = this.#encoded
    encoded.key = key
    encoded.major = major
    encoded.minor = minor
    encoded.at = writer.resetCount
    encoded.length = writer.position
    return writer
  }

  /** For who most likely asked for it just now. */
  #encodeKeyAgain(key: K, major: number, minor: number): ByteWriter {
    const encoded = this.#encoded
    const { writer } = this.keys
    const isThere =
      typeof key === 'string' &&
      encoded.at === writer.resetCount &&
      encoded.length === writer.position &&
      encoded.major === major &&
      encoded.minor === minor &&
      encoded.key === key
    return isThere ? writer : this.#encodeKey(key, major, minor)
  }

  /** Reads what the cache does not hold. It remembers primitives, that there is nothing, and objects that are copied sooner than decoded. */
  #load(cache: RecordCache, key: K, mapKey: unknown, major: number, minor: number): Stored<V> | undefined {
    const view = this.#read(key, major, minor)
    const stored = view === undefined ? undefined : this.format.stored(view)
    const object = stored !== undefined && typeof stored.value === 'object' ? stored.value : null
    if (object !== null && !this.format.isFlat(object)) return stored
    const valueBytes = view === undefined ? 0 : view.valueEnd - view.valueStart
    const entry = cache.add(key, mapKey, major, minor, ENTRY_OVERHEAD_BYTES + lengthOf(mapKey) + valueBytes)
    if (stored === undefined) cache.setNew(entry, true)
    else {
      if (object === null) cache.setValue(entry, stored.value)
      else cache.setModel(entry, copyOf(object))
      cache.setRead(entry, stored.timestamp, stored.headers)
    }
    this.#evict(cache, entry)
    return stored
  }

  #handOut(cache: RecordCache, entry: number): V {
    const value = cache.valueOf(entry)
    // The cache holds values of this store only.
    if (value !== undefined && typeof value !== 'object') return value as V
    const model = cache.modelOf(entry)
    if (model !== undefined) return copyOf(model) as V
    const bytes = this.#lateBytes(cache, entry)
    const decoded = this.format.decode(bytes, 0, bytes.length)
    // What is dirty is still to be written.
    if (!cache.isDirty(entry) && typeof decoded === 'object' && decoded !== null && this.format.isFlat(decoded))
      cache.setModel(entry, copyOf(decoded))
    return decoded
  }

  /** Who asks once asks again: it is encoded once. */
  #lateBytes(cache: RecordCache, entry: number): Buffer {
    const known = cache.bytesOf(entry)
    if (known !== undefined) return known
    const bytes = this.#encodeLate(cache, entry).toBuffer()
    cache.setBytes(entry, bytes)
    return bytes
  }

  #encodeLate(cache: RecordCache, entry: number): ByteWriter {
    const origin = cache.originOf(entry)
    try {
      return this.format.encode(cache.valueOf(entry) as V, cache.timestampOf(entry), origin.headers)
    } catch (cause) {
      const { topic, partition } = origin
      const place =
        topic === null
          ? 'a punctuation'
          : `${formatTopicPartition(topicPartition(topic, partition))}@${cache.offsetOf(entry)}`
      const message = `store '${this.#definition.name}': the value that ${place} put last cannot be written: ${(cause as Error).message}`
      throw new TidemillError('serialization-failed', message, { cause })
    }
  }

  // ---- writing ----

  #put(
    key: K,
    major: number,
    minor: number,
    value: V | null,
    timestamp: number,
    headers: RecordHeaders,
    isOwned: boolean,
  ): void {
    const { cache } = this
    if (cache === undefined) this.#write(key, major, minor, value, timestamp, headers, this.#isAppended)
    else this.#putCached(cache, key, major, minor, value, timestamp, headers, isOwned)
  }

  #putObserved(
    key: K,
    major: number,
    minor: number,
    value: V | null,
    timestamp: number,
    headers: RecordHeaders,
    isOwned: boolean,
  ): void {
    const last = this.#lastOwned
    const isLast = last !== undefined && last.key === key && last.major === major && last.minor === minor
    const before = isLast ? last.bytes : this.#bytesOf(key, major, minor)
    this.#lastOwned = undefined
    const after = value === null ? undefined : this.#valueBytes(value)
    this.#put(key, major, minor, value, timestamp, headers, isOwned)
    this.#observer?.({ key, major, minor, before, after, timestamp })
  }

  #bytesOf(key: K, major: number, minor: number): Buffer | undefined {
    const value = this.get(key, major, minor)
    return value === undefined ? undefined : this.#valueBytes(value)
  }

  #valueBytes(value: V): Buffer {
    const context = { topic: this.#definition.name, headers: RecordHeaders.empty, isKey: false }
    return Buffer.from(this.#definition.value.encode(value, context))
  }

  #write(
    key: K,
    major: number,
    minor: number,
    value: V | null,
    timestamp: number,
    headers: RecordHeaders,
    isNew: boolean,
  ): void {
    const { record } = this.#host
    const encoded = value === null ? undefined : this.#encodeValue(value, timestamp, headers)
    const { buffer, position } = this.#encodeKeyAgain(key, major, minor)
    const isStamped = value !== null && this.format.hasTimestamp
    const logged = this.#headersToLog(value !== null, record.headers, headers)
    this.#writeRow(buffer, position, major, encoded, isStamped ? timestamp : record.timestamp, logged, isNew)
  }

  #encodeValue(value: V, timestamp: number, headers: RecordHeaders): ByteWriter {
    if (value === undefined) {
      throw new TidemillError(
        'invalid-argument',
        `undefined was put into store '${this.#definition.name}': put null to delete`,
      )
    }
    return this.format.encode(value, timestamp, headers)
  }

  /** Puts (undefined: deletes) and logs. */
  #writeRow(
    key: Buffer,
    keyLength: number,
    major: number,
    encoded: Encoded | undefined,
    timestamp: number,
    headers: RecordHeaders,
    isNew: boolean = false,
  ): void {
    if (!this.#admits(major)) return this.#logRefused(key, keyLength, encoded, timestamp, headers)
    if (encoded === undefined) {
      this.bytes.delete(key, 0, keyLength)
      this.#log(key, 0, keyLength, 0, NO_VALUE, timestamp, headers)
    } else {
      const { buffer, position } = encoded
      const row =
        isNew || this.#isFirstWrite
          ? this.bytes.append(key, 0, keyLength, buffer, 0, position, isNew)
          : this.bytes.put(key, 0, keyLength, buffer, 0, position)
      this.#log(row.buffer, row.keyStart, row.keyEnd, row.valueStart, row.valueEnd, timestamp, headers)
    }
  }

  #logRefused(
    key: Buffer,
    keyLength: number,
    encoded: Encoded | undefined,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    this.#host.dropped('expired-window')
    if (encoded === undefined) return this.#log(key, 0, keyLength, 0, NO_VALUE, timestamp, headers)
    const row = Buffer.concat([key.subarray(0, keyLength), encoded.buffer.subarray(0, encoded.position)])
    this.#log(row, 0, keyLength, keyLength, row.length, timestamp, headers)
  }

  /** Logs a row in the changelog's form. */
  #log(
    buffer: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
    timestamp: number,
    headers: RecordHeaders,
  ): void {
    if (!this.#isLogged) return
    const start = valueEnd === NO_VALUE ? valueStart : valueStart + this.format.prefixLength(buffer, valueStart)
    const keyAt = keyStart + this.schema.changelogSkip
    this.#host.logChange(this.#definition, buffer, keyAt, keyEnd, start, valueEnd, timestamp, headers)
  }

  #headersToLog(hasValue: boolean, context: RecordHeaders, own: RecordHeaders): RecordHeaders {
    if (!this.#logsHeaders) return RecordHeaders.empty
    return this.format.hasHeaders && hasValue ? own : context
  }

  // ---- the cache ----

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
    let entry = cache.findAgain(mapKey, major, minor)
    if (entry === NO_ENTRY)
      entry = cache.add(key, mapKey, major, minor, ENTRY_OVERHEAD_BYTES + lengthOf(mapKey) + FIRST_VALUE_BYTES)
    const { record } = this.#host
    if (typeof value === 'number' && cache.putNumber(entry, value, timestamp, headers, record)) return
    this.#setValue(cache, entry, mapKey, value, timestamp, headers, isOwned)
    cache.setOrigin(entry, record.topic, record.partition, record.headers, headers)
    cache.setNumbers(entry, timestamp, record.timestamp, record.offset)
    cache.markDirty(entry)
    this.#evict(cache, entry)
  }

  #setValue(
    cache: RecordCache,
    entry: number,
    mapKey: unknown,
    value: V | null,
    timestamp: number,
    headers: RecordHeaders,
    isOwned: boolean,
  ): void {
    let valueBytes = value === null ? 0 : Math.round(this.#averageValueBytes)
    if (value === undefined) this.#encodeValue(value, timestamp, headers)
    if (value === null || isOwned || typeof value !== 'object') cache.setValue(entry, value)
    else {
      const bytes = this.#encodeValue(value, timestamp, headers).toBuffer()
      cache.setBytes(entry, bytes)
      valueBytes = bytes.length
    }
    cache.resize(entry, ENTRY_OVERHEAD_BYTES + lengthOf(mapKey) + valueBytes)
  }

  /** Makes room; `kept` is in use and stays. */
  #evict(cache: RecordCache, kept: number): void {
    const bytesMax = this.#host.cacheBytesMax(this.#definition)
    while (cache.byteCount > bytesMax && cache.size > 1) {
      const entry = cache.evict()
      if (entry === kept) {
        cache.markUsed(kept)
        continue
      }
      if (cache.isDirty(entry)) this.#flushEntries(cache, cache.takeDirty(entry))
      // Where what downstream put is there by now, under the same number, it stays.
      if (!cache.isDirty(entry)) cache.remove(entry)
    }
  }

  // All rows are written before the first is forwarded: what downstream scans is complete. What is an object is downstream's then; the
  // next to ask has it decoded.
  #flushEntries(cache: RecordCache, entries: Int32Array): void {
    this.#dirtyTable.clear()
    const flushed = this.#listener === undefined ? undefined : new FlushedEntries(entries.length)
    // Each key comes once.
    this.#isFirstWrite = this.bytes.isClean
    try {
      this.#writeEntries(cache, entries, flushed)
    } finally {
      this.#isFirstWrite = false
    }
    if (flushed !== undefined && this.#listener !== undefined) this.#forward(this.#listener, flushed)
  }

  #writeEntries(cache: RecordCache, entries: Int32Array, flushed: FlushedEntries | undefined): void {
    for (let i = 0; i < entries.length; i++) {
      if (i % NEAR_ENTRIES === 0) cache.bringNear(entries, i, Math.min(i + NEAR_ENTRIES, entries.length))
      const entry = entries[i] as number
      this.#flushEntry(cache, entry, flushed)
      const isKept = flushed === undefined || typeof cache.valueOf(entry) !== 'object'
      if (cache.kindOf(entry) === KIND.absent || cache.kindOf(entry) === KIND.bytes || !isKept) cache.remove(entry)
    }
  }

  #flushEntry(cache: RecordCache, entry: number, flushed: FlushedEntries | undefined): void {
    const major = cache.majorOf(entry)
    // The cache holds keys of this store only.
    const { buffer, position } = this.#encodeKey(cache.keyOf(entry) as K, major, cache.minorOf(entry))
    const isPresent = cache.kindOf(entry) !== KIND.absent
    const isNew = cache.isNew(entry)
    const needsOld = !isNew && (this.#sendsOldValues || !isPresent)
    const oldView = needsOld ? this.bytes.get(buffer, 0, position) : undefined
    // There is nothing to tell of a key that came and went. Where no operator forwards the tombstone is written all the same, as in Java.
    if (!isPresent && oldView === undefined && this.#isOperators) return
    const old = this.#sendsOldValues && oldView !== undefined ? this.format.decodeView(oldView) : null
    const encoded = this.#encodedEntry(cache, entry)
    const timestamp = isPresent && this.format.hasTimestamp ? cache.timestampOf(entry) : cache.contextTimestampOf(entry)
    const origin = cache.originOf(entry)
    const headers = this.#headersToLog(isPresent, origin.contextHeaders, origin.headers)
    this.#writeRow(buffer, position, major, encoded, timestamp, headers, isNew)
    if (isNew) cache.setNew(entry, false)
    if (encoded !== undefined) this.#learnSize(cache, entry, position, encoded.position)
    if (flushed !== undefined) flushed.add(cache, entry, this.#giveAway(cache, entry), old, timestamp)
  }

  /** undefined: it deletes. */
  #encodedEntry(cache: RecordCache, entry: number): Encoded | undefined {
    const kind = cache.kindOf(entry)
    if (kind === KIND.absent) return undefined
    const bytes = cache.bytesOf(entry)
    return bytes === undefined ? this.#encodeLate(cache, entry) : { buffer: bytes, position: bytes.length }
  }

  #learnSize(cache: RecordCache, entry: number, keyBytes: number, valueBytes: number): void {
    this.#averageValueBytes += (valueBytes - this.#averageValueBytes) / 16
    const key = cache.keyOf(entry)
    const keyLength = typeof key === 'object' ? keyBytes : lengthOf(key)
    cache.resize(entry, ENTRY_OVERHEAD_BYTES + keyLength + valueBytes)
  }

  #forward(listener: FlushListener, flushed: FlushedEntries): void {
    const host = this.#host
    const { topic, partition, offset, timestamp, headers } = host.record
    for (let i = 0; i < flushed.count; i++) {
      flushed.load(i)
      const { origin } = flushed
      host.setRecordContext(
        origin.topic,
        origin.partition,
        flushed.offset,
        flushed.contextTimestamp,
        origin.contextHeaders,
      )
      const key = this.#listenerKey(flushed.key, flushed.major, flushed.minor)
      listener(key, flushed.value, flushed.old, flushed.timestamp)
    }
    host.setRecordContext(topic, partition, offset, timestamp, headers)
  }

  /** The value for downstream; an object is the cache's own no longer. Null: it is deleted. */
  #giveAway(cache: RecordCache, entry: number): unknown {
    const bytes = cache.bytesOf(entry)
    if (bytes !== undefined) return this.format.decode(bytes, 0, bytes.length)
    return cache.kindOf(entry) === KIND.absent ? null : cache.valueOf(entry)
  }

  /** Rows of all dirty entries; null where they delete. Kept up from scan to scan, until they are flushed. */
  #dirtyRows(cache: RecordCache): ByteTable {
    const rows = this.#dirtyTable
    const changes = cache.takeChanges()
    if (changes === undefined) rows.clear()
    for (const entry of changes ?? cache.dirty()) {
      const { buffer, position } = this.#encodeKey(cache.keyOf(entry) as K, cache.majorOf(entry), cache.minorOf(entry))
      const encoded = this.#encodedEntry(cache, entry)
      if (encoded === undefined) rows.put(buffer, 0, position, EMPTY_BYTES, 0, NO_VALUE)
      else rows.put(buffer, 0, position, encoded.buffer, 0, encoded.position)
    }
    return rows
  }
}

function lengthOf(mapKey: unknown): number {
  return typeof mapKey === 'string' ? mapKey.length : 8
}

/** Of a flat object. By a loop: a spread is looked up anew where objects of one shape came about in several ways. */
function copyOf(model: object): object {
  const copy: Record<string, unknown> = {}
  for (const name in model) copy[name] = (model as Record<string, unknown>)[name]
  return copy
}
