import { describe, expect, it } from 'vitest'
import { FaultDisk, MemoryDisk, must } from '../../src/base/index.ts'
import {
  ERROR,
  apiVersionsApi,
  fetchApi,
  listOffsetsApi,
  metadataApi,
  offsetForLeaderEpochApi,
  produceApi,
  readBatches,
} from '../../src/protocol/index.ts'
import { START_MS, TestClient, makeBatch, settle, testBroker, valuesIn } from './test-client.ts'

describe('produce', () => {
  it('gives consecutive offsets and reads back what was written', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('t')
    expect(await client.produce('t', makeBatch(['a', 'b']))).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(await client.produce('t', makeBatch(['c']))).toMatchObject({ errorCode: 0, baseOffset: 2 })
    expect(await client.values('t')).toEqual(['a', 'b', 'c'])
    expect(await client.offset('t', -1)).toBe(3)
  })

  it('answers a retry of each of the last five batches with its first offset and appends nothing', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('t')
    const { producerId, producerEpoch } = await client.initProducer()
    const batch = (baseSequence: number): Buffer =>
      makeBatch([`v${baseSequence}`], { producerId, producerEpoch, baseSequence })
    for (let i = 0; i < 7; i++)
      expect(await client.produce('t', batch(i))).toMatchObject({ errorCode: 0, baseOffset: i })
    for (let i = 2; i < 7; i++)
      expect(await client.produce('t', batch(i))).toMatchObject({ errorCode: 0, baseOffset: i })
    expect((await client.produce('t', batch(1))).errorCode).toBe(ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect((await client.produce('t', batch(8))).errorCode).toBe(ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect(await client.offset('t', -1)).toBe(7)
  })

  it('counts sequences on from 2^31-1 to 0', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('t')
    const producer = { producerId: 4711, producerEpoch: 0 }
    const last = 2 ** 31 - 1
    expect(
      (await client.produce('t', makeBatch(['a', 'b', 'c'], { ...producer, baseSequence: last - 1 }))).errorCode,
    ).toBe(0)
    expect((await client.produce('t', makeBatch(['d'], { ...producer, baseSequence: 2 }))).errorCode).toBe(
      ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER,
    )
    expect((await client.produce('t', makeBatch(['d'], { ...producer, baseSequence: 1 }))).errorCode).toBe(0)
    expect(
      await client.produce('t', makeBatch(['a', 'b', 'c'], { ...producer, baseSequence: last - 1 })),
    ).toMatchObject({
      errorCode: 0,
      baseOffset: 0,
    })
  })

  it('keeps producers apart by partition and epoch', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('t', 2)
    const at = (producerEpoch: number, baseSequence: number): Buffer =>
      makeBatch(['x'], { producerId: 9, producerEpoch, baseSequence })
    expect((await client.produce('t', at(3, 0))).errorCode).toBe(0)
    expect((await client.produce('t', at(2, 1))).errorCode).toBe(ERROR.INVALID_PRODUCER_EPOCH)
    expect((await client.produce('t', at(4, 1))).errorCode).toBe(ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER)
    expect((await client.produce('t', at(4, 0))).errorCode).toBe(0)
    expect((await client.produce('t', at(2, 0), { partition: 1 })).errorCode).toBe(0)
  })

  it('refuses what Kafka refuses, each with its error, and goes on', async () => {
    const { broker } = await testBroker()
    const client = new TestClient(broker)
    await client.createTopic('t', 1, { 'max.message.bytes': '200' })
    await client.createTopic('compacted', 1, { 'cleanup.policy': 'compact' })
    const errorOf = async (topic: string, records: Buffer, options = {}): Promise<number> => {
      return (await client.produce(topic, records, options)).errorCode
    }
    const broken = makeBatch(['x'])
    broken[64] = (broken[64] ?? 0) ^ 1
    expect(await errorOf('t', broken)).toBe(ERROR.CORRUPT_MESSAGE)
    expect(await errorOf('t', makeBatch(['x'.repeat(300)]))).toBe(ERROR.MESSAGE_TOO_LARGE)
    expect(await errorOf('t', makeBatch([{ value: 'x', timestamp: START_MS + 3_600_001 }]))).toBe(
      ERROR.INVALID_TIMESTAMP,
    )
    expect(await errorOf('t', Buffer.concat([makeBatch(['a']), makeBatch(['b'])]))).toBe(ERROR.INVALID_RECORD)
    expect(
      await errorOf(
        't',
        makeBatch(['x'], { isControl: true, isTransactional: true, producerId: 1, producerEpoch: 0, baseSequence: 0 }),
      ),
    ).toBe(ERROR.INVALID_RECORD)
    expect(await errorOf('compacted', makeBatch([{ key: null, value: 'x' }]))).toBe(ERROR.INVALID_RECORD)
    expect(await errorOf('compacted', makeBatch([{ key: 'k', value: 'x' }]))).toBe(ERROR.NONE)
    expect(await errorOf('no-such-topic', makeBatch(['x']))).toBe(ERROR.UNKNOWN_TOPIC_OR_PARTITION)
    expect(await errorOf('t', makeBatch(['x']), { partition: 1 })).toBe(ERROR.UNKNOWN_TOPIC_OR_PARTITION)
    expect(await errorOf('t', makeBatch(['x']), { acks: 2 })).toBe(ERROR.INVALID_REQUIRED_ACKS)
    expect(await client.values('t')).toEqual([])
    expect((await client.produce('t', makeBatch(['good']))).baseOffset).toBe(0)
  })

  it('stamps the time of arrival by the topic, not by the bit in the batch, and keeps the checksum right', async () => {
    const { broker, clock } = await testBroker()
    const client = new TestClient(broker)
    await client.createTopic('t', 1, { 'message.timestamp.type': 'LogAppendTime' })
    clock.advance(5000)
    expect(await client.produce('t', makeBatch(['x']))).toMatchObject({
      errorCode: 0,
      logAppendTimeMs: START_MS + 5000,
    })
    const [batch] = readBatches((await client.fetch('t', 0)).records)
    expect(batch).toMatchObject({ timestampType: 'log-append', maxTimestamp: START_MS + 5000 })
  })

  it('answers nothing to acks=0, keeps the order of the other answers, and closes the connection on an error', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('t')
    const request = (name: string) => ({
      acks: 0,
      timeoutMs: 1000,
      topicData: [{ name, partitionData: [{ index: 0, records: makeBatch(['quiet']) }] }],
    })
    client.send(produceApi, 9, request('t'))
    expect((await client.produce('t', makeBatch(['loud']))).baseOffset).toBe(1)
    client.send(produceApi, 9, request('missing'))
    expect(client.isClosed).toBe(true)
  })

  it('acknowledges acks=all only after the sync, acks=1 before it, and shows readers what is synced', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const { broker } = await testBroker({ disk })
    const client = new TestClient(broker)
    await client.createTopic('t')
    await client.produce('t', makeBatch(['first']))
    const release = disk.holdSyncs()
    expect((await client.produce('t', makeBatch(['a']), { acks: 1 })).baseOffset).toBe(1)
    let answers = 0
    const writers = ['b', 'c'].map((value) =>
      new TestClient(broker).produce('t', makeBatch([value])).then(() => answers++),
    )
    await settle()
    expect(answers).toBe(0)
    expect((await client.fetch('t', 0)).highWatermark).toBe(1)
    release()
    await Promise.all(writers)
    expect(await client.values('t')).toEqual(['first', 'a', 'b', 'c'])
  })

  it('gathers what is appended during a sync into one next sync', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const client = new TestClient((await testBroker({ disk })).broker)
    await client.createTopic('t')
    await client.produce('t', makeBatch(['first']))
    let syncs = 0
    disk.onOperation = (operation) => void (operation === 'sync' && syncs++)
    const release = disk.holdSyncs()
    const answers = Promise.all(Array.from({ length: 50 }, (_, i) => client.produce('t', makeBatch([`v${i}`]))))
    await settle()
    expect(syncs).toBe(1)
    const later = Promise.all(Array.from({ length: 50 }, (_, i) => client.produce('t', makeBatch([`w${i}`]))))
    release()
    await Promise.all([answers, later])
    expect(syncs).toBe(2)
  })

  it('syncs once an interval in mode interval, and never in mode never', async () => {
    for (const durability of ['interval', 'never'] as const) {
      const disk = new FaultDisk(new MemoryDisk())
      const { broker, clock } = await testBroker({ disk, durability })
      const client = new TestClient(broker)
      await client.createTopic('t')
      await client.produce('t', makeBatch(['a']))
      const syncs: string[] = []
      disk.onOperation = (operation, path) => void (operation === 'sync' && syncs.push(path))
      await client.produce('t', makeBatch(['b']))
      expect(await client.values('t')).toEqual(['a', 'b'])
      expect(syncs).toEqual([])
      clock.advance(1000)
      await settle()
      expect(syncs).toEqual(durability === 'interval' ? ['t-0/00000000000000000000.log'] : [])
      clock.advance(5000)
      await settle()
      expect(syncs).toHaveLength(durability === 'interval' ? 1 : 0)
    }
  })

  it('answers KAFKA_STORAGE_ERROR when the disk is full, keeps what was there, and takes writes again when there is room', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const { broker, warnings } = await testBroker({ disk })
    const client = new TestClient(broker)
    await client.createTopic('t')
    await client.produce('t', makeBatch(['kept']))
    const sizeBefore = disk.readFile('t-0/00000000000000000000.log')?.length
    disk.planFailure({ code: 'disk-full', after: 0, operations: ['write'], isLasting: true })
    const refused = await client.produce('t', makeBatch(['refused']))
    expect(refused.errorCode).toBe(ERROR.KAFKA_STORAGE_ERROR)
    expect(warnings.join()).toContain('t-0/00000000000000000000.log')
    expect(disk.readFile('t-0/00000000000000000000.log')).toHaveLength(sizeBefore ?? -1)
    expect(await client.values('t')).toEqual(['kept'])
    disk.heal()
    expect(await client.produce('t', makeBatch(['again']))).toMatchObject({ errorCode: 0, baseOffset: 1 })
    expect(await client.values('t')).toEqual(['kept', 'again'])
    await broker.close()
    const reopened = new TestClient((await testBroker({ disk })).broker)
    expect(await reopened.values('t')).toEqual(['kept', 'again'])
  })

  it('stops acknowledging when a sync fails, and says so', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const { broker, warnings } = await testBroker({ disk })
    const client = new TestClient(broker)
    await client.createTopic('t', 2)
    await client.produce('t', makeBatch(['safe']))
    disk.planFailure({ code: 'disk-failed', after: 0, operations: ['sync'] })
    expect((await client.produce('t', makeBatch(['unknown']))).errorCode).toBe(ERROR.KAFKA_STORAGE_ERROR)
    expect((await client.produce('t', makeBatch(['later']))).errorCode).toBe(ERROR.KAFKA_STORAGE_ERROR)
    expect(warnings.join()).toContain('t-0 takes no more writes: a sync failed')
    expect(await client.values('t')).toEqual(['safe'])
    expect((await client.produce('t', makeBatch(['elsewhere']), { partition: 1 })).errorCode).toBe(0)
  })
})

