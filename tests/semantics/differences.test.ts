// Where Tidemill differs from Kafka Streams on purpose; docs/semantics.md says why and points here.
import { describe, expect, test } from 'vitest'
import {
  type KGroupedStream,
  type KTable,
  StreamsBuilder,
  type Topology,
  type Windowed,
  serdes,
  session,
  sliding,
  stores,
  topic,
  tumbling,
} from 'tidemill'
import { TopologyTestDriver } from 'tidemill/testing'

const texts = { key: serdes.string, value: serdes.string }
const input = topic('input', texts)
const right = topic('right', texts)
const output = topic('output', texts)
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })

type Count = (grouped: KGroupedStream<string, string>) => KTable<Windowed<string>, number>

function counted(count: Count): Topology {
  const builder = new StreamsBuilder()
  count(builder.stream(input).groupByKey())
    .toStream((_, { key, window }) => `${key}@${window.start}/${window.end}`)
    .to(counts)
  return builder.build()
}

function pipe(driver: TopologyTestDriver, ...records: readonly (readonly [key: string, timestamp: number])[]): void {
  driver.inputTopic(input).pipeAll(records.map(([key, timestamp]) => ({ key, value: 'v', timestamp })))
}

const results = (driver: TopologyTestDriver): readonly unknown[] =>
  driver
    .outputTopic(counts)
    .readAll()
    .map(({ key, value }) => [key, value])

describe('emit on close never loses closed windows', () => {
  const emit = { emit: 'on-window-close' } as const
  const cases: readonly (readonly [string, Count, unknown])[] = [
    [
      'tumbling',
      (grouped) => grouped.windowedBy(tumbling({ size: 10 }), emit).count(),
      [
        ['a@0/10', 1],
        ['a@10/20', 1],
        ['a@20/30', 1],
      ],
    ],
    [
      'sliding',
      (grouped) => grouped.windowedBy(sliding({ timeDifference: 5 }), emit).count(),
      [
        ['a@0/5', 1],
        ['a@10/15', 1],
        ['a@20/25', 1],
      ],
    ],
    [
      'session',
      (grouped) => grouped.windowedBy(session({ inactivityGap: 5 }), emit).count(),
      [
        ['a@5/5', 1],
        ['a@15/15', 1],
        ['a@25/25', 1],
      ],
    ],
  ]

  test.each(cases)('%s: after a jump of time far beyond the retention', (_, count, expected) => {
    using driver = new TopologyTestDriver(counted(count))
    pipe(driver, ['a', 5], ['a', 15], ['a', 25])
    const before = results(driver)
    pipe(driver, ['b', 100_000_000])
    expect([...before, ...results(driver)]).toEqual(expected)
  })
})

describe('a zero-byte foreign value is a value', () => {
  test.each(['inner', 'left'] as const)('%s join', (kind) => {
    const builder = new StreamsBuilder()
    const [l, r] = [builder.table(input), builder.table(right)]
    const options = { foreignKey: (value: string) => value, value: serdes.string }
    const show = (a: string, b: string | undefined): string => `${a}+${b === undefined ? 'missing' : `"${b}"`}`
    const joined = kind === 'inner' ? l.join(r, show, options) : l.leftJoin(r, show, options)
    joined.toStream().to(output)
    using driver = new TopologyTestDriver(builder.build())
    driver.inputTopic(right).pipe({ key: 'f', value: '', timestamp: 0 })
    driver.inputTopic(input).pipe({ key: 'k', value: 'f', timestamp: 1 })
    expect(driver.outputTopic(output).readValues()).toEqual(['f+""'])
  })
})

