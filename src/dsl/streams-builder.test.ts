import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Processor } from '../processors/index.ts'
import { tumbling } from '../record/index.ts'
import { serdes, topic } from '../serde/index.ts'
import type { StoreDefinition } from '../state/index.ts'
import { TopologyTestDriver } from '../testing/index.ts'
import type { Topology } from '../topology/index.ts'
import { stores } from './stores.ts'
import { StreamsBuilder } from './streams-builder.ts'

const input = topic('in', { key: serdes.string, value: serdes.string })
const other = topic('other', { key: serdes.string, value: serdes.string })
const out = topic('out', { key: serdes.string, value: serdes.string })

function storeOf(topology: Topology, name: string): StoreDefinition {
  const store = [...topology.stores, ...topology.globalStores].find((candidate) => candidate.name === name)
  if (store === undefined) throw new Error(`no store ${name} among ${topology.stores.map((one) => one.name).join()}`)
  return store
}

describe('names', () => {
  test('count up as Kafka Streams counts, burnt numbers included', () => {
    const builder = new StreamsBuilder()
    builder
      .stream(input, { name: 'source' })
      .filter(() => true)
      .mapValues((value) => value, { name: 'mapped', value: serdes.string })
      .to(out)
    expect(builder.build().nodes.map(({ name }) => name)).toEqual([
      'source',
      'KSTREAM-FILTER-0000000001',
      'mapped',
      'KSTREAM-SINK-0000000003',
    ])
  })

  test('of branches are their names, or numbers where those are asked for', () => {
    const builder = new StreamsBuilder()
    builder
      .stream(input)
      .split({ a: () => true, b: () => true, rest: 'otherwise' }, { name: 's-', numbered: ['b', 'rest'] })
      .a.to(out)
    const names = builder.build().nodes.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['s-a', 's-2', 's-0']))
  })

  test('are the same when the topology is built twice, and what is added in between comes on top', () => {
    const builder = new StreamsBuilder({ optimize: 'all' })
    const stream = builder.stream(input).selectKey((value) => value, { key: serdes.string })
    stream.groupByKey().count()
    const first = builder.build().describe()
    expect(builder.build().describe()).toBe(first)
    stream.to(out)
    expect(builder.build().nodes.length).toBe(builder.build().nodes.length)
    expect(builder.build().describe()).toContain('KSTREAM-SINK-0000000007 (topic: out)')
  })
})

describe('optimisations', () => {
  test('that do not exist are refused at once', () => {
    expect(() => new StreamsBuilder({ optimize: ['everything' as never] })).toThrow(
      "optimize names 'everything', which is no optimisation",
    )
  })

  test('are made one by one', () => {
    const build = (optimize: 'none' | ['reuse.ktable.source.topics']): Topology => {
      const builder = new StreamsBuilder({ optimize })
      builder.table(input, { store: 'table' })
      return builder.build()
    }
    expect(storeOf(build('none'), 'table')).toMatchObject({ logging: true, sourceTopic: undefined })
    expect(storeOf(build(['reuse.ktable.source.topics']), 'table')).toMatchObject({ logging: false, sourceTopic: 'in' })
  })

  test('keep a repartition topic below a step that may change the values', () => {
    const echo: Processor<string, string, string, string> = {
      init: (context) => ({ process: (record) => context.forward(record) }),
    }
    const builder = new StreamsBuilder({ optimize: 'all' })
    builder
      .stream(input)
      .selectKey((value) => value, { key: serdes.string })
      .process(echo, { key: serdes.string, value: serdes.string })
      .groupByKey()
      .count({ store: 'counts' })
    expect(builder.build().describe()).toContain(
      'Processor: KSTREAM-PROCESSOR-0000000002 (stores: [])\n      --> counts-repartition-filter',
    )
  })
})

describe('serdes', () => {
  test('are kept by operators that keep the type', () => {
    const builder = new StreamsBuilder()
    builder
      .stream(input)
      .filter(() => true)
      .peek(() => {})
      .merge(builder.stream(input).filterNot(() => false))
      .selectKey((value) => value, { key: serdes.string })
      .groupByKey()
      .count({ store: 'counts' })
    expect(storeOf(builder.build(), 'counts').key).toBe(serdes.string)
  })

  test('of the builder stand in where none is known', () => {
    const builder = new StreamsBuilder({ key: serdes.int32, value: serdes.float64 })
    builder
      .stream(input)
      .map((value) => [value.length, 1.5])
      .toTable({ store: 'table' })
    const store = storeOf(builder.build(), 'table')
    expect([store.key, store.value]).toEqual([serdes.int32, serdes.float64])
  })

  test('of a handle are those of the store', () => {
    const handle = stores.keyValue('lengths', { key: serdes.string, value: serdes.int32 })
    const builder = new StreamsBuilder()
    builder.table(input).mapValues((value) => value.length, { store: handle })
    expect(storeOf(builder.build(), 'lengths')).toMatchObject({ value: serdes.int32, caching: true })
  })
})

