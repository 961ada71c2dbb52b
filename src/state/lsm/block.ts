// A data block: sorted entries, then where each begins, so that a key is found by halves. Layout: FORMAT.md.
import { EMPTY_BYTES, crc32c } from '../../base/index.ts'
import { compareRanges } from '../byte-order.ts'
import { EntryReader } from './entry-format.ts'

/** Of a block in memory: the number of entries behind their offsets. */
const COUNT_BYTES = 2
export const CRC_BYTES = 4

/** Reads one block at a time; the fields are those of the entry loaded last. */
export class BlockReader extends EntryReader {
  count = 0
  #offsets = 0

  constructor() {
    super(EMPTY_BYTES)
  }

  open(block: Buffer): void {
    const end = block.length - COUNT_BYTES
    this.buffer = block
    this.count = (block[end] as number) | ((block[end + 1] as number) << 8)
    this.#offsets = end - this.count * 2
  }

  loadAt(index: number): void {
    const { buffer } = this
    const offset = this.#offsets + index * 2
    this.load((buffer[offset] as number) | ((buffer[offset + 1] as number) << 8))
  }

  /** The first entry at or after the key; `count` where there is none. */
  lowerBound(key: Uint8Array, start: number, end: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      this.loadAt(middle)
      if (compareRanges(this.buffer, this.keyStart, this.keyEnd, key, start, end) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Whether the key is there; then it is loaded. */
  find(key: Uint8Array, start: number, end: number): boolean {
    let low = 0
    let high = this.count - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      this.loadAt(middle)
      const order = compareRanges(this.buffer, this.keyStart, this.keyEnd, key, start, end)
      if (order === 0) return true
      if (order < 0) low = middle + 1
      else high = middle - 1
    }
    return false
  }
}

/** Whether the block in the file is what was written; its checksum is its end. */
export function isBlockIntact(stored: Buffer): boolean {
  const end = stored.length - CRC_BYTES
  return end >= COUNT_BYTES && crc32c(stored, 0, end) === stored.readUInt32LE(end)
}
