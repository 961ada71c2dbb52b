// What applications are made of, each in a whole application on a broker in memory.
import { describe, expect, onTestFinished, test } from 'vitest'
import { sleep, systemClock } from '../../src/base/index.ts'
import { startBroker } from '../../src/broker/index.ts'
import type { Client } from '../../src/client/index.ts'
import type { MetricValue } from '../../src/metrics/index.ts'
import { RecordHeaders, topicPartition } from '../../src/record/index.ts'
import type { RestoreProgress } from '../../src/runtime/index.ts'
import { type StreamsState, StreamsBuilder, type Topology, serdes, topic, topicPattern } from '../../src/index.ts'
import { application, clientOf, createTopics, memoryBroker, readUntil, temporaryDirectory } from './harness.ts'
import { countEach, counts, words } from './topologies.ts'

const texts = { key: serdes.string, value: serdes.string }
const input = topic('input', texts)
const output = topic('output', texts)

async function write(
  client: Client,
  name: string,
  pairs: readonly (readonly [string | null, string | null])[],
  partitions = 1,
): Promise<void> {
  const producer = client.producer({})
  for (const [i, [key, value]] of pairs.entries()) {
    const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text))
    producer.append(topicPartition(name, i % partitions), bytes(key), bytes(value), 1_000 + i, RecordHeaders.empty)
  }
  await producer.flush()
  await producer.close()
}

async function outputs(client: Client, count: number, name = output.name, partitions = 1): Promise<readonly string[]> {
  const records = await readUntil(client, name, partitions, (all) => all.length >= count)
  return records.map(({ key, value }) => `${key}=${value.toString()}`)
}

async function brokerWith(
  partitions: number,
  ...names: readonly string[]
): Promise<{ readonly client: Client; readonly servers: string }> {
  const { broker, servers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, partitions, ...names)
  return { client, servers }
}

test('a global table is whole before the first record is joined, and is kept up afterwards', async () => {
  const { client, servers } = await brokerWith(2, 'products')
  await createTopics(client, 1, input.name, output.name)
  await write(
    client,
    'products',
    Array.from({ length: 500 }, (_, i) => [`p${i}`, `name ${i}`] as const),
    2,
  )
  await write(client, input.name, [['k', 'p499']])
  const builder = new StreamsBuilder()
  const products = builder.globalTable(topic('products', texts))
  builder
    .stream(input)
    .join(products, (id, name) => `${id} is ${name}`, { on: (id) => id })
    .to(output)
  const { app } = application(builder.build(), { bootstrapServers: servers, stateDir: temporaryDirectory() })
  await app.start()
  expect(await outputs(client, 1)).toEqual(['k=p499 is name 499'])
  await write(client, 'products', [['new', 'brand new']])
  await sleep(systemClock, 300)
  await write(client, input.name, [['k', 'new']])
  expect((await outputs(client, 2)).at(-1)).toBe('k=new is brand new')
})

test('a table that reuses its source topic as changelog is restored from it, up to what was consumed', async () => {
  const { client, servers } = await brokerWith(1, 'table', input.name, output.name)
  const build = (): Topology => {
    const builder = new StreamsBuilder({ optimize: 'all' })
    const table = builder.table(topic('table', texts), { store: 'kept' })
    builder
      .stream(input)
      .join(table, (left, right) => left + right)
      .to(output)
    return builder.build()
  }
  const first = application(build(), { bootstrapServers: servers, stateDir: temporaryDirectory() })
  await first.app.start()
  await write(client, 'table', [['a', '1']])
  await sleep(systemClock, 300)
  await write(client, input.name, [['a', 'x']])
  expect(await outputs(client, 1)).toEqual(['a=x1'])
  await first.app.close()
  const restored: RestoreProgress[] = []
  const second = application(build(), {
    bootstrapServers: servers,
    stateDir: temporaryDirectory(),
    onRestore: (progress) => restored.push(progress),
  })
  await second.app.start()
  await write(client, input.name, [['a', 'y']])
  expect(await outputs(client, 2)).toEqual(['a=x1', 'a=y1'])
  expect(restored.at(-1)).toMatchObject({ phase: 'finished', store: 'kept', topic: 'table', records: 1 })
  const topics = await client.admin().listTopics()
  expect(topics.map(({ name }) => name).filter((name) => name.endsWith('-changelog'))).toEqual([])
})

