// UTF-8 text. Short ASCII keys are interned where they are read: a stream repeats its keys, and a string that has been
// seen before is found in a table by a hash of its bytes at a third of what a new one and its own hash cost.
import { asBuffer } from '../base/index.ts'
import { encodeError, show } from './serde-error.ts'
import { type FastSerde, type Serde, type SerdeContext, markPrimitive } from './serde.ts'

const fast: FastSerde<string> = markPrimitive({
  encode(value, context) {
    check(value, context)
    return Buffer.from(value, 'utf8')
  },
  decode(data, context) {
    const buffer = asBuffer(data)
    return decodeText(buffer, 0, buffer.length, context)
  },
  decodeRange: decodeText,
  encodeInto(value, writer, context) {
    check(value, context)
    writer.utf8(value)
  },
})

/**
 * Reads and writes UTF-8 text. Java: Serdes.String.
 *
 * @example
 * const lines = topic('lines', { value: serdes.string })
 */
export const string: Serde<string> = fast

function check(value: unknown, context: SerdeContext): void {
  if (typeof value !== 'string') {
    throw encodeError(context, 'string', `it is ${show(value)}; give it a serde of its own type`)
  }
}

function decodeText(buffer: Buffer, start: number, end: number, context: SerdeContext): string {
  if (context.isKey && end - start <= INTERNED_LENGTH_MAX) return intern(buffer, start, end)
  return buffer.toString('utf8', start, end)
}

const INTERNED_LENGTH_MAX = 40
const SLOTS_MIN = 1 << 10
/** 2 MiB of table and at most some 20 MiB of strings, for more than a hundred thousand keys in use at a time. */
const SLOTS_MAX = 1 << 18

// Sets of two slots, by hash; the one used last stands first. Doubled when as many strings were displaced as it has slots.
let slots: string[] = Array.from<string>({ length: SLOTS_MIN }).fill('')
let hashes = new Int32Array(SLOTS_MIN)
let displacedCount = 0

/**
 * The same string object for the same bytes, mostly.
 *
 * @internal
 */
export function intern(buffer: Buffer, start: number, end: number): string {
  let hash = 0x811c9dc5 | 0
  let bits = 0
  for (let i = start; i < end; i++) {
    const byte = buffer[i] as number
    bits |= byte
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  if (bits > 0x7f) return buffer.toString('utf8', start, end)
  hash ^= hash >>> 15
  const at = hash & (slots.length - 1) & ~1
  if (hashes[at] === hash) {
    const known = slots[at] as string
    if (sameText(known, buffer, start, end)) return known
  }
  return internSecond(buffer, start, end, hash, at)
}

function internSecond(buffer: Buffer, start: number, end: number, hash: number, at: number): string {
  const first = slots[at] as string
  const second = slots[at + 1] as string
  const found = hashes[at + 1] === hash && sameText(second, buffer, start, end)
  const text = found ? second : buffer.toString('latin1', start, end)
  slots[at + 1] = first
  hashes[at + 1] = hashes[at] as number
  slots[at] = text
  hashes[at] = hash
  if (!found && second !== '' && ++displacedCount > slots.length) growTable()
  return text
}

function sameText(text: string, buffer: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let i = start, j = 0; i < end; i++, j++) {
    if (text.charCodeAt(j) !== buffer[i]) return false
  }
  return true
}

function growTable(): void {
  displacedCount = 0
  if (slots.length >= SLOTS_MAX) return
  const length = slots.length * 2
  slots = Array.from<string>({ length }).fill('')
  hashes = new Int32Array(length)
}
