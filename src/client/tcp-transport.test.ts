import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameSplitter, formatAddress, parseServers } from './tcp-transport.ts'

const sized = (frame: Uint8Array): Buffer => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(frame.length)
  return Buffer.concat([size, frame])
}

describe('frames', () => {
  test('come out whole and in order however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames.map(sized))
          const seen: string[] = []
          const splitter = new FrameSplitter((frame) => seen.push(frame.toString('hex')))
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const end = Math.min(bytes.length, at + (cuts[i % cuts.length] ?? 1))
            splitter.push(bytes.subarray(at, end))
            at = end
          }
          expect(seen).toEqual(frames.map((frame) => Buffer.from(frame).toString('hex')))
        },
      ),
      { numRuns: 200 },
    )
  })

  test('that cannot be are refused before anything is made of them', () => {
    const splitter = new FrameSplitter(() => undefined)
    expect(() => splitter.push(Buffer.from('HTTP/1.1 400'))).toThrow(/a frame of 1213486160 bytes was announced/)
    expect(() => new FrameSplitter(() => undefined).push(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow(/-1 bytes/)
  })
})

describe('addresses', () => {
  test('are read from lists and texts, with IPv6 in brackets', () => {
    const expected = [
      { host: 'a.example', port: 9092 },
      { host: '::1', port: 1 },
    ]
    expect(parseServers('a.example:9092, [::1]:1')).toEqual(expected)
    expect(parseServers(['a.example:9092', '[::1]:1'])).toEqual(expected)
    expect(expected.map(formatAddress)).toEqual(['a.example:9092', '[::1]:1'])
  })

  test.each(['localhost', 'localhost:', 'localhost:0', 'localhost:70000', '::1:9092', 'http://a:1'])(
    '%s is refused with an example of a right one',
    (text) => {
      expect(() => parseServers(text)).toThrow(/is not a broker address: give host:port, for example localhost:9092/)
    },
  )

  test('must be there', () => {
    expect(() => parseServers(' , ')).toThrow(/no broker address/)
  })
})