test('restoring tells how it goes', async () => {
  const { client, servers } = await brokerWith(1, words.name, counts.name)
  const options = { bootstrapServers: servers, stateDir: temporaryDirectory() }
  const first = application(countEach(), options)
  await first.app.start()
  await write(
    client,
    words.name,
    Array.from({ length: 5_000 }, (_, i) => [null, `w${i % 1_000}`] as const),
  )
  await readUntil(
    client,
    counts.name,
    1,
    (all) => all.filter(({ value }) => value.readBigInt64BE(0) === 5n).length === 1_000,
  )
  await first.app.close()
  const progress: RestoreProgress[] = []
  first.app.cleanUp()
  const second = application(countEach(), { ...options, onRestore: (each) => progress.push(each) })
  await second.app.start()
  expect(progress[0]).toMatchObject({
    phase: 'started',
    store: 'each',
    topic: 'app-each-changelog',
    records: 0,
    isStandby: false,
  })
  expect(progress.at(-1)?.phase).toBe('finished')
  expect(progress.at(-1)?.offset).toBe(progress.at(-1)?.endOffset)
  const metric = (name: string): MetricValue | undefined => second.app.metrics().find((each) => each.name === name)
  expect(metric('tidemill_restored_records_total')).toMatchObject({
    value: progress.at(-1)?.records,
    java: 'restore-total',
  })
  expect(metric('tidemill_restore_eta_ms')?.value).toBe(0)
  await write(client, words.name, [[null, 'w7']])
  await readUntil(client, counts.name, 1, (all) =>
    all.some(({ key, value }) => key === 'w7' && value.readBigInt64BE(0) === 6n),
  )
})

test('a standby follows, and its instance goes on with right counts when the other is gone', async () => {
  const { client, servers } = await brokerWith(2, words.name, counts.name)
  const options = { bootstrapServers: servers, standbyReplicas: 1, processingGuarantee: 'exactly-once' } as const
  const updates: RestoreProgress[] = []
  const one = application(countEach(), { ...options, stateDir: temporaryDirectory() })
  await one.app.start()
  const two = application(countEach(), {
    ...options,
    stateDir: temporaryDirectory(),
    onStandbyUpdate: (each) => updates.push(each),
  })
  await two.app.start()
  await write(
    client,
    words.name,
    Array.from({ length: 100 }, (_, i) => [null, `w${i % 10}`] as const),
    2,
  )
  await readUntil(
    client,
    counts.name,
    2,
    (all) => all.filter(({ value }) => value.readBigInt64BE(0) === 10n).length === 10,
  )
  while (!two.app.threads.some(({ tasks }) => tasks.some(({ role }) => role === 'standby')))
    await sleep(systemClock, 20)
  while (updates.length === 0) await sleep(systemClock, 20)
  await one.app.close()
  await write(
    client,
    words.name,
    Array.from({ length: 10 }, (_, i) => [null, `w${i}`] as const),
    2,
  )
  await readUntil(
    client,
    counts.name,
    2,
    (all) => all.filter(({ value }) => value.readBigInt64BE(0) === 11n).length === 10,
  )
})

