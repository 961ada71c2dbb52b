// Writes a sorted run: data blocks, index, filter, footer. Layout: FORMAT.md. Nothing of it counts before the manifest names it.
import { type Disk, type DiskFile, assert, crc32c } from '../../base/index.ts'
import { compareRanges, hashRange } from '../byte-order.ts'
import { bloomAdd, bloomBytes, bloomFitted, bloomFor } from './bloom.ts'
import { type EntryReader, copyRange, unsignedBytes, writeUnsigned } from './entry-format.ts'
import { type BlockCompression, compressBlock, encodeFooter } from './run-format.ts'

/** Written at once. */
const CHUNK_BYTES = 256 * 1_024
/** Synced at once: one sync of a long run would hold up what waits for the thread. */
const SYNC_BYTES = 16 * 1_024 * 1_024
const FIRST_BYTES = 1_024
const TRAILER_BYTES = 6
/** Offsets in a block are two bytes. */
const BLOCK_BYTES_MAX = 0xffff

export interface RunWriterOptions {
  readonly blockBytes: number
  readonly compression: BlockCompression
  /** At least as many as come. */
  readonly entryCountMax: number
}

export class RunWriter {
  readonly #file: DiskFile
  readonly #blockBytes: number
  readonly #compression: BlockCompression
  readonly #filter: Int32Array
  /** Blocks that are complete, and the one that is not. */
  #data: Buffer = Buffer.allocUnsafe(FIRST_BYTES)
  #at = 0
  #index: Buffer = Buffer.allocUnsafe(256)
  #indexAt = 0
  #offsets = new Uint16Array(16)
  #offsetCount = 0
  #blockStart = 0
  #blockCount = 0
  /** Bytes of the file before what is in `#data`. */
  #written = 0
  #synced = 0
  #entryCount = 0
  #deletionCount = 0
  #lastKeyStart = 0
  #lastKeyEnd = 0
  /** The last key of a block that is complete. */
  #blockLastKey: Buffer | undefined

  constructor(disk: Disk, path: string, { blockBytes, compression, entryCountMax }: RunWriterOptions) {
    this.#blockBytes = Math.min(blockBytes, BLOCK_BYTES_MAX)
    this.#compression = compression
    this.#filter = bloomFor(entryCountMax)
    this.#file = disk.open(path, 'create-new')
  }

  get entryCount(): number {
    return this.#entryCount
  }

