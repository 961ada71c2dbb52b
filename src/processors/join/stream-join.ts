import type { JoinSide, JoinedWindow, OuterJoinStore, WindowStore } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, Joiner, ProcessorSupplier } from '../functions.ts'
import { makeRecord } from '../stream-records.ts'

export interface StreamJoinOptions {
  readonly kind: 'inner' | 'left' | 'outer'
  readonly joiner: Joiner
  /** Window stores with duplicates, which streamJoinWindow() fills. */
  readonly leftStore: string
  readonly rightStore: string
  /** What has found no partner yet; undefined for inner joins, and where results may come early (JoinWindows.of). */
  readonly outerStore: string | undefined
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
}

export interface StreamJoinSuppliers {
  /** Connect it to rightStore and outerStore. */
  readonly left: ProcessorSupplier
  /** Connect it to leftStore and outerStore. */
  readonly right: ProcessorSupplier
}

/** Both join nodes of two streams; in a task they share their stream time. Java: KStreamKStreamJoin, left and right side. */
export function streamJoin(options: StreamJoinOptions): StreamJoinSuppliers {
  const token = {}
  return {
    left: () => new StreamJoin(options, 'left', token),
    right: () => new StreamJoin(options, 'right', token),
  }
}

/** What the two sides of a join in one task know together. */
interface SharedTime {
  /** Highest timestamp of either side. */
  streamTime: number
  /** No unjoined record is older; Infinity where there is none. */
  oldestUnjoined: number
  nextEmitMs: number
}

/**
 * One side. The other side's records lie in its window store; this side's are put there after this node has run, by the
 * window node before it. A record without a partner waits in the shared outer store until no partner can come any more.
 */
class StreamJoin implements NodeProcessor {
  readonly #options: StreamJoinOptions
  readonly #side: JoinSide
  readonly #otherSide: JoinSide
  readonly #token: object
  readonly #joiner: Joiner
  /** A record of this side is a result also without a partner. */
  readonly #isOuter: boolean
  /** The other side's partners lie in [timestamp - before, timestamp + after]. */
  readonly #beforeMs: number
  readonly #afterMs: number
  #context!: NodeContext
  #otherStore!: JoinedWindow<any, any>
  #outerStore: OuterJoinStore<any, any, any> | undefined
  #time!: SharedTime

  constructor(options: StreamJoinOptions, side: JoinSide, token: object) {
    const isLeft = side === 'left'
    this.#options = options
    this.#side = side
    this.#otherSide = isLeft ? 'right' : 'left'
    this.#token = token
    this.#joiner = options.joiner
    this.#isOuter = options.kind === 'outer' || (options.kind === 'left' && isLeft)
    this.#beforeMs = isLeft ? options.beforeMs : options.afterMs
    this.#afterMs = isLeft ? options.afterMs : options.beforeMs
  }

  init(context: NodeContext): void {
    const { leftStore, rightStore, outerStore } = this.#options
    this.#context = context
    this.#otherStore = context.store(this.#side === 'left' ? rightStore : leftStore).face as WindowStore<any, any> &
      JoinedWindow<any, any>
    this.#outerStore =
      outerStore === undefined ? undefined : (context.store(outerStore).face as OuterJoinStore<any, any, any>)
    // What an earlier run left in the outer store is looked at from the start.
    const oldestUnjoined = this.#outerStore === undefined ? Infinity : oldestIn(this.#outerStore)
    this.#time = context.shared(this.#token, () => ({ streamTime: -1, oldestUnjoined, nextEmitMs: -Infinity }))
  }

  process(record: AnyRecord): void {
    const { key, value, timestamp } = record
    const time = this.#time
    if (timestamp > time.streamTime) time.streamTime = timestamp
    if (value === null || (key === null && !this.#isOuter)) return this.#context.dropped('null-key-or-value')
    if (key === null) return this.#forwardAlone(record)
    if (timestamp === time.streamTime) this.#emitUnjoined(record)
    if (!this.#joinOthers(record) && this.#isOuter) this.#keepAlone(record)
  }

  /** Whether there was a partner. */
  #joinOthers(record: AnyRecord): boolean {
    const { key, value, timestamp } = record
    const from = Math.max(0, timestamp - this.#beforeMs)
    const to = Math.max(0, timestamp + this.#afterMs)
    const context = this.#context
    const rows = this.#otherStore.rowsOf(key, from, to)
    const { times } = rows
    for (let i = 0; i < times.length; i++) {
      const otherTime = times[i] as number
      this.#outerStore?.remove(otherTime, this.#otherSide, key)
      const other = rows.valueAt(i)
      const joined = this.#side === 'left' ? this.#joiner(value, other, key) : this.#joiner(other, value, key)
      context.forward(makeRecord(key, joined, Math.max(timestamp, otherTime), record.headers))
    }
    return times.length > 0
  }

  /** At once where its window has closed already, or where nothing waits for it to close. */
  #keepAlone(record: AnyRecord): void {
    const { key, value, timestamp } = record
    const outer = this.#outerStore
    if (outer === undefined || timestamp + this.#afterMs < this.#time.streamTime) return this.#forwardAlone(record)
    if (timestamp < this.#time.oldestUnjoined) this.#time.oldestUnjoined = timestamp
    if (this.#side === 'left') outer.addLeft(timestamp, key, value)
    else outer.addRight(timestamp, key, value)
  }

  #forwardAlone(record: AnyRecord): void {
    const { key, value } = record
    const joined = this.#side === 'left' ? this.#joiner(value, undefined, key) : this.#joiner(undefined, value, key)
    this.#context.forward(makeRecord(key, joined, record.timestamp, record.headers))
  }

  /** Emits what no partner can come for any more; at most once an emit interval, for it walks through the store. */
  #emitUnjoined(record: AnyRecord): void {
    const time = this.#time
    const outer = this.#outerStore
    if (outer === undefined || time.oldestUnjoined + this.#afterMs + this.#options.graceMs >= time.streamTime) return
    const { now } = this.#context
    if (now < time.nextEmitMs) return
    time.nextEmitMs = now + this.#context.emitIntervalMs
    time.oldestUnjoined = Infinity
    const isOpen = { left: false, right: false }
    for (const { timestamp, side, key, values } of outer.entries()) {
      // The oldest is of the entry where the walk ends, as in Java: for the order of results it must be the same one.
      time.oldestUnjoined = timestamp
      if (isOpen.left && isOpen.right) break
      if (!this.#isOpen(timestamp, side)) {
        for (const value of values) this.#forwardUnjoined(record, timestamp, side, key, value)
        outer.remove(timestamp, side, key)
        continue
      }
      isOpen[side] = true
      // Java walks through values, of which a key may have several.
      if (isOpen.left && isOpen.right && values.length > 1) break
    }
  }

  #isOpen(timestamp: number, side: JoinSide): boolean {
    const { beforeMs, afterMs, graceMs } = this.#options
    return timestamp + (side === 'left' ? afterMs : beforeMs) + graceMs >= this.#time.streamTime
  }

  #forwardUnjoined(cause: AnyRecord, timestamp: number, side: JoinSide, key: any, value: any): void {
    const joined = side === 'left' ? this.#joiner(value, undefined, key) : this.#joiner(undefined, value, key)
    this.#context.forward(makeRecord(key, joined, timestamp, cause.headers))
  }
}

function oldestIn(store: OuterJoinStore<any, any, any>): number {
  for (const entry of store.entries()) return entry.timestamp
  return Infinity
}