describe('a foreign-key join keeps no result of what is gone', () => {
  const foreignKey = (value: string): string => value.slice(0, 1)
  const show = (a: string, b: string | undefined): string => `${a}+${b ?? '-'}`
  const uncached = { cache: false }

  test.each([
    ['inner', null],
    ['left', 'a1+-'],
  ] as const)('%s join: a right row that came and went between two commits', (kind, last) => {
    const builder = new StreamsBuilder()
    const [l, r] = [builder.table(input, { store: uncached }), builder.table(right, { store: 'rights' })]
    const options = { foreignKey, value: serdes.string }
    const joined = kind === 'inner' ? l.join(r, show, options) : l.leftJoin(r, show, options)
    joined.toStream().to(output)
    using driver = new TopologyTestDriver(builder.build(), { cache: true })
    driver.inputTopic(right).pipe({ key: 'a', value: 'A', timestamp: 0 })
    driver.inputTopic(input).pipe({ key: 'k', value: 'a1', timestamp: 1 })
    driver.inputTopic(right).pipe({ key: 'a', value: null, timestamp: 2 })
    driver.commit()
    expect(driver.outputTopic(output).readValues()).toEqual(['a1+A', last])
  })

  test.each([
    ['points to the same', 'a2'],
    ['points to what is not there', 'b2'],
    ['points to nothing', '-'],
    ['is deleted', null],
  ])('inner join: the left entry %s when it hears of the deletion', (_, changed) => {
    const builder = new StreamsBuilder()
    const [l, r] = [builder.table(input, { store: 'lefts' }), builder.table(right, { store: uncached })]
    const key = (value: string): string | null => (value === '-' ? null : foreignKey(value))
    l.join(r, show, { foreignKey: key, value: serdes.string }).toStream().to(output)
    using driver = new TopologyTestDriver(builder.build(), { cache: true })
    driver.inputTopic(right).pipe({ key: 'a', value: 'A', timestamp: 0 })
    driver.inputTopic(input).pipe({ key: 'k', value: 'a1', timestamp: 1 })
    driver.commit()
    driver.inputTopic(input).pipe({ key: 'k', value: changed, timestamp: 2 })
    driver.inputTopic(right).pipe({ key: 'a', value: null, timestamp: 3 })
    driver.commit()
    const values = driver.outputTopic(output).readValues()
    expect([values[0], values.at(-1)]).toEqual(['a1+A', null])
  })
})

describe('a session is found until it closes, and never after', () => {
  const gap = 10
  const count: Count = (grouped) => grouped.windowedBy(session({ inactivityGap: gap })).count()

  test('one that ended exactly the gap ago is merged, and deleted under its old bounds', () => {
    using driver = new TopologyTestDriver(counted(count))
    pipe(driver, ['a', 0], ['a', gap])
    expect(results(driver)).toEqual([['a@0/0', 1], ['a@0/0', null], ['a@0/10', 2]]) // prettier-ignore
    const changelog = driver.outputTopic(driver.producedTopics.find((name) => name.endsWith('-changelog')) ?? '')
    expect(changelog.readValues().map((value: Buffer | null) => value === null)).toEqual([false, true, false])
  })

  test.each([0, 1_000_000])('one that has closed is not merged, with a cache of %d bytes', (cacheBytesMax) => {
    using driver = new TopologyTestDriver(counted(count), { cacheBytesMax })
    pipe(driver, ['a', 0], ['b', 11], ['a', 5])
    expect(results(driver)).toEqual([['a@0/0', 1], ['b@11/11', 1], ['a@5/5', 1]]) // prettier-ignore
  })
})

test('a left stream-table join with a grace period joins a null key with nothing', () => {
  const builder = new StreamsBuilder()
  const events = builder.stream(topic('events', { key: serdes.nullable(serdes.string), value: serdes.string }))
  const table = builder.table(right, { store: { name: 'versions', versioned: { historyRetention: '1h' } } })
  events
    .leftJoin(table, (value, other) => `${value}+${other ?? 'nothing'}`, { grace: 10, ...texts })
    .to(topic('output', { key: serdes.nullable(serdes.string), value: serdes.string }))
  using driver = new TopologyTestDriver(builder.build())
  driver.inputTopic('events').pipe({ key: null, value: 'e', timestamp: 0 })
  driver.inputTopic('events').pipe({ key: 'k', value: 'f', timestamp: 1_000 })
  driver.inputTopic('events').pipe({ key: 'k', value: 'g', timestamp: 2_000 })
  expect(driver.outputTopic(output).readValues()).toEqual(['e+nothing', 'f+nothing'])
})

