import { expect, test } from 'vitest'
import { decodeWire, encodeWire } from './wire-json.ts'

test('bytes go over the wire wherever they are, and what is undefined stays away', () => {
  const value = {
    store: 'counts',
    ask: { kind: 'get', key: Buffer.from('a\u0000ß') },
    entries: [{ value: new Uint8Array([255, 0]), headers: [['h', null]], window: undefined }],
  }
  expect(decodeWire(encodeWire(value))).toEqual({
    store: 'counts',
    ask: { kind: 'get', key: Buffer.from('a\u0000ß') },
    entries: [{ value: Buffer.of(255, 0), headers: [['h', null]] }],
  })
})
