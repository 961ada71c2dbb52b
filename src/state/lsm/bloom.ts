// A Bloom filter in blocks of 64 bytes, one block a key: a look-up touches one line of memory. About 10 bits a key and 6 probes
// let 1 in 80 absent keys through.

const BITS_PER_KEY = 10
const PROBES = 6
const BLOCK_WORDS = 16

/** The words of an empty filter for so many keys. */
export function bloomFor(keyCount: number): Int32Array {
  const blocks = Math.max(1, Math.ceil((keyCount * BITS_PER_KEY) / (BLOCK_WORDS * 32)))
  return new Int32Array(blocks * BLOCK_WORDS)
}

export function bloomAdd(words: Int32Array, hash: number): void {
  const block = blockOf(words, hash)
  let mixed = mix(hash)
  for (let i = 0; i < PROBES; i++) {
    const bit = mixed >>> 23
    words[block + (bit >>> 5)] = (words[block + (bit >>> 5)] as number) | (1 << (bit & 31))
    mixed = Math.imul(mixed, 0x9e3779b1) + 0x7f4a7c15
  }
}

/** False: the key is not there. */
export function bloomHas(words: Int32Array, hash: number): boolean {
  const block = blockOf(words, hash)
  let mixed = mix(hash)
  for (let i = 0; i < PROBES; i++) {
    const bit = mixed >>> 23
    if (((words[block + (bit >>> 5)] as number) & (1 << (bit & 31))) === 0) return false
    mixed = Math.imul(mixed, 0x9e3779b1) + 0x7f4a7c15
  }
  return true
}

function blockOf(words: Int32Array, hash: number): number {
  const blocks = words.length / BLOCK_WORDS
  return Math.floor(((hash >>> 0) / 0x1_0000_0000) * blocks) * BLOCK_WORDS
}

function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
}
