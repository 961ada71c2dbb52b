// What aggregations do with the rows of a window or session store: look for those of a key, put, and ask which have closed. The latest
// rows are kept beside the bytes from the first look on (an operator that looks up single windows never does); the times of all rows
// where results are given on close.
import { internsKeys, isPrimitiveSerde } from '../serde/index.ts'
import type { RecordHeaders } from '../record/index.ts'
import { compareKeys } from './byte-order.ts'
import type { WindowEntry } from './faces.ts'
import type { SessionStoreDefinition, WindowStoreDefinition } from './definition.ts'
import { NO_ROW, PUT, RecentRows, UNKNOWN_ROW } from './recent-rows.ts'
import { type NotedRow, TimeIndex, type TimedRow } from './time-index.ts'
import type { Row, WindowedRows } from './windowed-rows.ts'

export class OwnedRows<K, V> {
  readonly #rows: WindowedRows<K, V>
  readonly #isSession: boolean
  readonly #windowSizeMs: number
  readonly #retentionMs: number
  readonly #keepsValues: boolean
  readonly #hasTextKeys: boolean
  #recent: RecentRows | undefined
  readonly #times: TimeIndex<K> | undefined

  constructor(rows: WindowedRows<K, V>, definition: WindowStoreDefinition | SessionStoreDefinition) {
    this.#rows = rows
    this.#isSession = definition.kind === 'session'
    this.#windowSizeMs = definition.kind === 'window' ? definition.windowSizeMs : 0
    this.#retentionMs = definition.retentionMs
    this.#keepsValues = isPrimitiveSerde(definition.value)
    this.#hasTextKeys = internsKeys(definition.key)
    this.#times = definition.timeOrdered ? new TimeIndex() : undefined
  }

