import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, StreamFunction } from '../functions.ts'
import { makeRecord } from '../stream-records.ts'

export interface FlatMapOptions {
  readonly mapper: StreamFunction<Iterable<readonly [key: any, value: any]>>
}

/** Makes any number of keys and values of each record. Java: KStreamFlatMap. */
export function flatMap(options: FlatMapOptions): ProcessorSupplier {
  return () => new FlatMap(options.mapper)
}

class FlatMap implements NodeProcessor {
  readonly #mapper: FlatMapOptions['mapper']
  #context!: NodeContext

  constructor(mapper: FlatMapOptions['mapper']) {
    this.#mapper = mapper
  }

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    const context = this.#context
    for (const pair of this.#mapper(record.value, record.key, context.record)) {
      context.forward(makeRecord(pair[0], pair[1], record.timestamp, record.headers))
    }
  }
}
