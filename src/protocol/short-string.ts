// Strings of requests are topic names, group and member ids: short, ASCII, and the same ones again and again. A direct-mapped table by
// a hash of the bytes gives back the string made last time, already flat and hashed for Maps (35-90 ns, a new one costs 300).

const SLOT_COUNT = 1 << 11
const LENGTH_MAX = 48
const slots: (string | undefined)[] = Array.from({ length: SLOT_COUNT }, () => undefined)

/** Decodes UTF-8. */
export function shortString(buffer: Buffer, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > LENGTH_MAX) return buffer.toString('utf8', start, end)
  let hash = length
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (buffer[i] as number)) | 0
  const slot = (hash ^ (hash >>> 15)) & (SLOT_COUNT - 1)
  const candidate = slots[slot]
  if (candidate !== undefined && isSame(candidate, buffer, start, length)) return candidate
  const text = buffer.toString('utf8', start, end)
  if (text.length === length) slots[slot] = text
  return text
}

/** Whether the text is ASCII and these are its bytes (a char above 127 never equals its first byte of UTF-8 at equal lengths). */
function isSame(text: string, buffer: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== buffer[start + i]) return false
  return true
}