describe('stores', () => {
  test('are cached, logged and on disk unless the user says otherwise', () => {
    const builder = new StreamsBuilder()
    const grouped = builder.stream(input).groupByKey()
    grouped.count({ store: 'a' })
    grouped.count({ store: { name: 'b', type: 'memory', cache: false, changelog: false } })
    grouped.count({ store: { name: 'c', versioned: { historyRetention: '1h' } } })
    grouped.count({ store: { name: 'd', lru: { entriesMax: 10 } } })
    const topology = builder.build()
    expect(storeOf(topology, 'a')).toMatchObject({
      kind: 'key-value',
      type: 'disk',
      caching: true,
      logging: true,
      format: 'timestamped',
    })
    expect(storeOf(topology, 'b')).toMatchObject({ type: 'memory', caching: false, logging: false })
    expect(storeOf(topology, 'c')).toMatchObject({ kind: 'versioned', historyRetentionMs: 3_600_000, caching: false })
    expect(storeOf(topology, 'd')).toMatchObject({ lruEntriesMax: 10, type: 'memory', caching: false })
    const changelogs = topology.subTopologies.flatMap(({ changelogTopics }) => changelogTopics.map(({ name }) => name))
    expect(changelogs).toEqual(['a-changelog', 'c-changelog', 'd-changelog'])
  })

  test('of windows are kept for their size and grace, or longer', () => {
    const builder = new StreamsBuilder()
    const windowed = builder
      .stream(input)
      .groupByKey()
      .windowedBy(tumbling({ size: '1m', grace: '10s' }))
    windowed.count({ store: 'least' })
    windowed.count({ store: { name: 'longer', retention: '2h' } })
    const topology = builder.build()
    expect(storeOf(topology, 'least')).toMatchObject({ windowSizeMs: 60_000, retentionMs: 70_000 })
    expect(storeOf(topology, 'longer')).toMatchObject({ windowSizeMs: 60_000, retentionMs: 7_200_000 })
  })

  test("that a processor names by the handle of a table are the table's", () => {
    const names = stores.keyValue('names', { key: serdes.string, value: serdes.string })
    const look: Processor<string, string, string, string> = {
      stores: [names],
      init(context) {
        const store = context.store(names)
        return { process: (record) => context.forward({ ...record, value: store.get(record.value) ?? '?' }) }
      },
    }
    const builder = new StreamsBuilder()
    builder.stream(other).process(look).to(out, { key: serdes.string, value: serdes.string })
    builder.table(input, { store: names })
    const topology = builder.build()
    expect(topology.stores).toHaveLength(1)
    expect(topology.subTopologies).toHaveLength(1)
    using driver = new TopologyTestDriver(topology)
    driver.inputTopic(input).pipe({ key: 'a', value: 'Ada' })
    driver.inputTopic(other).pipe({ key: 'k', value: 'a' })
    expect(driver.outputTopic(out).readValues()).toEqual(['Ada'])
  })

  test('of one handle in two processors are one, and put them into one sub-topology', () => {
    const shared = stores.keyValue('shared', { key: serdes.string, value: serdes.string })
    const use: Processor<string, string> = {
      stores: [shared],
      init: (context) => ({ process: (record) => context.store(shared).put(record.key, record.value) }),
    }
    const builder = new StreamsBuilder()
    builder.stream(input).process(use)
    builder.stream(other).process(use)
    const topology = builder.build()
    expect(topology.stores).toHaveLength(1)
    expect(topology.subTopologies).toHaveLength(1)
  })

  test('that are global are found by every processor, and belong to none', () => {
    const rates = stores.keyValue('rates', { key: serdes.string, value: serdes.string })
    const builder = new StreamsBuilder()
    builder.addGlobalStore(rates, other, {
      stores: [rates],
      init: (context) => ({ process: ({ key, value }) => context.store(rates).put(key, value.toUpperCase()) }),
    })
    builder
      .stream(input)
      .process<string, string>({
        stores: [rates],
        init: (context) => ({
          process: (record) => context.forward({ ...record, value: context.store(rates).get(record.value) ?? '?' }),
        }),
      })
      .to(out)
    const topology = builder.build()
    expect(topology.describe()).toContain('KSTREAM-PROCESSOR-0000000003 (stores: [])')
    using driver = new TopologyTestDriver(topology)
    driver.inputTopic(other).pipe({ key: 'eur', value: 'one' })
    driver.inputTopic(input).pipe({ key: 'k', value: 'eur' })
    expect(driver.outputTopic(out).readValues()).toEqual(['ONE'])
  })

  test('that are read-only are filled from their topic, which is their changelog', () => {
    const limits = stores.keyValue('limits', { key: serdes.string, value: serdes.string })
    const builder = new StreamsBuilder()
    builder.addReadOnlyStore(limits, other)
    builder
      .stream(input)
      .processValues<string>({
        stores: [limits],
        init: (context) => ({
          process: (record) => context.forward({ value: context.store(limits).get(record.key) ?? 'none' }),
        }),
      })
      .to(out)
    const topology = builder.build()
    expect(storeOf(topology, 'limits')).toMatchObject({ sourceTopic: 'other', logging: false })
    expect(topology.subTopologies[0]?.changelogTopics).toEqual([])
    using driver = new TopologyTestDriver(topology)
    driver.inputTopic(other).pipe({ key: 'a', value: '10' })
    driver.inputTopic(input).pipe({ key: 'a', value: '' })
    expect(driver.outputTopic(out).readValues()).toEqual(['10'])
  })
})

