// Decides, with the application's handlers, what a failed record costs: nothing but itself (dropped, perhaps with a dead
// letter), or the thread. Errors of our own (assertions) and of ownership (migrated, corrupted) are nobody's to handle.
import { AssertionError, TaskCorruptedError, TaskMigratedError, TidemillError } from '../base/index.ts'
import type { RecordContext } from '../record/index.ts'
import type { DropReason } from '../topology/index.ts'
import { writeDeadLetter, writeOwnLetters } from './dead-letter.ts'
import {
  type ErrorAction,
  type ErrorContext,
  type ErrorHandlers,
  type ProductionErrorContext,
  type RawRecord,
  StepFailedError,
  isNobodys,
  messageOf,
} from './error-handling.ts'
import type { RecordCollector } from './record-collector.ts'

export interface ErrorPolicyOwner {
  readonly taskId: string
  readonly context: RecordContext
  readonly collector: RecordCollector
  /** Bytes of the record that the context is about, where they are still at hand. */
  currentSource(): RawRecord | undefined
  dropped(reason: DropReason, node: string): void
}

export class ErrorPolicy {
  readonly #handlers: ErrorHandlers
  readonly #owner: ErrorPolicyOwner

  constructor(handlers: ErrorHandlers, owner: ErrorPolicyOwner) {
    this.#handlers = handlers
    this.#owner = owner
  }

  deserializationFailed(error: unknown, cause: 'key' | 'value', node: string, source: RawRecord): void {
    const handler = this.#handlers.onDeserializationError ?? 'fail'
    const { topic, partition, offset, timestamp, headers } = source
    const record: RecordContext = { topic, partition, offset, timestamp, headers }
    const context = { node, taskId: this.#owner.taskId, record, source, cause }
    const action = typeof handler === 'function' ? handler(error, context) : handler
    if (!this.#isDropped(action, 'onDeserializationError', error, context)) {
      throw new StepFailedError(
        'deserialization-failed',
        `the ${cause} of ${placeOf(record)} cannot be read at ${node}: ${messageOf(error)}. ` +
          `To go on without such records set onDeserializationError to 'continue' or 'dead-letter'`,
        { cause: error },
      )
    }
    this.#owner.dropped('deserialization', node)
  }

  processingFailed(error: unknown, node: string): void {
    if (isNotForHandlers(error)) throw error
    const handler = this.#handlers.onProcessingError ?? 'fail'
    const context = this.contextAt(node)
    const action = typeof handler === 'function' ? handler(error, context) : handler
    if (!this.#isDropped(action, 'onProcessingError', error, context)) {
      throw new StepFailedError(
        'processing-failed',
        `${node} failed at ${placeOf(context.record)}: ${messageOf(error)}`,
        { cause: error },
      )
    }
    this.#owner.dropped('processing-error', node)
  }

  /** A key or value that cannot be encoded. */
  productionFailed(error: unknown, cause: 'key' | 'value', node: string, topic: string): void {
    const handler = this.#handlers.onProductionError ?? 'fail'
    const context: ProductionErrorContext = { ...this.contextAt(node), cause, topic }
    const action = typeof handler === 'function' ? handler(error, context) : handler
    // Encoding it once more would give the same.
    if (action === 'retry' || !this.#isDropped(action, 'onProductionError', error, context)) {
      throw new StepFailedError(
        'serialization-failed',
        `the ${cause} of a record for '${topic}' cannot be written at ${node} (from ${placeOf(context.record)}): ${messageOf(error)}`,
        { cause: error },
      )
    }
    this.#owner.dropped('production-error', node)
  }

  /** What is being processed, and where. */
  contextAt(node: string): ErrorContext {
    const { topic, partition, offset, timestamp, headers } = this.#owner.context
    return {
      node,
      taskId: this.#owner.taskId,
      record: { topic, partition, offset, timestamp, headers },
      source: this.#owner.currentSource(),
    }
  }

  #isDropped(action: ErrorAction, option: string, error: unknown, context: ErrorContext): boolean {
    switch (action) {
      case 'fail':
      case 'retry':
        return false
      case 'continue':
        return true
      case 'dead-letter':
        this.#writeDeadLetter(error, context)
        return true
      default:
        return this.#writeOwnLetters(action, option, context)
    }
  }

  #writeOwnLetters(action: unknown, option: string, context: ErrorContext): boolean {
    if (!isLetters(action)) {
      throw new TidemillError(
        'invalid-config',
        `${option} gave ${String(action)} for ${placeOf(context.record)}: it must be 'fail', 'continue', 'dead-letter' or { then, deadLetters }`,
      )
    }
    writeOwnLetters(this.#owner.collector, action.deadLetters, context)
    return action.then === 'continue'
  }

  #writeDeadLetter(error: unknown, context: ErrorContext): void {
    const topic = this.#handlers.deadLetterTopic
    if (topic === undefined) {
      throw new TidemillError(
        'invalid-config',
        `a record at ${placeOf(context.record)} is to be a dead letter, but there is no deadLetterTopic: set it`,
        { cause: error },
      )
    }
    writeDeadLetter(this.#owner.collector, topic, error, context)
  }
}

function isLetters(action: unknown): action is Exclude<ErrorAction, string> {
  if (typeof action !== 'object' || action === null) return false
  const { then, deadLetters } = action as { readonly then?: unknown; readonly deadLetters?: unknown }
  return (then === 'fail' || then === 'continue') && Array.isArray(deadLetters)
}

function isNotForHandlers(error: unknown): boolean {
  return (
    error instanceof StepFailedError ||
    error instanceof TaskMigratedError ||
    error instanceof TaskCorruptedError ||
    error instanceof AssertionError ||
    isNobodys(error)
  )
}

function placeOf({ topic, partition, offset }: RecordContext): string {
  return topic === null ? 'a punctuation' : `${topic}-${partition} offset ${offset}`
}
