import type { Encoder } from '../../serde/index.ts'
import type { Joiner, ProcessorSupplier } from '../functions.ts'
import type { TableViewSource } from '../table-view.ts'

export interface ForeignKeyResolveOptions {
  readonly kind: 'inner' | 'left'
  readonly joiner: Joiner
  readonly left: TableViewSource
  readonly leftValueEncoder: Encoder<any>
  /** Name of the subscription topic, as in foreignKeySend. */
  readonly topic: string
}

/** Joins a response with the left entry, unless that has changed since it asked. Java: ResponseJoinProcessorSupplier. */
export function foreignKeyResolve(options: ForeignKeyResolveOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.topic}`)
}
