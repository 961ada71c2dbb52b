// An entry as it lies in logs and in blocks alike, so that it is copied from one to the other as it is. Layout: FORMAT.md.
// And how short ranges of bytes are copied: a loop beats the call into the runtime for what is as long as most keys.

/** Up to this length a loop is faster. */
const LOOP_LENGTH_MAX = 40
/** Two lengths of an entry take up no more. */
export const LENGTHS_BYTES_MAX = 10

export function copyRange(source: Buffer, start: number, end: number, target: Buffer, at: number): void {
  if (end - start > LOOP_LENGTH_MAX) source.copy(target, at, start, end)
  else for (let from = start, to = at; from < end; from++, to++) target[to] = source[from] as number
}

/** Writes the two lengths; returns where the key goes. A value length of -1 is a deletion. */
export function writeLengths(target: Buffer, at: number, keyLength: number, valueLength: number): number {
  return writeUnsigned(target, writeUnsigned(target, at, keyLength), valueLength + 1)
}

/** Returns the position after it. */
export function writeUnsigned(target: Buffer, at: number, value: number): number {
  let rest = value
  let position = at
  while (rest > 0x7f) {
    target[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[position] = rest
  return position + 1
}

export function unsignedBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5
}

/** Reads entries of one buffer; the fields are those of the entry loaded last. */
export class EntryReader {
  buffer: Buffer
  /** Where its lengths begin. */
  start = 0
  keyStart = 0
  keyEnd = 0
  valueStart = 0
  /** -1: a deletion. */
  valueEnd = 0
  /** Where the next entry begins. */
  end = 0

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  load(start: number): void {
    const { buffer } = this
    let at = start
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
    this.start = start
    this.keyStart = at
    this.keyEnd = this.valueStart = at + keyLength
    if (valueLength === 0) {
      this.valueEnd = -1
      this.end = at + keyLength
    } else this.valueEnd = this.end = at + keyLength + valueLength - 1
  }
}
