// What turns values into bytes and back. The two halves are types of their own, so that variance follows from use.
import type { RecordHeaders } from '../record/index.ts'

export interface SerdeContext {
  readonly topic: string
  readonly headers: RecordHeaders
  readonly isKey: boolean
}

export interface Encoder<in T> {
  readonly encode: (value: T, context: SerdeContext) => Uint8Array
}

export interface Decoder<out T> {
  readonly decode: (bytes: Uint8Array, context: SerdeContext) => T
}

export interface Serde<in out T> extends Encoder<T>, Decoder<T> {}

/**
 * The fast faces that built-in serdes have beside the public two; the engine uses them where they are there.
 * `decodeRange` reads without a view; `encodeInto` appends to a writer and returns nothing.
 */
export interface RangeDecoder<out T> {
  readonly decodeRange: (buffer: Buffer, start: number, end: number, context: SerdeContext) => T
}
