// Invariants, kept in production. What users or networks do wrong is a TidemillError instead.

/** Thrown when the program itself is wrong; never caught to go on. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

export function assert(condition: unknown, message: () => string): asserts condition {
  if (!condition) throw new AssertionError(message())
}

/** Returns what must be there. */
export function must<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new AssertionError(`missing: ${what}`)
  return value
}

/** The end of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`)
}
