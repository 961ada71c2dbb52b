// Three brokers of a real Apache Kafka: what happens when one is gone.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Streams, StreamsBuilder, type Topic, serdes, topic } from 'tidemill'
import { type Kafka, connect } from 'tidemill/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KafkaCluster } from '../../scripts/kafka-cluster.ts'
import { openClient } from '../../src/app/index.ts'
import { formatAddress } from '../../src/client/index.ts'
import type { OwnClient } from '../../src/client/create-client.ts'
import { topicPartition } from '../../src/record/index.ts'
import { until } from './harness.ts'

const scratch = mkdtempSync(join(tmpdir(), 'tidemill-cluster-'))
let cluster: KafkaCluster
beforeAll(async () => {
  const version = process.env['KAFKA_VERSION']
  cluster = await KafkaCluster.start({ brokers: 3, isLight: true, ...(version !== undefined && { version }) })
})
afterAll(async () => {
  await cluster.stop()
  rmSync(scratch, { recursive: true, force: true })
})

const texts = (name: string, config: Record<string, string> = {}): Topic<string, string> =>
  topic(name, { key: serdes.string, value: serdes.string, config })

/** Node id of the leader. */
async function leaderOf(name: string): Promise<number> {
  // Leaders are the client's own business: only what createClient made shows them.
  const client = (await openClient({ bootstrapServers: cluster.servers })) as OwnClient
  try {
    await client.cluster.refresh([name])
    const leader = client.context.cluster.leader(topicPartition(name, 0))
    const ports = cluster.servers.split(',')
    return 1 + ports.indexOf(leader === undefined ? '' : formatAddress(leader.address))
  } finally {
    await client.close()
  }
}

async function values(kafka: Kafka, from: Topic<string, string>): Promise<readonly string[]> {
  const all: string[] = []
  for await (const { value } of kafka.read(from, { until: 'end' })) all.push(value)
  return all
}

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => String(i))

test('an application and a producer follow the leader when its broker is killed, and nothing is lost or done twice', async () => {
  await using kafka = await connect(cluster.servers)
  const input = texts('follow-input')
  const output = texts('follow-output')
  await kafka.createTopics([input, output], { partitions: 1, replicationFactor: 3 })
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string })
  builder
    .stream(input)
    .groupByKey()
    .count({ store: 'counts' })
    .toStream()
    .mapValues((count) => String(count))
    .to(output)
  await using app = new Streams(builder.build(), {
    applicationId: 'follow',
    bootstrapServers: cluster.servers,
    stateDir: join(scratch, 'follow'),
    processingGuarantee: 'exactly-once',
    cacheBytesMax: 0,
  })
  await app.start()
  await using producer = kafka.producer()
  const send = (from: number, below: number) =>
    Promise.all(
      numbers(below)
        .slice(from)
        .map((value) => producer.send(input, { key: 'k', value })),
    )

  await send(0, 100)
  const leader = await leaderOf(input.name)
  await cluster.kill(leader)
  await send(100, 200)
  await until('200 outputs', async () => (await values(kafka, output)).length >= 200)
  expect(await leaderOf(input.name)).not.toBe(leader)
  await cluster.restart(leader)
  await send(200, 300)
  await until('300 outputs', async () => (await values(kafka, output)).length >= 300)
  expect(await values(kafka, input)).toEqual(numbers(300))
  expect(await values(kafka, output)).toEqual(numbers(301).slice(1))
})

test('writes wait while too few replicas are in sync, say so when their time is over, and go on when there are enough', async () => {
  await using kafka = await connect(cluster.servers)
  const strict = texts('strict', { 'min.insync.replicas': '3' })
  await kafka.createTopics([strict], { partitions: 1, replicationFactor: 3 })
  const leader = await leaderOf(strict.name)
  const other = (leader % 3) + 1
  await using patient = kafka.producer({ deliveryTimeout: '2m' })
  await patient.send(strict, { key: 'k', value: 'before' })
  await cluster.kill(other)
  let refusal = ''
  await until('the broker is taken for dead', async () => {
    await using impatient = kafka.producer({ deliveryTimeout: '1s' })
    refusal = await impatient.send(strict, { key: 'k', value: 'probe' }).then(
      () => '',
      (refused: unknown) => String(refused),
    )
    return refusal.includes('NOT_ENOUGH_REPLICAS')
  })
  expect(refusal).toMatch(
    /1 records for strict-0 were not acknowledged within 1000 ms: .*NOT_ENOUGH_REPLICAS: Fewer replicas are in sync than min\.insync\.replicas/,
  )
  const waiting = patient.send(strict, { key: 'k', value: 'after' })
  await cluster.restart(other)
  await waiting
  expect((await values(kafka, strict)).filter((value) => value !== 'probe')).toEqual(['before', 'after'])
})
