import { describe, expect, it } from 'vitest'
import { FaultDisk, MemoryDisk, must } from '../../src/base/index.ts'
import {
  ERROR,
  createPartitionsApi,
  createTopicsApi,
  deleteRecordsApi,
  deleteTopicsApi,
  describeClusterApi,
  describeConfigsApi,
  incrementalAlterConfigsApi,
  metadataApi,
} from '../../src/protocol/index.ts'
import { TestClient, makeBatch, testBroker } from './test-client.ts'

const TOPIC = 2
const BROKER = 4

async function create(client: TestClient, topic: Record<string, unknown>, validateOnly = false) {
  const asked = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...topic }
  const { topics } = await client.call(createTopicsApi, 7, { topics: [asked], validateOnly })
  return must(topics[0], 'topic')
}

describe('topics', () => {
  it('are made with defaults, configs and ids, and can be used at once', async () => {
    const client = new TestClient((await testBroker({ partitions: 4 })).broker)
    const made = await create(client, {
      numPartitions: -1,
      replicationFactor: -1,
      configs: [{ name: 'retention.ms', value: '1000' }],
    })
    expect(made).toMatchObject({
      errorCode: 0,
      numPartitions: 4,
      replicationFactor: 1,
      topicId: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(made.configs).toContainEqual({
      name: 'retention.ms',
      value: '1000',
      readOnly: false,
      configSource: 1,
      isSensitive: false,
    })
    expect((await client.produce('t', makeBatch(['x']), { partition: 3 })).errorCode).toBe(ERROR.NONE)
  })

  it('are refused for each thing that Kafka refuses', async () => {
    const client = new TestClient((await testBroker()).broker)
    expect((await create(client, {})).errorCode).toBe(ERROR.NONE)
    expect((await create(client, {})).errorCode).toBe(ERROR.TOPIC_ALREADY_EXISTS)
    const refused: readonly (readonly [Record<string, unknown>, number])[] = [
      [{ name: 'a b' }, ERROR.INVALID_TOPIC_EXCEPTION],
      [{ name: '..' }, ERROR.INVALID_TOPIC_EXCEPTION],
      [{ name: 'x'.repeat(250) }, ERROR.INVALID_TOPIC_EXCEPTION],
      [{ name: 'u', numPartitions: 0 }, ERROR.INVALID_PARTITIONS],
      [{ name: 'u', replicationFactor: 3 }, ERROR.INVALID_REPLICATION_FACTOR],
      [{ name: 'u', configs: [{ name: 'no.such', value: '1' }] }, ERROR.INVALID_CONFIG],
      [{ name: 'u', configs: [{ name: 'retention.ms', value: 'soon' }] }, ERROR.INVALID_CONFIG],
      [{ name: 'u', configs: [{ name: 'cleanup.policy', value: 'compact,never' }] }, ERROR.INVALID_CONFIG],
      [
        { name: 'u', numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [7] }] },
        ERROR.INVALID_REPLICA_ASSIGNMENT,
      ],
    ]
    for (const [topic, errorCode] of refused)
      expect([topic, (await create(client, topic)).errorCode]).toEqual([topic, errorCode])
    expect((await create(client, { name: 'u' }, true)).errorCode).toBe(ERROR.NONE)
    const { topics } = await client.call(metadataApi, 12, { topics: null })
    expect(topics.map((topic) => topic.name)).toEqual(['t'])
  })

  it('grow, by every way of counting, and never shrink', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('t', 2)
    await client.createTopic('u', 1)
    const grow = async (counts: Record<string, number>, validateOnly = false) => {
      const topics = Object.entries(counts).map(([name, count]) => ({ name, count, assignments: null }))
      const { results } = await client.call(createPartitionsApi, 3, { topics, timeoutMs: 1000, validateOnly })
      return results.map((result) => [result.name, result.errorCode])
    }
    expect(await grow({ t: 5, u: 1, missing: 2 })).toEqual([
      ['t', 0],
      ['u', ERROR.INVALID_PARTITIONS],
      ['missing', ERROR.UNKNOWN_TOPIC_OR_PARTITION],
    ])
    expect(await grow({ t: 3 })).toEqual([['t', ERROR.INVALID_PARTITIONS]])
    expect(await grow({ t: 9 }, true)).toEqual([['t', 0]])
    const { topics } = await client.call(metadataApi, 9, { topics: [{ name: 't' }], allowAutoTopicCreation: false })
    expect(topics[0]?.partitions.map((partition) => partition.partitionIndex)).toEqual([0, 1, 2, 3, 4])
    expect((await client.produce('t', makeBatch(['x']), { partition: 4 })).baseOffset).toBe(0)
  })

  it('are deleted by name and by id, with their data, their producers and their waiting readers', async () => {
    const disk = new MemoryDisk()
    const { broker } = await testBroker({ disk })
    const client = new TestClient(broker)
    const id = await client.createTopic('t')
    await client.createTopic('u')
    await client.produce('t', makeBatch(['old'], { producerId: 5, producerEpoch: 3, baseSequence: 0 }))
    const waiting = new TestClient(broker).fetch('t', 1, { maxWaitMs: 60_000 })
    const { responses } = await client.call(deleteTopicsApi, 6, {
      topics: [
        { name: null, topicId: id },
        { name: 'u', topicId: '0'.repeat(32) },
        { name: 'v', topicId: '0'.repeat(32) },
        { name: null, topicId: 'ab'.repeat(16) },
      ],
      timeoutMs: 1000,
    })
    expect(responses.map((response) => response.errorCode)).toEqual([
      0,
      0,
      ERROR.UNKNOWN_TOPIC_OR_PARTITION,
      ERROR.UNKNOWN_TOPIC_ID,
    ])
    expect((await waiting).errorCode).toBe(ERROR.UNKNOWN_TOPIC_OR_PARTITION)
    expect(disk.list('').filter((name) => name.startsWith('t-'))).toEqual([])
    await client.createTopic('t')
    expect(await client.values('t')).toEqual([])
    expect(
      (await client.produce('t', makeBatch(['new'], { producerId: 5, producerEpoch: 0, baseSequence: 9 }))).baseOffset,
    ).toBe(0)
  })

  it('are not made when the catalog cannot be written', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const client = new TestClient((await testBroker({ disk })).broker)
    disk.planFailure({ code: 'disk-full', after: 0, operations: ['replace'] })
    expect((await create(client, {})).errorCode).toBe(ERROR.KAFKA_STORAGE_ERROR)
    expect((await client.call(metadataApi, 12, { topics: null })).topics).toEqual([])
    expect((await create(client, {})).errorCode).toBe(ERROR.NONE)
  })
})

