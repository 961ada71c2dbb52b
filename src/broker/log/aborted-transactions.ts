// The aborted transactions of one partition, which a fetch at read_committed names so that clients leave their records out.
// One fixed-size entry each in a .txnindex beside the segment of the marker, in Kafka's layout:
//   0 version i16 (0) | 2 producerId i64 | 10 firstOffset i64 | 18 lastOffset i64 (of the marker) | 26 lastStableOffset i64
import { readInt64, writeInt64 } from './batch-fields.ts'

const ENTRY_BYTES = 34

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly lastStableOffset: number
}

export class AbortedTransactions {
  /** By rising lastOffset. */
  #entries: AbortedTransaction[] = []

  get entries(): readonly AbortedTransaction[] {
    return this.#entries
  }

  add(entry: AbortedTransaction): void {
    this.#entries.push(entry)
  }

  /** Those that touch [fromOffset, endOffset), by first offset: clients rely on the order. */
  overlapping(fromOffset: number, endOffset: number): readonly AbortedTransaction[] {
    return this.#entries
      .slice(this.#firstEndingAt(fromOffset))
      .filter((entry) => entry.firstOffset < endOffset)
      .sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Forgets those that ended at or after the offset (the log was cut) or before it (its head is gone). */
  dropFrom(offset: number): void {
    this.#entries = this.#entries.filter((entry) => entry.lastOffset < offset)
  }

  dropBefore(offset: number): void {
    this.#entries = this.#entries.filter((entry) => entry.lastOffset >= offset)
  }

  /** The file of the entries whose markers lie in [from, to), which is one segment; undefined where there are none. */
  encode(from: number, to: number): Buffer | undefined {
    const entries = this.#entries.filter((entry) => entry.lastOffset >= from && entry.lastOffset < to)
    if (entries.length === 0) return undefined
    const bytes = Buffer.alloc(entries.length * ENTRY_BYTES)
    entries.forEach((entry, i) => {
      writeInt64(bytes, entry.producerId, i * ENTRY_BYTES + 2)
      writeInt64(bytes, entry.firstOffset, i * ENTRY_BYTES + 10)
      writeInt64(bytes, entry.lastOffset, i * ENTRY_BYTES + 18)
      writeInt64(bytes, entry.lastStableOffset, i * ENTRY_BYTES + 26)
    })
    return bytes
  }

  load(bytes: Buffer): void {
    for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
      this.add({
        producerId: readInt64(bytes, at + 2),
        firstOffset: readInt64(bytes, at + 10),
        lastOffset: readInt64(bytes, at + 18),
        lastStableOffset: readInt64(bytes, at + 26),
      })
    }
  }

  #firstEndingAt(offset: number): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#entries[middle]?.lastOffset ?? 0) < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
