import type { Encoder } from '../../serde/index.ts'
import type { RecordContext } from '../../record/index.ts'
import type { ProcessorSupplier } from '../functions.ts'

/** What an asynchronous function gets beside value and key. */
export interface AsyncContext extends RecordContext {
  /** Aborted at the time-out, at a rebalance and at shutdown. */
  readonly signal: AbortSignal
  /** 1 at the first call, 2 at the first retry, ... */
  readonly attempt: number
}

/** 'key': calls and results of a key one after another; 'partition': results in the order of the input; 'none': as they come. */
export type AsyncOrder = 'key' | 'partition' | 'none'

export interface AsyncStepOptions {
  readonly kind: 'map' | 'map-values' | 'flat-map-values' | 'filter' | 'foreach'
  readonly function: (value: any, key: any, context: AsyncContext) => Promise<any>
  /** Calls at once in a task. */
  readonly concurrency: number
  readonly order: AsyncOrder
  /** Of each call; undefined: none. */
  readonly timeoutMs: number | undefined
  readonly retryCountMax: number
  /** Before the first retry; doubled before each further one. */
  readonly retryBackoffMs: number
  /** Tells keys apart that are not strings, numbers, booleans or bigints; undefined: such keys count as one. */
  readonly keyEncoder: Encoder<any> | undefined
}

/** mapAsync, mapValuesAsync, flatMapValuesAsync, filterAsync, foreachAsync. */
export function asyncStep(options: AsyncStepOptions): ProcessorSupplier {
  throw new Error(`not written yet ${options.kind}`)
}
