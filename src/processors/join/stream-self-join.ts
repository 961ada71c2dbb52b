import type { JoinRows, JoinedWindow, WindowStore } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, Joiner, ProcessorSupplier } from '../functions.ts'
import { makeRecord } from '../stream-records.ts'

export interface StreamSelfJoinOptions {
  readonly store: string
  readonly joiner: Joiner
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
}

/** Joins a stream with itself over one store (single.store.self.join). Java: KStreamKStreamSelfJoin (KIP-862). */
export function streamSelfJoin(options: StreamSelfJoinOptions): ProcessorSupplier {
  return () => new StreamSelfJoin(options)
}

/**
 * Gives what two nodes over two equal stores would give, in their order: first the record as left side with all others, then as
 * right side with all others, and once with itself where the order of time has it.
 */
class StreamSelfJoin implements NodeProcessor {
  readonly #options: StreamSelfJoinOptions
  readonly #joiner: Joiner
  #context!: NodeContext
  #store!: JoinedWindow<any, any>
  #streamTime = -1

  constructor(options: StreamSelfJoinOptions) {
    this.#options = options
    this.#joiner = options.joiner
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#store = context.store(this.#options.store).face as WindowStore<any, any> & JoinedWindow<any, any>
  }

  process(record: AnyRecord): void {
    const { key, value, timestamp } = record
    if (key === null || value === null) return this.#context.dropped('null-key-or-value')
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    const { beforeMs, afterMs } = this.#options
    const asLeft = this.#others(key, timestamp - beforeMs, timestamp + afterMs)
    for (let i = 0; i < asLeft.times.length; i++) {
      this.#forward(record, this.#joiner(value, asLeft.valueAt(i), key), asLeft.times[i] as number)
    }
    let isSelfDue = this.#isInTime(timestamp)
    const asRight = beforeMs === afterMs ? asLeft : this.#others(key, timestamp - afterMs, timestamp + beforeMs)
    for (let i = 0; i < asRight.times.length; i++) {
      const otherTime = asRight.times[i] as number
      if (isSelfDue && otherTime > timestamp) {
        isSelfDue = false
        this.#forward(record, this.#joiner(value, value, key), timestamp)
      }
      this.#forward(record, this.#joiner(asRight.valueAt(i), value, key), otherTime)
    }
    if (isSelfDue) this.#forward(record, this.#joiner(value, value, key), timestamp)
  }

  #others(key: any, from: number, to: number): JoinRows<any> {
    return this.#store.rowsOf(key, Math.max(0, from), Math.max(0, to))
  }

  /** A record that its own store would not keep does not meet itself (the bound is Java's, a millisecond early). */
  #isInTime(timestamp: number): boolean {
    const { beforeMs, afterMs, graceMs } = this.#options
    return timestamp > this.#streamTime - (beforeMs + afterMs + graceMs) + 1
  }

  #forward(record: AnyRecord, joined: any, otherTime: number): void {
    this.#context.forward(makeRecord(record.key, joined, Math.max(record.timestamp, otherTime), record.headers))
  }
}
