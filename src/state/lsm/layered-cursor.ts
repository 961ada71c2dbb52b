// Several cursors in one order, the newest first in the list: of a key that several have, the newest counts.
import type { ByteCursor } from '../byte-store.ts'
import { compareRanges } from '../byte-table.ts'

export class LayeredCursor implements ByteCursor {
  /** Those that have an entry, newest first. */
  #layers: ByteCursor[] = []
  /** To be moved before the next entry is chosen. */
  #moving: ByteCursor[]
  readonly #sign: 1 | -1
  readonly #keepsDeletions: boolean
  readonly #rank = new Map<ByteCursor, number>()
  #current!: ByteCursor

  constructor(newestFirst: readonly ByteCursor[], reverse: boolean, keepsDeletions: boolean) {
    this.#moving = [...newestFirst]
    this.#sign = reverse ? -1 : 1
    this.#keepsDeletions = keepsDeletions
    for (const [i, layer] of newestFirst.entries()) this.#rank.set(layer, i)
  }

  get buffer(): Buffer {
    return this.#current.buffer
  }

  get keyStart(): number {
    return this.#current.keyStart
  }

  get keyEnd(): number {
    return this.#current.keyEnd
  }

  get valueStart(): number {
    return this.#current.valueStart
  }

  get valueEnd(): number {
    return this.#current.valueEnd
  }

  next(): boolean {
    for (;;) {
      for (const layer of this.#moving) if (layer.next()) this.#insert(layer)
      this.#moving = []
      const first = this.#layers.shift()
      if (first === undefined) return false
      this.#moving.push(first)
      this.#current = first
      // Older entries of the same key.
      for (
        let other = this.#layers[0];
        other !== undefined && this.#compare(other, first) === 0;
        other = this.#layers[0]
      ) {
        this.#moving.push(other)
        this.#layers.shift()
      }
      if (this.#keepsDeletions || first.valueEnd >= 0) return true
    }
  }

  close(): void {
    for (const layer of [...this.#layers, ...this.#moving]) layer.close()
    this.#layers = []
    this.#moving = []
  }

  /** By key, then newest first. */
  #insert(layer: ByteCursor): void {
    const layers = this.#layers
    let at = 0
    while (at < layers.length && this.#isBefore(layers[at] as ByteCursor, layer)) at++
    layers.splice(at, 0, layer)
  }

  #isBefore(a: ByteCursor, b: ByteCursor): boolean {
    const order = this.#compare(a, b)
    return order === 0 ? (this.#rank.get(a) as number) < (this.#rank.get(b) as number) : order < 0
  }

  #compare(a: ByteCursor, b: ByteCursor): number {
    return compareRanges(a.buffer, a.keyStart, a.keyEnd, b.buffer, b.keyStart, b.keyEnd) * this.#sign
  }
}
