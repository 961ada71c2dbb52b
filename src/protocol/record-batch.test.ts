import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { RecordHeaders } from '../record/index.ts'
import {
  ERROR,
  type RecordBatch,
  RecordBatchBuilder,
  addToSequence,
  checkProducedBatch,
  findDamage,
  findRecordFault,
  lastSequence,
  loadCompression,
  readBatchHeader,
  readBatches,
  readMarker,
  recordCursor,
  rewriteProducer,
  setBaseOffset,
  setLeaderEpoch,
  setLogAppendTime,
  transactionMarker,
} from './index.ts'

beforeAll(loadCompression)

interface PlainRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

const NOW = 1_700_000_000_000

function batchOf(values: readonly (string | null)[], options: Parameters<RecordBatchBuilder['build']>[0] = {}): Buffer {
  const builder = new RecordBatchBuilder()
  for (const [i, value] of values.entries())
    builder.appendRecord(NOW + i, Buffer.from(`k${i}`), value === null ? null : Buffer.from(value))
  return builder.build(options)
}

function recordsOf(batch: RecordBatch): PlainRecord[] {
  const result: PlainRecord[] = []
  const cursor = recordCursor(batch)
  const text = (start: number, length: number): string | null =>
    length < 0 ? null : cursor.buffer.toString('hex', start, start + length)
  while (cursor.next()) {
    result.push({
      offset: cursor.offset,
      timestamp: cursor.timestamp,
      key: text(cursor.keyStart, cursor.keyLength),
      value: text(cursor.valueStart, cursor.valueLength),
      headers: cursor.headers().entries.map(([name, value]) => [name, value?.toString('hex') ?? null]),
    })
  }
  return result
}

describe('builder and cursor', () => {
  const bytes = fc.option(
    fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ minLength: 120, maxLength: 9_000 })),
    {
      nil: null,
      freq: 4,
    },
  )
  const record = fc.record({
    timestamp: fc.oneof(fc.integer({ min: NOW, max: NOW + 10_000 }), fc.maxSafeNat()),
    gap: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 100_000 })),
    key: bytes,
    value: bytes,
    headers: fc.array(fc.tuple(fc.string({ maxLength: 20 }), bytes), { maxLength: 3 }),
  })

  test('give back every record, in every codec, and know the size before and after', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd'),
        fc.integer({ min: 0, max: 2 ** 40 }),
        (records, compression, baseOffset) => {
          const builder = new RecordBatchBuilder()
          const expected: PlainRecord[] = []
          let offsetDelta = -1
          for (const { timestamp, gap, key, value, headers: pairs } of records) {
            const headers = RecordHeaders.from(pairs)
            offsetDelta += 1 + gap
            builder.skipTo(offsetDelta)
            const size = builder.sizeWith(timestamp, key?.length ?? -1, value?.length ?? -1, headers)
            builder.appendRecord(timestamp, key, value, headers)
            expect(builder.sizeBytes).toBe(size)
            const hex = (part: Uint8Array | null): string | null =>
              part === null ? null : Buffer.from(part).toString('hex')
            expected.push({
              offset: baseOffset + offsetDelta,
              timestamp,
              key: hex(key),
              value: hex(value),
              headers: pairs.map(([name, part]) => [name, hex(part)]),
            })
          }
          const batch = readBatchHeader(builder.build({ compression, baseOffset }))
          expect(findDamage(batch.buffer)).toBeUndefined()
          expect(recordsOf(batch)).toEqual(expected)
          expect(batch.lastOffset).toBe(baseOffset + offsetDelta)
          expect(batch.maxTimestamp).toBe(Math.max(...records.map(({ timestamp }) => timestamp)))
          expect([builder.recordCount, builder.sizeBytes]).toEqual([0, 61])
        },
      ),
      { numRuns: 150 },
    )
  })

  test('a batch that was handed out does not change when the builder goes on', () => {
    const builder = new RecordBatchBuilder({ capacity: 128 })
    const append = (value: string): void => builder.appendRecord(NOW, null, Buffer.from(value))
    append('a'.repeat(50))
    const first = builder.build()
    const before = first.toString('hex')
    append('b'.repeat(50))
    builder.build()
    expect(first.toString('hex')).toBe(before)
  })

  test('what is appended from the ranges of another batch is what was there', () => {
    const part = fc.oneof(
      fc.constant(null),
      fc.uint8Array({ maxLength: 90 }),
      fc.uint8Array({ minLength: 60, maxLength: 200 }),
      fc.integer({ min: 8_100, max: 8_300 }).map((length) => new Uint8Array(length).fill(7)),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part, fc.boolean()), { minLength: 1, maxLength: 20 }), (records) => {
        const builder = new RecordBatchBuilder()
        for (const [i, [key, value]] of records.entries()) builder.appendRecord(NOW + i, key, value)
        const batch = readBatchHeader(builder.build())
        const cursor = recordCursor(batch)
        const copies = new RecordBatchBuilder({ capacity: 128 })
        for (const [, , isApart] of records) {
          cursor.next()
          const { buffer, keyStart, keyLength, valueStart, valueLength } = cursor
          const value = isApart ? Buffer.from(buffer) : buffer
          copies.append(
            cursor.timestamp,
            keyLength < 0 ? null : buffer,
            keyStart,
            keyStart + keyLength,
            valueLength < 0 ? null : value,
            valueStart,
            valueStart + valueLength,
          )
        }
        expect(recordsOf(readBatchHeader(copies.build()))).toEqual(recordsOf(batch))
      }),
      { numRuns: 150 },
    )
  })

  test('one cursor walks batch after batch', () => {
    const cursor = recordCursor(readBatchHeader(batchOf(['x'])))
    const lengths: number[] = []
    for (const batch of [batchOf(['a', null]), batchOf(['bcd'], { compression: 'lz4' })]) {
      cursor.reset(readBatchHeader(batch))
      while (cursor.next()) lengths.push(cursor.valueLength)
    }
    expect(lengths).toEqual([1, -1, 3])
  })
})

