// Sorts entries by key, fast: stretches of the keys become 64-bit numbers, which the runtime sorts by itself, with the number of
// the entry in their lowest bits. Entries that a stretch does not tell apart are sorted by the next one.
import { compareRanges } from '../byte-order.ts'
import { EntryReader } from './entry-format.ts'

/** So few are sorted by insertion. */
const INSERTION_COUNT_MAX = 24
/** Numbers are little-endian in memory on all platforms that Node runs on but one; there the halves are swapped. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1
const HIGH = IS_LITTLE_ENDIAN ? 1 : 0
const LOW = 1 - HIGH

/**
 * The places of the entries in order of their keys; of entries with one key only the last one given. `places` are in the order in
 * which they were written.
 */
export function sortEntries(buffer: Buffer, places: Int32Array): Int32Array {
  const count = places.length
  const starts = new Int32Array(count)
  const ends = new Int32Array(count)
  const reader = new EntryReader(buffer)
  for (let i = 0; i < count; i++) {
    reader.load(places[i] as number)
    starts[i] = reader.keyStart
    ends[i] = reader.keyEnd
  }
  const order = new Int32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  new KeySorter(buffer, starts, ends, order).sort(0, count, 0)
  let kept = 0
  for (let i = 0; i < count; i++) {
    const entry = order[i] as number
    const next = i + 1 < count ? (order[i + 1] as number) : -1
    if (next >= 0 && isSameKey(buffer, starts, ends, entry, next)) continue
    order[kept++] = places[entry] as number
  }
  return order.subarray(0, kept)
}

function isSameKey(buffer: Buffer, starts: Int32Array, ends: Int32Array, a: number, b: number): boolean {
  const start = starts[a] as number
  const other = starts[b] as number
  const length = (ends[a] as number) - start
  if ((ends[b] as number) - other !== length) return false
  // Neighbours in order differ at their ends rather than at their beginnings.
  for (let i = length - 1; i >= 0; i--) if (buffer[start + i] !== buffer[other + i]) return false
  return true
}

class KeySorter {
  readonly #buffer: Buffer
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  /** Numbers of entries; those of one key stay in ascending order. */
  readonly #order: Int32Array

  constructor(buffer: Buffer, starts: Int32Array, ends: Int32Array, order: Int32Array) {
    this.#buffer = buffer
    this.#starts = starts
    this.#ends = ends
    this.#order = order
  }

  /** Sorts a range of the order whose keys have their first `skip` bytes in common. */
  sort(from: number, to: number, skip: number): void {
    if (to - from <= INSERTION_COUNT_MAX) return this.#insertionSort(from, to)
    const common = this.#commonLength(from, to, skip)
    const ending = this.#countEndingAt(from, to, common)
    // All the same key: they are in the order in which they were written.
    if (ending === to - from) return
    if (ending > 0) return this.#compareSort(from, to)
    this.#sortByWords(from, to, common)
  }

  #sortByWords(from: number, to: number, at: number): void {
    const count = to - from
    const words = new BigUint64Array(count)
    const halves = new Uint32Array(words.buffer)
    const indexBits = 32 - Math.clz32(count - 1)
    const indexMask = indexBits === 32 ? -1 : (1 << indexBits) - 1
    for (let i = 0; i < count; i++) {
      const entry = this.#order[from + i] as number
      halves[i * 2 + HIGH] = this.#wordAt(entry, at)
      halves[i * 2 + LOW] = (this.#wordAt(entry, at + 4) & ~indexMask) | i
    }
    words.sort()
    const before = this.#order.slice(from, to)
    for (let i = 0; i < count; i++) {
      this.#order[from + i] = before[(halves[i * 2 + LOW] as number) & indexMask] as number
    }
    this.#sortTies(from, halves, indexMask, at + 4 + ((32 - indexBits) >> 3))
  }

  /** Where the words of neighbours are equal but for their index, later bytes decide. */
  #sortTies(from: number, halves: Uint32Array, indexMask: number, skip: number): void {
    const count = halves.length / 2
    let start = 0
    for (let i = 1; i <= count; i++) {
      const isTie =
        i < count &&
        halves[i * 2 + HIGH] === halves[start * 2 + HIGH] &&
        (((halves[i * 2 + LOW] as number) ^ (halves[start * 2 + LOW] as number)) & ~indexMask) === 0
      if (isTie) continue
      if (i - start > 1) this.sort(from + start, from + i, this.#shortest(from + start, from + i, skip))
      start = i
    }
  }

  /** Four bytes of the key as a number; zeros behind its end. */
  #wordAt(entry: number, offset: number): number {
    const at = (this.#starts[entry] as number) + offset
    const left = (this.#ends[entry] as number) - at
    const buffer = this.#buffer
    if (left >= 4) {
      return (
        (((buffer[at] as number) << 24) |
          ((buffer[at + 1] as number) << 16) |
          ((buffer[at + 2] as number) << 8) |
          (buffer[at + 3] as number)) >>>
        0
      )
    }
    let word = 0
    for (let i = 0; i < 4; i++) word = (word << 8) | (i < left ? (buffer[at + i] as number) : 0)
    return word >>> 0
  }

  /** `skip`, but no more than the shortest key has: zeros stand for what is not there. */
  #shortest(from: number, to: number, skip: number): number {
    let shortest = skip
    for (let i = from; i < to; i++) shortest = Math.min(shortest, this.#lengthAt(i))
    return shortest
  }

  #lengthAt(position: number): number {
    const entry = this.#order[position] as number
    return (this.#ends[entry] as number) - (this.#starts[entry] as number)
  }

  #commonLength(from: number, to: number, skip: number): number {
    const buffer = this.#buffer
    const first = this.#starts[this.#order[from] as number] as number
    let common = this.#lengthAt(from)
    for (let i = from + 1; i < to && common > skip; i++) {
      const other = this.#starts[this.#order[i] as number] as number
      common = Math.min(common, this.#lengthAt(i))
      let same = skip
      while (same < common && buffer[first + same] === buffer[other + same]) same++
      common = same
    }
    return common
  }

  #countEndingAt(from: number, to: number, length: number): number {
    let count = 0
    for (let i = from; i < to; i++) if (this.#lengthAt(i) <= length) count++
    return count
  }

  /** For keys that others go on from. */
  #compareSort(from: number, to: number): void {
    const sorted = Array.from(this.#order.subarray(from, to)).sort((a, b) => this.#compare(a, b))
    this.#order.set(sorted, from)
  }

  #insertionSort(from: number, to: number): void {
    const order = this.#order
    for (let i = from + 1; i < to; i++) {
      const entry = order[i] as number
      let at = i
      while (at > from && this.#compare(order[at - 1] as number, entry) > 0) {
        order[at] = order[at - 1] as number
        at--
      }
      order[at] = entry
    }
  }

  /** By key, then by number. */
  #compare(a: number, b: number): number {
    const buffer = this.#buffer
    const order = compareRanges(
      buffer,
      this.#starts[a] as number,
      this.#ends[a] as number,
      buffer,
      this.#starts[b] as number,
      this.#ends[b] as number,
    )
    return order === 0 ? a - b : order
  }
}
