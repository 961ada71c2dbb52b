import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, StreamFunction } from '../functions.ts'

export interface FilterOptions {
  readonly predicate: StreamFunction<boolean>
  /** True: lets through what the predicate refuses (filterNot). */
  readonly negate: boolean
}

/** Lets through the records that the predicate accepts. Java: KStreamFilter. */
export function filter(options: FilterOptions): ProcessorSupplier {
  return () => new Filter(options)
}

class Filter implements NodeProcessor {
  readonly #predicate: StreamFunction<boolean>
  readonly #negate: boolean
  #context!: NodeContext

  constructor(options: FilterOptions) {
    this.#predicate = options.predicate
    this.#negate = options.negate
  }

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    const context = this.#context
    if (!this.#predicate(record.value, record.key, context.record) === this.#negate) context.forward(record)
  }
}