test('asynchronous steps keep the order of a key, and a commit waits for those in flight', async () => {
  const { client, servers } = await brokerWith(1, input.name, output.name)
  const builder = new StreamsBuilder()
  builder
    .stream(input)
    .mapValuesAsync(
      async (value) => {
        await sleep(systemClock, value === 'slow' ? 150 : 1)
        return `${value}!`
      },
      { value: serdes.string },
    )
    .to(output)
  const { app, warnings } = application(builder.build(), {
    bootstrapServers: servers,
    stateDir: temporaryDirectory(),
    processingGuarantee: 'exactly-once',
  })
  await app.start()
  await write(client, input.name, [
    ['a', 'slow'],
    ['a', 'fast'],
    ['b', 'fast'],
  ])
  const seen = await outputs(client, 3)
  expect(seen.filter((each) => each.startsWith('a='))).toEqual(['a=slow!', 'a=fast!'])
  await app.close()
  const group = await client.admin().groupOffsets('app')
  expect(group.get(topicPartition(input.name, 0))?.offset).toBe(3)
  expect(warnings).toEqual([])
})

test('a record that cannot be read goes to the dead letters with its reason, and the others go on', async () => {
  const numbers = topic('numbers', { value: serdes.int64 })
  const { client, servers } = await brokerWith(1, numbers.name, output.name, 'dead')
  const builder = new StreamsBuilder()
  builder
    .stream(numbers)
    .map((value) => [String(value), 'ok'] as const, { key: serdes.string, value: serdes.string })
    .to(output)
  const { app } = application(builder.build(), {
    bootstrapServers: servers,
    stateDir: temporaryDirectory(),
    onDeserializationError: 'dead-letter',
    deadLetterTopic: 'dead',
  })
  await app.start()
  await write(client, numbers.name, [
    [null, 'not eight bytes'],
    [null, '\0\0\0\0\0\0\0\u0007'],
  ])
  expect(await outputs(client, 1)).toEqual(['7=ok'])
  expect(await outputs(client, 1, 'dead')).toEqual(['null=not eight bytes'])
  expect(app.metrics().find(({ name }) => name === 'tidemill_records_dropped_total')).toMatchObject({
    value: 1,
    labels: { reason: 'deserialization' },
  })
})

test.each(['at-least-once', 'exactly-once'] as const)(
  '%s: a record that the broker refuses makes a dead letter of what it came from, and the others go on',
  async (processingGuarantee) => {
    const { client, servers } = await brokerWith(1, input.name, 'dead')
    const topics = [{ name: output.name, partitions: 1, replicationFactor: 1, config: { 'max.message.bytes': '200' } }]
    const admin = client.admin()
    await admin.createTopics(topics)
    const builder = new StreamsBuilder()
    builder
      .stream(input)
      .mapValues((value) => (value === 'long' ? 'x'.repeat(1_000) : value), { value: serdes.string })
      .to(output, { name: 'to-output' })
    const asked: unknown[] = []
    const { app } = application(builder.build(), {
      bootstrapServers: servers,
      stateDir: temporaryDirectory(),
      commitInterval: '10ms',
      processingGuarantee,
      onProductionError: (_, { cause, node, topic: to, record }) => {
        asked.push({ cause, node, to, from: record.topic, offset: record.offset })
        return 'dead-letter'
      },
      deadLetterTopic: 'dead',
    })
    await app.start()
    await write(client, input.name, [['a', 'long']])
    expect(await outputs(client, 1, 'dead')).toEqual(['a=long'])
    expect(asked).toEqual([{ cause: 'send', node: 'to-output', to: output.name, from: input.name, offset: 0 }])
    await write(client, input.name, [['b', 'short']])
    expect(await outputs(client, 1)).toEqual(['b=short'])
  },
)

test('a pattern reads every topic that matches it', async () => {
  const { client, servers } = await brokerWith(1, 'events-a', 'events-b', 'other', output.name)
  const builder = new StreamsBuilder()
  builder.stream(topicPattern(/events-.*/, texts)).to(output)
  const { app } = application(builder.build(), { bootstrapServers: servers, stateDir: temporaryDirectory() })
  await app.start()
  for (const name of ['events-a', 'other', 'events-b']) await write(client, name, [['k', name]])
  expect([...(await outputs(client, 2))].sort()).toEqual(['k=events-a', 'k=events-b'])
})

