// The versioned store: every value of a key with the time from which it is valid, for a history of some length (KIP-889).
//
// Rows (FORMAT, integers big-endian):
//   latest    0xff | key                                      int64 validFrom | uint8 1 (0: deleted) | value
//   history   int64 segment of validTo | key | int64 validFrom    int64 validTo | uint8 1 (0: deleted) | value
//   deleted   int64 segment of validFrom | key | int64 validFrom  int64 0 | uint8 0: a mark; the latest row says the same
// Invariants: the rows of a key cover time without gaps from its first known version on; a deletion is a version. Expiry drops
// whole segments: versions whose validity ended before the history began, and, by the marks, what was deleted before it.
import { ByteWriter, readInt64 } from '../base/index.ts'
import { RecordHeaders } from '../record/index.ts'
import { type RangeReader, type SerdeContext, rangeReader, valueWriter } from '../serde/index.ts'
import { type StorePosition, keyCopy, valueCopy } from './byte-store.ts'
import { type LogChange, changeLogger, changelogTopic } from './changelog.ts'
import type { VersionedStoreDefinition } from './definition.ts'
import type { TimeRange, Version, VersionedPut, VersionedStore } from './faces.ts'
import { KeyCodec } from './key-codec.ts'
import { segmentKey, segmentOf } from './key-schema.ts'
import { PendingBytes } from './pending-bytes.ts'
import { type RecentVersion, RecentVersions } from './recent-versions.ts'
import type { ChangelogRecord, StateStore, StoreHost, StoreRows } from './state-store.ts'
import { storeSerdeContext } from './value-format.ts'

const LATEST = 0xff
const LATEST_PREFIX = Buffer.of(LATEST)
const VALUE_OFFSET = 9
const TIME_BYTES = 8
const SEGMENT_BYTES = 8
const DELETED = 0
const PRESENT = 1
/** In place of validTo: a mark of a deletion. */
const MARK = 0

/** A version as it lies in a row; bytes undefined: deleted. */
interface Found {
  readonly validFrom: number
  readonly validTo: number
  readonly bytes: Buffer | undefined
}

export class VersionedState<K, V> implements StateStore, VersionedStore<K, V> {
  readonly definition: VersionedStoreDefinition
  readonly #host: StoreHost
  readonly #log: LogChange
  readonly #keys: KeyCodec<K>
  readonly #bytes: PendingBytes
  readonly #readValue: RangeReader<V>
  readonly #writeValue: (value: V, writer: ByteWriter, context: SerdeContext) => void
  readonly #context: SerdeContext
  readonly #writer = new ByteWriter(256)
  /** From the first look into the history on: who asks for the latest alone gains nothing. */
  #recent: RecentVersions | undefined
  readonly #historyMs: number
  readonly #segmentIntervalMs: number
  #observedMs: number
  #droppedBelowSegment = 0
  /** No segment below it has a mark. */
  #firstMarked: number

  constructor(definition: VersionedStoreDefinition, host: StoreHost) {
    this.definition = definition
    this.#host = host
    this.#log = changeLogger(definition, host)
    const topic = changelogTopic(definition, host.applicationId)
    this.#keys = new KeyCodec(definition.key, definition.name, topic)
    this.#readValue = rangeReader(definition.value)
    this.#writeValue = valueWriter(definition.value)
    this.#context = storeSerdeContext(topic, false)
    this.#historyMs = definition.historyRetentionMs
    this.#segmentIntervalMs = versionedSegmentIntervalMs(definition.historyRetentionMs)
    this.#bytes = new PendingBytes(host.engine(definition).open(definition.name, { segmentBytes: SEGMENT_BYTES }))
    const position = this.#bytes.position()
    this.#observedMs = position?.streamTimeMs ?? -1
    this.#firstMarked = position === undefined ? Infinity : 0
  }

  get face(): VersionedStore<K, V> {
    return this
  }

  // ---- the face ----

  get(key: K, asOfMs?: number): Version<V> | undefined {
    const recent = this.#recent?.of(this.#keys.mapKey(key))
    const at = recent === undefined ? -1 : lastBy(recent, asOfMs ?? Infinity)
    return recent === undefined || at < 0 ? this.#read(key, asOfMs) : this.#recentAt(recent, at, asOfMs)
  }

