// Which segment of time a key is of: its first bytes tell. Keys whose first bit is set are all of one segment, the last one.

/** Of all keys where a store has no segments. */
const NO_SEGMENT: Buffer = Buffer.alloc(0)
const LAST_SEGMENT: Buffer = Buffer.of(0x80)

/** Segments are in the order of their bytes. */
export function segmentOf(key: Uint8Array, start: number, end: number, segmentBytes: number): Buffer {
  if (segmentBytes === 0) return NO_SEGMENT
  if (end > start && (key[start] as number) >= 0x80) return LAST_SEGMENT
  return Buffer.from(key.subarray(start, Math.min(end, start + segmentBytes)))
}

/** Whether the key is of the segment. */
export function isInSegment(
  segment: Uint8Array,
  key: Uint8Array,
  start: number,
  end: number,
  segmentBytes: number,
): boolean {
  if (segmentBytes === 0) return true
  if (end > start && (key[start] as number) >= 0x80) return (segment[0] as number) >= 0x80
  const length = Math.min(segmentBytes, end - start)
  if (segment.length !== length) return false
  // The last byte differs first: segments count upwards.
  for (let i = length - 1; i >= 0; i--) if (segment[i] !== key[start + i]) return false
  return true
}
