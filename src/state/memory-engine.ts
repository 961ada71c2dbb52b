// The engine that keeps bytes in memory: nothing survives the process, the changelog is read from its start again.
import type { ByteChange, ByteCursor, ByteRange, ByteStore, ByteStoreEngine, StorePosition } from './byte-store.ts'
import { ByteTable, type TableCursor, hashRange } from './byte-table.ts'

/** Opens stores in memory, each one new and empty. */
export class MemoryEngine implements ByteStoreEngine {
  readonly type = 'memory'

  open(name: string): ByteStore {
    return new MemoryByteStore(name)
  }
}

class MemoryByteStore implements ByteStore {
  readonly name: string
  readonly #table = new ByteTable()
  #position: StorePosition | undefined

  constructor(name: string) {
    this.name = name
  }

  get(buffer: Uint8Array, start: number, end: number): Buffer | undefined {
    // Values of this table are never null.
    return this.#table.findRange(buffer, start, end)?.value as Buffer | undefined
  }

  cursor(range: ByteRange): ByteCursor {
    return this.#table.cursor(range.gte, range.lt, range.reverse === true) as TableCursor & ByteCursor
  }

  commit(changes: Iterable<ByteChange>, position: StorePosition): void {
    for (const [key, value] of changes) this.#apply(key, value)
    this.#position = position
  }

  position(): StorePosition | undefined {
    return this.#position
  }

  approximateCount(): number {
    return this.#table.size
  }

  approximateBytes(): number {
    return this.#table.byteCount
  }

  deleteBelow(key: Uint8Array): void {
    const cursor = this.#table.cursor(undefined, key, false)
    while (cursor.next()) {
      const cell = this.#table.find(cursor.key)
      if (cell !== undefined) this.#table.remove(cell)
    }
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#table.clear()
  }

  async destroy(): Promise<void> {
    this.#table.clear()
  }

  #apply(key: Buffer, value: Buffer | null): void {
    const hash = hashRange(key, 0, key.length)
    const cell = this.#table.findHashed(key, 0, key.length, hash)
    if (value === null) {
      if (cell !== undefined) this.#table.remove(cell)
    } else if (cell === undefined) this.#table.insert(key, hash, value)
    else this.#table.replace(cell, value)
  }
}