describe('an application that is told to shut down by one of its instances', () => {
  test('ends on all of them', { timeout: 120_000 }, async () => {
    const { client, servers } = await brokerWith(2, input.name, output.name)
    const build = (): Topology => {
      const builder = new StreamsBuilder()
      builder
        .stream(input)
        .peek((value) => {
          if (value === 'poison') throw new Error('poisoned')
        })
        .to(output)
      return builder.build()
    }
    const options = { bootstrapServers: servers, onUncaughtError: 'shut-down-application' } as const
    const one = application(build(), { ...options, stateDir: temporaryDirectory() })
    const two = application(build(), { ...options, stateDir: temporaryDirectory() })
    await one.app.start()
    await two.app.start()
    await write(client, input.name, [['k', 'poison']])
    const ends = await Promise.allSettled([one.app.closed, two.app.closed])
    const messages = ends.map((end) => (end.status === 'rejected' ? String(end.reason) : 'closed'))
    expect(messages.filter((message) => message.includes('poisoned'))).toHaveLength(1)
    expect(messages.filter((message) => message.includes('asked all of them to shut down'))).toHaveLength(1)
    expect([one.app.state, two.app.state]).toEqual<StreamsState[]>(['error', 'error'])
  })
})

test.each(['at-least-once', 'exactly-once'] as const)(
  '%s: a broker that restarts in the middle of the work costs nothing',
  { timeout: 120_000 },
  async (processingGuarantee) => {
    const dir = temporaryDirectory()
    const first = await startBroker({ dir })
    const port = first.address?.port as number
    const servers = `127.0.0.1:${port}`
    let broker = first
    onTestFinished(() => broker.close())
    await createTopics(clientOf(first), 2, words.name, counts.name)
    const options = {
      bootstrapServers: servers,
      stateDir: temporaryDirectory(),
      processingGuarantee,
      cacheBytesMax: 0,
    }
    const { app } = application(countEach(), options)
    await app.start()
    await write(
      clientOf(first),
      words.name,
      Array.from({ length: 300 }, (_, i) => [null, `w${i % 3}`] as const),
      2,
    )
    await sleep(systemClock, 30)
    await first.close()
    await sleep(systemClock, 300)
    broker = await startBroker({ dir, listen: { port } })
    const client = clientOf(broker)
    await write(
      client,
      words.name,
      Array.from({ length: 300 }, (_, i) => [null, `w${i % 3}`] as const),
      2,
    )
    const records = await readUntil(
      client,
      counts.name,
      2,
      (all) => all.filter(({ value }) => value.readBigInt64BE(0) === 200n).length >= 3,
      30_000,
    )
    for (const key of ['w0', 'w1', 'w2']) {
      const seen = records.filter((record) => record.key === key).map(({ value }) => Number(value.readBigInt64BE(0)))
      const expected = Array.from({ length: 200 }, (_, i) => i + 1)
      expect(processingGuarantee === 'exactly-once' ? seen : [...new Set(seen)]).toEqual(expected)
    }
    expect(app.state).not.toBe('error')
    await app.close()
    // The epochs of its stores' positions are those of the broker that was started last.
    const second = application(countEach(), options)
    await second.app.start()
    expect(second.warnings).toEqual([])
  },
)

test('metric reporters get all numbers, at the latest when the application closes', async () => {
  const { client, servers } = await brokerWith(1, input.name, output.name)
  const builder = new StreamsBuilder()
  builder.stream(input).to(output)
  const reports: (readonly MetricValue[])[] = []
  const { app } = application(builder.build(), {
    bootstrapServers: servers,
    stateDir: temporaryDirectory(),
    metrics: { reporters: [(values) => reports.push(values)] },
  })
  await app.start()
  await write(client, input.name, [['a', 'b']])
  await outputs(client, 1)
  await app.close()
  const last = reports.at(-1) ?? []
  expect(last.find(({ name }) => name === 'tidemill_records_processed_total')).toMatchObject({
    value: 1,
    kind: 'counter',
  })
})
