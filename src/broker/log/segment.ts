// One file of a partition's log: record batches one after another, named by the first offset (20 digits). Only the last
// segment of a log grows. The file is opened when it is first needed. A write that fails leaves the file as it was.
import { EMPTY_BYTES, type Disk, type DiskFile, TidemillError, crc32c } from '../../base/index.ts'
import { BATCH_HEADER_BYTES, CRC_COVERS_FROM, LENGTH_FIELD_END, batch } from './batch-fields.ts'
import { SegmentIndex, type TimestampOffset } from './segment-index.ts'

const READ_AHEAD_BYTES = 16 * 1024
const SCAN_BYTES = 1024 * 1024
/** Lengths beyond it are taken for corruption. */
const BATCH_BYTES_MAX = 512 * 1024 * 1024

export function segmentFileName(baseOffset: number, extension: string): string {
  return `${String(baseOffset).padStart(20, '0')}.${extension}`
}

/** A file beside the log, as it should be; without bytes there should be none. */
export interface SideFile {
  readonly path: string
  readonly bytes: Buffer | undefined
}

/** Called with each whole batch of a scan; false ends it. The bytes are valid during the call only. */
export type BatchVisitor = (buffer: Buffer, at: number, position: number) => boolean

export interface ScanResult {
  /** Where the scan ended: after the last good batch. */
  readonly position: number
  /** Why it ended before the end of the file. */
  readonly problem: string | undefined
}

export class Segment {
  readonly baseOffset: number
  readonly #disk: Disk
  readonly #directory: string
  readonly #indexIntervalBytes: number
  #file: DiskFile | undefined
  #size: number
  #index = new SegmentIndex()
  #max: TimestampOffset = { timestamp: -1, offset: 0 }
  #firstTimestamp = -1
  #bytesSinceIndexEntry = 0

  constructor(disk: Disk, directory: string, baseOffset: number, indexIntervalBytes: number) {
    this.#disk = disk
    this.#directory = directory
    this.baseOffset = baseOffset
    this.#indexIntervalBytes = indexIntervalBytes
    this.#size = disk.exists(this.path('log')) ? this.file.size() : 0
  }

  get size(): number {
    return this.#size
  }

  /** The highest timestamp in the segment, and the last offset of the first batch that has it. */
  get max(): { readonly timestamp: number; readonly offset: number } {
    return { timestamp: this.#max.timestamp, offset: this.baseOffset + this.#max.offset }
  }

  /** The highest timestamp of the first batch; -1 while empty. */
  get firstTimestamp(): number {
    return this.#firstTimestamp
  }

  get file(): DiskFile {
    this.#file ??= this.#disk.open(this.path('log'), 'create')
    return this.#file
  }

  path(extension: string): string {
    return `${this.#directory}/${segmentFileName(this.baseOffset, extension)}`
  }

  /** Appends one placed batch. Throws disk-full or disk-failed with the file as it was before. */
  append(bytes: Buffer): void {
    const position = this.#size
    try {
      this.file.write([bytes], position)
    } catch (error) {
      this.#cutBack(position)
      throw error
    }
    this.note(bytes, 0, position)
  }

  #cutBack(position: number): void {
    try {
      this.file.truncate(position)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new TidemillError(
        'log-not-cut',
        `${this.path('log')} takes no more writes: a failed write could not be undone (${reason}). Check the disk and restart the broker.`,
      )
    }
  }

