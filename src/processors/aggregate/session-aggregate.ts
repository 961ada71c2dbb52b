import { RecordHeaders, type SessionWindows, type Window } from '../../record/index.ts'
import type { OwnedSession, SessionStore, WindowEntry } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import { ChangeForwarder } from '../change-forwarder.ts'
import { ValueCopier } from '../copy-value.ts'
import type { AnyRecord, ProcessorSupplier, SessionMerger } from '../functions.ts'
import { makeChange, makeRecord } from '../stream-records.ts'
import { storedHeaders } from '../table-store.ts'
import { CloseEmitter, type ClosingWindows } from './close-emitter.ts'
import type { WindowedAggregateOptions } from './window-options.ts'

export interface SessionAggregateOptions extends WindowedAggregateOptions {
  readonly windows: SessionWindows
  readonly merger: SessionMerger
}

/** Aggregates sessions, merging those that a record joins. Java: KStreamSessionWindowAggregate. */
export function sessionAggregate(options: SessionAggregateOptions): ProcessorSupplier {
  return () => new SessionAggregate(options)
}

/**
 * A session is found until it is closed, never after: stores may hide it a moment earlier or show it (clean in a cache) long
 * after, so what is found is looked at again. Results carry the session's end as timestamp, and no headers.
 */
class SessionAggregate implements NodeProcessor {
  readonly #options: SessionAggregateOptions
  readonly #gap: number
  #context!: NodeContext
  #store!: SessionStore<any, any> & OwnedSession<any, any>
  #forwarder: ChangeForwarder | undefined
  #emitter: CloseEmitter | undefined
  #copier!: ValueCopier
  #streamTime = -1
  /** Sessions that end at or after it are open. */
  #close = -Infinity

  constructor(options: SessionAggregateOptions) {
    this.#options = options
    this.#gap = options.windows.inactivityGapMs
  }

  get ignoresValue(): boolean {
    return this.#options.ignoresValue === true
  }

  init(context: NodeContext): void {
    const { store, sendOldValues, emit, idleAfterMs } = this.#options
    const state = context.store(store)
    this.#context = context
    this.#store = state.face as SessionStore<any, any> & OwnedSession<any, any>
    this.#copier = new ValueCopier(state.definition.value, store)
    if (emit === 'on-update') {
      this.#forwarder = new ChangeForwarder(context, state, sendOldValues)
      return
    }
    this.#emitter = new CloseEmitter(context, store, closingSessions(this.#store))
    if (idleAfterMs !== undefined) this.#emitter.watchIdle(idleAfterMs, (streamTime) => this.#advance(streamTime))
  }

  /** A null value is passed on to the aggregator; only the key must be there. */
  process(record: AnyRecord): void {
    const { key, timestamp } = record
    if (key === null) return this.#context.dropped('null-key')
    this.#moveTo(timestamp)
    if (this.#emitter !== undefined) {
      this.#emitter.touch(this.#streamTime)
      this.#emitter.emit(this.#close, record)
    }
    const found = this.#find(key, timestamp)
    const start = found.reduce((min, entry) => Math.min(min, entry.window.start), timestamp)
    const end = found.reduce((max, entry) => Math.max(max, entry.window.end), timestamp)
    if (end < this.#close) return this.#context.dropped('expired-window')
    this.#update(record, found, { start, end })
  }

  #find(key: any, timestamp: number): readonly WindowEntry<any, any>[] {
    const found: WindowEntry<any, any>[] = []
    for (const entry of this.#store.findOwned(key, timestamp - this.#gap, timestamp + this.#gap)) {
      if (entry.window.end >= this.#close) found.push(entry)
    }
    return found
  }

  #update(record: AnyRecord, found: readonly WindowEntry<any, any>[], session: Window): void {
    const { key, value } = record
    const { initializer, aggregator } = this.#options
    const olds = this.#forwarder?.needsOld === true ? found.map((entry) => this.#copier.copy(entry.value)) : []
    const merged = this.#merge(key, found)
    // With one session that is not made longer, it is written over where it is.
    if (session.start !== session.end) found.forEach((entry, i) => this.#remove(record, entry, olds[i] ?? null))
    const after = merged === null && initializer === undefined ? value : aggregator(merged, value, key)
    this.#store.put(key, after, session, { timestamp: record.timestamp, headers: storedHeaders(after, record) })
    this.#forward(key, session, after, null)
  }

  #merge(key: any, found: readonly WindowEntry<any, any>[]): any {
    const { initializer, merger } = this.#options
    let aggregate = initializer?.() ?? null
    for (const entry of found) {
      aggregate = aggregate === null && initializer === undefined ? entry.value : merger(aggregate, entry.value, key)
    }
    return aggregate
  }

  #remove(record: AnyRecord, entry: WindowEntry<any, any>, old: any): void {
    this.#store.put(record.key, null, entry.window, record)
    this.#forward(record.key, entry.window, null, old)
  }

  #forward(key: any, window: Window, newValue: any, oldValue: any): void {
    if (this.#forwarder === undefined || this.#forwarder.isCached) return
    const change = makeChange(newValue, oldValue, true)
    this.#context.forward(makeRecord({ key, window }, change, window.end, RecordHeaders.empty))
  }

  #moveTo(streamTime: number): void {
    if (streamTime <= this.#streamTime) return
    this.#streamTime = streamTime
    this.#close = streamTime - this.#options.windows.graceMs - this.#gap
  }

  #advance(streamTime: number): void {
    this.#moveTo(streamTime)
    this.#emitter?.emit(this.#close, undefined)
  }
}

function closingSessions(store: OwnedSession<any, any>): ClosingWindows {
  return {
    closed(lastClose, close) {
      return close - 1 < 0 ? undefined : store.findClosed(Math.max(0, lastClose), close - 1)
    },
    timestamp: (entry: WindowEntry<any, any>) => entry.window.end,
  }
}
