// A whole application on the embedded broker: from a first start to restarts, sharing and the ways in which it can be wrong.
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openClient } from '../../src/app/index.ts'
import { until } from '../until.ts'
import { StreamsBuilder, serdes, stores, topic } from '../../src/index.ts'
import type { Client } from '../../src/client/index.ts'
import {
  type Output,
  application,
  clientOf,
  countsOf,
  createTopics,
  lines,
  memoryBroker,
  readUntil,
  send,
  temporaryDirectory,
  wordCount,
  wordCounts,
} from './harness.ts'

const PARTITIONS = 2

describe.each(['at-least-once', 'exactly-once'] as const)('word count, %s', (processingGuarantee) => {
  test('counts, closes in order, and goes on where it stopped', async () => {
    const dir = temporaryDirectory()
    const bootstrapServers = `embedded:${dir}/data`
    const client = await openClient({ bootstrapServers })
    await createTopics(client, PARTITIONS, lines.name, wordCounts.name)
    const options = { bootstrapServers, stateDir: `${dir}/state`, processingGuarantee }

    const first = application(wordCount(), options)
    await first.app.start()
    await send(client, lines.name, PARTITIONS, ['to be or not to be', 'that is the question'])
    await readCounts(client, { to: 2, be: 2, or: 1, not: 1, that: 1, is: 1, the: 1, question: 1 })
    await first.app.close()
    expect(first.states).toEqual(['rebalancing', 'running', 'pending-shutdown', 'not-running'])
    await expect(first.app.closed).resolves.toBeUndefined()

    await send(client, lines.name, PARTITIONS, ['not the end'])
    const second = application(wordCount(), options)
    await second.app.start()
    await readCounts(client, { to: 2, be: 2, or: 1, not: 2, that: 1, is: 1, the: 2, question: 1, end: 1 })
    expect([...first.warnings, ...second.warnings]).toEqual([])
    await second.app.close()
    await client.close()
  })

  test('two instances share the partitions; when one leaves the other has all', async () => {
    const { broker, servers: bootstrapServers } = await memoryBroker()
    const client = clientOf(broker)
    await createTopics(client, PARTITIONS, lines.name, wordCounts.name)
    const dir = temporaryDirectory()
    const one = application(wordCount(), { bootstrapServers, stateDir: `${dir}/one`, processingGuarantee })
    const two = application(wordCount(), { bootstrapServers, stateDir: `${dir}/two`, processingGuarantee })
    await one.app.start()
    await send(client, lines.name, PARTITIONS, ['a b c', 'a b d'])
    await readUntil(client, wordCounts.name, PARTITIONS, (all) => countsOf(all)['a'] === 2)
    await two.app.start()
    await until(() => activeTasks(one.app) === 2 && activeTasks(two.app) === 2)
    await send(client, lines.name, PARTITIONS, ['a b c', 'a b d'])
    await readUntil(client, wordCounts.name, PARTITIONS, (all) => countsOf(all)['a'] === 4 && countsOf(all)['b'] === 4)
    await two.app.close()
    await send(client, lines.name, PARTITIONS, ['a', 'a'])
    const all = await readUntil(client, wordCounts.name, PARTITIONS, (records) => countsOf(records)['a'] === 6)
    expect(countsOf(all)).toEqual({ a: 6, b: 4, c: 2, d: 2 })
    expect(activeTasks(one.app)).toBe(4)
  })
})

test('a store is asked by its handle while the application runs', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, PARTITIONS, lines.name)
  const counts = stores.keyValue('asked-counts', { key: serdes.string, value: serdes.int64 })
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder
    .stream(lines)
    .groupBy((line) => line)
    .count({ store: counts })
  const { app } = application(builder.build(), { bootstrapServers, stateDir: temporaryDirectory() })
  const query = app.query(counts, { scope: 'local' })
  await expect(query.get('a')).rejects.toMatchObject({ code: 'store-unavailable', reason: 'not-running' })
  await app.start()
  await send(client, lines.name, PARTITIONS, ['a', 'b', 'c', 'a', 'aa'])
  await until(async () => (await query.get('aa')) === 1 && (await query.get('a')) === 2)
  expect(await query.get('nobody')).toBeUndefined()
  expect(await collect(query.range())).toEqual([
    ['a', 2],
    ['aa', 1],
    ['b', 1],
    ['c', 1],
  ])
  expect(await collect(query.range({ from: 'aa', to: 'b', order: 'descending' }))).toEqual([
    ['b', 1],
    ['aa', 1],
  ])
  expect(await collect(query.prefix('a'))).toEqual([
    ['a', 2],
    ['aa', 1],
  ])
  const other = stores.keyValue('another', { key: serdes.string, value: serdes.int64 })
  await expect(app.query(other, { scope: 'local' }).get('a')).rejects.toMatchObject({ reason: 'not-here' })
})

