import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, StreamFunction } from '../functions.ts'
import { withValue } from '../stream-records.ts'

export interface MapValuesOptions {
  readonly mapper: StreamFunction
}

/** Makes another value of each record. Java: KStreamMapValues. */
export function mapValues(options: MapValuesOptions): ProcessorSupplier {
  return () => new MapValues(options.mapper)
}

class MapValues implements NodeProcessor {
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
    context.forward(withValue(record, this.#mapper(record.value, record.key, context.record)))
  }
}
