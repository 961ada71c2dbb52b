import type { Joiner, ProcessorSupplier } from '../functions.ts'

export interface StreamSelfJoinOptions {
  readonly store: string
  readonly joiner: Joiner
  readonly beforeMs: number
  readonly afterMs: number
  readonly graceMs: number
}

/** Joins a stream with itself over one store (single.store.self.join). Java: KStreamKStreamSelfJoin. */
export function streamSelfJoin(options: StreamSelfJoinOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.store}`)
}
