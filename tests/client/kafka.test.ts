import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Kafka, createKafka } from '../../src/client/index.ts'
import { serdes, topic } from '../../src/serde/index.ts'
import { type TestCluster, fastClock, startCluster } from './harness.ts'

interface Order {
  readonly sku: string
  readonly count: number
}
const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>(), partitions: 3 })
const lines = topic('lines', { value: serdes.string })

let cluster: TestCluster
let kafka: Kafka
beforeEach(async () => {
  cluster = await startCluster()
  kafka = createKafka(cluster.client)
})
afterEach(async () => {
  await kafka.close()
  await cluster.close()
})

const order = (count: number): Order => ({ sku: 'tea', count })

async function collect<T>(records: AsyncIterable<T>, count: number): Promise<readonly T[]> {
  const all: T[] = []
  if (count === 0) return all
  for await (const record of records) {
    all.push(record)
    if (all.length === count) break
  }
  return all
}

describe('topics', () => {
  test('are created from their values; which exist already is said', async () => {
    expect(await kafka.createTopics([orders, lines], { partitions: 2 })).toEqual({
      created: ['orders', 'lines'],
      existing: [],
    })
    expect(await kafka.createTopics([orders])).toEqual({ created: [], existing: ['orders'] })
    expect((await kafka.topics()).map(({ name, partitions }) => [name, partitions])).toEqual([
      ['lines', 2],
      ['orders', 3],
    ])
    await kafka.deleteTopics([orders, 'lines'])
    expect(await kafka.topics()).toEqual([])
  })
})

describe('a producer', () => {
  test('writes typed records, by key to one partition, and says where', async () => {
    await kafka.createTopics([orders])
    const producer = kafka.producer()
    const first = await producer.send(orders, { key: 'a', value: order(1), timestamp: 5, headers: { trace: 'x' } })
    const second = await producer.send(orders, { key: 'a', value: order(2) })
    expect(second).toMatchObject({ topic: 'orders', partition: first.partition, offset: first.offset + 1 })
    expect(first.timestamp).toBe(5)
    const [record] = await collect(kafka.read(orders), 1)
    expect(record).toMatchObject({ key: 'a', value: order(1), timestamp: 5, topic: 'orders', offset: 0 })
    expect(record?.headers.get('trace')).toBe('x')
  })

  test('chooses partitions as Java does', async () => {
    await kafka.createTopics([topic('p', { key: serdes.string, value: serdes.string, partitions: 100 })])
    const p = topic('p', { key: serdes.string, value: serdes.string })
    const producer = kafka.producer()
    // Utils.toPositive(Utils.murmur2(key)) % 100
    expect((await producer.send(p, { key: '21', value: '' })).partition).toBe((-973932308 & 0x7fffffff) % 100)
    expect((await producer.send(p, { key: 'foobar', value: '' })).partition).toBe((-790332482 & 0x7fffffff) % 100)
  })

  test('need not be awaited: a failure that nobody awaits is thrown by flush, once', async () => {
    await kafka.createTopics([orders])
    const producer = kafka.producer()
    void producer.send(orders, { key: 'a', value: order(1), partition: 17 })
    void producer.send(orders, { key: 'a', value: order(2) })
    await expect(producer.flush()).rejects.toThrow("orders-17 does not exist: topic 'orders' has 3 partitions (0 to 2)")
    await producer.flush()
    expect(await kafka.offsets(orders)).toContainEqual({ partition: 0, offset: expect.any(Number) })
  })

  test('throws an awaited failure where it is awaited, and not again', async () => {
    await kafka.createTopics([orders])
    const producer = kafka.producer()
    const sent = producer.send(orders, { key: 'a', value: { sku: 'x'.repeat(2_000_000), count: 1 } })
    await expect(sent).rejects.toMatchObject({ code: 'record-too-large' })
    await expect(sent).rejects.toThrow(/a record of 20\d{5} bytes is larger than topic 'orders' allows/)
    await producer.flush()
  })

  test('names similar topics when one is missing', async () => {
    await kafka.createTopics([orders])
    const quick = createKafka(cluster.newClient('quick', fastClock(50)))
    const producer = quick.producer()
    await expect(producer.send(topic('ordres', { value: serdes.string }), { value: 'x' })).rejects.toMatchObject({
      code: 'topic-not-found',
      message: "topic 'ordres' does not exist: did you mean 'orders'?",
    })
  })

  test('refuses a record without a key where the key has no null', async () => {
    await kafka.createTopics([orders])
    const producer = kafka.producer()
    // @ts-expect-error: the topic has keys
    await expect(producer.send(orders, { value: order(1) })).rejects.toMatchObject({ code: 'serialization-failed' })
  })

  test('refuses more than may be unsent, and says what to do', async () => {
    await kafka.createTopics([lines])
    const producer = kafka.producer({ unsentBytesMax: 1_000, linger: '1m' })
    const results = Array.from({ length: 20 }, () => producer.send(lines, { value: 'x'.repeat(100) }))
    await expect(results.at(-1)).rejects.toThrow(/await a send\(\) or flush\(\) now and then/)
    await producer.flush().catch(() => undefined)
  })

  test('can be closed twice, and refuses to be used afterwards', async () => {
    await kafka.createTopics([lines])
    const producer = kafka.producer()
    void producer.send(lines, { value: 'last' })
    await producer.close()
    await producer.close()
    await expect(producer.send(lines, { value: 'late' })).rejects.toMatchObject({ code: 'client-closed' })
    expect((await collect(kafka.read(lines), 1))[0]?.value).toBe('last')
  })
})

