// What a function given to an operator may return. The constraint stands on the result of every callback, so that an async
// function, a forgotten return and undefined are compile errors.

/** Anything but a promise. */
export interface Synchronous {
  /** What the message of the compiler says where a function is async. */
  readonly then?: 'this operator takes a synchronous function: see mapAsync, mapValuesAsync, flatMapValuesAsync, filterAsync, foreachAsync'
  /** All values have it; it keeps the type from being satisfied by everything or nothing. */
  // oxlint-disable-next-line typescript/no-wrapper-object-types -- what every value's valueOf returns
  valueOf(): Object
}

/** A key or a value: anything but a promise and undefined. null is a tombstone, or a missing key. */
export type Data = Synchronous | null
