// The queue of one input partition: batches as they were fetched, of which only the head record is decoded, lazily.
// Invariants: offsets only grow; `partitionTime` is the highest timestamp that was polled, not merely seen; while a head is
// current the cursor stands on it, so that its raw bytes are at hand for dead letters. Records that the handler or the
// extractor drops are passed over; when nothing else is buffered the last of them becomes a corrupted head, which is polled
// like a record (and so commits its offset) but not processed.
import { TidemillError } from '../base/index.ts'
import { type RecordCursor, recordCursor } from '../protocol/index.ts'
import { RecordHeaders, type TopicPartition } from '../record/index.ts'
import { type RangeReader, acceptsNull, internsKeys, rangeReader } from '../serde/index.ts'
import { KeyForesight } from './key-foresight.ts'
import type { RawRecord } from './error-handling.ts'
import type { RecordSource } from './task-contract.ts'
import type { SourceHost } from './source-host.ts'
import type { ExtractTimestamp } from './timestamp-extractors.ts'

/** What a queue asks of its task when a record cannot be decoded. Returns normally where the record is to be dropped. */
export interface QueueHost {
  deserializationFailed(error: unknown, cause: 'key' | 'value', node: string, source: RawRecord): void
  invalidTimestamp(node: string, source: RawRecord, timestamp: number): void
}

/** What stands for a value that nobody looks at. */
const SKIPPED = ''

export class RecordQueue {
  readonly tp: TopicPartition
  readonly source: SourceHost
  /** Of the head; read them between advance() and the next one. */
  key: unknown = null
  value: unknown = null
  timestamp = -1
  offset = -1
  headers: RecordHeaders = RecordHeaders.empty
  isCorrupted = false
  hasHead = false
  /** Highest timestamp polled; -1: none. */
  partitionTime: number
  /** Next offset to commit as far as records were taken; -1: none taken yet. */
  consumedTo = -1
  /** Lag at the end of what was fetched; undefined: not known yet. For the idle rules. */
  lag: number | undefined = undefined
  /** Set while it is empty without lag: when the task stops waiting for it. */
  idleDeadlineMs: number | undefined = undefined

  readonly #host: QueueHost
  /** Bytes go to the sinks as they are: nothing is decoded. */
  readonly #isRaw: boolean
  readonly #skipsValues: boolean
  readonly #extract: ExtractTimestamp | undefined
  readonly #readKey: RangeReader
  readonly #readValue: RangeReader
  readonly #keyMayBeNull: boolean
  readonly #valueMayBeNull: boolean
  readonly #keyContext: { topic: string; headers: RecordHeaders; isKey: boolean }
  readonly #valueContext: { topic: string; headers: RecordHeaders; isKey: boolean }
  #batches: RecordSource[] = []
  #nextBatch = 0
  #cursor: RecordCursor | undefined = undefined
  #waiting = 0
  #offsetMin = -1
  #endPosition = -1
  readonly #foresight: KeyForesight | undefined

  constructor(
    tp: TopicPartition,
    source: SourceHost,
    host: QueueHost,
    options: {
      readonly extract: ExtractTimestamp | undefined
      /** The extractor looks at key or value. */
      readonly extractsFromRecord: boolean
      readonly partitionTime: number
    },
  ) {
    this.tp = tp
    this.source = source
    this.#host = host
    this.#extract = options.extract
    this.#isRaw = source.rawSinks !== undefined && !options.extractsFromRecord
    this.#skipsValues = source.skipsValues && !options.extractsFromRecord
    this.partitionTime = options.partitionTime
    this.#foresight = !this.#isRaw && internsKeys(source.node.key) ? new KeyForesight(source.stores) : undefined
    this.#readKey = rangeReader(source.node.key)
    this.#readValue = rangeReader(source.node.value)
    this.#keyMayBeNull = acceptsNull(source.node.key)
    this.#valueMayBeNull = acceptsNull(source.node.value)
    this.#keyContext = { topic: tp.topic, headers: RecordHeaders.empty, isKey: true }
    this.#valueContext = { topic: tp.topic, headers: RecordHeaders.empty, isKey: false }
  }

  /** Records that wait; an upper bound while a batch is not read to its end. */
  get size(): number {
    return this.#waiting + (this.hasHead ? 1 : 0)
  }

  /** Where reading goes on when everything that was taken is committed. */
  get commitOffset(): number {
    return this.size === 0 && this.#endPosition !== -1 ? this.#endPosition : this.consumedTo
  }

  /** Empty, and either behind its log, or not empty for long enough. */
  isWaitedFor(idleMs: number, nowMs: number): boolean {
    if (this.size > 0) {
      this.idleDeadlineMs = undefined
      return false
    }
    if (this.lag === undefined || this.lag > 0) return true
    this.idleDeadlineMs ??= nowMs + idleMs
    return nowMs < this.idleDeadlineMs
  }

