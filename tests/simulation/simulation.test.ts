// The simulation itself: that a seed repeats, that it finds what is wrong, and how it tells.
import { expect, test } from 'vitest'
import { StreamsBuilder, TidemillError, type Topology, serdes, topic } from '../../src/index.ts'
import { type SimulateOptions, simulate, simulateSeed } from '../../src/testing/index.ts'
import { scenarioOf } from './scenarios.ts'

const lines = topic('lines', { key: serdes.string, value: serdes.string })
const counted = topic('counted', { key: serdes.string, value: serdes.int64 })

function counts(): Topology {
  const builder = new StreamsBuilder()
  builder.stream(lines).groupByKey().count({ store: 'counts' }).toStream().to(counted)
  return builder.build()
}

const options: SimulateOptions = {
  inputs: (random) =>
    Array.from({ length: 60 }, (_, i) => ({ topic: lines, key: `k${random.integer(5)}`, value: `v${i}` })),
  duration: '8s',
  outputs: { counted: 'sequence' },
  options: { cacheBytesMax: 0 },
}

test('the same seed gives the same run, event by event', async () => {
  const first = await simulateSeed(counts, 7, { ...options, isTraced: true })
  const second = await simulateSeed(counts, 7, { ...options, isTraced: true })
  expect(second.trace).toEqual(first.trace)
  expect(second.traceHash).toBe(first.traceHash)
  expect((await simulateSeed(counts, 8, options)).traceHash).not.toBe(first.traceHash)
})

test('counts are right whatever happens to instances, broker, disks and network', async () => {
  const report = await simulate(counts, { ...options, seeds: 5, from: 100 })
  expect(report.runs).toBe(5)
})

test('a topology whose state is not in its stores is found out, with the seed and the faults that it takes', async () => {
  const forgetful = (): Topology => {
    const builder = new StreamsBuilder()
    const seen = new Map<string, number>()
    const next = (key: string): number => {
      seen.set(key, (seen.get(key) ?? 0) + 1)
      return seen.get(key) as number
    }
    builder
      .stream(lines)
      .mapValues((_, key) => next(key))
      .to(counted)
    return builder.build()
  }
  const found: unknown = await simulate(forgetful, { ...options, seeds: 20 }).catch((error: unknown) => error)
  expect(found).toBeInstanceOf(TidemillError)
  expect((found as TidemillError).code).toBe('simulation-failed')
  expect((found as TidemillError).message).toMatch(/^seed \d+ fails:\n- output counted: key /)
  expect((found as TidemillError).message).toMatch(/run it again with \{ seeds: \[\d+\], onlyFaults: \[[\d, ]*\] \}$/)
})

// Seeds that have found something, with what it was.
test.each([[11, 'a thread that waited for the directory of a task, which another thread still had, span for ever']])(
  'seed %i passes: %s',
  async (seed) => {
    const { topology, options: how } = scenarioOf(seed)
    expect((await simulateSeed(topology, seed, how)).violations).toEqual([])
  },
)
