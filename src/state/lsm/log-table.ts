// Commits that are in no run yet: a log file, and the same bytes in memory, where keys are looked up. Entries lie in the log once; a
// hash table has their places, and, once somebody scans, an array has them in order. Both are made up to date by the first who
// asks, so that what is written and never read (restore) costs no look-up. Layout of the bytes: FORMAT.md.
//
// Invariants: records before `#end` are whole, in file and memory alike; memory before `#end` never changes, so that a cursor walks
// the array that it was given, whatever is written meanwhile. The file is never synced: the changelog holds the truth; what
// matters is that what is read back is a prefix of the commits. What lies behind `#end` in the file, from a write that failed,
// is overwritten by the next; a log whose end a crash tore off is never written to again.
import { type Disk, type DiskFile, assert } from '../../base/index.ts'
import type { ByteChanges, ByteCursor, StorePosition } from '../byte-store.ts'
import { compareRanges, hashRange } from '../byte-order.ts'
import { EntryReader, LENGTHS_BYTES_MAX, copyRange, writeLengths } from './entry-format.ts'
import { sortEntries } from './sort-entries.ts'
import {
  type LogEnd,
  RECORD_HEAD_BYTES,
  WAL_HEAD_BYTES,
  decodeRecordMeta,
  encodeRecordMeta,
  entriesStart,
  readWalHead,
  recordEnd,
  sealRecord,
  wholeRecordsEnd,
  writeWalHead,
} from './wal-format.ts'

const FIRST_BYTES = 1_024
const SLOTS_MIN = 64
/** Places are int32. */
const BYTES_MAX = 0x7fff_ffff
/** Sorted at once rather than one by one into the order. */
const NONE = new Int32Array(0)

export class LogTable extends EntryReader {
  readonly id: number
  readonly path: string
  readonly previous: LogEnd | undefined
  /** Of the last record; undefined: none had one. */
  position: StorePosition | undefined
  /** The highest of its records. */
  floor: Buffer
  /** The file goes on behind the last whole record. */
  readonly isTorn: boolean
  /** Entries that were written, the same key again included. */
  entryCount = 0
  readonly #disk: Disk
  #file: DiskFile | undefined
  /** End of the whole records; 0: the log has no head yet. */
  #end: number
  /** Where the entry that is being added goes. */
  #at = 0
  #added = 0
  /** Pairs of hash and place. */
  #slots: Int32Array = NONE
  #keyCount = 0
  /** Records before are in the slots, in the order. */
  #indexedEnd = WAL_HEAD_BYTES
  #orderedEnd = WAL_HEAD_BYTES
  #order: Int32Array = NONE

  /** A new log that goes on from another; `bytes`: one that was read. */
  constructor(disk: Disk, path: string, id: number, previous: LogEnd | undefined, bytes?: Buffer) {
    super(bytes ?? Buffer.allocUnsafeSlow(FIRST_BYTES))
    this.#disk = disk
    this.path = path
    this.id = id
    this.previous = previous
    this.floor = Buffer.alloc(0)
    this.#end = bytes === undefined ? 0 : wholeRecordsEnd(bytes)
    this.isTorn = bytes !== undefined && this.#end < bytes.length
    if (bytes !== undefined) this.#readRecords()
  }

  /** undefined where there is none, or its head is not whole. */
  static read(disk: Disk, path: string, id: number): LogTable | undefined {
    const bytes = disk.readFile(path)
    if (bytes === undefined) return undefined
    const head = readWalHead(bytes, path)
    return head === undefined ? undefined : new LogTable(disk, path, id, head.previous, bytes)
  }

  get isEmpty(): boolean {
    return this.entryCount === 0
  }

  get hasRecords(): boolean {
    return this.#end > 0
  }

