import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TidemillError } from '../base/index.ts'
import {
  type AnyApi,
  INT64_MAX,
  INT64_MIN,
  Reader,
  Writer,
  ZERO_UUID,
  apiVersionsApi,
  apis,
  consumerProtocolSubscriptionFormat,
  decodeRecordKey,
  decodeVersioned,
  encodeRecordKey,
  encodeRequest,
  encodeResponse,
  encodeVersioned,
  fetchApi,
  groupMetadataKeyFormat,
  initProducerIdApi,
  metadataApi,
  offsetCommitKeyFormat,
  produceApi,
  readRequestHeader,
  readResponseHeader,
} from './index.ts'
import { type Field, type Struct, apiGroups, parseMessage } from './schema/index.ts'

const schemas = Object.values(apiGroups).flat()

/** Any value that the field can have in the version. */
function anyField(field: Field, version: number, withNull: boolean): fc.Arbitrary<unknown> {
  const element = anyElement(field, version)
  const value: fc.Arbitrary<unknown> = field.isArray ? fc.array(element, { maxLength: 3 }) : element
  const isNullable = field.nullable !== undefined && version >= field.nullable.from && version <= field.nullable.to
  return isNullable && withNull ? fc.option(value, { nil: null, freq: 3 }) : value
}

const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  int32: fc.integer(),
  int64: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(INT64_MAX, INT64_MIN)),
  float64: fc.double({ noNaN: true }),
  string: fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 60 })),
  uuid: fc.stringMatching(/^[0-9a-f]{32}$/),
  bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  records: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
}

function anyElement(field: Field, version: number): fc.Arbitrary<unknown> {
  return field.struct === undefined ? (scalars[field.type] as fc.Arbitrary<unknown>) : anyStruct(field.struct, version)
}

/** Fields that the version lacks are left out. */
function anyStruct(struct: Struct, version: number): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const present = struct.fields.filter(({ versions }) => version >= versions.from && version <= versions.to)
  return fc.record(Object.fromEntries(present.map((field) => [field.name, anyField(field, version, true)])))
}

function bytesOf(write: (writer: Writer) => void): Buffer {
  const writer = new Writer()
  write(writer)
  return writer.toBuffer()
}

describe('every message of every version', () => {
  test.each(schemas)('$name reads what it wrote', ({ key, versions, flexible, request, response }) => {
    const api = apis.get(key) as AnyApi
    const version = fc.integer({ min: api.minVersion, max: api.maxVersion })
    for (const [lines, read, write] of [
      [request, api.readRequest, api.writeRequest],
      [response, api.readResponse, api.writeResponse],
    ] as const) {
      const { root } = parseMessage(lines, versions, flexible)
      fc.assert(
        fc.property(
          version.chain((v) => fc.tuple(fc.constant(v), anyStruct(root, v))),
          ([v, message]) => {
            const bytes = bytesOf((writer) => write(writer, message as never, v))
            const reader = new Reader(bytes)
            const again = read(reader, v)
            reader.expectEnd('the message')
            // Fields that the version lacks come back with their defaults, in the order of all others.
            expect(again).toMatchObject(message)
            expect(Object.keys(again as object)).toEqual(root.fields.map((field) => field.name))
            expect(bytesOf((writer) => write(writer, again as never, v)).equals(bytes)).toBe(true)
          },
        ),
        { numRuns: 15 },
      )
    }
  })

  test.each(schemas)('$name refuses damaged bytes with an error of its own and without running away', ({ key }) => {
    const api = apis.get(key) as AnyApi
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      // Lengths close to the largest.
      fc.array(fc.constantFrom(0, 1, 0x7f, 0xff, 0x0f), { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes)),
    )
    fc.assert(
      fc.property(anyBytes, fc.integer({ min: api.minVersion, max: api.maxVersion }), (bytes, version) => {
        for (const read of [api.readRequest, api.readResponse]) {
          try {
            read(new Reader(Buffer.from(bytes)), version)
          } catch (error) {
            expect(error).toBeInstanceOf(TidemillError)
          }
        }
      }),
      { numRuns: 25 },
    )
  })
})

test('a field that has a default may be left out, and reads as its default', () => {
  const bytes = bytesOf((writer) =>
    fetchApi.writeRequest(writer, { maxWaitMs: 5, minBytes: 1, topics: [], isolationLevel: 0 }, 17),
  )
  expect(fetchApi.readRequest(new Reader(bytes), 17)).toEqual({
    clusterId: null,
    replicaId: -1,
    replicaState: { replicaId: -1, replicaEpoch: -1 },
    maxWaitMs: 5,
    minBytes: 1,
    maxBytes: 0x7fff_ffff,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [],
    forgottenTopicsData: [],
    rackId: '',
  })
})

test('records are written by reference from 2 KB on, also in several pieces, and read as a view into the frame', () => {
  const pieces = [Buffer.alloc(3000, 1), Buffer.alloc(10, 2), Buffer.alloc(5000, 3)]
  const message = { acks: 1, timeoutMs: 1, topicData: [{ name: 't', partitionData: [{ index: 0, records: pieces }] }] }
  const writer = new Writer()
  produceApi.writeRequest(writer, message, 9)
  const chunks = writer.finish()
  expect(chunks).toContain(pieces[0])
  expect(chunks).toContain(pieces[2])
  const frame = Buffer.concat(chunks)
  const read = produceApi.readRequest(new Reader(frame), 9).topicData[0]?.partitionData[0]?.records as Buffer
  expect(read.equals(Buffer.concat(pieces))).toBe(true)
  expect(read.buffer).toBe(frame.buffer)
})

