import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../base/index.ts'
import { RecordHeaders, session, sliding, tumbling, unlimited } from '../record/index.ts'
import {
  type Serde,
  type SerdeContext,
  acceptsNull,
  innerKeySerde,
  isPrimitiveSerde,
  rangeReader,
  serdes,
  topic,
  topicPattern,
  valueWriter,
} from './index.ts'

const context: SerdeContext = { topic: 'in', headers: RecordHeaders.empty, isKey: false }
const keyContext: SerdeContext = { ...context, isKey: true }

/** Writes and reads by the public halves and by the fast ones, in the middle of other bytes. */
function roundTrip<T>(serde: Serde<T>, value: T, at: SerdeContext = context): T {
  const bytes = Buffer.from(serde.encode(value, at))
  const writer = new ByteWriter(4)
  writer.uint8(0xee)
  valueWriter(serde)(value, writer, at)
  expect(writer.toBuffer().subarray(1)).toEqual(bytes)
  const padded = Buffer.concat([Buffer.of(1, 2), bytes, Buffer.of(3)])
  expect(rangeReader(serde)(padded, 2, padded.length - 1, at)).toEqual(serde.decode(bytes, at))
  return serde.decode(bytes, at)
}

const hex = <T>(serde: Serde<T>, value: T): string => Buffer.from(serde.encode(value, context)).toString('hex')

describe('the built-in serdes', () => {
  it.each<[string, Serde<any>, fc.Arbitrary<unknown>]>([
    ['string', serdes.string, fc.string({ unit: 'grapheme' })],
    ['bytes', serdes.bytes, fc.uint8Array().map((bytes) => Buffer.from(bytes))],
    ['int16', serdes.int16, fc.integer({ min: -0x8000, max: 0x7fff })],
    ['int32', serdes.int32, fc.integer()],
    ['int64', serdes.int64, fc.maxSafeInteger()],
    ['bigint64', serdes.bigint64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    ['float32', serdes.float32, fc.float()],
    ['float64', serdes.float64, fc.double()],
    ['boolean', serdes.boolean, fc.boolean()],
    ['uuid', serdes.uuid, fc.uuid()],
    ['list of strings', serdes.list(serdes.nullable(serdes.string)), fc.array(fc.option(fc.string()))],
    ['list of int64', serdes.list(serdes.nullable(serdes.int64)), fc.array(fc.option(fc.maxSafeInteger()))],
    ['list of lists', serdes.list(serdes.list(serdes.boolean)), fc.array(fc.array(fc.boolean()))],
  ])('%s gives back what was written', (_, serde, values) => {
    fc.assert(
      fc.property(values, (value) => {
        expect(roundTrip(serde, value)).toEqual(value)
      }),
    )
  })

  it("write Java's bytes", () => {
    expect(hex(serdes.int64, -1)).toBe('ffffffffffffffff')
    expect(hex(serdes.int64, 2 ** 53 - 1)).toBe('001fffffffffffff')
    expect(hex(serdes.float64, -0)).toBe('8000000000000000')
    expect(hex(serdes.uuid, '3D95C4B9-aa66-e305-6538-7867578b685c')).toBe(
      Buffer.from('3d95c4b9-aa66-e305-6538-7867578b685c').toString('hex'),
    )
    expect(hex(serdes.list(serdes.nullable(serdes.int16)), [7, null])).toBe('000000000100000001000000020007')
    expect(hex(serdes.list(serdes.nullable(serdes.string)), ['a', null])).toBe('01000000020000000161ffffffff')
  })

  it('refuse what they do not hold, naming topic and value', () => {
    expect(() => serdes.int32.encode(2 ** 31, context)).toThrow(
      /cannot write the value of a record of topic 'in' as int32: it is 2147483648 \(number\); int32 holds whole numbers from/,
    )
    expect(() => serdes.int32.decode(Buffer.alloc(5), keyContext)).toThrow(
      /cannot read the key of a record of topic 'in' as int32: it has 5 bytes, not 4; check that it was written with this serde/,
    )
    expect(() => serdes.int64.decode(serdes.bigint64.encode(2n ** 60n, context), context)).toThrow(
      /it is 1152921504606846976, beyond what a number holds exactly \(2\^53 - 1\): read it with serdes.bigint64/,
    )
    expect(() => serdes.int64.encode(2 ** 60, context)).toThrow(/use serdes.bigint64/)
    expect(() => serdes.bigint64.encode(2n ** 63n, context)).toThrow(/bigints from -2\^63/)
    expect(() => serdes.string.encode(5 as never, context)).toThrow(/as string: it is 5 \(number\)/)
    expect(() => serdes.bytes.encode('x' as never, context)).toThrow(/as bytes: it is "x" \(string\), not a Buffer/)
    expect(() => serdes.boolean.decode(Buffer.of(2), context)).toThrow(/its byte is 2, not 0 or 1/)
    expect(() => serdes.uuid.decode(Buffer.alloc(36, 0x61), context)).toThrow(/as uuid/)
    expect(() => serdes.none.decode(Buffer.of(1), context)).toThrow(/it is not null, but has 1 bytes/)
    expect(() => serdes.list(serdes.string).decode(Buffer.of(1, 0, 0, 0, 9), context)).toThrow(
      /says to have 9 elements/,
    )
    expect(() => serdes.list(serdes.string).decode(Buffer.of(1, 0, 0, 0, 1, 0, 0, 0, 9), context)).toThrow(
      /ends in an element/,
    )
    expect(() =>
      serdes.list(serdes.string).decode(serdes.list(serdes.nullable(serdes.string)).encode([null], context), context),
    ).toThrow(/element 0 is null; wrap the elements' serde in serdes.nullable/)
  })

  it('read bytes that outlive the buffer they came from', () => {
    const buffer = Buffer.from('abc')
    const read = rangeReader(serdes.bytes)(buffer, 1, 3, context)
    buffer.fill(0)
    expect(read.toString()).toBe('bc')
  })

  it('map there and back', () => {
    const date = serdes.mapped(serdes.int64, { encode: (value: Date) => value.getTime(), decode: (ms) => new Date(ms) })
    expect(roundTrip(date, new Date(5))).toEqual(new Date(5))
  })
})

describe('string keys', () => {
  it('come back as what was written, whatever else was read', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.string({ unit: 'grapheme' }),
      fc.string({ minLength: 38, maxLength: 44 }),
    )
    fc.assert(
      fc.property(fc.array(text, { maxLength: 200 }), (keys) => {
        for (const key of [...keys, ...keys]) expect(roundTrip(serdes.string, key, keyContext)).toBe(key)
      }),
      { numRuns: 50 },
    )
  })

  it('survive the growth of the table', () => {
    for (let i = 0; i < 30_000; i++) {
      const key = `key-${i % 10_000}`
      if (serdes.string.decode(Buffer.from(key), keyContext) !== key) expect.fail(key)
    }
  })
})

