// What window and session stores have in common: rows of a key with a time (start of a window, end of a session), in segments
// by that time; expiry; scans of one key, a range of keys, all keys.
//
// Invariants: `observedMs` is the highest time that was written (not: cached). A row is visible while its time is above
// observedMs - retention; what is older is refused, by the millisecond (memory) or by whole segments (disk), and dropped in
// whole segments. A scan of several keys gives Java's order: disk by segment, then key; memory by time, then key; time-
// ordered stores by time, then the rest.
import { readInt64 } from '../base/index.ts'
import type { ByteChange, ByteView, StorePosition } from './byte-store.ts'
import { compareKeys, compareRanges } from './byte-order.ts'
import type { SessionStoreDefinition, WindowStoreDefinition } from './definition.ts'
import { type KeySchema, keyFirstParts, segmentKey, segmentOf, windowSchema } from './key-schema.ts'
import { KeyScan, type MajorRange, type RowLayout } from './key-scan.ts'
import type { ChangelogRecord, StoreHost } from './state-store.ts'
import { StoreCore } from './store-core.ts'

/** A row: `buffer[keyStart..keyEnd)` is the key. Valid until the next one is asked for. */
export interface Row extends ByteView {
  readonly keyStart: number
  readonly keyEnd: number
  readonly major: number
  readonly minor: number
}

/**
 * What lies exactly a retention back: sessions of aggregations are not closed yet; windows on disk that are ordered by time are
 * shown so that those of the grace period's length can be emitted (as in Java).
 */
function showsEdge(definition: WindowStoreDefinition | SessionStoreDefinition): boolean {
  if (definition.kind === 'session') return definition.keepsUntilClosed === true
  return definition.timeOrdered && definition.type === 'disk'
}

const SEGMENT_INTERVAL_MIN_MS = 60_000
const SEGMENT_BYTES = 8
const NOTHING: MajorRange = { from: 0, to: -1, first: 0, last: -1 }
export class WindowedRows<K, V> {
  readonly core: StoreCore<K, V>
  readonly #layout: RowLayout<K, V>
  readonly #type: 'memory' | 'disk'
  readonly #isTimeOrdered: boolean
  /** Times up to observedMs - #hiddenAfterMs are hidden. */
  readonly #hiddenAfterMs: number
  readonly #retentionMs: number
  readonly #segmentIntervalMs: number
  #observedMs: number
  /** Of all rows, also those that only the cache has. */
  #highestMs: number
  #droppedBelowSegment = 0