  /** What the next log says of this one. */
  get logEnd(): LogEnd {
    return { id: this.id, end: this.#end }
  }

  /** Of the log. */
  get logBytes(): number {
    return this.#end
  }

  /** What it takes up in memory. */
  get byteCount(): number {
    return this.#end === 0 ? 0 : this.buffer.length + this.#slots.byteLength + this.#order.byteLength
  }

  /** At most, as far as is known without looking. */
  get keyCountMax(): number {
    return this.#indexedEnd === this.#end ? this.#keyCount : this.entryCount
  }

  // ---- writing ----

  /** Writes a commit to the log. Where that throws, nothing has changed. */
  append(changes: ByteChanges, position: StorePosition | undefined, floor: Buffer): void {
    const meta = encodeRecordMeta(position, floor)
    const record = this.#end === 0 ? WAL_HEAD_BYTES : this.#end
    this.#reserve(record, RECORD_HEAD_BYTES + meta.length)
    meta.copy(this.buffer, record + RECORD_HEAD_BYTES)
    this.#at = record + RECORD_HEAD_BYTES + meta.length
    this.#added = 0
    changes.each(this.#add)
    if (this.#end === 0) writeWalHead(this.buffer, this.previous)
    sealRecord(this.buffer, record, this.#at)
    this.#open().write([this.buffer.subarray(this.#end, this.#at)], this.#end)
    this.#end = this.#at
    this.entryCount += this.#added
    if (position !== undefined) this.position = position
    this.floor = floor
  }

  async sync(): Promise<void> {
    if (this.#file !== undefined) await this.#file.sync()
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  readonly #add = (source: Buffer, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void => {
    const valueLength = valueEnd < 0 ? -1 : valueEnd - valueStart
    this.#reserve(this.#at, LENGTHS_BYTES_MAX + keyEnd - keyStart + valueLength + 1)
    const { buffer } = this
    const at = writeLengths(buffer, this.#at, keyEnd - keyStart, valueLength)
    const valueAt = at + keyEnd - keyStart
    if (valueStart === keyEnd && valueLength >= 0) copyRange(source, keyStart, valueEnd, buffer, at)
    else {
      copyRange(source, keyStart, keyEnd, buffer, at)
      if (valueLength > 0) copyRange(source, valueStart, valueEnd, buffer, valueAt)
    }
    this.#at = valueLength < 0 ? valueAt : valueAt + valueLength
    this.#added++
  }

  #reserve(at: number, byteCount: number): void {
    const needed = at + byteCount
    if (needed <= this.buffer.length) return
    assert(needed <= BYTES_MAX, () => `a commit would make ${this.path} longer than 2 GiB: commit more often`)
    const grown = Buffer.allocUnsafeSlow(Math.min(BYTES_MAX, Math.max(needed, this.buffer.length * 2)))
    this.buffer.copy(grown, 0, 0, at)
    this.buffer = grown
  }

  #open(): DiskFile {
    return (this.#file ??= this.#disk.open(this.path, 'create'))
  }

  #readRecords(): void {
    const { buffer } = this
    for (let record = WAL_HEAD_BYTES; record < this.#end; record = recordEnd(buffer, record)) {
      const { position, floor } = decodeRecordMeta(buffer, record + RECORD_HEAD_BYTES)
      if (position !== undefined) this.position = position
      this.floor = floor
    }
    for (let at = this.#firstEntry(WAL_HEAD_BYTES); at >= 0; at = this.#nextEntry()) this.entryCount++
  }

  // ---- reading ----

  /** Whether it has the key, maybe deleted; then the fields are its entry's. */
  find(key: Uint8Array, start: number, end: number, hash: number): boolean {
    if (this.#indexedEnd < this.#end) this.#index()
    const slots = this.#slots
    if (slots.length === 0) return false
    const mask = slots.length - 1
    for (let i = (hash << 1) & mask; ; i = (i + 2) & mask) {
      const place = slots[i + 1] as number
      if (place === 0) return false
      if (slots[i] === hash && this.#isKey(place, key, start, end)) return true
    }
  }

  /** Entries from `gte` (inclusive) to `lt` (exclusive), deletions too. */
  cursor(gte: Uint8Array | undefined, lt: Uint8Array | undefined, reverse: boolean): ByteCursor {
    const order = this.inOrder()
    const from = gte === undefined ? 0 : this.#lowerBound(order, gte)
    const to = lt === undefined ? order.length : this.#lowerBound(order, lt)
    const count = Math.max(0, to - from)
    return new LogTableCursor(this.buffer, order, reverse ? from + count - 1 : from, count, reverse ? -1 : 1)
  }

  /** Places of the entries that count, by key. */
  inOrder(): Int32Array {
    if (this.#orderedEnd < this.#end) {
      const fresh = sortEntries(this.buffer, this.#placesFrom(this.#orderedEnd))
      this.#order = this.#order.length === 0 ? fresh : mergeOrders(this.buffer, this.#order, fresh)
      this.#orderedEnd = this.#end
    }
    return this.#order
  }

  #isKey(place: number, key: Uint8Array, start: number, end: number): boolean {
    this.load(place)
    const { buffer, keyStart } = this
    const length = end - start
    if (this.keyEnd - keyStart !== length) return false
    for (let i = 0; i < length; i++) if (buffer[keyStart + i] !== key[start + i]) return false
    return true
  }

  /** Takes up what was written since the last time. */
  #index(): void {
    for (let at = this.#firstEntry(this.#indexedEnd); at >= 0; at = this.#nextEntry()) this.#indexEntry(at)
    this.#indexedEnd = this.#end
  }

  #indexEntry(place: number): void {
    if ((this.#keyCount + 1) * 2 > this.#slots.length >> 1) this.#growSlots()
    const slots = this.#slots
    const mask = slots.length - 1
    const { keyStart, keyEnd, end } = this
    const hash = hashRange(this.buffer, keyStart, keyEnd)
    let i = (hash << 1) & mask
    for (; slots[i + 1] !== 0; i = (i + 2) & mask) {
      if (slots[i] === hash && this.#isKey(slots[i + 1] as number, this.buffer, keyStart, keyEnd)) break
    }
    if (slots[i + 1] === 0) this.#keyCount++
    slots[i] = hash
    slots[i + 1] = place
    // The comparison has loaded another one.
    this.end = end
  }

  #growSlots(): void {
    const old = this.#slots
    const slots = new Int32Array(Math.max(SLOTS_MIN, old.length * 2))
    const mask = slots.length - 1
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue
      let i = ((old[from] as number) << 1) & mask
      while (slots[i + 1] !== 0) i = (i + 2) & mask
      slots[i] = old[from] as number
      slots[i + 1] = old[from + 1] as number
    }
    this.#slots = slots
  }

  #placesFrom(record: number): Int32Array {
    let places = new Int32Array(Math.min(1_024, this.entryCount))
    let count = 0
    for (let at = this.#firstEntry(record); at >= 0; at = this.#nextEntry()) {
      if (count === places.length) {
        const grown = new Int32Array(count * 2)
        grown.set(places)
        places = grown
      }
      places[count++] = at
    }
    return places.subarray(0, count)
  }

  #lowerBound(order: Int32Array, key: Uint8Array): number {
    let low = 0
    let high = order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      this.load(order[middle] as number)
      if (compareRanges(this.buffer, this.keyStart, this.keyEnd, key, 0, key.length) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  // ---- walking entries as they were written ----

  /** End of the record that is walked. */
  #recordEnd = 0

  /** Loads the first entry from a record on; -1: there is none. */
  #firstEntry(record: number): number {
    for (let at = record; at < this.#end; at = this.#recordEnd) {
      this.#recordEnd = recordEnd(this.buffer, at)
      const entry = entriesStart(this.buffer, at)
      if (entry === this.#recordEnd) continue
      this.load(entry)
      return entry
    }
    return -1
  }

  /** The entry behind the one whose `end` is set. */
  #nextEntry(): number {
    const at = this.end
    if (at >= this.#recordEnd) return this.#firstEntry(this.#recordEnd)
    this.load(at)
    return at
  }
}

class LogTableCursor extends EntryReader implements ByteCursor {
  readonly #order: Int32Array
  readonly #step: 1 | -1
  #at: number
  #left: number

  constructor(buffer: Buffer, order: Int32Array, at: number, count: number, step: 1 | -1) {
    super(buffer)
    this.#order = order
    this.#step = step
    this.#at = at
    this.#left = count
  }

  next(): boolean {
    if (this.#left === 0) return false
    this.#left--
    this.load(this.#order[this.#at] as number)
    this.#at += this.#step
    return true
  }

  close(): void {
    this.#left = 0
  }
}

/** Two orders as one; of a key that both have, the fresh entry counts. */
function mergeOrders(buffer: Buffer, old: Int32Array, fresh: Int32Array): Int32Array {
  const merged = new Int32Array(old.length + fresh.length)
  const reader = new EntryReader(buffer)
  const other = new EntryReader(buffer)
  let from = 0
  let count = 0
  for (let i = 0; i < fresh.length; i++) {
    reader.load(fresh[i] as number)
    const to = firstAtOrAfter(old, from, other, reader)
    merged.set(old.subarray(from, to), count)
    count += to - from
    merged[count++] = fresh[i] as number
    from = to
    if (to < old.length) {
      other.load(old[to] as number)
      if (compareEntries(other, reader) === 0) from++
    }
  }
  merged.set(old.subarray(from), count)
  return merged.subarray(0, count + old.length - from)
}

/** By steps that double, then by halves: neighbours are near. */
function firstAtOrAfter(order: Int32Array, from: number, scratch: EntryReader, key: EntryReader): number {
  let low = from
  let high = from
  for (let step = 1; high < order.length; step *= 2) {
    scratch.load(order[high] as number)
    if (compareEntries(scratch, key) >= 0) break
    low = high + 1
    high += step
  }
  high = Math.min(high, order.length)
  while (low < high) {
    const middle = (low + high) >>> 1
    scratch.load(order[middle] as number)
    if (compareEntries(scratch, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function compareEntries(a: EntryReader, b: EntryReader): number {
  return compareRanges(a.buffer, a.keyStart, a.keyEnd, b.buffer, b.keyStart, b.keyEnd)
}
