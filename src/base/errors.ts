// One root for all errors that users or networks cause, in the field's four-way split: migrated (drop the task), corrupted
// (restore it), retriable (again, with a limit), all others fatal. Codes are in error-codes.ts, one line each.
import type { ErrorCode } from './error-codes.ts'

export interface TidemillErrorOptions {
  readonly cause?: unknown
}

/**
 * The root of all errors that Tidemill throws for what users, networks or disks do. Branch on `code`, never on the text.
 *
 * @example
 * try {
 *   topic('no spaces please')
 * } catch (error) {
 *   if (error instanceof TidemillError && error.code === 'invalid-argument') console.error(error.message)
 * }
 */
export class TidemillError extends Error {
  override readonly name: string = 'TidemillError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options: TidemillErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
  }
}

/**
 * The same call may succeed when it is made again. Java: RetriableException.
 *
 * @example
 * const isWorthAnother = (error: unknown): boolean => error instanceof RetriableError
 */
export class RetriableError extends TidemillError {
  override readonly name = 'RetriableError'
}

/**
 * Another member owns the task now: drop it without writing. Java: TaskMigratedException.
 *
 * @example
 * const hasMoved = (error: unknown): boolean => error instanceof TaskMigratedError
 */
export class TaskMigratedError extends TidemillError {
  override readonly name = 'TaskMigratedError'
}

export interface TaskCorruptedOptions extends TidemillErrorOptions {
  /** `<task>/<store>/<file>`: what is damaged, on the disk of the state. */
  readonly path?: string
}

/**
 * A task's state cannot be trusted: drop it and restore. Java: TaskCorruptedException.
 *
 * @example
 * const isToBeRestored = (error: unknown): boolean => error instanceof TaskCorruptedError
 */
export class TaskCorruptedError extends TidemillError {
  override readonly name = 'TaskCorruptedError'
  readonly path: string

  constructor(code: ErrorCode, message: string, options: TaskCorruptedOptions = {}) {
    super(code, message, options)
    this.path = options.path ?? ''
  }
}