  constructor(
    definition: WindowStoreDefinition | SessionStoreDefinition,
    host: StoreHost,
    listenerKey: (key: unknown, major: number, minor: number) => unknown,
  ) {
    const { kind, retentionMs } = definition
    this.#type = definition.type
    this.#retentionMs = retentionMs
    this.#hiddenAfterMs = showsEdge(definition) ? retentionMs + 1 : retentionMs
    this.#segmentIntervalMs = Math.max(Math.floor(retentionMs / 2), SEGMENT_INTERVAL_MIN_MS)
    const store = host.engine(definition).open(definition.name, { segmentBytes: SEGMENT_BYTES })
    this.#observedMs = this.#highestMs = store.position()?.streamTimeMs ?? -1
    this.#isTimeOrdered = definition.timeOrdered
    const schema: KeySchema = windowSchema(kind, this.#segmentIntervalMs)
    this.core = new StoreCore(definition, host, store, {
      schema,
      admits: (major) => this.#admits(major),
      isAhead: (major) => this.isAhead(major),
      listenerKey,
    })
    const { core } = this
    this.#layout = { core, kind, segmentIntervalMs: this.#segmentIntervalMs }
  }

  isVisible(major: number): boolean {
    return major > this.#observedMs - this.#hiddenAfterMs
  }

  /** Later than anything that was put. */
  isAhead(major: number): boolean {
    return major > this.#observedMs
  }

  /** From here on readers see rows; operators of sessions see those too that are about to close. */
  get readableFromMs(): number {
    return Math.max(0, this.#observedMs - this.#retentionMs + 1)
  }

  /** Of all rows, also those that only the cache has; -1: none. */
  get highestMs(): number {
    return this.#highestMs
  }

  /** Times that lie so far back, or further, are hidden from readers. */
  get hiddenAfterMs(): number {
    return this.#hiddenAfterMs
  }

  get visibleFromMs(): number {
    return Math.max(0, this.#observedMs - this.#hiddenAfterMs + 1)
  }

  /** The highest time that was written; -1: none. */
  get observedMs(): number {
    return this.#observedMs
  }

  /** Call before each put: scans go up to the highest time. */
  noteTime(major: number): void {
    if (major > this.#highestMs) this.#highestMs = major
  }

  /** A time that a put without a row has shown. */
  observe(major: number): void {
    if (major > this.#observedMs) this.#advance(major)
  }

  // ---- scans ----

  /** Rows of one key by (major, minor); for aggregations also those that are hidden and not yet dropped. */
  ofKey(key: K, fromMajor: number, toMajor: number, reverse: boolean, withHidden: boolean = false): KeyScan<K, V> {
    return new KeyScan(this.#layout, key, this.#range(fromMajor, toMajor, withHidden), reverse)
  }

  /** Rows of keys from..to, both inclusive, undefined: open. */
  *ofKeys(
    from: K | undefined,
    to: K | undefined,
    fromMajor: number,
    toMajor: number,
    reverse: boolean,
  ): IterableIterator<Row> {
    const lowest = from === undefined ? undefined : this.core.keys.encode(from).toBuffer()
    const highest = to === undefined ? undefined : this.core.keys.encode(to).toBuffer()
    if (this.#isTimeOrdered) {
      yield* selectKeys(this.#byTime(fromMajor, toMajor, reverse), lowest, highest)
      return
    }
    const selected = selectKeys(this.#bySegment(lowest, highest, fromMajor, toMajor, reverse), lowest, highest)
    if (this.#type === 'disk') yield* selected
    else yield* Array.from(selected, copyOf).sort(byTimeThenKey(reverse))
  }

  /** Rows of all keys in order of their time, whatever the kind of store. */
  *inTimeOrder(fromMajor: number, toMajor: number): IterableIterator<Row> {
    yield* this.#byTime(fromMajor, toMajor, false)
  }

  keyOf({ buffer, keyStart, keyEnd }: Row): K {
    return this.core.keys.decode(buffer, keyStart, keyEnd)
  }

  // ---- the life of a store ----

  commit(position: StorePosition): void {
    this.core.commit({ changelogs: position.changelogs, streamTimeMs: this.#observedMs })
  }

  discard(): void {
    this.core.discard()
    this.#observedMs = this.#highestMs = this.core.bytes.position()?.streamTimeMs ?? -1
    // What was to be dropped with the commit that did not come is to be dropped with the next.
    this.#droppedBelowSegment = 0
  }

  restore(records: Iterable<ChangelogRecord>, position: StorePosition): void {
    const changes: ByteChange[] = []
    for (const record of records) {
      const [local, value] = this.core.changeOf(record)
      const { major } = this.core.schema.parse(local, 0, local.length)
      if (major > this.#observedMs) this.#observedMs = major
      changes.push([local, value])
    }
    this.#highestMs = Math.max(this.#highestMs, this.#observedMs)
    this.#dropSegments()
    this.core.bytes.restore(changes, { changelogs: position.changelogs, streamTimeMs: this.#observedMs })
  }

  // ---- time ----

  #admits(major: number): boolean {
    if (major > this.#observedMs) this.#advance(major)
    if (this.#type === 'memory') return this.isVisible(major)
    return this.#segmentOf(major) >= this.#segmentOf(this.#observedMs - this.#retentionMs)
  }

  #advance(major: number): void {
    this.#observedMs = major
    this.noteTime(major)
    this.#dropSegments()
  }

  #dropSegments(): void {
    const live = this.#segmentOf(this.#observedMs - this.#retentionMs)
    if (live <= this.#droppedBelowSegment) return
    this.#droppedBelowSegment = live
    this.core.bytes.deleteBelow(segmentKey(live))
  }

  /** Java divides integers: what is below 0 counts as 0. */
  #segmentOf(time: number): number {
    return time <= 0 ? 0 : segmentOf(time, this.#segmentIntervalMs)
  }

  /** A stretch of visible time. */
  #range(fromMajor: number, toMajor: number, withHidden: boolean): MajorRange {
    const from = Math.max(0, fromMajor, withHidden ? 0 : this.#observedMs - this.#hiddenAfterMs + 1)
    const to = Math.min(toMajor, this.#highestMs)
    if (from > to) return NOTHING
    return { from, to, first: this.#segmentOf(from), last: this.#segmentOf(to) }
  }

  /** The segments of a stretch of visible time, each with its key and the part of the stretch to look for in it. */
  *#segments(
    fromMajor: number,
    toMajor: number,
    reverse: boolean,
  ): IterableIterator<readonly [segment: Buffer, from: number, to: number]> {
    const { from, to, first, last } = this.#range(fromMajor, toMajor, false)
    for (let i = first; i <= last; i++) yield [segmentKey(reverse ? last - (i - first) : i), from, to]
  }

  // ---- rows ----

  *#bySegment(
    lowest: Buffer | undefined,
    highest: Buffer | undefined,
    fromMajor: number,
    toMajor: number,
    reverse: boolean,
  ): IterableIterator<Row> {
    for (const [segment, from, to] of this.#segments(fromMajor, toMajor, reverse)) {
      const gte = lowest === undefined ? segment : Buffer.concat([segment, lowest])
      const cursor = this.core.cursor({ gte, lt: upperBound(segment, highest), reverse })
      try {
        while (cursor.next()) {
          const { buffer, valueStart, valueEnd } = cursor
          const parts = keyFirstParts(this.#layout.kind, buffer, cursor.keyStart + SEGMENT_BYTES, cursor.keyEnd)
          if (parts.major >= from && parts.major <= to) yield { buffer, ...parts, valueStart, valueEnd }
        }
      } finally {
        cursor.close()
      }
    }
  }

  /** A segment is sorted as it is reached. */
  *#byTime(fromMajor: number, toMajor: number, reverse: boolean): IterableIterator<Row> {
    const { from, to, first, last } = this.#range(fromMajor, toMajor, false)
    const intervalMs = this.#segmentIntervalMs
    const order = this.#layout.kind === 'session' && this.#isTimeOrdered ? byTimes(reverse) : byTimeThenKey(reverse)
    for (let i = first; i <= last; i++) {
      const segment = reverse ? last - (i - first) : i
      const low = segment === first ? from : segment * intervalMs
      const high = segment === last ? to : (segment + 1) * intervalMs - 1
      yield* Array.from(this.#bySegment(undefined, undefined, low, high, reverse), copyOf).sort(order)
    }
  }
}

/**
 * Above all rows of keys up to the highest in the segment. A row of a shorter key can lie behind a longer one where that goes on
 * with zeros; then the end of the segment is the bound.
 */
function upperBound(segment: Buffer, highest: Buffer | undefined): Buffer {
  if (highest === undefined || highest.includes(0)) return segmentKey(readInt64(segment, 0) + 1)
  return Buffer.concat([segment, highest, Buffer.alloc(17, 0xff)])
}

function* selectKeys(
  rows: Iterable<Row>,
  lowest: Buffer | undefined,
  highest: Buffer | undefined,
): IterableIterator<Row> {
  for (const row of rows) {
    const key = row.buffer.subarray(row.keyStart, row.keyEnd)
    if (lowest !== undefined && compareKeys(key, lowest) < 0) continue
    if (highest !== undefined && compareKeys(key, highest) > 0) continue
    yield row
  }
}

/** A row that outlives the next one. */
function copyOf({ buffer, keyStart, keyEnd, major, minor, valueStart, valueEnd }: Row): Row {
  const keyLength = keyEnd - keyStart
  const copy = Buffer.concat([buffer.subarray(keyStart, keyEnd), buffer.subarray(valueStart, valueEnd)])
  return { buffer: copy, keyStart: 0, keyEnd: keyLength, major, minor, valueStart: keyLength, valueEnd: copy.length }
}

type RowOrder = (a: Row, b: Row) => number

function byTimeThenKey(reverse: boolean): RowOrder {
  const sign = reverse ? -1 : 1
  return (a, b) => sign * (a.major - b.major || compareRowKeys(a, b) || a.minor - b.minor)
}

function byTimes(reverse: boolean): RowOrder {
  const sign = reverse ? -1 : 1
  return (a, b) => sign * (a.major - b.major || a.minor - b.minor || compareRowKeys(a, b))
}

function compareRowKeys(a: Row, b: Row): number {
  return compareRanges(a.buffer, a.keyStart, a.keyEnd, b.buffer, b.keyStart, b.keyEnd)
}
