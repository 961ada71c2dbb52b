import { describe, expect, test } from 'vitest'
import { ManualClock, TidemillError, must, seededPrng } from '../../src/base/index.ts'
import { createClient } from '../../src/client/index.ts'
import { Connection } from '../../src/client/connection.ts'
import { ERROR, apiVersionsApi, heartbeatApi, listGroupsApi, produceApi } from '../../src/protocol/index.ts'
import { ALL_VERSIONS, type Received, ScriptedTransport, settle } from './scripted-transport.ts'

const address = { host: 'scripted', port: 1 }
const heartbeat = { groupId: 'g', generationId: 1, memberId: 'm' }

async function open(transport: ScriptedTransport, clock = new ManualClock()): Promise<Connection> {
  return Connection.open(address, { transport, clock, clientId: 'test', requestTimeoutMs: 1_000 })
}

describe('a connection', () => {
  test('asks for versions again in one that an older broker knows', async () => {
    const transport = new ScriptedTransport()
    const asked: number[] = []
    transport.apiVersions = ({ version, answer }) => {
      asked.push(version)
      if (version <= 2) return answer({ ...ALL_VERSIONS, apiKeys: [{ apiKey: 12, minVersion: 0, maxVersion: 3 }] })
      const offered = [{ apiKey: apiVersionsApi.key, minVersion: 0, maxVersion: 2 }]
      return answer({ errorCode: ERROR.UNSUPPORTED_VERSION, apiKeys: offered }, 0)
    }
    const connection = await open(transport)
    expect(asked).toEqual([4, 2])
    expect(connection.version(heartbeatApi)).toBe(3)
  })

  test('asks in version 0 where the broker does not say which it knows', async () => {
    const transport = new ScriptedTransport()
    const asked: number[] = []
    transport.apiVersions = ({ version, answer }) => {
      asked.push(version)
      answer(version === 0 ? ALL_VERSIONS : { errorCode: ERROR.UNSUPPORTED_VERSION, apiKeys: [] }, 0)
    }
    await open(transport)
    expect(asked).toEqual([4, 0])
  })

  test('names both sides where they have no version in common', async () => {
    const transport = new ScriptedTransport()
    transport.apiVersions = ({ answer }) => {
      answer({ errorCode: 0, apiKeys: [{ apiKey: produceApi.key, minVersion: 90, maxVersion: 99 }] })
    }
    const connection = await open(transport)
    expect(() => connection.version(produceApi)).toThrow(
      'broker scripted:1 cannot serve Produce: we speak versions 3 to 13, it offers versions 90 to 99',
    )
    await expect(connection.request(heartbeatApi, heartbeat)).rejects.toMatchObject({ code: 'request-not-supported' })
  })

  test('sends at once and gives answers to the requests they belong to', async () => {
    const transport = new ScriptedTransport()
    const connection = await open(transport)
    const first = connection.request(heartbeatApi, heartbeat)
    const second = connection.request(listGroupsApi, { statesFilter: [], typesFilter: [] })
    await settle()
    const [one, two] = transport.received as [Received, Received]
    one.answer({ errorCode: 27 })
    two.answer({ errorCode: 0, groups: [] })
    expect((await first).errorCode).toBe(27)
    expect((await second).groups).toEqual([])
  })

  test('is given up when an answer is for another request', async () => {
    const transport = new ScriptedTransport()
    const connection = await open(transport)
    const first = connection.request(heartbeatApi, heartbeat)
    const second = connection.request(heartbeatApi, heartbeat)
    await settle()
    must(transport.received[1], 'request').answer({ errorCode: 0 })
    await expect(first).rejects.toThrow(/answered request \d+ where \d+ was due/)
    await expect(second).rejects.toThrow()
    expect(connection.isOpen).toBe(false)
  })

  test('is given up when an answer is late, and says which and for how long', async () => {
    const transport = new ScriptedTransport()
    const clock = new ManualClock()
    const connection = await open(transport, clock)
    const late = connection.request(heartbeatApi, heartbeat, { timeoutMs: 700 })
    const behind = connection.request(listGroupsApi, { statesFilter: [], typesFilter: [] })
    clock.advance(699)
    expect(connection.isOpen).toBe(true)
    clock.advance(1)
    await expect(late).rejects.toMatchObject({
      name: 'RetriableError',
      code: 'request-timed-out',
      message: 'broker scripted:1 has not answered Heartbeat for 700 ms: the connection is given up',
    })
    await expect(behind).rejects.toMatchObject({ code: 'request-timed-out' })
    expect(connection.isOpen).toBe(false)
  })

  test('that is lost fails what is on its way with a RetriableError that names it', async () => {
    const transport = new ScriptedTransport()
    transport.script = ({ cut }) => cut(new Error('ECONNRESET'))
    const connection = await open(transport)
    await expect(connection.request(heartbeatApi, heartbeat)).rejects.toMatchObject({
      name: 'RetriableError',
      code: 'broker-disconnected',
      message: 'lost the connection to broker scripted:1 while Heartbeat was on its way: ECONNRESET',
    })
  })
})

describe('a client', () => {
  test('asks for the metadata once for many who ask at the same time', async () => {
    const transport = new ScriptedTransport()
    transport.topics = { a: 1, b: 2 }
    const clock = new ManualClock()
    const client = createClient({ clientId: 'test', transport, clock, prng: seededPrng(1) })
    const [a, b] = await Promise.all([client.cluster.refresh(['a']), client.cluster.refresh(['b', 'c'])])
    expect(a.map(({ name }) => name)).toEqual(['a'])
    expect(b.map(({ name, partitions }) => [name, partitions])).toEqual([['b', 2]])
    expect(transport.connectCount).toBe(1)
    await client.close()
    await expect(client.cluster.refresh()).rejects.toBeInstanceOf(TidemillError)
  })

  test('looks at the metadata again when it is old', async () => {
    const transport = new ScriptedTransport()
    transport.topics = { a: 1 }
    const clock = new ManualClock()
    const prng = seededPrng(1)
    const client = createClient({ clientId: 'test', transport, clock, prng, metadataAgeMsMax: 10_000 })
    await client.cluster.refresh(['a'])
    transport.topics = { a: 5 }
    clock.advance(10_000)
    await settle()
    expect(client.cluster.topic('a')?.partitions).toBe(5)
    await client.close()
  })
})
