// A sorted run that is open for reading. Immutable; index and filter are in memory, blocks come through the cache.
// Invariants: blocks are as long as the index says, one after another from the start of the file; a block is checked when it is
// read. A run lives as long as somebody holds it: the store, and each cursor that walks it.
import { type Disk, type DiskFile, TidemillError, assert, crc32c } from '../../base/index.ts'
import type { ByteView } from '../byte-store.ts'
import { compareRanges } from '../byte-table.ts'
import { BlockReader, isBlockIntact } from './block.ts'
import type { BlockCache, BlockOwner, CachedBlock } from './block-cache.ts'
import { bloomHas } from './bloom.ts'
import { FOOTER_BYTES, RUN_MAGIC, RUN_VERSION } from './run-format.ts'
import { storeCorrupt } from './store-corrupt.ts'

export class Run implements BlockOwner {
  readonly id: number
  readonly path: string
  readonly entryCount: number
  readonly deletionCount: number
  readonly byteCount: number
  readonly firstKey: Buffer
  readonly lastKey: Buffer
  readonly blockCount: number

  readonly #disk: Disk
  readonly #file: DiskFile
  readonly #cache: BlockCache
  readonly #filter: Int32Array
  readonly #index: Buffer
  /** Of each block: where it begins in the file; one more for the end. */
  readonly #offsets: Float64Array
  /** Of each block: where its first key begins and ends in the index. */
  readonly #keys: Uint32Array
  readonly #blocks: (CachedBlock | undefined)[]
  readonly #reader = new BlockReader()
  #holders = 1
  #isObsolete = false