  append(batches: readonly RecordSource[], fromOffset: number, nextOffset: number): void {
    if (this.#nextBatch === this.#batches.length) {
      this.#batches = []
      this.#nextBatch = 0
    }
    if (this.#waiting === 0) this.#offsetMin = fromOffset
    for (const batch of batches) {
      this.#batches.push(batch)
      this.#waiting += batch.recordCount
    }
    this.#endPosition = nextOffset
  }

  /** Takes the head: its fields stay readable until advance(). */
  poll(): void {
    this.hasHead = false
    this.consumedTo = this.offset + 1
    if (this.timestamp > this.partitionTime) this.partitionTime = this.timestamp
  }

  /** Makes the next record the head, if there is one. */
  advance(): void {
    let isPassing = false
    while (this.#next()) {
      const cursor = this.#cursor as RecordCursor
      this.offset = cursor.offset
      if (this.#decode(cursor)) {
        this.isCorrupted = false
        this.hasHead = true
        return
      }
      isPassing = true
    }
    if (!isPassing) return
    this.key = null
    this.value = null
    this.timestamp = -1
    this.isCorrupted = true
    this.hasHead = true
  }

  /** Gives what was polled to the source's children. */
  forward(): void {
    const { headers, timestamp } = this
    if (!this.#isRaw) {
      this.source.forward({ key: this.key, value: this.value, timestamp, headers })
      return
    }
    const { buffer, keyStart, keyLength, valueStart, valueLength } = this.#cursor as RecordCursor
    const keyEnd = keyLength < 0 ? -1 : keyStart + keyLength
    const valueEnd = valueLength < 0 ? -1 : valueStart + valueLength
    this.source.forwardRange(buffer, keyStart, keyEnd, valueStart, valueEnd, timestamp, headers)
  }

  /** The current head's bytes (also after poll()). */
  raw(): RawRecord {
    return this.held().raw()
  }

  /** The same, for who may ask for them later. */
  held(): HeldRecord {
    return new HeldRecord(this.tp, this.#cursor as RecordCursor)
  }

  clear(): void {
    this.#batches = []
    this.#nextBatch = 0
    this.#cursor = undefined
    this.#waiting = 0
    this.#offsetMin = -1
    this.#endPosition = -1
    this.hasHead = false
    this.consumedTo = -1
  }

  // Moves the cursor to the next record at or after the position, through the batches.
  #next(): boolean {
    for (;;) {
      const cursor = this.#cursor
      if (cursor !== undefined) {
        this.#foresight?.step(cursor)
        while (cursor.next()) {
          this.#waiting--
          if (cursor.offset < this.#offsetMin) continue
          this.#offsetMin = cursor.offset + 1
          return true
        }
      }
      const batch = this.#batches[this.#nextBatch]
      if (batch === undefined) {
        // What compaction removed was counted and never came.
        this.#waiting = 0
        return false
      }
      this.#nextBatch++
      this.#foresight?.restart()
      this.#cursor = 'cursor' in batch ? batch.cursor() : recordCursor(batch)
    }
  }

  // Key, then value, then timestamp; false: dropped.
  #decode(cursor: RecordCursor): boolean {
    const { buffer } = cursor
    const headers = cursor.headerCount === 0 ? RecordHeaders.empty : cursor.headers()
    this.headers = headers
    let isKey = true
    try {
      const { keyStart, keyLength, valueStart, valueLength } = cursor
      const isRaw = this.#isRaw
      if (keyLength >= 0) {
        this.#keyContext.headers = headers
        if (!isRaw) this.key = this.#readKey(buffer, keyStart, keyStart + keyLength, this.#keyContext)
      } else {
        if (!this.#keyMayBeNull) throw unexpectedNull('key')
        this.key = null
      }
      isKey = false
      if (valueLength >= 0) {
        this.#valueContext.headers = headers
        if (this.#skipsValues) this.value = SKIPPED
        else if (!isRaw) this.value = this.#readValue(buffer, valueStart, valueStart + valueLength, this.#valueContext)
      } else {
        if (!this.#valueMayBeNull) throw unexpectedNull('value')
        this.value = null
      }
    } catch (error) {
      this.#host.deserializationFailed(error, isKey ? 'key' : 'value', this.source.node.name, this.raw())
      return false
    }
    const { timestamp } = cursor
    this.timestamp = timestamp
    if (this.#extract !== undefined) this.timestamp = this.#extract(this, timestamp)
    if (this.timestamp >= 0) return true
    this.#host.invalidTimestamp(this.source.node.name, this.raw(), this.timestamp)
    return false
  }
}

/** Where the bytes of a record lie, for as long as it is on its way: views of them are made for who asks. */
export class HeldRecord {
  readonly #tp: TopicPartition
  readonly #offset: number
  readonly #timestamp: number
  readonly #buffer: Buffer
  readonly #keyStart: number
  readonly #keyLength: number
  readonly #valueStart: number
  readonly #valueLength: number
  readonly #headers: RecordHeaders

  constructor(tp: TopicPartition, cursor: RecordCursor) {
    this.#tp = tp
    this.#offset = cursor.offset
    this.#timestamp = cursor.timestamp
    this.#buffer = cursor.buffer
    this.#keyStart = cursor.keyStart
    this.#keyLength = cursor.keyLength
    this.#valueStart = cursor.valueStart
    this.#valueLength = cursor.valueLength
    this.#headers = cursor.headers()
  }

  raw(): RawRecord {
    const { topic, partition } = this.#tp
    const [key, value] = [this.#view(this.#keyStart, this.#keyLength), this.#view(this.#valueStart, this.#valueLength)]
    return { topic, partition, offset: this.#offset, timestamp: this.#timestamp, key, value, headers: this.#headers }
  }

  #view(start: number, length: number): Buffer | null {
    return length < 0 ? null : this.#buffer.subarray(start, start + length)
  }
}

function unexpectedNull(what: 'key' | 'value'): TidemillError {
  return new TidemillError(
    'deserialization-failed',
    `the ${what} is null, and its serde is not for null: declare it with serdes.nullable(...) where null may come`,
  )
}
