import { describe, expect, test } from 'vitest'
import { ManualClock } from '../base/index.ts'
import { serdes } from '../serde/index.ts'
import { stores } from '../dsl/index.ts'
import { type LocalQueryAnswer, NOTHING_HELD } from './local-query.ts'
import type { AskedApplication, QueryOptions } from './asker.ts'
import { ChangeQueue } from './change-queue.ts'
import { storeQuery } from './store-queries.ts'

const store = stores.keyValue('counts', { key: serdes.string, value: serdes.int64 })

function asked(answers: readonly LocalQueryAnswer[]): AskedApplication {
  return {
    clock: new ManualClock(),
    isolation: 'read-uncommitted',
    askThreads: () => Promise.resolve(answers),
    askServer: () => Promise.resolve([]),
    watch: () => new ChangeQueue(),
  }
}

describe('of an instance that holds one of two partitions, a key that is not found', () => {
  const ask = (key: string, isPartitionedByKey: boolean): Promise<unknown> => {
    const answer: LocalQueryAnswer = {
      kind: 'entries',
      entries: [],
      horizon: undefined,
      held: [1],
      count: 2,
      isPartitionedByKey,
      isRestoring: false,
      isBehind: false,
      position: {},
      elsewhere: [],
    }
    return storeQuery(store, {}, asked([answer])).get(key)
  }
  // Of two partitions the default gives 0 to 'a' and 1 to 'd'.
  test('is missing where its partition is here', async () => {
    expect(await ask('d', true)).toBeUndefined()
    await expect(ask('a', true)).rejects.toThrow(/partition 0 of store 'counts', where the key lives, is not held/)
  })

  test('may be elsewhere where a partition function decides: its bytes say nothing of its partition', async () => {
    const message =
      /a partition function decides where a key of store 'counts' lives, and this one is not in a partition/
    await expect(ask('d', false)).rejects.toThrow(message)
    await expect(ask('a', false)).rejects.toMatchObject({ code: 'store-unavailable', reason: 'not-here' })
  })
})

describe('of an instance that has the store as a standby', () => {
  const answer: LocalQueryAnswer = { ...NOTHING_HELD, count: 1 }

  test('a query says that it is not active, where that is asked for', async () => {
    const ask = (options: QueryOptions): Promise<unknown> => storeQuery(store, options, asked([answer])).get('a')
    await expect(ask({})).rejects.toMatchObject({ reason: 'restoring' })
    await expect(ask({ requireActive: true })).rejects.toMatchObject({ reason: 'not-active' })
    await expect(ask({ requireActive: true, scope: 'local' })).rejects.toMatchObject({ reason: 'not-active' })
  })

  test('options that exclude each other, or that there are not, are refused', () => {
    expect(() => storeQuery(store, { requireActive: true, allowStale: true }, asked([]))).toThrow(/exclude each other/)
    const isolation = 'committed' as unknown as 'read-committed'
    expect(() => storeQuery(store, { isolation }, asked([]))).toThrow(/isolation is 'committed': it must be/)
  })
})
