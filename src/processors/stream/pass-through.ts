import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'

/** Forwards what comes: merge, the children of split, the end of a cogroup. Java: PassThrough, KTablePassThrough. */
export function passThrough(): ProcessorSupplier {
  return () => new PassThrough()
}

class PassThrough implements NodeProcessor {
  #context!: NodeContext

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    this.#context.forward(record)
  }
}