test('no repartition topic moves above a processor that changes keys', () => {
  const builder = new StreamsBuilder({ optimize: ['merge.repartition.topics'] })
  builder
    .stream(input)
    .selectKey((value) => value)
    .process<string, string>(
      { init: (context) => ({ process: (record) => context.forward({ ...record, key: `${record.key}!` }) }) },
      texts,
    )
    .groupByKey()
    .count({ store: 'counts' })
  const [before, after] = builder.build().subTopologies
  const has = (name: string) => (node: { readonly name: string }) => node.name.includes(name)
  expect(before?.nodes.some(has('KSTREAM-PROCESSOR'))).toBe(true)
  expect(after?.nodes.some(has('KSTREAM-PROCESSOR'))).toBe(false)
  expect(after?.nodes.some(has('KSTREAM-AGGREGATE'))).toBe(true)
})

test('the repartition topic of a merge of merges stands below the last of them', () => {
  const builder = new StreamsBuilder({ optimize: 'all' })
  const stream = builder.stream(input)
  const merged = stream.merge(stream.selectKey((value) => value, texts)).merge(stream)
  merged.groupByKey().count({ store: 'counts' }).toStream().to(counts)
  const topology = builder.build()
  expect(topology.subTopologies.flatMap(({ repartitionTopics }) => repartitionTopics.map(({ name }) => name))).toEqual([
    'counts-repartition',
  ])
  using driver = new TopologyTestDriver(topology)
  pipe(driver, ['a', 1])
  expect(new Map(driver.outputTopic(counts).readMap())).toEqual(new Map([['a', 2], ['v', 1]])) // prettier-ignore
})

test('a versioned store remembers a deletion at the time of the version that it replaces', () => {
  const versions = stores.versioned('versions', { ...texts, historyRetention: '1h' })
  const builder = new StreamsBuilder()
  builder.table(input, { store: versions })
  using driver = new TopologyTestDriver(builder.build())
  const table = driver.inputTopic(input)
  table.pipe({ key: 'k', value: 'new', timestamp: 10 })
  table.pipe({ key: 'k', value: null, timestamp: 10 })
  table.pipe({ key: 'k', value: 'old', timestamp: 5 })
  const store = driver.store(versions)
  expect(store.get('k')).toBeUndefined()
  expect(store.get('k', 9)).toEqual({ value: 'old', validFrom: 5, validTo: 10 })
})

test.each([false, true])('a sliding aggregate that becomes null deletes its window (cache: %s)', (cache) => {
  const builder = new StreamsBuilder()
  builder
    .stream(input)
    .groupByKey()
    .windowedBy(sliding({ timeDifference: 10 }))
    .aggregate(
      () => '',
      (all: string, value) => (value === 'reset' ? null : `${all}${value}`),
      { value: serdes.string },
    )
    .toStream((_, { window }) => String(window.start))
    .to(output)
  using driver = new TopologyTestDriver(builder.build(), { cache })
  const records = driver.inputTopic(input)
  records.pipe({ key: 'k', value: 'a', timestamp: 100 })
  records.pipe({ key: 'k', value: 'reset', timestamp: 100 })
  records.pipe({ key: 'k', value: 'b', timestamp: 100 })
  driver.commit()
  expect(driver.outputTopic(output).readValues()).toEqual(cache ? ['b'] : ['a', null, 'b'])
})

describe('idleAfter gives final results without traffic', () => {
  const windows = tumbling({ size: 10 })
  const cases: readonly (readonly [string, Count])[] = [
    ['emit on close', (grouped) => grouped.windowedBy(windows, { emit: 'on-window-close', idleAfter: '30s' }).count()],
    [
      'suppress',
      (grouped) => grouped.windowedBy(windows).count().suppress({ until: 'window-closes', idleAfter: '30s' }),
    ],
  ]

  test.each(cases)('%s: once no record came for that long, the wall clock closes windows', (_, count) => {
    using driver = new TopologyTestDriver(counted(count))
    pipe(driver, ['a', 3])
    driver.advanceWallClock('29s')
    expect(results(driver)).toEqual([])
    driver.advanceWallClock('1s')
    expect(results(driver)).toEqual([['a@0/10', 1]])
  })

  test('without it they wait for the next record', () => {
    using driver = new TopologyTestDriver(
      counted((grouped) => grouped.windowedBy(windows).count().suppress({ until: 'window-closes' })),
    )
    pipe(driver, ['a', 3])
    driver.advanceWallClock('365d')
    expect(results(driver)).toEqual([])
    pipe(driver, ['b', 10])
    expect(results(driver)).toEqual([['a@0/10', 1]])
  })
})
