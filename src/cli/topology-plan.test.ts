import { describe, expect, test } from 'vitest'
import { type KStream, StreamsBuilder } from '../dsl/index.ts'
import { tumbling } from '../record/index.ts'
import { type Serde, serdes, topic } from '../serde/index.ts'
import type { Topology } from '../topology/index.ts'
import { compareFormats } from './compare-formats.ts'
import { type PlanRow, planChange } from './topology-plan.ts'

const input = topic('in', { key: serdes.string, value: serdes.string })

function build(make: (stream: KStream<string, string>) => void): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  make(builder.stream(input))
  return builder.build()
}

const shown = (rows: readonly PlanRow[]): readonly string[] =>
  rows.map(({ what, name, verdict }) => `${what} ${name}: ${verdict}`)
const why = (rows: readonly PlanRow[], name: string): string | undefined => rows.find((row) => row.name === name)?.why

describe('a plan', () => {
  test('of a topology that stays as it is keeps all', () => {
    const make = (): Topology => build((stream) => void stream.groupBy((value) => value).count({ store: 'counts' }))
    expect(new Set(planChange(make(), make()).map(({ verdict }) => verdict))).toEqual(new Set(['keeps']))
  })

  test('finds state that an inserted operator moves to another generated name', () => {
    const before = build((stream) => void stream.groupBy((value) => value).count())
    const after = build(
      (stream) =>
        void stream
          .filter(() => true)
          .groupBy((value) => value)
          .count(),
    )
    const rows = planChange(before, after)
    expect(shown(rows)).toEqual([
      'store KSTREAM-AGGREGATE-STATE-STORE-0000000002: unsafe',
      'store KSTREAM-AGGREGATE-STATE-STORE-0000000003: new',
      'repartition KSTREAM-AGGREGATE-STATE-STORE-0000000002-repartition: unsafe',
      'changelog KSTREAM-AGGREGATE-STATE-STORE-0000000002-changelog: orphans',
      'repartition KSTREAM-AGGREGATE-STATE-STORE-0000000003-repartition: new',
      'changelog KSTREAM-AGGREGATE-STATE-STORE-0000000003-changelog: new',
      'tasks 0_*: keeps',
      'tasks 1_*: new',
      'tasks 1_* (before): orphans',
    ])
    expect(why(rows, 'KSTREAM-AGGREGATE-STATE-STORE-0000000002')).toMatch(/give it a name of its own/)
  })

  test('of named state lets operators come and go', () => {
    const before = build((stream) => void stream.groupByKey().count({ store: 'counts' }))
    const after = build(
      (stream) =>
        void stream
          .filter(() => true)
          .mapValues((value) => `${value}!`, { value: serdes.string })
          .groupByKey()
          .count({ store: 'counts' }),
    )
    expect(shown(planChange(before, after))).toEqual([
      'store counts: keeps',
      'changelog counts-changelog: keeps',
      'tasks 0_*: keeps',
    ])
  })

  test.each([
    [
      'another kind',
      (s: KStream<string, string>) =>
        s
          .groupByKey()
          .windowedBy(tumbling({ size: '1m' }))
          .count({ store: 'a' }),
      /of kind key-value and is window/,
    ],
    [
      'another value format',
      (s: KStream<string, string>) =>
        s.groupByKey().aggregate(
          () => 'x',
          (all) => all,
          { store: 'a', value: serdes.string },
        ),
      /its values are written in another format/,
    ],
  ] as const)('of %s under the same name is unsafe', (_what, make, message) => {
    const before = build((stream) => void stream.groupByKey().count({ store: 'a' }))
    const rows = planChange(
      before,
      build((stream) => void make(stream)),
    )
    expect(rows[0]).toMatchObject({ name: 'a', verdict: 'unsafe', why: expect.stringMatching(message) })
  })

  test('tells other window sizes, changelogs that come and go, engines and partitions', () => {
    const windows = (size: `${number}m`): Topology =>
      build((stream) => void stream.groupByKey().windowedBy(tumbling({ size })).count({ store: 'w' }))
    expect(planChange(windows('1m'), windows('2m'))[0]).toMatchObject({
      verdict: 'unsafe',
      why: expect.stringMatching(/60000 ms long and are 120000 ms/),
    })
    const logged = (changelog: boolean): Topology =>
      build(
        (stream) =>
          void stream.groupByKey().count({ store: { name: 's', ...(changelog ? {} : { changelog: false }) } }),
      )
    expect(planChange(logged(false), logged(true))[0]).toMatchObject({ verdict: 'unsafe' })
    expect(shown(planChange(logged(true), logged(false)))).toEqual([
      'store s: orphans',
      'changelog s-changelog: orphans',
      'tasks 0_*: keeps',
    ])
    const typed = (type: 'disk' | 'memory'): Topology =>
      build((stream) => void stream.groupByKey().count({ store: { name: 's', type } }))
    expect(planChange(typed('disk'), typed('memory'))[0]).toMatchObject({ verdict: 'rebuilds' })
    const parted = (partitions: number): Topology =>
      build((stream) => void stream.repartition({ name: 'r', partitions }).groupByKey().count({ store: 's' }))
    const [store, , ...topics] = planChange(parted(2), parted(3))
    expect([store?.verdict, topics.length]).toEqual(['keeps', 3])
    expect(planChange(parted(2), parted(3)).find(({ name }) => name === 'r-repartition')).toMatchObject({
      verdict: 'unsafe',
    })
  })
})

test.each<[string, Serde<any>, Serde<any>, string]>([
  ['string and string', serdes.string, serdes.string, 'same'],
  ['two of json', serdes.json(), serdes.json(), 'same'],
  ['string and json', serdes.string, serdes.json(), 'different'],
  ['int32 and int64', serdes.int32, serdes.int64, 'different'],
  ['string and int64', serdes.string, serdes.int64, 'different'],
  ['a list and its items', serdes.list(serdes.string), serdes.string, 'different'],
  [
    'one that refuses every sample',
    serdes.mapped(serdes.string, {
      encode: () => {
        throw new RangeError('no')
      },
      decode: (text) => text,
    }),
    serdes.string,
    'unknown',
  ],
])('formats of %s', (_name, before, after, expected) => {
  expect(compareFormats(before, after)).toBe(expected)
})
