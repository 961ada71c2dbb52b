// Apache Kafka's own tools look at an application of ours: its members, what each has, its lag, and what a reset would do.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Streams } from 'tidemill'
import { type Kafka, connect } from 'tidemill/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kafkaClassPath } from '../../scripts/kafka-node.ts'
import { kafkaServers, until } from './harness.ts'
import { takeOverTopics, takeOverTopology } from './take-over-topology.ts'

const scratch = mkdtempSync(join(tmpdir(), 'tidemill-tools-'))
const id = `tools-${process.pid}`
const topics = takeOverTopics(`${id}-`)
let kafka: Kafka
beforeAll(async () => {
  kafka = await connect(kafkaServers)
  await kafka.createTopics(Object.values(topics), { partitions: 2 })
  await using producer = kafka.producer()
  for (let n = 0; n < 40; n++) void producer.send(topics.input, { key: `u${n}`, value: String(n) })
  await producer.flush()
})
afterAll(async () => {
  await kafka.close()
  rmSync(scratch, { recursive: true, force: true })
})

function tool(name: string, ...args: readonly string[]): string {
  const options = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', kafkaClassPath(process.env['KAFKA_VERSION']), name]
  const run = spawnSync('java', [...options, '--bootstrap-server', kafkaServers, ...args], { encoding: 'utf8' })
  return run.stdout
}

async function counted(): Promise<number> {
  let count = 0
  for await (const _record of kafka.read(topics.words, { until: 'end' })) count++
  return count
}

const start = async (number: number): Promise<Streams> => {
  const app = new Streams(takeOverTopology(`${id}-`), {
    applicationId: id,
    bootstrapServers: kafkaServers,
    stateDir: join(scratch, String(number)),
    clientId: `instance-${number}`,
    processingGuarantee: 'exactly-once',
    cacheBytesMax: 0,
  })
  await app.start()
  return app
}

test('the group is described with its members, their partitions and no lag, and a reset is planned', async () => {
  await using one = await start(1)
  await using two = await start(2)
  await until('all is counted', async () => (await counted()) >= 40)
  const offsets = (await kafka.groups()).find(({ groupId }) => groupId === id)?.offsets
  expect(offsets?.some(({ topic }) => topic === topics.input.name)).toBe(true)

  const groups = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'
  // The second comes in by a cooperative rebalance: it has nothing at first.
  await until('both members are described with partitions', () => {
    const members = tool(groups, '--describe', '--group', id, '--members', '--verbose').split('\n')
    return [1, 2].every((number) =>
      members.some((line) =>
        new RegExp(`instance-${number}-StreamThread-1 .*${id}-(?:input|\\S+-repartition):\\d`).test(line),
      ),
    )
  })
  const lags = tool(groups, '--describe', '--group', id)
    .split('\n')
    .filter((line) => line.includes(topics.input.name))
    .map((line) => line.trim().split(/\s+/).slice(2, 6))
  expect(lags.map(([partition, , , lag]) => `${partition} ${lag}`).toSorted()).toEqual(['0 0', '1 0'])
  expect(tool(groups, '--describe', '--group', id, '--state')).toMatch(/stream\s+Stable\s+2/)

  await one.close()
  await two.close()
  const reset = tool(
    'org.apache.kafka.tools.StreamsResetter',
    '--application-id',
    id,
    '--input-topics',
    topics.input.name,
    '--dry-run',
  )
  expect(reset).toContain(`Topic: ${topics.input.name} Partition: 0 Offset: 0`)
  expect(reset).toContain(`${id}-counts-changelog`)
  expect(reset).toContain(`${id}-words-repartition`)
})
