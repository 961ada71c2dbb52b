import type { Buffered, GraceBuffer } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, Joiner, ProcessorSupplier } from '../functions.ts'
import { makeRecord, withValue } from '../stream-records.ts'
import type { TableView, TableViewSource } from '../table-view.ts'

export interface StreamTableJoinOptions {
  readonly kind: 'inner' | 'left'
  readonly joiner: Joiner
  readonly table: TableViewSource
  /** The table has versions: look up the one of the record's timestamp. */
  readonly isVersioned: boolean
  /** Records wait that long, in event time, for the table to catch up. */
  readonly grace: { readonly buffer: string; readonly graceMs: number } | undefined
}

/** Joins each record of a stream with the table's entry of its key. Java: KStreamKTableJoin (grace: KIP-923). */
export function streamTableJoin(options: StreamTableJoinOptions): ProcessorSupplier {
  const { grace } = options
  return grace === undefined ? () => new StreamTableJoin(options) : () => new GraceJoin(options, grace.buffer)
}

class StreamTableJoin implements NodeProcessor {
  readonly #options: StreamTableJoinOptions
  readonly #joiner: Joiner
  readonly #isLeft: boolean
  #context!: NodeContext
  #table!: TableView

  constructor(options: StreamTableJoinOptions) {
    this.#options = options
    this.#joiner = options.joiner
    this.#isLeft = options.kind === 'left'
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#table = this.#options.table.open(context)
  }

  process(record: AnyRecord): void {
    const { key, value } = record
    if (value === null || (key === null && !this.#isLeft)) return this.#context.dropped('null-key-or-value')
    const right = key === null ? undefined : this.#lookUp(key, record.timestamp)
    if (right === undefined && !this.#isLeft) return
    this.#context.forward(withValue(record, this.#joiner(value, right, key)))
  }

  #lookUp(key: any, timestamp: number): any {
    return this.#options.isVersioned ? this.#table.getAsOf(key, timestamp)?.value : this.#table.get(key)
  }
}

/**
 * Records wait until the stream is `graceMs` past them, so that versions of the table that arrive late are found. Each comes
 * out with the record context that it came in with.
 */
class GraceJoin implements NodeProcessor {
  readonly #options: StreamTableJoinOptions
  readonly #bufferName: string
  readonly #isLeft: boolean
  #context!: NodeContext
  #table!: TableView
  #buffer!: GraceBuffer<any, any>

  constructor(options: StreamTableJoinOptions, bufferName: string) {
    this.#options = options
    this.#bufferName = bufferName
    this.#isLeft = options.kind === 'left'
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#table = this.#options.table.open(context)
    this.#buffer = context.store(this.#bufferName).face as GraceBuffer<any, any>
  }

  process(record: AnyRecord): void {
    const { key, value } = record
    if (value === null || (key === null && !this.#isLeft)) return this.#context.dropped('null-key-or-value')
    // Without a key there is nothing to wait for.
    if (key === null || !this.#buffer.put(key, value)) return this.#joinNow(record)
    for (let due = this.#buffer.takeDue(); due !== undefined; due = this.#buffer.takeDue()) this.#joinLate(due)
  }

  #joinNow(record: AnyRecord): void {
    const right = record.key === null ? undefined : this.#lookUp(record.key, record.timestamp)
    if (right === undefined && !this.#isLeft) return
    this.#context.forward(withValue(record, this.#options.joiner(record.value, right, record.key)))
  }

  #joinLate(due: Buffered<any, any>): void {
    const { key, value, record: origin } = due
    const right = this.#lookUp(key, origin.timestamp)
    if (right === undefined && !this.#isLeft) return
    const joined = this.#options.joiner(value, right, key)
    this.#context.forwardFrom(origin, makeRecord(key, joined, origin.timestamp, origin.headers))
  }

  #lookUp(key: any, timestamp: number): any {
    return this.#options.isVersioned ? this.#table.getAsOf(key, timestamp)?.value : this.#table.get(key)
  }
}