describe('fetch', () => {
  it('returns the whole batch that holds the offset', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('t')
    await client.produce('t', makeBatch(['a', 'b', 'c']))
    await client.produce('t', makeBatch(['d']))
    const { records } = await client.fetch('t', 1)
    expect(valuesIn(records)).toEqual(['a', 'b', 'c', 'd'])
    expect(valuesIn(records, 1)).toEqual(['b', 'c', 'd'])
  })

  it('reads the same from memory and from disk, at every offset and limit', async () => {
    const cached = await testBroker()
    const cold = await testBroker({ tailCacheBytesMax: 0 })
    const clients = [new TestClient(cached.broker), new TestClient(cold.broker)]
    for (const client of clients) {
      await client.createTopic('t', 1, { 'segment.bytes': '2000', 'index.interval.bytes': '100' })
      for (let i = 0; i < 60; i++) await client.produce('t', makeBatch([`v${i}`.padEnd(50, '.'), `w${i}`]))
    }
    expect(cold.broker.status().topics[0]?.partitions[0]?.endOffset).toBe(120)
    for (let offset = 0; offset <= 120; offset++) {
      for (const maxBytes of [1, 500, 100_000]) {
        const [warm, chilly] = await Promise.all(clients.map((client) => client.fetch('t', offset, { maxBytes })))
        const values = valuesIn(must(warm, 'warm').records, offset)
        expect(values.length > 0).toBe(offset < 120)
        expect(valuesIn(must(chilly, 'cold').records, offset)[0]).toBe(values[0])
        if (maxBytes === 1) expect(valuesIn(must(chilly, 'cold').records)).toHaveLength(offset < 120 ? 2 : 0)
      }
    }
  })

  it('gives empty records, never null, at the end, and OFFSET_OUT_OF_RANGE only outside the log', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('t')
    await client.produce('t', makeBatch(['a']))
    expect((await client.fetch('t', 1)).records).toHaveLength(0)
    expect((await client.fetch('t', 2)).errorCode).toBe(ERROR.OFFSET_OUT_OF_RANGE)
    expect((await client.fetch('t', -1)).errorCode).toBe(ERROR.OFFSET_OUT_OF_RANGE)
  })

  it('waits for data, and answers at once when some comes', async () => {
    const { broker, clock } = await testBroker()
    const reader = new TestClient(broker)
    const writer = new TestClient(broker)
    await writer.createTopic('t')
    let answered = false
    const fetch = reader.fetch('t', 0, { maxWaitMs: 500 }).then((found) => {
      answered = true
      return found
    })
    clock.advance(499)
    await settle()
    expect(answered).toBe(false)
    await writer.produce('t', makeBatch(['news']))
    expect(valuesIn((await fetch).records)).toEqual(['news'])
  })

  it('waits for minBytes, at most maxWaitMs', async () => {
    const { broker, clock } = await testBroker()
    const reader = new TestClient(broker)
    const writer = new TestClient(broker)
    await writer.createTopic('t')
    let answered = false
    const fetch = reader.fetch('t', 0, { maxWaitMs: 500, minBytes: 10_000 }).then((found) => {
      answered = true
      return found
    })
    await writer.produce('t', makeBatch(['little']))
    await settle()
    expect(answered).toBe(false)
    clock.advance(500)
    expect(valuesIn((await fetch).records)).toEqual(['little'])
  })

  it('gives the first batch whatever its size, and no more than maxBytes after it', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('t', 2)
    for (const partition of [0, 1]) await client.produce('t', makeBatch(['x'.repeat(1000)]), { partition })
    const ask = async (maxBytes: number): Promise<number[]> => {
      const { responses } = await client.call(fetchApi, 11, {
        maxWaitMs: 0,
        minBytes: 1,
        maxBytes,
        isolationLevel: 0,
        sessionId: 0,
        sessionEpoch: -1,
        topics: [
          { topic: 't', partitions: [1, 0].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 10 })) },
        ],
        forgottenTopicsData: [],
      })
      return must(responses[0], 't')
        .partitions.filter((each) => must(each.records, 'records').length > 0)
        .map((each) => each.partitionIndex)
    }
    expect(await ask(100)).toEqual([1])
    expect(await ask(1_000_000)).toEqual([1])
  })

  it('keeps sessions: names only news, forgets topics, and refuses wrong ids and epochs', async () => {
    const { broker } = await testBroker()
    const client = new TestClient(broker)
    const topicId = await client.createTopic('t', 3)
    const ask = (
      sessionId: number,
      sessionEpoch: number,
      partitions: readonly number[],
      forget: readonly number[] = [],
      offset = 0,
    ) =>
      client.call(fetchApi, 13, {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 1_000_000,
        isolationLevel: 0,
        sessionId,
        sessionEpoch,
        topics:
          partitions.length === 0
            ? []
            : [
                {
                  topicId,
                  partitions: partitions.map((partition) => ({
                    partition,
                    fetchOffset: offset,
                    partitionMaxBytes: 1000,
                  })),
                },
              ],
        forgottenTopicsData: forget.length === 0 ? [] : [{ topicId, partitions: forget }],
      })
    const first = await ask(0, 0, [0, 1, 2])
    expect(first.sessionId).toBeGreaterThan(0)
    expect(first.responses[0]?.partitions).toHaveLength(3)
    const quiet = await ask(first.sessionId, 1, [])
    expect(quiet.responses).toEqual([])
    await client.produce('t', makeBatch(['x']), { partition: 2 })
    const news = await ask(first.sessionId, 2, [])
    expect(news.responses[0]?.partitions.map((each) => each.partitionIndex)).toEqual([2])
    await ask(first.sessionId, 3, [], [2])
    await client.produce('t', makeBatch(['y']), { partition: 2 })
    expect((await ask(first.sessionId, 4, [])).responses).toEqual([])
    expect((await ask(first.sessionId, 9, [])).errorCode).toBe(ERROR.INVALID_FETCH_SESSION_EPOCH)
    expect((await ask(first.sessionId + 1, 1, [])).errorCode).toBe(ERROR.FETCH_SESSION_ID_NOT_FOUND)
  })

  it('answers UNKNOWN_TOPIC_ID in a session when the topic was deleted and made again', async () => {
    const { broker } = await testBroker()
    const client = new TestClient(broker)
    const topicId = await client.createTopic('t')
    const ask = (sessionId: number, sessionEpoch: number, isFirst: boolean) =>
      client.call(fetchApi, 16, {
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 1_000_000,
        isolationLevel: 0,
        sessionId,
        sessionEpoch,
        topics: isFirst ? [{ topicId, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }] : [],
        forgottenTopicsData: [],
      })
    const { sessionId } = await ask(0, 0, true)
    const { deleteTopicsApi } = await import('../../src/protocol/index.ts')
    await client.call(deleteTopicsApi, 6, { topics: [{ name: 't', topicId: '0'.repeat(32) }], timeoutMs: 1000 })
    expect(await client.createTopic('t')).not.toBe(topicId)
    const { responses } = await ask(sessionId, 1, false)
    expect(responses[0]?.partitions[0]?.errorCode).toBe(ERROR.UNKNOWN_TOPIC_ID)
  })
})

