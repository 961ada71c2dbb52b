// The memory that all disk stores of a process share: the block cache, and a limit for their tables. Where all tables together are
// over it, the largest is written out.
import { BlockCache } from './block-cache.ts'

export interface LsmMemoryOptions {
  /** Blocks that were read lately. @defaultValue 64 MiB */
  readonly blockBytesMax?: number
  /** Tables of all stores together. @defaultValue 64 MiB */
  readonly tablesBytesMax?: number
  /** The table of one store. @defaultValue 4 MiB */
  readonly tableBytesMax?: number
  /** A block of a run, about. @defaultValue 4 KiB */
  readonly blockBytes?: number
}

/** A store as the shared memory sees it. */
interface TableOwner {
  readonly tableBytes: number
  writeTable(): void
}

const MIB = 1_024 * 1_024

export class LsmMemory {
  readonly blocks: BlockCache
  readonly tableBytesMax: number
  readonly blockBytes: number
  readonly #tablesBytesMax: number
  readonly #owners = new Set<TableOwner>()

  constructor(options: LsmMemoryOptions = {}) {
    this.blocks = new BlockCache(options.blockBytesMax ?? 64 * MIB)
    this.tableBytesMax = options.tableBytesMax ?? 4 * MIB
    this.blockBytes = options.blockBytes ?? 4_096
    this.#tablesBytesMax = options.tablesBytesMax ?? 64 * MIB
  }

  add(owner: TableOwner): void {
    this.#owners.add(owner)
  }

  remove(owner: TableOwner): void {
    this.#owners.delete(owner)
  }

  /** Writes out the largest tables until all together are within the limit. */
  makeRoom(): void {
    for (;;) {
      let largest: TableOwner | undefined
      let bytes = 0
      for (const owner of this.#owners) {
        bytes += owner.tableBytes
        if (largest === undefined || owner.tableBytes > largest.tableBytes) largest = owner
      }
      if (largest === undefined || bytes <= this.#tablesBytesMax) return
      largest.writeTable()
    }
  }
}
