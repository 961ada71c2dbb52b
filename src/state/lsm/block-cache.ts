// Blocks of all stores of a process that were read lately, up to a number of bytes. A run has its blocks in an array of its own;
// the cache decides which of them stay: the hand of a clock goes round and drops what was not used since it came by.

/** A block in the cache, known to its run by its number. */
export interface CachedBlock {
  readonly bytes: Buffer
  readonly owner: BlockOwner
  readonly index: number
  wasUsed: boolean
  /** In the ring. */
  slot: number
}

export interface BlockOwner {
  forgetBlock(index: number): void
}

export class BlockCache {
  readonly #bytesMax: number
  readonly #ring: CachedBlock[] = []
  #hand = 0
  #byteCount = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get byteCount(): number {
    return this.#byteCount
  }

  add(owner: BlockOwner, index: number, bytes: Buffer): CachedBlock {
    const block: CachedBlock = { bytes, owner, index, wasUsed: false, slot: this.#ring.length }
    this.#byteCount += bytes.length
    while (this.#byteCount > this.#bytesMax && this.#ring.length > 0) this.#evictOne()
    block.slot = this.#ring.length
    this.#ring.push(block)
    return block
  }

  /** Of a run that is closed. */
  remove(block: CachedBlock): void {
    const last = this.#ring.pop() as CachedBlock
    if (last !== block) {
      this.#ring[block.slot] = last
      last.slot = block.slot
    }
    this.#byteCount -= block.bytes.length
  }

  #evictOne(): void {
    for (;;) {
      if (this.#hand >= this.#ring.length) this.#hand = 0
      const block = this.#ring[this.#hand] as CachedBlock
      if (!block.wasUsed) {
        this.remove(block)
        block.owner.forgetBlock(block.index)
        return
      }
      block.wasUsed = false
      this.#hand++
    }
  }
}
