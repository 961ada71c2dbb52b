import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { must } from '../../src/base/index.ts'
import { RecordHeaders, topicPartition } from '../../src/record/index.ts'
import { type TestCluster, createTopic, startCluster } from './harness.ts'

let cluster: TestCluster
beforeEach(async () => {
  cluster = await startCluster()
})
afterEach(() => cluster.close())

const topic = (name: string, partitions = 1, config: Readonly<Record<string, string>> = {}) => {
  return { name, partitions, replicationFactor: -1, config }
}

describe('topics', () => {
  test('those that exist already are said to, and are no error', async () => {
    const admin = cluster.client.admin()
    expect(await admin.createTopics([topic('a', 3)])).toEqual(new Map([['a', 'created']]))
    expect(await admin.createTopics([topic('a', 5), topic('b')])).toEqual(
      new Map([
        ['a', 'exists'],
        ['b', 'created'],
      ]),
    )
    expect((await admin.listTopics()).map(({ name, partitions }) => [name, partitions])).toEqual([
      ['a', 3],
      ['b', 1],
    ])
    expect(cluster.client.cluster.topic('a')?.partitions).toBe(3)
  })

  test('their settings can be set and read', async () => {
    const admin = cluster.client.admin()
    await admin.createTopics([topic('a', 1, { 'cleanup.policy': 'compact' })])
    expect((await admin.topicConfigs(['a'])).get('a')?.['cleanup.policy']).toBe('compact')
  })

  test('a setting that does not exist is refused with its name', async () => {
    await expect(cluster.client.admin().createTopics([topic('a', 1, { 'no.such': '1' })])).rejects.toThrow(/no\.such/)
  })

  test('deleting one that is missing names similar ones', async () => {
    const admin = cluster.client.admin()
    await createTopic(cluster.client, 'orders')
    await expect(admin.deleteTopics(['order'])).rejects.toMatchObject({
      code: 'topic-not-found',
      message: "topic 'order' does not exist: did you mean 'orders'?",
    })
    await admin.deleteTopics(['orders'])
    expect(await admin.listTopics()).toEqual([])
  })

  test('partitions can be added', async () => {
    await createTopic(cluster.client, 'a', 2)
    await cluster.client.admin().createPartitions('a', 4)
    expect(cluster.client.cluster.topic('a')?.partitions).toBe(4)
  })
})

describe('offsets', () => {
  test('are listed by end and by time, and records before one can be deleted', async () => {
    const [tp] = await createTopic(cluster.client, 'a')
    const producer = cluster.client.producer({ lingerMs: 0 })
    for (let i = 0; i < 10; i++) producer.append(tp, null, Buffer.from('v'), 1_000 + i, RecordHeaders.empty)
    await producer.flush()
    const admin = cluster.client.admin()
    expect((await admin.listOffsets([tp], 'latest')).get(tp)?.offset).toBe(10)
    expect((await admin.listOffsets([tp], { atMs: 1_004 })).get(tp)).toMatchObject({ offset: 4, timestamp: 1_004 })
    await admin.deleteRecords(new Map([[tp, 6]]))
    expect((await admin.listOffsets([tp], 'earliest')).get(tp)?.offset).toBe(6)
  })

  test('the end of a leader epoch can be asked for', async () => {
    const [tp] = await createTopic(cluster.client, 'a')
    const producer = cluster.client.producer({ lingerMs: 0 })
    producer.append(tp, null, Buffer.from('v'), 1, RecordHeaders.empty)
    await producer.flush()
    const epoch = must(producer.acknowledged(tp), 'acknowledged').leaderEpoch
    const ends = await cluster.client.admin().offsetForLeaderEpoch(new Map([[tp, epoch]]))
    expect(ends.get(tp)).toEqual({ leaderEpoch: epoch, endOffset: 1 })
  })

  test('a partition beyond the last is named with the range that there is', async () => {
    await createTopic(cluster.client, 'a', 2)
    await expect(cluster.client.admin().listOffsets([topicPartition('a', 2)], 'latest')).rejects.toThrow(
      "a-2 does not exist: topic 'a' has 2 partitions (0 to 1)",
    )
  })
})
