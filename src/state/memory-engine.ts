// The engine that keeps bytes in memory: nothing survives the process, the changelog is read from its start again.
import type { ForeseenKeys } from '../serde/index.ts'
import type {
  ByteChanges,
  ByteCursor,
  ByteRange,
  ByteStore,
  ByteStoreEngine,
  ByteView,
  StorePosition,
} from './byte-store.ts'
import { ByteTable } from './byte-table.ts'

/** Opens stores in memory, each one new and empty. */
export class MemoryEngine implements ByteStoreEngine {
  readonly type = 'memory'

  open(name: string): ByteStore {
    return new MemoryByteStore(name)
  }
}

class MemoryByteStore implements ByteStore {
  readonly name: string
  // Its values are never null.
  readonly #table = new ByteTable()
  #position: StorePosition | undefined

  constructor(name: string) {
    this.name = name
  }

  get(key: Uint8Array, start: number, end: number): ByteView | undefined {
    return this.#table.find(key, start, end) ? this.#table : undefined
  }

  foresee(keys: ForeseenKeys): void {
    this.#table.foresee(keys)
  }

  cursor(range: ByteRange): ByteCursor {
    return this.#table.cursor(range.gte, range.lt, range.reverse === true, range.suffixBytes)
  }

  commit(changes: ByteChanges, position: StorePosition): void {
    const table = this.#table
    changes.each((buffer, keyStart, keyEnd, valueStart, valueEnd) => {
      if (valueEnd < 0) table.remove(buffer, keyStart, keyEnd)
      else table.put(buffer, keyStart, keyEnd, buffer, valueStart, valueEnd)
    })
    this.#position = position
  }

  load(changes: ByteChanges, position: StorePosition): void {
    this.commit(changes, position)
  }

  backlog(): undefined {
    return undefined
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
    this.#table.removeBelow(key)
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#table.clear()
  }

  async destroy(): Promise<void> {
    this.#table.clear()
  }
}
