import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { EntryReader, writeLengths } from './entry-format.ts'
import { sortEntries } from './sort-entries.ts'

function entriesOf(keys: readonly Buffer[]): { readonly buffer: Buffer; readonly places: Int32Array } {
  const buffer = Buffer.alloc(keys.reduce((sum, { length }) => sum + length + 10, 0))
  const places = new Int32Array(keys.length)
  let at = 0
  for (const [i, key] of keys.entries()) {
    places[i] = at
    const keyAt = writeLengths(buffer, at, key.length, -1)
    key.copy(buffer, keyAt)
    at = keyAt + key.length
  }
  return { buffer, places }
}

/** Keys in order, each with the number of its last entry. */
function sortedByMap(keys: readonly Buffer[]): string[] {
  const last = new Map(keys.map((key, i) => [key.toString('hex'), i]))
  return [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, i]) => `${key}@${i}`)
}

function sortedByUs(keys: readonly Buffer[]): string[] {
  const { buffer, places } = entriesOf(keys)
  const reader = new EntryReader(buffer)
  return Array.from(sortEntries(buffer, places), (place) => {
    reader.load(place)
    return `${buffer.toString('hex', reader.keyStart, reader.keyEnd)}@${places.indexOf(place)}`
  })
}

const tail = fc.uint8Array({ maxLength: 12 })
const byte = fc.constantFrom(0, 1, 255)
const key = fc.oneof(
  { weight: 2, arbitrary: tail.map((bytes) => Buffer.from(bytes)) },
  // Long stretches in common, keys that go on from others, zeros at the end.
  { weight: 3, arbitrary: fc.array(byte, { maxLength: 5 }).map((bytes) => Buffer.from(bytes)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('common-prefix-', 'common-prefiy-'), fc.array(byte, { maxLength: 9 }))
      .map(([prefix, bytes]) => Buffer.concat([Buffer.from(prefix), Buffer.from(bytes)])),
  },
)

it('entries are sorted by key, and of one key the last one is kept', () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 300, size: 'max' }), (keys) => {
      expect(sortedByUs(keys)).toEqual(sortedByMap(keys))
    }),
    { numRuns: 200 },
  )
})

it('many entries of few keys are sorted too', () => {
  const keys = Array.from({ length: 5_000 }, (_, i) => Buffer.from(`key-${(i * 7_919) % 50}`))
  expect(sortedByUs(keys)).toEqual(sortedByMap(keys))
})
