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
  return asSliced(buffer).utf8Slice(start, end)
}

/** What Node's own toString calls, without its checks (20 to 30 ns): ranges here are inside their buffer. */
interface Sliced {
  utf8Slice(start: number, end: number): string
  latin1Slice(start: number, end: number): string
}

function asSliced(buffer: Buffer): Sliced {
  // Every Buffer has them; only the types do not say so.
  return buffer as Buffer & Sliced
}

const INTERNED_LENGTH_MAX = 40
const WAYS = 4
const SLOTS_MIN = 1 << 10
/** 4 MiB of table and at most some 20 MiB of strings, for more than a hundred thousand keys in use at a time. */
const SLOTS_MAX = 1 << 18

// Sets of four slots, by hash; a slot is a hash and its string, so that a set is one line of memory. A string keeps its slot
// as long as it is known. Doubled when half full: a string that was displaced is another object the next time.
let table = emptyTable(SLOTS_MIN)
let filledCount = 0
let nextVictim = 0

/**
 * The string that was interned last and its slot: who looks up what was just decoded finds it by the slot, without the way to
 * the text's own hash.
 *
 * @internal
 */
export let internedText = ''

/** @internal */
export let internedSlot = 0

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
  if (bits > 0x7f) return asSliced(buffer).utf8Slice(start, end)
  hash ^= hash >>> 15
  const set = hash & ((table.length >> 1) - 1) & ~(WAYS - 1)
  for (let slot = set; slot < set + WAYS; slot++) {
    if (table[slot * 2] !== hash) continue
    const known = table[slot * 2 + 1] as string
    if (!sameText(known, buffer, start, end)) continue
    internedText = known
    internedSlot = slot
    return known
  }
  return internNew(asSliced(buffer).latin1Slice(start, end), hash)
}

function internNew(text: string, hash: number): string {
  if (filledCount * 2 >= table.length >> 1 && table.length >> 1 < SLOTS_MAX) growTable()
  internedSlot = place(text, hash)
  internedText = text
  return text
}

/** Into a free slot of its set, or in the place of another. */
function place(text: string, hash: number): number {
  const set = hash & ((table.length >> 1) - 1) & ~(WAYS - 1)
  let slot = set
  while (slot < set + WAYS && table[slot * 2 + 1] !== '') slot++
  if (slot === set + WAYS) slot = set + (nextVictim++ & (WAYS - 1))
  else filledCount++
  table[slot * 2] = hash
  table[slot * 2 + 1] = text
  return slot
}

function emptyTable(slotCount: number): (number | string)[] {
  const empty: (number | string)[] = []
  for (let i = 0; i < slotCount; i++) empty.push(0, '')
  return empty
}

function growTable(): void {
  const old = table
  table = emptyTable(old.length)
  filledCount = 0
  for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== '') place(old[i + 1] as string, old[i] as number)
}

function sameText(text: string, buffer: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let i = start, j = 0; i < end; i++, j++) {
    if (text.charCodeAt(j) !== buffer[i]) return false
  }
  return true
}
