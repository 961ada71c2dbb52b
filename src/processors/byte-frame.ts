// Small steps of reading and writing bytes that the messages between operators share.

/** Bytes of a varint as Kafka writes signed numbers (zig-zag). */
export function encodeVarint(value: number): Buffer {
  const bytes: number[] = []
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}

/** The number and where it ends; undefined where the bytes end before it does. */
export function decodeVarint(
  bytes: Uint8Array,
  offset: number,
): { readonly value: number; readonly end: number } | undefined {
  let raw = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[offset + i]
    if (byte === undefined) return undefined
    raw |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) return { value: (raw >>> 1) ^ -(raw & 1), end: offset + i + 1 }
  }
  return undefined
}
