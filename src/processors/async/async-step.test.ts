import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TidemillError } from '../../base/index.ts'
import { type Forwarded, ProcessorHarness } from '../harness/processor-harness.ts'
import { type AsyncContext, type AsyncOrder, type AsyncStepOptions, asyncStep } from './async-step.ts'

interface Call {
  readonly value: string
  readonly context: AsyncContext
  resolve(value: unknown): void
  reject(error: unknown): void
}

function start(options: Partial<AsyncStepOptions> = {}): { harness: ProcessorHarness; calls: Call[] } {
  const calls: Call[] = []
  const harness = new ProcessorHarness(
    asyncStep({
      kind: 'map-values',
      concurrency: 3,
      order: 'key',
      timeoutMs: undefined,
      retryCountMax: 0,
      retryBackoffMs: 100,
      keyEncoder: undefined,
      function: (value, _key, context) =>
        new Promise((resolve, reject) => calls.push({ value, context, resolve, reject })),
      ...options,
    }),
  )
  return { harness, calls }
}

const values = (forwarded: readonly Forwarded[]): readonly unknown[] => forwarded.map(({ value }) => value)

/** Finishes the open calls in an order that `next` chooses until all records are through; returns all results. */
async function drain(harness: ProcessorHarness, calls: Call[], next: () => number): Promise<readonly Forwarded[]> {
  const results: Forwarded[] = []
  while (harness.inFlight > 0) {
    await harness.settle().then((forwarded) => results.push(...forwarded))
    const call = calls.splice(next() % Math.max(1, calls.length), 1)[0]
    call?.resolve(`${call.value}!`)
    results.push(...(await harness.settle()))
  }
  return results
}

describe('asyncStep', () => {
  test('a result carries the record context of its input', async () => {
    const { harness, calls } = start()
    harness.pipe('a', 'one', 5)
    harness.pipe('b', 'two', 7)
    calls[0]?.resolve('ONE')
    expect(await harness.settle()).toMatchObject([{ key: 'a', value: 'ONE', timestamp: 5, offset: 0 }])
  })

  test('at most `concurrency` calls run at once, and the task is told when there is no room', () => {
    const { harness, calls } = start({ order: 'none', concurrency: 2 })
    for (let i = 0; i < 3; i++) harness.pipe('a', `v${i}`, i)
    expect(calls).toHaveLength(2)
    expect(harness.isFull).toBe(false)
    harness.pipe('a', 'v3', 3)
    expect(harness.isFull).toBe(true)
  })

  test('by key, the calls of a key run one after another and others beside them', async () => {
    const { harness, calls } = start()
    harness.pipe('a', 'a1', 0)
    harness.pipe('a', 'a2', 1)
    harness.pipe('b', 'b1', 2)
    expect(calls.map(({ value }) => value)).toEqual(['a1', 'b1'])
    calls[0]?.resolve('A1')
    expect(values(await harness.settle())).toEqual(['A1'])
    expect(calls.map(({ value }) => value)).toEqual(['a1', 'b1', 'a2'])
  })

  test('by partition, results wait for those before them', async () => {
    const { harness, calls } = start({ order: 'partition' })
    harness.pipe('a', 'a1', 0)
    harness.pipe('b', 'b1', 1)
    calls[1]?.resolve('B1')
    expect(values(await harness.settle())).toEqual([])
    calls[0]?.resolve('A1')
    expect(values(await harness.settle())).toEqual(['A1', 'B1'])
  })

  test('a failed call is made again after a growing pause, and says which attempt it is', async () => {
    const { harness, calls } = start({ retryCountMax: 2 })
    harness.pipe('a', 'v', 0)
    for (const pauseMs of [100, 200]) {
      calls.at(-1)?.reject(new Error('busy'))
      await harness.settle()
      const before = calls.length
      harness.clock.advance(pauseMs - 1)
      await harness.settle()
      expect(calls).toHaveLength(before)
      harness.clock.advance(1)
      await harness.settle()
      expect(calls).toHaveLength(before + 1)
    }
    expect(calls.map(({ context }) => context.attempt)).toEqual([1, 2, 3])
    calls.at(-1)?.reject(new Error('still busy'))
    await expect(harness.settle()).rejects.toThrow('still busy')
  })

  test('a failed call without a pause is made again though the clock stands still', async () => {
    const { harness, calls } = start({ retryCountMax: 1, retryBackoffMs: 0 })
    harness.pipe('a', 'v', 0)
    calls[0]?.reject(new Error('busy'))
    await harness.settle()
    expect(calls).toHaveLength(2)
  })

  test('a time-out aborts the signal and is an error of the record', async () => {
    const { harness, calls } = start({ timeoutMs: 2_000 })
    harness.pipe('a', 'v', 0)
    harness.clock.advance(2_000)
    await expect(harness.settle()).rejects.toMatchObject({ code: 'async-step-timed-out' })
    expect(calls[0]?.context.signal.reason).toBeInstanceOf(TidemillError)
  })

  test('closing aborts what runs and hands nothing over any more', async () => {
    const { harness, calls } = start()
    harness.pipe('a', 'v', 0)
    harness.close()
    expect(calls[0]?.context.signal.aborted).toBe(true)
    calls[0]?.resolve('late')
    expect(await harness.settle()).toEqual([])
  })

  test('what the function throws before its first await is an error of the record too', async () => {
    const { harness } = start({
      function: () => {
        throw new Error('at once')
      },
    })
    harness.pipe('a', 'v', 0)
    await expect(harness.settle()).rejects.toThrow('at once')
  })

  test.each([
    ['map', ['x', 'y'], [['x', 'y']]],
    [
      'flat-map-values',
      ['x', 'y'],
      [
        ['k', 'x'],
        ['k', 'y'],
      ],
    ],
    ['filter', true, [['k', 'v']]],
    ['filter', false, []],
    ['foreach', 'ignored', []],
  ] as const)('%s makes of %j what its synchronous counterpart would', async (kind, result, expected) => {
    const { harness, calls } = start({ kind })
    harness.pipe('k', 'v', 0)
    calls[0]?.resolve(result)
    const forwarded = await harness.settle()
    expect(forwarded.map(({ key, value }) => [key, value])).toEqual(expected)
  })

  test('whatever order the calls end in, results have the order of the synchronous run, by key or by partition', async () => {
    const record = fc.tuple(fc.constantFrom('a', 'b', 'c', null), fc.string())
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 8 }),
        fc.array(fc.nat(9), { minLength: 1 }),
        fc.constantFrom<AsyncOrder>('key', 'partition'),
        async (records, choices, order) => {
          const { harness, calls } = start({ order })
          records.forEach(([key, value], i) => harness.pipe(key, value, i))
          let at = 0
          const results = await drain(harness, calls, () => choices[at++ % choices.length] as number)
          const of = (key: string | null): readonly unknown[] =>
            records.filter((one) => one[0] === key).map(([, value]) => `${value}!`)
          for (const key of ['a', 'b', 'c']) expect(values(results.filter((one) => one.key === key))).toEqual(of(key))
          expect(results).toHaveLength(records.length)
          if (order === 'partition') expect(values(results)).toEqual(records.map(([, value]) => `${value}!`))
        },
      ),
      { numRuns: 100 },
    )
  })
})
