// Ways to run a topology that must not be seen in its results: with and without caching, optimised and plain.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BuilderOptions,
  type KStream,
  type KTable,
  StreamsBuilder,
  type Topology,
  serdes,
  session,
  stores,
  topic,
  tumbling,
} from 'tidemill'
import { TopologyTestDriver } from 'tidemill/testing'
import { type Change, PROPERTY_TIMEOUT_MS, RUNS, someChanges } from './runs.ts'

const texts = { key: serdes.string, value: serdes.string }
const counts = { key: serdes.string, value: serdes.int64 }
const first = topic('first', texts)
const second = topic('second', texts)

interface Row extends Change {
  readonly topic: 'first' | 'second'
}

/** Changes of two topics in the order of their timestamps. */
const someRows: fc.Arbitrary<Row[]> = fc
  .tuple(someChanges(['x', 'y', 'z']), fc.infiniteStream(fc.constantFrom('first' as const, 'second' as const)))
  .map(([changes, topics]) => changes.map((change) => ({ ...change, topic: topics.next().value })))

function pipe(driver: TopologyTestDriver, { topic: name, ...record }: Row): void {
  driver.inputTopic(name === 'first' ? first : second).pipe(record)
}

describe('caching', () => {
  const storeNames = ['grouped', 'joined', 'sums'] as const
  const outputs = ['grouped-out', 'joined-out', 'sums-out', 'windows-out', 'sessions-out'] as const
  const windows = stores.window('windows', { ...counts, retention: '2h' })

  function tables(): Topology {
    const builder = new StreamsBuilder(texts)
    const [l, r] = [builder.table(first), builder.table(second)]
    // Groups that have nothing left are deleted: one that comes and goes between two commits is never seen.
    l.groupBy((value) => [value.slice(0, 1), value])
      .aggregate(
        () => 0,
        { add: (n) => n + 1, subtract: (n) => n - 1 || null },
        { store: 'grouped', value: serdes.int64 },
      )
      .toStream()
      .to(topic('grouped-out', counts))
    const joined = l.leftJoin(r, (a, b) => `${a}+${b ?? ''}`, {
      foreignKey: (value) => value.slice(0, 1),
      store: 'joined',
    })
    joined.toStream().to(topic('joined-out', texts))
    joined
      .groupBy((value, key) => [key === 'x' ? 'x' : 'rest', value.length], { value: serdes.int32 })
      .aggregate(
        () => 0,
        { add: (sum, n) => sum + n, subtract: (sum, n) => sum - n || null },
        { store: 'sums', value: serdes.int64 },
      )
      .toStream()
      .to(topic('sums-out', counts))
    builder
      .stream(topic('events', texts))
      .groupByKey()
      .windowedBy(tumbling({ size: 30, grace: '1h' }))
      .count({ store: windows })
      .toStream((_, { key, window }) => `${key}@${window.start}`)
      .to(topic('windows-out', counts))
    builder
      .stream(topic('more-events', texts))
      .groupByKey()
      .windowedBy(session({ inactivityGap: 15, grace: '1h' }))
      .count()
      .toStream((_, { key, window }) => `${key}@${window.start}/${window.end}`)
      .to(topic('sessions-out', counts))
    return builder.build()
  }

  const someCommits = fc.infiniteStream(fc.boolean())

  test('on and off end with equal tables, wherever the commits fall', { timeout: PROPERTY_TIMEOUT_MS }, () => {
    const topology = tables()
    fc.assert(
      fc.property(someRows, someCommits, (rows, commits) => {
        using plain = new TopologyTestDriver(topology)
        using cached = new TopologyTestDriver(topology, { cache: true })
        for (const row of rows) {
          for (const driver of [plain, cached]) {
            pipe(driver, row)
            const event = { ...row, value: 'event' }
            driver.inputTopic('events').pipe(event)
            driver.inputTopic('more-events').pipe(event)
          }
          if (commits.next().value) cached.commit()
        }
        // What a commit sends over internal topics is cached again behind them.
        for (let i = 0; i < 5; i++) cached.commit()
        const end = (driver: TopologyTestDriver): unknown => ({
          stores: storeNames.map((name) => [...driver.store(name).range()]),
          windows: [...driver.store(windows).fetchAll(0, 1_000)].map(({ key, window, value }) => [key, window, value]),
          topics: outputs.map((name) => latest(driver, name)),
        })
        expect(end(cached)).toEqual(end(plain))
      }),
      RUNS,
    )
  })
})