test('messages longer than the slab come out whole, and one that is begun while another is written does not disturb it', () => {
  const name = 'a topic name of some length'
  const topics = Array.from({ length: 5_000 }, (_, i) => ({ name: `${name} ${i}` }))
  const outer = new Writer()
  outer.int32(1)
  const inner = bytesOf((writer) => metadataApi.writeRequest(writer, { topics }, 9))
  outer.int32(2)
  expect(metadataApi.readRequest(new Reader(inner), 9).topics?.map((topic) => topic.name)).toEqual(
    topics.map((topic) => topic.name),
  )
  expect(outer.toBuffer().toString('hex')).toBe('0000000100000002')
})

test('an array that claims more elements than there are bytes is refused before anything is made', () => {
  const writer = new Writer()
  writer.int32(0x7fff_ffff)
  expect(() => metadataApi.readRequest(new Reader(writer.toBuffer()), 1)).toThrow(/2147483647 elements at position 4/)
})

test('an int64 beyond 2^53 is refused, but for the two ends of the range', () => {
  const bytes = (hex: string): Reader => new Reader(Buffer.from(hex, 'hex'))
  expect(() => bytes('0020000000000000').int64()).toThrow(/9007199254740992/)
  expect(bytes('001fffffffffffff').int64()).toBe(Number.MAX_SAFE_INTEGER)
  expect(bytes('ffe0000000000001').int64()).toBe(Number.MIN_SAFE_INTEGER)
  expect(bytes('7fffffffffffffff').int64()).toBe(INT64_MAX)
  expect(bytes('8000000000000000').int64()).toBe(INT64_MIN)
  expect(() => bytesOf((writer) => writer.int64(2 ** 60))).toThrow(/between -2\^53 and 2\^53/)
})

test('the same uuid and the zero uuid come back as 32 digits, and others are refused on writing', () => {
  const id = '0123456789abcdef0123456789abcdef'
  const bytes = bytesOf((writer) => writer.uuids([id, ZERO_UUID], true))
  expect(new Reader(bytes).uuids(true)).toEqual([id, ZERO_UUID])
  expect(() => bytesOf((writer) => writer.uuid('0123'))).toThrow(/32 hex digits/)
  expect(() => bytesOf((writer) => writer.uuid('x'.repeat(32)))).toThrow(/32 hex digits/)
})

test('a null where a version cannot say so is refused on writing', () => {
  const write = (): Buffer => bytesOf((writer) => metadataApi.writeRequest(writer, { topics: [{ name: null }] }, 9))
  expect(write).toThrow(/null/)
})

test('a request frame carries its header, flexible or not, and an unknown API is recognised by its first bytes', () => {
  const old = readRequestHeader(
    new Reader(Buffer.concat(encodeRequest(metadataApi, 1, { correlationId: 7, clientId: 'me' }, { topics: null }))),
  )
  expect(old).toEqual({ apiKey: 3, apiVersion: 1, correlationId: 7, clientId: 'me' })
  const frame = Buffer.concat(encodeRequest(metadataApi, 12, { correlationId: 8, clientId: null }, { topics: null }))
  const reader = new Reader(frame)
  expect(readRequestHeader(reader)).toEqual({ apiKey: 3, apiVersion: 12, correlationId: 8, clientId: null })
  expect(metadataApi.readRequest(reader, 12).topics).toBeNull()
  frame.writeInt16BE(999, 0)
  expect(readRequestHeader(new Reader(frame)).apiKey).toBe(999)
})

test('the response to ApiVersions has the oldest header in every version', () => {
  const frame = Buffer.concat(encodeResponse(apiVersionsApi, 3, 9, { errorCode: 35, apiKeys: [] }))
  const reader = new Reader(frame)
  expect(readResponseHeader(reader, 0)).toBe(9)
  expect(apiVersionsApi.readResponse(reader, 3)).toMatchObject({ errorCode: 35, finalizedFeaturesEpoch: -1 })
  expect(metadataApi.responseHeaderVersion(9)).toBe(1)
  expect(metadataApi.responseHeaderVersion(8)).toBe(0)
})

test('the latest version that is stable is known apart from the latest', () => {
  expect(initProducerIdApi.latestStableVersion).toBe(initProducerIdApi.maxVersion - 1)
  expect(fetchApi.latestStableVersion).toBe(fetchApi.maxVersion)
})

test('user data of a version that is not known yet is read as the newest known', () => {
  const bytes = encodeVersioned(consumerProtocolSubscriptionFormat, { topics: ['a'], ownedPartitions: [] }, 3)
  bytes.writeInt16BE(9, 0)
  expect(decodeVersioned(consumerProtocolSubscriptionFormat, bytes).topics).toEqual(['a'])
})

test('keys of coordinators say what kind of record they belong to', () => {
  const key = encodeRecordKey(offsetCommitKeyFormat, { group: 'g', topic: 't', partition: 3 })
  expect(key.readInt16BE(0)).toBe(1)
  expect(decodeRecordKey(offsetCommitKeyFormat, key)).toEqual({ group: 'g', topic: 't', partition: 3 })
  expect(encodeRecordKey(groupMetadataKeyFormat, { group: 'g' }).readInt16BE(0)).toBe(2)
})
