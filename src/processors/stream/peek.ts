import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier, StreamFunction } from '../functions.ts'

export interface PeekOptions {
  readonly action: StreamFunction<unknown>
  /** False: the end of the stream (foreach). */
  readonly forward: boolean
}

/** Calls a function for each record. Java: KStreamPeek, and foreach. */
export function peek(options: PeekOptions): ProcessorSupplier {
  return () => new Peek(options)
}

class Peek implements NodeProcessor {
  readonly #action: StreamFunction<unknown>
  readonly #forward: boolean
  #context!: NodeContext

  constructor(options: PeekOptions) {
    this.#action = options.action
    this.#forward = options.forward
  }

  init(context: NodeContext): void {
    this.#context = context
  }

  process(record: AnyRecord): void {
    const context = this.#context
    this.#action(record.value, record.key, context.record)
    if (this.#forward) context.forward(record)
  }
}
