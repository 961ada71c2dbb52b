// What the client knows of the cluster: brokers, topics, leaders. Asked anew on errors and when it grows old. Refreshes that
// come while one is on its way share the next. An answer with an older leader epoch than the known one is stale: ignored.
import { type Clock, type Prng, RetriableError, TidemillError, type Timer } from '../base/index.ts'
import { ERROR, type MetadataResponse, metadataApi } from '../protocol/index.ts'
import { type TopicPartition, formatTopicPartition } from '../record/index.ts'
import { retrying } from './backoff.ts'
import type { Connections } from './connections.ts'
import type { ClusterMetadata, TopicMetadata } from './contract.ts'
import { brokerError } from './broker-error.ts'
import { similarNames } from './similar-names.ts'
import { formatAddress } from './tcp-transport.ts'
import type { BrokerAddress } from './transport.ts'

export interface Leader {
  readonly nodeId: number
  readonly address: BrokerAddress
  readonly epoch: number
}

interface KnownTopic extends TopicMetadata {
  readonly leaders: readonly { readonly nodeId: number; readonly epoch: number }[]
}

interface QueuedRefresh {
  /** undefined: all topics. */
  names: Set<string> | undefined
  readonly done: Promise<void>
}

export interface ClusterOptions {
  readonly connections: Connections
  readonly clock: Clock
  readonly prng: Prng
  readonly requestTimeoutMs: number
  readonly metadataAgeMsMax: number
}

export class Cluster implements ClusterMetadata {
  readonly #options: ClusterOptions
  readonly #brokers = new Map<number, BrokerAddress>()
  readonly #topics = new Map<string, KnownTopic>()
  readonly #namesById = new Map<string, string>()
  readonly #refusals = new Map<string, TidemillError>()
  #controllerId = -1
  #queued: QueuedRefresh | undefined
  #busy: Promise<void> = Promise.resolve()
  #ageTimer: Timer | undefined
  #isClosed = false

  constructor(options: ClusterOptions) {
    this.#options = options
    this.#armAgeTimer()
  }

  get unreachableSinceMs(): number | undefined {
    return this.#options.connections.unreachableSinceMs
  }

