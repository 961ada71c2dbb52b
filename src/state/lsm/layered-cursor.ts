// Several cursors in one order, the newest first in the list: of a key that several have, the newest counts.
// Invariant: `#layers` are sorted by the key at which each stands, then newest first; the first one is the current entry until
// next() is called.
import type { ByteCursor } from '../byte-store.ts'
import { compareRanges } from '../byte-order.ts'

export class LayeredCursor<C extends ByteCursor = ByteCursor> implements ByteCursor {
  buffer!: Buffer
  keyStart = 0
  keyEnd = 0
  valueStart = 0
  valueEnd = 0
  /** The cursor that has the current entry. */
  current!: C
  #layers: C[] = []
  #ranks: number[] = []
  /** Not begun yet. */
  #fresh: readonly C[]
  readonly #sign: 1 | -1
  readonly #keepsDeletions: boolean

  constructor(newestFirst: readonly C[], reverse: boolean, keepsDeletions: boolean) {
    this.#fresh = newestFirst
    this.#sign = reverse ? -1 : 1
    this.#keepsDeletions = keepsDeletions
  }

  next(): boolean {
    if (this.#fresh.length > 0) this.#begin()
    else this.#advanceFirst()
    for (;;) {
      const first = this.#layers[0]
      if (first === undefined) return false
      this.#skipOlder(first)
      if (this.#keepsDeletions || first.valueEnd >= 0) {
        this.#take(first)
        return true
      }
      this.#advanceFirst()
    }
  }

  close(): void {
    for (const layer of [...this.#layers, ...this.#fresh]) layer.close()
    this.#layers = []
    this.#ranks = []
    this.#fresh = []
  }

  #begin(): void {
    const fresh = this.#fresh
    this.#fresh = []
    for (const [rank, layer] of fresh.entries()) {
      if (!layer.next()) continue
      this.#layers.push(layer)
      this.#ranks.push(rank)
      this.#sink(this.#layers.length - 1, 0)
    }
  }

  #take(first: C): void {
    this.current = first
    this.buffer = first.buffer
    this.keyStart = first.keyStart
    this.keyEnd = first.keyEnd
    this.valueStart = first.valueStart
    this.valueEnd = first.valueEnd
  }

  #advanceFirst(): void {
    const first = this.#layers[0]
    if (first === undefined) return
    if (first.next()) this.#rise(0)
    else this.#drop(0)
  }

  /** Passes older entries of the first one's key. */
  #skipOlder(first: C): void {
    for (
      let other = this.#layers[1];
      other !== undefined && this.#compare(other, first) === 0;
      other = this.#layers[1]
    ) {
      if (other.next()) this.#rise(1)
      else this.#drop(1)
    }
  }

  #drop(at: number): void {
    this.#layers.splice(at, 1)
    this.#ranks.splice(at, 1)
  }

  /** Moves the layer up the list to where it belongs, in front of which all are sorted. */
  #rise(at: number): void {
    const layers = this.#layers
    const layer = layers[at] as C
    const rank = this.#ranks[at] as number
    if (at + 1 === layers.length || !this.#isBefore(at + 1, layer, rank)) return
    // By halves: with many runs the place may be far.
    let low = at + 2
    let high = layers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isBefore(middle, layer, rank)) low = middle + 1
      else high = middle
    }
    for (let i = at; i < low - 1; i++) {
      layers[i] = layers[i + 1] as C
      this.#ranks[i] = this.#ranks[i + 1] as number
    }
    layers[low - 1] = layer
    this.#ranks[low - 1] = rank
  }

  /** Moves the layer down the list to where it belongs, behind which all are sorted. */
  #sink(from: number, to: number): void {
    const layers = this.#layers
    const layer = layers[from] as C
    const rank = this.#ranks[from] as number
    let at = from
    while (at > to && !this.#isBefore(at - 1, layer, rank)) {
      layers[at] = layers[at - 1] as C
      this.#ranks[at] = this.#ranks[at - 1] as number
      at--
    }
    layers[at] = layer
    this.#ranks[at] = rank
  }

  #isBefore(at: number, layer: C, rank: number): boolean {
    const order = this.#compare(this.#layers[at] as C, layer)
    return order === 0 ? (this.#ranks[at] as number) < rank : order < 0
  }

  #compare(a: C, b: C): number {
    return compareRanges(a.buffer, a.keyStart, a.keyEnd, b.buffer, b.keyStart, b.keyEnd) * this.#sign
  }
}
