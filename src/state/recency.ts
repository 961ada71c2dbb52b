// Which keys of a least-recently-used store were used last. Keys are their bytes as latin1 text.
// Invariant: where it is known, it holds exactly the keys of the store, least recently used first; after a restore or an abort
// it is forgotten and starts again in the order of the keys.
import type { ByteCursor } from './byte-store.ts'

export class Recency {
  readonly #entriesMax: number
  readonly #open: () => ByteCursor
  #keys: Set<string> | undefined

  constructor(entriesMax: number, open: () => ByteCursor) {
    this.#entriesMax = entriesMax
    this.#open = open
  }

  touch(key: string): void {
    const keys = this.#known()
    if (keys.delete(key)) keys.add(key)
  }

  /** Returns the key that has to go. */
  add(key: string): string | undefined {
    const keys = this.#known()
    keys.delete(key)
    keys.add(key)
    if (keys.size <= this.#entriesMax) return undefined
    const [oldest] = keys
    keys.delete(oldest as string)
    return oldest
  }

  remove(key: string): void {
    this.#known().delete(key)
  }

  forget(): void {
    this.#keys = undefined
  }

  #known(): Set<string> {
    if (this.#keys !== undefined) return this.#keys
    const keys = new Set<string>()
    const cursor = this.#open()
    while (cursor.next()) keys.add(cursor.buffer.toString('latin1', cursor.keyStart, cursor.keyEnd))
    return (this.#keys = keys)
  }
}
