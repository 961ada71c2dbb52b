// What the disk store costs: CPU us an operation on the main thread, 16-byte random keys, 100-byte values.
//   tsx benchmarks/disk-store.ts [KEYS] (default 1,000,000; in a new temporary directory)
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeDisk, seededPrng } from '../src/base/index.ts'
import type { ByteChanges } from '../src/state/byte-store.ts'
import { CompactionWorker } from '../src/app/compaction-worker.ts'
import { LsmMemory } from '../src/state/lsm/lsm-memory.ts'
import { LsmStore } from '../src/state/lsm/lsm-store.ts'
import { NO_POSITION } from '../src/state/test-host.ts'

const keyCount = Number(process.argv[2] ?? 1_000_000)
const VALUE_BYTES = 100
const prng = seededPrng(7)
const directory = mkdtempSync(join(tmpdir(), 'tidemill-disk-store-'))
const disk = new NodeDisk(directory)
const worker = new CompactionWorker({ directory })
const store = new LsmStore({
  disk,
  directory: 'store',
  name: 'store',
  memory: new LsmMemory(),
  compactor: worker,
  compression: 'none',
  segmentBytes: 0,
})

/** 16 bytes that look random, from a number. */
function writeKey(target: Buffer, at: number, number: number): void {
  let hash = Math.imul(number ^ 0x9e3779b9, 0x85ebca6b)
  for (let i = 0; i < 16; i += 4) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + number
    target.writeInt32LE(hash | 0, at + i)
  }
}

const row = Buffer.alloc(16 + VALUE_BYTES, 0x61)

function changesOf(numbers: readonly number[]): ByteChanges {
  return {
    each(visit) {
      for (const number of numbers) {
        writeKey(row, 0, number)
        visit(row, 0, 16, 16, 16 + VALUE_BYTES)
      }
    },
  }
}

function bench(name: string, operations: number, run: () => void): void {
  const cpu = process.cpuUsage()
  const start = performance.now()
  run()
  const { user, system } = process.cpuUsage(cpu)
  const cpuUs = (user + system) / operations
  const perSecond = (operations / (performance.now() - start)) * 1_000
  console.log(
    `${name.padEnd(34)} ${cpuUs.toFixed(2).padStart(8)} us CPU  ${Math.round(perSecond).toLocaleString('en').padStart(10)}/s`,
  )
}

let worstMs = 0
bench(`load ${keyCount} keys, 10,000 a commit`, keyCount, () => {
  for (let at = 0; at < keyCount; at += 10_000) {
    const numbers = Array.from({ length: 10_000 }, (_, i) => at + i)
    const start = performance.now()
    store.commit(changesOf(numbers), NO_POSITION)
    worstMs = Math.max(worstMs, performance.now() - start)
  }
})
console.log(
  `worst commit ${worstMs.toFixed(0)} ms, ${(store.approximateBytes() / 1e6).toFixed(0)} MB for ${((keyCount * 116) / 1e6).toFixed(0)} MB`,
)

const GETS = 200_000
const key = Buffer.alloc(16)
const get = (number: number): void => {
  writeKey(key, 0, number)
  store.get(key, 0, 16)
}
bench('get, of 100,000 keys', GETS, () => {
  for (let i = 0; i < GETS; i++) get(prng.integer(Math.min(100_000, keyCount)))
})
bench('get, of all', GETS, () => {
  for (let i = 0; i < GETS; i++) get(prng.integer(keyCount))
})
bench('get, absent', GETS, () => {
  for (let i = 0; i < GETS; i++) get(keyCount + i)
})
bench('commit of 1,000 updates', 100_000, () => {
  for (let i = 0; i < 100; i++) {
    store.commit(changesOf(Array.from({ length: 1_000 }, () => prng.integer(keyCount))), NO_POSITION)
  }
})
bench('scan of 1,000, an entry', 200_000, () => {
  for (let i = 0; i < 200; i++) {
    writeKey(key, 0, prng.integer(keyCount))
    const cursor = store.cursor({ gte: key })
    for (let left = 1_000; left > 0 && cursor.next(); left--) key[0] = cursor.buffer[cursor.keyStart] as number
    cursor.close()
  }
})
bench('merge all, an entry', keyCount, () => store.compact())
console.log(
  `${(store.approximateBytes() / 1e6).toFixed(0)} MB after merging, ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB resident`,
)
await store.destroy()
await worker.close()
rmSync(directory, { recursive: true })