test('a range over more entries than a page holds gives each once, in order', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, PARTITIONS, lines.name)
  const seen = stores.keyValue('seen', { key: serdes.string, value: serdes.int64 })
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder
    .stream(lines)
    .groupBy((line) => line)
    .count({ store: seen })
  const { app } = application(builder.build(), { bootstrapServers, stateDir: temporaryDirectory() })
  await app.start()
  const keys = Array.from({ length: 2_500 }, (_, i) => String(10_000 + i))
  await send(client, lines.name, PARTITIONS, keys)
  const query = app.query(seen, { scope: 'local' })
  await until(async () => (await query.approximateCount()) === keys.length)
  expect((await collect(query.range())).map(([key]) => key)).toEqual(keys)
  expect((await collect(query.range({ order: 'descending' }))).map(([key]) => key)).toEqual([...keys].reverse())
})

describe('what is wrong is said by start()', () => {
  test('a source topic that does not exist', async () => {
    const { broker, servers: bootstrapServers } = await memoryBroker()
    await createTopics(clientOf(broker), 1, wordCounts.name)
    const { app, states } = application(wordCount(), { bootstrapServers, stateDir: temporaryDirectory() })
    await expect(app.start()).rejects.toMatchObject({
      code: 'topic-not-found',
      message: expect.stringMatching(/topic 'lines' does not exist, and application 'app' reads it: create it first/),
    })
    await app.close()
    expect(states).toEqual(['rebalancing', 'pending-error', 'error'])
    await expect(app.closed).rejects.toMatchObject({ code: 'topic-not-found' })
  })

  test('a sink topic that does not exist', async () => {
    const { broker, servers: bootstrapServers } = await memoryBroker()
    await createTopics(clientOf(broker), 1, lines.name)
    const { app } = application(wordCount(), { bootstrapServers, stateDir: temporaryDirectory() })
    await expect(app.start()).rejects.toThrow("topic 'word-counts' does not exist, and application 'app' writes to it")
  })

  test('joined topics with different numbers of partitions', async () => {
    const { broker, servers: bootstrapServers } = await memoryBroker()
    const client = clientOf(broker)
    await createTopics(client, 3, 'a')
    await createTopics(client, 4, 'b')
    const texts = { key: serdes.string, value: serdes.string }
    const builder = new StreamsBuilder(texts)
    builder
      .stream(topic('a', texts))
      .join(builder.table(topic('b', texts)), (left, right) => left + right)
      .foreach(() => undefined)
    const { app } = application(builder.build(), { bootstrapServers, stateDir: temporaryDirectory() })
    await expect(app.start()).rejects.toThrow(
      "topics 'a' (3 partitions) and 'b' (4) are joined, so they must have as many partitions as each other: repartition one of them",
    )
  })

  test('a broker that is not there', async () => {
    const server = createServer()
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { readonly port: number }).port)),
    )
    await new Promise((resolve) => server.close(resolve))
    const { app } = application(wordCount(), { bootstrapServers: `127.0.0.1:${port}`, stateDir: temporaryDirectory() })
    const started = app.start()
    started.catch(() => undefined)
    await app.close()
    await expect(started).rejects.toMatchObject({ code: expect.stringMatching(/not-running|broker-not-reachable/) })
  })

  test('start() a second time', async () => {
    const { broker, servers: bootstrapServers } = await memoryBroker()
    await createTopics(clientOf(broker), 1, lines.name, wordCounts.name)
    const { app } = application(wordCount(), { bootstrapServers, stateDir: temporaryDirectory() })
    await app.start()
    await expect(app.start()).rejects.toMatchObject({ code: 'already-started' })
  })
})

test('a record that cannot be processed ends the application with its place, and nothing else is lost', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  const out = topic('out', { value: serdes.string })
  await createTopics(client, 1, lines.name, out.name)
  const failing = (word: string): ReturnType<typeof wordCount> => {
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
    builder
      .stream(lines)
      .mapValues((line) => {
        if (line === word) throw new RangeError(`no ${word} today`)
        return line
      })
      .to(out)
    return builder.build()
  }
  const stateDir = temporaryDirectory()
  const first = application(failing('b'), { bootstrapServers, stateDir })
  await first.app.start()
  await send(client, lines.name, 1, ['a', 'b', 'c'])
  await expect(first.app.closed).rejects.toMatchObject({
    message: expect.stringMatching(/lines-0 offset 1.*no b today/),
  })
  expect(first.states.at(-1)).toBe('error')
  const second = application(failing('nothing'), { bootstrapServers, stateDir })
  await second.app.start()
  const records = await readUntil(client, out.name, 1, (all) => all.some(({ value }) => value.toString() === 'c'))
  expect(new Set(records.map(({ value }) => value.toString()))).toEqual(new Set(['a', 'b', 'c']))
})

