import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c, crc32cByTables } from './crc32c.ts'

test('the checksum of "123456789" is the published one', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
})

test('the tables give what the native function gives, at any place and in any number of pieces', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.nat(), fc.nat(), (bytes, a, b) => {
      const buffer = Buffer.from(bytes)
      const start = a % (buffer.length + 1)
      const middle = start + (b % (buffer.length - start + 1))
      const whole = crc32c(buffer, start)
      expect(crc32cByTables(buffer, start, buffer.length)).toBe(whole)
      expect(crc32c(buffer, middle, buffer.length, crc32c(buffer, start, middle))).toBe(whole)
      expect(crc32cByTables(buffer, middle, buffer.length, crc32cByTables(buffer, start, middle))).toBe(whole)
    }),
  )
})
