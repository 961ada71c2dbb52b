// Small facts about byte strings. Keys are ordered as unsigned bytes, a prefix before what it begins.

export const EMPTY_BYTES: Buffer = Buffer.alloc(0)

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b)
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

/** A Buffer over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The smallest byte string greater than all that begin with the prefix; undefined where there is none. */
export function afterPrefix(prefix: Uint8Array): Buffer | undefined {
  let end = prefix.length
  while (end > 0 && prefix[end - 1] === 0xff) end--
  if (end === 0) return undefined
  const result = Buffer.from(prefix.subarray(0, end))
  result[end - 1] = (result[end - 1] as number) + 1
  return result
}
