// What aggregations do with the rows of a window or session store: look for those of a key, put, and ask which have closed. The latest
// rows are kept beside the bytes from the first look on (an operator that looks up single windows never does); the times of all rows
// where results are given on close.
import { isPrimitiveSerde } from '../serde/index.ts'
import type { RecordHeaders } from '../record/index.ts'
import { compareKeys } from './byte-order.ts'
import type { SessionStoreDefinition, WindowStoreDefinition } from './definition.ts'
import { PUT, RecentRows } from './recent-rows.ts'
import { type NotedRow, TimeIndex, type TimedRow } from './time-index.ts'
import type { WindowedRows } from './windowed-rows.ts'

/** A late record looks back further than the retention. */
const KEPT_RETENTIONS = 2

export interface OwnedRow<K, V> {
  readonly key: K
  readonly major: number
  readonly minor: number
  readonly value: V
  readonly timestamp: number
  readonly headers: RecordHeaders
}

export class OwnedRows<K, V> {
  readonly #rows: WindowedRows<K, V>
  readonly #isSession: boolean
  readonly #retentionMs: number
  readonly #keepsValues: boolean
  #recent: RecentRows | undefined
  readonly #times: TimeIndex<K> | undefined

  constructor(rows: WindowedRows<K, V>, definition: WindowStoreDefinition | SessionStoreDefinition) {
    this.#rows = rows
    this.#isSession = definition.kind === 'session'
    this.#retentionMs = definition.retentionMs
    this.#keepsValues = isPrimitiveSerde(definition.value)
    this.#times = definition.timeOrdered ? new TimeIndex() : undefined
  }

  /**
   * Rows of a key with a major from..to by (major, minor), also those that are hidden and not yet dropped. Downwards, no further than
   * the first one before `last`.
   */
  find(key: K, from: number, to: number, isReverse: boolean, last: number = -Infinity): readonly OwnedRow<K, V>[] {
    const found: OwnedRow<K, V>[] = []
    const recent = this.#rows.core.format.hasHeaders ? undefined : (this.#recent ??= this.#start())
    if (recent === undefined) this.#scan(key, from, to, isReverse, last, found)
    else if (!this.#findRecent(recent, key, from, to, isReverse, last, found)) {
      const now = this.#rows.highestMs
      this.#scan(key, from, to, isReverse, last, found)
      if (recent.isOn(now) && from >= recent.keptFrom(now)) this.#load(recent, key, now)
    }
    return found
  }

  put(
    key: K,
    major: number,
    minor: number,
    value: V | null,
    timestamp: number,
    headers: RecordHeaders,
    isOwned: boolean,
    isThere: boolean = false,
  ): void {
    const rows = this.#rows
    rows.noteTime(major)
    const put = this.#recent === undefined ? PUT.unknown : this.#keep(this.#recent, key, major, minor, value, timestamp)
    if (value !== null && put !== PUT.again && !isThere) this.#times?.note(key, major, minor)
    if (put === PUT.new && value !== null) rows.core.putNew(key, major, minor, value, timestamp, headers, isOwned)
    else if (isOwned) rows.core.putOwned(key, major, minor, value, timestamp, headers)
    else rows.core.put(key, major, minor, value, timestamp, headers)
  }

