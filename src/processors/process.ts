import type { NodeContext, NodeProcessor } from '../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from './functions.ts'
import { UserFixedKeyContext, UserProcessorContext } from './user-context.ts'
import type { FixedKeyProcessor, Processor, ProcessorInstance } from './user-processor.ts'

/** Runs a processor of the user's: KStream.process and TopologyBuilder.addProcessor. Java: ProcessorNode over a Processor. */
export function process(processor: Processor<any, any, any, any>): ProcessorSupplier {
  return () => new UserProcess(processor)
}

/** Runs a processor that keeps keys: KStream.processValues. */
export function processValues(processor: FixedKeyProcessor<any, any, any>): ProcessorSupplier {
  return () => new UserProcessValues(processor)
}

class UserProcess implements NodeProcessor {
  readonly #processor: Processor<any, any, any, any>
  #instance: ProcessorInstance<any, any> | undefined

  constructor(processor: Processor<any, any, any, any>) {
    this.#processor = processor
  }

  init(context: NodeContext): void {
    this.#instance = this.#processor.init(new UserProcessorContext(context, this.#processor.stores ?? []))
  }

  process(record: AnyRecord): void {
    this.#instance?.process(record)
  }

  close(): void {
    this.#instance?.close?.()
    this.#instance = undefined
  }
}

class UserProcessValues implements NodeProcessor {
  readonly #processor: FixedKeyProcessor<any, any, any>
  #context!: UserFixedKeyContext
  #instance: ProcessorInstance<any, any> | undefined

  constructor(processor: FixedKeyProcessor<any, any, any>) {
    this.#processor = processor
  }

  init(context: NodeContext): void {
    this.#context = new UserFixedKeyContext(context, this.#processor.stores ?? [])
    this.#instance = this.#processor.init(this.#context)
  }

  process(record: AnyRecord): void {
    this.#context.current = record
    try {
      this.#instance?.process(record)
    } finally {
      this.#context.current = undefined
    }
  }

  close(): void {
    this.#instance?.close?.()
    this.#instance = undefined
  }
}
