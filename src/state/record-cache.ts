// The record cache of one store: typed keys and values, serialised, logged and forwarded only when they are flushed, once per
// dirty key. Java: NamedCache.
//
// Entries are numbers: what is small of them lies in a line of memory each (CacheLines), keys and values that are not numbers in
// arrays. The number of an entry that was removed is given to another one.
//
// Invariants: every entry is in the index. Dirty entries have the number of their last put, in whose order they are flushed, and stand
// among the dirty ones once; they are not removed. An entry that is not dirty says what the bytes below say. Values that
// are not primitives are either bytes, or a value that nobody outside the cache holds: it comes from an owner (putOwned) and goes to
// an owner (getOwned) alone, everybody else gets a copy. Of clean entries there are models too, of which everybody gets a copy.
//
// With many keys each touch of memory is a miss of the processor's caches, and those are the cost. So there are no lists through
// the entries: who was used is a mark that the hand of a clock clears (an approximation of least recently used), the order of
// puts is a number that is sorted by when they are flushed; and what seldom changes from put to put is shared.
import { assert } from '../base/index.ts'
import { type RecordContext, RecordHeaders } from '../record/index.ts'
import { type ForeseenKeys, internedText } from '../serde/index.ts'
import { type CacheIndex, FORESEEN_ENTRIES_MAX, KeyIndex, NO_ENTRY, WindowIndex } from './cache-index.ts'
import { CacheLines, D, DOUBLES, I, INTS } from './cache-lines.ts'
import { sortBy } from './sort-by.ts'

export { NO_ENTRY } from './cache-index.ts'

/** Where a put came from, shared by puts in a row that have it in common. */
export interface PutOrigin {
  /** Of the record's context. */
  readonly topic: string | null
  readonly partition: number
  readonly contextHeaders: RecordHeaders
  /** Of the value. */
  readonly headers: RecordHeaders
}

/** What an entry costs beside key and value. */
export const ENTRY_OVERHEAD_BYTES = 200

/** What an entry has: nothing (deleted, or known not to be there), a number, another value, a value's bytes, or what a value is copied from. */
export const KIND = { free: 0, absent: 1, number: 2, value: 3, bytes: 4, model: 5 } as const
const KIND_MASK = 0x07
const USED = 0x08
const NEW = 0x10
const FLAGS_MASK = KIND_MASK | USED | NEW
const ORIGIN_SHIFT = 5
const ORIGIN_MAX = 1 << 26
const CLEAN = -1
const PUT_COUNT_MAX = 0x7fff_fffe
const NO_ORIGIN: PutOrigin = {
  topic: null,
  partition: -1,
  contextHeaders: RecordHeaders.empty,
  headers: RecordHeaders.empty,
}

export class RecordCache {
  readonly #lines = new CacheLines()
  readonly #index: CacheIndex
  // By entry.
  #keys: unknown[] = []
  #values: unknown[] = []
  #origins: PutOrigin[] = []
  #free: number[] = []
  #size = 0
  #hand = 0
  #dirty: number[] = []
  /** Those put since the last takeChanges, some of them more than once; undefined: not kept. */
  #changed: number[] | undefined = undefined
  #putCount = 0
  #absentCount = 0
  #byteCount = 0
  #origin = NO_ORIGIN
  #originNumber = 1
  // Who gets an entry puts it next.
  #found = NO_ENTRY
  #foundKey: unknown = undefined
  readonly #foreseen = new Int32Array(FORESEEN_ENTRIES_MAX)

  constructor(kind: 'key-value' | 'windowed') {
    this.#index = kind === 'key-value' ? new KeyIndex() : new WindowIndex(this.#lines)
  }

  get byteCount(): number {
    return this.#byteCount
  }

  get size(): number {
    return this.#size
  }

  /** Whether it may know of keys that they are not there. */
  get hasAbsent(): boolean {
    return this.#absentCount > 0
  }

