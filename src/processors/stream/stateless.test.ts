import { describe, expect, test } from 'vitest'
import { RecordHeaders } from '../../record/index.ts'
import { ProcessorHarness } from '../harness/processor-harness.ts'
import { branch } from './branch.ts'
import { filter } from './filter.ts'
import { flatMap } from './flat-map.ts'
import { flatMapValues } from './flat-map-values.ts'
import { map } from './map.ts'
import { mapValues } from './map-values.ts'
import { nullKeyFilter } from './null-key-filter.ts'
import { passThrough } from './pass-through.ts'
import { peek } from './peek.ts'
import { print } from './print.ts'
import { selectKey } from './select-key.ts'

const headers = RecordHeaders.from({ trace: 'x' })

describe('operators without state', () => {
  test('filter and filterNot part the records between them', () => {
    const isEven = (value: number): boolean => value % 2 === 0
    const even = new ProcessorHarness(filter({ predicate: isEven, negate: false }))
    const odd = new ProcessorHarness(filter({ predicate: isEven, negate: true }))
    expect([1, 2, 3, 4].flatMap((n) => even.pipe('k', n, n)).map(({ value }) => value)).toEqual([2, 4])
    expect([1, 2, 3, 4].flatMap((n) => odd.pipe('k', n, n)).map(({ value }) => value)).toEqual([1, 3])
  })

  test.each([
    ['map', map({ mapper: (value, key) => [value, key] }), [['v', 'k']]],
    ['mapValues', mapValues({ mapper: (value, key) => key + value }), [['k', 'kv']]],
    ['selectKey', selectKey({ mapper: (value) => value }), [['v', 'v']]],
    ['flatMapValues', flatMapValues({ mapper: (value) => [value, value + 2] }), [['k', 'v'], ['k', 'v2']]], // prettier-ignore
    ['flatMap', flatMap({ mapper: (value, key) => [[key, value], [value, key]] }), [['k', 'v'], ['v', 'k']]], // prettier-ignore
    ['passThrough', passThrough(), [['k', 'v']]],
    ['peek', peek({ action: () => {}, forward: true }), [['k', 'v']]],
    ['foreach', peek({ action: () => {}, forward: false }), []],
  ] as const)('%s keeps timestamp and headers of its input', (_, supplier, expected) => {
    const forwarded = new ProcessorHarness(supplier).pipe('k', 'v', 7, headers)
    expect(forwarded.map(({ key, value }) => [key, value])).toEqual(expected)
    for (const record of forwarded) expect(record).toMatchObject({ timestamp: 7, headers })
  })

  test('a mapper that gives no pair is told what was expected', () => {
    // As a program without types might.
    const harness = new ProcessorHarness(map({ mapper: () => undefined as never }))
    expect(() => harness.pipe('k', 'v', 0)).toThrow(/NODE.*\[key, value\]/)
  })

  test('functions see where the record came from', () => {
    const offsets: number[] = []
    const harness = new ProcessorHarness(peek({ action: (_v, _k, { offset }) => offsets.push(offset), forward: true }))
    for (let i = 0; i < 3; i++) harness.pipe('k', 'v', 0)
    expect(offsets).toEqual([0, 1, 2])
  })

  test('the first branch that accepts a record gets it; what none accepts goes to the rest, or nowhere', () => {
    const branches = [
      { predicate: (value: string) => value.includes('a'), child: 'with-a' },
      { predicate: (value: string) => value.includes('b'), child: 'with-b' },
    ]
    const children = ['rest', 'with-b', 'with-a']
    const all = new ProcessorHarness(branch({ branches, otherwise: 'rest' }), { children })
    expect(['ab', 'b', 'c'].flatMap((v) => all.pipe('k', v, 0)).map(({ child }) => child)).toEqual([
      'with-a',
      'with-b',
      'rest',
    ])
    const some = new ProcessorHarness(branch({ branches, otherwise: undefined }), { children })
    expect(some.pipe('k', 'c', 0)).toEqual([])
  })

  test('records without a key do not reach a repartition topic', () => {
    const harness = new ProcessorHarness(nullKeyFilter())
    expect(harness.pipe(null, 'v', 0)).toEqual([])
    expect(harness.pipe('', 'v', 0)).toHaveLength(1)
  })

  test('print writes a line a record and closes its writer once', () => {
    const lines: string[] = []
    let closed = 0
    const open = (): { write(line: string): void; close(): void } => ({
      write: (line) => void lines.push(line),
      close: () => void closed++,
    })
    const harness = new ProcessorHarness(print({ label: 'orders', open, format: undefined }))
    harness.pipe('k', { n: 1n }, 0)
    harness.pipe(null, 'text', 0)
    harness.close()
    harness.close()
    expect(lines).toEqual(['[orders]: k, {"n":"1"}', '[orders]: null, text'])
    expect(closed).toBe(1)
  })
})
