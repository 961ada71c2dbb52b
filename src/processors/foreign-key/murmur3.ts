// MurmurHash3, 128 bits, x64 variant (Austin Appleby, public domain), in 32-bit halves: BigInt would cost ten times as much.
// Java's Streams hashes left values with it; the result is the two 64-bit words, big-endian.

const SEED = 104729

/** A 64-bit word in two halves, changed in place. */
interface Word {
  high: number
  low: number
}

const C1 = { high: 0x87c37b91, low: 0x114253d5 }
const C2 = { high: 0x4cf5ad43, low: 0x2745937f }

export function murmur3(bytes: Uint8Array): Buffer {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const h1: Word = { high: 0, low: SEED }
  const h2: Word = { high: 0, low: SEED }
  const k: Word = { high: 0, low: 0 }
  const blocks = view.length >>> 4
  for (let i = 0; i < blocks; i++) mixBlock(view, i * 16, h1, h2, k)
  mixTail(view, blocks * 16, h1, h2, k)
  return finish(view.length, h1, h2)
}

function mixBlock(view: Buffer, offset: number, h1: Word, h2: Word, k: Word): void {
  readWord(view, offset, k)
  mixKey(k, C1, 31, C2)
  xor(h1, k)
  rotateLeft(h1, 27)
  add(h1, h2)
  timesFivePlus(h1, 0x52dce729)
  readWord(view, offset + 8, k)
  mixKey(k, C2, 33, C1)
  xor(h2, k)
  rotateLeft(h2, 31)
  add(h2, h1)
  timesFivePlus(h2, 0x38495ab5)
}

/** The last 0 to 15 bytes: the second word first. */
function mixTail(view: Buffer, offset: number, h1: Word, h2: Word, k: Word): void {
  const rest = view.length - offset
  if (rest > 8) {
    readPart(view, offset + 8, rest - 8, k)
    mixKey(k, C2, 33, C1)
    xor(h2, k)
  }
  if (rest > 0) {
    readPart(view, offset, Math.min(8, rest), k)
    mixKey(k, C1, 31, C2)
    xor(h1, k)
  }
}

function finish(length: number, h1: Word, h2: Word): Buffer {
  h1.low ^= length
  h2.low ^= length
  add(h1, h2)
  add(h2, h1)
  finalMix(h1)
  finalMix(h2)
  add(h1, h2)
  add(h2, h1)
  const result = Buffer.allocUnsafe(16)
  result.writeInt32BE(h1.high | 0, 0)
  result.writeInt32BE(h1.low | 0, 4)
  result.writeInt32BE(h2.high | 0, 8)
  result.writeInt32BE(h2.low | 0, 12)
  return result
}

function mixKey(k: Word, first: Word, rotation: number, second: Word): void {
  multiply(k, first)
  rotateLeft(k, rotation)
  multiply(k, second)
}

function finalMix(h: Word): void {
  shiftXor33(h)
  multiply(h, { high: 0xff51afd7, low: 0xed558ccd })
  shiftXor33(h)
  multiply(h, { high: 0xc4ceb9fe, low: 0x1a85ec53 })
  shiftXor33(h)
}

/** h ^= h >>> 33: only the high half moves, by one. */
function shiftXor33(h: Word): void {
  h.low = (h.low ^ (h.high >>> 1)) | 0
}

function readWord(view: Buffer, offset: number, word: Word): void {
  word.low = view.readInt32LE(offset)
  word.high = view.readInt32LE(offset + 4)
}

function readPart(view: Buffer, offset: number, count: number, word: Word): void {
  word.low = 0
  word.high = 0
  for (let i = count - 1; i >= 0; i--) {
    const byte = view[offset + i] as number
    if (i >= 4) word.high |= byte << (8 * (i - 4))
    else word.low |= byte << (8 * i)
  }
}

function xor(a: Word, b: Word): void {
  a.high ^= b.high
  a.low ^= b.low
}

function add(a: Word, b: Word): void {
  const low = (a.low >>> 0) + (b.low >>> 0)
  a.high = (a.high + b.high + (low > 0xffffffff ? 1 : 0)) | 0
  a.low = low | 0
}

function rotateLeft(a: Word, by: number): void {
  const { high, low } = a
  if (by < 32) {
    a.high = (high << by) | (low >>> (32 - by))
    a.low = (low << by) | (high >>> (32 - by))
  } else {
    const more = by - 32
    a.high = (low << more) | (high >>> (32 - more))
    a.low = (high << more) | (low >>> (32 - more))
  }
}

/** The low 64 bits of the product, by 16-bit digits where a 32-bit product would lose bits. */
function multiply(a: Word, b: Word): void {
  const aLow = a.low >>> 0
  const bLow = b.low >>> 0
  const a0 = aLow & 0xffff
  const a1 = aLow >>> 16
  const b0 = bLow & 0xffff
  const b1 = bLow >>> 16
  const p00 = a0 * b0
  const middle = a1 * b0 + (p00 >>> 16)
  const middleLow = (middle % 0x10000) + a0 * b1
  const low = ((middleLow % 0x10000) * 0x10000 + (p00 & 0xffff)) | 0
  const carry = a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(middleLow / 0x10000)
  a.high = (Math.imul(a.high, bLow) + Math.imul(aLow, b.high) + carry) | 0
  a.low = low
}

/** h * 5 + constant. */
function timesFivePlus(h: Word, constant: number): void {
  multiply(h, { high: 0, low: 5 })
  add(h, { high: 0, low: constant })
}