describe('list offsets', () => {
  it('finds the first record at or after a time, inside batches and across segments', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('t', 1, { 'segment.bytes': '1024', 'index.interval.bytes': '50' })
    for (let i = 0; i < 40; i++) {
      const at = (k: number): { value: string; timestamp: number } => ({
        value: 'x'.repeat(40),
        timestamp: START_MS + i * 30 + k * 10,
      })
      await client.produce('t', makeBatch([at(0), at(1), at(2)]))
    }
    for (let offset = 0; offset < 120; offset++) {
      expect(await client.offset('t', START_MS + offset * 10)).toBe(offset)
      expect(await client.offset('t', START_MS + offset * 10 - 5)).toBe(offset)
    }
    expect(await client.offset('t', START_MS + 1_191)).toBe(-1)
    expect(await client.offset('t', -2)).toBe(0)
    expect(await client.offset('t', -1)).toBe(120)
    expect(await client.offset('t', -3)).toBe(119)
    expect(await client.offset('t', -4)).toBe(0)
    expect(await client.offset('t', -5)).toBe(-1)
  })

  it('gives offset and timestamp of the record with the highest one, and its epoch', async () => {
    const disk = new MemoryDisk()
    const first = await testBroker({ disk })
    const client = new TestClient(first.broker)
    await client.createTopic('t')
    await client.produce(
      't',
      makeBatch([
        { value: 'a', timestamp: START_MS + 50 },
        { value: 'b', timestamp: START_MS + 90 },
        { value: 'c', timestamp: START_MS },
      ]),
    )
    await first.broker.close()
    const second = new TestClient((await testBroker({ disk })).broker)
    await second.produce('t', makeBatch([{ value: 'd', timestamp: START_MS + 10 }]))
    const { topics } = await second.call(listOffsetsApi, 7, {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: 't', partitions: [-3, START_MS + 5].map((timestamp) => ({ partitionIndex: 0, timestamp })) }],
    })
    expect(topics[0]?.partitions).toMatchObject([
      { offset: 1, timestamp: START_MS + 90, leaderEpoch: 0 },
      { offset: 0, timestamp: START_MS + 50, leaderEpoch: 0 },
    ])
  })
})