describe('configs', () => {
  it('are described whole: value, source, synonyms, type', async () => {
    const client = new TestClient((await testBroker({ configs: { 'log.retention.ms': 5000 } })).broker)
    await client.createTopic('t', 1, { 'cleanup.policy': 'compact' })
    const describe = async (resourceType: number, resourceName: string, configurationKeys: string[] | null) => {
      const { results } = await client.call(describeConfigsApi, 4, {
        resources: [{ resourceType, resourceName, configurationKeys }],
        includeSynonyms: true,
        includeDocumentation: false,
      })
      return must(results[0], 'result')
    }
    const all = await describe(TOPIC, 't', null)
    expect(all.configs.length).toBeGreaterThan(25)
    expect(all.configs.find((config) => config.name === 'cleanup.policy')).toMatchObject({
      value: 'compact',
      configSource: 1,
      configType: 7,
      synonyms: [
        { name: 'cleanup.policy', value: 'compact', source: 1 },
        { name: 'log.cleanup.policy', value: 'delete', source: 5 },
      ],
    })
    const some = await describe(TOPIC, 't', ['retention.ms', 'min.insync.replicas'])
    expect(
      some.configs.map(({ name, value, configSource, configType }) => [name, value, configSource, configType]),
    ).toEqual([
      ['min.insync.replicas', '1', 5, 3],
      ['retention.ms', '5000', 4, 5],
    ])
    const broker = await describe(BROKER, '1', ['log.retention.ms'])
    expect(broker.configs).toMatchObject([{ name: 'log.retention.ms', value: '5000', configSource: 4, readOnly: true }])
    expect((await describe(TOPIC, 'missing', null)).errorCode).toBe(ERROR.UNKNOWN_TOPIC_OR_PARTITION)
    expect((await describe(BROKER, '9', null)).errorCode).toBe(ERROR.INVALID_REQUEST)
  })

  it('are set, deleted, appended and subtracted, hold over a restart, and take effect', async () => {
    const disk = new MemoryDisk()
    const { broker } = await testBroker({ disk })
    const client = new TestClient(broker)
    await client.createTopic('t')
    const alter = async (
      changes: readonly (readonly [string, number, string | null])[],
      validateOnly = false,
    ): Promise<number> => {
      const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }))
      const { responses } = await client.call(incrementalAlterConfigsApi, 1, {
        resources: [{ resourceType: TOPIC, resourceName: 't', configs }],
        validateOnly,
      })
      return must(responses[0], 'response').errorCode
    }
    const value = async (from: TestClient, name: string): Promise<string | null | undefined> => {
      const { results } = await from.call(describeConfigsApi, 4, {
        resources: [{ resourceType: TOPIC, resourceName: 't', configurationKeys: [name] }],
        includeSynonyms: false,
        includeDocumentation: false,
      })
      return results[0]?.configs[0]?.value
    }
    expect(
      await alter([
        ['max.message.bytes', 0, '150'],
        ['cleanup.policy', 2, 'compact'],
      ]),
    ).toBe(ERROR.NONE)
    expect(await value(client, 'cleanup.policy')).toBe('delete,compact')
    expect((await client.produce('t', makeBatch([{ key: 'k', value: 'x'.repeat(200) }]))).errorCode).toBe(
      ERROR.MESSAGE_TOO_LARGE,
    )
    expect(await alter([['cleanup.policy', 3, 'delete']])).toBe(ERROR.NONE)
    expect(await value(client, 'cleanup.policy')).toBe('compact')
    expect(
      await alter([
        ['max.message.bytes', 0, '7'],
        ['nonsense', 0, '1'],
      ]),
    ).toBe(ERROR.INVALID_CONFIG)
    expect(await alter([['max.message.bytes', 2, '7']])).toBe(ERROR.INVALID_CONFIG)
    expect(await alter([['max.message.bytes', 0, '7']], true)).toBe(ERROR.NONE)
    expect(await value(client, 'max.message.bytes')).toBe('150')
    await broker.close()
    const again = new TestClient((await testBroker({ disk })).broker)
    expect(await value(again, 'max.message.bytes')).toBe('150')
    const { responses } = await again.call(incrementalAlterConfigsApi, 1, {
      resources: [
        {
          resourceType: TOPIC,
          resourceName: 't',
          configs: [{ name: 'max.message.bytes', configOperation: 1, value: null }],
        },
      ],
      validateOnly: false,
    })
    expect(responses[0]?.errorCode).toBe(ERROR.NONE)
    expect(await value(again, 'max.message.bytes')).toBe('1048588')
  })
})

