import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'

/**
 * Stands before the sink of a repartition topic: a record without a key belongs to no partition. Where a join downstream
 * wants such records (left and outer joins) the DSL places passThrough() instead.
 */
export function nullKeyFilter(): ProcessorSupplier {
  return () => new NullKeyFilter()
}

class NullKeyFilter implements NodeProcessor {
  #context!: NodeContext

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    if (record.key !== null) this.#context.forward(record)
  }
}
