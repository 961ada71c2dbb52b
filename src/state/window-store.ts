// The window store: values by (key, window start). Java: WindowStore, in its plain, timestamped and header-keeping kinds.
// With retainDuplicates each put adds a row, told apart by a number that counts the puts.
import type { RecordHeaders } from '../record/index.ts'
import { type ForeseenKeys, isPrimitiveSerde } from '../serde/index.ts'
import type { ByteView, StorePosition } from './byte-store.ts'
import type { WindowStoreDefinition } from './definition.ts'
import type {
  JoinRows,
  JoinedWindow,
  OrderOption,
  OwnedWindow,
  Stamp,
  Stored,
  WindowEntry,
  WindowStore,
} from './faces.ts'
import { OwnedRows } from './owned-rows.ts'
import { type FoundRows, PUT, RecentRows, type RowColumns } from './recent-rows.ts'
import { headersOf } from './stamp.ts'
import type { ChangelogRecord, FlushListener, StateStore, StoreHost, StoreObserver, StoreRows } from './state-store.ts'
import type { ValueFormat } from './value-format.ts'
import { type Row, WindowedRows } from './windowed-rows.ts'

const SEQUENCE_MASK = 0x7fff_ffff

class FoundJoinRows<V> implements JoinRows<V> {
  readonly times: readonly number[]
  readonly #values: readonly unknown[]
  readonly #format: ValueFormat<V>
  readonly #isDecoded: boolean

  constructor({ majors, values }: FoundRows, format: ValueFormat<V>, isDecoded: boolean) {
    this.times = majors
    this.#values = values
    this.#format = format
    this.#isDecoded = isDecoded
  }

  valueAt(index: number): V {
    const value = this.#values[index]
    // The store holds values of its own type, or their bytes.
    if (this.#isDecoded) return value as V
    const bytes = value as Buffer
    return this.#format.decode(bytes, 0, bytes.length)
  }
}

const NO_ROWS: JoinRows<never> = {
  times: [],
  valueAt: () => {
    throw new RangeError('there are no rows')
  },
}

export class WindowState<K, V> implements StateStore, WindowStore<K, V>, OwnedWindow<K, V>, JoinedWindow<K, V> {
  readonly definition: WindowStoreDefinition
  readonly #host: StoreHost
  readonly #rows: WindowedRows<K, V>
  readonly #owned: OwnedRows<K, V>
  /** Of the window that getOwned gave last, where it is asked which ones are new. */
  #ownedKey: K | undefined
  #ownedStartMs = -1
  /** Of the stores of joins. */
  readonly #recent: RecentRows | undefined
  readonly #keepsValues: boolean
  #sequence = 0
  /** Of the last put that is committed. */
  #committedSequence = 0

