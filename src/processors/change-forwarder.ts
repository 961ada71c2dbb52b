// Who forwards the changes of a stored table: the operator at once, or, where the store has a cache, the cache when it is
// flushed. Java: TimestampedTupleForwarder and the CacheFlushListeners.
import type { Windowed } from '../record/index.ts'
import type { FlushListener, StateStore } from '../state/index.ts'
import type { NodeContext } from '../topology/index.ts'
import type { AnyRecord } from './functions.ts'
import { makeChange, makeRecord } from './stream-records.ts'

export class ChangeForwarder {
  /** The cache forwards; the operator needs no old value. */
  readonly isCached: boolean
  /** The operator must find out the value that was there. */
  readonly needsOld: boolean
  readonly #context: NodeContext

  constructor(context: NodeContext, state: StateStore, sendOldValues: boolean) {
    this.#context = context
    const isSession = state.definition.kind === 'session'
    const listener: FlushListener = (key, newValue, oldValue, timestamp) => {
      const change = makeChange(newValue, sendOldValues ? oldValue : null, true)
      // A session's result has the time of its end, whatever record changed it last.
      const time = isSession ? (key as Windowed<any>).window.end : timestamp
      context.forward(makeRecord(key, change, time, context.record.headers))
    }
    this.isCached = state.setFlushListener(context.childNames.length === 0 ? undefined : listener, sendOldValues)
    this.needsOld = sendOldValues && !this.isCached
  }

  /** Of an operator without a cache; with one it does nothing. */
  forward(key: any, newValue: any, oldValue: any, isLatest: boolean, timestamp: number, record: AnyRecord): void {
    if (this.isCached) return
    const change = makeChange(newValue, this.needsOld ? oldValue : null, isLatest)
    this.#context.forward(makeRecord(key, change, timestamp, record.headers))
  }
}
