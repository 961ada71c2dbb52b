// A record of a test as the task reads records: a cursor that stands on one.
import type { RecordCursor } from '../protocol/index.ts'
import type { RecordHeaders } from '../record/index.ts'
import type { RecordSource } from '../runtime/index.ts'
import type { RawTestRecord } from './raw-test-driver.ts'

export function oneRecord(record: RawTestRecord, offset: number): RecordSource {
  return { recordCount: 1, cursor: () => new OneRecordCursor(record, offset) }
}

class OneRecordCursor implements RecordCursor {
  readonly buffer: Buffer
  readonly offset: number
  readonly timestamp: number
  readonly keyStart = 0
  readonly keyLength: number
  readonly valueStart: number
  readonly valueLength: number
  readonly headerCount: number
  readonly #headers: RecordHeaders
  #isBefore = true

  constructor({ key, value, timestamp, headers }: RawTestRecord, offset: number) {
    this.buffer = Buffer.concat([key ?? Buffer.of(), value ?? Buffer.of()])
    this.offset = offset
    this.timestamp = timestamp
    this.keyLength = key?.length ?? -1
    this.valueStart = key?.length ?? 0
    this.valueLength = value?.length ?? -1
    this.headerCount = headers.size
    this.#headers = headers
  }

  headers(): RecordHeaders {
    return this.#headers
  }

  next(): boolean {
    const isFirst = this.#isBefore
    this.#isBefore = false
    return isFirst
  }
}
