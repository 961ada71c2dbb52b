// The sparse index of one segment, in memory: one entry per index.interval.bytes of log. An entry says where a batch
// begins, the last offset in it, and the highest timestamp up to and including it. Written as Kafka's .index and .timeindex when
// the segment is closed, so that its tools can check it, and read back from there.
import { readInt64, writeInt64 } from './batch-fields.ts'

const INDEX_ENTRY_BYTES = 8
const TIME_ENTRY_BYTES = 12
const FIRST_CAPACITY = 64

export interface TimestampOffset {
  readonly timestamp: number
  /** Relative to the segment: the last offset of the batch that has it. */
  readonly offset: number
}

export class SegmentIndex {
  #count = 0
  #offsets = new Int32Array(FIRST_CAPACITY)
  #positions = new Float64Array(FIRST_CAPACITY)
  #maxTimestamps = new Float64Array(FIRST_CAPACITY)
  #maxTimestampOffsets = new Int32Array(FIRST_CAPACITY)

  get count(): number {
    return this.#count
  }

  /** Offsets are relative to the segment's base. */
  append(lastOffset: number, position: number, max: TimestampOffset): void {
    if (this.#count === this.#offsets.length) this.#grow()
    this.#offsets[this.#count] = lastOffset
    this.#positions[this.#count] = position
    this.#maxTimestamps[this.#count] = max.timestamp
    this.#maxTimestampOffsets[this.#count] = max.offset
    this.#count++
  }

  /** Where to begin looking for the batch that holds the (relative) offset. */
  positionOf(offset: number): number {
    const entry = this.#lastBelow(this.#offsets, offset + 1)
    return entry < 0 ? 0 : (this.#positions[entry] as number)
  }

  /** Where to begin looking for the first batch with a timestamp at or after this one. */
  positionOfTimestamp(timestamp: number): number {
    const entry = this.#lastBelow(this.#maxTimestamps, timestamp)
    return entry < 0 ? 0 : (this.#positions[entry] as number)
  }

  /** Kafka's .index: relative offset i32, position i32. */
  encodeOffsets(): Buffer {
    const bytes = Buffer.allocUnsafe(this.#count * INDEX_ENTRY_BYTES)
    for (let i = 0; i < this.#count; i++) {
      bytes.writeInt32BE(this.#offsets[i] as number, i * INDEX_ENTRY_BYTES)
      bytes.writeInt32BE(this.#positions[i] as number, i * INDEX_ENTRY_BYTES + 4)
    }
    return bytes
  }

  /** Kafka's .timeindex: timestamp i64, relative offset i32, with rising timestamps and one entry for the segment's highest at the end. */
  encodeTimes(last: TimestampOffset): Buffer {
    const entries: TimestampOffset[] = []
    const push = (entry: TimestampOffset): void => {
      const previous = entries.at(-1)
      if (entry.timestamp >= 0 && (previous === undefined || entry.timestamp > previous.timestamp)) entries.push(entry)
    }
    for (let i = 0; i < this.#count; i++) {
      push({ timestamp: this.#maxTimestamps[i] as number, offset: this.#maxTimestampOffsets[i] as number })
    }
    push(last)
    const bytes = Buffer.allocUnsafe(entries.length * TIME_ENTRY_BYTES)
    entries.forEach((entry, i) => {
      writeInt64(bytes, entry.timestamp, i * TIME_ENTRY_BYTES)
      bytes.writeInt32BE(entry.offset, i * TIME_ENTRY_BYTES + 8)
    })
    return bytes
  }

  /** Reads both files back; undefined when they do not fit together or the segment, then they are made anew from the log. */
  static decode(
    offsets: Buffer,
    times: Buffer,
    segmentSize: number,
  ): { readonly index: SegmentIndex; readonly last: TimestampOffset } | undefined {
    if (offsets.length % INDEX_ENTRY_BYTES !== 0 || times.length % TIME_ENTRY_BYTES !== 0) return undefined
    const index = new SegmentIndex()
    const timeCount = times.length / TIME_ENTRY_BYTES
    let time = 0
    let max: TimestampOffset = { timestamp: -1, offset: 0 }
    let previous = { offset: -1, position: -1 }
    for (let at = 0; at < offsets.length; at += INDEX_ENTRY_BYTES) {
      const entry = { offset: offsets.readInt32BE(at), position: offsets.readInt32BE(at + 4) }
      if (entry.offset <= previous.offset || entry.position <= previous.position) return undefined
      if (entry.position >= segmentSize) return undefined
      while (time < timeCount && times.readInt32BE(time * TIME_ENTRY_BYTES + 8) <= entry.offset) {
        max = timeAt(times, time++)
      }
      index.append(entry.offset, entry.position, max)
      previous = entry
    }
    return { index, last: timeCount === 0 ? max : timeAt(times, timeCount - 1) }
  }

  /** The last entry whose value is below the limit; the values never fall. */
  #lastBelow(values: Int32Array | Float64Array, limit: number): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >> 1
      if ((values[middle] as number) < limit) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #grow(): void {
    const capacity = this.#offsets.length * 2
    this.#offsets = extend(this.#offsets, new Int32Array(capacity))
    this.#positions = extend(this.#positions, new Float64Array(capacity))
    this.#maxTimestamps = extend(this.#maxTimestamps, new Float64Array(capacity))
    this.#maxTimestampOffsets = extend(this.#maxTimestampOffsets, new Int32Array(capacity))
  }
}

function timeAt(times: Buffer, entry: number): TimestampOffset {
  const at = entry * TIME_ENTRY_BYTES
  return { timestamp: readInt64(times, at), offset: times.readInt32BE(at + 8) }
}

function extend<T extends Int32Array | Float64Array>(values: T, larger: T): T {
  larger.set(values)
  return larger
}