  constructor(disk: Disk, path: string, id: number, cache: BlockCache) {
    this.id = id
    this.path = path
    this.#disk = disk
    this.#cache = cache
    this.#file = disk.open(path, 'read')
    const footer = readFooter(this.#file, path)
    this.byteCount = this.#file.size()
    this.entryCount = footer.entryCount
    this.deletionCount = footer.deletionCount
    this.blockCount = footer.blockCount
    this.#index = this.#readPart(footer.indexOffset, footer.indexLength, footer.indexCrc, 'index')
    const filterOffset = footer.indexOffset + footer.indexLength
    const filter = this.#readPart(filterOffset, footer.filterLength, footer.filterCrc, 'filter')
    this.#filter = new Int32Array(filter.length / 4)
    for (let i = 0; i < this.#filter.length; i++) this.#filter[i] = filter.readInt32LE(i * 4)
    this.#offsets = new Float64Array(this.blockCount + 1)
    this.#keys = new Uint32Array(this.blockCount * 2)
    const lastKeyAt = this.#parseIndex()
    this.lastKey = this.#index.subarray(lastKeyAt + 4, lastKeyAt + 4 + this.#index.readInt32BE(lastKeyAt))
    this.firstKey = this.#index.subarray(this.#keys[0], this.#keys[1])
    this.#blocks = Array.from<CachedBlock | undefined>({ length: this.blockCount }).fill(undefined)
  }

  /** The entry of the key, until the next call; a value end of -1 is a deletion. */
  find(key: Uint8Array, start: number, end: number, hash: number): ByteView | undefined {
    if (!bloomHas(this.#filter, hash)) return undefined
    const index = this.blockOf(key, start, end)
    if (index < 0) return undefined
    const reader = this.#reader
    reader.open(this.block(index))
    return reader.find(key, start, end) ? reader : undefined
  }

  /** The block that holds the last key at or before the given one; -1 where all keys are after it. */
  blockOf(key: Uint8Array, start: number, end: number): number {
    let low = 0
    let high = this.blockCount - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const keyStart = this.#keys[middle * 2] as number
      const keyEnd = this.#keys[middle * 2 + 1] as number
      if (compareRanges(this.#index, keyStart, keyEnd, key, start, end) <= 0) low = middle + 1
      else high = middle - 1
    }
    return high
  }

  block(index: number): Buffer {
    const cached = this.#blocks[index]
    if (cached !== undefined) {
      cached.wasUsed = true
      return cached.bytes
    }
    const bytes = this.readBlock(index)
    this.#blocks[index] = this.#cache.add(this, index, bytes)
    return bytes
  }

  /** Past the cache, for those who read everything once. */
  readBlock(index: number): Buffer {
    const offset = this.#offsets[index] as number
    const length = (this.#offsets[index + 1] as number) - offset
    const bytes = Buffer.from(new ArrayBuffer(length))
    const read = this.#file.read(bytes, 0, length, offset)
    if (read < length || !isBlockIntact(bytes)) throw storeCorrupt(this.path, `block ${index} at ${offset}`)
    return bytes
  }

  forgetBlock(index: number): void {
    this.#blocks[index] = undefined
  }

  hold(): void {
    this.#holders++
  }

  /** The last one who lets go closes the file, and removes it where it is obsolete. */
  release(): void {
    assert(this.#holders > 0, () => `${this.path} was released too often`)
    if (--this.#holders > 0) return
    for (const block of this.#blocks) if (block !== undefined) this.#cache.remove(block)
    this.#file.close()
    if (this.#isObsolete) this.#disk.remove(this.path)
  }

  /** No manifest names it any more. */
  markObsolete(): void {
    this.#isObsolete = true
  }

  #readPart(offset: number, length: number, crc: number, what: string): Buffer {
    const bytes = Buffer.allocUnsafeSlow(length)
    if (this.#file.read(bytes, 0, length, offset) < length || crc32c(bytes) !== crc) {
      throw storeCorrupt(this.path, `its ${what} at ${offset}`)
    }
    return bytes
  }

  /** Returns where the last key is. */
  #parseIndex(): number {
    let at = 0
    let offset = 0
    for (let i = 0; i < this.blockCount; i++) {
      const length = readUnsigned(this.#index, at)
      const keyLength = readUnsigned(this.#index, length.end)
      this.#offsets[i] = offset
      offset += length.value
      this.#keys[i * 2] = keyLength.end
      at = keyLength.end + keyLength.value
      this.#keys[i * 2 + 1] = at
    }
    this.#offsets[this.blockCount] = offset
    return at
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

function readFooter(file: DiskFile, path: string): Footer {
  const size = file.size()
  const bytes = Buffer.allocUnsafe(FOOTER_BYTES)
  if (size < FOOTER_BYTES || file.read(bytes, 0, FOOTER_BYTES, size - FOOTER_BYTES) < FOOTER_BYTES) {
    throw storeCorrupt(path, `it has ${size} bytes, less than a footer`)
  }
  if (crc32c(bytes, 0, FOOTER_BYTES - 4) !== bytes.readUInt32LE(FOOTER_BYTES - 4))
    throw storeCorrupt(path, 'its footer')
  if (bytes.toString('latin1', 40, 48) !== RUN_MAGIC) throw storeCorrupt(path, 'it is no run')
  const version = bytes.readUInt32LE(36)
  if (version > RUN_VERSION) {
    throw new TidemillError(
      'store-too-new',
      `${path} has format ${version}, this version of Tidemill reads up to ${RUN_VERSION}: upgrade, or remove the store to restore it`,
    )
  }
  return {
    indexOffset: bytes.readDoubleLE(0),
    indexLength: bytes.readUInt32LE(8),
    indexCrc: bytes.readUInt32LE(12),
    filterLength: bytes.readUInt32LE(16),
    filterCrc: bytes.readUInt32LE(20),
    blockCount: bytes.readUInt32LE(24),
    entryCount: bytes.readUInt32LE(28),
    deletionCount: bytes.readUInt32LE(32),
  }
}

function readUnsigned(buffer: Buffer, at: number): { readonly value: number; readonly end: number } {
  let value = 0
  for (let shift = 0; ; shift += 7) {
    const byte = buffer[at++] as number
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value, end: at }
  }
}
