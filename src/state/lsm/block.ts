// A data block: sorted entries, then where each begins, so that a key is found by halves. Layout: FORMAT.md.
import { crc32c } from '../../base/index.ts'
import { compareRanges } from '../byte-table.ts'

/** Count and checksum behind the offsets. */
export const BLOCK_TRAILER_BYTES = 6

/** Reads one block at a time; the fields are those of the entry loaded last. */
export class BlockReader {
  buffer: Buffer = Buffer.alloc(0)
  keyStart = 0
  keyEnd = 0
  valueStart = 0
  /** -1: a deletion. */
  valueEnd = 0
  count = 0
  #offsets = 0

  open(block: Buffer): void {
    this.buffer = block
    this.count = block.readUInt16LE(block.length - BLOCK_TRAILER_BYTES)
    this.#offsets = block.length - BLOCK_TRAILER_BYTES - this.count * 2
  }

  load(index: number): void {
    const { buffer } = this
    const offset = this.#offsets + index * 2
    let at = (buffer[offset] as number) | ((buffer[offset + 1] as number) << 8)
    let keyLength = buffer[at++] as number
    if (keyLength > 0x7f) {
      keyLength &= 0x7f
      for (let shift = 7; ; shift += 7) {
        const byte = buffer[at++] as number
        keyLength |= (byte & 0x7f) << shift
        if (byte < 0x80) break
      }
    }
    let valueLength = buffer[at++] as number
    if (valueLength > 0x7f) {
      valueLength &= 0x7f
      for (let shift = 7; ; shift += 7) {
        const byte = buffer[at++] as number
        valueLength |= (byte & 0x7f) << shift
        if (byte < 0x80) break
      }
    }
    this.keyStart = at
    this.keyEnd = this.valueStart = at + keyLength
    this.valueEnd = valueLength === 0 ? -1 : at + keyLength + valueLength - 1
  }

  /** The first entry at or after the key; `count` where there is none. */
  lowerBound(key: Uint8Array, start: number, end: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      this.load(middle)
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
      this.load(middle)
      const order = compareRanges(this.buffer, this.keyStart, this.keyEnd, key, start, end)
      if (order === 0) return true
      if (order < 0) low = middle + 1
      else high = middle - 1
    }
    return false
  }
}

/** Whether the block is what was written. */
export function isBlockIntact(block: Buffer): boolean {
  if (block.length < BLOCK_TRAILER_BYTES) return false
  const end = block.length - 4
  return crc32c(block, 0, end) === block.readUInt32LE(end)
}