describe('leader epochs', () => {
  it('tells a reader of records that are gone where its log parted', async () => {
    const disk = new FaultDisk(new MemoryDisk())
    const first = await testBroker({ disk, durability: 'never' })
    const client = new TestClient(first.broker)
    await client.createTopic('t')
    await client.produce('t', makeBatch(['kept']))
    disk.open('t-0/00000000000000000000.log', 'read-write').syncNow()
    for (const path of ['', 't-0']) disk.syncDirectory(path)
    await client.produce('t', makeBatch(['lost', 'lost']))
    expect((await client.fetch('t', 2)).highWatermark).toBe(3)
    const { seededPrng } = await import('../../src/base/index.ts')
    const second = new TestClient((await testBroker({ disk: disk.crashImage('lost', seededPrng(1)) })).broker)
    await second.produce('t', makeBatch(['new', 'new', 'new']))
    expect(await second.fetch('t', 3, { lastFetchedEpoch: 0 })).toMatchObject({
      errorCode: 0,
      divergingEpoch: { epoch: 0, endOffset: 1 },
    })
    expect(await second.fetch('t', 1, { lastFetchedEpoch: 0 })).toMatchObject({ divergingEpoch: { epoch: -1 } })
    const { topics } = await second.call(offsetForLeaderEpochApi, 4, {
      replicaId: -1,
      topics: [
        {
          topic: 't',
          partitions: [0, 1, 7].map((leaderEpoch) => ({ partition: 0, currentLeaderEpoch: -1, leaderEpoch })),
        },
      ],
    })
    expect(topics[0]?.partitions).toMatchObject([
      { leaderEpoch: 0, endOffset: 1 },
      { leaderEpoch: 1, endOffset: 4 },
      { leaderEpoch: -1, endOffset: -1 },
    ])
  })
})

