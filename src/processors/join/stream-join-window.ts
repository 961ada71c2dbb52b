import type { WindowStore } from '../../state/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'

export interface StreamJoinWindowOptions {
  readonly store: string
}

/** Forwards a record to its join node, then keeps it for the other side. Java: KStreamJoinWindow. */
export function streamJoinWindow(options: StreamJoinWindowOptions): ProcessorSupplier {
  return () => new StreamJoinWindow(options.store)
}

class StreamJoinWindow implements NodeProcessor {
  readonly #name: string
  #context!: NodeContext
  #store!: WindowStore<any, any>

  constructor(name: string) {
    this.#name = name
  }

  init(context: NodeContext): void {
    this.#context = context
    this.#store = context.store(this.#name).face as WindowStore<any, any>
  }

  /** A null value finds no partner later, but is put all the same: it uses up a sequence number and is logged, as in Java. */
  process(record: AnyRecord): void {
    this.#context.forward(record)
    if (record.key !== null) this.#store.put(record.key, record.value, record.timestamp, record)
  }
}
