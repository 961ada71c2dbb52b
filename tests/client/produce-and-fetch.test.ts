import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { must } from '../../src/base/index.ts'
import { RecordHeaders, topicPartition } from '../../src/record/index.ts'
import { type TestCluster, createTopic, readRecords, fastClock, startCluster } from './harness.ts'

let cluster: TestCluster
beforeEach(async () => {
  cluster = await startCluster()
})
afterEach(() => cluster.close())

const bytes = (text: string): Buffer => Buffer.from(text)

describe('producing and fetching', () => {
  test('what is produced is fetched, in order, with offsets and time stamps', async () => {
    const [tp] = await createTopic(cluster.client, 'lines')
    const producer = cluster.client.producer({})
    for (let i = 0; i < 100; i++) producer.append(tp, bytes(`k${i}`), bytes(`v${i}`), 1_000 + i, RecordHeaders.empty)
    expect(producer.unsentBytes).toBeGreaterThan(0)
    await producer.flush()
    expect(producer.unsentBytes).toBe(0)
    expect(producer.acknowledged(tp)?.offset).toBe(99)
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    fetcher.add(tp, 0)
    const records = await readRecords(fetcher, 100)
    expect(records[42]).toEqual({ key: 'k42', value: 'v42', offset: 42, timestamp: 1_042 })
    expect(fetcher.position(tp)).toBe(100)
    expect(fetcher.endOffset(tp)).toBe(100)
    await fetcher.close()
    await producer.close()
  })

  test('keys and values may be null', async () => {
    const [tp] = await createTopic(cluster.client, 'lines')
    const producer = cluster.client.producer({ lingerMs: 0 })
    producer.append(tp, null, bytes('v'), 1, RecordHeaders.empty)
    producer.append(tp, bytes('k'), null, 1, RecordHeaders.empty)
    producer.appendRange(tp, bytes('..key'), 2, 5, -1, -1, 1, RecordHeaders.from({ a: 'b' }))
    await producer.flush()
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    fetcher.add(tp, 0)
    const records = await readRecords(fetcher, 3)
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      [null, 'v'],
      ['k', null],
      ['key', null],
    ])
  })

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('batches compressed with %s come back', async (compression) => {
    const [tp] = await createTopic(cluster.client, 'lines')
    const producer = cluster.client.producer({ compression })
    for (let i = 0; i < 1_000; i++) producer.append(tp, null, bytes(`the same text ${i}`), 1, RecordHeaders.empty)
    await producer.flush()
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    fetcher.add(tp, 0)
    expect((await readRecords(fetcher, 1_000)).at(-1)?.value).toBe('the same text 999')
  })

  test('a fetch that begins inside a batch says from which offset on', async () => {
    const [tp] = await createTopic(cluster.client, 'lines')
    const producer = cluster.client.producer({})
    for (let i = 0; i < 10; i++) producer.append(tp, null, bytes(`v${i}`), 1, RecordHeaders.empty)
    await producer.flush()
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    fetcher.add(tp, 7)
    expect((await readRecords(fetcher, 3)).map(({ value }) => value)).toEqual(['v7', 'v8', 'v9'])
  })

  test('many partitions arrive whole, each in order, whatever is in flight', async () => {
    const tps = await createTopic(cluster.client, 'lines', 8)
    const producer = cluster.client.producer({ batchBytesMax: 1_000 })
    for (let i = 0; i < 4_000; i++) {
      producer.append(must(tps[i % 8], 'partition'), null, bytes(String(i)), 1, RecordHeaders.empty)
      if (i % 500 === 0) await producer.drained(20_000)
    }
    await producer.flush()
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    for (const tp of tps) fetcher.add(tp, 0)
    const values = (await readRecords(fetcher, 4_000)).map(({ value }) => Number(value))
    for (let p = 0; p < 8; p++) {
      const mine = values.filter((value) => value % 8 === p)
      expect(mine).toEqual([...mine].sort((a, b) => a - b))
    }
    expect(new Set(values).size).toBe(4_000)
  })

  test('connections that are cut again and again cost no record and no order', async () => {
    const tps = await createTopic(cluster.client, 'lines', 3)
    const producer = cluster.client.producer({ batchBytesMax: 500 })
    for (let i = 0; i < 3_000; i++) {
      producer.append(must(tps[i % 3], 'partition'), null, bytes(String(i)), 1, RecordHeaders.empty)
      if (i % 300 === 0) {
        await Promise.resolve()
        cluster.transport.cut()
      }
      if (i % 100 === 0) await producer.drained(5_000)
    }
    await producer.flush()
    expect(producer.failures()).toEqual([])
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    for (const tp of tps) fetcher.add(tp, 0)
    const values = (await readRecords(fetcher, 3_000)).map(({ value }) => Number(value))
    expect(values).toHaveLength(3_000)
    for (let p = 0; p < 3; p++) {
      expect(values.filter((value) => value % 3 === p)).toEqual(Array.from({ length: 1_000 }, (_, i) => i * 3 + p))
    }
  })

  test('a broker that restarts costs no record', async () => {
    const [tp] = await createTopic(cluster.client, 'lines')
    const producer = cluster.client.producer({ lingerMs: 0 })
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    fetcher.add(tp, 0)
    for (let i = 0; i < 30; i++) {
      producer.append(tp, null, bytes(String(i)), 1, RecordHeaders.empty)
      if (i === 10 || i === 20) await cluster.restart()
      await Promise.resolve()
    }
    await producer.flush()
    const values = (await readRecords(fetcher, 30)).map(({ value }) => Number(value))
    expect(values).toEqual(Array.from({ length: 30 }, (_, i) => i))
  })
})