describe('records', () => {
  it('are deleted up to an offset or to the high watermark, never beyond', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('t')
    await client.produce('t', makeBatch(['a', 'b', 'c', 'd']))
    const remove = async (offset: number) => {
      const { topics } = await client.call(deleteRecordsApi, 2, {
        topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset }] }],
        timeoutMs: 1000,
      })
      const answer = must(topics[0]?.partitions[0], 'partition')
      return [answer.errorCode, answer.lowWatermark]
    }
    expect(await remove(2)).toEqual([0, 2])
    expect(await remove(1)).toEqual([0, 2])
    expect(await remove(5)).toEqual([ERROR.OFFSET_OUT_OF_RANGE, -1])
    expect(await client.offset('t', -2)).toBe(2)
    expect(await remove(-1)).toEqual([0, 4])
    expect((await client.fetch('t', 4)).errorCode).toBe(ERROR.NONE)
    expect((await client.produce('t', makeBatch(['e']))).baseOffset).toBe(4)
    expect(await client.values('t')).toEqual(['e'])
  })
})

describe('the cluster', () => {
  it('is one node, the controller', async () => {
    const { broker } = await testBroker()
    const client = new TestClient(broker)
    const described = await client.call(describeClusterApi, 2, { includeClusterAuthorizedOperations: false })
    expect(described).toMatchObject({
      errorCode: 0,
      clusterId: broker.clusterId,
      controllerId: 1,
      brokers: [{ brokerId: 1, host: '127.0.0.1' }],
    })
    const wrong = await client.call(describeClusterApi, 1, {
      endpointType: 2,
      includeClusterAuthorizedOperations: false,
    })
    expect(wrong.errorCode).toBe(ERROR.MISMATCHED_ENDPOINT_TYPE)
  })
})
