import { RecordHeaders, type SlidingWindows } from '../../record/index.ts'
import type { OwnedWindow, WindowEntry, WindowStore } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import { ChangeForwarder } from '../change-forwarder.ts'
import { ValueCopier } from '../copy-value.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { storedHeaders } from '../table-store.ts'
import { CloseEmitter, type ClosingWindows } from './close-emitter.ts'
import type { WindowedAggregateOptions } from './window-options.ts'

export interface SlidingAggregateOptions extends WindowedAggregateOptions {
  readonly windows: SlidingWindows
}

/** Aggregates sliding windows. Java: KStreamSlidingWindowAggregate (KIP-450). */
export function slidingAggregate(options: SlidingAggregateOptions): ProcessorSupplier {
  return () => new SlidingAggregate(options)
}

/** An aggregate and the highest timestamp in it. */
interface Aggregate {
  readonly value: any
  readonly timestamp: number
}

/**
 * Each record has a window that ends with it ("left") and one that begins a millisecond after it ("right"), which exist only
 * while they hold a record. So a record updates all windows that it falls into, and makes at most three: the right one of
 * the record before it, its own left one, its own right one. Both ends are inclusive; the stored timestamp of a window is
 * that of its last record.
 */
class SlidingAggregate implements NodeProcessor {
  readonly #options: SlidingAggregateOptions
  readonly #difference: number
  #context!: NodeContext
  #store!: WindowStore<any, any> & OwnedWindow<any, any>
  #forwarder: ChangeForwarder | undefined
  #emitter: CloseEmitter | undefined
  #copier!: ValueCopier
  #streamTime = -1
  /** Windows that end at or after it still take records. */
  #close = -1

  constructor(options: SlidingAggregateOptions) {
    this.#options = options
    this.#difference = options.windows.timeDifferenceMs
  }

  get ignoresValue(): boolean {
    return this.#options.ignoresValue === true
  }

  init(context: NodeContext): void {
    const { store, sendOldValues, emit, idleAfterMs } = this.#options
    const state = context.store(store)
    this.#context = context
    this.#store = state.face as WindowStore<any, any> & OwnedWindow<any, any>
    this.#copier = new ValueCopier(state.definition.value, store)
    if (emit === 'on-update') {
      this.#forwarder = new ChangeForwarder(context, state, sendOldValues)
      return
    }
    this.#emitter = new CloseEmitter(context, store, closingSlidingWindows(this.#difference, this.#store))
    if (idleAfterMs !== undefined) this.#emitter.watchIdle(idleAfterMs, (streamTime) => this.#advance(streamTime))
  }

  process(record: AnyRecord): void {
    const { key, value, timestamp } = record
    if (key === null || value === null) return this.#context.dropped('null-key-or-value')
    this.#moveTo(timestamp)
    this.#emitter?.touch(this.#streamTime)
    if (timestamp + this.#difference < this.#close) return this.#context.dropped('expired-window')
    if (timestamp < this.#difference) return this.#processEarly(record)
    this.#emitter?.emit(this.#close, record)
    this.#processLate(record)
  }

  /** Windows that begin before 0 are one, [0, difference], which holds all records up to the difference. */
  #processEarly(record: AnyRecord): void {
    const { key, timestamp } = record
    let combined: Aggregate | undefined
    let right: Aggregate | undefined
    let rightExists = false
    let previous = -1
    const starts: number[] = []
    for (const entry of this.#scan(key, 0, timestamp + 1, 'ascending')) {
      const { start } = entry.window
      starts.push(start)
      if (start === 0) {
        combined = entry
        if (entry.timestamp < timestamp) previous = entry.timestamp
      } else if (start <= timestamp) {
        right = this.#copy(entry)
        this.#update(record, start, entry)
      } else {
        rightExists = true
      }
    }
    if (right === undefined && combined !== undefined && combined.timestamp > timestamp) right = this.#copy(combined)
    if (!rightExists) this.#makeRight(record, right)
    if (previous !== -1 && !starts.includes(previous + 1)) this.#update(record, previous + 1, undefined)
    this.#update(record, 0, combined)
  }

  #processLate(record: AnyRecord): void {
    const { key, timestamp } = record
    const difference = this.#difference
    let right: Aggregate | undefined
    let left: Aggregate | undefined
    let leftExists = false
    let rightExists = false
    let previous = -1
    const starts: number[] = []
    for (const entry of this.#scan(key, Math.max(0, timestamp - 2 * difference), timestamp + 1, 'descending')) {
      const { start } = entry.window
      const end = start + difference
      const last = entry.timestamp
      starts.push(start)
      if (start === timestamp + 1) {
        rightExists = true
      } else if (end > timestamp) {
        right ??= this.#copy(entry)
        this.#update(record, start, entry)
      } else if (end === timestamp) {
        leftExists = true
        this.#update(record, start, entry)
        // A record of the same time has made all windows already.
        if (last >= timestamp) return
        previous = last
      } else {
        left = entry
        previous = last
        break
      }
    }
    const previousRight = previous + 1
    if (previous !== -1 && !starts.includes(previousRight) && previousRight + difference >= timestamp) {
      this.#update(record, previousRight, undefined)
    }
    if (!leftExists) this.#makeLeft(record, previous, left)
    if (!rightExists) this.#makeRight(record, right)
  }

