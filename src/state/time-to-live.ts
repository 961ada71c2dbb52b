// When entries of a key-value store expire: by the time of their record, against the highest that was put. What is expired is hidden
// at once, and deleted (with a tombstone in the changelog) by sweeps that look at some entries before each commit.
//
// Invariant: what is hidden stays hidden, for the highest time never goes back past a commit. Nobody downstream is told of it.
import type { StoreCore } from './store-core.ts'

/** Looked at before one commit. */
const SWEPT_ENTRIES_MAX = 5_000

export class TimeToLive {
  readonly #ttlMs: number
  #observedMs: number
  /** Where the next sweep goes on. */
  #from: Buffer | undefined
  #isSwept = false

  constructor(ttlMs: number, observedMs: number) {
    this.#ttlMs = ttlMs
    this.#observedMs = observedMs
  }

  /** The highest time that was put. */
  get observedMs(): number {
    return this.#observedMs
  }

  observe(timestamp: number): void {
    if (timestamp > this.#observedMs) this.#observedMs = timestamp
  }

  isExpired(timestamp: number): boolean {
    return timestamp <= this.#observedMs - this.#ttlMs
  }

  /** Committed, or back to what is. */
  begin(observedMs: number): void {
    this.#observedMs = observedMs
    this.#isSwept = false
  }

  /** Deletes what is expired among the next entries; once a commit. */
  sweep<K, V>(core: StoreCore<K, V>): void {
    if (this.#isSwept) return
    this.#isSwept = true
    const expired: Buffer[] = []
    const cursor = core.bytes.cursor({ gte: this.#from })
    this.#from = undefined
    for (let looked = 0; cursor.next(); looked++) {
      const { buffer, keyStart, keyEnd, valueStart } = cursor
      if (looked === SWEPT_ENTRIES_MAX) {
        this.#from = Buffer.from(buffer.subarray(keyStart, keyEnd))
        break
      }
      if (this.isExpired(core.format.timestampOf(buffer, valueStart))) {
        expired.push(Buffer.from(buffer.subarray(keyStart, keyEnd)))
      }
    }
    cursor.close()
    for (const key of expired) core.deleteRow(key)
  }
}
