// MurmurHash3, 128 bits, x64 variant, with the seed that Kafka Streams uses for foreign-key joins. 64-bit numbers are pairs of 32-bit
// halves in module variables (`high`, `low`: the result of the last operation), which is ten times as fast as BigInt.

const SEED = 104_729
// The algorithm's constants, in halves.
const C1_HIGH = 0x87c37b91
const C1_LOW = 0x114253d5
const C2_HIGH = 0x4cf5ad43
const C2_LOW = 0x2745937f

let high = 0
let low = 0

/** The hash of a range in 16 bytes, each half big-endian. Java: Murmur3.hash128 of org.apache.kafka.streams. */
export function murmur3(bytes: Uint8Array, start = 0, end: number = bytes.length): Buffer {
  const length = end - start
  let h1High = 0
  let h1Low = SEED
  let h2High = 0
  let h2Low = SEED
  let at = start
  for (const last = start + (length & ~15); at < last; at += 16) {
    mixFirst(int32(bytes, at + 4), int32(bytes, at))
    xorRotate(h1High, h1Low, 27)
    add(h2High, h2Low)
    timesFivePlus(0x52dce729)
    h1High = high
    h1Low = low
    mixSecond(int32(bytes, at + 12), int32(bytes, at + 8))
    xorRotate(h2High, h2Low, 31)
    add(h1High, h1Low)
    timesFivePlus(0x38495ab5)
    h2High = high
    h2Low = low
  }
  if (end - at > 8) {
    mixSecond(partial(bytes, at + 12, end), partial(bytes, at + 8, end))
    h2High ^= high
    h2Low ^= low
  }
  if (end > at) {
    mixFirst(partial(bytes, at + 4, end), partial(bytes, at, end))
    h1High ^= high
    h1Low ^= low
  }
  return finish(h1High, h1Low ^ length, h2High, h2Low ^ length)
}

function finish(h1High: number, h1Low: number, h2High: number, h2Low: number): Buffer {
  high = h1High
  low = h1Low
  add(h2High, h2Low)
  let firstHigh = high
  let firstLow = low
  add(h2High, h2Low)
  const secondHigh = high
  const secondLow = low
  avalanche(firstHigh, firstLow)
  firstHigh = high
  firstLow = low
  avalanche(secondHigh, secondLow)
  const tailHigh = high
  const tailLow = low
  add(firstHigh, firstLow)
  const result = Buffer.allocUnsafe(16)
  const sumHigh = high
  const sumLow = low
  add(tailHigh, tailLow)
  result.writeInt32BE(sumHigh | 0, 0)
  result.writeInt32BE(sumLow | 0, 4)
  result.writeInt32BE(high | 0, 8)
  result.writeInt32BE(low | 0, 12)
  return result
}

/** k * C1, rotated left by 31, * C2. */
function mixFirst(kHigh: number, kLow: number): void {
  high = kHigh
  low = kLow
  multiply(C1_HIGH, C1_LOW)
  rotate(31)
  multiply(C2_HIGH, C2_LOW)
}

/** k * C2, rotated left by 33, * C1. */
function mixSecond(kHigh: number, kLow: number): void {
  high = kHigh
  low = kLow
  multiply(C2_HIGH, C2_LOW)
  rotate(33)
  multiply(C1_HIGH, C1_LOW)
}

function avalanche(kHigh: number, kLow: number): void {
  // Shifting right by 33 leaves the high half shifted by 1 as the low one.
  high = kHigh
  low = kLow ^ (kHigh >>> 1)
  multiply(0xff51afd7, 0xed558ccd)
  low ^= high >>> 1
  multiply(0xc4ceb9fe, 0x1a85ec53)
  low ^= high >>> 1
}

function xorRotate(otherHigh: number, otherLow: number, bits: number): void {
  high ^= otherHigh
  low ^= otherLow
  rotate(bits)
}

function rotate(bits: number): void {
  if (bits >= 32) {
    const swap = high
    high = low
    low = swap
    bits -= 32
  }
  if (bits === 0) return
  const newHigh = (high << bits) | (low >>> (32 - bits))
  low = (low << bits) | (high >>> (32 - bits))
  high = newHigh
}

function add(otherHigh: number, otherLow: number): void {
  const sum = (low >>> 0) + (otherLow >>> 0)
  high = (high + otherHigh + (sum > 0xffff_ffff ? 1 : 0)) | 0
  low = sum | 0
}

function timesFivePlus(addend: number): void {
  multiply(0, 5)
  add(0, addend)
}

/** The low 64 bits of the product, by 16-bit limbs of the low halves. */
function multiply(otherHigh: number, otherLow: number): void {
  const a0 = low & 0xffff
  const a1 = low >>> 16
  const b0 = otherLow & 0xffff
  const b1 = otherLow >>> 16
  const p00 = a0 * b0
  const p01 = a0 * b1
  const middle = a1 * b0 + (p00 >>> 16) + (p01 & 0xffff)
  // Below 2^53: the sum of products of 16 bits.
  const carry = a1 * b1 + Math.floor(middle / 0x1_0000) + (p01 >>> 16)
  high = (Math.imul(high, otherLow) + Math.imul(low, otherHigh) + carry) | 0
  low = Math.imul(low, otherLow)
}

function int32(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}

/** Up to four bytes, little-endian; those from `end` on are 0. */
function partial(bytes: Uint8Array, at: number, end: number): number {
  let result = 0
  for (let i = Math.min(at + 4, end) - 1; i >= at; i--) result = (result << 8) | (bytes[i] as number)
  return result
}