  /** The visible rows with a major from..to, in order of time. */
  *closed(from: number, to: number): IterableIterator<OwnedRow<K, V>> {
    const times = this.#times
    if (times === undefined) {
      for (const row of this.#rows.inTimeOrder(from, to)) yield this.#ownedRow(this.#rows.keyOf(row), row)
      return
    }
    const { visibleFromMs } = this.#rows
    times.dropBelow(visibleFromMs)
    const noted = times.between(Math.max(from, visibleFromMs), to, visibleFromMs, (start) => this.#timedRows(start))
    for (const [major, rows] of noted) {
      for (const { key, minor } of this.#inOrder(rows)) {
        const row = this.#rowAt(key, major, minor)
        if (row !== undefined) yield row
      }
    }
  }

  /** Rows may have come or gone unseen. */
  forget(): void {
    this.#recent?.forget(this.#rows.highestMs)
    this.#times?.forget()
  }

  #start(): RecentRows {
    const { core, highestMs } = this.#rows
    const recent = new RecentRows(KEPT_RETENTIONS * this.#retentionMs + 1)
    if (core.bytes.approximateCount() > 0 || (core.cache?.size ?? 0) > 0) recent.forget(highestMs)
    return recent
  }

  #keep(
    recent: RecentRows,
    key: K,
    major: number,
    minor: number,
    value: V | null,
    timestamp: number,
  ): (typeof PUT)[keyof typeof PUT] {
    const now = this.#rows.highestMs
    const mapKey = this.#rows.core.keys.mapKey(key)
    // What is so old may be refused, now or when the cache is flushed.
    if (major <= now - this.#retentionMs) recent.doubt(mapKey, now)
    else if (value === null) recent.remove(mapKey, major, minor, now)
    else {
      const kept = this.#keepsValues ? value : undefined
      const byteCount = typeof kept === 'string' ? kept.length : 0
      return recent.put(mapKey, major, minor, kept, this.#timestampOf(major, timestamp), byteCount, now)
    }
    return PUT.unknown
  }

  /** As an entry shows it. */
  #timestampOf(major: number, timestamp: number): number {
    if (this.#isSession) return major
    return this.#rows.core.format.hasTimestamp ? timestamp : -1
  }

  #findRecent(
    recent: RecentRows,
    key: K,
    from: number,
    to: number,
    isReverse: boolean,
    last: number,
    found: OwnedRow<K, V>[],
  ): boolean {
    const { core, highestMs } = this.#rows
    const headers = core.format.noHeaders
    const visitor = (major: number, minor: number, kept: unknown, timestamp: number): boolean => {
      // A value that is not kept is in the cache, or in the bytes.
      const value = (this.#keepsValues ? kept : core.get(key, major, minor)) as V | undefined
      if (value !== undefined) found.push({ key, major, minor, value, timestamp, headers })
      return !isReverse || major >= last
    }
    return recent.visit(core.keys.mapKey(key), Math.max(0, from), to, isReverse, highestMs, visitor)
  }

  #scan(key: K, from: number, to: number, isReverse: boolean, last: number, found: OwnedRow<K, V>[]): void {
    const scan = this.#rows.ofKey(key, from, to, isReverse, true)
    while (scan.next()) {
      found.push(this.#ownedRow(key, scan))
      if (isReverse && scan.major < last) break
    }
    scan.close()
  }

  #ownedRow(
    key: K,
    row: { buffer: Buffer; major: number; minor: number; valueStart: number; valueEnd: number },
  ): OwnedRow<K, V> {
    const { format } = this.#rows.core
    const { buffer, major, minor, valueStart } = row
    const timestamp = this.#isSession ? major : format.timestampOf(buffer, valueStart)
    return {
      key,
      major,
      minor,
      value: format.decodeView(row),
      timestamp,
      headers: format.headersOf(buffer, valueStart),
    }
  }

  #load(recent: RecentRows, key: K, now: number): void {
    const rows: OwnedRow<K, V>[] = []
    this.#scan(key, Math.max(0, recent.keptFrom(now)), Infinity, false, -Infinity, rows)
    const values = rows.map(({ value }) => (this.#keepsValues ? value : undefined))
    const columns = {
      majors: rows.map(({ major }) => major),
      minors: rows.map(({ minor }) => minor),
      values,
      timestamps: rows.map(({ timestamp }) => timestamp),
    }
    const byteCount = values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), 0)
    recent.load(this.#rows.core.keys.mapKey(key), columns, byteCount, now)
  }

  *#timedRows(from: number): IterableIterator<TimedRow<K>> {
    for (const row of this.#rows.inTimeOrder(from, Infinity)) {
      yield { key: this.#rows.keyOf(row), major: row.major, minor: row.minor }
    }
  }

  /** Of one time, in the order of stores by time; each once. */
  #inOrder(noted: readonly NotedRow<K>[]): readonly NotedRow<K>[] {
    if (noted.length < 2) return noted
    const { keys } = this.#rows.core
    const encoded = noted.map((row) => ({ row, bytes: keys.encode(row.key).toBuffer() }))
    const sorted = encoded.sort((a, b) => a.row.minor - b.row.minor || compareKeys(a.bytes, b.bytes))
    return sorted
      .filter(({ row, bytes }, i) => {
        const before = sorted[i - 1]
        return before === undefined || before.row.minor !== row.minor || !before.bytes.equals(bytes)
      })
      .map(({ row }) => row)
  }

  #rowAt(key: K, major: number, minor: number): OwnedRow<K, V> | undefined {
    const recent = this.#recent
    if (recent !== undefined && !this.#rows.core.format.hasHeaders) {
      const found: OwnedRow<K, V>[] = []
      if (this.#findRecent(recent, key, major, major, false, -Infinity, found))
        return found.find((row) => row.minor === minor)
    }
    const stored = this.#rows.core.getStored(key, major, minor)
    if (stored === undefined) return undefined
    return { key, major, minor, ...stored, timestamp: this.#isSession ? major : stored.timestamp }
  }
}
