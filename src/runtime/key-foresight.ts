// Looks ahead for the keys of a queue, so that the misses of the processor's caches overlap. With few keys there are none: whether
// there are few is found out from a sample now and then, and else nothing is looked for.
import type { RecordCursor } from '../protocol/index.ts'
import { FORESEEN_MAX, ForeseenKeys, foresee } from '../serde/index.ts'
import type { StateStore } from '../state/index.ts'

const BUCKETS = 4_096
/** Records of a sample: among as many, this number of keys fills less than BUCKETS_FEW buckets up to some 2,000 keys. */
const SAMPLE_RECORDS = 4_096
const BUCKETS_FEW = 1_500
/** Records from one sample to the next where keys are few. */
const REST_RECORDS = 65_536

export class KeyForesight {
  readonly #stores: readonly StateStore[]
  readonly #keys = new ForeseenKeys()
  /** Records whose keys were looked for, or are not to be. */
  #left = 0
  readonly #buckets = new Uint8Array(BUCKETS)
  #filled = 0
  #sampled = 0

  constructor(stores: readonly StateStore[]) {
    this.#stores = stores
  }

  /** Call before each record. */
  step(cursor: RecordCursor): void {
    if (--this.#left < 0) this.#look(cursor)
  }

  /** The cursor is another one. */
  restart(): void {
    if (this.#left < FORESEEN_MAX) this.#left = 0
  }

  #look(cursor: RecordCursor): void {
    this.#left = FORESEEN_MAX - 1
    if (cursor.keysAhead === undefined) return
    const keys = this.#keys
    keys.count = cursor.keysAhead(keys.starts, keys.ends)
    foresee(cursor.buffer, keys)
    for (let i = 0; i < this.#stores.length; i++) (this.#stores[i] as StateStore).foresee?.(keys)
    this.#sample(keys)
  }

  #sample({ hashes, count }: ForeseenKeys): void {
    const buckets = this.#buckets
    for (let i = 0; i < count; i++) {
      const bucket = (hashes[i] as number) & (BUCKETS - 1)
      if (buckets[bucket] === 1) continue
      buckets[bucket] = 1
      this.#filled++
    }
    this.#sampled += FORESEEN_MAX
    if (this.#sampled < SAMPLE_RECORDS) return
    if (this.#filled < BUCKETS_FEW) this.#left = REST_RECORDS
    buckets.fill(0)
    this.#filled = this.#sampled = 0
  }
}
