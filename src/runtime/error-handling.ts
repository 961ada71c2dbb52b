// What happens to a record that cannot be read, processed or written: the public types of the three handlers.
// Java: DeserializationExceptionHandler, ProcessingExceptionHandler, ProductionExceptionHandler; dead letters are KIP-1034.
import { TidemillError } from '../base/index.ts'
import { type RecordContext, RecordHeaders } from '../record/index.ts'

/** The bytes of a record as they were read or were to be written. */
export interface RawRecord {
  readonly topic: string | null
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: RecordHeaders
}

/** A record for a dead-letter topic that a handler made itself. */
export interface DeadLetter {
  readonly topic: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** @defaultValue those of the source record */
  readonly headers?: RecordHeaders
  /** @defaultValue that of the source record */
  readonly timestamp?: number
}

/** Where an error happened. */
export interface ErrorContext {
  /** The node that failed. */
  readonly node: string
  readonly taskId: string
  /** Source of the record that was being processed; topic is null in a punctuation. */
  readonly record: RecordContext
  /** The bytes of that source record; undefined in a punctuation. */
  readonly source: RawRecord | undefined
}

/** Where a key or value could not be read. */
export interface DeserializationErrorContext extends ErrorContext {
  readonly cause: 'key' | 'value'
  readonly source: RawRecord
}

/** Where nothing is known: of what came out of a cache, or was sent without what it came from. */
export const UNKNOWN_ORIGIN: ErrorContext = {
  node: '',
  taskId: '',
  record: { topic: null, partition: -1, offset: -1, timestamp: -1, headers: RecordHeaders.empty },
  source: undefined,
}

/** Where a record could not be written. */
export interface ProductionErrorContext extends ErrorContext {
  /** 'key' or 'value': it could not be encoded; 'send': the broker refused it or could not be reached in time. */
  readonly cause: 'key' | 'value' | 'send'
  /** Where it was to be written. */
  readonly topic: string
}

/**
 * 'fail': the thread stops with the error. 'continue': the record is dropped. 'retry': written again (production only).
 * 'dead-letter': the source record goes to `deadLetterTopic` with the reason in its headers, and on.
 */
export type ErrorAction =
  | 'fail'
  | 'continue'
  | 'retry'
  | 'dead-letter'
  | { readonly then: 'fail' | 'continue'; readonly deadLetters: readonly DeadLetter[] }

/** What happens to the thread after an error that nothing handled. Java: StreamsUncaughtExceptionHandler. */
export type UncaughtErrorAction = 'replace-thread' | 'shut-down-client' | 'shut-down-application'

/** What is done with a record that cannot be read. Java: DeserializationExceptionHandler. */
export type DeserializationErrorHandler =
  | 'fail'
  | 'continue'
  | 'dead-letter'
  | ((error: unknown, context: DeserializationErrorContext) => ErrorAction)
/** What is done with a record that a step fails on. Java: ProcessingExceptionHandler. */
export type ProcessingErrorHandler =
  | 'fail'
  | 'continue'
  | 'dead-letter'
  | ((error: unknown, context: ErrorContext) => ErrorAction)
/** What is done with a record that cannot be written. Java: ProductionExceptionHandler. */
export type ProductionErrorHandler =
  | 'fail'
  | 'continue'
  | 'retry'
  | 'dead-letter'
  | ((error: unknown, context: ProductionErrorContext) => ErrorAction)

/** The handlers of an application; undefined is the default of each: fail (production: retry what can be retried, else fail). */
export interface ErrorHandlers {
  readonly onDeserializationError: DeserializationErrorHandler | undefined
  readonly onProcessingError: ProcessingErrorHandler | undefined
  readonly onProductionError: ProductionErrorHandler | undefined
  readonly deadLetterTopic: string | undefined
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Marks an error that a handler has seen and let through: the nodes above pass it on as it is. */
export class StepFailedError extends TidemillError {
  override readonly name = 'StepFailedError'
}

const nobodys = new WeakSet<object>()

/** Marks an error that no record is to blame for (the producer failed, say): no handler is asked, the thread gets it. */
export function markNobodys(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) nobodys.add(error)
  return error
}

export function isNobodys(error: unknown): boolean {
  return typeof error === 'object' && error !== null && nobodys.has(error)
}
