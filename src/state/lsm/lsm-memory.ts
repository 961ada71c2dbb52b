// The memory that all disk stores of a process share: the block cache, and a limit for their tables. Where all tables together are
// over it, the largest is written out; where those that wait to be written are too much by themselves, a commit waits for them.
import { BlockCache } from './block-cache.ts'

export interface LsmMemoryOptions {
  /** Blocks that were read lately. @defaultValue 32 MiB */
  readonly blockBytesMax?: number
  /** Tables of all stores together. @defaultValue 64 MiB */
  readonly tablesBytesMax?: number
  /** The table of one store; four times that while it is restored. @defaultValue 4 MiB */
  readonly tableBytesMax?: number
  /** A block of a run, about; at most 65,535. @defaultValue 4 KiB */
  readonly blockBytes?: number
}

/** A store as the shared memory sees it. */
export interface TableOwner {
  /** Of the table that takes commits. */
  readonly tableBytes: number
  /** Of tables that are complete and not written yet. */
  readonly waitingBytes: number
  /** Completes the table that takes commits: it will be written. */
  writeTable(): void
  /** Waits until a complete table is written. */
  waitForWrite(): void
}

const MIB = 1_024 * 1_024
/** Tables that take commits may have this much of the limit; the rest is for those that wait to be written. */
const OPEN_SHARE_MAX = 0.75

export class LsmMemory {
  readonly blocks: BlockCache
  readonly tableBytesMax: number
  readonly blockBytes: number
  readonly #tablesBytesMax: number
  readonly #owners = new Set<TableOwner>()

  constructor(options: LsmMemoryOptions = {}) {
    this.blocks = new BlockCache(options.blockBytesMax ?? 32 * MIB)
    this.tableBytesMax = options.tableBytesMax ?? 4 * MIB
    this.blockBytes = options.blockBytes ?? 4_096
    this.#tablesBytesMax = options.tablesBytesMax ?? 64 * MIB
  }

  /** What tables and cached blocks take up. */
  get byteCount(): number {
    let bytes = this.blocks.byteCount
    for (const owner of this.#owners) bytes += owner.tableBytes + owner.waitingBytes
    return bytes
  }

  add(owner: TableOwner): void {
    this.#owners.add(owner)
  }

  remove(owner: TableOwner): void {
    this.#owners.delete(owner)
  }

  /** Keeps tables within the limit: completes the largest, and waits for some to be written where too many are complete. */
  makeRoom(): void {
    for (;;) {
      let largest: TableOwner | undefined
      let behind: TableOwner | undefined
      let open = 0
      let waiting = 0
      for (const owner of this.#owners) {
        const { tableBytes, waitingBytes } = owner
        open += tableBytes
        waiting += waitingBytes
        if (tableBytes > (largest?.tableBytes ?? 0)) largest = owner
        if (waitingBytes > (behind?.waitingBytes ?? 0)) behind = owner
      }
      if (largest !== undefined && open > this.#tablesBytesMax * OPEN_SHARE_MAX) largest.writeTable()
      else if (behind !== undefined && open + waiting > this.#tablesBytesMax) behind.waitForWrite()
      else return
    }
  }
}
