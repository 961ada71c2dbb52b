import { describe, expect, test } from 'vitest'
import { StreamsBuilder, tumbling } from '../index.ts'
import { RecordHeaders } from '../record/index.ts'
import { serdes, topic } from '../serde/index.ts'
import { TopologyTestDriver } from './topology-test-driver.ts'

const lines = topic('lines', { key: serdes.nullable(serdes.string), value: serdes.string })
const words = topic('words', { key: serdes.string, value: serdes.string })
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })

function wordCount() {
  const builder = new StreamsBuilder()
  builder
    .stream(lines)
    .flatMapValues((line) => line.split(' '), { value: serdes.string })
    .groupBy((word) => word, { key: serdes.string })
    .count({ store: 'counts' })
    .toStream()
    .to(counts)
  return builder.build()
}

function upperCase() {
  const builder = new StreamsBuilder()
  builder
    .stream(words)
    .mapValues((word) => word.toUpperCase(), { value: serdes.string })
    .to(words2)
  return builder.build()
}
const words2 = topic('words-2', { key: serdes.string, value: serdes.string })

describe('topics', () => {
  test('pipes through internal topics and reads the last value of each key', () => {
    using driver = new TopologyTestDriver(wordCount())
    const input = driver.inputTopic(lines)
    input.pipe({ value: 'a b a', timestamp: 0 })
    input.pipeAll([{ value: 'b' }, { value: 'c' }])
    expect(driver.outputTopic(counts).readMap()).toEqual(new Map([['a', 2], ['b', 2], ['c', 1]])) // prettier-ignore
    expect(driver.producedTopics).toEqual(['counts', 'test-counts-changelog', 'test-counts-repartition'])
  })

  test('a count of texts takes every value but null, and who stands beside it gets them all', () => {
    const builder = new StreamsBuilder()
    const source = topic('texts', { key: serdes.string, value: serdes.nullable(serdes.string) })
    const beside = topic('texts-2', { key: serdes.string, value: serdes.nullable(serdes.string) })
    builder.stream(source).groupByKey().count({ store: 'alone' })
    const shared = builder.stream(beside)
    shared.groupByKey().count({ store: 'shared' })
    shared.mapValues((text) => `${text}!`, { value: serdes.string }).to(words2)
    using driver = new TopologyTestDriver(builder.build())
    const values = ['a', null, '', 'b']
    driver.inputTopic(source).pipeAll(values.map((value) => ({ key: 'k', value })))
    driver.inputTopic(beside).pipeAll(values.map((value) => ({ key: 'k', value })))
    expect(driver.store('alone').get('k')).toBe(3)
    expect(driver.store('shared').get('k')).toBe(3)
    expect([...driver.outputTopic(words2)].map(({ value }) => value)).toEqual(['a!', 'null!', '!', 'b!'])
  })

  test('reads one, some, all, and nothing twice', () => {
    using driver = new TopologyTestDriver(upperCase())
    const output = driver.outputTopic(words2)
    driver.inputTopic(words).pipeAll([
      { key: 'k', value: 'a', timestamp: 1, headers: { h: 'x' } },
      { key: 'k', value: 'b' },
      { key: 'k', value: 'c' },
    ])
    expect(output.size).toBe(3)
    expect(output.read()).toEqual({
      key: 'k',
      value: 'A',
      timestamp: 1,
      headers: RecordHeaders.from({ h: 'x' }),
      partition: 0,
    })
    expect([...output].map((record) => record.value)).toEqual(['B', 'C'])
    expect(output.isEmpty).toBe(true)
    expect(output.read()).toBeUndefined()
    expect(output.readValues()).toEqual([])
  })

  test('a record without a timestamp gets the wall clock and what the topic was advanced by', () => {
    using driver = new TopologyTestDriver(upperCase(), { startAt: 1_000 })
    const input = driver.inputTopic(words)
    input.pipe({ key: 'k', value: 'a' })
    input.advance('5s')
    driver.advanceWallClock('1s')
    input.pipe({ key: 'k', value: 'b' })
    expect(driver.outputTopic(words2).readAll().map((record) => record.timestamp)).toEqual([1_000, 7_000]) // prettier-ignore
  })

  test('a topic by name has the serdes that the topology uses', () => {
    using driver = new TopologyTestDriver(upperCase())
    driver.inputTopic('words').pipe({ key: 'k', value: 'a' })
    expect(driver.outputTopic('words-2').readValues()).toEqual(['A'])
  })

  test('a topic that the topology does not read or write is refused with those that it does', () => {
    using driver = new TopologyTestDriver(upperCase())
    expect(() => driver.inputTopic('wrods')).toThrow("'wrods' is not a source topic of the topology; these are: words")
    expect(() => driver.outputTopic(counts)).toThrow("'counts' is not a sink topic of the topology; these are: words-2")
    expect(() => driver.store('counts')).toThrow("the topology has no store 'counts'; its stores are: none")
  })

  test('a topic that a function chooses can be read', () => {
    const builder = new StreamsBuilder()
    builder.stream(words).to((word) => `to-${word}`, { key: serdes.string, value: serdes.string })
    using driver = new TopologyTestDriver(builder.build())
    driver.inputTopic(words).pipe({ key: 'k', value: 'x' })
    expect(driver.outputTopic('to-x').readValues()).toEqual(['x'])
  })
})

