// Builders of record batches, used again: one that has given its batch away is empty. A partition whose last batch was large gets a
// builder with room for a full one, so that nothing is copied while it grows; small ones do not hold that much.
import { RecordBatchBuilder } from '../protocol/index.ts'

const SMALL_BYTES = 4_096
/** Kept for later, of each size. */
const KEPT_MAX = 64

export class BuilderPool {
  readonly #largeBytes: number
  readonly #large: RecordBatchBuilder[] = []
  readonly #small: RecordBatchBuilder[] = []

  constructor(batchBytesMax: number) {
    this.#largeBytes = batchBytesMax
  }

  take(isLarge: boolean): RecordBatchBuilder {
    const capacity = isLarge ? this.#largeBytes : Math.min(SMALL_BYTES, this.#largeBytes)
    return (isLarge ? this.#large : this.#small).pop() ?? new RecordBatchBuilder({ capacity })
  }

  /** Takes back an empty one. */
  give(builder: RecordBatchBuilder, isLarge: boolean): void {
    const kept = isLarge ? this.#large : this.#small
    if (kept.length < KEPT_MAX) kept.push(builder)
  }

  /** Whether the next batch of a partition deserves a large builder, by the size of its last one. */
  isLarge(sizeBytes: number): boolean {
    return sizeBytes > SMALL_BYTES && sizeBytes * 2 > this.#largeBytes
  }
}