describe('keys ahead', () => {
  const key = fc.option(fc.uint8Array({ maxLength: 200 }), { nil: null, freq: 8 })

  test('lie where next() finds them, up to the first that is not usual, and the cursor stays where it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(key, fc.nat(20_000)), { minLength: 1, maxLength: 30 }),
        fc.nat(10),
        (records, skip) => {
          const builder = new RecordBatchBuilder()
          for (const [i, [bytes, length]] of records.entries())
            builder.appendRecord(NOW + i * 1_000, bytes, Buffer.alloc(length, 1))
          const cursor = recordCursor(readBatchHeader(builder.build()))
          for (let i = 0; i < skip; i++) cursor.next()
          const [starts, ends] = [new Int32Array(16), new Int32Array(16)]
          const count = cursor.keysAhead(starts, ends)
          const left = records.slice(skip, skip + 16)
          const firstNull = left.findIndex(([bytes]) => bytes === null)
          const plain = firstNull < 0 ? left.length : firstNull
          expect(count).toBeLessThanOrEqual(plain)
          // The last records may begin too near to the end of the batch to be looked at.
          if (records.length - skip >= plain + 4) expect(count).toBe(plain)
          for (let i = 0; i < count; i++) {
            expect(cursor.next()).toBe(true)
            expect([starts[i], ends[i]]).toEqual([cursor.keyStart, cursor.keyStart + cursor.keyLength])
          }
        },
      ),
    )
  })
})

describe('batches in a buffer', () => {
  const three = [
    batchOf(['a'], { baseOffset: 5 }),
    batchOf(['b', 'c'], { baseOffset: 6 }),
    batchOf(['d'], { baseOffset: 8 }),
  ]

  test('are found in order, and one that is cut off at the end is left out wherever the cut is', () => {
    const all = Buffer.concat(three)
    expect(readBatches(all).map((batch) => batch.lastOffset)).toEqual([5, 7, 8])
    const wholeTwo = all.length - (three[2] as Buffer).length
    for (let end = wholeTwo; end < all.length; end++)
      expect(readBatches(all, 0, end).map((batch) => batch.baseOffset)).toEqual([5, 6])
  })

  test('of another format, or with a length below that of a header, are refused', () => {
    const old = Buffer.from(three[0] as Buffer)
    old[16] = 1
    expect(() => readBatches(old)).toThrow(/format 1/)
    const short = Buffer.from(three[0] as Buffer)
    short.writeInt32BE(20, 8)
    expect(() => readBatches(short)).toThrow(/20 bytes/)
  })
})

describe('changes in place', () => {
  test('offset and epoch are not covered by the checksum; the time of arrival is, and goes for all records', () => {
    const bytes = batchOf(['a', 'b'])
    setBaseOffset(bytes, 0, 2 ** 41 + 3)
    setLeaderEpoch(bytes, 0, 9)
    expect(findDamage(bytes)).toBeUndefined()
    setLogAppendTime(bytes, 0, NOW + 77)
    expect(findDamage(bytes)).toBeUndefined()
    const batch = readBatchHeader(bytes)
    expect([batch.baseOffset, batch.leaderEpoch, batch.timestampType]).toEqual([2 ** 41 + 3, 9, 'log-append'])
    expect(recordsOf(batch).map((record) => record.timestamp)).toEqual([NOW + 77, NOW + 77])
  })

  test('a batch is written again for another producer without touching the first', () => {
    const bytes = batchOf(['a', 'b'], { producerId: 1, producerEpoch: 0, baseSequence: 0 })
    const before = bytes.toString('hex')
    const copy = rewriteProducer(bytes, { producerId: 8, producerEpoch: 3, baseSequence: 2 ** 31 - 1 })
    expect(bytes.toString('hex')).toBe(before)
    expect(findDamage(copy)).toBeUndefined()
    const batch = readBatchHeader(copy)
    expect([batch.producerId, batch.producerEpoch, lastSequence(batch)]).toEqual([8, 3, 0])
    expect(addToSequence(2 ** 31 - 1, 2)).toBe(1)
  })
})

