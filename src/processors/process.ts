import type { ProcessorSupplier } from './functions.ts'
import type { FixedKeyProcessor, Processor } from './user-processor.ts'

/** Runs a processor of the user's: KStream.process and TopologyBuilder.addProcessor. Java: ProcessorNode over a Processor. */
export function process(processor: Processor<any, any, any, any>): ProcessorSupplier {
  throw new Error(`not written yet ${String(processor)}`)
}

/** Runs a processor that keeps keys: KStream.processValues. */
export function processValues(processor: FixedKeyProcessor<any, any, any>): ProcessorSupplier {
  throw new Error(`not written yet ${String(processor)}`)
}
