// The LZ4 frame format around blocks (Java refuses frames whose blocks depend on one another, which are what `lz4js` writes). Written: independent
// blocks of at most 64 KB, no checksums but the header's, as Java's producer does. Read: every legal frame, also several and skippable
// ones, with every checksum looked at. Blocks are decompressed here because the library's function trusts its input.
//
//   0  04 22 4d 18   magic (little-endian 0x184d2204)
//   4  FLG: version 01 << 6 | independent 0x20 | block checksum 0x10 | content size 0x08 | content checksum 0x04 | dictionary 0x01
//   5  BD: largest block: 4..7 << 4 for 64 KB, 256 KB, 1 MB, 4 MB
//   6  content size (8 bytes) and dictionary id (4) where there are any, then the second byte of the xxhash32 of all from FLG on
//      blocks: uint32 length (bit 31: not compressed), bytes, xxhash32 where there is one; a length of 0 ends them; xxhash32 of the content
import * as lz4 from 'lz4js'
import { TidemillError } from '../../base/index.ts'
import { xxhash32 } from './xxhash32.ts'

const MAGIC = 0x184d2204
const SKIPPABLE_MAGIC = 0x184d2a50
const FLAG = {
  independent: 0x20,
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  dictionary: 0x01,
} as const
const BLOCK_SIZE = 64 * 1024
const UNCOMPRESSED = 0x8000_0000

const hashTable = new Uint32Array(1 << 16)
const frameHeader = makeFrameHeader()

export function compressLz4(input: Buffer): Buffer {
  const blockCount = Math.ceil(input.length / BLOCK_SIZE)
  const output = Buffer.allocUnsafeSlow(frameHeader.length + input.length + blockCount * 4 + 4)
  let at = frameHeader.copy(output)
  const scratch = Buffer.allocUnsafe(lz4.compressBound(Math.min(input.length, BLOCK_SIZE)))
  for (let start = 0; start < input.length; start += BLOCK_SIZE) {
    const block = input.subarray(start, start + BLOCK_SIZE)
    hashTable.fill(0)
    const size = lz4.compressBlock(block, scratch, 0, block.length, hashTable)
    if (size > 0 && size < block.length) {
      at = output.writeUInt32LE(size, at)
      at += scratch.copy(output, at, 0, size)
    } else {
      at = output.writeUInt32LE((block.length | UNCOMPRESSED) >>> 0, at)
      at += block.copy(output, at)
    }
  }
  at = output.writeUInt32LE(0, at)
  return output.subarray(0, at)
}

export function decompressLz4(input: Buffer, sizeMax: number): Buffer {
  const output = new Output(sizeMax)
  let at = 0
  while (at < input.length) {
    const magic = uint32(input, at)
    if (magic >>> 4 === SKIPPABLE_MAGIC >>> 4) at = checkedEnd(input, at + 8, uint32(input, at + 4))
    else if (magic === MAGIC) at = readFrame(input, at + 4, output)
    else throw invalid(`no frame begins at position ${at}`)
  }
  return output.take()
}

function readFrame(input: Buffer, start: number, output: Output): number {
  const flags = uint8(input, start)
  const blockSizeCode = (uint8(input, start + 1) >>> 4) & 7
  if (flags >>> 6 !== 1 || blockSizeCode < 4)
    throw invalid(`the frame at position ${start - 4} has an unknown version or block size`)
  if (flags & FLAG.dictionary) throw invalid('the frame needs a dictionary')
  let at = start + 2 + (flags & FLAG.contentSize ? 8 : 0)
  if (uint8(input, at) !== ((xxhash32(input, start, at) >>> 8) & 0xff))
    throw invalid('the checksum of the header is wrong')
  at++
  const contentStart = output.size
  const blockSizeMax = 1 << (8 + 2 * blockSizeCode)
  for (;;) {
    const word = uint32(input, at)
    at += 4
    if (word === 0) break
    const blockStart = at
    const length = word & ~UNCOMPRESSED
    at = checkedEnd(input, at, length)
    output.reserve(word >= UNCOMPRESSED ? length : Math.min(blockSizeMax, length * 255))
    if (word >= UNCOMPRESSED) output.copy(input, blockStart, at)
    else {
      // A block may look back over the frame's earlier ones unless it is independent.
      const windowStart = flags & FLAG.independent ? output.size : contentStart
      output.size = decompressBlock(input, blockStart, at, output, windowStart)
    }
    if (flags & FLAG.blockChecksum) at = checkSum(input, at, xxhash32(input, blockStart, at), 'block')
  }
  const size = output.size - contentStart
  if (flags & FLAG.contentSize && Number(input.readBigUInt64LE(start + 2)) !== size)
    throw invalid(`the frame has ${size} bytes, but says another number`)
  if (flags & FLAG.contentChecksum)
    at = checkSum(input, at, xxhash32(output.buffer, contentStart, output.size), 'content')
  return at
}