test('onUncaughtError replace-thread goes on with a new thread', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  const out = topic('out', { value: serdes.string })
  await createTopics(client, 1, lines.name, out.name)
  let failures = 0
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder
    .stream(lines)
    .mapValues((line) => {
      if (line === 'b' && failures++ < 2) throw new Error('not yet')
      return line
    })
    .to(out)
  const { app, warnings } = application(builder.build(), {
    bootstrapServers,
    stateDir: temporaryDirectory(),
    onUncaughtError: 'replace-thread',
  })
  await app.start()
  await send(client, lines.name, 1, ['a', 'b', 'c'])
  await readUntil(client, out.name, 1, (all) => all.some(({ value }) => value.toString() === 'c'))
  expect(warnings.filter((warning) => warning.includes('is replaced after'))).toHaveLength(2)
  expect(app.state).toBe('running')
})

test('a second application on the same directory shares the broker of the first, and both close in any order', async () => {
  const dir = temporaryDirectory()
  const bootstrapServers = `embedded:${dir}/data`
  const client = await openClient({ bootstrapServers })
  onTestFinished(() => client.close())
  await createTopics(client, 1, lines.name, wordCounts.name, 'copy')
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder.stream(lines).to(topic('copy', { value: serdes.string }))
  const one = application(wordCount(), { applicationId: 'one', bootstrapServers, stateDir: `${dir}/state` })
  const two = application(builder.build(), { applicationId: 'two', bootstrapServers, stateDir: `${dir}/state` })
  await Promise.all([one.app.start(), two.app.start()])
  await send(client, lines.name, 1, ['x'])
  await readUntil(client, 'copy', 1, (all) => all.length === 1)
  await one.app.close()
  await send(client, lines.name, 1, ['y'])
  await readUntil(client, 'copy', 1, (all) => all.length === 2)
})

test('an aborted signal closes the application', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  await createTopics(clientOf(broker), 1, lines.name, wordCounts.name)
  const controller = new AbortController()
  const { app } = application(wordCount(), {
    bootstrapServers,
    stateDir: temporaryDirectory(),
    signal: controller.signal,
  })
  await app.start()
  controller.abort()
  await app.closed
  expect(app.state).toBe('not-running')
})

test('a signal that was aborted before start() opens nothing', async () => {
  const stateDir = `${temporaryDirectory()}/state`
  const { app } = application(wordCount(), { bootstrapServers: 'localhost:1', stateDir, signal: AbortSignal.abort() })
  await expect(app.start()).rejects.toMatchObject({ code: 'not-running' })
  await app.closed
  expect(existsSync(stateDir)).toBe(false)
})

test('paused, the application processes nothing; resumed, it goes on', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, 1, lines.name, wordCounts.name)
  const { app } = application(wordCount(), { bootstrapServers, stateDir: temporaryDirectory() })
  app.pause()
  await app.start()
  await send(client, lines.name, 1, ['a'])
  await until(() => app.threads[0]?.tasks.some(({ bufferedRecords }) => bufferedRecords > 0) === true)
  expect(processed(app)).toBe(0)
  app.resume()
  await readUntil(client, wordCounts.name, 1, (all) => all.length === 1)
  expect(processed(app)).toBe(2)
})

/** Waits until the counts are just these. */
async function readCounts(client: Client, expected: Readonly<Record<string, number>>): Promise<void> {
  const isThere = (all: readonly Output[]): boolean =>
    isDeepStrictEqual(countsOf(all), { ...countsOf(all), ...expected })
  const records = await readUntil(client, wordCounts.name, PARTITIONS, isThere)
  expect(countsOf(records)).toEqual(expected)
}

function activeTasks(app: ReturnType<typeof application>['app']): number {
  const tasks = app.threads.flatMap((thread) => thread.tasks)
  return tasks.filter(({ role, state }) => role === 'active' && state === 'running').length
}

function processed(app: ReturnType<typeof application>['app']): number {
  const values = app.metrics().filter(({ name }) => name === 'tidemill_records_processed_total')
  return values.reduce((sum, { value }) => sum + value, 0)
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