  get controllerId(): number {
    return this.#controllerId
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)
  }

  topicName(id: string): string | undefined {
    return this.#namesById.get(id)
  }

  /** Why the broker does not show this topic (not allowed, no valid name); undefined where it just does not exist. */
  refusal(name: string): TidemillError | undefined {
    return this.#refusals.get(name)
  }

  broker(nodeId: number): BrokerAddress | undefined {
    return this.#brokers.get(nodeId)
  }

  brokers(): readonly BrokerAddress[] {
    return [...this.#brokers.values()]
  }

  leader(tp: TopicPartition): Leader | undefined {
    const known = this.#topics.get(tp.topic)?.leaders[tp.partition]
    const address = known === undefined ? undefined : this.#brokers.get(known.nodeId)
    return known === undefined || address === undefined ? undefined : { ...known, address }
  }

  async refresh(topics?: readonly string[]): Promise<readonly TopicMetadata[]> {
    await this.#enqueue(topics)
    if (topics === undefined) return [...this.#topics.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    return topics.flatMap((name) => this.#topics.get(name) ?? [])
  }

  /** Makes sure that the topic is known, waiting for one that was just created. @throws `topic-not-found` */
  async require(name: string, waitMs = 0): Promise<TopicMetadata> {
    const { clock, prng } = this.#options
    return retrying({ clock, prng, timeoutMs: waitMs }, async () => {
      const known = this.#topics.get(name) ?? (await this.refresh([name]))[0]
      if (known !== undefined) return known
      throw this.refusal(name) ?? new RetriableError('topic-not-found', `topic '${name}' does not exist`)
    }).catch(async (error: Error) => {
      throw error instanceof RetriableError && error.code === 'topic-not-found' ? await this.topicNotFound(name) : error
    })
  }

  /** The error for a topic that is missing, with the names that come near. */
  async topicNotFound(name: string): Promise<TidemillError> {
    const all = await this.refresh().catch(() => [...this.#topics.values()])
    const names = all.map((each) => each.name)
    const near = similarNames(name, names)
    const hint =
      near.length > 0
        ? `did you mean ${near.map((each) => `'${each}'`).join(' or ')}?`
        : `create it first (the cluster has ${names.length === 0 ? 'no topics' : `${names.length} topics, none with a similar name`})`
    return new TidemillError('topic-not-found', `topic '${name}' does not exist: ${hint}`)
  }

  /** The error for a partition beyond the topic's last. */
  partitionNotFound(tp: TopicPartition): TidemillError {
    const count = this.#topics.get(tp.topic)?.partitions ?? 0
    const message = `${formatTopicPartition(tp)} does not exist: topic '${tp.topic}' has ${count} partitions (0 to ${count - 1})`
    return new TidemillError('topic-not-found', message)
  }

  close(): void {
    this.#isClosed = true
    this.#ageTimer?.cancel()
  }

  #enqueue(topics: readonly string[] | undefined): Promise<void> {
    if (this.#queued === undefined) {
      const done = this.#busy.then(() => this.#sendQueued())
      this.#queued = { names: new Set(), done }
      this.#busy = done.catch(() => undefined)
    }
    const { names } = this.#queued
    if (topics === undefined) this.#queued.names = undefined
    else for (const name of topics) names?.add(name)
    return this.#queued.done
  }

  async #sendQueued(): Promise<void> {
    const names = this.#queued?.names
    this.#queued = undefined
    const { connections, clock, prng, requestTimeoutMs } = this.#options
    await retrying({ clock, prng, timeoutMs: requestTimeoutMs }, async () => {
      const topics = names === undefined ? null : [...names].map((name) => ({ name }))
      const response = await connections.requestAny(metadataApi, {
        topics,
        allowAutoTopicCreation: false,
      })
      this.#apply(response, names)
    })
  }

  #apply(response: MetadataResponse, asked: ReadonlySet<string> | undefined): void {
    this.#brokers.clear()
    for (const { nodeId, host, port } of response.brokers) this.#brokers.set(nodeId, { host, port })
    this.#options.connections.setKnown([...this.#brokers.values()])
    this.#controllerId = response.controllerId
    const present = new Set<string>()
    for (const topic of response.topics) {
      if (topic.name !== null && this.#applyTopic(topic.name, topic)) present.add(topic.name)
    }
    for (const name of asked ?? [...this.#topics.keys()]) if (!present.has(name)) this.#forget(name)
  }

  #applyTopic(name: string, topic: MetadataResponse['topics'][number]): boolean {
    this.#refusals.delete(name)
    if (topic.errorCode !== 0) {
      const isAbsent =
        topic.errorCode === ERROR.UNKNOWN_TOPIC_OR_PARTITION || topic.errorCode === ERROR.LEADER_NOT_AVAILABLE
      if (!isAbsent) this.#refusals.set(name, brokerError(topic.errorCode, `reading the metadata of topic '${name}'`))
      return false
    }
    const before = this.#topics.get(name)
    const isSame = before !== undefined && before.id === topic.topicId
    const leaders: { nodeId: number; epoch: number }[] = []
    for (const { partitionIndex, leaderId, leaderEpoch } of topic.partitions) {
      const old = isSame ? before.leaders[partitionIndex] : undefined
      const isStale = old !== undefined && leaderEpoch >= 0 && leaderEpoch < old.epoch
      leaders[partitionIndex] = isStale ? old : { nodeId: leaderId, epoch: leaderEpoch }
    }
    if (before !== undefined && !isSame) this.#namesById.delete(before.id)
    this.#namesById.set(topic.topicId, name)
    this.#topics.set(name, {
      name,
      id: topic.topicId,
      partitions: topic.partitions.length,
      isInternal: topic.isInternal,
      leaders,
    })
    return true
  }

  #forget(name: string): void {
    const known = this.#topics.get(name)
    if (known === undefined) return
    this.#topics.delete(name)
    this.#namesById.delete(known.id)
  }

  #armAgeTimer(): void {
    const { clock, metadataAgeMsMax } = this.#options
    this.#ageTimer = clock.setTimer(metadataAgeMsMax, () => this.#onAge(), { unref: true })
  }

  /** Looks up again what is known, in the background. */
  renew(): void {
    // A failure here is met again, and reported, by whoever needs the cluster next.
    if (!this.#isClosed && this.#topics.size > 0) this.refresh([...this.#topics.keys()]).catch(() => undefined)
  }

  #onAge(): void {
    if (this.#isClosed) return
    this.renew()
    this.#armAgeTimer()
  }
}

/** Names a broker for messages. */
export function describeBroker(nodeId: number, address: BrokerAddress | undefined): string {
  return address === undefined ? `broker ${nodeId}` : `broker ${nodeId} (${formatAddress(address)})`
}
