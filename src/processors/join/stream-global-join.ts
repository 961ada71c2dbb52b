import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, GlobalJoiner, ProcessorSupplier, TableFunction } from '../functions.ts'
import { withValue } from '../stream-records.ts'
import type { TableView, TableViewSource } from '../table-view.ts'

export interface StreamGlobalJoinOptions {
  readonly kind: 'inner' | 'left'
  /** The key to look up, of value and key; null: none. */
  readonly on: TableFunction
  readonly joiner: GlobalJoiner
  readonly table: TableViewSource
}

/** Joins each record of a stream with an entry of a global table. Java: KStreamGlobalKTableJoin. */
export function streamGlobalJoin(options: StreamGlobalJoinOptions): ProcessorSupplier {
  return () => new StreamGlobalJoin(options)
}

/** The record's own key may be null; what counts is the key that it maps to. */
class StreamGlobalJoin implements NodeProcessor {
  readonly #options: StreamGlobalJoinOptions
  readonly #isLeft: boolean
  #context!: NodeContext
  #table!: TableView

  constructor(options: StreamGlobalJoinOptions) {
    this.#options = options
    this.#isLeft = options.kind === 'left'
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#table = this.#options.table.open(context)
  }

  process(record: AnyRecord): void {
    const { key, value } = record
    const { on, joiner } = this.#options
    if (value === null) return this.#context.dropped('null-value')
    const globalKey = on(value, key)
    if (globalKey === null && !this.#isLeft) return this.#context.dropped('null-key')
    const right = globalKey === null ? undefined : this.#table.get(globalKey)
    if (right === undefined && !this.#isLeft) return
    this.#context.forward(withValue(record, joiner(value, right, key, globalKey)))
  }
}
