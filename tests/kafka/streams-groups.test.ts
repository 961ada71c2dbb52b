// The group protocol of KIP-1071 on a real Apache Kafka: its coordinator assigns the tasks.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StreamsOptions, Streams, StreamsBuilder, serdes, topic, topicPattern } from 'tidemill'
import { type Kafka, connect } from 'tidemill/client'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { kafkaServers, until } from './harness.ts'

const scratch = mkdtempSync(join(tmpdir(), 'tidemill-streams-groups-'))
let kafka: Kafka
beforeAll(async () => {
  kafka = await connect(kafkaServers)
})
afterAll(async () => {
  await kafka.close()
  rmSync(scratch, { recursive: true, force: true })
})

const id = `streams-group-${process.pid}`
const words = topic(`${id}-words`, { value: serdes.string, partitions: 4 })
const counts = topic(`${id}-counts`, { key: serdes.string, value: serdes.int64, partitions: 4 })

function instance(name: string, options: Partial<StreamsOptions> = {}): Streams {
  const builder = new StreamsBuilder()
  builder
    .stream(words)
    .groupBy((word) => word, { key: serdes.string })
    .count()
    .toStream()
    .to(counts)
  const app = new Streams(builder.build(), {
    applicationId: id,
    bootstrapServers: kafkaServers,
    groupProtocol: 'streams',
    processingGuarantee: 'exactly-once',
    stateDir: join(scratch, name),
    ...options,
  })
  onTestFinished(() => app.close())
  return app
}

const tasksOf = (app: Streams): number =>
  app.threads.flatMap(({ tasks }) => tasks).filter(({ role }) => role === 'active').length

async function write(values: readonly string[]): Promise<void> {
  await using producer = kafka.producer()
  for (const value of values) void producer.send(words, { value })
  await producer.flush()
}

async function last(): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {}
  for await (const { key, value } of kafka.read(counts, { until: 'end', isolation: 'read-committed' }))
    found[key] = value ?? 0
  return found
}

test('shares the tasks out among instances, hands them on, and counts each record once', async () => {
  await kafka.createTopics([words, counts])
  const first = instance('first')
  await first.start()
  await until('the first instance has all tasks', () => tasksOf(first) === 8)
  const second = instance('second')
  await second.start()
  await until('both have half of them', () => tasksOf(first) === 4 && tasksOf(second) === 4)
  await write(['a', 'b', 'c', 'a'])
  await until('four are counted', async () => (await last())['a'] === 2)
  await second.close()
  await until('the first has all of them again', () => tasksOf(first) === 8)
  await write(['a', 'b'])
  await until('six are counted', async () => (await last())['a'] === 3 && (await last())['b'] === 2)
  expect(await last()).toEqual({ a: 3, b: 2, c: 1 })
  const group = (await kafka.groups()).find(({ groupId }) => groupId === id)
  expect(group?.protocolType).toBe('streams')
})

test('refuses sources by pattern, with what to do', async () => {
  const builder = new StreamsBuilder()
  builder.stream(topicPattern(/nothing-.*/, { value: serdes.string })).foreach(() => undefined)
  const app = new Streams(builder.build(), {
    applicationId: `${id}-pattern`,
    bootstrapServers: kafkaServers,
    groupProtocol: 'streams',
    stateDir: join(scratch, 'pattern'),
    onUncaughtError: 'shut-down-client',
  })
  onTestFinished(() => app.close())
  await expect(app.start()).rejects.toThrow(/knows no sources by pattern.*groupProtocol 'classic'/)
})
