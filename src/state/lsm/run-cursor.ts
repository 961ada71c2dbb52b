// Walks a run in either direction, deletions included.
import type { ByteCursor } from '../byte-store.ts'
import { compareRanges } from '../byte-table.ts'
import { BlockReader } from './block.ts'
import type { Run } from './run.ts'

export class RunCursor implements ByteCursor {
  readonly #run: Run
  readonly #limit: Uint8Array | undefined
  readonly #step: 1 | -1
  readonly #isOnce: boolean
  readonly #reader = new BlockReader()
  #block: number
  #at: number
  #isOpen = true

  /** `isOnce`: for those who read everything: blocks do not go through the cache. */
  constructor(
    run: Run,
    gte: Uint8Array | undefined,
    lt: Uint8Array | undefined,
    reverse: boolean,
    isOnce: boolean = false,
  ) {
    run.hold()
    this.#run = run
    this.#limit = reverse ? gte : lt
    this.#step = reverse ? -1 : 1
    this.#isOnce = isOnce
    const from = reverse ? lt : gte
    this.#block = reverse ? run.blockCount - 1 : 0
    if (from !== undefined) this.#block = Math.max(0, run.blockOf(from, 0, from.length))
    this.#load()
    if (from === undefined) this.#at = reverse ? this.#reader.count - 1 : 0
    else this.#at = this.#reader.lowerBound(from, 0, from.length) - (reverse ? 1 : 0)
  }

  get buffer(): Buffer {
    return this.#reader.buffer
  }

  get keyStart(): number {
    return this.#reader.keyStart
  }

  get keyEnd(): number {
    return this.#reader.keyEnd
  }

  get valueStart(): number {
    return this.#reader.valueStart
  }

  get valueEnd(): number {
    return this.#reader.valueEnd
  }

  next(): boolean {
    if (!this.#isOpen) return false
    const reader = this.#reader
    while (this.#at < 0 || this.#at >= reader.count) {
      this.#block += this.#step
      if (this.#block < 0 || this.#block >= this.#run.blockCount) return this.#finish()
      this.#load()
      this.#at = this.#step === 1 ? 0 : reader.count - 1
    }
    reader.load(this.#at)
    if (this.#isBeyondLimit()) return this.#finish()
    this.#at += this.#step
    return true
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#run.release()
  }

  #load(): void {
    const run = this.#run
    this.#reader.open(this.#isOnce ? run.readBlock(this.#block) : run.block(this.#block))
  }

  #isBeyondLimit(): boolean {
    const limit = this.#limit
    if (limit === undefined) return false
    const { buffer, keyStart, keyEnd } = this.#reader
    const order = compareRanges(buffer, keyStart, keyEnd, limit, 0, limit.length)
    return this.#step === 1 ? order >= 0 : order < 0
  }

  #finish(): false {
    this.close()
    return false
  }
}
