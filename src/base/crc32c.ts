// CRC-32C (Castagnoli), the checksum of record batches and of our own files. The native function where it can be loaded, else tables
// (slicing by 8): the same numbers, a fifth of the speed. Short inputs go through the tables anyway: a native call costs more.
import { createRequire } from 'node:module'

type NativeCrc32c = (bytes: Uint8Array, initial?: number) => number

/** Below this many bytes the tables are faster than the native call. */
const NATIVE_BYTES_MIN = 192

const native = loadNative()
const tables = makeTables()

/** The checksum of `bytes[start, end)`, continuing from `initial` (the checksum of what came before). */
export function crc32c(bytes: Buffer, start = 0, end: number = bytes.length, initial = 0): number {
  if (native === undefined || end - start < NATIVE_BYTES_MIN) return crc32cByTables(bytes, start, end, initial)
  return native(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), initial)
}

/** @internal For where the native module cannot be loaded, and for tests. */
export function crc32cByTables(bytes: Uint8Array, start: number, end: number, initial = 0): number {
  let crc = ~initial
  let at = start
  const t = tables
  for (const blocksEnd = start + ((end - start) & ~7); at < blocksEnd; at += 8) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    crc =
      (t[0x700 + (crc & 0xff)] as number) ^
      (t[0x600 + ((crc >>> 8) & 0xff)] as number) ^
      (t[0x500 + ((crc >>> 16) & 0xff)] as number) ^
      (t[0x400 + (crc >>> 24)] as number) ^
      (t[0x300 + (bytes[at + 4] as number)] as number) ^
      (t[0x200 + (bytes[at + 5] as number)] as number) ^
      (t[0x100 + (bytes[at + 6] as number)] as number) ^
      (t[bytes[at + 7] as number] as number)
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (t[(crc ^ (bytes[at] as number)) & 0xff] as number)
  return ~crc >>> 0
}

/** Eight tables of 256, one after another: table k advances a byte over k more bytes of zero. */
function makeTables(): Uint32Array {
  const result = new Uint32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
    result[byte] = crc
  }
  for (let i = 256; i < result.length; i++) {
    const previous = result[i - 256] as number
    result[i] = (previous >>> 8) ^ (result[previous & 0xff] as number)
  }
  return result
}

function loadNative(): NativeCrc32c | undefined {
  try {
    return (createRequire(import.meta.url)('@node-rs/crc32') as { readonly crc32c: NativeCrc32c }).crc32c
  } catch {
    return undefined
  }
}
