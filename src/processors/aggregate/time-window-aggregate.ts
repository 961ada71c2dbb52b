import {
  type EnumerableWindows,
  firstWindowStart,
  type TimeWindows,
  type Window,
  windowsFor,
} from '../../record/index.ts'
import type { OwnedWindow, WindowEntry, WindowStore } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import { ChangeForwarder } from '../change-forwarder.ts'
import { ValueCopier } from '../copy-value.ts'
import type { Aggregator, AnyRecord, Initializer, ProcessorSupplier } from '../functions.ts'
import { storedHeaders } from '../table-store.ts'
import { CloseEmitter, type ClosingWindows } from './close-emitter.ts'
import type { WindowedAggregateOptions } from './window-options.ts'

export interface TimeWindowAggregateOptions extends WindowedAggregateOptions {
  readonly windows: EnumerableWindows
}

/** Aggregates the records of each key and window. Java: KStreamWindowAggregate. */
export function timeWindowAggregate(options: TimeWindowAggregateOptions): ProcessorSupplier {
  return () => new TimeWindowAggregate(options)
}

/** Its stream time is the highest timestamp that came here; a window takes records until stream time reaches its end and grace. */
class TimeWindowAggregate implements NodeProcessor {
  readonly #options: TimeWindowAggregateOptions
  readonly #windows: EnumerableWindows
  readonly #graceMs: number
  readonly #initializer: Initializer | undefined
  readonly #aggregator: Aggregator
  #context!: NodeContext
  #store!: WindowStore<any, any> & OwnedWindow<any, any>
  #forwarder: ChangeForwarder | undefined
  #emitter: CloseEmitter | undefined
  #copier!: ValueCopier
  #streamTime = -1

  constructor(options: TimeWindowAggregateOptions) {
    this.#options = options
    this.#windows = options.windows
    this.#graceMs = options.windows.kind === 'unlimited' ? 0 : options.windows.graceMs
    this.#initializer = options.initializer
    this.#aggregator = options.aggregator
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
    this.#emitter = new CloseEmitter(context, store, closingTimeWindows(this.#windows, this.#store))
    if (idleAfterMs !== undefined) this.#emitter.watchIdle(idleAfterMs, (streamTime) => this.#advance(streamTime))
  }

  /** A null value is passed on to the aggregator; only the key must be there. */
  process(record: AnyRecord): void {
    if (record.key === null) return this.#context.dropped('null-key')
    if (record.timestamp > this.#streamTime) this.#streamTime = record.timestamp
    const close = this.#streamTime - this.#graceMs
    if (this.#emitter !== undefined) {
      this.#emitter.touch(this.#streamTime)
      this.#emitter.emit(close, record)
    }
    if (this.#windows.kind === 'time') this.#updateAligned(record, this.#windows, close)
    else this.#updateListed(record, windowsFor(this.#windows, record.timestamp), close)
  }

  #updateAligned(record: AnyRecord, windows: TimeWindows, close: number): void {
    const { sizeMs, advanceMs } = windows
    for (let start = firstWindowStart(windows, record.timestamp); start <= record.timestamp; start += advanceMs) {
      if (start + sizeMs > close) this.#update(record, start, start + sizeMs)
      else this.#context.dropped('expired-window')
    }
  }

  #updateListed(record: AnyRecord, windows: readonly Window[], close: number): void {
    for (const { start, end } of windows) {
      if (end > close) this.#update(record, start, end)
      else this.#context.dropped('expired-window')
    }
  }

  #update(record: AnyRecord, start: number, end: number): void {
    const { key, value } = record
    const stored = this.#store.getOwned(key, start)
    const before = stored === undefined ? (this.#initializer?.() ?? null) : stored.value
    const timestamp = stored === undefined ? record.timestamp : Math.max(record.timestamp, stored.timestamp)
    const forwarder = this.#forwarder
    const old = forwarder !== undefined && forwarder.needsOld ? this.#copier.copy(before) : null
    const isFirst = stored === undefined && this.#initializer === undefined
    const after = isFirst ? value : this.#aggregator(before, value, key)
    this.#store.putOwned(key, after, start, timestamp, storedHeaders(after, record))
    if (forwarder === undefined || forwarder.isCached) return
    forwarder.forward({ key, window: { start, end } }, after, old, true, timestamp, record)
  }

  #advance(streamTime: number): void {
    if (streamTime > this.#streamTime) this.#streamTime = streamTime
    this.#emitter?.emit(this.#streamTime - this.#graceMs, undefined)
  }
}

function closingTimeWindows(windows: EnumerableWindows, store: OwnedWindow<any, any>): ClosingWindows {
  const sizeMs = windows.kind === 'unlimited' ? Infinity : windows.sizeMs
  return {
    closed(lastClose, close) {
      const upper = close - sizeMs
      if (upper < 0) return undefined
      const lower = lastClose === -1 ? 0 : Math.max(0, lastClose - sizeMs) + 1
      if (lastClose !== -1 && sameWindows(windows, lower - 1, upper)) return undefined
      return store.fetchClosed(lower, upper)
    },
    timestamp: (entry: WindowEntry<any, any>) => entry.timestamp,
  }
}

/** No window starts between the two times: nothing can have closed. */
function sameWindows(windows: EnumerableWindows, from: number, to: number): boolean {
  if (windows.kind === 'time') return lastStart(windows, from) === lastStart(windows, to)
  const [first, second] = [windowsFor(windows, from), windowsFor(windows, to)]
  return first.length === second.length && first.every((window, i) => window.start === second[i]?.start)
}

function lastStart(windows: TimeWindows, timestamp: number): number {
  return timestamp - (timestamp % windows.advanceMs)
}
