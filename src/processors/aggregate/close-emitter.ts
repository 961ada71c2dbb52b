// Emission on window close: which windows have closed since the last time, each emitted once.
//
// Invariants: `lastClose` is the close time up to which all closed windows were emitted; it is committed with the offsets and
// comes back after a restart. Operators emit before they put the record that moved the time: the store's own time is then
// still behind the windows that close, so that none can be dropped unseen however far time jumps. For the same reason
// there is no throttle (Java has one of 1 s, and loses windows); a look at the store is made only where a window can have closed.
import { RecordHeaders, type Window } from '../../record/index.ts'
import type { WindowEntry } from '../../state/index.ts'
import type { NodeContext } from '../../topology/index.ts'
import type { AnyRecord } from '../functions.ts'
import { IdleWatch } from '../idle-watch.ts'
import { makeChange, makeRecord } from '../stream-records.ts'

/** What differs between kinds of windows. */
export interface ClosingWindows {
  /** The entries that closed when the close time went from `lastClose` (-1: never yet) to `close`; undefined: none can have. */
  closed(lastClose: number, close: number): Iterable<WindowEntry<any, any>> | undefined
  /** The timestamp of a result. */
  timestamp(entry: WindowEntry<any, any>): number
}

export class CloseEmitter {
  readonly #context: NodeContext
  readonly #store: string
  readonly #windows: ClosingWindows
  #lastClose: number
  #idle: IdleWatch | undefined

  constructor(context: NodeContext, store: string, windows: ClosingWindows) {
    this.#context = context
    this.#store = store
    this.#windows = windows
    this.#lastClose = context.loadMetadata(store) ?? -1
  }

  /** Emits without records too: `advance` moves the operator's stream time and calls emit(). */
  watchIdle(idleAfterMs: number, advance: (streamTime: number) => void): void {
    this.#idle = new IdleWatch(this.#context, idleAfterMs, advance)
  }

  touch(streamTime: number): void {
    this.#idle?.touch(streamTime)
  }

  /** Emits what has closed, with the headers of the record that closed it (none where the wall clock did). */
  emit(close: number, cause: AnyRecord | undefined): void {
    if (this.#lastClose !== -1 && close <= this.#lastClose) return
    const entries = this.#windows.closed(this.#lastClose, close)
    if (entries === undefined) return
    const headers = cause?.headers ?? RecordHeaders.empty
    for (const entry of entries) {
      const key = { key: entry.key, window: entry.window as Window }
      this.#context.forward(
        makeRecord(key, makeChange(entry.value, null, true), this.#windows.timestamp(entry), headers),
      )
    }
    this.#lastClose = close
    this.#context.saveMetadata(this.#store, close)
  }
}