describe('metadata and versions', () => {
  it('answers ApiVersions of an unknown version in version 0 with the list', async () => {
    const client = new TestClient((await testBroker()).broker)
    const frame = Buffer.from('00120009000000010004746573740000', 'hex')
    const answer = new Promise<Buffer>((resolve) => {
      const connection = client.broker.connect({
        onFrame: (chunks) => resolve(Buffer.concat(chunks)),
        onClose: () => {},
      })
      connection.receive(frame)
    })
    const bytes = await answer
    expect(bytes.readInt32BE(0)).toBe(1)
    expect(bytes.readInt16BE(4)).toBe(ERROR.UNSUPPORTED_VERSION)
    expect(bytes.readInt32BE(6)).toBeGreaterThan(20)
  })

  it('advertises the versions of Kafka 4.2 and transactions of version 2', async () => {
    const client = new TestClient((await testBroker()).broker)
    const named = { clientSoftwareName: 'test', clientSoftwareVersion: '1.0' }
    const { apiKeys, finalizedFeatures, supportedFeatures } = await client.call(apiVersionsApi, 3, named)
    expect(apiKeys).toContainEqual({ apiKey: 0, minVersion: 0, maxVersion: 13 })
    expect(apiKeys).toContainEqual({ apiKey: 1, minVersion: 4, maxVersion: 18 })
    expect(finalizedFeatures).toContainEqual({ name: 'transaction.version', minVersionLevel: 2, maxVersionLevel: 2 })
    expect(supportedFeatures.every((feature) => feature.minVersion >= 1)).toBe(true)
    const bad = await client.call(apiVersionsApi, 4, { ...named, clientSoftwareName: '-bad-' })
    expect(bad.errorCode).toBe(ERROR.INVALID_REQUEST)
  })

  it('makes topics that a client names, but not when the client or the broker does not want it', async () => {
    const { broker } = await testBroker({ partitions: 3 })
    const client = new TestClient(broker)
    const ask = (name: string, allowAutoTopicCreation: boolean) =>
      client.call(metadataApi, 9, { topics: [{ name }], allowAutoTopicCreation })
    expect((await ask('quiet', false)).topics[0]?.errorCode).toBe(ERROR.UNKNOWN_TOPIC_OR_PARTITION)
    expect((await ask('wanted', true)).topics[0]).toMatchObject({ errorCode: 0 })
    expect((await ask('wanted', false)).topics[0]?.partitions).toHaveLength(3)
    expect((await ask('not valid!', true)).topics[0]?.errorCode).toBe(ERROR.INVALID_TOPIC_EXCEPTION)
    const strict = new TestClient((await testBroker({ autoCreateTopics: false })).broker)
    const { topics } = await strict.call(metadataApi, 9, { topics: [{ name: 'x' }], allowAutoTopicCreation: true })
    expect(topics[0]?.errorCode).toBe(ERROR.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it('lists all topics for null, none for an empty list', async () => {
    const client = new TestClient((await testBroker()).broker)
    await client.createTopic('a')
    await client.createTopic('b')
    expect((await client.call(metadataApi, 12, { topics: null })).topics.map((topic) => topic.name)).toEqual(['a', 'b'])
    expect((await client.call(metadataApi, 12, { topics: [] })).topics).toEqual([])
    expect((await client.call(metadataApi, 0, { topics: [] })).topics).toHaveLength(2)
  })
})
