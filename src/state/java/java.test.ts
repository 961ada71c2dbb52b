import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatCheckpoint, parseCheckpoint } from './checkpoint-file.ts'
import { decodePosition, encodePosition } from './position-bytes.ts'
import {
  decodeLatestVersion,
  decodeSegmentVersions,
  encodeLatestVersion,
  encodeSegmentVersions,
} from './versioned-rows.ts'

const offsets = fc.nat({ max: Number.MAX_SAFE_INTEGER })

describe('a position', () => {
  test('reads back as it was written', () => {
    const partitions = fc.array(fc.tuple(fc.nat(), offsets)).map((pairs) => new Map(pairs))
    const positions = fc.array(fc.tuple(fc.string(), partitions)).map((pairs) => new Map(pairs))
    fc.assert(
      fc.property(positions, (position) => {
        expect(decodePosition(encodePosition(position))).toEqual(position)
      }),
    )
  })

  test('ends where its last topic ends: Kafka Streams sends zero bytes after it', () => {
    const position = new Map([['orders', new Map([[3, 41]])]])
    const padded = Buffer.concat([encodePosition(position), Buffer.alloc(70)])
    expect(decodePosition(padded)).toEqual(position)
  })

  test('says where bytes that are none end', () => {
    const bytes = encodePosition(new Map([['orders', new Map([[3, 41]])]]))
    expect(() => decodePosition(bytes.subarray(0, 20))).toThrow('they end after 20 bytes, within a field that begins')
    expect(() => decodePosition(Buffer.of(1, 0, 0, 0, 0))).toThrow('its version is 1, and the only one known is 0')
  })
})

describe('a .checkpoint file', () => {
  const text = '0\n2\napp-counts-changelog 3 1234\napp-other-changelog 0 -4\n'
  const entries = [
    { topic: 'app-counts-changelog', partition: 3, offset: 1_234 },
    { topic: 'app-other-changelog', partition: 0, offset: undefined },
  ]

  test('has a line for each store, and -4 where it is not known how far it is', () => {
    expect(formatCheckpoint(entries)).toBe(text)
    expect(parseCheckpoint(text)).toEqual(entries)
  })

  test.each([
    ['1\n0\n', "line 1 is '1', not the version 0"],
    ['0\n3\na 0 1\n', "line 2 is '3', not 1, the number of lines after it"],
    ['0\n1\na 0\n', "line 3 is 'a 0', not a topic, a partition and an offset"],
    ['0\n1\na 0 -5\n', "line 3 is 'a 0 -5', not a topic, a partition and an offset"],
  ])('names the line that is not as it should be: %j', (broken, message) => {
    expect(() => parseCheckpoint(broken)).toThrow(message)
  })
})

describe('the rows of a versioned store', () => {
  const times = fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 20 })
  const value = fc.option(fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)))
  const segments = times.chain((all) => {
    const newestFirst = all.toSorted((a, b) => b - a)
    const versions = fc.tuple(
      ...newestFirst.map((validFrom) => fc.record({ validFrom: fc.constant(validFrom), value })),
    )
    return fc.record({ versions, nextFrom: fc.constant((newestFirst[0] as number) + 5) })
  })

  test('a segment reads back as it was written', () => {
    fc.assert(
      fc.property(segments, (segment) => {
        expect(decodeSegmentVersions(encodeSegmentVersions(segment))).toEqual(segment)
      }),
    )
  })

  test('a latest version reads back as it was written', () => {
    const row = { validFrom: 1_600_000_000_000, value: Buffer.from('nine') }
    expect(decodeLatestVersion(encodeLatestVersion(row))).toEqual(row)
  })

  test('bytes that are no row are refused, with what is wrong', () => {
    const row = encodeSegmentVersions({ versions: [{ value: Buffer.from('ab'), validFrom: 5 }], nextFrom: 9 })
    expect(() => decodeSegmentVersions(row.subarray(0, 27))).toThrow('it has 27 bytes, and the least are 28')
    expect(() => decodeSegmentVersions(Buffer.concat([row, row]))).toThrow('between its index and its values')
    expect(() => decodeLatestVersion(row.subarray(0, 7))).toThrow('it has 7 bytes')
    expect(() => encodeSegmentVersions({ versions: [], nextFrom: 9 })).toThrow('at least one version')
  })
})
