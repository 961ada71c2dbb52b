// How an application says where it is and why it does not move: app.status(), lags, and pausing parts of it.
import { expect, onTestFinished, test, vi } from 'vitest'
import { askInstances } from '../../src/app/index.ts'
import {
  StreamsBuilder,
  Streams,
  type TaskStatus,
  type Topology,
  type Wait,
  describeWait,
  serdes,
  topic,
} from '../../src/index.ts'
import {
  application,
  clientOf,
  createTopics,
  memoryBroker,
  readUntil,
  send,
  temporaryDirectory,
  wordCount,
} from './harness.ts'

const WAIT = { timeout: 20_000, interval: 20 }
const input = topic('lines', { value: serdes.string })
const other = topic('others', { key: input.key, value: serdes.string })

function tasksOf(app: Streams): readonly TaskStatus[] {
  return app.status().threads.flatMap(({ tasks }) => tasks)
}

function waitsOf(app: Streams): readonly Wait[] {
  return tasksOf(app).flatMap(({ waits }) => waits)
}

test('a promise that does not settle is told with its node, key and record', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, 1, input.name)
  let settle: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (settle = resolve))
  const builder = new StreamsBuilder()
  builder
    .stream(input)
    .selectKey((value) => `user-${value}`)
    .foreachAsync(() => gate, { name: 'ask-the-oracle' })
  const stateDir = temporaryDirectory()
  const { app } = application(builder.build(), { bootstrapServers, stateDir, commitInterval: '20ms' })
  await app.start()
  await send(client, input.name, 1, ['first', 'ada'])
  await vi.waitFor(() => expect(waitsOf(app).filter(({ kind }) => kind === 'async-step')).toHaveLength(2), WAIT)
  const [oldest] = waitsOf(app)
  expect(oldest).toMatchObject({ node: 'ask-the-oracle', key: "'user-first'", topic: 'lines', partition: 0, offset: 0 })
  await vi.waitFor(
    () => expect(waitsOf(app)).toContainEqual(expect.objectContaining({ kind: 'commit', phase: 'async-steps' })),
    WAIT,
  )
  // Another process sees the same: the address and its token are in the state directory.
  const [asked] = await askInstances(stateDir, 'app')
  expect(asked?.status?.threads[0]?.tasks[0]?.waits.map(describeWait)).toContainEqual(
    expect.stringMatching(/^ask-the-oracle has not settled for .* s: key 'user-first', lines-0 offset 0$/),
  )
  settle()
  await vi.waitFor(() => expect(waitsOf(app)).toEqual([]), WAIT)
  await app.close()
  expect(await askInstances(stateDir)).toEqual([])
})

test('under exactly-once a thread with async steps commits every second where nobody says otherwise', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, 1, input.name, other.name)
  const builder = new StreamsBuilder()
  const { slow, fast } = builder.stream(input).split({ slow: (value) => value === 'slow', fast: 'otherwise' })
  slow.mapValuesAsync((value) => Promise.resolve(value), { value: serdes.string }).to(other)
  fast.to(other)
  const options = { applicationId: 'app', bootstrapServers, stateDir: temporaryDirectory() }
  const app = new Streams(builder.build(), { ...options, processingGuarantee: 'exactly-once' })
  onTestFinished(() => app.close())
  await app.start()
  await send(client, input.name, 1, ['fast'])
  await readUntil(client, other.name, 1, (all) => all.length === 1)
  expect(app.status().threads).toMatchObject([{ commitIntervalMs: 100 }])
  await send(client, input.name, 1, ['slow'])
  await readUntil(client, other.name, 1, (all) => all.length === 2)
  expect(app.status().threads).toMatchObject([{ commitIntervalMs: 1_000 }])
})

test('a task that keeps records in order of time names the input that it waits for', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, 1, input.name, other.name)
  const builder = new StreamsBuilder()
  builder.stream([input, other]).foreach(() => undefined)
  const { app } = application(builder.build(), { bootstrapServers, stateDir: temporaryDirectory(), taskIdle: '1h' })
  await app.start()
  await send(client, input.name, 1, ['a', 'b'])
  await vi.waitFor(
    () => expect(waitsOf(app)).toMatchObject([{ kind: 'input', topic: 'others', partition: 0, why: 'idle' }]),
    WAIT,
  )
  const [task] = tasksOf(app)
  expect(task?.inputs.find(({ topic: name }) => name === 'lines')).toMatchObject({ endOffset: 2, lagRecords: 2 })
  const metrics = app.metrics().filter(({ labels }) => labels['topic'] === undefined || labels['topic'] === 'lines')
  const numbers = new Map(metrics.map(({ name, value, java }) => [name, { value, java }]))
  expect(numbers.get('tidemill_lag_records')).toEqual({ value: 2, java: 'records-lag' })
  expect(numbers.get('tidemill_lag_ms')?.value).toBe(0) // nothing was processed yet
  expect([...numbers.keys()]).toEqual(
    expect.arrayContaining(['tidemill_commit_age_ms', 'tidemill_standby_lag_records']),
  )
  await send(client, other.name, 1, ['c'])
  await vi.waitFor(() => expect(tasksOf(app)[0]?.streamTime).toBeGreaterThanOrEqual(1_000), WAIT)
})

test('one sub-topology is paused while the others go on', async () => {
  const { broker, servers: bootstrapServers } = await memoryBroker()
  const client = clientOf(broker)
  await createTopics(client, 1, 'lines', 'word-counts')
  const topology: Topology = wordCount()
  const { app } = application(topology, { bootstrapServers, stateDir: temporaryDirectory() })
  app.pause(1)
  await app.start()
  await send(client, 'lines', 1, ['one two'])
  const counting = (): TaskStatus | undefined => tasksOf(app).find(({ taskId }) => taskId === '1_0')
  await vi.waitFor(() => expect(counting()).toMatchObject({ bufferedRecords: 2, waits: [{ kind: 'paused' }] }), WAIT)
  expect(app.isPaused).toBe(false)
  app.resume(1)
  await readUntil(client, 'word-counts', 1, (all) => all.length === 2)
  await vi.waitFor(() => expect(counting()?.waits).toEqual([]), WAIT)
})
