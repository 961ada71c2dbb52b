import type { ProcessorSupplier } from '../functions.ts'

export interface StreamJoinWindowOptions {
  readonly store: string
}

/** Forwards a record to its join node, then keeps it for the other side. Java: KStreamJoinWindow. */
export function streamJoinWindow(options: StreamJoinWindowOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