describe('reading', () => {
  beforeEach(async () => {
    await kafka.createTopics([lines])
    const producer = kafka.producer()
    for (let i = 0; i < 10; i++) void producer.send(lines, { value: `line ${i}`, timestamp: 1_000 + i })
    await producer.close()
  })

  test('begins where it is told, and ends at the end where that is asked for', async () => {
    const offsets = async (options: Parameters<Kafka['read']>[1]): Promise<readonly number[]> => {
      const all: number[] = []
      for await (const { offset } of kafka.read(lines, { until: 'end', ...options })) all.push(offset)
      return all
    }
    expect(await offsets({})).toHaveLength(10)
    expect(await offsets({ from: { offset: 7 } })).toEqual([7, 8, 9])
    expect(await offsets({ from: { time: new Date(1_008) } })).toEqual([8, 9])
    expect(await offsets({ from: 'latest' })).toEqual([])
    expect(await offsets({ from: { time: 99_999 } })).toEqual([])
    expect(await offsets({ from: { offset: 99 } })).toEqual([])
  })

  test('says when the offset that it is to begin at is not in the log', async () => {
    await expect(collect(kafka.read(lines, { from: { offset: 99 } }), 1)).rejects.toMatchObject({
      code: 'offset-out-of-range',
      message: 'offset 99 of lines-0 is not in the log: the log goes from 0 to 10',
    })
  })

  test('ends without an error when the signal says so', async () => {
    const stop = new AbortController()
    let count = 0
    for await (const _ of kafka.read(lines, { signal: stop.signal }))
      if (++count === 10) setImmediate(() => stop.abort())
    expect(count).toBe(10)
  })

  test('names the record that cannot be read', async () => {
    const numbers = topic('lines', { value: serdes.json<number>() })
    await expect(collect(kafka.read(numbers), 1)).rejects.toThrow(/the value of lines-0 at offset 0 cannot be read/)
  })

  test('names similar topics when one is missing', async () => {
    await expect(collect(kafka.read(topic('line')), 1)).rejects.toMatchObject({
      code: 'topic-not-found',
      message: "topic 'line' does not exist: did you mean 'lines'?",
    })
  })

  test('says how to read tombstones', async () => {
    const producer = kafka.producer()
    await producer.send(lines, { value: null })
    await expect(collect(kafka.read(lines, { from: { offset: 10 } }), 1)).rejects.toThrow(/serdes\.nullable/)
    const withNull = topic('lines', { value: serdes.nullable(serdes.string) })
    expect((await collect(kafka.read(withNull, { from: { offset: 10 } }), 1))[0]?.value).toBe(null)
  })
})

describe('a subscription', () => {
  const produce = async (count: number): Promise<void> => {
    const producer = kafka.producer()
    for (let i = 0; i < count; i++) void producer.send(orders, { key: `k${i}`, value: order(i) })
    await producer.close()
  }

  test('goes on behind what was committed', async () => {
    await kafka.createTopics([orders])
    await produce(30)
    const first = kafka.subscribe(orders, { groupId: 'g', heartbeatInterval: 20 })
    const seen: number[] = []
    for await (const { value } of first) {
      seen.push(value.count)
      if (seen.length === 12) {
        await first.commit()
        break
      }
    }
    const second = kafka.subscribe([orders], { groupId: 'g', heartbeatInterval: 20 })
    for (const { value } of await collect(second, 18)) seen.push(value.count)
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i))
    const [group] = await kafka.groups()
    expect(group).toMatchObject({ groupId: 'g', state: 'Empty' })
  })

  test('commits by itself what is finished, but not the record at hand', async () => {
    await kafka.createTopics([topic('one', { value: serdes.string, partitions: 1 })])
    const one = topic('one', { value: serdes.string })
    const producer = kafka.producer()
    for (let i = 0; i < 5; i++) await producer.send(one, { value: String(i) })
    expect((await collect(kafka.subscribe(one, { groupId: 'g' }), 3)).map(({ value }) => value)).toEqual([
      '0',
      '1',
      '2',
    ])
    expect((await collect(kafka.subscribe(one, { groupId: 'g' }), 1))[0]?.value).toBe('2')
  })

  test('shares the partitions with another of the same group', async () => {
    await kafka.createTopics([orders])
    const stop = new AbortController()
    const seen: string[] = []
    const read = async (name: string, client: Kafka): Promise<void> => {
      const options = { groupId: 'g', heartbeatInterval: 20, signal: stop.signal } as const
      for await (const { value } of client.subscribe(orders, options)) {
        seen.push(`${name} ${value.count}`)
        if (seen.length >= 300) stop.abort()
      }
    }
    const other = createKafka(cluster.newClient())
    const readers = [read('a', kafka), read('b', other)]
    for (let round = 0; round < 10; round++) await produce(30)
    await Promise.all(readers)
    expect(seen.length).toBe(300)
    await other.close()
  })
})

