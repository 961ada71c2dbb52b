// The brokers under test and what can be done to them: three of Apache Kafka, or ours.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Prng, sleep, systemClock } from '../../src/base/index.ts'
import { endBroker, runBroker } from '../broker-process.ts'
import { KafkaCluster } from '../kafka-cluster.ts'
import { kafkaClassPath } from '../kafka-node.ts'

export type Say = (text: string) => void

export interface Brokers {
  readonly servers: string
  readonly ports: readonly number[]
  readonly replicationFactor: number
  /** Names of what disturb() can do. */
  readonly faults: readonly string[]
  /** Says what it does, does it, and mends it again. Topics: those whose leaders may be moved. */
  disturb(fault: string, prng: Prng, topics: readonly string[], say: Say): Promise<void>
  stop(): Promise<void>
}

const wait = (ms: number): Promise<void> => sleep(systemClock, ms)

export async function startKafka(): Promise<Brokers> {
  const classPath = kafkaClassPath()
  const cluster = await KafkaCluster.start({ brokers: 3, isLight: true })
  const ports = cluster.servers.split(',').map((server) => Number(server.split(':')[1]))
  const faults = ['kill', 'restart', 'pause', 'pause', 'move-leaders']
  const disturb = async (fault: string, prng: Prng, topics: readonly string[], say: Say): Promise<void> => {
    const id = 1 + prng.integer(ports.length)
    const downMs = 1_000 + prng.integer(6_000)
    switch (fault) {
      case 'kill':
      case 'restart':
        say(`broker ${id}: ${fault}, away for ${downMs} ms`)
        await cluster.kill(id, fault === 'kill' ? 'SIGKILL' : 'SIGTERM')
        await wait(downMs)
        return cluster.restart(id)
      case 'pause':
        say(`broker ${id}: stopped in its tracks for ${downMs} ms`)
        cluster.signal(id, 'SIGSTOP')
        await wait(downMs)
        return cluster.signal(id, 'SIGCONT')
      default:
        say(await moveLeaders(classPath, cluster.servers, prng, topics))
    }
  }
  return { servers: cluster.servers, ports, replicationFactor: 3, faults, disturb, stop: () => cluster.stop() }
}

/** Gives the partitions a new order of replicas, and the first of each the lead. */
async function moveLeaders(classPath: string, servers: string, prng: Prng, topics: readonly string[]): Promise<string> {
  const file = join(process.env['TMPDIR'] ?? '/tmp', `tidemill-leaders-${process.pid}.json`)
  const partitions = topics.flatMap((topic) =>
    [0, 1, 2, 3].map((partition) => {
      const first = prng.integer(3)
      return { topic, partition, replicas: [0, 1, 2].map((i) => ((first + i) % 3) + 1) }
    }),
  )
  writeFileSync(file, JSON.stringify({ version: 1, partitions }))
  const common = ['--bootstrap-server', servers]
  const moved = await tool(classPath, 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand', [
    ...common,
    '--execute',
    '--reassignment-json-file',
    file,
  ])
  const elected = await tool(classPath, 'org.apache.kafka.tools.LeaderElectionCommand', [
    ...common,
    '--election-type',
    'preferred',
    '--all-topic-partitions',
  ])
  const outcome = moved === 0 && elected === 0 ? 'moved' : `asked to move (exit codes ${moved}, ${elected})`
  return `leaders of ${partitions.length} partitions ${outcome}`
}

/** Kafka's own tools; each is a Java program. */
function tool(classPath: string, name: string, args: readonly string[]): Promise<number> {
  const child = spawn('java', ['-XX:TieredStopAtLevel=1', '-Xmx128m', '-cp', classPath, name, ...args], {
    stdio: 'ignore',
    timeout: 60_000,
  })
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
}

export async function startOurs(dir: string): Promise<Brokers> {
  let { broker, port } = await runBroker(dir, 0)
  const disturb = async (fault: string, prng: Prng, _topics: unknown, say: Say): Promise<void> => {
    const downMs = prng.integer(4_000)
    if (fault === 'pause') {
      say(`the broker: stopped in its tracks for ${downMs} ms`)
      broker.kill('SIGSTOP')
      await wait(downMs)
      broker.kill('SIGCONT')
      return
    }
    say(`the broker: ${fault}, away for ${downMs} ms`)
    await endBroker(broker, fault === 'kill' ? 'SIGKILL' : 'SIGTERM')
    await wait(downMs)
    ;({ broker, port } = await runBroker(dir, port))
  }
  return {
    servers: `127.0.0.1:${port}`,
    ports: [port],
    replicationFactor: 1,
    faults: ['kill', 'restart', 'pause'],
    disturb,
    stop: async () => {
      broker.kill('SIGCONT')
      await endBroker(broker, 'SIGTERM')
    },
  }
}
