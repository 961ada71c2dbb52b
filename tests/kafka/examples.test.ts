// The three examples on a real Apache Kafka and on the embedded broker: the same input must give the same results.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Streams, type Topology } from 'tidemill'
import { connect } from 'tidemill/client'
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

const KAFKA = process.env['BOOTSTRAP_SERVERS'] ?? '127.0.0.1:9092'
const START_MS = Date.UTC(2026, 0, 1)
const IDLE_MS = 3_000
const WAIT_MS_MAX = 60_000
type Guarantee = 'at-least-once' | 'exactly-once'
type Kafka = Awaited<ReturnType<typeof connect>>

interface Example {
  readonly name: string
  readonly topology: () => Topology
  readonly topics: readonly Parameters<Kafka['createTopics']>[0][number][]
  feed(kafka: Kafka): Promise<void>
  /** What must be equal wherever it runs. */
  results(kafka: Kafka): Promise<unknown>
}

/** Reads until nothing came for a while. */
async function readQuiet<K, V>(
  kafka: Kafka,
  topic: Parameters<typeof kafka.read<K, V>>[0],
): Promise<{ key: K; value: V }[]> {
  const records: { key: K; value: V }[] = []
  const controller = new AbortController()
  let timer = setTimeout(() => controller.abort(), WAIT_MS_MAX)
  for await (const record of kafka.read(topic, { from: 'earliest', signal: controller.signal })) {
    records.push({ key: record.key, value: record.value })
    clearTimeout(timer)
    timer = setTimeout(() => controller.abort(), IDLE_MS)
  }
  clearTimeout(timer)
  return records
}

const EXAMPLES: readonly Example[] = [
  {
    name: 'word count',
    topology: wordCount,
    topics: [lines, wordCounts],
    async feed(kafka) {
      await using producer = kafka.producer()
      for (let i = 0; i < 600; i++) void producer.send(lines, { value: sentenceAt(i), timestamp: START_MS + i })
      await producer.flush()
    },
    async results(kafka) {
      const counts = new Map<string, number>()
      for (const { key, value } of await readQuiet(kafka, wordCounts)) counts.set(key, value)
      return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
    },
  },
  {
    name: 'stock statistics',
    topology: stockStatistics,
    topics: [trades, statistics],
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
      for (const { key, value } of await readQuiet(kafka, statistics)) last.set(`${key.key}@${key.window.start}`, value)
      return [...last].toSorted(([a], [b]) => (a < b ? -1 : 1))
    },
  },
  {
    name: 'click enrichment',
    topology: clickEnrichment,
    topics: [views, searches, profiles, activities],
    async feed(kafka) {
      await using producer = kafka.producer()
      // Profiles first and settled: a stream-table join depends on what the table holds when the view is processed.
      for (let i = 0; i < 12; i++) {
        const click = clickAt(i)
        if (click.kind === 'profile')
          void producer.send(profiles, { key: click.userId, value: click.value, timestamp: START_MS })
      }
      await producer.flush()
      for (let i = 12; i < 800; i++) {
        const click = clickAt(i)
        const timestamp = START_MS + click.atMs
        if (click.kind === 'view') void producer.send(views, { key: click.userId, value: click.value, timestamp })
        if (click.kind === 'search') void producer.send(searches, { key: click.userId, value: click.value, timestamp })
      }
      await producer.flush()
    },
    async results(kafka) {
      // Which views are joined depends on how the two topics interleave; that each view gives at least one result does not.
      const results = await readQuiet(kafka, activities)
      return new Set(results.map(({ key, value }) => `${key} ${value.user} ${value.page}`)).size
    },
  },
]

const scratch = mkdtempSync(join(tmpdir(), 'tidemill-examples-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
let runs = 0

async function run(example: Example, bootstrapServers: string, guarantee: Guarantee): Promise<unknown> {
  const id = `${example.name.replaceAll(' ', '-')}-${guarantee}-${process.pid}-${runs++}`
  await using kafka = await connect(bootstrapServers)
  const names = example.topics.map((topic) => topic.name)
  await kafka.deleteTopics(names).catch(() => undefined)
  await kafka.createTopics(example.topics, { partitions: 2 })
  await example.feed(kafka)
  await using app = new Streams(example.topology(), {
    applicationId: id,
    bootstrapServers,
    stateDir: join(scratch, id),
    processingGuarantee: guarantee,
    commitInterval: '100ms',
    taskIdle: '500ms',
  })
  await app.start()
  return example.results(kafka)
}

describe.each(EXAMPLES)('$name', (example) => {
  const embedded = new Map<Guarantee, unknown>()
  beforeAll(async () => {
    for (const guarantee of ['at-least-once', 'exactly-once'] as const) {
      embedded.set(guarantee, await run(example, `embedded:${join(scratch, `broker-${runs}`)}`, guarantee))
    }
  })

  test.each(['at-least-once', 'exactly-once'] as const)(
    '%s: Apache Kafka and the embedded broker give the same',
    async (guarantee) => {
      const results = await run(example, KAFKA, guarantee)
      expect(results).toEqual(embedded.get(guarantee))
      expect(Array.isArray(results) ? results.length : results).toBeGreaterThan(10)
    },
  )
})