describe('operators', () => {
  test('run inside what wrapProcessor makes of them', () => {
    const seen: string[] = []
    const builder = new StreamsBuilder({
      wrapProcessor: (processor, node) => ({
        process(record) {
          seen.push(`${node}:${String(record.value)}`)
          processor.process(record)
        },
      }),
    })
    builder
      .stream(input)
      .filter((value) => value !== 'b', { name: 'not-b' })
      .mapValues((value) => value.toUpperCase(), { name: 'upper', value: serdes.string })
      .to(out)
    using driver = new TopologyTestDriver(builder.build())
    driver.inputTopic(input).pipeAll([
      { key: 'k', value: 'a' },
      { key: 'k', value: 'b' },
    ])
    expect(seen).toEqual(['not-b:a', 'upper:a', 'not-b:b'])
  })

  test('print adds lines to a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemill-print-'))
    const file = join(folder, 'lines.txt')
    const builder = new StreamsBuilder()
    builder.stream(input).print({ file, label: 'in' })
    {
      using driver = new TopologyTestDriver(builder.build())
      driver.inputTopic(input).pipeAll([
        { key: 'a', value: 'one' },
        { key: 'b', value: 'two' },
      ])
    }
    expect(readFileSync(file, 'utf8')).toBe('[in]: a, one\n[in]: b, two\n')
    rmSync(folder, { recursive: true })
  })

  test('to() writes to the topic that a function names', () => {
    const builder = new StreamsBuilder()
    builder.stream(input).to((value, key) => (value === '' ? out : `by-${key}`))
    using driver = new TopologyTestDriver(builder.build())
    driver.inputTopic(input).pipeAll([
      { key: 'a', value: '' },
      { key: 'b', value: 'x' },
    ])
    expect(driver.outputTopic(out).readAll()).toHaveLength(1)
    expect(driver.producedTopics).toContain('by-b')
  })

  test('to() writes a topic that a function gives with the serdes of that topic', () => {
    const words = topic('words', { key: serdes.string, value: serdes.string })
    const lengths = topic('lengths', { key: serdes.string, value: serdes.int64 })
    const builder = new StreamsBuilder()
    builder
      .stream(input)
      .mapValues((value): any => (value.length > 3 ? value.length : value))
      .to((value) => (typeof value === 'string' ? words : lengths))
    using driver = new TopologyTestDriver(builder.build())
    driver.inputTopic(input).pipeAll(['abc', 'abcd'].map((value) => ({ key: 'k', value })))
    expect(driver.outputTopic(words).readValues()).toEqual(['abc'])
    expect(driver.outputTopic(lengths).readValues()).toEqual([4])
  })

  test('to() partitions what a function sends to a topic of windows by the key inside', () => {
    const key = serdes.windowed(serdes.string, tumbling({ size: 10 }))
    const windows = topic('windows', { key, value: serdes.int64, partitions: 16 })
    const builder = new StreamsBuilder()
    const counts = builder
      .stream(input)
      .groupByKey()
      .windowedBy(tumbling({ size: 10 }))
      .count()
    counts.toStream().to(() => windows, { name: 'chosen' })
    using driver = new TopologyTestDriver(builder.build(), { partitions: 16 })
    driver.inputTopic(input).pipeAll([5, 15, 25, 35].map((timestamp) => ({ key: 'k', value: 'v', timestamp })))
    const partitions = driver
      .outputTopic(windows)
      .readAll()
      .map(({ partition }) => partition)
    expect(partitions).toHaveLength(4)
    expect(new Set(partitions).size).toBe(1)
  })

  test('to() says which serde is missing where a function names a topic, and none is known', () => {
    const builder = new StreamsBuilder()
    builder
      .stream(input)
      .mapValues((value) => value.length)
      .to(() => 'lengths')
    using driver = new TopologyTestDriver(builder.build())
    expect(() => driver.inputTopic(input).pipe({ key: 'k', value: 'v' })).toThrow(
      /no serde for the value after mapValues \(.*:\d+\), which is to be written to 'lengths': let the function/,
    )
  })

  test('of two builders do not join', () => {
    const builder = new StreamsBuilder()
    builder.stream(input).merge(new StreamsBuilder().stream(other)).to(out)
    expect(() => builder.build()).toThrow('merge takes a stream or table of another builder')
  })
})