describe('windowed keys', () => {
  it('have the window behind the key, its end by the definition', () => {
    const key = { key: 'k', window: { start: 10, end: 15 } }
    expect(roundTrip(serdes.windowed(serdes.string, tumbling({ size: 5 })), key)).toEqual(key)
    expect(roundTrip(serdes.windowed(serdes.string, sliding({ timeDifference: 5 })), key)).toEqual(key)
    expect(roundTrip(serdes.windowed(serdes.string, session({ inactivityGap: 5 })), key)).toEqual(key)
    expect(hex(serdes.windowed(serdes.string, session({ inactivityGap: 5 })), key)).toBe(
      '6b000000000000000f000000000000000a',
    )
    const endless = { key: 'k', window: { start: 10, end: Infinity } }
    expect(roundTrip(serdes.windowed(serdes.string, unlimited()), endless)).toEqual(endless)
  })

  it('say what is missing', () => {
    const serde = serdes.windowed(serdes.string, tumbling({ size: 5 }))
    expect(() => serde.decode(Buffer.alloc(7), keyContext)).toThrow(/it has 7 bytes, at least 8 are its window/)
  })

  it('tell their inner serde, also when they may be null', () => {
    const serde = serdes.windowed(serdes.string, tumbling({ size: 5 }))
    expect(innerKeySerde(serde)).toBe(serdes.string)
    expect(innerKeySerde(serdes.nullable(serde))).toBe(serdes.string)
    expect(innerKeySerde(serdes.string)).toBeUndefined()
  })
})

describe('marks', () => {
  it('say where null may come', () => {
    const accepting = [serdes.nullable(serdes.string), serdes.none, topic('t').key]
    expect(accepting.map(acceptsNull)).toEqual([true, true, true])
    expect([serdes.string, serdes.json()].map(acceptsNull)).toEqual([false, false])
  })

  it('say where a value is a key of a Map as it is', () => {
    const primitive = [serdes.string, serdes.int64, serdes.boolean, serdes.bigint64, serdes.nullable(serdes.int32)]
    expect(primitive.map(isPrimitiveSerde)).toEqual([true, true, true, true, true])
    expect([serdes.bytes, serdes.float64, serdes.uuid, serdes.json()].map(isPrimitiveSerde)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})

describe('topics', () => {
  it('have bytes, or null, where no serde is given', () => {
    const raw = topic('raw', { partitions: 3, config: { 'cleanup.policy': 'compact' } })
    expect(raw).toMatchObject({ kind: 'topic', name: 'raw', partitions: 3, config: { 'cleanup.policy': 'compact' } })
    expect(raw.value.decode(Buffer.from('x'), context)).toEqual(Buffer.from('x'))
  })

  it.each([
    ['', /'' is empty/],
    ['..', /must not be '.' or '..'/],
    ['a b', /'a b' has a character that a topic name cannot have: ' '/],
    ['x'.repeat(250), /has 250 characters: the most that Kafka allows is 249/],
  ])('refuse the name %j', (name, message) => {
    expect(() => topic(name)).toThrow(message)
  })

  it('refuse a number of partitions that is none', () => {
    expect(() => topic('t', { partitions: 0 })).toThrow(/partitions: 0; it must be a whole number, 1 or more/)
  })

  it('match whole names by a pattern', () => {
    const { pattern } = topicPattern(/a|b\d/, { value: serdes.string })
    expect(['a', 'b1', 'ab', 'xb1'].map((name) => pattern.test(name))).toEqual([true, true, false, false])
    expect(() => topicPattern(/a/g)).toThrow(/has the flag g or y/)
  })
})
