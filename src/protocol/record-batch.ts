// Record batch v2 (magic 2): reading as a cursor over bytes, writing as a builder. The layout is in FORMAT.md.
// This is the contract the rest is built on; no object per record unless asked for.
import type { RecordHeaders } from '../record/index.ts'

/** A parsed batch header over the bytes that hold it. */
export interface RecordBatch {
  readonly buffer: Buffer
  /** Of the whole batch in `buffer`. */
  readonly start: number
  readonly end: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly leaderEpoch: number
  readonly recordCount: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly timestampType: 'create' | 'log-append'
  readonly deleteHorizonMs: number | undefined
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

/**
 * Walks the records of a batch: `while (cursor.next()) ...`. Fields are of the current record; keys and values are ranges of
 * `buffer` (the decompressed one where the batch is compressed); a length of -1 is null.
 */
export interface RecordCursor {
  readonly buffer: Buffer
  readonly offset: number
  readonly timestamp: number
  readonly keyStart: number
  readonly keyLength: number
  readonly valueStart: number
  readonly valueLength: number
  readonly headerCount: number
  /** Decodes the current record's headers; the empty ones where there are none. */
  headers(): RecordHeaders
  next(): boolean
}
