import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, StreamFunction } from '../functions.ts'
import { withKey } from '../stream-records.ts'

export interface SelectKeyOptions {
  readonly mapper: StreamFunction
}

/** Gives each record another key: selectKey, groupBy, and toStream with a mapper. Java: KStreamMap in selectKey. */
export function selectKey(options: SelectKeyOptions): ProcessorSupplier {
  return () => new SelectKey(options.mapper)
}

class SelectKey implements NodeProcessor {
  readonly #mapper: StreamFunction
  #context!: NodeContext

  constructor(mapper: StreamFunction) {
    this.#mapper = mapper
  }

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    const context = this.#context
    context.forward(withKey(record, this.#mapper(record.value, record.key, context.record)))
  }
}
