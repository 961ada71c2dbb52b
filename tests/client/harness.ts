// A client on a broker of its own: in the same process, on a memory disk.
import { type Clock, MemoryDisk, RetriableError, seededPrng, systemClock } from '../../src/base/index.ts'
import { type Broker, startBroker } from '../../src/broker/index.ts'
import { connectInProcess } from '../../src/app/in-process-transport.ts'
import {
  type BrokerAddress,
  type Client,
  type ConnectionListener,
  type Fetcher,
  TcpTransport,
  type Transport,
  type TransportConnection,
  createClient,
} from '../../src/client/index.ts'
import { Reader, apiVersionsApi, encodeResponse, readResponseHeader, recordCursor } from '../../src/protocol/index.ts'
import { type TopicPartition, topicPartition } from '../../src/record/index.ts'

export interface TestCluster {
  readonly broker: Broker
  readonly client: Client
  readonly transport: SwitchableTransport
  newClient(clientId?: string, clock?: Clock): Client
  /** The same data behind a new broker, as after a restart. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** In-process connections that a test can cut, and a broker that it can take away and put back. */
export class SwitchableTransport implements Transport {
  broker: Broker | undefined
  readonly #transactionVersion: number
  readonly #open = new Set<TransportConnection>()

  constructor(broker: Broker, transactionVersion: number) {
    this.broker = broker
    this.#transactionVersion = transactionVersion
  }

  async bootstrap(): Promise<readonly BrokerAddress[]> {
    return [{ host: '127.0.0.1', port: 1 }]
  }

  async connect(_address: BrokerAddress, listener: ConnectionListener): Promise<TransportConnection> {
    if (this.broker === undefined) throw new RetriableError('broker-not-reachable', 'the broker is switched off')
    let isFirst = true
    const connection = connectInProcess(this.broker, {
      onFrame: (frame) => {
        listener.onFrame(isFirst ? this.#withFeatures(frame) : frame)
        isFirst = false
      },
      onClose: (error) => {
        this.#open.delete(connection)
        listener.onClose(error)
      },
    })
    this.#open.add(connection)
    return connection
  }

  // The first answer on a connection says which features are switched on.
  #withFeatures(frame: Buffer): Buffer {
    const version = apiVersionsApi.latestStableVersion
    const reader = new Reader(frame)
    const correlationId = readResponseHeader(reader, 0)
    const response = apiVersionsApi.readResponse(reader, version)
    const feature = { name: 'transaction.version', minVersionLevel: 1, maxVersionLevel: this.#transactionVersion }
    return Buffer.concat(
      encodeResponse(apiVersionsApi, version, correlationId, { ...response, finalizedFeatures: [feature] }),
    )
  }

  /** Ends all connections, as a network would. */
  cut(): void {
    for (const connection of this.#open) connection.close()
  }

  async close(): Promise<void> {}
}

export interface ClusterOptions {
  readonly configs?: Readonly<Record<string, string | number | boolean>>
  readonly requestTimeoutMs?: number
  /** The protocol of transactions that the broker has switched on. @defaultValue 2 */
  readonly transactionVersion?: number
}

/** A clock on which long waits are short. */
export function fastClock(factor: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonicMs: () => systemClock.monotonicMs() * factor,
    setTimer: (delayMs, callback, options) => systemClock.setTimer(delayMs / factor, callback, options),
  }
}

export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const disk = new MemoryDisk()
  const start = (): Promise<Broker> =>
    startBroker({
      disk,
      listen: false,
      durability: 'never',
      autoCreateTopics: false,
      configs: { 'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 100, ...options.configs },
    })
  const broker = await start()
  const transport = new SwitchableTransport(broker, options.transactionVersion ?? 2)
  const clients: Client[] = []
  const newClient = (clientId = 'test', clock = systemClock): Client => {
    const requestTimeoutMs = options.requestTimeoutMs ?? 5_000
    const client = createClient({
      clientId,
      transport,
      clock,
      prng: seededPrng(clients.length + 1),
      requestTimeoutMs,
    })
    clients.push(client)
    return client
  }
  return {
    broker,
    client: newClient(),
    transport,
    newClient,
    restart: async () => {
      const old = transport.broker
      transport.broker = undefined
      await old?.close()
      transport.broker = await start()
    },
    close: async () => {
      for (const client of clients) await client.close()
      await transport.broker?.close()
    },
  }
}

export interface TcpCluster {
  readonly broker: Broker
  readonly client: Client
  close(): Promise<void>
}

export async function startTcpCluster(): Promise<TcpCluster> {
  const broker = await startBroker({
    disk: new MemoryDisk(),
    durability: 'never',
    autoCreateTopics: false,
    configs: { 'group.initial.rebalance.delay.ms': 0 },
  })
  const transport = new TcpTransport({ bootstrap: [broker.address as BrokerAddress], clock: systemClock })
  const client = createClient({ clientId: 'test', transport, clock: systemClock, prng: seededPrng(1) })
  return {
    broker,
    client,
    close: async () => {
      await client.close()
      await broker.close()
    },
  }
}

/** As many as were asked for: a test takes no more. */
type Partitions = readonly [TopicPartition, TopicPartition, TopicPartition, ...TopicPartition[]]

export async function createTopic(client: Client, name: string, partitions = 1): Promise<Partitions> {
  await client.admin().createTopics([{ name, partitions, replicationFactor: -1, config: {} }])
  return Array.from({ length: partitions }, (_, i) => topicPartition(name, i)) as unknown as Partitions
}

export interface ReadRecord {
  readonly key: string | null
  readonly value: string | null
  readonly offset: number
  readonly timestamp: number
}

/** Polls until that many records have come, or throws with those that have. */
export async function readRecords(fetcher: Fetcher, count: number, timeoutMs = 5_000): Promise<readonly ReadRecord[]> {
  const records: ReadRecord[] = []
  const deadlineMs = systemClock.monotonicMs() + timeoutMs
  while (records.length < count) {
    const leftMs = deadlineMs - systemClock.monotonicMs()
    if (leftMs <= 0) throw new Error(`${records.length} of ${count} records came in time`)
    const { partitions, problems } = await fetcher.poll(leftMs)
    if (problems.length > 0) throw new Error(`problem: ${JSON.stringify(problems)}`)
    for (const { batches, fromOffset } of partitions) {
      for (const batch of batches) {
        const cursor = recordCursor(batch)
        const text = (start: number, length: number): string | null =>
          length < 0 ? null : cursor.buffer.toString('utf8', start, start + length)
        while (cursor.next()) {
          if (cursor.offset < fromOffset) continue
          records.push({
            key: text(cursor.keyStart, cursor.keyLength),
            value: text(cursor.valueStart, cursor.valueLength),
            offset: cursor.offset,
            timestamp: cursor.timestamp,
          })
        }
      }
    }
  }
  return records
}
