// One form for all that goes wrong in a serde: which part of which topic's record, how long it is, what to do.
import { TidemillError } from '../base/index.ts'
import type { SerdeContext } from './serde.ts'

/**
 * The error of bytes that cannot be read.
 *
 * @internal
 */
export function decodeError(context: SerdeContext, what: string, problem: string, cause?: unknown): TidemillError {
  const message = `cannot read the ${place(context)} as ${what}: ${problem}`
  return new TidemillError('deserialization-failed', message, cause === undefined ? {} : { cause })
}

/**
 * The error of a value that cannot be written.
 *
 * @internal
 */
export function encodeError(context: SerdeContext, what: string, problem: string, cause?: unknown): TidemillError {
  const message = `cannot write the ${place(context)} as ${what}: ${problem}`
  return new TidemillError('serialization-failed', message, cause === undefined ? {} : { cause })
}

/**
 * The error of bytes whose number is not the format's.
 *
 * @internal
 */
export function lengthError(context: SerdeContext, what: string, actual: number, expected: number): TidemillError {
  return decodeError(
    context,
    what,
    `it has ${actual} ${actual === 1 ? 'byte' : 'bytes'}, not ${expected}; check that it was written with this serde`,
  )
}

/**
 * A value for a message, shortened.
 *
 * @internal
 */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 60 ? `${text.slice(0, 57)}... (${typeof value})` : `${text} (${typeof value})`
}

function place(context: SerdeContext): string {
  return `${context.isKey ? 'key' : 'value'} of a record of topic '${context.topic}'`
}