describe('the fetcher', () => {
  test('a partition that is paused gives nothing until it is resumed', async () => {
    const [a, b] = await createTopic(cluster.client, 'lines', 2)
    const producer = cluster.client.producer({ lingerMs: 0 })
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    fetcher.add(a, 0)
    fetcher.add(b, 0)
    fetcher.pause(a)
    producer.append(a, null, bytes('a'), 1, RecordHeaders.empty)
    producer.append(b, null, bytes('b'), 1, RecordHeaders.empty)
    await producer.flush()
    expect((await readRecords(fetcher, 1)).map(({ value }) => value)).toEqual(['b'])
    expect((await fetcher.poll(20)).partitions).toEqual([])
    fetcher.resume(a)
    expect((await readRecords(fetcher, 1)).map(({ value }) => value)).toEqual(['a'])
  })

  test('a partition that is added while another is waited for does not wait with it', async () => {
    const [a, b] = await createTopic(cluster.client, 'lines', 2)
    const producer = cluster.client.producer({ lingerMs: 0 })
    producer.append(b, null, bytes('b'), 1, RecordHeaders.empty)
    await producer.flush()
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed', maxWaitMs: 4_000 })
    fetcher.add(a, 0)
    await fetcher.poll(50)
    fetcher.add(b, 0)
    expect((await readRecords(fetcher, 1, 1_000)).map(({ value }) => value)).toEqual(['b'])
  })

  test('a position past the end is reported, or goes where the policy says', async () => {
    const [tp] = await createTopic(cluster.client, 'lines')
    const producer = cluster.client.producer({ lingerMs: 0 })
    producer.append(tp, null, bytes('v'), 1, RecordHeaders.empty)
    await producer.flush()
    const strict = cluster.client.fetcher({ isolation: 'read-committed' })
    strict.add(tp, 17)
    const { problems } = await strict.poll(3_000)
    expect(problems).toEqual([{ kind: 'out-of-range', tp, offset: 17, logStartOffset: 0, logEndOffset: 1 }])
    const lenient = cluster.client.fetcher({ isolation: 'read-committed', reset: 'earliest' })
    lenient.add(tp, 17)
    expect((await readRecords(lenient, 1))[0]?.offset).toBe(0)
  })

  test('a topic that does not exist is a problem after a while, not before', async () => {
    const fetcher = cluster.newClient('t', fastClock(20)).fetcher({ isolation: 'read-committed' })
    const missing = topicPartition('missing', 0)
    fetcher.add(missing, 0)
    const first = await fetcher.poll(300)
    expect(first.problems).toEqual([])
    const later = await fetcher.poll(10_000)
    expect(later.problems).toEqual([{ kind: 'unknown-topic', tp: missing }])
  })

  test('wake ends a poll', async () => {
    const [tp] = await createTopic(cluster.client, 'lines')
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    fetcher.add(tp, 0)
    const poll = fetcher.poll(60_000)
    fetcher.wake()
    expect((await poll).partitions).toEqual([])
  })

  test('what waits to be polled is limited', async () => {
    const [tp] = await createTopic(cluster.client, 'lines')
    const producer = cluster.client.producer({})
    const value = Buffer.alloc(10_000, 'x')
    for (let i = 0; i < 200; i++) producer.append(tp, null, value, 1, RecordHeaders.empty)
    await producer.flush()
    const fetcher = cluster.client.fetcher({
      isolation: 'read-committed',
      partitionMaxBytes: 70_000,
      bufferedBytesMax: 200_000,
    })
    fetcher.add(tp, 0)
    await fetcher.poll(1_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const { partitions } = await fetcher.poll(0)
    const size = partitions.flatMap(({ batches }) => batches).reduce((sum, { start, end }) => sum + end - start, 0)
    expect(size).toBeGreaterThan(0)
    expect(size).toBeLessThan(300_000)
    expect(fetcher.position(tp)).toBeLessThan(200)
  })
})
