import { describe, expect, it } from 'vitest'
import { hashRange } from './byte-order.ts'
import { ByteTable } from './byte-table.ts'

const SUFFIX_BYTES = 1

// Two texts with the same hash.
const [a, b] = ['k05ov3ls', 'k1eoacxs']

describe('a byte table', () => {
  it('keeps keys apart whose prefixes have the same hash, also as their entries go', () => {
    const table = new ByteTable()
    const put = (text: string): void => table.put(Buffer.from(text), 0, text.length, Buffer.from('v'), 0, 1)
    const remove = (text: string): boolean => table.remove(Buffer.from(text), 0, text.length)
    const keysOf = (prefix: string): string[] => {
      const cursor = table.cursor(Buffer.from(`${prefix}0`), Buffer.from(`${prefix}9`), false, SUFFIX_BYTES)
      const keys: string[] = []
      while (cursor.next()) keys.push(cursor.buffer.toString('latin1', cursor.keyStart, cursor.keyEnd))
      return keys
    }
    expect(hashRange(Buffer.from(a), 0, a.length)).toBe(hashRange(Buffer.from(b), 0, b.length))
    for (const suffix of ['2', '1']) {
      put(a + suffix)
      put(b + suffix)
    }
    expect([keysOf(a), keysOf(b)]).toEqual([
      [`${a}1`, `${a}2`],
      [`${b}1`, `${b}2`],
    ])
    remove(`${a}1`)
    remove(`${a}2`)
    expect([keysOf(a), keysOf(b)]).toEqual([[], [`${b}1`, `${b}2`]])
    put(`${a}5`)
    remove(`${b}1`)
    remove(`${b}2`)
    expect([keysOf(a), keysOf(b)]).toEqual([[`${a}5`], []])
    put(`${b}3`)
    table.removeBelow(Buffer.from(b))
    expect([keysOf(a), keysOf(b)]).toEqual([[], [`${b}3`]])
  })
})
