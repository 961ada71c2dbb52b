// The door to randomness: a small seeded generator (xorshift128+ in 32-bit halves is not needed; sfc32 passes PractRand).
import { randomBytes } from 'node:crypto'

export interface Prng {
  /** A float in [0, 1). */
  next(): number
  /** An integer in [0, below). */
  integer(below: number): number
  bytes(count: number): Buffer
  /** A version 4 UUID in its text form. */
  uuid(): string
}

export function seededPrng(seed: number): Prng {
  let a = seed | 0
  let b = (seed / 0x1_0000_0000) | 0
  let c = 0x9e3779b9 | 0
  let counter = 1
  const uint32 = (): number => {
    const t = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + t
    return t >>> 0
  }
  for (let i = 0; i < 15; i++) uint32()
  return prngFrom(uint32)
}

/** Seeded from the operating system: for ids that must not repeat between processes. */
export function systemPrng(): Prng {
  return prngFrom(() => randomBytes(4).readUInt32BE(0))
}

function prngFrom(uint32: () => number): Prng {
  const next = (): number => uint32() / 0x1_0000_0000
  const bytes = (count: number): Buffer => {
    const result = Buffer.allocUnsafe(count)
    for (let i = 0; i < count; i++) result[i] = uint32() >>> 24
    return result
  }
  return { next, integer: (below) => Math.floor(next() * below), bytes, uuid: () => formatUuid4(bytes(16)) }
}

function formatUuid4(bytes: Buffer): string {
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
