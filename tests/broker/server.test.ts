import { mkdtempSync, rmSync } from 'node:fs'
import * as net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterEach, describe, expect, it } from 'vitest'
import { MemoryDisk } from '../../src/base/index.ts'
import { type Broker, type BrokerOptions, startBroker } from '../../src/broker/index.ts'
import { TestClient, makeBatch } from './test-client.ts'

const toClose: Broker[] = []
const directories: string[] = []
afterEach(async () => {
  for (const broker of toClose.splice(0)) await broker.close()
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true })
})

async function start(options: BrokerOptions = {}): Promise<{ broker: Broker; port: number; warnings: string[] }> {
  const warnings: string[] = []
  const place = options.dir === undefined ? { disk: new MemoryDisk() } : {}
  const broker = await startBroker({ onWarning: (message) => warnings.push(message), ...place, ...options })
  toClose.push(broker)
  return { broker, port: broker.address?.port ?? -1, warnings }
}

function temporary(): string {
  const path = mkdtempSync(join(tmpdir(), 'tidemill-broker-'))
  directories.push(path)
  return path
}

/** Sends bytes; resolves with all that came back when the peer closes. */
function talk(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(chunks)))
    socket.on('error', reject)
  })
}

describe('the TCP server', () => {
  it('says which port is in use, and what to do', async () => {
    const { port } = await start()
    await expect(startBroker({ disk: new MemoryDisk(), listen: { port } })).rejects.toMatchObject({
      code: 'port-in-use',
      message: `port ${port} on 127.0.0.1 is taken by another process: stop it, or choose another port (0 takes a free one)`,
    })
    await expect(startBroker({ disk: new MemoryDisk(), listen: { host: '192.0.2.1' } })).rejects.toMatchObject({
      code: 'address-not-available',
    })
  })

  it('closes a connection that does not speak Kafka, says why, and serves the others', async () => {
    const { port, warnings } = await start()
    expect(await talk(port, Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toHaveLength(0)
    expect(warnings[0]).toContain('announced a frame of 1195725856 bytes')
    expect(await talk(port, Buffer.from('ffffffff', 'hex'))).toHaveLength(0)
    expect(await talk(port, Buffer.from('0000000400030001', 'hex'))).toHaveLength(0)
    expect(await talk(port, Buffer.from('0000000a7fff0001000000010000', 'hex'))).toHaveLength(0)
    expect(warnings).toHaveLength(4)
    const versions = Buffer.from('0000000a0012000000000007ffff', 'hex')
    const answer = await new Promise<Buffer>((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => socket.write(versions))
      socket.once('data', (chunk) => {
        resolve(chunk)
        socket.destroy()
      })
    })
    expect(answer.readInt32BE(4)).toBe(7)
  })

  it('puts frames together however they are cut', async () => {
    const { port } = await start()
    const versions = Buffer.from('0000000a0012000000000007ffff', 'hex')
    const bytes = Buffer.concat([versions, versions, versions])
    const socket = net.connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    const done = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        chunks.push(chunk)
        const all = Buffer.concat(chunks)
        let count = 0
        for (
          let at = 0;
          at + 4 <= all.length && at + 4 + all.readInt32BE(at) <= all.length;
          at += 4 + all.readInt32BE(at)
        )
          count++
        if (count === 3) resolve()
      })
    })
    for (const byte of bytes) {
      await new Promise((resolve) => socket.write(Buffer.of(byte), resolve))
    }
    await done
    socket.destroy()
  })

  it('closes in good time with clients connected, and may be closed twice', async () => {
    const { broker, port } = await start()
    const socket = net.connect(port, '127.0.0.1')
    await new Promise((resolve) => socket.once('connect', resolve))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await Promise.all([broker.close(), broker.close()])
    await closed
  })

  it('keeps everything in its directory over a restart', async () => {
    const dir = temporary()
    const first = await start({ dir })
    const client = new TestClient(first.broker)
    await client.createTopic('t')
    await client.produce('t', makeBatch(['kept'], {}))
    await first.broker.close()
    const second = await start({ dir, listen: false })
    const reader = new TestClient(second.broker)
    expect(await reader.values('t')).toEqual(['kept'])
    expect(second.broker.status()).toMatchObject({
      clusterId: first.broker.clusterId,
      leaderEpoch: 1,
      location: dir,
      topics: [{ name: 't', isInternal: false, partitions: [{ startOffset: 0, endOffset: 1 }] }],
    })
  })

  it('refuses options that make no sense', async () => {
    await expect(startBroker({})).rejects.toMatchObject({ code: 'invalid-config' })
    await expect(startBroker({ disk: new MemoryDisk(), configs: { 'no.such.config': 1 } })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining('the broker has no config no.such.config'),
    })
    await expect(startBroker({ disk: new MemoryDisk(), partitions: 0 })).rejects.toMatchObject({
      code: 'invalid-config',
    })
  })
})

describe('kafkajs', () => {
  it('produces, consumes in a group and runs transactions', async () => {
    const { port } = await start({ partitions: 2, dir: temporary() })
    const kafka = new Kafka({ clientId: 'kafkajs', brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    const producer = kafka.producer({ idempotent: true, transactionalId: 'tx', maxInFlightRequests: 1 })
    const consumer = kafka.consumer({ groupId: 'g', sessionTimeout: 6000, heartbeatInterval: 500 })
    await admin.connect()
    await producer.connect()
    await consumer.connect()
    try {
      await admin.createTopics({ topics: [{ topic: 't', numPartitions: 2 }], waitForLeaders: true })
      const aborted = await producer.transaction()
      await aborted.send({ topic: 't', messages: [{ key: 'k', value: 'aborted' }] })
      await aborted.abort()
      const transaction = await producer.transaction()
      const messages = Array.from({ length: 20 }, (_, i) => ({ key: `k${i}`, value: `v${i}`, headers: { h: 'x' } }))
      await transaction.send({ topic: 't', messages })
      await transaction.commit()
      await consumer.subscribe({ topic: 't', fromBeginning: true })
      const seen: string[] = []
      await new Promise<void>((resolve, reject) => {
        consumer
          .run({
            autoCommit: false,
            eachMessage: async ({ message }) => {
              seen.push(message.value?.toString() ?? '')
              if (seen.length === 20) resolve()
            },
          })
          .catch(reject)
      })
      expect(seen.sort()).toEqual(messages.map((message) => message.value).sort())
      await consumer.commitOffsets([{ topic: 't', partition: 0, offset: '3' }])
      const offsets = await admin.fetchOffsets({ groupId: 'g', topics: ['t'] })
      expect(offsets[0]?.partitions.find((each) => each.partition === 0)?.offset).toBe('3')
      expect(await admin.listTopics()).toContain('t')
    } finally {
      await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()])
    }
  })
})
