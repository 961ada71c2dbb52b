import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RecordHeaders, type TopicPartition, topicPartition } from '../../src/record/index.ts'
import { seededPrng, systemClock } from '../../src/base/index.ts'
import type { RecordProducer } from '../../src/client/index.ts'
import { type TestCluster, createTopic, readRecords, fastClock, startCluster } from './harness.ts'

const send = (producer: RecordProducer, tp: TopicPartition, value: string): void =>
  producer.append(tp, null, Buffer.from(value), 1, RecordHeaders.empty)

describe.each([
  ['version 2', 2],
  ['version 1', 1],
])('transactions, %s', (_, version) => {
  let cluster: TestCluster
  let a: TopicPartition
  let b: TopicPartition
  beforeEach(async () => {
    cluster = await startCluster({ transactionVersion: version })
    ;[a, b] = await createTopic(cluster.client, 'a', 2)
  })
  afterEach(() => cluster.close())

  const committedValues = async (count: number): Promise<readonly string[]> => {
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    fetcher.add(a, 0)
    fetcher.add(b, 0)
    const records = await readRecords(fetcher, count)
    expect((await fetcher.poll(30)).partitions.flatMap(({ batches }) => batches)).toEqual([])
    await fetcher.close()
    return records.map(({ value }) => value ?? '').toSorted((x, y) => (x < y ? -1 : 1))
  }

  const start = async (clock = systemClock): Promise<RecordProducer> => {
    const producer = cluster.newClient('t', clock).producer({ transactionalId: 't', lingerMs: 0 })
    await producer.initTransactions()
    return producer
  }

  test('what is committed is seen, what is aborted is not', async () => {
    const producer = await start()
    for (const [i, isCommit] of [true, false, true, false, true].entries()) {
      producer.beginTransaction()
      send(producer, a, `a${i}`)
      send(producer, b, `b${i}`)
      if (i === 3) await producer.flush()
      await (isCommit ? producer.commitTransaction() : producer.abortTransaction())
    }
    expect(await committedValues(6)).toEqual(['a0', 'a2', 'a4', 'b0', 'b2', 'b4'])
    await producer.close()
  })

  test('what is open is not seen until it is committed; uncommitted readers see it', async () => {
    const producer = await start()
    producer.beginTransaction()
    send(producer, a, 'open')
    await producer.flush()
    const dirty = cluster.client.fetcher({ isolation: 'read-uncommitted' })
    dirty.add(a, 0)
    expect((await readRecords(dirty, 1))[0]?.value).toBe('open')
    const clean = cluster.client.fetcher({ isolation: 'read-committed', maxWaitMs: 20 })
    clean.add(a, 0)
    expect((await clean.poll(50)).partitions).toEqual([])
    await producer.commitTransaction()
    expect((await readRecords(clean, 1))[0]?.value).toBe('open')
    await producer.close()
  })

  test('a position passes aborted records and markers', async () => {
    const producer = await start()
    producer.beginTransaction()
    send(producer, a, 'gone')
    await producer.flush()
    await producer.abortTransaction()
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    fetcher.add(a, 0)
    const { partitions } = await fetcher.poll(1_000)
    expect(partitions).toEqual([{ tp: a, batches: [], fromOffset: 0, nextOffset: 2 }])
    expect(fetcher.position(a)).toBe(2)
    await producer.close()
  })

  test('offsets are part of the transaction', async () => {
    const producer = await start()
    const group = { groupId: 'g', generation: -1, memberId: '', groupInstanceId: undefined }
    producer.beginTransaction()
    await producer.sendOffsets(new Map([[a, { offset: 5, metadata: 'x' }]]), group)
    await producer.abortTransaction()
    expect((await cluster.client.admin().groupOffsets('g')).size).toBe(0)
    producer.beginTransaction()
    send(producer, a, 'v')
    await producer.sendOffsets(new Map([[a, { offset: 6, metadata: 'y' }]]), group)
    await producer.commitTransaction()
    expect((await cluster.client.admin().groupOffsets('g')).get(a)).toMatchObject({ offset: 6, metadata: 'y' })
    await producer.close()
  })

  test('empty transactions cost nothing and change nothing', async () => {
    const producer = await start()
    producer.beginTransaction()
    await producer.commitTransaction()
    producer.beginTransaction()
    await producer.abortTransaction()
    producer.beginTransaction()
    send(producer, a, 'v')
    await producer.commitTransaction()
    expect(await committedValues(1)).toEqual(['v'])
    await producer.close()
  })

  test('a newer producer fences the older, whose transaction is aborted', async () => {
    const old = await start()
    old.beginTransaction()
    send(old, a, 'old')
    await old.flush()
    const young = await start()
    send(old, a, 'zombie')
    await expect(old.commitTransaction()).rejects.toMatchObject({ name: 'TaskMigratedError', code: 'producer-fenced' })
    expect(() => old.beginTransaction()).toThrow(/newer producer/)
    young.beginTransaction()
    send(young, a, 'young')
    await young.commitTransaction()
    expect(await committedValues(1)).toEqual(['young'])
    await old.close()
    await young.close()
  })

  test('a failed batch makes the commit fail; after the abort the next transaction goes through', async () => {
    const producer = await start()
    producer.beginTransaction()
    send(producer, a, 'v')
    producer.append(b, null, Buffer.alloc(2_000_000), 1, RecordHeaders.empty)
    await expect(producer.commitTransaction()).rejects.toMatchObject({ code: 'transaction-aborted' })
    expect(producer.failures()[0]?.error).toMatchObject({ code: 'record-too-large' })
    await producer.abortTransaction()
    producer.beginTransaction()
    send(producer, b, 'next')
    await producer.commitTransaction()
    expect(await committedValues(1)).toEqual(['next'])
    await producer.close()
  })

  test('a broker that restarts in the middle costs nothing', async () => {
    const producer = await start()
    for (let i = 0; i < 6; i++) {
      producer.beginTransaction()
      send(producer, a, `a${i}`)
      if (i === 2) await cluster.restart()
      send(producer, b, `b${i}`)
      if (i === 4) {
        await producer.flush()
        await cluster.restart()
      }
      await producer.commitTransaction()
    }
    expect(await committedValues(12)).toHaveLength(12)
    await producer.close()
  })

  test('connections that are cut at any moment neither lose nor double a transaction', async () => {
    const prng = seededPrng(7)
    const producer = await start()
    const committed: string[] = []
    for (let i = 0; i < 60; i++) {
      producer.beginTransaction()
      for (const tp of [a, b]) for (let n = 0; n < 5; n++) send(producer, tp, `${i}/${tp.partition}/${n}`)
      const isCommit = prng.next() < 0.7
      const ending = isCommit ? producer.commitTransaction() : producer.abortTransaction()
      for (let steps = prng.integer(60); steps > 0; steps--) await Promise.resolve()
      if (prng.next() < 0.6) cluster.transport.cut()
      await ending
      if (isCommit) for (const p of [0, 1]) for (let n = 0; n < 5; n++) committed.push(`${i}/${p}/${n}`)
    }
    expect(await committedValues(committed.length)).toEqual(committed.toSorted((x, y) => (x < y ? -1 : 1)))
    await producer.close()
  })

  test('closing aborts what is open', async () => {
    const producer = await start()
    producer.beginTransaction()
    send(producer, a, 'gone')
    await producer.flush()
    await producer.close()
    const other = await start()
    other.beginTransaction()
    send(other, a, 'kept')
    await other.commitTransaction()
    expect(await committedValues(1)).toEqual(['kept'])
    await other.close()
  })

  test('a topic that does not exist is named when the commit fails', async () => {
    const producer = await start(fastClock(50))
    producer.beginTransaction()
    send(producer, topicPartition('aa', 0), 'v')
    await expect(producer.commitTransaction()).rejects.toThrow(/topic 'aa' does not exist: did you mean 'a'\?/)
    await producer.abortTransaction()
    await producer.close()
  })
})

describe('a transactional producer', () => {
  let cluster: TestCluster
  beforeEach(async () => {
    cluster = await startCluster()
  })
  afterEach(() => cluster.close())

  test('says which call is missing', async () => {
    const [tp] = await createTopic(cluster.client, 'a')
    const producer = cluster.client.producer({ transactionalId: 't' })
    expect(() => producer.beginTransaction()).toThrow('call initTransactions() first')
    await producer.initTransactions()
    expect(() => send(producer, tp, 'v')).toThrow('call beginTransaction() before append()')
    await expect(producer.commitTransaction()).rejects.toThrow('call beginTransaction() first')
    producer.beginTransaction()
    expect(() => producer.beginTransaction()).toThrow('a transaction is open')
    const plain = cluster.client.producer({})
    await expect(plain.initTransactions()).rejects.toThrow('needs a producer that was made with a transactionalId')
  })
})
