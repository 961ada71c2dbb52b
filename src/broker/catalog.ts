// What the cluster is: its id, its topics with ids and configs, the leader epoch of this start, the next block of producer ids. Kept in
// `cluster.json`, replaced as a whole and durably at each change, before the change shows. FORMAT.md has its fields.
// Every start takes a new leader epoch.
import { type Disk, type Prng, TidemillError, must } from '../base/index.ts'
import type { BrokerConfigs } from './config-table.ts'
import type { LogDirectory } from './log/log-directory.ts'
import type { PartitionLog } from './log/partition-log.ts'
import { Topic, type TopicEntry } from './topic.ts'

const FILE = 'cluster.json'
const VERSION = 1
const PRODUCER_ID_BLOCK = 1000

interface ClusterFile {
  readonly version: number
  readonly clusterId: string
  readonly leaderEpoch: number
  readonly nextProducerId: number
  readonly topics: readonly TopicEntry[]
}

/** The part of the catalog that is needed before there are logs. */
export interface ClusterIdentity {
  readonly clusterId: string
  readonly leaderEpoch: number
  readonly nextProducerId: number
  readonly topics: readonly TopicEntry[]
}

/** Reads the file, or begins a new cluster; takes the next leader epoch and makes it durable. */
export function beginEpoch(disk: Disk, prng: Prng): ClusterIdentity {
  const bytes = disk.readFile(FILE)
  const previous = bytes === undefined ? newCluster(prng) : parseCluster(bytes, disk.location)
  const identity = { ...previous, leaderEpoch: previous.leaderEpoch + 1 }
  disk.replaceFile(FILE, Buffer.from(JSON.stringify(identity, undefined, 1)))
  return identity
}

export class Catalog {
  readonly clusterId: string
  readonly leaderEpoch: number
  readonly topics: Map<string, Topic> = new Map()
  readonly topicsById: Map<string, Topic> = new Map()
  readonly #disk: Disk
  readonly #logs: LogDirectory
  readonly #configs: BrokerConfigs
  #entries: ReadonlyMap<string, TopicEntry>
  #nextProducerId: number
  #producerIdsEnd: number

  constructor(disk: Disk, identity: ClusterIdentity, logs: LogDirectory, configs: BrokerConfigs) {
    this.#disk = disk
    this.#logs = logs
    this.#configs = configs
    this.clusterId = identity.clusterId
    this.leaderEpoch = identity.leaderEpoch
    this.#nextProducerId = identity.nextProducerId
    this.#producerIdsEnd = identity.nextProducerId
    this.#entries = new Map(identity.topics.map((entry) => [entry.name, entry]))
    for (const entry of identity.topics) {
      this.#add(entry, (topic, i) => logs.open(topic.name, i, topic.id, topic.settings))
    }
    logs.opened()
  }

  log(name: string, partition: number): PartitionLog | undefined {
    return this.topics.get(name)?.logs[partition]
  }

  /** A producer id that was never given out; ids are taken from the file in blocks, so a crash skips some. */
  nextProducerId(): number {
    if (this.#nextProducerId === this.#producerIdsEnd) {
      this.#save(this.#entries, this.#producerIdsEnd + PRODUCER_ID_BLOCK)
      this.#producerIdsEnd += PRODUCER_ID_BLOCK
    }
    return this.#nextProducerId++
  }

  /** Changes any number of topics at once: durable first, then seen. Throws disk-full or disk-failed with nothing changed. */
  update(change: (entries: Map<string, TopicEntry>) => void): void {
    const entries = new Map(this.#entries)
    change(entries)
    this.#save(entries, this.#producerIdsEnd)
    this.#entries = entries
    for (const topic of this.topics.values()) {
      if (entries.get(topic.name)?.id !== topic.id) this.#remove(topic)
    }
    for (const entry of entries.values()) {
      const topic = this.topics.get(entry.name)
      if (topic === undefined) this.#add(entry, (made, i) => this.#logs.create(made.name, i, made.id, made.settings))
      else if (topic.entry !== entry) this.#change(topic, entry)
    }
  }

  #add(entry: TopicEntry, openLog: (topic: Topic, partition: number) => PartitionLog): void {
    const topic = new Topic(entry, this.#configs)
    for (let i = 0; i < entry.partitions; i++) topic.logs.push(openLog(topic, i))
    this.topics.set(topic.name, topic)
    this.topicsById.set(topic.id, topic)
  }

  #change(topic: Topic, entry: TopicEntry): void {
    topic.update(entry, this.#configs)
    for (let i = topic.logs.length; i < entry.partitions; i++) {
      topic.logs.push(this.#logs.create(topic.name, i, topic.id, topic.settings))
    }
  }

  #remove(topic: Topic): void {
    this.topics.delete(topic.name)
    this.topicsById.delete(topic.id)
    for (const log of topic.logs) this.#logs.remove(log)
  }

  #save(entries: ReadonlyMap<string, TopicEntry>, nextProducerId: number): void {
    const file: ClusterFile = {
      version: VERSION,
      clusterId: this.clusterId,
      leaderEpoch: this.leaderEpoch,
      nextProducerId,
      topics: [...entries.values()],
    }
    this.#disk.replaceFile(FILE, Buffer.from(JSON.stringify(file, undefined, 1)))
  }
}

export function randomId(prng: Prng): string {
  return prng.bytes(16).toString('hex')
}

function newCluster(prng: Prng): ClusterFile {
  // Kafka's cluster ids are 16 bytes in base64url.
  const clusterId = prng.bytes(16).toString('base64url')
  return { version: VERSION, clusterId, leaderEpoch: -1, nextProducerId: 0, topics: [] }
}

function parseCluster(bytes: Buffer, location: string): ClusterFile {
  let file: ClusterFile
  try {
    file = JSON.parse(bytes.toString()) as ClusterFile
    must(file.clusterId, 'clusterId')
    must(file.topics, 'topics')
  } catch (cause) {
    throw new TidemillError(
      'corrupt-log',
      `${FILE} on ${location} cannot be read: it lists the topics, so the broker does not start without it. Restore it from a copy.`,
      { cause },
    )
  }
  if (file.version > VERSION) {
    throw new TidemillError(
      'invalid-config',
      `${FILE} on ${location} has version ${file.version}, this broker knows ${VERSION}: use the newer Tidemill that wrote it`,
    )
  }
  return file
}
