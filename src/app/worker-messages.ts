// What goes between the caller's thread and a worker: plain data only.
import { TidemillError, type ErrorCode } from '../base/index.ts'
import type { OAuthToken, SaslOptions, TlsSettings } from '../client/index.ts'
import type { MetricValue } from '../metrics/index.ts'
import type { MarkedNode, RestoreProgress, ThreadConfig, ThreadReport, ThreadState } from '../runtime/index.ts'
import type { LocalChange, LocalQuery, LocalQueryAnswer, WatchRequest } from '../query/index.ts'
import type { CloseThread } from './thread-host.ts'

export interface WorkerStart {
  /** Tells our workers from others. */
  readonly tidemill: 'stream-thread'
  readonly index: number
  /** The module's URL, with `#name`. */
  readonly module: string
  /** Without functions: those of the module's `options` are put in there. */
  readonly config: ThreadConfig
  readonly bootstrapServers: readonly string[]
  readonly tls: TlsSettings | undefined
  /** 'asked': tokens come from a function, which stays on the caller's thread and is called by message. */
  readonly sasl: SaslOptions | 'asked' | undefined
  /** Sub-topologies; undefined: all of them. */
  readonly paused: readonly (number | undefined)[]
  readonly isShutdownRequested: boolean
}

export type ToWorker =
  | ({ readonly kind: 'close' } & CloseThread)
  | { readonly kind: 'pause' | 'resume'; readonly subTopology: number | undefined }
  | { readonly kind: 'request-shutdown' }
  | { readonly kind: 'query'; readonly id: number; readonly query: LocalQuery }
  | { readonly kind: 'watch'; readonly id: number; readonly request: WatchRequest }
  | { readonly kind: 'unwatch'; readonly id: number }
  | { readonly kind: 'token'; readonly token: string | OAuthToken }
  | { readonly kind: 'no-token'; readonly error: PlainError }

export type FromWorker =
  /** Once, before it runs: what to watch. */
  | { readonly kind: 'marked'; readonly cells: Int32Array; readonly nodes: readonly MarkedNode[] }
  | { readonly kind: 'state'; readonly state: ThreadState; readonly report: ThreadReport }
  | { readonly kind: 'restore'; readonly progress: RestoreProgress }
  | { readonly kind: 'warning'; readonly message: string }
  /** Once a second. */
  | { readonly kind: 'report'; readonly metrics: readonly MetricValue[]; readonly report: ThreadReport }
  /** A connection needs a token; one question at a time. */
  | { readonly kind: 'token-wanted' }
  | { readonly kind: 'changes'; readonly id: number; readonly changes: readonly LocalChange[] }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: LocalQueryAnswer }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: PlainError }
  | { readonly kind: 'ended'; readonly error: PlainError | undefined }

/** An error that can be sent. */
export interface PlainError {
  readonly name: string
  readonly code: string | undefined
  readonly message: string
  readonly stack: string | undefined
}

export function toPlainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', code: undefined, message: String(error), stack: undefined }
  const code = error instanceof TidemillError ? error.code : undefined
  return { name: error.name, code, message: error.message, stack: error.stack }
}

/** The error as it was, with its code and the stack of the thread that it comes from. */
export function fromPlainError({ name, code, message, stack }: PlainError): Error {
  // The code was one when it was sent.
  const error = code === undefined ? new Error(message) : new TidemillError(code as ErrorCode, message)
  Object.defineProperty(error, 'name', { value: name, configurable: true })
  if (stack !== undefined) error.stack = stack
  return error
}
