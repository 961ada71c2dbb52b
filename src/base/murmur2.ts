// Kafka's murmur2 (seed 0x9747b28c): the hash that chooses the partition of a key.

const M = 0x5bd1e995
const SEED = 0x9747b28c

/** The 32-bit hash of a range, as a signed integer. */
export function murmur2(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const length = end - start
  let h = SEED ^ length
  let at = start
  for (const last = start + (length & ~3); at < last; at += 4) {
    let k =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    k = Math.imul(k, M)
    k ^= k >>> 24
    h = Math.imul(h, M) ^ Math.imul(k, M)
  }
  const rest = length & 3
  if (rest === 3) h ^= (bytes[at + 2] as number) << 16
  if (rest >= 2) h ^= (bytes[at + 1] as number) << 8
  if (rest >= 1) h = Math.imul(h ^ (bytes[at] as number), M)
  h ^= h >>> 13
  h = Math.imul(h, M)
  return h ^ (h >>> 15)
}

/** The partition that Kafka's default partitioner gives a key. */
export function partitionForKey(partitions: number, bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  return (murmur2(bytes, start, end) & 0x7fffffff) % partitions
}
