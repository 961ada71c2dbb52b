import type { Change, RecordContext, RecordHeaders } from '../../record/index.ts'
import type { NodeContext, NodeProcessor } from '../../topology/index.ts'
import type { AnyRecord, ProcessorSupplier } from '../functions.ts'
import { UserContext } from '../user-context.ts'
import type { ValueTransformer } from '../user-processor.ts'
import { ValueChanges } from './value-changes.ts'

export interface TransformValuesOptions {
  readonly transformer: ValueTransformer<any, any, any>
  readonly store: string | undefined
  readonly sendOldValues: boolean
}

/** Makes another value of each entry of a table, with stores. Java: KTableTransformValues. */
export function transformValues(options: TransformValuesOptions): ProcessorSupplier {
  return () => new TransformValues(options)
}

class TransformValues implements NodeProcessor {
  readonly #options: TransformValuesOptions
  #changes!: ValueChanges
  #transformer: OpenTransformer | undefined

  constructor(options: TransformValuesOptions) {
    this.#options = options
  }

  init(context: NodeContext): void {
    this.#transformer = openTransformer(this.#options.transformer, context)
    this.#changes = new ValueChanges(context, this.#options.store, this.#options.sendOldValues)
  }

  process(record: AnyRecord): void {
    const transformer = this.#transformer as OpenTransformer
    const change: Change<any> = record.value
    const newValue = transformer.transform(change.newValue, record.key)
    this.#changes.apply(record, newValue, this.#oldValue(transformer, change, record.key))
  }

  close(): void {
    this.#transformer?.close()
    this.#transformer = undefined
  }

  #oldValue(transformer: OpenTransformer, change: Change<any>, key: any): any {
    if (!this.#options.sendOldValues) return null
    return this.#changes.isStored ? this.#changes.stored(key) : transformer.transform(change.oldValue, key)
  }
}

/** A transformer at work in one task: in its node, or in a view that another operator reads through. */
export interface OpenTransformer {
  transform(value: unknown, key: unknown): unknown
  /** While the transformer sees a record context with that timestamp and these headers, and no topic. */
  transformAt(value: unknown, key: unknown, timestamp: number, headers: RecordHeaders): unknown
  close(): void
}

export function openTransformer(transformer: ValueTransformer<any, any, any>, context: NodeContext): OpenTransformer {
  const userContext = new UserContext(context, transformer.stores ?? [])
  const instance = transformer.init(userContext)
  return {
    transform: (value, key) => instance.transform(value, key) ?? null,
    transformAt(value, key, timestamp, headers) {
      const origin: RecordContext = { topic: null, partition: -1, offset: -1, timestamp, headers }
      return userContext.withRecord(origin, () => instance.transform(value, key) ?? null)
    },
    close: () => instance.close?.(),
  }
}