  get dirtyCount(): number {
    return this.#dirty.length
  }

  /** NO_ENTRY: it is not there. */
  find(mapKey: unknown, major: number, minor: number): number {
    const entry = this.#isFound(mapKey, major, minor) ? this.#found : this.#index.find(mapKey, major, minor)
    if (entry === NO_ENTRY) return entry
    const { ints } = this.#lines
    const at = entry * INTS + I.state
    const state = ints[at] as number
    if ((state & USED) === 0) ints[at] = state | USED
    this.#foundKey = mapKey
    return (this.#found = entry)
  }

  /** As find, for who most likely asked for it just now: the same string is compared by its address, without a way through the index. */
  findAgain(mapKey: unknown, major: number, minor: number): number {
    const found = this.#found
    if (found !== NO_ENTRY && this.#foundKey === mapKey) {
      const { doubles } = this.#lines
      const at = found * DOUBLES
      if (doubles[at + D.major] === major && doubles[at + D.minor] === minor) return found
    }
    return this.find(mapKey, major, minor)
  }

  /** Brings near the entries of keys that are about to be asked for: accesses that do not wait for one another. */
  foresee(keys: ForeseenKeys): void {
    const entries = this.#foreseen
    const count = this.#index.foresee(keys, entries)
    this.#touchLines(entries, 0, count)
  }

  /** The same for entries of a list. */
  bringNear(entries: Int32Array, from: number, to: number): void {
    this.#touchLines(entries, from, to)
    let sum = 0
    for (let i = from; i < to; i++) {
      const key = this.#keys[entries[i] as number]
      if (typeof key === 'string') sum += key.length
    }
    this.touched = sum
  }

  /** A new, clean entry that is not there: absent, to be filled by the caller. */
  add(key: unknown, mapKey: unknown, major: number, minor: number, byteCount: number): number {
    const entry = this.#free.pop() ?? this.#addNumber()
    this.#keys[entry] = key
    const { doubles, ints } = this.#lines
    const d = entry * DOUBLES
    doubles[d + D.timestamp] = doubles[d + D.contextTimestamp] = doubles[d + D.offset] = -1
    doubles[d + D.major] = major
    doubles[d + D.minor] = minor
    const i = entry * INTS
    ints[i + I.putNumber] = CLEAN
    ints[i + I.byteCount] = byteCount
    ints[i + I.state] = KIND.absent
    this.#origins[entry] = NO_ORIGIN
    this.#index.add(entry, mapKey)
    this.#absentCount++
    this.#size++
    this.#byteCount += byteCount
    this.#foundKey = mapKey
    return (this.#found = entry)
  }

  // ---- one entry ----

  /** The bytes below do not have it, whatever it is. */
  isNew(entry: number): boolean {
    return ((this.#lines.ints[entry * INTS + I.state] as number) & NEW) !== 0
  }

  setNew(entry: number, isNew: boolean): void {
    const { ints } = this.#lines
    const at = entry * INTS + I.state
    const state = ints[at] as number
    ints[at] = isNew ? state | NEW : state & ~NEW
  }

  keyOf(entry: number): unknown {
    return this.#keys[entry]
  }

  majorOf(entry: number): number {
    return this.#lines.doubles[entry * DOUBLES + D.major] as number
  }

  minorOf(entry: number): number {
    return this.#lines.doubles[entry * DOUBLES + D.minor] as number
  }

  kindOf(entry: number): number {
    return (this.#lines.ints[entry * INTS + I.state] as number) & KIND_MASK
  }

  /** Of a number or another value, else undefined. */
  valueOf(entry: number): unknown {
    const kind = this.kindOf(entry)
    if (kind === KIND.number) return this.#lines.doubles[entry * DOUBLES + D.value]
    return kind === KIND.value ? this.#values[entry] : undefined
  }

  bytesOf(entry: number): Buffer | undefined {
    // Entries of this kind have bytes.
    return this.kindOf(entry) === KIND.bytes ? (this.#values[entry] as Buffer) : undefined
  }

  /** What the value was read as: who asks for it gets a copy. */
  modelOf(entry: number): object | undefined {
    // Entries of this kind have an object.
    return this.kindOf(entry) === KIND.model ? (this.#values[entry] as object) : undefined
  }

  timestampOf(entry: number): number {
    return this.#lines.doubles[entry * DOUBLES + D.timestamp] as number
  }

  contextTimestampOf(entry: number): number {
    return this.#lines.doubles[entry * DOUBLES + D.contextTimestamp] as number
  }

  offsetOf(entry: number): number {
    return this.#lines.doubles[entry * DOUBLES + D.offset] as number
  }

  originOf(entry: number): PutOrigin {
    return this.#originNumberOf(entry) === this.#originNumber ? this.#origin : (this.#origins[entry] as PutOrigin)
  }

  /** Fills in what is there but for bytes; false: nothing is. */
  read(entry: number, into: { value: unknown; timestamp: number; headers: RecordHeaders }): boolean {
    const { doubles, ints } = this.#lines
    const state = ints[entry * INTS + I.state] as number
    const kind = state & KIND_MASK
    if (kind === KIND.absent) return false
    const at = entry * DOUBLES
    into.value = kind === KIND.number ? doubles[at + D.value] : kind === KIND.value ? this.#values[entry] : undefined
    into.timestamp = doubles[at + D.timestamp] as number
    const origin = state >>> ORIGIN_SHIFT === this.#originNumber ? this.#origin : (this.#origins[entry] as PutOrigin)
    into.headers = origin.headers
    return true
  }

  /** Puts a number over a number of the same origin: all there is to do for it. False: nothing was done. */
  putNumber(entry: number, value: number, timestamp: number, headers: RecordHeaders, record: RecordContext): boolean {
    const { doubles, ints } = this.#lines
    const i = entry * INTS
    const state = ints[i + I.state] as number
    const origin = this.#origin
    if (
      (state & KIND_MASK) !== KIND.number ||
      state >>> ORIGIN_SHIFT !== this.#originNumber ||
      origin.headers !== headers ||
      origin.contextHeaders !== record.headers ||
      origin.partition !== record.partition ||
      origin.topic !== record.topic ||
      this.#changed !== undefined ||
      this.#putCount === PUT_COUNT_MAX
    )
      return false
    const d = entry * DOUBLES
    doubles[d + D.value] = value
    doubles[d + D.timestamp] = timestamp
    doubles[d + D.contextTimestamp] = record.timestamp
    doubles[d + D.offset] = record.offset
    if ((ints[i + I.putNumber] as number) < 0) this.#dirty.push(entry)
    ints[i + I.putNumber] = this.#putCount++
    return true
  }

  isDirty(entry: number): boolean {
    return (this.#lines.ints[entry * INTS + I.putNumber] as number) >= 0
  }

  /** Null: it is not there. */
  setValue(entry: number, value: unknown): void {
    if (typeof value === 'number') {
      if (this.kindOf(entry) >= KIND.value) this.#values[entry] = undefined
      this.#lines.doubles[entry * DOUBLES + D.value] = value
      this.#setKind(entry, KIND.number)
    } else if (value === null) {
      if (this.kindOf(entry) >= KIND.value) this.#values[entry] = undefined
      this.#setKind(entry, KIND.absent)
    } else {
      this.#values[entry] = value
      this.#setKind(entry, KIND.value)
    }
  }

  setBytes(entry: number, bytes: Buffer): void {
    this.#values[entry] = bytes
    this.#setKind(entry, KIND.bytes)
  }

  setModel(entry: number, model: object): void {
    this.#values[entry] = model
    this.#setKind(entry, KIND.model)
  }

  /** What was read from below of a clean entry. */
  setRead(entry: number, timestamp: number, headers: RecordHeaders): void {
    this.#lines.doubles[entry * DOUBLES + D.timestamp] = timestamp
    this.#origins[entry] = headers.size === 0 ? NO_ORIGIN : { ...NO_ORIGIN, headers }
  }

  setNumbers(entry: number, timestamp: number, contextTimestamp: number, offset: number): void {
    const at = entry * DOUBLES
    const { doubles } = this.#lines
    doubles[at + D.timestamp] = timestamp
    doubles[at + D.contextTimestamp] = contextTimestamp
    doubles[at + D.offset] = offset
  }

  setOrigin(
    entry: number,
    topic: string | null,
    partition: number,
    contextHeaders: RecordHeaders,
    headers: RecordHeaders,
  ): void {
    const origin = this.#origin
    if (
      origin.topic !== topic ||
      origin.partition !== partition ||
      origin.contextHeaders !== contextHeaders ||
      origin.headers !== headers
    )
      this.#newOrigin({ topic, partition, contextHeaders, headers })
    if (this.#originNumberOf(entry) === this.#originNumber) return
    this.#origins[entry] = this.#origin
    const { ints } = this.#lines
    const at = entry * INTS + I.state
    ints[at] = ((ints[at] as number) & FLAGS_MASK) | (this.#originNumber << ORIGIN_SHIFT)
  }

  resize(entry: number, byteCount: number): void {
    const { ints } = this.#lines
    const at = entry * INTS + I.byteCount
    this.#byteCount += byteCount - (ints[at] as number)
    ints[at] = byteCount
  }

  markUsed(entry: number): void {
    const { ints } = this.#lines
    const at = entry * INTS + I.state
    ints[at] = (ints[at] as number) | USED
  }

  /** Moves it to the end of those to be flushed. */
  markDirty(entry: number): void {
    const { ints } = this.#lines
    const at = entry * INTS + I.putNumber
    if ((ints[at] as number) < 0) this.#dirty.push(entry)
    if (this.#putCount === PUT_COUNT_MAX) this.#renumberPuts()
    ints[at] = this.#putCount++
    if (this.#changed !== undefined) this.#noteChange(this.#changed, entry)
  }

  // ---- all of them ----

  /** All dirty entries in the order of their last put; they are clean now. A given one comes first. */
  takeDirty(first: number = NO_ENTRY): Int32Array {
    const taken = this.#inOrder(first)
    const { ints } = this.#lines
    for (let i = 0; i < taken.length; i++) ints[(taken[i] as number) * INTS + I.putNumber] = CLEAN
    this.#dirty = []
    this.#changed = undefined
    this.#putCount = 0
    return taken
  }

  /** An entry that was not used for long; it may be dirty, and it stays until it is removed. */
  evict(): number {
    if (this.#size === 0) return NO_ENTRY
    const { ints } = this.#lines
    for (;;) {
      if (this.#hand >= this.#keys.length) this.#hand = 0
      const at = this.#hand * INTS + I.state
      const state = ints[at] as number
      if ((state & KIND_MASK) !== KIND.free) {
        if ((state & USED) === 0) return this.#hand
        ints[at] = state & ~USED
      }
      this.#hand++
    }
  }

  /** Takes out a clean entry; does nothing where it is out already. */
  remove(entry: number): void {
    if (this.kindOf(entry) === KIND.free) return
    assert(!this.isDirty(entry), () => 'a dirty entry is removed from the cache')
    if (this.kindOf(entry) === KIND.absent) this.#absentCount--
    this.#index.remove(entry)
    const { ints } = this.#lines
    this.#byteCount -= ints[entry * INTS + I.byteCount] as number
    ints[entry * INTS + I.state] = KIND.free
    this.#keys[entry] = this.#values[entry] = undefined
    this.#origins[entry] = NO_ORIGIN
    this.#free.push(entry)
    this.#size--
    this.#found = NO_ENTRY
  }

  /** In no order. */
  dirty(): readonly number[] {
    return this.#dirty
  }

  /** The dirty entries of a key with a major from..to, both inclusive, ascending by (major, minor). */
  dirtyOf(mapKey: unknown, from: number, to: number): readonly number[] {
    const dirty: number[] = []
    for (const entry of this.#index.ofKey(mapKey)) {
      const major = this.majorOf(entry)
      if (major > to) break
      if (major >= from && this.isDirty(entry)) dirty.push(entry)
    }
    return dirty
  }

  /** What was put since the last call; undefined: look at all that is dirty now, entries were flushed meanwhile or nobody asked. */
  takeChanges(): readonly number[] | undefined {
    const changed = this.#changed
    this.#changed = []
    return changed
  }

  clear(): void {
    this.#lines.clear()
    this.#index.clear()
    this.#keys = []
    this.#values = []
    this.#origins = []
    this.#free = []
    this.#dirty = []
    this.#changed = undefined
    this.#found = NO_ENTRY
    this.#size = this.#hand = this.#byteCount = this.#putCount = this.#absentCount = 0
  }

  /** Keeps what only brings memory near from being optimised away. */
  touched = 0

  // Interned strings are found by their slots: two of them that differ would be compared, and strings are far away.
  #isFound(mapKey: unknown, major: number, minor: number): boolean {
    const found = this.#found
    if (found === NO_ENTRY || mapKey === internedText || this.#foundKey !== mapKey) return false
    return this.majorOf(found) === major && this.minorOf(found) === minor
  }

  // Both ends: where the memory begins is not ours to say, so a line of ours may lie in two of the processor's.
  #touchLines(entries: Int32Array, from: number, to: number): void {
    const { ints } = this.#lines
    let sum = 0
    for (let i = from; i < to; i++) {
      const at = (entries[i] as number) * INTS
      sum ^= (ints[at] as number) ^ (ints[at + I.state] as number)
    }
    this.touched = sum
  }

  #addNumber(): number {
    const entry = this.#keys.length
    this.#keys.push(undefined)
    this.#values.push(undefined)
    this.#origins.push(NO_ORIGIN)
    this.#lines.fit(entry)
    return entry
  }

  #setKind(entry: number, kind: number): void {
    const { ints } = this.#lines
    const at = entry * INTS + I.state
    const state = ints[at] as number
    if ((state & KIND_MASK) === KIND.absent) this.#absentCount--
    if (kind === KIND.absent) this.#absentCount++
    ints[at] = (state & ~KIND_MASK) | kind
  }

  #originNumberOf(entry: number): number {
    return (this.#lines.ints[entry * INTS + I.state] as number) >>> ORIGIN_SHIFT
  }

  #newOrigin(origin: PutOrigin): void {
    this.#origin = origin
    if (++this.#originNumber < ORIGIN_MAX) return
    // Each entry has its own in the array: 0 says nothing but that.
    const { ints } = this.#lines
    for (let i = I.state; i < this.#keys.length * INTS; i += INTS) ints[i] = (ints[i] as number) & FLAGS_MASK
    this.#originNumber = 1
  }

  /** Dirty entries by their last put. */
  #inOrder(first: number): Int32Array {
    const { ints } = this.#lines
    const entries = new Int32Array(this.#dirty)
    const numbers = new Int32Array(entries.length)
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as number
      numbers[i] = entry === first ? 0 : (ints[entry * INTS + I.putNumber] as number) + 1
    }
    return sortBy(numbers, entries, this.#putCount)
  }

  #renumberPuts(): void {
    const entries = this.#inOrder(NO_ENTRY)
    const { ints } = this.#lines
    for (let i = 0; i < entries.length; i++) ints[(entries[i] as number) * INTS + I.putNumber] = i
    this.#putCount = entries.length
  }

  // Where that many are put between two scans, starting again costs less.
  #noteChange(changed: number[], entry: number): void {
    if (changed.length < this.#dirty.length) changed.push(entry)
    else this.#changed = undefined
  }
}
