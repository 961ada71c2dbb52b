// Reads a run from its beginning to its end, once: large reads, past the cache.
import { BlockReader } from './block.ts'
import type { Run } from './run.ts'

const READ_BYTES = 256 * 1_024

export class RunScan extends BlockReader {
  readonly #blocks: Iterator<Buffer>
  #left = 0

  constructor(run: Run) {
    super()
    this.#blocks = run.allBlocks(READ_BYTES)
  }

  next(): boolean {
    if (this.#left === 0) {
      const block = this.#blocks.next()
      if (block.done === true) return false
      this.open(block.value)
      this.#left = this.count
      this.end = 0
    }
    this.#left--
    this.load(this.end)
    return true
  }

  close(): void {
    this.#left = 0
  }
}