describe('a transactional producer', () => {
  test('commits what its function returns from, and aborts what it throws from', async () => {
    await kafka.createTopics([lines])
    const producer = kafka.producer({ transactionalId: 't' })
    const result = await producer.transaction((scope) => {
      void scope.send(lines, { value: 'kept' })
      return 42
    })
    expect(result).toBe(42)
    const oops = new Error('oops')
    await expect(
      producer.transaction(async (scope) => {
        await scope.send(lines, { value: 'dropped' })
        throw oops
      }),
    ).rejects.toBe(oops)
    await producer.transaction((scope) => void scope.send(lines, { value: 'kept too' }))
    const values: string[] = []
    for await (const { value } of kafka.read(lines, { until: 'end' })) values.push(value)
    expect(values).toEqual(['kept', 'kept too'])
  })

  test('aborts when something that was not awaited fails', async () => {
    await kafka.createTopics([lines])
    const producer = kafka.producer({ transactionalId: 't' })
    const attempt = producer.transaction((scope) => {
      void scope.send(lines, { value: 'dropped' })
      void scope.send(lines, { value: 'x', partition: 9 })
    })
    await expect(attempt).rejects.toThrow(/lines-9 does not exist/)
    await producer.transaction((scope) => void scope.send(lines, { value: 'kept' }))
    const values: string[] = []
    for await (const { value } of kafka.read(lines, { until: 'end' })) values.push(value)
    expect(values).toEqual(['kept'])
  })

  test('drops what still waits for its topic to be looked up when it aborts', async () => {
    await kafka.createTopics([lines])
    const other = createKafka(cluster.newClient('knows no topic yet'))
    const producer = other.producer({ transactionalId: 't' })
    let dropped: Promise<unknown> | undefined
    const attempt = producer.transaction((scope) => {
      dropped = scope.send(lines, { value: 'dropped' })
      throw new Error('oops')
    })
    await expect(attempt).rejects.toThrow('oops')
    await expect(dropped).rejects.toMatchObject({ code: 'transaction-aborted' })
    await producer.transaction((scope) => void scope.send(lines, { value: 'kept' }))
    const values: string[] = []
    for await (const { value } of kafka.read(lines, { until: 'end' })) values.push(value)
    expect(values).toEqual(['kept'])
  })

  test('moves records from topic to topic exactly once, with the offsets in the transaction', async () => {
    const copy = topic('copy', { key: serdes.string, value: serdes.json<Order>(), partitions: 1 })
    await kafka.createTopics([orders, copy])
    const plain = kafka.producer()
    for (let i = 0; i < 10; i++) void plain.send(orders, { key: `k${i}`, value: order(i) })
    await plain.flush()
    const producer = kafka.producer({ transactionalId: 't' })
    const move = async (count: number, isFailing: boolean): Promise<void> => {
      const input = kafka.subscribe(orders, { groupId: 'g', commitInterval: 'manual', heartbeatInterval: 20 })
      let left = count
      for await (const record of input) {
        left--
        const moved = producer.transaction(async (scope) => {
          void scope.send(copy, { key: record.key, value: record.value })
          await scope.sendOffsets(input)
          if (isFailing && left === 0) throw new Error('crash')
        })
        await moved.catch(() => undefined)
        if (left === 0) break
      }
    }
    await move(4, true)
    await move(7, false)
    const moved: number[] = []
    for await (const { value } of kafka.read(copy, { until: 'end' })) moved.push(value.count)
    expect(moved.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })
})

describe('a closed client', () => {
  test('says that it is closed', async () => {
    await kafka.close()
    expect(() => kafka.producer()).toThrow(/make a new one with connect\(\)/)
    await expect(kafka.topics()).rejects.toMatchObject({ code: 'client-closed' })
  })
})

// Never called: that it compiles, with its errors where they are expected, is the test.
export async function types(): Promise<void> {
  const producer = kafka.producer()
  // @ts-expect-error: the value is of another type
  await producer.send(orders, { key: 'a', value: { sku: 'tea' } })
  // @ts-expect-error: the key is of another type
  await producer.send(orders, { key: 1, value: order(1) })
  await producer.send(lines, { key: Buffer.from('a'), value: 'a topic without a key serde takes bytes, or none' })
  for await (const record of kafka.read(orders)) {
    const key: string = record.key
    const count: number = record.value.count
    // @ts-expect-error: there is no such field
    expect([key, count]).toEqual(record.value.prize)
  }
  for await (const record of kafka.subscribe([orders, lines], { groupId: 'g' })) {
    const value: Order | string = record.value
    expect(value).toBeDefined()
  }
  // @ts-expect-error: a transactional producer has no send of its own
  await kafka.producer({ transactionalId: 't' }).send(lines, { value: 'x' })
}
