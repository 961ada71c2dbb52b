// Topologies given by URL, in worker threads.
import { expect, onTestFinished, test, vi } from 'vitest'
import { openClient } from '../../src/app/index.ts'
import { sleep, systemClock } from '../../src/base/index.ts'
import { serdes, stores } from '../../src/index.ts'
import {
  application,
  clientOf,
  countsOf,
  createTopics,
  memoryBroker,
  readUntil,
  send,
  temporaryDirectory,
} from './harness.ts'
import { counts, words } from './topologies.ts'

const PARTITIONS = 4
const module = new URL('./topologies.ts', import.meta.url)

test('two threads share the work of a module, and answer queries and tell metrics', { timeout: 120_000 }, async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, PARTITIONS, words.name, counts.name)
  const { app, warnings } = application(module, {
    bootstrapServers,
    stateDir: temporaryDirectory(),
    threads: 2,
    processingGuarantee: 'exactly-once',
  })
  await app.start()
  const keys = Array.from({ length: 40 }, (_, i) => `word-${i % 20}`)
  await send(client, words.name, PARTITIONS, keys)
  const records = await readUntil(
    client,
    counts.name,
    PARTITIONS,
    (all) => Object.values(countsOf(all)).filter((count) => count === 2).length === 20,
  )
  expect(Object.keys(countsOf(records))).toHaveLength(20)
  const query = app.query(stores.keyValue('each', { key: serdes.string, value: serdes.int64 }), { scope: 'local' })
  expect(await query.get('word-7')).toBe(2)
  while (!app.metrics().some(({ name, value }) => name === 'tidemill_records_processed_total' && value > 0))
    await sleep(systemClock, 20)
  const active = app.threads.map(({ tasks }) => tasks.filter(({ role }) => role === 'active').length)
  expect(active).toEqual([4, 4])
  await app.close()
  expect(warnings).toEqual([])
})

test('threads that close together leave nothing uncommitted', { timeout: 120_000 }, async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, PARTITIONS, words.name, counts.name)
  const stateDir = temporaryDirectory()
  const { app, warnings } = application(module, { bootstrapServers, stateDir, threads: 2, commitInterval: '1h' })
  await app.start()
  await vi.waitFor(() => {
    const active = app.threads.map(({ tasks }) => tasks.filter(({ role }) => role === 'active').length)
    expect(active).toEqual([4, 4])
  }, 60_000)
  const keys = Array.from({ length: 400 }, (_, i) => `word-${i % 20}`)
  await send(client, words.name, PARTITIONS, keys)
  // Caches hold the counts back until the last commit.
  await vi.waitFor(() => {
    const processed = app.metrics().filter(({ name }) => name === 'tidemill_records_processed_total')
    expect(processed.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThanOrEqual(keys.length)
  }, 60_000)
  await app.close()
  expect(warnings).toEqual([])
  const committed = await client.admin().groupOffsets('app')
  const sum = [...committed].filter(([tp]) => tp.topic === words.name).reduce((all, [, { offset }]) => all + offset, 0)
  expect(sum).toBe(keys.length)
})

test('a worker reaches the embedded broker of its own process', { timeout: 120_000 }, async () => {
  const dir = temporaryDirectory()
  const bootstrapServers = `embedded:${dir}/data`
  const client = await openClient({ bootstrapServers })
  onTestFinished(() => client.close())
  await createTopics(client, 1, words.name, counts.name)
  const { app } = application(new URL('#countEach', module), { bootstrapServers, stateDir: `${dir}/state` })
  await app.start()
  await send(client, words.name, 1, ['a'])
  await readUntil(client, counts.name, 1, (all) => all.length === 1)
})

test('a module without a topology is named with what it exports', { timeout: 120_000 }, async () => {
  const { servers: bootstrapServers } = await memoryBroker()
  const { app } = application(new URL('./harness.ts', import.meta.url), {
    bootstrapServers,
    stateDir: temporaryDirectory(),
  })
  await expect(app.start()).rejects.toMatchObject({
    code: 'no-topology',
    message: expect.stringMatching(
      /harness.ts has no default export and none called 'topology'; it exports .*'wordCount'/,
    ),
  })
})

test('threads are added and removed while the application runs', { timeout: 120_000 }, async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, PARTITIONS, words.name, counts.name)
  const { app } = application(module, { bootstrapServers, stateDir: temporaryDirectory() })
  await app.start()
  const isShared = (threads: number): boolean =>
    app.threads.length === threads &&
    app.threads.every(
      ({ tasks }) => tasks.filter(({ role }) => role === 'active').length === (2 * PARTITIONS) / threads,
    )
  const added = app.addThread()
  while (!isShared(2)) await sleep(systemClock, 20)
  await app.removeThread(added)
  while (!isShared(1)) await sleep(systemClock, 20)
  await send(client, words.name, PARTITIONS, ['a', 'b', 'c', 'd'])
  await readUntil(client, counts.name, PARTITIONS, (all) => Object.keys(countsOf(all)).length === 4)
  expect(app.state).toBe('running')
})
