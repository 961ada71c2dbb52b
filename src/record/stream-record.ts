// What flows between processors. Every producer of records makes the same four fields in the same order (one shape).
import type { RecordHeaders } from './headers.ts'

/** A record on its way through a topology. Java: processor.api.Record. */
export interface StreamRecord<out K = unknown, out V = unknown> {
  readonly key: K
  readonly value: V
  /** Event time in ms since 1970, never negative. */
  readonly timestamp: number
  readonly headers: RecordHeaders
}

/**
 * Where the record that is being processed came from. In a punctuation topic is null, partition and offset are -1.
 * The object is reused: read it during the call, do not keep it. Java: RecordContext.
 */
export interface RecordContext {
  readonly topic: string | null
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly headers: RecordHeaders
}

/** What a table sends downstream: the new value (null: deleted) and, for those who asked, the one before. */
export interface Change<out V = unknown> {
  readonly newValue: V | null
  /** null where there was none, or where nobody asked for old values. */
  readonly oldValue: V | null
  /** False for an out-of-order update of a versioned table. */
  readonly isLatest: boolean
}

/** A window of time, in ms since 1970. Whether the end belongs to it is said by its kind: of time windows it does not, of sliding windows and sessions it does. */
export interface Window {
  /** Inclusive, ms. */
  readonly start: number
  /** Exclusive for time windows, inclusive for session and sliding windows, ms. */
  readonly end: number
}

/** A key and the window that it was aggregated in. */
export interface Windowed<out K> {
  readonly key: K
  readonly window: Window
}