  /** The window that ends with the record: what the one before it held, where that reaches into it. */
  #makeLeft(record: AnyRecord, previous: number, left: Aggregate | undefined): void {
    const start = record.timestamp - this.#difference
    const isEmpty = previous === -1 || previous < start || left === undefined
    this.#update(record, start, isEmpty ? undefined : this.#copy({ value: left.value, timestamp: record.timestamp }))
  }

  /** The window that begins after the record: it holds what was there already, and not the record. */
  #makeRight(record: AnyRecord, right: Aggregate | undefined): void {
    if (right === undefined || right.timestamp <= record.timestamp) return
    const start = record.timestamp + 1
    this.#store.put(record.key, right.value, start, { timestamp: right.timestamp, headers: RecordHeaders.empty })
    this.#forward(record, start, right.value, null, right.timestamp)
  }

  /** Takes the record into a window; `current` is what the window holds, undefined where it is new. */
  #update(record: AnyRecord, start: number, current: Aggregate | undefined): void {
    const end = start + this.#difference
    if (end < this.#close) return this.#context.dropped('expired-window')
    const { key, value } = record
    const { initializer, aggregator } = this.#options
    const before = current === undefined ? (initializer?.() ?? null) : current.value
    const timestamp = current === undefined ? record.timestamp : Math.max(record.timestamp, current.timestamp)
    const old = this.#forwarder?.needsOld === true ? this.#copier.copy(before) : null
    const isFirst = current === undefined && initializer === undefined
    const after = isFirst ? value : aggregator(before, value, key)
    this.#store.put(key, after, start, { timestamp, headers: storedHeaders(after, record) })
    this.#forward(record, start, after, old, timestamp)
  }

  #forward(record: AnyRecord, start: number, newValue: any, oldValue: any, timestamp: number): void {
    const forwarder = this.#forwarder
    if (forwarder === undefined || forwarder.isCached) return
    const key = { key: record.key, window: { start, end: start + this.#difference } }
    forwarder.forward(key, newValue, oldValue, true, timestamp, record)
  }

  /** Downwards, the first window that ended before the record is the last one of interest. */
  #scan(key: any, from: number, to: number, order: 'ascending' | 'descending'): readonly WindowEntry<any, any>[] {
    return this.#store.fetchOwned(key, from, to, order, to - 1 - this.#difference)
  }

  /** What goes into another window too must not be changed in place through this one. */
  #copy(aggregate: Aggregate): Aggregate {
    return { value: this.#copier.copy(aggregate.value), timestamp: aggregate.timestamp }
  }

  #moveTo(streamTime: number): void {
    if (streamTime <= this.#streamTime) return
    this.#streamTime = streamTime
    this.#close = streamTime - this.#options.windows.graceMs
  }

  #advance(streamTime: number): void {
    this.#moveTo(streamTime)
    this.#emitter?.emit(this.#close, undefined)
  }
}

function closingSlidingWindows(difference: number, store: OwnedWindow<any, any>): ClosingWindows {
  return {
    closed(lastClose, close) {
      const upper = close - difference - 1
      if (upper < 0) return undefined
      return store.fetchClosed(lastClose === -1 ? 0 : Math.max(0, lastClose - difference), upper)
    },
    timestamp: (entry: WindowEntry<any, any>) => entry.timestamp,
  }
}
