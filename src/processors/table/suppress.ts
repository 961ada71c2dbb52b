import { TidemillError } from '../../base/index.ts'
import type { Change, Windowed } from '../../record/index.ts'
import type { Buffered, SuppressBuffer } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { IdleWatch } from '../idle-watch.ts'
import { makeRecord } from '../stream-records.ts'

export interface SuppressOptions {
  /** Name of the suppress-buffer store. */
  readonly buffer: string
  readonly until: 'window-closes' | 'time-limit'
  /** The time limit; or the grace of the windows upstream (sessions: gap and grace). */
  readonly waitMs: number
  /** undefined: no limit. */
  readonly maxRecords: number | undefined
  readonly maxBytes: number | undefined
  readonly whenFull: 'emit-early' | 'shut-down'
  /** Once no record came for that long, the wall clock moves stream time on. undefined: never. */
  readonly idleAfterMs: number | undefined
}

/** Holds changes of a table back. Java: KTableSuppressProcessor (KIP-328). */
export function suppress(options: SuppressOptions): ProcessorSupplier {
  return () => new Suppress(options)
}

/**
 * Time is what the records that came here say. An entry keeps the place of its first change (the record's timestamp, or its
 * window's end) and leaves when time is `waitMs` past it, as its latest change. A window's result leaves once: where the wall
 * clock has closed it, later changes of it are dropped.
 */
class Suppress implements NodeProcessor {
  readonly #options: SuppressOptions
  readonly #isFinal: boolean
  readonly #maxRecords: number
  readonly #maxBytes: number
  #context!: NodeContext
  #buffer!: SuppressBuffer<any, any>
  #idle: IdleWatch | undefined
  #streamTime = -1
  /** Stream time as the wall clock moved it; windows that closed by it stay closed. */
  #idleTime = -1

  constructor(options: SuppressOptions) {
    this.#options = options
    this.#isFinal = options.until === 'window-closes'
    this.#maxRecords = options.maxRecords ?? Infinity
    this.#maxBytes = options.maxBytes ?? Infinity
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#buffer = context.store(this.#options.buffer).face as SuppressBuffer<any, any>
    const { idleAfterMs } = this.#options
    if (idleAfterMs !== undefined) this.#idle = new IdleWatch(context, idleAfterMs, (time) => this.#advance(time))
  }

  process(record: AnyRecord): void {
    if (record.timestamp > this.#streamTime) this.#streamTime = record.timestamp
    this.#idle?.touch(this.#streamTime)
    const bufferTime = this.#isFinal ? (record.key as Windowed<any>).window.end : record.timestamp
    if (this.#isFinal && bufferTime + this.#options.waitMs <= this.#idleTime) {
      return this.#context.dropped('expired-window')
    }
    this.#buffer.put(record.key, record.value, bufferTime)
    this.#emitDue()
    this.#enforceLimits()
  }

  #emitDue(): void {
    while (this.#buffer.minTimeMs <= this.#streamTime - this.#options.waitMs) this.#emitFirst()
  }

  #enforceLimits(): void {
    const buffer = this.#buffer
    while (buffer.recordCount > this.#maxRecords || buffer.byteCount > this.#maxBytes) {
      if (this.#options.whenFull === 'shut-down') throw this.#full()
      this.#emitFirst()
    }
  }

  #emitFirst(): void {
    const first = this.#buffer.takeFirst()
    if (first !== undefined) this.#forward(first)
  }

  #forward({ key, value, record: origin }: Buffered<any, Change<any>>): void {
    // A window that never was, as far as anyone has seen.
    if (this.#isFinal && value.newValue === null) return
    this.#context.forwardFrom(origin, makeRecord(key, value, origin.timestamp, origin.headers))
  }

  #advance(streamTime: number): void {
    this.#streamTime = Math.max(this.#streamTime, streamTime)
    this.#idleTime = this.#streamTime
    this.#emitDue()
  }

  #full(): TidemillError {
    const { recordCount, byteCount } = this.#buffer
    return new TidemillError(
      'buffer-full',
      `${this.#context.nodeName} holds back ${recordCount} records of ${byteCount} bytes, more than its limit ` +
        `(maxRecords ${this.#maxRecords}, maxBytes ${this.#maxBytes}): raise it, or set whenFull to 'emit-early'`,
    )
  }
}
