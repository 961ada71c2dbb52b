import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { withValue } from '../stream-records.ts'

/** Makes a stream of the changes of a table: the new values, null for a deletion. Java: KTable.toStream. */
export function tableToStream(): ProcessorSupplier {
  return () => new TableToStream()
}

class TableToStream implements NodeProcessor {
  #context!: NodeContext

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    this.#context.forward(withValue(record, record.value.newValue))
  }
}