  /** Takes a batch that is in the file into index and sizes. */
  note(buffer: Buffer, at: number, position: number): void {
    const size = batch.size(buffer, at)
    const lastOffset = batch.lastOffset(buffer, at) - this.baseOffset
    const timestamp = batch.maxTimestamp(buffer, at)
    if (position === 0) this.#firstTimestamp = timestamp
    if (timestamp > this.#max.timestamp) this.#max = { timestamp, offset: lastOffset }
    if (this.#bytesSinceIndexEntry > this.#indexIntervalBytes) {
      this.#index.append(lastOffset, position, this.#max)
      this.#bytesSinceIndexEntry = 0
    }
    this.#bytesSinceIndexEntry += size
    this.#size = position + size
  }

  /** Forgets index and sizes: a scan that notes every batch follows. */
  reset(): void {
    this.#index = new SegmentIndex()
    this.#max = { timestamp: -1, offset: 0 }
    this.#firstTimestamp = -1
    this.#bytesSinceIndexEntry = 0
    this.#size = 0
  }

  /** Reads the index files; where they are missing or wrong the index is made anew from the log. */
  loadIndex(): void {
    const offsets = this.#disk.readFile(this.path('index'))
    const times = this.#disk.readFile(this.path('timeindex'))
    const decoded =
      offsets === undefined || times === undefined ? undefined : SegmentIndex.decode(offsets, times, this.#size)
    if (decoded === undefined || this.#size === 0) return this.rebuildIndex()
    this.#index = decoded.index
    this.#max = decoded.last
    const first = Buffer.alloc(BATCH_HEADER_BYTES)
    if (this.file.read(first, 0, first.length, 0) === first.length) this.#firstTimestamp = batch.maxTimestamp(first, 0)
    // The distance from the last entry is not in the files; a full interval keeps entries at most that far apart.
    this.#bytesSinceIndexEntry = this.#indexIntervalBytes + 1
  }

  rebuildIndex(): void {
    const size = this.#size
    this.reset()
    this.scan(0, size, 'headers', (buffer, at, position) => {
      this.note(buffer, at, position)
      return true
    })
    this.#size = size
  }

  /** What the index files have to hold. */
  indexFiles(): readonly SideFile[] {
    return [
      { path: this.path('index'), bytes: this.#index.encodeOffsets() },
      { path: this.path('timeindex'), bytes: this.#index.encodeTimes(this.#max) },
    ]
  }

  /** Cuts the file; index and sizes have to be right for the shorter file already. */
  truncateTo(size: number): void {
    this.file.truncate(size)
    this.#size = size
  }

  /**
   * Reads whole batches from the one that holds the offset (or the first after it) up to `endOffset`, at most `bytesMax` but for
   * the first. Empty when there is none. Throws corrupt-log where the bytes are no batches.
   */
  read(fromOffset: number, endOffset: number, bytesMax: number): Buffer {
    const window = new Window(this.file, this.#size, bytesMax + READ_AHEAD_BYTES)
    let position = this.positionOf(fromOffset)
    for (;;) {
      if (position >= this.#size) return EMPTY_BYTES
      const problem = window.problemAt(position)
      if (problem !== undefined) return this.#corrupt(position, problem)
      if (batch.lastOffset(window.buffer, position - window.start) >= fromOffset) break
      position += batch.size(window.buffer, position - window.start)
    }
    return this.#verified(window.takeWhole(position, endOffset, bytesMax), position)
  }

  /** Visits each batch from `from` to `to`; looks at headers only, or at the CRC of every batch too. */
  scan(from: number, to: number, check: 'headers' | 'crc', visit: BatchVisitor): ScanResult {
    const window = new Window(this.file, to, SCAN_BYTES)
    let position = from
    while (position < to) {
      const problem = window.problemAt(position, check)
      if (problem !== undefined) return { position, problem }
      const at = position - window.start
      if (!visit(window.buffer, at, position)) break
      position += batch.size(window.buffer, at)
    }
    return { position, problem: undefined }
  }

  /** The position where looking for a timestamp has to begin. */
  positionOfTimestamp(timestamp: number): number {
    return this.#index.positionOfTimestamp(timestamp)
  }

  /** Where the last index entry points: the end of the log is found from there. */
  get lastIndexedPosition(): number {
    return this.#index.positionOf(Number.MAX_SAFE_INTEGER)
  }

  positionOf(offset: number): number {
    return this.#index.positionOf(offset - this.baseOffset)
  }

  close(): void {
    this.#file?.close()
    this.#file = undefined
  }

  /** Removes all files of the segment. */
  remove(): void {
    this.close()
    for (const extension of ['log', 'index', 'timeindex', 'txnindex', 'snapshot', 'window']) {
      const path = this.path(extension)
      if (this.#disk.exists(path)) this.#disk.remove(path)
    }
  }

  #verified(records: Buffer, position: number): Buffer {
    for (let at = 0; at < records.length; at += batch.size(records, at)) {
      const problem = crcProblem(records, at)
      if (problem !== undefined) this.#corrupt(position + at, problem)
    }
    return records
  }

  #corrupt(position: number, problem: string): never {
    throw new TidemillError(
      'corrupt-log',
      `${this.path('log')} on ${this.#disk.location} is damaged at byte ${position}: ${problem}. ` +
        `Records before and after it can be read; restore the file from a copy, or skip with a seek to a later offset.`,
    )
  }
}

/** A part of the file in memory that moves forward as it is asked for. */
class Window {
  readonly #file: DiskFile
  readonly #end: number
  readonly #bytes: number
  buffer: Buffer = EMPTY_BYTES
  /** The position of the buffer's first byte. */
  start = 0

  constructor(file: DiskFile, end: number, bytes: number) {
    this.#file = file
    this.#end = end
    this.#bytes = bytes
  }

  /** Says what is wrong with the batch there; if nothing is, the whole of it is in the buffer. */
  problemAt(position: number, check: 'headers' | 'crc' = 'headers'): string | undefined {
    if (!this.#ensure(position, BATCH_HEADER_BYTES))
      return `${this.#end - position} bytes where a batch header should be`
    const problem = headerProblem(this.buffer, position - this.start)
    if (problem !== undefined) return problem
    const size = batch.size(this.buffer, position - this.start)
    if (!this.#ensure(position, size)) return `a batch of ${size} bytes where ${this.#end - position} are left`
    return check === 'crc' ? crcProblem(this.buffer, position - this.start) : undefined
  }

  /** The batch at the position, which was looked at, and those after it that are in the buffer whole and wanted. */
  takeWhole(position: number, endOffset: number, bytesMax: number): Buffer {
    const from = position - this.start
    let at = from
    while (this.buffer.length - at >= BATCH_HEADER_BYTES && headerProblem(this.buffer, at) === undefined) {
      const size = batch.size(this.buffer, at)
      if (batch.baseOffset(this.buffer, at) >= endOffset || size > this.buffer.length - at) break
      if (at > from && at + size - from > bytesMax) break
      at += size
    }
    return this.buffer.subarray(from, at)
  }

  #ensure(position: number, length: number): boolean {
    if (position >= this.start && position + length <= this.start + this.buffer.length) return true
    if (position + length > this.#end) return false
    const wanted = Math.min(Math.max(this.#bytes, length), this.#end - position)
    const chunk = Buffer.allocUnsafeSlow(wanted)
    const count = this.#file.read(chunk, 0, wanted, position)
    this.buffer = count === wanted ? chunk : chunk.subarray(0, count)
    this.start = position
    return count >= length
  }
}

function headerProblem(buffer: Buffer, at: number): string | undefined {
  const size = batch.size(buffer, at)
  if (size < BATCH_HEADER_BYTES || size > BATCH_BYTES_MAX) return `a batch length of ${size - LENGTH_FIELD_END} bytes`
  if (batch.magic(buffer, at) !== 2) return `magic ${batch.magic(buffer, at)} instead of 2`
  if (batch.baseOffset(buffer, at) < 0) return `the offset ${batch.baseOffset(buffer, at)}`
  if (batch.lastOffsetDelta(buffer, at) < 0) return `the last offset delta ${batch.lastOffsetDelta(buffer, at)}`
  return undefined
}

export function crcProblem(buffer: Buffer, at: number): string | undefined {
  const computed = crc32c(buffer, at + CRC_COVERS_FROM, at + batch.size(buffer, at))
  if (computed === batch.crc(buffer, at)) return undefined
  return `the batch at offset ${batch.baseOffset(buffer, at)} has CRC ${batch.crc(buffer, at)}, its bytes give ${computed}`
}
