// Writes a sorted run: data blocks, index, filter, footer. Layout: FORMAT.md. Nothing of it counts before the manifest names it.
import { ByteWriter, type Disk, type DiskFile, EMPTY_BYTES, assert, crc32c } from '../../base/index.ts'
import { compareRanges, hashRange } from '../byte-table.ts'
import { bloomAdd, bloomFor } from './bloom.ts'
import { FOOTER_BYTES, RUN_MAGIC, RUN_VERSION } from './run-format.ts'

/** Written at once. */
const CHUNK_BYTES = 256 * 1_024

export interface RunSummary {
  readonly entryCount: number
  readonly deletionCount: number
  readonly byteCount: number
}

export class RunWriter {
  readonly #file: DiskFile
  readonly #blockBytes: number
  readonly #data = new ByteWriter(CHUNK_BYTES)
  readonly #index = new ByteWriter(4_096)
  #hashes = new Int32Array(1_024)
  #offsets: number[] = []
  #blockStart = 0
  #blockCount = 0
  /** Bytes of the file before what is in `#data`. */
  #written = 0
  #entryCount = 0
  #deletionCount = 0
  #lastKey: Buffer = EMPTY_BYTES
  #firstKey: Buffer = EMPTY_BYTES

  constructor(disk: Disk, path: string, blockBytes: number) {
    this.#blockBytes = blockBytes
    this.#file = disk.open(path, 'create-new')
  }

  get entryCount(): number {
    return this.#entryCount
  }

  /** Entries come in ascending order; a value end of -1 is a deletion. */
  add(buffer: Buffer, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void {
    const last = this.#lastKey
    assert(
      this.#entryCount === 0 || compareRanges(buffer, keyStart, keyEnd, last, 0, last.length) > 0,
      () => 'entries of a run are not in ascending order',
    )
    if (this.#offsets.length === 0) this.#firstKey = Buffer.from(buffer.subarray(keyStart, keyEnd))
    this.#lastKey = copyInto(this.#lastKey, buffer, keyStart, keyEnd)
    this.#note(hashRange(buffer, keyStart, keyEnd))
    const data = this.#data
    this.#offsets.push(data.position - this.#blockStart)
    writeUnsigned(data, keyEnd - keyStart)
    writeUnsigned(data, valueEnd < 0 ? 0 : valueEnd - valueStart + 1)
    data.range(buffer, keyStart, keyEnd)
    if (valueEnd < 0) this.#deletionCount++
    else data.range(buffer, valueStart, valueEnd)
    if (data.position - this.#blockStart >= this.#blockBytes) this.#endBlock()
  }

  /** Writes the rest; the file is complete, but not yet sure to survive a loss of power. */
  finish(): RunSummary {
    if (this.#offsets.length > 0) this.#endBlock()
    this.#writeChunk()
    const data = this.#data
    const indexOffset = this.#written
    this.#index.int32(this.#lastKey.length)
    this.#index.bytes(this.#lastKey)
    const index = this.#index.toBuffer()
    const filter = this.#filter()
    data.bytes(index)
    data.bytes(filter)
    writeFooter(data, {
      indexOffset,
      indexLength: index.length,
      indexCrc: crc32c(index),
      filterLength: filter.length,
      filterCrc: crc32c(filter),
      blockCount: this.#blockCount,
      entryCount: this.#entryCount,
      deletionCount: this.#deletionCount,
    })
    this.#writeChunk()
    return { entryCount: this.#entryCount, deletionCount: this.#deletionCount, byteCount: this.#written }
  }

  syncNow(): void {
    this.#file.syncNow()
  }

  close(): void {
    this.#file.close()
  }

  #note(hash: number): void {
    if (this.#entryCount === this.#hashes.length) {
      const grown = new Int32Array(this.#hashes.length * 2)
      grown.set(this.#hashes)
      this.#hashes = grown
    }
    this.#hashes[this.#entryCount++] = hash
  }

  #endBlock(): void {
    const data = this.#data
    for (const offset of this.#offsets) writeUint16(data, offset)
    writeUint16(data, this.#offsets.length)
    const crcAt = data.reserve(4)
    data.buffer.writeUInt32LE(crc32c(data.buffer, this.#blockStart, crcAt), crcAt)
    data.position = crcAt + 4
    writeUnsigned(this.#index, data.position - this.#blockStart)
    writeUnsigned(this.#index, this.#firstKey.length)
    this.#index.bytes(this.#firstKey)
    this.#blockCount++
    this.#offsets = []
    this.#blockStart = data.position
    if (data.position >= CHUNK_BYTES) this.#writeChunk()
  }

  #writeChunk(): void {
    const data = this.#data
    if (data.position === 0) return
    this.#file.write([data.buffer.subarray(0, data.position)], this.#written)
    this.#written += data.position
    data.reset()
    this.#blockStart = 0
  }

  #filter(): Buffer {
    const words = bloomFor(this.#entryCount)
    for (let i = 0; i < this.#entryCount; i++) bloomAdd(words, this.#hashes[i] as number)
    const filter = Buffer.allocUnsafe(words.length * 4)
    for (const [i, word] of words.entries()) filter.writeInt32LE(word, i * 4)
    return filter
  }
}

interface Footer {
  readonly indexOffset: number
  readonly indexLength: number
  readonly indexCrc: number
  readonly filterLength: number
  readonly filterCrc: number
  readonly blockCount: number
  readonly entryCount: number
  readonly deletionCount: number
}

function writeFooter(data: ByteWriter, footer: Footer): void {
  const at = data.reserve(FOOTER_BYTES)
  const { buffer } = data
  buffer.writeDoubleLE(footer.indexOffset, at)
  buffer.writeUInt32LE(footer.indexLength, at + 8)
  buffer.writeUInt32LE(footer.indexCrc, at + 12)
  buffer.writeUInt32LE(footer.filterLength, at + 16)
  buffer.writeUInt32LE(footer.filterCrc, at + 20)
  buffer.writeUInt32LE(footer.blockCount, at + 24)
  buffer.writeUInt32LE(footer.entryCount, at + 28)
  buffer.writeUInt32LE(footer.deletionCount, at + 32)
  buffer.writeUInt32LE(RUN_VERSION, at + 36)
  buffer.write(RUN_MAGIC, at + 40, 'latin1')
  buffer.writeUInt32LE(crc32c(buffer, at, at + FOOTER_BYTES - 4), at + FOOTER_BYTES - 4)
  data.position = at + FOOTER_BYTES
}

function writeUint16(writer: ByteWriter, value: number): void {
  const at = writer.reserve(2)
  writer.buffer[at] = value
  writer.buffer[at + 1] = value >>> 8
  writer.position = at + 2
}

function writeUnsigned(writer: ByteWriter, value: number): void {
  const at = writer.reserve(5)
  let position = at
  let rest = value
  while (rest > 0x7f) {
    writer.buffer[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  writer.buffer[position++] = rest
  writer.position = position
}

/** Over the old bytes where they have room. */
function copyInto(old: Buffer, source: Buffer, start: number, end: number): Buffer {
  if (old.length !== end - start) return Buffer.from(source.subarray(start, end))
  source.copy(old, 0, start, end)
  return old
}
