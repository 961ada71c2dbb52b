import type { Encoder } from '../../serde/index.ts'
import type { ProcessorSupplier, TableFunction } from '../functions.ts'

export interface ForeignKeySendOptions {
  readonly kind: 'inner' | 'left'
  /** The foreign key of a left value, null where it has none. */
  readonly foreignKey: TableFunction
  readonly foreignKeyEncoder: Encoder<any>
  /** Of the left table: the hash is of these bytes. */
  readonly leftValueEncoder: Encoder<any>
  /** Name of the subscription topic without the application id; the pseudo topics `-fk`, `-pk`, `-vh` come from it. */
  readonly topic: string
  /** The left table has versions. */
  readonly isVersioned: boolean
}

/** Subscribes left entries to their foreign keys. Java: SubscriptionSendProcessorSupplier. */
export function foreignKeySend(options: ForeignKeySendOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.topic}`)
}