  #recentAt(recent: readonly RecentVersion[], at: number, asOfMs: number | undefined): Version<V> | undefined {
    const { validFrom, bytes } = recent[at] as RecentVersion
    const isLatest = at === recent.length - 1
    if (!isLatest && asOfMs !== undefined && asOfMs < this.#observedMs - this.#historyMs) return undefined
    return this.#version({ validFrom, validTo: recent[at + 1]?.validFrom ?? Infinity, bytes })
  }

  #read(key: K, asOfMs: number | undefined): Version<V> | undefined {
    const keyBytes = this.#keys.encode(key).toBuffer()
    const latest = this.#latest(keyBytes)
    if (latest !== undefined && (asOfMs === undefined || latest.validFrom <= asOfMs)) return this.#version(latest)
    if (asOfMs === undefined || asOfMs < this.#observedMs - this.#historyMs) return undefined
    this.#recent ??= new RecentVersions()
    const found = this.#validAt(keyBytes, asOfMs)
    return found === undefined ? undefined : this.#version(found)
  }

  *versions(key: K, range: TimeRange = {}): IterableIterator<Version<V>> {
    const from = Math.max(Number(range.from ?? 0), this.#observedMs - this.#historyMs)
    const to = Number(range.to ?? Infinity)
    const keyBytes = this.#keys.encode(key).toBuffer()
    const found = [...this.#history(keyBytes)]
    const latest = this.#latest(keyBytes)
    if (latest !== undefined) found.push(latest)
    if (range.order === 'descending') found.reverse()
    for (const version of found) {
      if (version.bytes === undefined || version.validFrom > to || version.validTo <= from) continue
      yield this.#version(version) as Version<V>
    }
  }

  put(key: K, value: V | null, timestampMs: number): VersionedPut {
    const keyBytes = this.#keys.encode(key).toBuffer()
    const valueBytes = value === null ? undefined : this.#encode(value)
    const done = this.#put(keyBytes, valueBytes, timestampMs, key)
    if (done === 'expired') this.#host.dropped('expired-version')
    this.#log(keyBytes, valueBytes ?? null, timestampMs, RecordHeaders.empty)
    return done
  }

  delete(key: K, timestampMs: number): Version<V> | undefined {
    const present = timestampMs < this.#observedMs - this.#historyMs ? undefined : this.get(key, timestampMs)
    this.put(key, null, timestampMs)
    return present
  }

  // ---- the life of a store ----

  get rows(): StoreRows {
    return { bytes: this.#bytes, observedMs: this.#observedMs }
  }

  setFlushListener(): boolean {
    return false
  }

  flush(): void {}

  commit(position: StorePosition): void {
    this.#bytes.commit({ changelogs: position.changelogs, streamTimeMs: this.#observedMs })
  }

  discard(): void {
    this.#bytes.discard()
    this.#recent?.clear()
    this.#observedMs = this.#bytes.position()?.streamTimeMs ?? -1
    // What was to be dropped with the commit that did not come is to be dropped with the next.
    this.#droppedBelowSegment = 0
  }

  get pendingBytes(): number {
    return this.#bytes.byteCount
  }

  position(): StorePosition | undefined {
    return this.#bytes.position()
  }

  restore(records: Iterable<ChangelogRecord>, position: StorePosition): void {
    this.#recent?.clear()
    for (const { key, value, timestamp } of records) this.#put(key, value ?? undefined, timestamp)
    this.commit(position)
  }

  backlog(): Promise<void> | undefined {
    return this.#bytes.backlog()
  }

  persist(): Promise<void> {
    return this.#bytes.flush()
  }

  close(): Promise<void> {
    return this.#bytes.close()
  }

  destroy(): Promise<void> {
    return this.#bytes.destroy()
  }

  // ---- putting ----

  /** Where the key is given as it is, its recent versions are kept up. */
  #put(key: Buffer, value: Buffer | undefined, timestamp: number, typedKey?: K): VersionedPut {
    if (timestamp > this.#observedMs) {
      this.#observedMs = timestamp
      this.#dropSegments()
    }
    if (timestamp < this.#observedMs - this.#historyMs) return 'expired'
    const recent = this.#recent
    const mapKey = recent === undefined || typedKey === undefined ? undefined : this.#keys.mapKey(typedKey)
    const known = recent?.of(mapKey)
    const latest = known === undefined ? this.#latest(key) : known[known.length - 1]
    if (latest !== undefined && timestamp < latest.validFrom) {
      recent?.forget(mapKey)
      return this.#putBefore(key, value, timestamp, latest.validFrom)
    }
    if (latest !== undefined && timestamp > latest.validFrom)
      this.#putHistory(key, latest.validFrom, timestamp, latest.bytes)
    this.#putLatest(key, value, timestamp)
    if (mapKey !== undefined) recent?.put(mapKey, { validFrom: timestamp, bytes: value }, latest)
    return 'latest'
  }

  /** Splits the version that is valid at the time, or goes before the first. Returns until when the new one is valid. */
  #putBefore(key: Buffer, value: Buffer | undefined, timestamp: number, latestFrom: number): number {
    const covering = this.#validAt(key, timestamp)
    if (covering === undefined) {
      const validTo = this.#firstAfter(key, timestamp, latestFrom)
      this.#putHistory(key, timestamp, validTo, value)
      return validTo
    }
    const { validFrom, validTo } = covering
    if (validFrom < timestamp) {
      this.#deleteHistory(key, covering)
      this.#putHistory(key, validFrom, timestamp, covering.bytes)
    }
    this.#putHistory(key, timestamp, validTo, value)
    return validTo
  }

  #putLatest(key: Buffer, value: Buffer | undefined, validFrom: number): void {
    const writer = this.#writer
    writer.reset()
    writer.uint8(LATEST)
    writer.bytes(key)
    this.#putRow(writer.position, validFrom, value)
    if (value !== undefined) return
    const segment = this.#segmentOf(validFrom)
    this.#firstMarked = Math.min(this.#firstMarked, segment)
    this.#writeHistoryKey(key, segment, validFrom)
    // Where a version ends in the same segment that began at the same time, it is this key's: it was replaced.
    this.#putRow(writer.position, MARK, undefined)
  }

  #putHistory(key: Buffer, validFrom: number, validTo: number, bytes: Buffer | undefined): void {
    this.#writeHistoryKey(key, this.#segmentOf(validTo), validFrom)
    this.#putRow(this.#writer.position, validTo, bytes)
  }

