// What is measured of a store on disk, whoever made it: 16-byte keys in no order, 100-byte values, by number.

export const KEY_BYTES = 16
export const VALUE_BYTES = 100
export const ROW_BYTES: number = KEY_BYTES + VALUE_BYTES

export interface BenchEngine {
  readonly name: string
  /** Many new rows, as in a restore. */
  load(numbers: readonly number[]): Promise<void>
  /** Waits until what was loaded is durable. */
  finishLoad(): Promise<void>
  /** One atomic commit of updates, sorted by key. */
  commit(numbers: readonly number[]): void | Promise<void>
  /** Called between commits, as an application's loop does. */
  breathe(): void | Promise<void>
  /** Whether the row is there. */
  get(number: number): boolean
  /** Walks rows from a key on; returns how many there were. */
  scan(from: number, count: number): number | Promise<number>
  /** Makes the files as small as they get. */
  compact(): void | Promise<void>
  close(): Promise<void>
}

/** 16 bytes that look random, from a number. */
export function writeKey(target: Buffer, at: number, number: number): void {
  let hash = Math.imul(number ^ 0x9e3779b9, 0x85ebca6b)
  for (let i = 0; i < KEY_BYTES; i += 4) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + number
    target.writeInt32LE(hash | 0, at + i)
  }
}

export function keyOf(number: number): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES)
  writeKey(key, 0, number)
  return key
}

export const VALUE: Buffer = Buffer.alloc(VALUE_BYTES, 0x61)
