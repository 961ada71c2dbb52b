import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FORESEEN_MAX, ForeseenKeys, foresee, intern } from './interned-text.ts'

/** Keys side by side in one buffer. */
function layOut(texts: readonly string[]): { readonly buffer: Buffer; readonly keys: ForeseenKeys } {
  const buffer = Buffer.from(texts.join(''), 'utf8')
  const keys = new ForeseenKeys()
  keys.count = Math.min(texts.length, FORESEEN_MAX)
  let at = 0
  for (let i = 0; i < keys.count; i++) {
    keys.starts[i] = at
    at += Buffer.byteLength(texts[i] as string)
    keys.ends[i] = at
  }
  return { buffer, keys }
}

const key = fc.oneof(
  fc.nat(40).map(String),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)

test('a key is its own text, foreseen or not, whatever is interned between', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.array(key, { maxLength: FORESEEN_MAX }), fc.array(key, { maxLength: 3 })), { maxLength: 6 }),
      fc.integer({ min: 0, max: 3 }),
      (rounds, skipped) => {
        for (const [texts, others] of rounds) {
          const { buffer, keys } = layOut(texts)
          foresee(buffer, keys)
          const read = (i: number): string => intern(buffer, keys.starts[i] as number, keys.ends[i] as number)
          for (let i = skipped; i < texts.length; i++) {
            for (const other of others) {
              const bytes = Buffer.from(other)
              expect(intern(bytes, 0, bytes.length)).toBe(Buffer.from(other).toString())
            }
            expect(read(i)).toBe(Buffer.from(texts[i] as string).toString())
          }
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('what was foreseen before the table grew is read right after it', () => {
  const { buffer, keys } = layOut(['before-1', 'before-2', 'before-3'])
  for (let i = 0; i < 3; i++) intern(buffer, keys.starts[i] as number, keys.ends[i] as number)
  foresee(buffer, keys)
  for (let i = 0; i < 5_000; i++) {
    const bytes = Buffer.from(`filler-${i}`)
    intern(bytes, 0, bytes.length)
  }
  const texts = [0, 1, 2].map((i) => intern(buffer, keys.starts[i] as number, keys.ends[i] as number))
  expect(texts).toEqual(['before-1', 'before-2', 'before-3'])
})

test('keys of a buffer that was foreseen before are not taken for those behind the ones that are foreseen now', () => {
  const { buffer: before, keys } = layOut(['k1', 'k2', 'k3', 'k4'])
  for (let i = 0; i < 4; i++) intern(before, 2 * i, 2 * i + 2)
  foresee(before, keys)
  const now = Buffer.from('k4k3k2k1')
  keys.count = 1
  foresee(now, keys)
  const read = [0, 1, 2, 3].map((i) => intern(now, 2 * i, 2 * i + 2))
  expect(read).toEqual(['k4', 'k3', 'k2', 'k1'])
})

test('an empty key is not taken for the one that begins where it does', () => {
  const { buffer, keys } = layOut(['a', 'b'])
  foresee(buffer, keys)
  for (const text of ['a', 'b']) intern(Buffer.from(text), 0, 1)
  foresee(buffer, keys)
  expect(intern(buffer, 0, 0)).toBe('')
  expect(intern(buffer, 0, 1)).toBe('a')
})