describe('stores, caches, partitions', () => {
  test('a cache holds back what is not committed', () => {
    using driver = new TopologyTestDriver(wordCount(), { cache: true })
    const output = driver.outputTopic(counts)
    driver.inputTopic(lines).pipe({ value: 'a a a' })
    expect(output.isEmpty).toBe(true)
    expect(driver.store('counts').get('a')).toBe(3)
    driver.commit()
    expect(output.readAll().map(({ key, value }) => [key, value])).toEqual([['a', 3]])
  })

  test('each partition is a task of its own, and a key goes to one of them', () => {
    using driver = new TopologyTestDriver(wordCount(), { partitions: 4 })
    driver.inputTopic(lines).pipeAll([
      { value: 'a b c d', partition: 0 },
      { value: 'a b c d', partition: 3 },
    ])
    expect(driver.outputTopic(counts).readMap()).toEqual(new Map([['a', 2], ['b', 2], ['c', 2], ['d', 2]])) // prettier-ignore
    const homes = ['a', 'b', 'c', 'd'].map((word) =>
      [0, 1, 2, 3].filter((partition) => driver.store('counts', partition).get(word) !== undefined),
    )
    expect(homes.every((partitions) => partitions.length === 1)).toBe(true)
    expect(new Set(homes.flat()).size).toBeGreaterThan(1)
    expect(() => driver.inputTopic(lines).pipe({ value: 'x', partition: 4 })).toThrow(/'lines' has no partition 4/)
  })

  test('a restart keeps what is in the changelog, and takes what was not committed again', async () => {
    const builder = new StreamsBuilder()
    builder.stream(words).groupByKey().count({ store: 'counts' }).toStream().to(counts)
    await using driver = new TopologyTestDriver(builder.build(), { cache: true })
    const input = driver.inputTopic(words)
    input.pipeAll([{ key: 'a', value: '1' }, { key: 'a', value: '2' }]) // prettier-ignore
    driver.commit()
    input.pipe({ key: 'a', value: '3' })
    await driver.restart()
    expect(driver.store('counts').get('a')).toBe(3)
    input.pipe({ key: 'a', value: '4' })
    driver.commit()
    expect(driver.outputTopic(counts).readValues()).toEqual([2, 4])
  })

  test('windows are forwarded as they change', () => {
    const builder = new StreamsBuilder()
    builder
      .stream(words)
      .groupByKey()
      .windowedBy(tumbling({ size: '10ms' }))
      .count()
      .toStream((_count, { key, window }) => `${key}@${window.start}`)
      .to(counts)
    using driver = new TopologyTestDriver(builder.build())
    driver.inputTopic(words).pipeAll([3, 12, 5].map((timestamp) => ({ key: 'k', value: 'v', timestamp })))
    expect(driver.outputTopic(counts).readAll().map(({ key, value }) => [key, value])).toEqual([['k@0', 1], ['k@10', 1]]) // prettier-ignore
  })
})

describe('errors', () => {
  const failing = () => {
    const builder = new StreamsBuilder()
    builder
      .stream(words)
      .mapValues(
        (word) => {
          if (word === 'bad') throw new RangeError('no such word')
          return word
        },
        { name: 'look-up', value: serdes.string },
      )
      .to(words2)
    return builder.build()
  }

  test('an error says which node failed on which record', () => {
    using driver = new TopologyTestDriver(failing())
    expect(() => driver.inputTopic(words).pipe({ key: 'k', value: 'bad' })).toThrow(
      'look-up failed at words-0 offset 0: no such word',
    )
  })

  test('a dead letter can be read as it came', () => {
    using driver = new TopologyTestDriver(failing(), { onProcessingError: 'dead-letter', deadLetterTopic: 'dead' })
    driver.inputTopic(words).pipeAll([{ key: 'k', value: 'bad' }, { key: 'k', value: 'good' }]) // prettier-ignore
    expect(driver.outputTopic(words2).readValues()).toEqual(['good'])
    const [letter] = driver.outputTopic('dead').readAll()
    expect(letter?.value.toString()).toBe('bad')
    expect(letter?.headers.get('__streams.errors.exception')).toBe('RangeError')
  })
})

describe('async steps', () => {
  test('results are there when the driver has settled, in the order of each key', async () => {
    const builder = new StreamsBuilder()
    builder
      .stream(words)
      .mapValuesAsync(
        async (word) => {
          for (let i = word.length; i < 6; i++) await Promise.resolve()
          return word.toUpperCase()
        },
        { value: serdes.string },
      )
      .to(words2)
    await using driver = new TopologyTestDriver(builder.build())
    driver.inputTopic(words).pipeAll(['a', 'bbbb', 'cc'].map((value) => ({ key: 'k', value })))
    await driver.settled()
    expect(driver.outputTopic(words2).readValues()).toEqual(['A', 'BBBB', 'CC'])
  })
})