  /** The key is what the writer has. */
  #putRow(keyEnd: number, time: number, value: Buffer | undefined): void {
    const writer = this.#writer
    writer.int64(time)
    writer.uint8(value === undefined ? DELETED : PRESENT)
    if (value !== undefined) writer.bytes(value)
    const { buffer, position } = writer
    this.#bytes.put(buffer, 0, keyEnd, buffer, keyEnd, position)
  }

  #deleteHistory(key: Buffer, { validFrom, validTo }: Found): void {
    const row = this.#historyKey(key, this.#segmentOf(validTo), validFrom)
    this.#bytes.set(row, null)
  }

  // ---- finding ----

  #latest(key: Buffer): Found | undefined {
    const row = Buffer.concat([LATEST_PREFIX, key])
    const value = this.#bytes.copy(row)
    if (value === undefined) return undefined
    return { validFrom: readInt64(value, 0), validTo: Infinity, bytes: valueOf(value) }
  }

  /** The version in the history that is valid at the time: in the first segment that has one that began by then. */
  #validAt(key: Buffer, timestamp: number): Found | undefined {
    for (let segment = this.#segmentOf(timestamp); segment <= this.#lastSegment(); segment++) {
      const gte = this.#historyKey(key, segment, 0)
      const lt = this.#historyKey(key, segment, timestamp + 1)
      const cursor = this.#bytes.cursor({ gte, lt, reverse: true, suffixBytes: TIME_BYTES })
      try {
        while (cursor.next()) {
          const found = this.#foundAt(key, keyCopy(cursor), valueCopy(cursor))
          if (found === undefined) continue
          if (found.validTo > timestamp) return found
          break
        }
      } finally {
        cursor.close()
      }
    }
    return undefined
  }

  #firstAfter(key: Buffer, timestamp: number, latestFrom: number): number {
    for (const { validFrom } of this.#history(key)) if (validFrom > timestamp) return validFrom
    return latestFrom
  }

  /** Versions that are not the latest, oldest first. */
  *#history(key: Buffer): IterableIterator<Found> {
    const first = this.#segmentOf(this.#observedMs - this.#historyMs)
    for (let segment = first; segment <= this.#lastSegment(); segment++) {
      const gte = this.#historyKey(key, segment, 0)
      const lt = this.#historyKey(key, segment, Number.MAX_SAFE_INTEGER)
      const cursor = this.#bytes.cursor({ gte, lt, suffixBytes: TIME_BYTES })
      try {
        while (cursor.next()) {
          const found = this.#foundAt(key, keyCopy(cursor), valueCopy(cursor))
          if (found !== undefined) yield found
        }
      } finally {
        cursor.close()
      }
    }
  }

  /** undefined: the row is another key's, or a mark. */
  #foundAt(key: Buffer, row: Buffer, value: Buffer): Found | undefined {
    const validTo = readInt64(value, 0)
    if (row.length !== key.length + 16 || validTo === MARK) return undefined
    return { validFrom: readInt64(row, row.length - 8), validTo, bytes: valueOf(value) }
  }

  #historyKey(key: Buffer, segment: number, validFrom: number): Buffer {
    this.#writeHistoryKey(key, segment, validFrom)
    return this.#writer.toBuffer()
  }

  #writeHistoryKey(key: Buffer, segment: number, validFrom: number): void {
    const writer = this.#writer
    writer.reset()
    writer.int64(segment)
    writer.bytes(key)
    writer.int64(validFrom)
  }

  #lastSegment(): number {
    return this.#segmentOf(this.#observedMs)
  }

  #segmentOf(time: number): number {
    return time <= 0 ? 0 : segmentOf(time, this.#segmentIntervalMs)
  }

  #dropSegments(): void {
    const live = this.#segmentOf(this.#observedMs - this.#historyMs)
    if (live <= this.#droppedBelowSegment) return
    this.#droppedBelowSegment = live
    const end = segmentKey(live)
    // Without deletions there is nothing to look for, and a look through all rows in order is dear.
    if (this.#firstMarked < live) this.#forgetAllDeleted(end)
    this.#bytes.deleteBelow(end)
  }

  #forgetAllDeleted(end: Buffer): void {
    const cursor = this.#bytes.cursor({ lt: end })
    while (cursor.next()) {
      if (readInt64(cursor.buffer, cursor.valueStart) === MARK) this.#forgetDeleted(keyCopy(cursor))
    }
    this.#firstMarked = readInt64(end, 0)
  }

  /** Drops the latest row of a key that was deleted before the history began, unless it came back. */
  #forgetDeleted(mark: Buffer): void {
    const key = mark.subarray(8, mark.length - 8)
    const latest = this.#latest(key)
    if (latest === undefined || latest.bytes !== undefined || latest.validFrom !== readInt64(mark, mark.length - 8))
      return
    this.#recent?.clear()
    const row = Buffer.concat([LATEST_PREFIX, key])
    this.#bytes.set(row, null)
  }

  #version({ validFrom, validTo, bytes }: Found): Version<V> | undefined {
    if (bytes === undefined) return undefined
    const value = this.#readValue(bytes, 0, bytes.length, this.#context)
    return { value, validFrom, validTo: validTo === Infinity ? undefined : validTo }
  }

  #encode(value: V): Buffer {
    const writer = this.#writer
    writer.reset()
    this.#writeValue(value, writer, this.#context)
    return writer.toBuffer()
  }
}

/** The last that is valid from then, or from before. */
function lastBy(versions: readonly RecentVersion[], timeMs: number): number {
  let at = versions.length - 1
  while (at >= 0 && (versions[at] as RecentVersion).validFrom > timeMs) at--
  return at
}

function valueOf(row: Buffer): Buffer | undefined {
  return row[8] === DELETED ? undefined : row.subarray(VALUE_OFFSET)
}

/** How long a segment of a versioned store is, by the length of its history. Java: Stores' default. */
export function versionedSegmentIntervalMs(historyRetentionMs: number): number {
  if (historyRetentionMs <= 60_000) return Math.max(Math.floor(historyRetentionMs / 3), 2_000)
  if (historyRetentionMs <= 300_000) return Math.max(Math.floor(historyRetentionMs / 5), 20_000)
  if (historyRetentionMs <= 3_600_000) return Math.max(Math.floor(historyRetentionMs / 12), 60_000)
  return Math.max(Math.floor(historyRetentionMs / 24), 300_000)
}
