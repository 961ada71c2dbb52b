import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, StreamFunction } from '../functions.ts'
import { withValue } from '../stream-records.ts'

export interface FlatMapValuesOptions {
  readonly mapper: StreamFunction<Iterable<any>>
}

/** Makes any number of values of each record. Java: KStreamFlatMapValues. */
export function flatMapValues(options: FlatMapValuesOptions): ProcessorSupplier {
  return () => new FlatMapValues(options.mapper)
}

class FlatMapValues implements NodeProcessor {
  readonly #mapper: FlatMapValuesOptions['mapper']
  #context!: NodeContext

  constructor(mapper: FlatMapValuesOptions['mapper']) {
    this.#mapper = mapper
  }

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    const context = this.#context
    for (const value of this.#mapper(record.value, record.key, context.record))
      context.forward(withValue(record, value))
  }
}