/** Returns where the block ends in the output, which has room for the largest block. */
function decompressBlock(input: Buffer, start: number, end: number, output: Output, windowStart: number): number {
  const target = output.buffer
  let at = start
  let to = output.size
  while (at < end) {
    const token = input[at++] as number
    let literalCount = token >>> 4
    if (literalCount === 15) {
      let more = 255
      while (more === 255 && at < end) literalCount += more = input[at++] as number
    }
    if (literalCount > end - at || literalCount > target.length - to) throw invalid('a block is damaged (literals)')
    if (literalCount < 32) for (let left = literalCount; left > 0; left--) target[to++] = input[at++] as number
    else {
      input.copy(target, to, at, at + literalCount)
      to += literalCount
      at += literalCount
    }
    if (at === end) return to
    if (end - at < 2) break
    const distance = (input[at] as number) | ((input[at + 1] as number) << 8)
    at += 2
    let matchLength = token & 15
    if (matchLength === 15) {
      let more = 255
      while (more === 255 && at < end) matchLength += more = input[at++] as number
    }
    matchLength += 4
    if (distance === 0 || distance > to - windowStart || matchLength > target.length - to)
      throw invalid('a block is damaged (match)')
    if (distance < matchLength || matchLength < 32)
      for (let left = matchLength; left > 0; left--, to++) target[to] = target[to - distance] as number
    else {
      target.copyWithin(to, to - distance, to - distance + matchLength)
      to += matchLength
    }
  }
  throw invalid('a block is damaged (it does not end with literals)')
}

/** Bytes that come out, growing up to a limit. */
class Output {
  buffer: Buffer = Buffer.alloc(0)
  size = 0
  readonly #sizeMax: number

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax
  }

  /** Makes room for that many bytes more, as far as the limit allows; a block that needs more finds no room. */
  reserve(byteCount: number): void {
    const needed = Math.min(this.size + byteCount, this.#sizeMax)
    if (needed <= this.buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, this.buffer.length * 2), this.#sizeMax))
    this.buffer.copy(grown, 0, 0, this.size)
    this.buffer = grown
  }

  copy(source: Buffer, start: number, end: number): void {
    if (end - start > this.buffer.length - this.size) throw invalid(`there are more than ${this.#sizeMax} bytes in it`)
    this.size += source.copy(this.buffer, this.size, start, end)
  }

  take(): Buffer {
    return this.buffer.subarray(0, this.size)
  }
}

function makeFrameHeader(): Buffer {
  const header = Buffer.alloc(7)
  header.writeUInt32LE(MAGIC)
  header[4] = 0x40 | FLAG.independent
  header[5] = 4 << 4
  header[6] = (xxhash32(header, 4, 6) >>> 8) & 0xff
  return header
}

function checkSum(input: Buffer, at: number, actual: number, what: string): number {
  if (uint32(input, at) !== actual) throw invalid(`the checksum of the ${what} is wrong`)
  return at + 4
}

function checkedEnd(input: Buffer, at: number, length: number): number {
  if (length > input.length - at)
    throw invalid(`${length} bytes are stated at position ${at}, but ${input.length - at} are left`)
  return at + length
}

function uint8(input: Buffer, at: number): number {
  return input[checkedEnd(input, at, 1) - 1] as number
}

function uint32(input: Buffer, at: number): number {
  return input.readUInt32LE(checkedEnd(input, at, 4) - 4)
}

function invalid(what: string): TidemillError {
  return new TidemillError('invalid-wire-data', `the lz4 data is not valid: ${what}`)
}