  /**
   * Rows of a key with a major from..to by (major, minor), also those that are hidden and not yet dropped. Downwards, no further than
   * the first one before `last`.
   */
  find(key: K, from: number, to: number, isReverse: boolean, last: number = -Infinity): readonly WindowEntry<K, V>[] {
    const found: WindowEntry<K, V>[] = []
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
  *closed(from: number, to: number): IterableIterator<WindowEntry<K, V>> {
    const times = this.#times
    if (times === undefined) {
      for (const row of this.#rows.inTimeOrder(from, to)) yield this.#entryOf(this.#rows.keyOf(row), row)
      return
    }
    const { visibleFromMs } = this.#rows
    times.dropBelow(visibleFromMs)
    for (let next = Math.max(from, visibleFromMs); next <= to;) {
      const horizon = times.knownTo(next, visibleFromMs, this)
      for (const major of times.majorsIn(next, Math.min(to, horizon - 1))) {
        for (const { key, minor } of this.#inOrder(times.rowsAt(major))) {
          const row = this.#entryAt(key, major, minor)
          if (row !== undefined) yield row
        }
      }
      next = Math.max(horizon, next + 1)
    }
  }

  /** Rows may have come or gone unseen. */
  forget(): void {
    this.#recent?.forget(this.#rows.highestMs)
    this.#times?.forget()
  }

  #start(): RecentRows {
    const { core, highestMs } = this.#rows
    const recent = new RecentRows(this.#retentionMs + 1)
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
    if (major <= now - this.#rows.hiddenAfterMs) recent.doubt(mapKey, now)
    else if (value === null) recent.remove(mapKey, major, minor, now)
    else {
      const kept = this.#keepsValues ? value : undefined
      return recent.put(mapKey, major, minor, kept, this.#timestampOf(major, timestamp), now)
    }
    return PUT.unknown
  }

  /** As an entry shows it. */
  #timestampOf(major: number, timestamp: number): number {
    if (this.#isSession) return major
    return this.#rows.core.format.hasTimestamp ? timestamp : -1
  }

  /** False: they are not known. */
  #findRecent(
    recent: RecentRows,
    key: K,
    from: number,
    to: number,
    isReverse: boolean,
    last: number,
    found: WindowEntry<K, V>[],
  ): boolean {
    const { core, highestMs } = this.#rows
    let row = recent.lastBy(core.keys.mapKey(key), from, to, highestMs)
    if (row === UNKNOWN_ROW) return false
    for (; row !== NO_ROW && recent.majorOf(row) >= from; row = recent.older(row)) {
      this.#take(recent, key, row, found)
      if (isReverse && recent.majorOf(row) < last) break
    }
    if (!isReverse) found.reverse()
    return true
  }

  #take(recent: RecentRows, key: K, row: number, found: WindowEntry<K, V>[]): void {
    const { core } = this.#rows
    const major = recent.majorOf(row)
    const minor = recent.minorOf(row)
    // A value that is not kept is in the cache, or in the bytes.
    const value = this.#keepsValues ? (recent.valueOf(row) as V) : core.get(key, major, minor)
    if (value !== undefined)
      found.push(this.#entry(key, major, minor, value, recent.timestampOf(row), core.format.noHeaders))
  }

  #entry(key: K, major: number, minor: number, value: V, timestamp: number, headers: RecordHeaders): WindowEntry<K, V> {
    const window = this.#isSession ? { start: minor, end: major } : { start: major, end: major + this.#windowSizeMs }
    return { key, window, value, timestamp, headers }
  }

  #scan(key: K, from: number, to: number, isReverse: boolean, last: number, found: WindowEntry<K, V>[]): void {
    const scan = this.#rows.ofKey(key, from, to, isReverse, true)
    while (scan.next()) {
      found.push(this.#entryOf(key, scan))
      if (isReverse && scan.major < last) break
    }
    scan.close()
  }

  #entryOf(key: K, row: Row): WindowEntry<K, V> {
    const { format } = this.#rows.core
    const { buffer, major, minor, valueStart } = row
    const timestamp = this.#isSession ? major : format.timestampOf(buffer, valueStart)
    return this.#entry(key, major, minor, format.decodeView(row), timestamp, format.headersOf(buffer, valueStart))
  }

  #load(recent: RecentRows, key: K, now: number): void {
    const { core } = this.#rows
    const scan = this.#rows.ofKey(key, Math.max(0, recent.keptFrom(now)), Infinity, false, true)
    const columns = {
      majors: [] as number[],
      minors: [] as number[],
      values: [] as unknown[],
      timestamps: [] as number[],
    }
    while (scan.next()) {
      columns.majors.push(scan.major)
      columns.minors.push(scan.minor)
      columns.values.push(this.#keepsValues ? core.format.decodeView(scan) : undefined)
      columns.timestamps.push(this.#timestampOf(scan.major, core.format.timestampOf(scan.buffer, scan.valueStart)))
    }
    recent.load(core.keys.mapKey(key), columns, now)
  }

  /** For the index of times, which fills itself. */
  *timedRows(from: number): IterableIterator<TimedRow<K>> {
    for (const row of this.#rows.inTimeOrder(from, Infinity)) {
      yield { key: this.#rows.keyOf(row), major: row.major, minor: row.minor }
    }
  }

  /** Of one time, in the order of stores by time; each once. */
  #inOrder(noted: readonly NotedRow<K>[]): readonly NotedRow<K>[] {
    if (noted.length < 2) return noted
    if (this.#hasTextKeys) return inTextOrder(noted as readonly NotedRow<any>[])
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

  #entryAt(key: K, major: number, minor: number): WindowEntry<K, V> | undefined {
    const { core, highestMs } = this.#rows
    const mapKey = core.keys.mapKey(key)
    const recent = core.format.hasHeaders || !this.#keepsValues ? undefined : this.#recent
    const row = recent === undefined ? UNKNOWN_ROW : recent.rowAt(mapKey, major, minor, highestMs)
    if (row === NO_ROW) return undefined
    if (recent !== undefined && row !== UNKNOWN_ROW) {
      const value = recent.valueOf(row) as V
      return this.#entry(key, major, minor, value, recent.timestampOf(row), core.format.noHeaders)
    }
    const stored = core.getStored(key, major, minor)
    if (stored === undefined) return undefined
    return this.#entry(key, major, minor, stored.value, this.#timestampOf(major, stored.timestamp), stored.headers)
  }
}

function inTextOrder(noted: readonly NotedRow<string>[]): readonly NotedRow<any>[] {
  const sorted = noted.toSorted((a, b) => a.minor - b.minor || compareTexts(a.key, b.key))
  return sorted.filter(({ key, minor }, i) => {
    const before = sorted[i - 1]
    return before === undefined || before.minor !== minor || before.key !== key
  })
}

/** In the order of their UTF-8. Units of two texts that differ tell it where one of them is ASCII. */
function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    return x < 0x80 || y < 0x80 ? x - y : Buffer.compare(Buffer.from(a), Buffer.from(b))
  }
  return a.length - b.length
}
