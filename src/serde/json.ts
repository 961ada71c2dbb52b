// JSON, checked by a schema where one is given: when a value is read and when it is written. What JSON does not keep (a Date
// comes back as text, a Map as {}) is a compile error.
import { type ByteWriter, asBuffer } from '../base/index.ts'
import { encodeBy } from './encode.ts'
import { type Decoder, type FastSerde, type Serde, type SerdeContext, type UntypedSerde, rangeReader } from './serde.ts'
import { decodeError, encodeError } from './serde-error.ts'
import { type InputOf, type OutputOf, type StandardSchema, formatIssues } from './standard-schema.ts'

/** What `serdes.json` gives. */
export interface JsonSerde<in out T> extends Serde<T> {}

/** T where JSON gives back what was written, else a type that says why not, at the place in T. */
export type JsonSafe<T> = T extends string | number | boolean | null
  ? T
  : T extends bigint
    ? 'JSON does not keep a bigint: use a string, or serdes.mapped'
    : T extends symbol
      ? 'JSON does not keep a symbol'
      : T extends (...parameters: any) => unknown
        ? 'JSON does not keep a function'
        : T extends Date
          ? 'JSON does not keep a Date, it comes back as a string: use a number of ms, or serdes.mapped'
          : T extends ReadonlyMap<any, any>
            ? 'JSON does not keep a Map, it comes back as {}: use an array of pairs, or an object'
            : T extends ReadonlySet<any>
              ? 'JSON does not keep a Set, it comes back as {}: use an array'
              : T extends ArrayBufferView | ArrayBuffer
                ? 'JSON does not keep bytes: use serdes.bytes, or base64 text'
                : T extends readonly unknown[]
                  ? { [I in keyof T]: JsonElement<T[I]> }
                  : T extends object
                    ? { [P in keyof T]: JsonMember<T[P]> }
                    : T

/** A member that is undefined is left out, which reads as undefined again. */
type JsonMember<T> = T extends undefined ? undefined : JsonSafe<T>
/** An element that is undefined comes back as null. */
type JsonElement<T> = T extends undefined
  ? 'JSON does not keep undefined in an array, it comes back as null: use null'
  : JsonSafe<T>

/** Nothing more to pass where T is safe, else a parameter whose type says what is not. */
type IfSafe<T> = unknown extends T ? [] : T extends JsonSafe<T> ? [] : [unsafe: JsonSafe<T>]

type Transforms = 'this schema transforms: say how to turn a value back: json(schema, { encode: (value) => ... })'

/** The schema itself where what it gives it also takes and JSON keeps; else a sentence. */
type PlainSchema<S extends StandardSchema> =
  unknown extends OutputOf<S>
    ? S
    : OutputOf<S> extends InputOf<S>
      ? OutputOf<S> extends JsonSafe<OutputOf<S>>
        ? S
        : JsonSafe<OutputOf<S>>
      : Transforms

interface JsonFunction {
  /** Without a type: it fits wherever the type is known from elsewhere. */
  (): UntypedSerde
  /** Of a type, which is believed, not checked. */
  <T>(...unsafe: IfSafe<T>): JsonSerde<T>
  /** Of a schema (zod, valibot, arktype: Standard Schema), which checks what is read and what is written. */
  <S extends StandardSchema>(schema: S & PlainSchema<S>): JsonSerde<OutputOf<S>>
  /** Of a schema that transforms: `encode` turns a value back into what the schema takes. */
  <S extends StandardSchema>(
    schema: S,
    options: { readonly encode: (value: OutputOf<S>) => InputOf<S> },
  ): JsonSerde<OutputOf<S>>
}

/**
 * Reads and writes JSON. A value that JSON does not keep is a compile error; a schema checks each value when it is read and
 * when it is written (it is written as it was given). Schemas must be synchronous.
 *
 * @throws TidemillError `deserialization-failed`, `serialization-failed` where bytes are not JSON or a value does not fit.
 * @example
 * serdes.json<Order>()                                              // believed
 * serdes.json(z.object({ userId: z.int(), page: z.string() }))      // checked
 * const Day = z.codec(z.string(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() })
 * serdes.json(Day, { encode: (value) => z.encode(Day, value) })
 */
export const json: JsonFunction = (schema?: unknown, options?: { readonly encode: (value: any) => unknown }): any => {
  if (schema === undefined) return plain
  return withSchema(schema as StandardSchema, options?.encode)
}

const plain: FastSerde<any> = jsonSerde(
  (value) => value,
  (value) => value,
)

function jsonSerde(
  afterRead: (value: unknown, context: SerdeContext) => unknown,
  beforeWrite: (value: unknown, context: SerdeContext) => unknown,
): FastSerde<any> {
  const decodeRange = (buffer: Buffer, start: number, end: number, context: SerdeContext): unknown =>
    afterRead(parse(buffer.toString('utf8', start, end), context), context)
  const encodeInto = (value: unknown, writer: ByteWriter, context: SerdeContext): void =>
    writer.utf8(stringify(beforeWrite(value, context), context))
  return {
    encode: encodeBy(encodeInto),
    decode: (bytes, context) => decodeRange(asBuffer(bytes), 0, bytes.length, context),
    decodeRange,
    encodeInto,
  }
}

/** Up to so many members are copied one by one. */
const FLAT_MEMBERS_MAX = 32

/**
 * Whether a value that this serde read is another one with the same members when they are copied: JSON without a schema, of one level.
 *
 * @internal
 */
export function isFlatJson(serde: Decoder<unknown>, value: object): boolean {
  if (rangeReader(serde) !== plain.decodeRange || Array.isArray(value)) return false
  // A member of that name is not copied by setting it.
  if (Object.hasOwn(value, '__proto__')) return false
  const members: readonly unknown[] = Object.values(value)
  return members.length <= FLAT_MEMBERS_MAX && members.every((member) => typeof member !== 'object' || member === null)
}

function withSchema(schema: StandardSchema, encode: ((value: any) => unknown) | undefined): FastSerde<any> {
  const check = (value: unknown, context: SerdeContext, fail: typeof decodeError): unknown => {
    const result = schema['~standard'].validate(value)
    if (result instanceof Promise) {
      // A rejection of the promise that is given up here would be one that nobody handles.
      result.catch(() => undefined)
      throw fail(
        context,
        'JSON',
        `its ${schema['~standard'].vendor} schema is asynchronous: use one without async checks`,
      )
    }
    if (result.issues === undefined) return result.value
    throw fail(context, 'JSON', `it does not fit its schema: ${formatIssues(result.issues)}`)
  }
  return jsonSerde(
    (value, context) => check(value, context, decodeError),
    (value, context) => {
      const written = encode === undefined ? value : encode(value)
      check(written, context, encodeError)
      return written
    },
  )
}

function parse(text: string, context: SerdeContext): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const start = text.length > 40 ? `${text.slice(0, 40)}...` : text
    const problem = `it has ${Buffer.byteLength(text)} bytes that are not JSON: ${JSON.stringify(start)}; check what its writer sends`
    throw decodeError(context, 'JSON', problem, cause)
  }
}

function stringify(value: unknown, context: SerdeContext): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw encodeError(context, 'JSON', `${(cause as Error).message}; map it to plain data first`, cause)
  }
  if (text !== undefined) return text
  throw encodeError(context, 'JSON', `it is ${typeof value}, which JSON does not have; return null to delete`)
}
