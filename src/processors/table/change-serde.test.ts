import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RecordHeaders } from '../../record/index.ts'
import { serdes } from '../../serde/index.ts'
import { changeSerde } from './change-serde.ts'

const context = { topic: 't', headers: RecordHeaders.empty, isKey: false }
const serde = changeSerde(serdes.string)
const hexOf = (newValue: string | null, oldValue: string | null): string =>
  Buffer.from(serde.encode({ newValue, oldValue, isLatest: true }, context)).toString('hex')

describe('changeSerde', () => {
  test('writes the bytes of ChangedSerializer', () => {
    expect(hexOf('key', 'Yh&F')).toBe('066b65795968264602')
    expect(hexOf(null, 'qu3^')).toBe('7175335e00')
    expect(hexOf('qu3^', null)).toBe('7175335e01')
  })

  test('changes come back as they were, however long', () => {
    const value = fc.option(fc.string({ maxLength: 200 }))
    fc.assert(
      fc.property(value, value, (newValue, oldValue) => {
        fc.pre(newValue !== null || oldValue !== null)
        const change = { newValue, oldValue, isLatest: true }
        expect(serde.decode(serde.encode(change, context), context)).toEqual(change)
      }),
    )
  })

  test('reads the form that says whether it is the latest', () => {
    expect(serde.decode(Buffer.from('610004', 'hex'), context)).toEqual({
      newValue: 'a',
      oldValue: null,
      isLatest: false,
    })
    expect(serde.decode(Buffer.from('0261620105', 'hex'), context)).toEqual({
      newValue: 'a',
      oldValue: 'b',
      isLatest: true,
    })
  })

  test('a change of neither value is refused', () => {
    expect(() => serde.encode({ newValue: null, oldValue: null, isLatest: true }, context)).toThrow(/neither/)
  })

  test.each([[''], ['09'], ['03'], ['ff02'], ['1402']])('the bytes %j are refused', (hex) => {
    expect(() => serde.decode(Buffer.from(hex, 'hex'), context)).toThrow(/not a change/)
  })
})
