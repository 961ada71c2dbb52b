// Snappy as Java's clients write it: the framing of snappy-java (a 16-byte header, then blocks with their length in front). Others
// (librdkafka) write one plain block: both are read.
//
//   0   82 53 4e 41 50 50 59 00   magic
//   8   int32 version 1, int32 lowest compatible version 1
//   16  int32 length, a snappy block of at most 32 KB decompressed; and so on. Where the length is the magic's first half, another
//       stream begins (streams may be put one behind the other)
import * as snappy from 'snappyjs'
import { TidemillError } from '../../base/index.ts'

const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const MAGIC_FIRST_HALF = MAGIC.readInt32BE(0)
const HEADER = Buffer.concat([MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const BLOCK_SIZE = 32 * 1024
/** The format cannot give more than 64 bytes for 3: a block that claims more is lying, and gets no memory. */
const EXPANSION_MAX = 22

export function compressSnappy(input: Buffer): Buffer {
  const parts: Buffer[] = [HEADER]
  for (let at = 0; at < input.length; at += BLOCK_SIZE) {
    const block = snappy.compress(input.subarray(at, at + BLOCK_SIZE))
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

export function decompressSnappy(input: Buffer, sizeMax: number): Buffer {
  if (!startsWithMagic(input)) return block(input, sizeMax)
  const parts: Buffer[] = []
  let size = 0
  let at = HEADER.length
  while (at < input.length) {
    if (input.length - at < 4) throw invalid(`end in the middle of a block's length at position ${at}`)
    const length = input.readInt32BE(at)
    if (length === MAGIC_FIRST_HALF) {
      at += HEADER.length
      continue
    }
    at += 4
    if (length < 0 || length > input.length - at) throw invalid(`have a block of ${length} bytes at position ${at}`)
    const part = block(input.subarray(at, at + length), sizeMax - size)
    parts.push(part)
    size += part.length
    at += length
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, size)
}

function startsWithMagic(input: Buffer): boolean {
  return input.length >= HEADER.length && input.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) === 0
}

function block(input: Buffer, sizeMax: number): Buffer {
  try {
    return snappy.uncompress(input, Math.min(sizeMax, input.length * EXPANSION_MAX))
  } catch (cause) {
    throw invalid(`are not valid, or decompress to more than ${sizeMax} bytes`, cause)
  }
}

function invalid(what: string, cause?: unknown): TidemillError {
  return new TidemillError('invalid-wire-data', `the snappy data ${what}`, { cause })
}
