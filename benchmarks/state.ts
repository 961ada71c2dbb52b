// What stores cost a record: CPU ns of get + put of a string key, and of the parts below.
//   tsx benchmarks/state.ts
import { RecordHeaders } from '../src/record/index.ts'
import { serdes } from '../src/serde/index.ts'
import { KeyValueState } from '../src/state/key-value-store.ts'
import { NO_POSITION, TestHost, keyValueDefinition } from '../src/state/test-host.ts'

const KEY_COUNT = 100_000
const OPERATION_COUNT = 1_000_000

/** Prints the best of a few rounds, in CPU ns an operation. */
function bench(name: string, run: () => void, operationCount: number = OPERATION_COUNT): void {
  let best = Infinity
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, ((user + system) * 1_000) / operationCount)
  }
  console.log(`${name.padEnd(48)} ${best.toFixed(0).padStart(6)} ns`)
}

const keyBuffers = Array.from({ length: KEY_COUNT }, (_, i) => Buffer.from(`customer-${i}`))
const order = Uint32Array.from({ length: OPERATION_COUNT }, (_, i) => Math.imul(i, 2_654_435_761) >>> 0).map(
  (n) => n % KEY_COUNT,
)
const keys = keyBuffers.map((buffer) => buffer.toString())
const ORDER =
  '{"id":123456,"customer":"customer-77","sku":"sku-1234","quantity":3,"price":12.5,"at":1700000000000,"x":"abc"}'

class QuietHost extends TestHost {
  override logChange(): void {}
}

function countWith(cacheBytes: number, doesCommit: boolean): () => void {
  const host = new QuietHost()
  host.cacheBytes = cacheBytes
  const store = new KeyValueState<string, number>(
    keyValueDefinition(serdes.string, serdes.int64, { caching: cacheBytes > 0 }),
    host,
  )
  return () => {
    for (let i = 0; i < OPERATION_COUNT; i++) {
      const key = keys[order[i] as number] as string
      const stored = store.getStored(key)
      store.put(key, stored === undefined ? 1 : stored.value + 1, host.record)
      if (doesCommit && i % 100_000 === 0) {
        store.flush()
        store.commit(NO_POSITION)
      }
    }
    store.flush()
    store.commit(NO_POSITION)
  }
}

bench('JSON.parse of 107 bytes (U)', () => {
  for (let i = 0; i < OPERATION_COUNT; i++) JSON.parse(ORDER)
})
const { decodeRange } = serdes.string as unknown as {
  decodeRange: (b: Buffer, s: number, e: number, c: unknown) => string
}
const context = { topic: 't', headers: RecordHeaders.empty, isKey: true }
bench('string key decoded (interned)', () => {
  for (let i = 0; i < OPERATION_COUNT; i++) {
    const buffer = keyBuffers[order[i] as number] as Buffer
    decodeRange(buffer, 0, buffer.length, context)
  }
})
bench('string key decoded (fresh)', () => {
  for (let i = 0; i < OPERATION_COUNT; i++) {
    const buffer = keyBuffers[order[i] as number] as Buffer
    buffer.toString('utf8', 0, buffer.length)
  }
})
bench('count, cached, commit at the end', countWith(1 << 30, false))
bench('count, cached, commit each 100,000', countWith(1 << 30, true))
bench('count, cached, 10 MiB', countWith(10 << 20, false))
bench('count, no cache, commit at the end', countWith(0, false))
bench('count, no cache, commit each 100,000', countWith(0, true))
