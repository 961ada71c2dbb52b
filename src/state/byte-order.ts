// Keys as bytes: their hash and their order.

/** So many bytes are compared by a loop before the runtime is called for the rest: most keys differ by then. */
const LOOP_COMPARE_MAX = 64

export function hashRange(buffer: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (buffer[i] as number), 0x01000193)
  return mixed(hash ^ (hash >>> 15))
}

/** From the hash that keys are foreseen by. */
export function mixed(hash: number): number {
  const product = Math.imul(hash, 0x2c1b3c6d)
  return product ^ (product >>> 13)
}

/** Unsigned bytewise order, a prefix first. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  return compareRanges(a, 0, a.length, b, 0, b.length)
}

export function compareRanges(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart)
  const looped = Math.min(length, LOOP_COMPARE_MAX)
  for (let i = 0; i < looped; i++) {
    const difference = (a[aStart + i] as number) - (b[bStart + i] as number)
    if (difference !== 0) return difference
  }
  if (looped < length) return Buffer.compare(a.subarray(aStart + looped, aEnd), b.subarray(bStart + looped, bEnd))
  return aEnd - aStart - (bEnd - bStart)
}
