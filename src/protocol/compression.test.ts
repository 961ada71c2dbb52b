import { compress as lz4jsFrame } from 'lz4js'
import * as fc from 'fast-check'
import { compress as rawSnappy } from 'snappyjs'
import { beforeAll, describe, expect, test } from 'vitest'
import { TidemillError, seededPrng } from '../base/index.ts'
import { type Compression, compress, decompress, loadCompression } from './compression.ts'
import { xxhash32 } from './compression/xxhash32.ts'
import { decompressByWasm, loadZstdWasm } from './compression/zstd.ts'

const CODECS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

beforeAll(async () => {
  await loadCompression()
  await loadZstdWasm()
})

/** Text that compresses, with a stretch that does not. */
function mixed(size: number): Buffer {
  const prng = seededPrng(size)
  const words = Array.from({ length: Math.ceil(size / 16) }, (_, i) => `order-${prng.integer(50)} ${i % 7} `).join('')
  return Buffer.concat([Buffer.from(words), prng.bytes(Math.floor(size / 4))]).subarray(0, size)
}

describe.each(CODECS)('%s', (codec) => {
  test('gives back what went in, whatever its size', () => {
    for (const size of [0, 1, 12, 13, 300, 32_768, 65_536, 65_537, 200_000]) {
      const bytes = mixed(size)
      expect(decompress(codec, compress(codec, bytes)).equals(bytes), `${size} bytes`).toBe(true)
    }
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 40 }), (parts) => {
        const bytes = Buffer.concat([...parts, ...parts])
        expect(decompress(codec, compress(codec, bytes)).equals(bytes)).toBe(true)
      }),
    )
  })

  test('works on a range of a buffer', () => {
    const bytes = Buffer.from('xxhello hello hello hello yy')
    const packed = compress(codec, bytes, 2, 25)
    const framed = Buffer.concat([Buffer.from('junk'), packed, Buffer.from('junk')])
    expect(decompress(codec, framed, 4, 4 + packed.length).toString()).toBe('hello hello hello hello')
  })
})

describe.each(CODECS.filter((codec) => codec !== 'none'))('%s', (codec) => {
  test('refuses what decompresses to more than the limit', () => {
    const packed = compress(codec, Buffer.alloc(500_000))
    expect(packed.length).toBeLessThan(50_000)
    expect(() => decompress(codec, packed, 0, packed.length, 499_999)).toThrow(TidemillError)
    expect(decompress(codec, packed, 0, packed.length, 500_000).length).toBe(500_000)
  })

  test('answers damaged bytes with an error of its own, or with bytes', () => {
    const packed = compress(codec, mixed(3_000))
    fc.assert(
      fc.property(
        fc.nat(packed.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(packed.length),
        (at, flip, cut) => {
          const damaged = Buffer.from(packed)
          damaged[at] = (damaged[at] as number) ^ flip
          for (const bytes of [damaged, packed.subarray(0, cut)]) {
            try {
              decompress(codec, bytes, 0, bytes.length, 1_000_000)
            } catch (error) {
              expect(error).toBeInstanceOf(TidemillError)
            }
          }
        },
      ),
      { numRuns: 150 },
    )
  })
})

test('snappy reads the plain block that librdkafka writes, and several framed streams one behind the other', () => {
  const bytes = mixed(50_000)
  expect(decompress('snappy', rawSnappy(bytes)).equals(bytes)).toBe(true)
  const twice = Buffer.concat([compress('snappy', bytes), compress('snappy', bytes)])
  expect(decompress('snappy', twice).equals(Buffer.concat([bytes, bytes]))).toBe(true)
})

test('snappy data that claims more than it can hold is refused without making room for it', () => {
  expect(() => decompress('snappy', Buffer.from('ffffff3f00', 'hex'))).toThrow(TidemillError)
})

test('snappy frames begin as Java’s do', () => {
  expect(compress('snappy', Buffer.from('x')).toString('hex', 0, 16)).toBe('82534e41505059000000000100000001')
})

describe('lz4', () => {
  const bytes = mixed(5_000)
  const frame = compress('lz4', bytes)

  test('frames declare independent blocks of 64 KB, as Java wants them', () => {
    expect(frame.toString('hex', 0, 7)).toBe('04224d18604082')
  })

  test('frames whose blocks look back into earlier ones are read', () => {
    const large = mixed(5 * 1024 * 1024)
    const theirs = Buffer.from(lz4jsFrame(large))
    // Bit 5 of the flags says that blocks are independent.
    expect((theirs[4] as number) & 0x20).toBe(0)
    expect(decompress('lz4', theirs).equals(large)).toBe(true)
  })

  test('several frames and skippable ones are read as one', () => {
    const skippable = Buffer.from('502a4d1803000000aabbcc', 'hex')
    expect(
      decompress('lz4', Buffer.concat([skippable, frame, skippable, frame])).equals(Buffer.concat([bytes, bytes])),
    ).toBe(true)
  })

  test('content size, block and content checksums are looked at where there are any', () => {
    const blocks = frame.subarray(7, frame.length - 4)
    const body = blocks.subarray(4)
    const head = Buffer.from([0x60 | 0x10 | 0x08 | 0x04, 0x40, 0, 0, 0, 0, 0, 0, 0, 0])
    head.writeUInt32LE(bytes.length, 2)
    const checked = Buffer.concat([
      frame.subarray(0, 4),
      head,
      Buffer.from([(xxhash32(head, 0, 10) >>> 8) & 0xff]),
      blocks,
      uint32(xxhash32(body, 0, body.length)),
      uint32(0),
      uint32(xxhash32(bytes, 0, bytes.length)),
    ])
    expect(decompress('lz4', checked).equals(bytes)).toBe(true)
    for (const [at, what] of [
      [14, 'header'],
      [checked.length - 12, 'block'],
      [checked.length - 1, 'content'],
    ] as const) {
      const damaged = Buffer.from(checked)
      damaged[at] = (damaged[at] as number) ^ 1
      expect(() => decompress('lz4', damaged)).toThrow(`the checksum of the ${what} is wrong`)
    }
  })

  test('xxhash32 gives the published values', () => {
    const hash = (text: string): string => xxhash32(Buffer.from(text), 0, text.length).toString(16)
    expect([hash(''), hash('a'), hash('abc'), hash('Nobody inspects the spammish repetition')]).toEqual([
      '2cc5d05',
      '550d7456',
      '32d153ff',
      'e2293b2f',
    ])
  })
})

describe('zstd', () => {
  test('several frames are read as one, and skippable ones are skipped', () => {
    const bytes = mixed(1_000)
    const skippable = Buffer.from('502a4d1803000000aabbcc', 'hex')
    const packed = Buffer.concat([compress('zstd', bytes), skippable, compress('zstd', bytes)])
    expect(decompressByWasm(packed, 10_000).equals(Buffer.concat([bytes, bytes]))).toBe(true)
  })

  test('a size that the frame’s blocks cannot give is refused', () => {
    const packed = compress('zstd', Buffer.from('hello'))
    const lying = Buffer.from(packed)
    lying[4] = 0xe0 // the size in eight bytes
    const frame = Buffer.concat([lying.subarray(0, 5), Buffer.from('ffffffff00000000', 'hex'), packed.subarray(6)])
    expect(() => decompressByWasm(frame, 2 ** 40)).toThrow(/state a size of 4294967295 bytes/)
  })
})

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
