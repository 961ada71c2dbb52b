import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RecordHeaders } from '../../record/index.ts'
import { serdes } from '../../serde/index.ts'
import { SubscriptionInstruction } from '../../state/index.ts'
import { keyValue, subscriptions } from '../harness/definitions.ts'
import { type Forwarded, ProcessorHarness } from '../harness/processor-harness.ts'
import { makeChange } from '../stream-records.ts'
import { storeView } from '../table-view.ts'
import { tableSource } from '../table/table-source.ts'
import { foreignKeyForeignSide } from './foreign-key-foreign-side.ts'
import { foreignKeyReceive } from './foreign-key-receive.ts'
import { foreignKeyResolve } from './foreign-key-resolve.ts'
import { foreignKeySend } from './foreign-key-send.ts'
import { foreignKeySubscriptionJoin } from './foreign-key-subscription-join.ts'
import { subscriptionSerde } from './messages.ts'

const { deleteWithoutAnswer, deleteAndAnswer, answerAlways, answerIfFound } = SubscriptionInstruction
const change = (newValue: unknown, oldValue: unknown = null): unknown => makeChange(newValue, oldValue, true)

/** The foreign key of `x1` is x; `-` has none. */
const foreignKey = (value: string): string | null => (value.startsWith('-') ? null : value.slice(0, 1))
const sendOptions = {
  foreignKey,
  foreignKeyEncoder: serdes.string,
  leftValueEncoder: serdes.string,
  topic: 'subscriptions',
  isVersioned: false,
  join: {},
}
const rightSide = { foreignKeyEncoder: serdes.string, join: {} }
const send = (kind: 'inner' | 'left', taskId = '0_3'): ProcessorHarness =>
  new ProcessorHarness(foreignKeySend({ ...sendOptions, kind }), { taskId })
const sent = (forwarded: readonly Forwarded[]): unknown[] =>
  forwarded.map(({ key, value }) => [key, value.instruction, value.hash === null ? 'no hash' : 'hash'])

describe('foreignKeySend', () => {
  test.each([
    ['a new row', 'a1', null, [['a', answerIfFound, 'hash']], [['a', answerAlways, 'hash']]],
    ['the same key', 'a2', 'a1', [['a', answerIfFound, 'hash']], [['a', answerAlways, 'hash']]],
    [
      'another key',
      'b1',
      'a1',
      [
        ['a', deleteWithoutAnswer, 'hash'],
        ['b', answerAlways, 'hash'],
      ],
      [
        ['a', deleteWithoutAnswer, 'hash'],
        ['b', answerAlways, 'hash'],
      ],
    ],
    [
      'no key any more',
      '-',
      'a1',
      [['a', deleteAndAnswer, 'hash']],
      [
        ['a', deleteWithoutAnswer, 'hash'],
        [null, answerAlways, 'hash'],
      ],
    ],
    ['never a key', '-', null, [], [[null, answerAlways, 'hash']]],
    [
      'a deletion',
      null,
      'a1',
      [['a', deleteAndAnswer, 'no hash']],
      [
        ['a', deleteWithoutAnswer, 'no hash'],
        [null, answerAlways, 'no hash'],
      ],
    ],
    ['a deletion of nothing', null, null, [], []],
  ])('%s: what an inner and what a left join sends', (_, newValue, oldValue, inner, left) => {
    expect(sent(send('inner').pipe('k', change(newValue, oldValue), 0))).toEqual(inner)
    expect(sent(send('left').pipe('k', change(newValue, oldValue), 0))).toEqual(left)
  })

  test('the answer is to come back to the partition of the task', () => {
    expect(send('inner').pipe('k', change('a1'), 7)).toMatchObject([
      { timestamp: 7, value: { primaryKey: 'k', primaryPartition: 3 } },
    ])
  })

  test('a row without a primary key is dropped', () => {
    const harness = send('left')
    expect(harness.pipe(null, change('a1'), 0)).toEqual([])
    expect(harness.dropReasons).toEqual(['null-key'])
  })
})

/** All five operators over the two tables, without topics between them. */
class Join {
  readonly #harness: ProcessorHarness
  readonly #kind: 'inner' | 'left'
  readonly results: [key: string, value: string | null][] = []

  constructor(kind: 'inner' | 'left') {
    this.#kind = kind
    const stores = [keyValue('left'), keyValue('right'), subscriptions('subs', subscriptionSerde(serdes.string))]
    this.#harness = new ProcessorHarness(tableSource({ store: 'left', sendOldValues: true }), { stores })
  }

  left(key: string, value: string | null): void {
    const stored = tableSource({ store: 'left', sendOldValues: true })
    for (const changed of this.#run(stored, { key, value })) {
      for (const message of this.#run(foreignKeySend({ ...sendOptions, kind: this.#kind }), changed)) {
        for (const kept of this.#run(foreignKeyReceive({ store: 'subs' }), message)) {
          this.#answer(this.#run(foreignKeySubscriptionJoin({ ...rightSide, foreign: storeView('right') }), kept))
        }
      }
    }
  }

  right(key: string, value: string | null): void {
    for (const changed of this.#run(tableSource({ store: 'right', sendOldValues: true }), { key, value })) {
      this.#answer(this.#run(foreignKeyForeignSide({ ...rightSide, store: 'subs', isVersioned: false }), changed))
    }
  }

