// Our own engine, with its worker, as applications have it.
import { CompactionWorker } from '../../src/app/compaction-worker.ts'
import { NodeDisk } from '../../src/base/index.ts'
import type { ByteChanges, ByteStore, StorePosition } from '../../src/state/byte-store.ts'
import { LsmEngine, LsmMemory } from '../../src/state/index.ts'
import { type BenchEngine, KEY_BYTES, ROW_BYTES, VALUE, writeKey } from './engine.ts'

export const NO_POSITION: StorePosition = { changelogs: new Map(), streamTimeMs: 0 }

const row = Buffer.concat([Buffer.alloc(KEY_BYTES), VALUE])

export function changesOf(numbers: readonly number[]): ByteChanges {
  return {
    each(visit) {
      for (let i = 0; i < numbers.length; i++) {
        writeKey(row, 0, numbers[i] as number)
        visit(row, 0, KEY_BYTES, KEY_BYTES, ROW_BYTES)
      }
    },
  }
}

export function openTidemill(directory: string): BenchEngine {
  const worker = new CompactionWorker({ directory })
  const engine = new LsmEngine({ disk: new NodeDisk(directory), directory: 'stores', compactor: worker })
  const store: ByteStore = engine.open('store')
  const key = Buffer.alloc(KEY_BYTES)
  return {
    name: 'tidemill',
    async load(numbers) {
      store.load(changesOf(numbers), NO_POSITION)
      await store.backlog()
    },
    finishLoad: () => store.flush(),
    commit(numbers) {
      store.commit(changesOf(numbers), NO_POSITION)
      // The first look-up takes the commit into the index: that is part of its cost.
      store.get(key, 0, KEY_BYTES)
    },
    breathe: () => store.backlog(),
    get(number) {
      writeKey(key, 0, number)
      return store.get(key, 0, KEY_BYTES) !== undefined
    },
    scan(from, count) {
      writeKey(key, 0, from)
      const cursor = store.cursor({ gte: key })
      let seen = 0
      let sum = 0
      while (seen < count && cursor.next()) {
        sum += cursor.buffer[cursor.valueStart] as number
        seen++
      }
      cursor.close()
      return sum > 0 ? seen : 0
    },
    async compact() {
      await store.flush()
      ;(store as ByteStore & { compact(): void }).compact()
    },
    async close() {
      await store.close()
      await worker.close()
    },
  }
}

/** Milliseconds of CPU for a commit of some entries in each of many stores. */
export async function commitToMany(directory: string, storeCount: number, entryCount: number): Promise<() => void> {
  const worker = new CompactionWorker({ directory })
  const memory = new LsmMemory()
  const disk = new NodeDisk(directory)
  const stores: ByteStore[] = []
  for (let i = 0; i < storeCount; i++) {
    const engine = new LsmEngine({ disk, directory: `many/0_${i}`, memory, compactor: worker })
    const store = engine.open('store')
    store.load(changesOf(Array.from({ length: 10_000 }, (_, at) => at)), NO_POSITION)
    await store.backlog()
    stores.push(store)
  }
  for (const store of stores) await store.flush()
  let next = 0
  return () => {
    for (const store of stores) {
      const numbers = Array.from({ length: entryCount }, () => next++ % 10_000)
      store.commit(changesOf(numbers), NO_POSITION)
    }
  }
}
