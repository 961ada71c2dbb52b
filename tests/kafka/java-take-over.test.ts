// A Java Kafka Streams application and ours with the same application id take over from one another: offsets, changelogs and repartition
// topics, with exact counts across all of it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Streams, type Topic } from 'tidemill'
import { type Kafka, connect } from 'tidemill/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KAFKA_VERSIONS, provideJars } from '../../scripts/kafka-node.ts'
import { START_MS, kafkaServers, until } from './harness.ts'
import { takeOverTopics, takeOverTopology } from './take-over-topology.ts'

const USERS = 11
const BATCH = 300
const source = fileURLToPath(new URL('java/TakeOver.java', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'tidemill-take-over-'))
const running = new Set<ChildProcess>()
let classPath: string

beforeAll(() => {
  const [version] = KAFKA_VERSIONS
  const jars = provideJars(`kafka-streams-${version}`, [
    `org.apache.kafka:kafka-streams:${version}`,
    'org.slf4j:slf4j-simple:1.7.36',
  ])
  classPath = `${join(jars, '*')}${delimiter}${scratch}`
  const compiled = spawnSync('javac', ['-cp', classPath, '-d', scratch, source], { encoding: 'utf8' })
  expect(compiled.stderr).toBe('')
}, 600_000)
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(scratch, { recursive: true, force: true })
})

let runs = 0
class Story {
  readonly id = `take-over-${process.pid}-${runs++}`
  readonly prefix = `${this.id}-`
  readonly topics = takeOverTopics(this.prefix)
  readonly kafka: Kafka
  #sent = 0

  constructor(kafka: Kafka) {
    this.kafka = kafka
  }

  async createTopics(): Promise<void> {
    await this.kafka.createTopics(Object.values(this.topics), { partitions: 3 })
  }

  /** Sends the next numbers, and waits until all that follows from them has come out. */
  async feed(): Promise<void> {
    await using producer = this.kafka.producer()
    for (const end = this.#sent + BATCH; this.#sent < end; this.#sent++) {
      const n = this.#sent
      void producer.send(this.topics.input, { key: `u${n % USERS}`, value: String(n), timestamp: START_MS + n })
    }
    await producer.flush()
    for (const topic of [this.topics.counts, this.topics.words, this.topics.days])
      await until(`${topic.name} has ${this.#sent} values`, async () => (await this.values(topic)).length >= this.#sent)
  }

  async values(topic: Topic<string, string>): Promise<readonly (readonly [string, string])[]> {
    const all: [string, string][] = []
    for await (const { key, value } of this.kafka.read(topic, { until: 'end' })) all.push([key, value])
    return all
  }

  /** Each key's values must be 1, 2, ... n; as many as were sent. */
  async expectExactCounts(): Promise<void> {
    for (const topic of [this.topics.counts, this.topics.words, this.topics.days]) {
      const byKey = new Map<string, string[]>()
      for (const [key, value] of await this.values(topic)) byKey.set(key, [...(byKey.get(key) ?? []), value])
      let total = 0
      for (const [key, values] of byKey) {
        expect(`${topic.name} ${key}: ${values.join(' ')}`).toBe(
          `${topic.name} ${key}: ${values.map((_, i) => String(i + 1)).join(' ')}`,
        )
        total += values.length
      }
      expect(total).toBe(this.#sent)
    }
    expect((await this.values(this.topics.users)).at(-1)).toEqual(['all', String(USERS)])
  }

  /** Java's application until the returned function is called. */
  async java(): Promise<() => Promise<void>> {
    const child = spawn('java', ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-cp', classPath, 'TakeOver'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: {
        ...process.env,
        APP_ID: this.id,
        BOOTSTRAP: kafkaServers,
        PREFIX: this.prefix,
        STATE_DIR: join(scratch, `java-${this.id}`),
      },
    })
    running.add(child)
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (/^RUNNING$/m.test(chunk.toString('utf8'))) resolve()
      })
      child.once('exit', (code) => reject(new Error(`Java ended with exit code ${code}`)))
    })
    return async () => {
      child.kill('SIGTERM')
      await ended
      running.delete(child)
    }
  }

  async ours(): Promise<Streams> {
    const app = new Streams(takeOverTopology(this.prefix), {
      applicationId: this.id,
      bootstrapServers: kafkaServers,
      stateDir: join(scratch, `ours-${this.id}`),
      processingGuarantee: 'exactly-once',
      cacheBytesMax: 0,
      consumer: { sessionTimeout: '10s' },
    })
    await app.start()
    return app
  }
}

test('Java stops, ours takes over, and Java takes over again: every count is exact', async () => {
  await using kafka = await connect(kafkaServers)
  const story = new Story(kafka)
  await story.createTopics()
  for (let round = 0; round < 2; round++) {
    const stopJava = await story.java()
    await story.feed()
    await stopJava()
    const app = await story.ours()
    await story.feed()
    await app.close()
  }
  await story.expectExactCounts()
}, 300_000)

test('Java and ours share the tasks of one group, and hand them to one another', async () => {
  await using kafka = await connect(kafkaServers)
  const story = new Story(kafka)
  await story.createTopics()
  const stopJava = await story.java()
  await story.feed()
  const app = await story.ours()
  await story.feed()
  await stopJava()
  await story.feed()
  const stopAgain = await story.java()
  await story.feed()
  await app.close()
  await story.feed()
  await stopAgain()
  await story.expectExactCounts()
}, 300_000)
