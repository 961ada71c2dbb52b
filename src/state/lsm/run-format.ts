// What writers and readers of run files share: the footer, the index, and the codecs of blocks. Layout: FORMAT.md.
import { type DiskFile, assert, crc32c } from '../../base/index.ts'
import { type Compression, compress, decompress } from '../../protocol/index.ts'
import { storeCorrupt } from './store-corrupt.ts'
import { tooNew } from './wal-format.ts'

const MAGIC = 'TMillRun'
const VERSION = 1
export const FOOTER_BYTES = 56
/** A block is no longer than this, whatever its data claims. */
const BLOCK_BYTES_MAX = 1 << 30

/** How blocks are compressed. */
export type BlockCompression = 'none' | 'lz4' | 'zstd'

/** By their number in the file. */
const COMPRESSIONS: readonly (BlockCompression & Compression)[] = ['none', 'lz4', 'zstd']

export interface RunFooter {
  readonly indexOffset: number
  readonly indexLength: number
  readonly indexCrc: number
  readonly filterLength: number
  readonly filterCrc: number
  readonly blockCount: number
  readonly entryCount: number
  readonly deletionCount: number
  readonly compression: BlockCompression
}

export function encodeFooter(footer: RunFooter): Buffer {
  const bytes = Buffer.alloc(FOOTER_BYTES)
  bytes.writeDoubleLE(footer.indexOffset, 0)
  bytes.writeUInt32LE(footer.indexLength, 8)
  bytes.writeUInt32LE(footer.indexCrc, 12)
  bytes.writeUInt32LE(footer.filterLength, 16)
  bytes.writeUInt32LE(footer.filterCrc, 20)
  bytes.writeUInt32LE(footer.blockCount, 24)
  bytes.writeUInt32LE(footer.entryCount, 28)
  bytes.writeUInt32LE(footer.deletionCount, 32)
  bytes.writeUInt32LE(COMPRESSIONS.indexOf(footer.compression), 36)
  bytes.writeUInt32LE(VERSION, 40)
  bytes.write(MAGIC, 44, 'latin1')
  bytes.writeUInt32LE(crc32c(bytes, 0, 52), 52)
  return bytes
}

export function readFooter(file: DiskFile, path: string): RunFooter {
  const size = file.size()
  const at = size - FOOTER_BYTES
  const bytes = Buffer.allocUnsafe(FOOTER_BYTES)
  if (at < 0 || file.read(bytes, 0, FOOTER_BYTES, at) < FOOTER_BYTES) {
    throw storeCorrupt(path, 0, `it has ${size} bytes, less than a footer`)
  }
  if (crc32c(bytes, 0, 52) !== bytes.readUInt32LE(52)) throw storeCorrupt(path, at, 'its footer')
  if (bytes.toString('latin1', 44, 52) !== MAGIC) throw storeCorrupt(path, at, 'it is no run')
  const version = bytes.readUInt32LE(40)
  if (version > VERSION) throw tooNew(path, version, VERSION)
  const compression = COMPRESSIONS[bytes.readUInt32LE(36)]
  assert(compression !== undefined, () => `${path} names a compression that its version does not have`)
  return {
    indexOffset: bytes.readDoubleLE(0),
    indexLength: bytes.readUInt32LE(8),
    indexCrc: bytes.readUInt32LE(12),
    filterLength: bytes.readUInt32LE(16),
    filterCrc: bytes.readUInt32LE(20),
    blockCount: bytes.readUInt32LE(24),
    entryCount: bytes.readUInt32LE(28),
    deletionCount: bytes.readUInt32LE(32),
    compression,
  }
}

/** Reads a part of the file whose checksum the footer has. */
export function readPart(file: DiskFile, path: string, offset: number, length: number, crc: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length)
  if (file.read(bytes, 0, length, offset) < length || crc32c(bytes) !== crc) {
    throw storeCorrupt(path, offset, 'its index or filter')
  }
  return bytes
}

/** The blocks of a run: where they lie, and their first keys. */
export interface RunIndex {
  readonly bytes: Buffer
  /** Of each block: where it begins in the file; one more for the end. */
  readonly offsets: Float64Array
  /** Of each block: where its first key begins and ends in `bytes`. */
  readonly keys: Uint32Array
  readonly lastKey: Buffer
}

export function parseIndex(bytes: Buffer, blockCount: number): RunIndex {
  const offsets = new Float64Array(blockCount + 1)
  const keys = new Uint32Array(blockCount * 2)
  let at = 0
  const unsigned = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  for (let i = 0; i < blockCount; i++) {
    offsets[i + 1] = (offsets[i] as number) + unsigned()
    const keyLength = unsigned()
    keys[i * 2] = at
    at += keyLength
    keys[i * 2 + 1] = at
  }
  return { bytes, offsets, keys, lastKey: bytes.subarray(at + 4, at + 4 + bytes.readInt32BE(at)) }
}

export function compressBlock(compression: BlockCompression, bytes: Buffer): Buffer {
  return compress(compression, bytes)
}

/** The block as it was before compression. */
export function decompressBlock(compression: BlockCompression, bytes: Buffer): Buffer {
  return compression === 'none' ? bytes : decompress(compression, bytes, 0, bytes.length, BLOCK_BYTES_MAX)
}
