// The typed face over a client.
import { TidemillError, assert } from '../base/index.ts'
import type { Client, TopicMetadata } from './contract.ts'
import type { OwnClient } from './create-client.ts'
import { GroupSubscription } from './group-subscription.ts'
import type {
  AnySource,
  ClientRecord,
  CreatableTopic,
  CreateTopicsOptions,
  GroupSummary,
  Kafka,
  Producer,
  ProducerSettings,
  ReadOptions,
  RecordOf,
  SubscribeOptions,
  Subscription,
  TopicOffset,
  TransactionalProducer,
} from './kafka.ts'
import { partitionsOf, readTopic } from './topic-reader.ts'
import { TypedProducer } from './typed-producer.ts'
import { TypedTransactions } from './typed-transactions.ts'
import type { TopicSource } from '../serde/index.ts'

/** Makes the typed face; closing it closes the client, after the producers and subscriptions that were made from it. */
export function createKafka(client: Client): Kafka {
  assert('context' in client, () => 'createKafka needs what createClient made')
  return new TypedKafka(client as OwnClient) // nothing else has a context
}

class TypedKafka implements Kafka {
  readonly #client: OwnClient
  readonly #open = new Set<{ close(): Promise<void> }>()
  #closing: Promise<void> | undefined

  constructor(client: OwnClient) {
    this.#client = client
  }

  async createTopics(
    topics: readonly CreatableTopic[],
    options: CreateTopicsOptions = {},
  ): Promise<{ readonly created: readonly string[]; readonly existing: readonly string[] }> {
    const outcomes = await this.#client.admin().createTopics(
      topics.map(({ name, partitions, config }) => ({
        name,
        partitions: partitions ?? options.partitions ?? -1,
        replicationFactor: options.replicationFactor ?? -1,
        config: asText({ ...options.config, ...config }),
      })),
    )
    const named = (outcome: 'created' | 'exists'): readonly string[] =>
      [...outcomes].filter(([, each]) => each === outcome).map(([name]) => name)
    return { created: named('created'), existing: named('exists') }
  }

  deleteTopics(topics: readonly (string | { readonly name: string })[]): Promise<void> {
    return this.#client.admin().deleteTopics(topics.map(nameOf))
  }

  async topics(): Promise<readonly TopicMetadata[]> {
    const all = await this.#client.admin().listTopics()
    return all
      .filter(({ isInternal }) => !isInternal)
      .map(({ name, id, partitions, isInternal }) => ({ name, id, partitions, isInternal }))
  }

  async offsets(
    topic: string | { readonly name: string },
    at: 'earliest' | 'latest' | { readonly time: Date | number } = 'latest',
  ): Promise<readonly TopicOffset[]> {
    const tps = await partitionsOf(this.#client, nameOf(topic))
    const found = await this.#client.admin().listOffsets(tps, typeof at === 'object' ? { atMs: Number(at.time) } : at)
    return tps.map((tp) => ({ partition: tp.partition, offset: found.get(tp)?.offset ?? -1 }))
  }

  async groups(): Promise<readonly GroupSummary[]> {
    const admin = this.#client.admin()
    const ids = (await admin.listGroups()).map(({ groupId }) => groupId)
    const descriptions = await admin.describeGroups(ids)
    return Promise.all(
      descriptions.map(async ({ groupId, state, protocolType, protocol, members }) => ({
        groupId,
        state,
        protocolType,
        protocol,
        members: members.map(({ memberId, clientId, clientHost }) => ({ memberId, clientId, clientHost })),
        offsets: [...(await admin.groupOffsets(groupId))].map(([tp, { offset }]) => ({ ...tp, offset })),
      })),
    )
  }

  read<K, V>(topic: TopicSource<K, V>, options: ReadOptions = {}): AsyncIterable<ClientRecord<K, V>> {
    this.#checkOpen()
    return { [Symbol.asyncIterator]: () => readTopic(this.#client, topic, options) }
  }

  subscribe<T extends AnySource>(topics: T | readonly T[], options: SubscribeOptions): Subscription<RecordOf<T>> {
    this.#checkOpen()
    const list = Array.isArray(topics) ? (topics as readonly T[]) : [topics as T] // Array.isArray does not narrow readonly arrays
    const subscription = this.#keep(new GroupSubscription(this.#client, list, options))
    // Its records are what the serdes of the topics give: RecordOf<T>.
    return subscription as Subscription as Subscription<RecordOf<T>>
  }

  producer(settings: ProducerSettings & { readonly transactionalId: string }): TransactionalProducer
  producer(settings?: ProducerSettings & { readonly transactionalId?: undefined }): Producer
  producer(settings: ProducerSettings = {}): Producer | TransactionalProducer {
    this.#checkOpen()
    const { transactionalId } = settings
    if (transactionalId === undefined) return this.#keep(new TypedProducer(this.#client, settings))
    if (transactionalId === '') throw new TidemillError('invalid-argument', "transactionalId is '': give it a name")
    return this.#keep(new TypedTransactions(this.#client, { ...settings, transactionalId }))
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const results = await Promise.allSettled([...this.#open].map((each) => each.close()))
    await this.#client.close()
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  #keep<T extends { close(): Promise<void> }>(resource: T): T {
    this.#open.add(resource)
    return resource
  }

  #checkOpen(): void {
    if (this.#closing === undefined) return
    throw new TidemillError('client-closed', 'the client is closed: make a new one with connect()')
  }
}

function nameOf(topic: string | { readonly name: string }): string {
  return typeof topic === 'string' ? topic : topic.name
}

function asText(config: Readonly<Record<string, string | number | boolean>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]))
}