/** The entries that a topic of changes ends with, in the order of their keys. */
function latest(driver: TopologyTestDriver, name: string): readonly unknown[] {
  const entries: [string, unknown][] = [...driver.outputTopic(name).readMap()]
  return entries.filter(([, value]) => value !== null).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** One more step somewhere in a topology: what it does, and which of the streams so far it takes. */
interface Growth {
  readonly step: keyof typeof growths
  readonly on: number
  readonly beside: number
}

type Texts = KStream<string, string>

/** Steps that keep texts by text. What ends in a table gives its changes. */
const growths = {
  filter: (one: Texts): Texts => one.filter((value) => !value.endsWith('0')),
  peek: (one: Texts): Texts => one.peek(() => {}),
  mapValues: (one: Texts): Texts => one.mapValues((value) => `${value}'`, texts),
  flatMapValues: (one: Texts): Texts => one.flatMapValues((value) => [value, `${value}"`], texts),
  selectKey: (one: Texts): Texts => one.selectKey((value) => value.slice(0, 1), texts),
  map: (one: Texts): Texts => one.map((value, key) => [value.slice(-1), `${key}${value}`], texts),
  merge: (one: Texts, other: Texts): Texts => one.merge(other),
  repartition: (one: Texts): Texts => one.repartition(),
  selfJoin: (one: Texts): Texts => one.join(one, (a, b) => `${a}&${b}`, { within: 20, grace: '1h', ...texts }),
  join: (one: Texts, other: Texts): Texts =>
    one.join(other, (a, b) => `${a}&${b}`, { within: 20, grace: '1h', otherValue: serdes.string, ...texts }),
  count: (one: Texts): Texts => changesOf(one.groupByKey().count()),
  countByValue: (one: Texts): Texts => changesOf(one.groupBy((value) => value.slice(0, 2), texts).count()),
  windows: (one: Texts): Texts =>
    one
      .groupByKey()
      .windowedBy(tumbling({ size: 40, grace: '1h' }))
      .count()
      .toStream((_, { key, window }) => `${key}@${window.start}`, texts)
      .mapValues((count) => `${count ?? 0}`, texts),
} as const

const changesOf = (table: KTable<string, number>): Texts =>
  table.toStream().mapValues((count) => `${count ?? 0}`, texts)

const someShape: fc.Arbitrary<readonly Growth[]> = fc.array(
  fc.record({
    step: fc.constantFrom(...(Object.keys(growths) as (keyof typeof growths)[])),
    on: fc.nat(),
    beside: fc.nat(),
  }),
  { minLength: 1, maxLength: 8 },
)

/** Every stream of it ends in a topic of its own. */
function grown(shape: readonly Growth[], optimize: NonNullable<BuilderOptions['optimize']>): Topology {
  const builder = new StreamsBuilder({ ...texts, optimize })
  const streams: Texts[] = [builder.stream(first), builder.stream(second)]
  const pick = (at: number): Texts => streams[at % streams.length] as Texts
  for (const { step, on, beside } of shape) streams.push(growths[step](pick(on), pick(beside)))
  for (const [i, stream] of streams.entries()) stream.to(topic(`out-${i}`, texts))
  return builder.build()
}

/** What each topic holds in the end, in whatever order. */
function ends(topology: Topology, rows: readonly Row[]): Record<string, readonly string[]> {
  using driver = new TopologyTestDriver(topology)
  for (const row of rows) pipe(driver, row)
  const names = driver.producedTopics.filter((name) => name.startsWith('out-')).toSorted()
  const show = (name: string): readonly string[] =>
    driver
      .outputTopic(topic(name, texts))
      .readAll()
      .map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`)
      .toSorted()
  return Object.fromEntries(names.map((name) => [name, show(name)]))
}

describe('optimisation', () => {
  type Part = (builder: StreamsBuilder) => void

  /** What the optimiser has something to do with. */
  const parts: Readonly<Record<string, Part>> = {
    'a source topic that serves as changelog': (builder) => {
      const table = builder.table(first, { store: 'table' })
      builder
        .stream(second)
        .leftJoin(table, (value, other) => `${value}+${other ?? ''}`)
        .to(topic('joined-with-table', texts))
      table
        .groupBy((value) => [value.slice(0, 1), value])
        .count()
        .toStream()
        .to(topic('grouped-table', counts))
    },
    'repartitions that are merged': (builder) => {
      const byValue = builder.stream(second).selectKey((value) => value?.slice(0, 1) ?? 'none')
      byValue.groupByKey().count().toStream().to(topic('counted', counts))
      byValue
        .groupByKey()
        .reduce((a, b) => a + b)
        .toStream()
        .to(topic('reduced', texts))
      byValue
        .groupByKey()
        .windowedBy(tumbling({ size: 50 }))
        .count()
        .toStream((_, { key, window }) => `${key}@${window.start}`)
        .to(topic('window-counts', counts))
    },
    'a self-join': (builder) => {
      const events = builder.stream(topic('events', texts))
      events.join(events, (a, b) => `${a}&${b}`, { within: 30, grace: 10 }).to(topic('pairs', texts))
    },
  }
  const outputs = ['joined-with-table', 'grouped-table', 'counted', 'reduced', 'window-counts', 'pairs']

  function build(names: readonly string[], optimize: NonNullable<BuilderOptions['optimize']>): Topology {
    const builder = new StreamsBuilder({ ...texts, optimize })
    for (const name of names) parts[name]?.(builder)
    return builder.build()
  }

  /** Everything that each key of each topic got, in order. */
  function run(topology: Topology, rows: readonly Row[]): Record<string, readonly unknown[]> {
    using driver = new TopologyTestDriver(topology)
    for (const { topic: name, ...record } of rows) {
      for (const input of [name, 'events'])
        if (driver.raw.reads(input))
          driver.inputTopic(input).pipe(input === 'events' ? { ...record, value: 'e' } : record)
    }
    const result: Record<string, unknown[]> = {}
    for (const name of driver.producedTopics.filter((one) => outputs.includes(one))) {
      for (const { key, value, timestamp } of driver.outputTopic(name))
        (result[`${name}:${key}`] ??= []).push([value, timestamp])
    }
    return result
  }

  test('all of it, and none, give equal outputs', { timeout: PROPERTY_TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(parts), { minLength: 1 }), someRows, (names, changes) => {
        const rows = changes.filter((row) => row.topic === 'first' || row.value !== null)
        expect(run(build(names, 'all'), rows)).toEqual(run(build(names, 'none'), rows))
      }),
      RUNS,
    )
  })

  test('all of it, and none, give equal outputs of any topology', { timeout: PROPERTY_TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(someShape, someRows, (shape, changes) => {
        const rows = changes.filter(({ value }) => value !== null)
        expect(ends(grown(shape, 'all'), rows)).toEqual(ends(grown(shape, 'none'), rows))
      }),
      RUNS,
    )
  })

  test.each(Object.keys(parts))('has something to do with %s', (name) => {
    const internals = ({ subTopologies }: Topology): unknown =>
      subTopologies.map((one) => [one.repartitionTopics, one.changelogTopics])
    expect(internals(build([name], 'all'))).not.toEqual(internals(build([name], 'none')))
  })
})
