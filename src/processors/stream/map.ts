import { TidemillError } from '../../base/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, StreamFunction } from '../functions.ts'
import { makeRecord } from '../stream-records.ts'

export interface MapOptions {
  readonly mapper: StreamFunction<readonly [key: any, value: any]>
}

/** Makes another key and value of each record. Java: KStreamMap. */
export function map(options: MapOptions): ProcessorSupplier {
  return () => new MapProcessor(options.mapper)
}

class MapProcessor implements NodeProcessor {
  readonly #mapper: MapOptions['mapper']
  #context!: NodeContext

  constructor(mapper: MapOptions['mapper']) {
    this.#mapper = mapper
  }

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    const context = this.#context
    const pair = this.#mapper(record.value, record.key, context.record)
    if (!Array.isArray(pair)) throw notAPair(context.nodeName, pair)
    context.forward(makeRecord(pair[0], pair[1], record.timestamp, record.headers))
  }
}

function notAPair(nodeName: string, result: unknown): TidemillError {
  return new TidemillError(
    'invalid-argument',
    `the function of ${nodeName} returned ${String(result)}: return [key, value]`,
  )
}
