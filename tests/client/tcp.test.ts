import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { must, seededPrng, systemClock } from '../../src/base/index.ts'
import { TcpTransport, createClient, createKafka } from '../../src/client/index.ts'
import { RecordHeaders } from '../../src/record/index.ts'
import { serdes, topic } from '../../src/serde/index.ts'
import { type TcpCluster, createTopic, fastClock, readRecords, startTcpCluster } from './harness.ts'

const clientOf = (port: number, clock = systemClock, requestTimeoutMs = 30_000) => {
  const transport = new TcpTransport({ bootstrap: [{ host: '127.0.0.1', port }], clock })
  return createClient({ clientId: 'test', transport, clock, prng: seededPrng(1), requestTimeoutMs })
}

describe('over TCP', () => {
  let cluster: TcpCluster
  beforeEach(async () => {
    cluster = await startTcpCluster()
  })
  afterEach(() => cluster.close())

  test('large and small records arrive whole', async () => {
    const tps = await createTopic(cluster.client, 'a', 3)
    const producer = cluster.client.producer({ batchBytesMax: 200_000 })
    for (let i = 0; i < 90; i++) {
      const value = Buffer.alloc((i * 997) % 100_000, i)
      producer.append(must(tps[i % 3], 'partition'), Buffer.from(String(i)), value, 1, RecordHeaders.empty)
    }
    await producer.flush()
    expect(producer.failures()).toEqual([])
    const fetcher = cluster.client.fetcher({ isolation: 'read-committed' })
    for (const tp of tps) fetcher.add(tp, 0)
    const records = await readRecords(fetcher, 90)
    for (const { key, value } of records) {
      const i = Number(key)
      expect(Buffer.alloc((i * 997) % 100_000, i).toString('utf8') === value).toBe(true)
    }
  })

  test('topics, producing, transactions and groups work as in process', async () => {
    const kafka = createKafka(cluster.client)
    const words = topic('words', { key: serdes.string, value: serdes.int32 })
    await kafka.createTopics([words], { partitions: 2 })
    const producer = kafka.producer({ transactionalId: 't' })
    await producer.transaction((scope) => {
      for (let i = 0; i < 20; i++) void scope.send(words, { key: `w${i}`, value: i })
    })
    let sum = 0
    for await (const { value } of kafka.subscribe(words, { groupId: 'g' })) {
      sum += value
      if (sum === 190) break
    }
    expect(sum).toBe(190)
  })

  test('closing leaves nothing open: the broker sees all connections go', async () => {
    const client = clientOf(must(cluster.broker.address, 'address').port)
    const [tp] = await createTopic(client, 'a')
    const fetcher = client.fetcher({ isolation: 'read-committed' })
    fetcher.add(tp, 0)
    await fetcher.poll(20)
    expect(cluster.broker.status().connections).toBeGreaterThan(0)
    await fetcher.close()
    await client.close()
    const deadlineMs = systemClock.monotonicMs() + 2_000
    while (cluster.broker.status().connections > 0 && systemClock.monotonicMs() < deadlineMs) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(cluster.broker.status().connections).toBe(0)
  })
})

describe('where no broker is', () => {
  test('nobody listens: the message says where, for how long, and what the system said', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const client = clientOf(port, fastClock(20), 2_000)
    const refused = client.admin().listTopics()
    await expect(refused).rejects.toMatchObject({ name: 'RetriableError', code: 'broker-not-reachable' })
    await expect(refused).rejects.toThrow(
      new RegExp(`no broker has answered at 127.0.0.1:${port} for \\d+ ms: .*ECONNREFUSED`),
    )
    expect(client.cluster.unreachableSinceMs).toBeGreaterThan(0)
    await client.close()
  })

  test('somebody else listens: the message says so', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const client = clientOf(port, fastClock(20), 2_000)
    await expect(client.admin().listTopics()).rejects.toThrow(/this is not a Kafka broker, or it speaks TLS/)
    await client.close()
    await new Promise((resolve) => server.close(resolve))
  })

  test('somebody takes the connection and is silent: the request times out with its name', async () => {
    const server = createServer(() => {})
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const client = clientOf(port, fastClock(20), 2_000)
    await expect(client.admin().listTopics()).rejects.toThrow(/has not answered ApiVersions for 2000 ms/)
    await client.close()
    server.close()
  })
})
