// What live queries ask and get. Changes travel as the serdes' bytes.
import type { Window } from '../record/index.ts'

/** What became of a key, or of a key's window or session. */
export interface Change<out K, out V> {
  readonly key: K
  /** undefined: there was nothing. */
  readonly before: V | undefined
  /** undefined: it was deleted. */
  readonly after: V | undefined
  readonly timestamp: number
  /** undefined for a table without windows. */
  readonly window: Window | undefined
}

/** When a live query ends, beside the end of the application. */
export interface WatchOptions {
  /** Ends it. */
  readonly signal?: AbortSignal
}

export interface WatchRequest {
  readonly store: string
  /** undefined: all. */
  readonly key: Uint8Array | undefined
  readonly partition: number | undefined
}

export interface LocalChange {
  readonly key: Uint8Array
  readonly before: Uint8Array | undefined
  readonly after: Uint8Array | undefined
  readonly timestamp: number
  readonly window: Window | undefined
}

export type OnChanges = (changes: readonly LocalChange[]) => void
