import { describe, expect, expectTypeOf, it } from 'vitest'
import { type } from 'arktype'
import * as v from 'valibot'
import * as z from 'zod'
import { RecordHeaders } from '../record/index.ts'
import { type JsonSerde, type Serde, type SerdeContext, type Topic, type UntypedSerde, serdes, topic } from './index.ts'

const context: SerdeContext = { topic: 'orders', headers: RecordHeaders.empty, isKey: false }
const bytes = (text: string): Buffer => Buffer.from(text)

interface Order {
  readonly sku: string
  readonly lines: readonly { readonly n: number }[]
  readonly note?: string
  readonly coupon: string | undefined
}

describe('json', () => {
  it('reads what it wrote', () => {
    const serde = serdes.json<{ a: number[]; b: string | null }>()
    const value = { a: [1, 2.5], b: null }
    expect(serde.decode(serde.encode(value, context), context)).toEqual(value)
  })

  it('says what it found where bytes are not JSON', () => {
    expect(() => serdes.json<Order>().decode(bytes('{"a":'), context)).toThrow(
      /cannot read the value of a record of topic 'orders' as JSON: it has 5 bytes that are not JSON: "{\\"a\\":"/,
    )
  })

  it('refuses a value that JSON has no text for', () => {
    expect(() => serdes.json().encode(undefined, context)).toThrow(/it is undefined, which JSON does not have/)
    expect(() => serdes.json().encode({ n: 1n }, context)).toThrow(/BigInt/)
  })

  it.each([
    ['zod', z.object({ userId: z.int(), page: z.string() })],
    ['valibot', v.object({ userId: v.pipe(v.number(), v.integer()), page: v.string() })],
    ['arktype', type({ userId: 'number.integer', page: 'string' })],
  ])('checks a %s schema when it reads and when it writes', (_, schema) => {
    const serde = serdes.json(schema as z.ZodObject<{ userId: z.ZodInt; page: z.ZodString }>)
    expect(serde.decode(bytes('{"userId":1,"page":"/"}'), context)).toEqual({ userId: 1, page: '/' })
    expect(() => serde.decode(bytes('{"userId":1.5,"page":"/"}'), context)).toThrow(/does not fit its schema: userId: /)
    expect(() => serde.encode({ userId: 1, page: 2 as unknown as string }, context)).toThrow(
      /cannot write .* does not fit its schema: page: /,
    )
  })

  it('refuses an asynchronous schema', () => {
    const schema = z.object({ a: z.string().refine(async () => true) })
    expect(() => serdes.json(schema).decode(bytes('{"a":"x"}'), context)).toThrow(/zod schema is asynchronous/)
  })

  it('turns values back by encode where a schema transforms', () => {
    const schema = z.object({ at: z.iso.datetime().transform((text) => new Date(text)) })
    const serde = serdes.json(schema, { encode: (value) => ({ at: value.at.toISOString() }) })
    const written = serde.encode({ at: new Date(0) }, context)
    expect(Buffer.from(written).toString()).toBe('{"at":"1970-01-01T00:00:00.000Z"}')
    expect(serde.decode(written, context)).toEqual({ at: new Date(0) })
  })
})

describe('the types of json and topic', () => {
  it('carry what JSON keeps', () => {
    expectTypeOf(serdes.json<Order>()).toEqualTypeOf<JsonSerde<Order>>()
    expectTypeOf(serdes.json()).toEqualTypeOf<UntypedSerde>()
    expectTypeOf(serdes.json(z.object({ a: z.string() }))).toEqualTypeOf<JsonSerde<{ a: string }>>()
    expectTypeOf(serdes.json(v.object({ a: v.string() }))).toEqualTypeOf<JsonSerde<{ a: string }>>()
    expectTypeOf(serdes.json(type({ a: 'string' }))).toEqualTypeOf<JsonSerde<{ a: string }>>()
    expectTypeOf(serdes.json<string & { readonly brand: 'id' }>()).toExtend<Serde<string & { readonly brand: 'id' }>>()
  })

  it('refuse what JSON does not keep', () => {
    // @ts-expect-error a Date comes back as a string
    serdes.json<{ at: Date }>()
    // @ts-expect-error a Map comes back as {}
    serdes.json<{ deep: { map: Map<string, string> }[] }>()
    // @ts-expect-error a Set comes back as {}
    serdes.json<Set<string>>()
    // @ts-expect-error a bigint throws
    serdes.json<{ n: bigint }>()
    // @ts-expect-error a function is dropped
    serdes.json<{ f: () => void }>()
    // @ts-expect-error undefined in an array comes back as null
    serdes.json<(string | undefined)[]>()
    // @ts-expect-error bytes come back as an object
    serdes.json<{ b: Buffer }>()
    // @ts-expect-error this schema transforms: say how to turn a value back
    serdes.json(z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }))
    // @ts-expect-error a Date is not what JSON gives
    serdes.json(z.object({ at: z.date() }))
  })

  it('flow from a topic', () => {
    expectTypeOf(topic('t', { key: serdes.string, value: serdes.json<Order>() })).toEqualTypeOf<Topic<string, Order>>()
    expectTypeOf(topic('t', { value: serdes.string })).toEqualTypeOf<Topic<Buffer | null, string>>()
    expectTypeOf(topic('t')).toEqualTypeOf<Topic<Buffer | null, Buffer | null>>()
    expectTypeOf(topic('t', { key: serdes.string, value: serdes.json() })).toEqualTypeOf<Topic<string, unknown>>()
    expectTypeOf(topic('t', { value: serdes.nullable(serdes.int64), partitions: 3 })).toEqualTypeOf<
      Topic<Buffer | null, number | null>
    >()
  })
})
