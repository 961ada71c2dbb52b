// The records of a fetched changelog partition, one after another, as restoring reads them. Millions pass: the record that is given
// is one object for all, so read it before the next is asked for. Its key and value stay valid.
import type { FetchedPartition } from '../client/index.ts'
import { recordCursor } from '../protocol/index.ts'
import { RecordHeaders } from '../record/index.ts'
import type { ChangelogRecord } from '../state/index.ts'

type Cursor = ReturnType<typeof recordCursor>

class CurrentRecord implements ChangelogRecord {
  key: Buffer = Buffer.alloc(0)
  value: Buffer | null = null
  timestamp = -1
  cursor: Cursor | undefined = undefined

  /** Few stores read them. */
  get headers(): RecordHeaders {
    return this.cursor?.headers() ?? RecordHeaders.empty
  }
}

export class ChangelogRecords implements IterableIterator<ChangelogRecord> {
  /** Given so far. */
  count = 0
  readonly #fetched: FetchedPartition
  readonly #from: number
  readonly #limit: number
  readonly #record = new CurrentRecord()
  readonly #result: IteratorYieldResult<ChangelogRecord> = { done: false, value: this.#record }
  #nextBatch = 0
  #cursor: Cursor | undefined

  /** From one offset up to another. */
  constructor(fetched: FetchedPartition, from: number, limit: number) {
    this.#fetched = fetched
    this.#from = Math.max(from, fetched.fromOffset)
    this.#limit = limit
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<ChangelogRecord> {
    for (;;) {
      const cursor = this.#cursor ?? this.#openNext()
      if (cursor === undefined) return { done: true, value: undefined }
      if (!cursor.next() || cursor.offset >= this.#limit) this.#cursor = undefined
      else if (cursor.offset >= this.#from && cursor.keyLength >= 0) return this.#give(cursor)
    }
  }

  #openNext(): Cursor | undefined {
    const batch = this.#fetched.batches[this.#nextBatch++]
    return (this.#cursor = batch === undefined ? undefined : recordCursor(batch))
  }

  #give(cursor: Cursor): IteratorResult<ChangelogRecord> {
    const { buffer, keyStart, keyLength, valueStart, valueLength } = cursor
    const record = this.#record
    record.key = buffer.subarray(keyStart, keyStart + keyLength)
    record.value = valueLength < 0 ? null : buffer.subarray(valueStart, valueStart + valueLength)
    record.timestamp = cursor.timestamp
    record.cursor = cursor
    this.count++
    return this.#result
  }
}