test('a transaction marker is a control batch of one record that tells which way and by which coordinator', () => {
  const batch = readBatchHeader(
    transactionMarker({
      kind: 'abort',
      producerId: 4,
      producerEpoch: 2,
      coordinatorEpoch: 6,
      timestamp: NOW,
      baseOffset: 11,
    }),
  )
  expect([batch.isControl, batch.isTransactional, batch.baseSequence, batch.recordCount]).toEqual([true, true, -1, 1])
  const cursor = recordCursor(batch)
  cursor.next()
  expect(readMarker(cursor)).toEqual({ kind: 'abort', coordinatorEpoch: 6 })
})

describe('a produced batch', () => {
  const good = batchOf(['a', 'b'], { producerId: 3, producerEpoch: 0, baseSequence: 5 })
  const fault = (bytes: Buffer): number | undefined => {
    const checked = checkProducedBatch(bytes)
    return 'fault' in checked ? checked.fault.errorCode : undefined
  }
  const changed = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(good)
    change(bytes)
    return bytes
  }

  test('that is right is taken', () => {
    expect(fault(good)).toBeUndefined()
  })

  test('of which any bit that the checksum covers is another is corrupt', () => {
    for (let at = 17; at < good.length; at++)
      expect(fault(changed((bytes) => (bytes[at] = (bytes[at] as number) ^ 1)))).toBe(ERROR.CORRUPT_MESSAGE)
  })

  test.each([
    ['is cut off', good.subarray(0, good.length - 1), ERROR.CORRUPT_MESSAGE],
    ['is shorter than a header', good.subarray(0, 60), ERROR.CORRUPT_MESSAGE],
    ['is followed by another', Buffer.concat([good, good]), ERROR.INVALID_RECORD],
    ['has an older format', changed((bytes) => (bytes[16] = 1)), ERROR.INVALID_RECORD],
    ['is empty', batchOf([]), ERROR.INVALID_RECORD],
    ['has more offsets than records', batchOf(['a'], { lastOffsetDelta: 3 }), ERROR.INVALID_RECORD],
    ['is a control batch', batchOf(['a'], { isControl: true }), ERROR.INVALID_RECORD],
    ['is transactional without a producer id', batchOf(['a'], { isTransactional: true }), ERROR.INVALID_RECORD],
    ['has a producer id and no sequence', batchOf(['a'], { producerId: 3, producerEpoch: 0 }), ERROR.INVALID_RECORD],
    ['claims a time of arrival', batchOf(['a'], { logAppendTime: NOW }), ERROR.INVALID_TIMESTAMP],
  ])('that %s is refused', (_, bytes, code) => {
    expect(fault(bytes)).toBe(code)
  })

  test('with an unknown codec is refused as such', () => {
    const bytes = batchOf(['a'])
    bytes[22] = 5
    const rewritten = rewriteProducer(bytes, { producerId: -1, producerEpoch: -1, baseSequence: -1 })
    expect(fault(rewritten)).toBe(ERROR.UNSUPPORTED_COMPRESSION_TYPE)
  })

  test('is walked record by record where keys are required, and those without one are named', () => {
    const builder = new RecordBatchBuilder()
    for (const key of ['a', null, 'b', null]) builder.appendRecord(NOW, key === null ? null : Buffer.from(key), null)
    const batch = readBatchHeader(builder.build({ compression: 'gzip' }))
    expect(findRecordFault(batch, { keysRequired: false })).toBeUndefined()
    expect(findRecordFault(batch, { keysRequired: true })).toMatchObject({
      errorCode: ERROR.INVALID_RECORD,
      records: [{ index: 1 }, { index: 3 }],
    })
  })
})

test('records whose bytes were changed under a right checksum are refused with their offset, never read past the batch', () => {
  const bytes = batchOf(['value', 'value', 'value'], { baseOffset: 40 })
  const framed = Buffer.concat([bytes, Buffer.alloc(50, 0xff)])
  let refused = 0
  fc.assert(
    fc.property(fc.integer({ min: 61, max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const damaged = Buffer.from(framed)
      damaged[at] = byte
      const cursor = recordCursor(readBatchHeader(damaged))
      try {
        while (cursor.next()) {
          cursor.headers()
          expect(cursor.valueStart + Math.max(0, cursor.valueLength)).toBeLessThanOrEqual(bytes.length)
          expect(cursor.keyStart + Math.max(0, cursor.keyLength)).toBeLessThanOrEqual(bytes.length)
        }
      } catch (error) {
        refused++
        expect(error).toMatchObject({
          code: 'invalid-wire-data',
          message: expect.stringMatching(/offset 4\d/) as unknown,
        })
      }
    }),
    { numRuns: 500 },
  )
  expect(refused).toBeGreaterThan(20)
})

test('a batch whose compressed records are damaged names its offset', () => {
  const bytes = batchOf(['a'.repeat(200)], { compression: 'gzip', baseOffset: 12 })
  bytes.fill(0, 61, 71)
  expect(() => recordCursor(readBatchHeader(bytes))).toThrow(/batch at offset 12 cannot be read/)
})