  /** Takes the entry that the reader stands at; entries come in ascending order. */
  add(entry: EntryReader): void {
    const { buffer, start, keyStart, keyEnd, end } = entry
    assert(this.#isAfterLast(buffer, keyStart, keyEnd), () => 'entries of a run are not in ascending order')
    bloomAdd(this.#filter, hashRange(buffer, keyStart, keyEnd))
    this.#reserve(end - start)
    const at = this.#at
    if (this.#offsetCount === this.#offsets.length) this.#offsets = grown(this.#offsets)
    this.#offsets[this.#offsetCount++] = at - this.#blockStart
    copyRange(buffer, start, end, this.#data, at)
    this.#at = at + end - start
    this.#lastKeyStart = at + keyStart - start
    this.#lastKeyEnd = at + keyEnd - start
    this.#entryCount++
    if (entry.valueEnd < 0) this.#deletionCount++
    if (this.#at - this.#blockStart >= this.#blockBytes) this.#endBlock()
  }

  /** Writes the rest and makes it durable. */
  finish(): void {
    if (this.#offsetCount > 0) this.#endBlock()
    this.#writeChunk()
    const indexOffset = this.#written
    const index = this.#wholeIndex()
    const filter = bloomBytes(bloomFitted(this.#filter, this.#entryCount))
    const footer = encodeFooter({
      indexOffset,
      indexLength: index.length,
      indexCrc: crc32c(index),
      filterLength: filter.length,
      filterCrc: crc32c(filter),
      blockCount: this.#blockCount,
      entryCount: this.#entryCount,
      deletionCount: this.#deletionCount,
      compression: this.#compression,
    })
    this.#file.write([index, filter, footer], indexOffset)
    this.#file.syncNow()
  }

  close(): void {
    this.#file.close()
  }

  #isAfterLast(buffer: Buffer, keyStart: number, keyEnd: number): boolean {
    if (this.#offsetCount > 0)
      return compareRanges(buffer, keyStart, keyEnd, this.#data, this.#lastKeyStart, this.#lastKeyEnd) > 0
    const last = this.#blockLastKey
    return last === undefined || compareRanges(buffer, keyStart, keyEnd, last, 0, last.length) > 0
  }

  #reserve(byteCount: number): void {
    if (this.#at + byteCount <= this.#data.length) return
    const data = Buffer.allocUnsafeSlow(Math.max(this.#at + byteCount, this.#data.length * 2))
    this.#data.copy(data, 0, 0, this.#at)
    this.#data = data
  }

  #endBlock(): void {
    this.#blockLastKey = Buffer.from(this.#data.subarray(this.#lastKeyStart, this.#lastKeyEnd))
    this.#note()
    this.#reserve(this.#offsetCount * 2 + TRAILER_BYTES)
    for (let i = 0; i < this.#offsetCount; i++) this.#uint16(this.#offsets[i] as number)
    this.#uint16(this.#offsetCount)
    if (this.#compression !== 'none') this.#compressBlock(this.#compression)
    this.#data.writeUInt32LE(crc32c(this.#data, this.#blockStart, this.#at), this.#at)
    this.#at += 4
    this.#endIndexEntry()
    this.#blockCount++
    this.#offsetCount = 0
    this.#blockStart = this.#at
    if (this.#at >= CHUNK_BYTES) this.#writeChunk()
  }

  #compressBlock(compression: BlockCompression): void {
    const bytes = compressBlock(compression, this.#data.subarray(this.#blockStart, this.#at))
    this.#at = this.#blockStart
    this.#reserve(bytes.length + 4)
    bytes.copy(this.#data, this.#at)
    this.#at += bytes.length
  }

  /** Of the block's first entry: where its key lies, before the block changes. */
  #note(): void {
    const lengths = this.#blockStart
    let keyLength = 0
    let at = lengths
    for (let shift = 0; ; shift += 7) {
      const byte = this.#data[at++] as number
      keyLength |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    while ((this.#data[at++] as number) > 0x7f);
    this.#firstKey = Buffer.from(this.#data.subarray(at, at + keyLength))
  }

  #firstKey: Buffer = Buffer.alloc(0)

  #endIndexEntry(): void {
    const blockLength = this.#at - this.#blockStart
    const key = this.#firstKey
    const needed = this.#indexAt + unsignedBytes(blockLength) + unsignedBytes(key.length) + key.length
    if (needed > this.#index.length) {
      const index = Buffer.allocUnsafeSlow(Math.max(needed, this.#index.length * 2))
      this.#index.copy(index, 0, 0, this.#indexAt)
      this.#index = index
    }
    const at = writeUnsigned(this.#index, writeUnsigned(this.#index, this.#indexAt, blockLength), key.length)
    key.copy(this.#index, at)
    this.#indexAt = at + key.length
  }

  #wholeIndex(): Buffer {
    const lastKey = this.#blockLastKey as Buffer
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(lastKey.length)
    return Buffer.concat([this.#index.subarray(0, this.#indexAt), length, lastKey])
  }

  #uint16(value: number): void {
    this.#data[this.#at++] = value
    this.#data[this.#at++] = value >>> 8
  }

  #writeChunk(): void {
    if (this.#at === 0) return
    this.#file.write([this.#data.subarray(0, this.#at)], this.#written)
    this.#written += this.#at
    this.#at = this.#blockStart = 0
    if (this.#written - this.#synced < SYNC_BYTES) return
    this.#file.syncNow()
    this.#synced = this.#written
  }
}

function grown(offsets: Uint16Array): Uint16Array<ArrayBuffer> {
  const larger = new Uint16Array(offsets.length * 2)
  larger.set(offsets)
  return larger
}