  #answer(responses: readonly Forwarded[]): void {
    const { leftValueEncoder, topic, join } = sendOptions
    const joiner = (l: string, r?: string): string => `${l}+${r}`
    const resolve = foreignKeyResolve({
      kind: this.#kind,
      joiner,
      left: storeView('left'),
      leftValueEncoder,
      topic,
      join,
    })
    for (const response of responses) {
      for (const { key, value } of this.#run(resolve, response)) this.results.push([key, value])
    }
  }

  #run(supplier: Parameters<ProcessorHarness['also']>[0], record: { key: any; value: any }): readonly Forwarded[] {
    this.#harness.also(supplier)
    return this.#harness.pipe(record.key, record.value, 0)
  }
}

describe('a foreign-key join', () => {
  test('a row finds its partner whichever comes first, and loses it', () => {
    const join = new Join('inner')
    join.left('k', 'a1')
    join.right('a', 'A')
    join.left('l', 'a2')
    join.right('a', null)
    expect(join.results).toEqual([
      ['k', 'a1+A'],
      ['l', 'a2+A'],
      ['k', null],
      ['l', null],
    ])
  })

  test('a left join gives rows without a partner too', () => {
    const join = new Join('left')
    join.left('k', 'a1')
    join.left('n', '-')
    expect(join.results).toEqual([
      ['k', 'a1+undefined'],
      ['n', '-+undefined'],
    ])
  })

  test('an answer to a row that has changed since is of no use', () => {
    const stores = [keyValue('left')]
    const harness = new ProcessorHarness(tableSource({ store: 'left', sendOldValues: false }), { stores })
    const { leftValueEncoder, topic, join } = sendOptions
    const [asked] = send('inner').pipe('k', change('a1'), 0)
    const { hash } = asked?.value ?? {}
    harness.pipe('k', 'a1', 0)
    harness.also(
      foreignKeyResolve({
        kind: 'inner',
        joiner: (l, r) => l + r,
        left: storeView('left'),
        leftValueEncoder,
        topic,
        join,
      }),
    )
    const response = { hash, foreignValue: 'A', primaryPartition: 0 }
    expect(harness.pipe('k', response, 0)).toMatchObject([{ value: 'a1A' }])
    expect(harness.pipe('k', { ...response, hash: null }, 0)).toEqual([])
  })

  test.each([0, 1_000_000])(
    'an answer is of use whatever bytes the row came in (cache of %d bytes)',
    (cacheBytesMax) => {
      const value = serdes.json<{ readonly f: string }>()
      const stores = [keyValue('left', { value, caching: true })]
      const harness = new ProcessorHarness(tableSource({ store: 'left', sendOldValues: false }), {
        stores,
        cacheBytesMax,
      })
      const options = { ...sendOptions, foreignKey: ({ f }: any) => f, leftValueEncoder: value }
      const [asked] = new ProcessorHarness(foreignKeySend({ ...options, kind: 'inner' })).pipe(
        'k',
        change({ f: 'a' }),
        0,
      )
      const row = {
        key: Buffer.from('k'),
        value: Buffer.from('{ "f": "a" }'),
        timestamp: 0,
        headers: RecordHeaders.empty,
      }
      harness.store('left').restore([row], { changelogs: new Map(), streamTimeMs: 0 })
      const resolve = foreignKeyResolve({
        ...options,
        kind: 'inner',
        joiner: ({ f }, r) => f + r,
        left: storeView('left'),
      })
      const response = { hash: asked?.value.hash, foreignValue: 'A', primaryPartition: 0 }
      harness.also(resolve)
      expect(harness.pipe('k', response, 0)).toMatchObject([{ value: 'aA' }])
      harness.also(tableSource({ store: 'left', sendOldValues: false }))
      harness.pipe('k', { f: 'b' }, 1)
      harness.also(resolve)
      expect(harness.pipe('k', response, 1)).toEqual([])
      harness.also(tableSource({ store: 'left', sendOldValues: false }))
      harness.pipe('k', { f: 'a' }, 2)
      harness.also(resolve)
      expect(harness.pipe('k', response, 2)).toMatchObject([{ value: 'aA' }])
    },
  )

  test('whatever changes, the last result of each row is what a nested loop gives', () => {
    const step = fc.oneof(
      fc.tuple(
        fc.constant('left' as const),
        fc.constantFrom('k', 'l', 'm'),
        fc.constantFrom('a1', 'a2', 'b1', '-', null),
      ),
      fc.tuple(fc.constant('right' as const), fc.constantFrom('a', 'b'), fc.constantFrom('X', 'Y', '', null)),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.constantFrom('inner', 'left'), (steps, kind) => {
        const join = new Join(kind)
        const tables = { left: new Map<string, string>(), right: new Map<string, string>() }
        for (const [side, key, value] of steps) {
          join[side](key, value)
          if (value === null) tables[side].delete(key)
          else tables[side].set(key, value)
        }
        const expected = new Map<string, string>()
        for (const [key, value] of tables.left) {
          const other = tables.right.get(foreignKey(value) ?? 'none')
          if (other !== undefined || kind === 'left') expected.set(key, `${value}+${other}`)
        }
        const last = new Map(join.results)
        for (const [key, value] of last) if (value === null) last.delete(key)
        expect(Object.fromEntries(last)).toEqual(Object.fromEntries(expected))
      }),
      { numRuns: 200 },
    )
  })
})
