// What turns values into bytes and back. The two halves are types of their own, so that variance follows from use, and
// their functions are properties, so that an error names the half that does not fit.
//
// A serde never sees null: who reads or writes records keeps null (a tombstone, a missing key) away from it. Whether null may
// come at all is the serde's to say: `nullable(s)` carries the mark that `acceptsNull` looks for.
import type { ByteWriter } from '../base/index.ts'
import type { RecordHeaders } from '../record/index.ts'

/** What a serde may know of the record whose key or value it handles. Reused: read it during the call, do not keep it. */
export interface SerdeContext {
  readonly topic: string
  readonly headers: RecordHeaders
  readonly isKey: boolean
}

/** Turns a value into bytes. Java: Serializer. */
export interface Encoder<in T> {
  readonly encode: (value: T, context: SerdeContext) => Uint8Array
}

/** Turns bytes into a value. Java: Deserializer. */
export interface Decoder<out T> {
  readonly decode: (bytes: Uint8Array, context: SerdeContext) => T
}

/**
 * Turns values of one type into bytes and back. Java: Serde.
 *
 * @example
 * const upper: Serde<string> = {
 *   encode: (text) => Buffer.from(text.toLowerCase()),
 *   decode: (bytes) => Buffer.from(bytes).toString().toUpperCase(),
 * }
 */
export interface Serde<in out T> extends Encoder<T>, Decoder<T> {}

/** A serde without a type of its own: it fits where the type is known from elsewhere. What `serdes.json()` is. */
export interface UntypedSerde extends Encoder<unknown>, Decoder<never> {}

/** The option of an operator that makes values of a new type T: a Serde<T>, or an untyped one. */
export interface SerdeFor<T> {
  readonly encode: (value: NonNullable<T>, context: SerdeContext) => Uint8Array
  readonly decode: (bytes: Uint8Array, context: SerdeContext) => T
}

/** The option of an operator that keeps the type T. Methods, so that what holds it stays covariant in T. */
export interface SerdeOf<out T> {
  encode(value: NonNullable<T>, context: SerdeContext): Uint8Array
  decode(bytes: Uint8Array, context: SerdeContext): T
}

/**
 * Reads from a range of a buffer, without a view. What it returns may outlive the buffer's use: bytes are copied.
 *
 * @internal
 */
export type RangeReader<out T = unknown> = (buffer: Buffer, start: number, end: number, context: SerdeContext) => T

/**
 * Appends the encoded value to a writer.
 *
 * @internal
 */
export type ValueWriter<in T = never> = (value: T, writer: ByteWriter, context: SerdeContext) => void

/**
 * The fast faces that built-in serdes have beside the public two: `decodeRange` reads without a view, `encodeInto` appends to a
 * writer. Take them through rangeReader and valueWriter, which make them for serdes that lack them.
 *
 * @internal
 */
export interface FastSerde<in out T> extends Serde<T> {
  readonly decodeRange: RangeReader<T>
  readonly encodeInto: (value: T, writer: ByteWriter, context: SerdeContext) => void
}

/**
 * The serde's own fast reader, or one that makes a view.
 *
 * @internal
 */
export function rangeReader<T>(decoder: Decoder<T>): RangeReader<T> {
  const { decodeRange } = decoder as Partial<FastSerde<T>>
  if (decodeRange !== undefined) return decodeRange
  const { decode } = decoder
  return (buffer, start, end, context) => decode.call(decoder, buffer.subarray(start, end), context)
}

/**
 * The serde's own fast writer, or one that copies what `encode` returns.
 *
 * @internal
 */
export function valueWriter<T>(encoder: Encoder<T>): (value: T, writer: ByteWriter, context: SerdeContext) => void {
  const { encodeInto } = encoder as Partial<FastSerde<T>>
  if (encodeInto !== undefined) return encodeInto
  const { encode } = encoder
  return (value, writer, context) => writer.bytes(encode.call(encoder, value, context))
}

const ACCEPTS_NULL: unique symbol = Symbol('acceptsNull')

/**
 * Whether null is a value of this serde. Where it is not, a null that is read is a deserialisation error (but for tables).
 *
 * @internal
 */
export function acceptsNull(serde: Decoder<unknown> | Encoder<never>): boolean {
  return ACCEPTS_NULL in serde
}

/**
 * Marks a serde as one that null is a value of.
 *
 * @internal
 */
export function markNullable<S extends object>(serde: S): S {
  return Object.assign(serde, { [ACCEPTS_NULL]: true })
}

const PRIMITIVE: unique symbol = Symbol('primitive')

/**
 * Whether values are primitives of which no two have the same bytes: then a value is a key of a Map as it is.
 *
 * @internal
 */
export function isPrimitiveSerde(serde: Decoder<unknown>): boolean {
  return PRIMITIVE in serde
}

/**
 * Marks a serde of primitives of which no two have the same bytes.
 *
 * @internal
 */
export function markPrimitive<S extends object>(serde: S): S {
  return Object.assign(serde, { [PRIMITIVE]: true })
}
