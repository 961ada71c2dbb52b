// Interned text: the same string object for the same short ASCII bytes, mostly. A stream repeats its keys, and a string that has
// been seen before is found in a table by a hash of its bytes at a third of what a new one and its own hash cost.
//
// Sets of four slots, by hash: the hashes of a set lie in one line of memory; the bytes of each slot's text lie together, behind
// their length, where they are compared sooner than in a string. A string keeps its slot as long as it is known. Doubled when half full: a
// string that was displaced is another object the next time.
//
// With many keys each look-up misses the processor's caches and waits for memory. Who knows the next records already (a queue
// does) has their keys foreseen: the misses of a dozen keys overlap, and the look-ups that follow find everything near. What was
// foreseen holds until a slot is given to another text.

/** With its length a text takes up so many bytes and one. */
export const INTERNED_LENGTH_MAX = 39
const STRIDE = INTERNED_LENGTH_MAX + 1
/** So many keys are foreseen at a time. */
export const FORESEEN_MAX = 32
const WAYS = 4
const SLOTS_MIN = 1 << 10
/** 13 MiB of table and at most some 20 MiB of strings, for more than a hundred thousand keys in use at a time. */
const SLOTS_MAX = 1 << 18

let hashes = new Int32Array(SLOTS_MIN)
let texts = emptyTexts(SLOTS_MIN)
let bytes = new Uint8Array(SLOTS_MIN * STRIDE)
let filledCount = 0
let nextVictim = 0

/**
 * Where the next keys of a buffer lie, and what is known of them: so that stores can foresee them too.
 *
 * @internal
 */
export class ForeseenKeys {
  readonly starts: Int32Array = new Int32Array(FORESEEN_MAX)
  readonly ends: Int32Array = new Int32Array(FORESEEN_MAX)
  /** What intern() hashes bytes to. */
  readonly hashes: Int32Array = new Int32Array(FORESEEN_MAX)
  /** The slot that has the key; -1 where none has. */
  readonly slots: Int32Array = new Int32Array(FORESEEN_MAX)
  count = 0
}

let foreseenIn: Buffer | undefined = undefined
let foreseen: ForeseenKeys = new ForeseenKeys()
let foreseenAt = 0

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
  // Behind the count there are keys of other buffers; an empty key begins where the next one does.
  if (
    buffer === foreseenIn &&
    foreseenAt < foreseen.count &&
    foreseen.starts[foreseenAt] === start &&
    foreseen.ends[foreseenAt] === end
  ) {
    const slot = foreseen.slots[foreseenAt++] as number
    if (slot >= 0) {
      internedSlot = slot
      return (internedText = texts[slot] as string)
    }
  }
  return internUnforeseen(buffer, start, end)
}

function internUnforeseen(buffer: Buffer, start: number, end: number): string {
  let hash = 0x811c9dc5 | 0
  let bits = 0
  for (let i = start; i < end; i++) {
    const byte = buffer[i] as number
    bits |= byte
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  if (bits > 0x7f) return asSliced(buffer).utf8Slice(start, end)
  hash ^= hash >>> 15
  const set = setOf(hash)
  for (let slot = set; slot < set + WAYS; slot++) {
    if (hashes[slot] !== hash) continue
    if (!hasBytes(slot, buffer, start, end)) continue
    internedSlot = slot
    return (internedText = texts[slot] as string)
  }
  return internNew(asSliced(buffer).latin1Slice(start, end), hash)
}

/**
 * Looks for keys that will be interned soon, so that they and their strings are near by then. Each loop makes accesses that do
 * not wait for one another.
 *
 * @internal
 */
export function foresee(buffer: Buffer, keys: ForeseenKeys): void {
  const { starts, ends, hashes: wanted, slots, count } = keys
  foreseenIn = buffer
  foreseen = keys
  foreseenAt = 0
  for (let i = 0; i < count; i++) {
    let hash = 0x811c9dc5 | 0
    for (let at = starts[i] as number, end = ends[i] as number; at < end; at++)
      hash = Math.imul(hash ^ (buffer[at] as number), 0x01000193)
    wanted[i] = hash ^ (hash >>> 15)
  }
  for (let i = 0; i < count; i++) slots[i] = slotOf(wanted[i] as number)
  let sum = 0
  for (let i = 0; i < count; i++) {
    const slot = slots[i] as number
    if (slot >= 0) sum += bytes[slot * STRIDE] as number
  }
  for (let i = 0; i < count; i++) {
    const slot = slots[i] as number
    // Whoever compares a string looks at its head first.
    if (slot >= 0) sum += (texts[slot] as string).length
  }
  touched = sum
  for (let i = 0; i < count; i++) {
    const slot = slots[i] as number
    if (slot >= 0 && !hasBytes(slot, buffer, starts[i] as number, ends[i] as number)) slots[i] = -1
  }
}

/** The first slot with the hash; -1: there is none. */
function slotOf(hash: number): number {
  const set = setOf(hash)
  if (hashes[set] === hash) return set
  if (hashes[set + 1] === hash) return set + 1
  if (hashes[set + 2] === hash) return set + 2
  return hashes[set + 3] === hash ? set + 3 : -1
}

/** Keeps what only brings memory near from being optimised away. */
export let touched = 0

function internNew(text: string, hash: number): string {
  // Slots without a text are free.
  if (text === '') return text
  if (filledCount * 2 >= hashes.length && hashes.length < SLOTS_MAX) growTable()
  internedSlot = place(text, hash)
  internedText = text
  return text
}

/** Into a free slot of its set, or in the place of another. */
function place(text: string, hash: number): number {
  const set = setOf(hash)
  let slot = set
  while (slot < set + WAYS && texts[slot] !== '') slot++
  if (slot === set + WAYS) {
    slot = set + (nextVictim++ & (WAYS - 1))
    foreseenIn = undefined
  } else filledCount++
  hashes[slot] = hash
  texts[slot] = text
  const at = slot * STRIDE
  bytes[at] = text.length
  for (let i = 0; i < text.length; i++) bytes[at + 1 + i] = text.charCodeAt(i)
  return slot
}

function setOf(hash: number): number {
  return hash & (hashes.length - 1) & ~(WAYS - 1)
}

function emptyTexts(slotCount: number): string[] {
  const empty: string[] = []
  for (let i = 0; i < slotCount; i++) empty.push('')
  return empty
}

function growTable(): void {
  const oldHashes = hashes
  const oldTexts = texts
  hashes = new Int32Array(oldHashes.length * 2)
  texts = emptyTexts(oldHashes.length * 2)
  bytes = new Uint8Array(oldHashes.length * 2 * STRIDE)
  filledCount = 0
  foreseenIn = undefined
  for (let i = 0; i < oldTexts.length; i++) if (oldTexts[i] !== '') place(oldTexts[i] as string, oldHashes[i] as number)
}

function hasBytes(slot: number, buffer: Buffer, start: number, end: number): boolean {
  const at = slot * STRIDE
  if (bytes[at] !== end - start) return false
  for (let i = start, own = at + 1; i < end; i++, own++) if (bytes[own] !== buffer[i]) return false
  return true
}

/** What Node's own toString calls, without its checks (20 to 30 ns): ranges here are inside their buffer. */
interface Sliced {
  utf8Slice(start: number, end: number): string
  latin1Slice(start: number, end: number): string
}

export function asSliced(buffer: Buffer): Sliced {
  // Every Buffer has them; only the types do not say so.
  return buffer as Buffer & Sliced
}
