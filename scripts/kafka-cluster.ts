// A cluster of real Apache Kafka brokers for as long as something runs on it: one, or three that replicate everything.
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type NodeOptions, kafkaClassPath, newClusterId, runningPid, startNode, stopNode } from './kafka-node.ts'

export interface ClusterOptions extends Pick<NodeOptions, 'version' | 'formatArguments' | 'isLight'> {
  /** @defaultValue 1 */
  readonly brokers?: 1 | 3
  /** Settings of every broker. */
  readonly properties?: Readonly<Record<string, string>>
}

const REPLICATED: Readonly<Record<string, string>> = {
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'share.coordinator.state.topic.replication.factor': '3',
  'share.coordinator.state.topic.min.isr': '2',
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  // A broker that was killed is taken for dead, and its partitions get new leaders.
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
}

/** Ports that are free now, all at once. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(servers.map((server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done))))
  const ports = servers.map((server) => (server.address() as AddressInfo).port) // listens on TCP
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}

export class KafkaCluster implements AsyncDisposable {
  readonly #dir: string
  readonly #nodes: readonly NodeOptions[]

  private constructor(dir: string, nodes: readonly NodeOptions[]) {
    this.#dir = dir
    this.#nodes = nodes
  }

  static async start({ brokers = 1, properties = {}, ...rest }: ClusterOptions = {}): Promise<KafkaCluster> {
    kafkaClassPath(rest.version) // fetched once, before several want it
    const dir = mkdtempSync(join(tmpdir(), 'tidemill-kafka-'))
    const ports = await freePorts(2 * brokers)
    const controllerPort = (i: number): number => ports[brokers + i] as number // there are twice as many
    const voters = Array.from({ length: brokers }, (_, i) => `${i + 1}@127.0.0.1:${controllerPort(i)}`).join(',')
    const clusterId = newClusterId()
    const nodes = Array.from({ length: brokers }, (_, i): NodeOptions => {
      return {
        ...rest,
        dir: join(dir, String(i + 1)),
        id: i + 1,
        port: ports[i] as number, // as many as brokers
        controllerPort: controllerPort(i),
        voters,
        clusterId,
        properties: { ...(brokers === 1 ? {} : REPLICATED), ...properties },
      }
    })
    const cluster = new KafkaCluster(dir, nodes)
    cluster.#endWithUs()
    try {
      await Promise.all(nodes.map(startNode))
    } catch (error) {
      await cluster.stop()
      throw error
    }
    return cluster
  }

  /** HOST:PORT of every broker. */
  get servers(): string {
    return this.#nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')
  }

  /** Node ids. */
  get ids(): readonly number[] {
    return this.#nodes.map(({ id = 1 }) => id)
  }

  async kill(id: number, signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    await stopNode(this.#node(id).dir, signal)
  }

  /** Stops a broker in its tracks; `SIGCONT` lets it go on. */
  signal(id: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
    const pid = runningPid(this.#node(id).dir)
    if (pid !== undefined) process.kill(pid, signal)
  }

  async restart(id: number): Promise<void> {
    await startNode(this.#node(id))
  }

  /** Ends all and removes their data. May be called twice. */
  async stop(): Promise<void> {
    for (const { id = 1 } of this.#nodes) this.signal(id, 'SIGCONT')
    // What they hold is thrown away: nothing is gained by an orderly end.
    await Promise.all(this.#nodes.map(({ dir }) => stopNode(dir, 'SIGKILL')))
    rmSync(this.#dir, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Nobody else would stop them: they run in the background. */
  #endWithUs(): void {
    process.once('exit', () => {
      for (const { dir } of this.#nodes) {
        const pid = runningPid(dir)
        if (pid !== undefined) process.kill(pid, 'SIGKILL')
      }
      rmSync(this.#dir, { recursive: true, force: true })
    })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  }

  #node(id: number): NodeOptions {
    const node = this.#nodes.find((each) => each.id === id)
    if (node === undefined) throw new Error(`there is no broker ${id}`)
    return node
  }
}
