// A Bloom filter in blocks of 64 bytes, one block a key: a look-up touches one line of memory. About 10 bits a key and 6 probes
// let 1 in 80 absent keys through.

const BITS_PER_KEY = 10
const PROBES = 6
const BLOCK_WORDS = 16
/** Blocks come in multiples of this, so that a filter with few keys can be halved as often. */
const BLOCKS_MULTIPLE = 16
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** The words of an empty filter for so many keys. */
export function bloomFor(keyCount: number): Int32Array {
  const blocks = Math.max(1, Math.ceil((keyCount * BITS_PER_KEY) / (BLOCK_WORDS * 32)))
  const rounded = blocks <= BLOCKS_MULTIPLE ? blocks : Math.ceil(blocks / BLOCKS_MULTIPLE) * BLOCKS_MULTIPLE
  return new Int32Array(rounded * BLOCK_WORDS)
}

/** The filter, smaller where it was made for many more keys than came: two neighbouring blocks become one. */
export function bloomFitted(words: Int32Array, keyCount: number): Int32Array {
  const bitsMin = Math.max(1, keyCount) * BITS_PER_KEY
  let fitted = words
  while ((fitted.length / BLOCK_WORDS) % 2 === 0 && fitted.length * 16 >= bitsMin) {
    const half = new Int32Array(fitted.length / 2)
    for (let i = 0; i < fitted.length; i++) {
      const word = (Math.floor(i / BLOCK_WORDS) >> 1) * BLOCK_WORDS + (i % BLOCK_WORDS)
      half[word] = (half[word] as number) | (fitted[i] as number)
    }
    fitted = half
  }
  return fitted
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

/** The words as the file has them, little-endian; the memory may be the same. */
export function bloomBytes(words: Int32Array): Buffer {
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength)
  return IS_LITTLE_ENDIAN ? bytes : Buffer.from(bytes).swap32()
}

/** Of bytes that nobody else has. */
export function bloomOf(bytes: Buffer): Int32Array {
  if (!IS_LITTLE_ENDIAN) bytes.swap32()
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
}

function blockOf(words: Int32Array, hash: number): number {
  const blocks = words.length / BLOCK_WORDS
  return Math.floor(((hash >>> 0) / 0x1_0000_0000) * blocks) * BLOCK_WORDS
}

function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
}
