// The simulation itself: that a seed repeats, that it finds what is wrong, and how it tells.
import { expect, test } from 'vitest'
import { StreamsBuilder, TidemillError, type Topology, serdes, topic } from '../../src/index.ts'
import { type SimulateOptions, simulate, simulateSeed } from '../../src/testing/index.ts'

const lines = topic('lines', { key: serdes.string, value: serdes.string })
const counted = topic('counted', { key: serdes.string, value: serdes.int64 })

function counts(): Topology {
  const builder = new StreamsBuilder()
  builder.stream(lines).groupByKey().count({ store: 'counts' }).toStream().to(counted)
  return builder.build()
}

function words(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder
    .stream(lines)
    .groupBy((value) => `w${value.length}`)
    .count({ store: 'words' })
    .toStream()
    .to(counted)
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

// What has been found, in the worlds that found it.
test('a thread that waits for the directory of a task, which another thread of the instance still has, lets it have its turn', async () => {
  const report = await simulate(words, {
    ...options,
    seeds: 6,
    instances: 3,
    outputs: { counted: 'latest' },
    faults: ['add-thread', 'remove-thread', 'stop-instance'],
    options: { threads: 2, standbyReplicas: 1, acceptableRecoveryLag: 0 },
  })
  expect(report.runs).toBe(6)
})

test('an application with a foreign-key join starts, though the topics of the join feed each other', async () => {
  const right = topic('right', { key: serdes.string, value: serdes.string })
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder
    .table(lines)
    .join(builder.table(right), (a, b) => `${a}/${b}`, { foreignKey: (value) => `k${Number(value.slice(1)) % 5}` })
    .toStream()
    .to(topic('joined', { key: serdes.string, value: serdes.string }))
  const report = await simulate(builder.build(), {
    ...options,
    seeds: 1,
    inputs: (random) =>
      Array.from({ length: 60 }, (_, i) => ({
        topic: i % 2 === 0 ? lines : right,
        key: `k${random.integer(5)}`,
        value: `v${i}`,
      })),
    outputs: { joined: 'latest' },
  })
  expect(report.runs).toBe(1)
})