  constructor(definition: WindowStoreDefinition, host: StoreHost) {
    this.definition = definition
    this.#host = host
    const { windowSizeMs } = definition
    this.#rows = new WindowedRows(definition, host, (key, start) => ({
      key,
      window: { start, end: start + windowSizeMs },
    }))
    this.#owned = new OwnedRows(this.#rows, definition)
    this.#keepsValues = isPrimitiveSerde(definition.value)
    if (!definition.retainDuplicates) return
    this.#sequence = this.#committedSequence = this.#firstSequence()
    const { core } = this.#rows
    if (core.cache !== undefined || definition.timeOrdered) return
    this.#recent = new RecentRows(definition.retentionMs)
    if (core.bytes.approximateCount() > 0) this.#recent.forget(this.#rows.observedMs)
  }

  get face(): WindowStore<K, V> {
    return this
  }

  // ---- the face ----

  get(key: K, windowStartMs: number): V | undefined {
    return this.#rows.isVisible(windowStartMs) ? this.#rows.core.get(key, windowStartMs, 0) : undefined
  }

  getStored(key: K, windowStartMs: number): Stored<V> | undefined {
    return this.#rows.isVisible(windowStartMs) ? this.#rows.core.getStored(key, windowStartMs, 0) : undefined
  }

  put(key: K, value: V | null, windowStartMs: number, stamp?: Stamp): void {
    const { record } = this.#host
    const timestamp = stamp === undefined ? record.timestamp : stamp.timestamp
    const headers = stamp === undefined ? record.headers : headersOf(stamp)
    if (this.definition.retainDuplicates) this.#putDuplicate(key, value, windowStartMs, timestamp, headers)
    else {
      this.#owned.put(key, windowStartMs, 0, value, timestamp, headers, false)
    }
  }

  delete(key: K, windowStartMs: number): void {
    this.put(key, null, windowStartMs)
  }

  *fetch(key: K, fromMs: number, toMs: number, options?: OrderOption): IterableIterator<WindowEntry<K, V>> {
    const scan = this.#rows.ofKey(key, fromMs, toMs, isReverse(options))
    try {
      while (scan.next()) yield this.#entry(key, scan)
    } finally {
      scan.close()
    }
  }

  *fetchRange(
    keyFrom: K | undefined,
    keyTo: K | undefined,
    fromMs: number,
    toMs: number,
    options?: OrderOption,
  ): IterableIterator<WindowEntry<K, V>> {
    for (const row of this.#rows.ofKeys(keyFrom, keyTo, fromMs, toMs, isReverse(options))) {
      yield this.#entry(this.#keyOf(row), row)
    }
  }

  fetchAll(fromMs: number, toMs: number, options?: OrderOption): IterableIterator<WindowEntry<K, V>> {
    return this.fetchRange(undefined, undefined, fromMs, toMs, options)
  }

  // ---- for joins ----

  rowsOf(key: K, fromMs: number, toMs: number): JoinRows<V> {
    const recent = this.#recent
    const { core, observedMs, readableFromMs } = this.#rows
    const from = Math.max(fromMs, readableFromMs)
    const mapKey = core.keys.mapKey(key)
    let found = recent?.find(mapKey, from, toMs, observedMs)
    if (found === undefined && recent !== undefined && recent.isOn(observedMs)) {
      this.#loadRows(recent, key)
      found = recent.find(mapKey, from, toMs, observedMs)
    }
    found ??= this.#readRows(key, from, toMs)
    return found.majors.length === 0 ? NO_ROWS : new FoundJoinRows<V>(found, core.format, this.#keepsValues)
  }

  /** All that is visible of a key. */
  #loadRows(recent: RecentRows, key: K): void {
    const { core, observedMs, readableFromMs } = this.#rows
    const rows = this.#readRows(key, readableFromMs, Infinity)
    recent.load(core.keys.mapKey(key), rows, observedMs)
  }

  #readRows(key: K, fromMs: number, toMs: number): RowColumns {
    const scan = this.#rows.ofKey(key, fromMs, toMs, false)
    const rows = { majors: [] as number[], minors: [] as number[], values: [] as unknown[], timestamps: [] as number[] }
    while (scan.next()) {
      rows.majors.push(scan.major)
      rows.minors.push(scan.minor)
      rows.values.push(this.#kept(this.#rows.core.format, scan))
      rows.timestamps.push(-1)
    }
    return rows
  }

  #kept(format: ValueFormat<V>, { buffer, valueStart, valueEnd }: ByteView): unknown {
    if (this.#keepsValues) return format.decode(buffer, valueStart, valueEnd)
    return Buffer.from(buffer.subarray(valueStart, valueEnd))
  }

  // ---- for aggregations ----

  // An operator knows by its own time which windows are open; one input of a cogroup may lag behind the store's time.
  getOwned(key: K, windowStartMs: number): Stored<V> | undefined {
    const owned = this.#rows.core.getOwned(key, windowStartMs, 0)
    this.#ownedKey = owned === undefined ? undefined : key
    this.#ownedStartMs = windowStartMs
    return owned
  }

  fetchOwned(
    key: K,
    fromMs: number,
    toMs: number,
    order: 'ascending' | 'descending',
    lastMs?: number,
  ): readonly WindowEntry<K, V>[] {
    return this.#owned.find(key, fromMs, toMs, order === 'descending', lastMs)
  }

  putOwned(key: K, value: V | null, windowStartMs: number, timestamp: number, headers: RecordHeaders): void {
    const isThere = this.#ownedKey === key && this.#ownedStartMs === windowStartMs
    this.#owned.put(key, windowStartMs, 0, value, timestamp, headers, true, isThere)
  }

  fetchClosed(fromMs: number, toMs: number): IterableIterator<WindowEntry<K, V>> {
    return this.#owned.closed(fromMs, toMs)
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
    this.#committedSequence = this.#sequence
  }

  discard(): void {
    this.#rows.discard()
    this.#recent?.forget(this.#rows.observedMs)
    this.#owned.forget()
    this.#sequence = this.#committedSequence
  }

  get pendingBytes(): number {
    return this.#rows.core.pendingBytes
  }

  position(): StorePosition | undefined {
    return this.#rows.core.bytes.position()
  }

  restore(records: Iterable<ChangelogRecord>, position: StorePosition): void {
    this.#rows.restore(this.definition.retainDuplicates ? this.#noteSequences(records) : records, position)
    this.#committedSequence = this.#sequence
    this.#recent?.forget(this.#rows.observedMs)
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

  // A null holds no row, but uses up a number and is logged; only memory stores learn the time from it.
  #putDuplicate(key: K, value: V | null, windowStartMs: number, timestamp: number, headers: RecordHeaders): void {
    this.#sequence = (this.#sequence + 1) & SEQUENCE_MASK
    const { core } = this.#rows
    if (value !== null) {
      core.put(key, windowStartMs, this.#sequence, value, timestamp, headers)
      if (this.#recent !== undefined) this.#keep(this.#recent, key, value, windowStartMs)
    } else {
      if (this.definition.type === 'memory') this.#rows.observe(windowStartMs)
      core.logTombstone(key, windowStartMs, this.#sequence)
    }
  }

  #keep(recent: RecentRows, key: K, value: V, time: number): void {
    // What is hidden now stays so; what is visible was taken.
    if (!this.#rows.isVisible(time)) return
    const { core, observedMs } = this.#rows
    const { encoded } = core.format
    const kept = this.#keepsValues ? value : encoded.toBuffer()
    const put = recent.put(core.keys.mapKey(key), time, this.#sequence, kept, -1, observedMs)
    if (put === PUT.unknown && recent.isOn(observedMs)) this.#loadRows(recent, key)
  }

  /**
   * No row that was kept from before has a higher number: each put is at least one record of the changelog, so its offset is as
   * high. Without a changelog the rows tell.
   */
  #firstSequence(): number {
    const { bytes, schema } = this.#rows.core
    const changelogs = [...(bytes.position()?.changelogs.values() ?? [])]
    if (changelogs.length > 0) return Math.max(...changelogs.map(({ nextOffset }) => nextOffset)) & SEQUENCE_MASK
    let highest = 0
    const cursor = bytes.cursor({})
    while (cursor.next()) {
      highest = Math.max(highest, schema.parse(cursor.buffer, cursor.keyStart, cursor.keyEnd).minor)
    }
    return highest
  }

  /** Goes on counting where the store stopped: a number that came twice would replace a row. */
  *#noteSequences(records: Iterable<ChangelogRecord>): IterableIterator<ChangelogRecord> {
    for (const record of records) {
      this.#sequence = Math.max(this.#sequence, record.key.readInt32BE(record.key.length - 4))
      yield record
    }
  }

  #entry(key: K, row: Row): WindowEntry<K, V> {
    const { format } = this.#rows.core
    return {
      key,
      window: { start: row.major, end: row.major + this.definition.windowSizeMs },
      value: format.decodeView(row),
      timestamp: format.timestampOf(row.buffer, row.valueStart),
      headers: format.headersOf(row.buffer, row.valueStart),
    }
  }

  #keyOf(row: Row): K {
    return this.#rows.core.keys.decode(row.buffer, row.keyStart, row.keyEnd)
  }
}

export function isReverse(options: OrderOption | undefined): boolean {
  return options !== undefined && options.order === 'descending'
}
