// The three examples on a real Apache Kafka and on the embedded broker: the same input must give the same results.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Streams, type Topology } from 'tidemill'
import { type Kafka, connect } from 'tidemill/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import clickEnrichment, {
  activities,
  profiles,
  searches,
  views,
} from '../../examples/click-enrichment/src/click-enrichment.ts'
import { clickAt } from '../../examples/click-enrichment/src/feed.ts'
import { tradeAt } from '../../examples/stock-statistics/src/feed.ts'
import stockStatistics, { statistics, trades } from '../../examples/stock-statistics/src/stock-statistics.ts'
import { sentenceAt } from '../../examples/word-count/src/feed.ts'
import wordCount, { lines, wordCounts } from '../../examples/word-count/src/word-count.ts'
import { START_MS, kafkaServers, until } from './harness.ts'

const PROFILES_END = 12
type Guarantee = 'at-least-once' | 'exactly-once'

interface Example {
  readonly name: string
  readonly topology: () => Topology
  readonly inputs: readonly Parameters<Kafka['createTopics']>[0][number][]
  readonly output: Parameters<Kafka['createTopics']>[0][number]
  feed(kafka: Kafka): Promise<void>
  /** What must be equal wherever it runs. */
  results(kafka: Kafka): Promise<readonly string[]>
}

const EXAMPLES: readonly Example[] = [
  {
    name: 'word count',
    topology: wordCount,
    inputs: [lines],
    output: wordCounts,
    async feed(kafka) {
      await using producer = kafka.producer()
      for (let i = 0; i < 600; i++) void producer.send(lines, { value: sentenceAt(i), timestamp: START_MS + i })
      await producer.flush()
    },
    async results(kafka) {
      const counts = new Map<string, number>()
      for await (const { key, value } of kafka.read(wordCounts, { until: 'end' })) counts.set(key, value)
      return [...counts].map(([word, count]) => `${word} ${count}`)
    },
  },
  {
    name: 'stock statistics',
    topology: stockStatistics,
    inputs: [trades],
    output: statistics,
    async feed(kafka) {
      await using producer = kafka.producer()
      for (let i = 0; i < 1_000; i++) {
        const { symbol, trade, atMs } = tradeAt(i)
        void producer.send(trades, { key: symbol, value: trade, timestamp: START_MS + atMs })
      }
      await producer.flush()
    },
    async results(kafka) {
      const last = new Map<string, unknown>()
      for await (const { key, value } of kafka.read(statistics, { until: 'end' }))
        last.set(`${key.key}@${key.window.start}`, value)
      return [...last].map(([window, value]) => `${window} ${JSON.stringify(value)}`)
    },
  },
  {
    name: 'click enrichment',
    topology: clickEnrichment,
    inputs: [views, searches, profiles],
    output: activities,
    async feed(kafka) {
      await using producer = kafka.producer()
      for (let i = 0; i < 800; i++) {
        const click = clickAt(i)
        const timestamp = START_MS + click.atMs
        if (click.kind === 'view') void producer.send(views, { key: click.userId, value: click.value, timestamp })
        if (click.kind === 'search') void producer.send(searches, { key: click.userId, value: click.value, timestamp })
        // Profiles are the oldest: a stream-table join depends on what the table holds when the view is processed.
        if (click.kind === 'profile' && i < PROFILES_END)
          void producer.send(profiles, { key: click.userId, value: click.value, timestamp: START_MS })
      }
      await producer.flush()
    },
    async results(kafka) {
      const results: string[] = []
      for await (const { key, value } of kafka.read(activities, { until: 'end' }))
        results.push(`${key} ${JSON.stringify(value)}`)
      return results
    },
  },
]

const scratch = mkdtempSync(join(tmpdir(), 'tidemill-examples-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
let runs = 0

/** The examples' topics have their names for good, and a Kafka deletes in its own time. */
async function createAnew(kafka: Kafka, { inputs, output }: Example): Promise<void> {
  const topics = [...inputs, output]
  const names = new Set(topics.map(({ name }) => name))
  const present = async (): Promise<readonly string[]> =>
    (await kafka.topics()).map(({ name }) => name).filter((name) => names.has(name))
  const old = await present()
  if (old.length > 0) await kafka.deleteTopics(old)
  await until('the old topics are gone', async () => (await present()).length === 0)
  await kafka.createTopics(topics, { partitions: 2 })
  await until('the topics are there', async () => (await present()).length === topics.length)
}

/** Whether the group has committed the ends of the inputs and of its repartition topics. */
async function isDone(kafka: Kafka, applicationId: string, { inputs }: Example): Promise<boolean> {
  const own = (await kafka.topics()).map(({ name }) => name).filter((name) => name.startsWith(`${applicationId}-`))
  const read = [...inputs.map(({ name }) => name), ...own.filter((name) => name.endsWith('-repartition'))]
  const group = (await kafka.groups()).find(({ groupId }) => groupId === applicationId)
  for (const topic of read) {
    for (const { partition, offset } of await kafka.offsets(topic)) {
      const committed = group?.offsets.find((each) => each.topic === topic && each.partition === partition)
      if (offset > (committed?.offset ?? 0)) return false
    }
  }
  return true
}

/** What is `expected` is waited for: a Kafka ends a transaction in one partition after the other. */
async function run(
  example: Example,
  bootstrapServers: string,
  guarantee: Guarantee,
  expected?: readonly string[],
): Promise<readonly string[]> {
  const applicationId = `${example.name.replaceAll(' ', '-')}-${guarantee}-${process.pid}-${runs++}`
  await using kafka = await connect(bootstrapServers)
  await createAnew(kafka, example)
  await example.feed(kafka)
  await using app = new Streams(example.topology(), {
    applicationId,
    bootstrapServers,
    stateDir: join(scratch, applicationId),
    processingGuarantee: guarantee,
    commitInterval: '100ms',
    taskIdle: '2s',
  })
  await app.start()
  await until('all input is processed', () => isDone(kafka, applicationId, example))
  let results: readonly string[] = []
  const isThere = async (): Promise<boolean> => {
    results = (await example.results(kafka)).toSorted()
    return expected === undefined || results.join('\n') === expected.join('\n')
  }
  await until('the results are there', isThere).catch(() => undefined) // the test says how they differ
  return results
}

describe.each(EXAMPLES)('$name', (example) => {
  const embedded = new Map<Guarantee, readonly string[]>()
  beforeAll(async () => {
    for (const guarantee of ['at-least-once', 'exactly-once'] as const)
      embedded.set(guarantee, await run(example, `embedded:${join(scratch, `broker-${runs}`)}`, guarantee))
  })

  test.each(['at-least-once', 'exactly-once'] as const)(
    '%s: Apache Kafka and the embedded broker give the same',
    async (guarantee) => {
      const results = await run(example, kafkaServers, guarantee, embedded.get(guarantee))
      expect(results.length).toBeGreaterThan(50)
      expect(results).toEqual(embedded.get(guarantee))
    },
  )

  test('both guarantees give the same where nothing fails', () => {
    expect(embedded.get('exactly-once')).toEqual(embedded.get('at-least-once'))
  })
})
