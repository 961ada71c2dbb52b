import type { RecordHeaders } from '../../record/index.ts'
import type { NodeContext } from '../../topology/index.ts'
import type { ProcessorSupplier } from '../functions.ts'
import type { ValueTransformer } from '../user-processor.ts'

export interface TransformValuesOptions {
  readonly transformer: ValueTransformer<any, any, any>
  readonly store: string | undefined
  readonly sendOldValues: boolean
}

/** Makes another value of each entry of a table, with stores. Java: KTableTransformValues. */
export function transformValues(options: TransformValuesOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}

export interface OpenTransformer {
  transform(value: unknown, key: unknown): unknown
  /** While the transformer sees a record context with that timestamp and these headers, and no topic. */
  transformAt(value: unknown, key: unknown, timestamp: number, headers: RecordHeaders): unknown
  close(): void
}

export function openTransformer(transformer: ValueTransformer<any, any, any>, context: NodeContext): OpenTransformer {
  throw new Error(`not written yet ${String(transformer)} ${context.nodeName}`)
}
