// A sorted run that is open for reading. Immutable; index and filter are in memory, blocks come through the cache.
// Invariants: blocks are as long as the index says, one after another from the start of the file; a block is checked when it is
// read. A run lives as long as somebody holds it: the store, and each cursor that walks it.
import { type Disk, type DiskFile, EMPTY_BYTES, assert } from '../../base/index.ts'
import type { ByteView } from '../byte-store.ts'
import { compareRanges } from '../byte-order.ts'
import { BlockReader, CRC_BYTES, isBlockIntact } from './block.ts'
import type { BlockCache, BlockOwner, CachedBlock } from './block-cache.ts'
import { bloomHas, bloomOf } from './bloom.ts'
import {
  type BlockCompression,
  type RunIndex,
  decompressBlock,
  parseIndex,
  readFooter,
  readPart,
} from './run-format.ts'
import { storeCorrupt } from './store-corrupt.ts'

const NO_FILTER = new Int32Array(0)

export class Run implements BlockOwner {
  readonly id: number
  readonly path: string
  readonly entryCount: number
  readonly deletionCount: number
  readonly byteCount: number
  readonly firstKey: Buffer
  readonly lastKey: Buffer
  readonly blockCount: number

  readonly #file: DiskFile
  readonly #cache: BlockCache | undefined
  readonly #compression: BlockCompression
  readonly #filter: Int32Array
  readonly #index: RunIndex
  readonly #blocks: (CachedBlock | undefined)[]
  readonly #reader = new BlockReader()
  #holders = 1
  #onGone: ((path: string) => void) | undefined

  /** Without a cache it can only be walked from end to end. */
  constructor(disk: Disk, path: string, id: number, cache?: BlockCache) {
    this.id = id
    this.path = path
    this.#cache = cache
    this.#file = disk.open(path, 'read')
    try {
      const footer = readFooter(this.#file, path)
      this.byteCount = this.#file.size()
      this.entryCount = footer.entryCount
      this.deletionCount = footer.deletionCount
      this.blockCount = footer.blockCount
      this.#compression = footer.compression
      const { indexOffset, indexLength, indexCrc, filterLength, filterCrc } = footer
      this.#index = parseIndex(readPart(this.#file, path, indexOffset, indexLength, indexCrc), this.blockCount)
      const filterOffset = indexOffset + indexLength
      this.#filter =
        cache === undefined ? NO_FILTER : bloomOf(readPart(this.#file, path, filterOffset, filterLength, filterCrc))
    } catch (error) {
      this.#file.close()
      throw error
    }
    const { bytes, keys, lastKey } = this.#index
    this.lastKey = lastKey
    this.firstKey = bytes.subarray(keys[0], keys[1])
    this.#blocks = cache === undefined ? [] : Array.from<undefined>({ length: this.blockCount }).fill(undefined)
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
    const { bytes, keys } = this.#index
    let low = 0
    let high = this.blockCount - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const keyStart = keys[middle * 2] as number
      const keyEnd = keys[middle * 2 + 1] as number
      if (compareRanges(bytes, keyStart, keyEnd, key, start, end) <= 0) low = middle + 1
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
    const bytes = this.#readBlock(index)
    this.#blocks[index] = this.#cache?.add(this, index, bytes)
    return bytes
  }

  /** Blocks one after another, read many at once and past the cache, for those who read everything. Each is valid until the next. */
  *allBlocks(bytesAtOnce: number): Generator<Buffer> {
    const { offsets } = this.#index
    let memory = EMPTY_BYTES
    for (let first = 0; first < this.blockCount;) {
      const from = offsets[first] as number
      let last = first + 1
      while (last < this.blockCount && (offsets[last + 1] as number) - from <= bytesAtOnce) last++
      const length = (offsets[last] as number) - from
      // The same memory again: a long merge would leave all that it has read to the garbage collector.
      if (memory.length < length) memory = Buffer.allocUnsafeSlow(Math.max(length, bytesAtOnce))
      const chunk = memory.subarray(0, length)
      if (this.#file.read(chunk, 0, length, from) < length) throw storeCorrupt(this.path, from, 'it ends there')
      for (let i = first; i < last; i++) {
        yield this.#opened(
          chunk.subarray((offsets[i] as number) - from, (offsets[i + 1] as number) - from),
          offsets[i] as number,
        )
      }
      first = last
    }
  }

  /** False: it has no key with that hash. */
  mayHave(hash: number): boolean {
    return bloomHas(this.#filter, hash)
  }

  forgetBlock(index: number): void {
    this.#blocks[index] = undefined
  }

  hold(): void {
    this.#holders++
  }

  /** The last one who lets go closes the file. */
  release(): void {
    assert(this.#holders > 0, () => `${this.path} was released too often`)
    if (--this.#holders > 0) return
    for (const block of this.#blocks) if (block !== undefined) this.#cache?.remove(block)
    this.#file.close()
    this.#onGone?.(this.path)
  }

  /** No manifest names it any more: the file is to be removed when the last one lets go. */
  retire(onGone: (path: string) => void): void {
    this.#onGone = onGone
    this.release()
  }

  #readBlock(index: number): Buffer {
    const offset = this.#index.offsets[index] as number
    const length = (this.#index.offsets[index + 1] as number) - offset
    const bytes = Buffer.allocUnsafeSlow(length)
    if (this.#file.read(bytes, 0, length, offset) < length) throw storeCorrupt(this.path, offset, 'it ends there')
    return this.#opened(bytes, offset)
  }

  #opened(stored: Buffer, offset: number): Buffer {
    if (!isBlockIntact(stored)) throw storeCorrupt(this.path, offset, 'the checksum of the block is wrong')
    return decompressBlock(this.#compression, stored.subarray(0, stored.length - CRC_BYTES))
  }
}
