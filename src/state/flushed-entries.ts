// Entries that were flushed, on their way to the listener, as they were when they were written: what downstream does may change the
// cache. One after another, in arrays: hundreds of thousands of small objects would be copied by the collector.
import type { PutOrigin, RecordCache } from './record-cache.ts'

const NUMBERS = 5

export class FlushedEntries {
  // The entry that was loaded last.
  key: unknown = undefined
  value: unknown = undefined
  old: unknown = null
  major = 0
  minor = 0
  timestamp = -1
  contextTimestamp = -1
  offset = -1
  origin!: PutOrigin

  count = 0
  readonly #keys: unknown[] = []
  readonly #values: unknown[] = []
  readonly #olds: unknown[] = []
  readonly #origins: PutOrigin[] = []
  readonly #numbers: Float64Array

  constructor(countMax: number) {
    this.#numbers = new Float64Array(countMax * NUMBERS)
  }

  add(cache: RecordCache, entry: number, value: unknown, old: unknown, timestamp: number): void {
    const numbers = this.#numbers
    const at = this.count++ * NUMBERS
    numbers[at] = cache.majorOf(entry)
    numbers[at + 1] = cache.minorOf(entry)
    numbers[at + 2] = timestamp
    numbers[at + 3] = cache.contextTimestampOf(entry)
    numbers[at + 4] = cache.offsetOf(entry)
    this.#keys.push(cache.keyOf(entry))
    this.#values.push(value)
    this.#olds.push(old)
    this.#origins.push(cache.originOf(entry))
  }

  load(i: number): void {
    const numbers = this.#numbers
    const at = i * NUMBERS
    this.key = this.#keys[i]
    this.value = this.#values[i]
    this.old = this.#olds[i]
    this.origin = this.#origins[i] as PutOrigin
    this.major = numbers[at] as number
    this.minor = numbers[at + 1] as number
    this.timestamp = numbers[at + 2] as number
    this.contextTimestamp = numbers[at + 3] as number
    this.offset = numbers[at + 4] as number
  }
}
