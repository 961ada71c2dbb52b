import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeInt64 } from '../base/index.ts'
import { compareKeys } from './byte-order.ts'
import { type HeldRow, HeldRows } from './held-rows.ts'

const BEGIN = Buffer.alloc(8)

function rowOf(timestamp: number, sequence: number): HeldRow {
  const key = Buffer.alloc(10)
  writeInt64(key, timestamp, 0)
  key.writeUInt16BE(sequence, 8)
  return { timestamp, key, byteCount: 0 }
}

test('rows come out in the order of their keys, whatever part of them is held', () => {
  const step = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant('take' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 210, max: 2_000 }), (steps, bytesMax) => {
      const all: HeldRow[] = []
      const held = new HeldRows<HeldRow>(BEGIN, bytesMax)
      for (const [i, what] of steps.entries()) {
        if (what !== 'take') {
          all.push(rowOf(what, i))
          all.sort((a, b) => compareKeys(a.key, b.key))
          held.put(all.find(({ key }) => key.readUInt16BE(8) === i) as HeldRow)
          continue
        }
        if (held.first() === undefined && held.horizon !== undefined) {
          const from = held.horizon
          held.beginAt(undefined)
          for (const row of all.filter(({ key }) => compareKeys(key, from) >= 0)) held.put(row)
        }
        expect(held.first()).toBe(all.shift())
        if (held.first() !== undefined) held.takeFirst()
      }
    }),
    { numRuns: 300 },
  )
})
