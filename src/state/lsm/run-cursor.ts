// Walks a run in either direction, deletions included.
import type { ByteCursor } from '../byte-store.ts'
import { BlockReader } from './block.ts'
import type { Run } from './run.ts'

export class RunCursor extends BlockReader implements ByteCursor {
  readonly #run: Run
  /** Entries at or beyond it are not given; behind, in reverse. */
  readonly #limit: Uint8Array | undefined
  readonly #step: 1 | -1
  #block: number
  #at: number
  /** Where the walk through this block ends. */
  #stop = 0
  #isLastBlock = false
  #isOpen = true

  constructor(run: Run, gte: Uint8Array | undefined, lt: Uint8Array | undefined, reverse: boolean) {
    super()
    run.hold()
    this.#run = run
    this.#limit = reverse ? gte : lt
    this.#step = reverse ? -1 : 1
    const from = reverse ? lt : gte
    this.#block = reverse ? run.blockCount - 1 : 0
    if (from !== undefined) this.#block = Math.max(0, run.blockOf(from, 0, from.length))
    this.#openBlock()
    if (from === undefined) this.#at = reverse ? this.count - 1 : 0
    else this.#at = this.lowerBound(from, 0, from.length) - (reverse ? 1 : 0)
  }

  next(): boolean {
    if (!this.#isOpen) return false
    while ((this.#stop - this.#at) * this.#step <= 0) {
      if (this.#isLastBlock) return this.#finish()
      this.#block += this.#step
      this.#openBlock()
      this.#at = this.#step === 1 ? 0 : this.count - 1
    }
    this.loadAt(this.#at)
    this.#at += this.#step
    return true
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#run.release()
  }

  /** Looks for the limit once a block. */
  #openBlock(): void {
    this.open(this.#run.block(this.#block))
    const limit = this.#limit
    if (this.#step === 1) {
      this.#stop = limit === undefined ? this.count : this.lowerBound(limit, 0, limit.length)
      this.#isLastBlock = this.#stop < this.count || this.#block === this.#run.blockCount - 1
    } else {
      this.#stop = limit === undefined ? -1 : this.lowerBound(limit, 0, limit.length) - 1
      this.#isLastBlock = this.#stop >= 0 || this.#block === 0
    }
  }

  #finish(): false {
    this.close()
    return false
  }
}
