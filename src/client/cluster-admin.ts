// Administration. Requests about topics go to the controller (a broker forwards where it is not it), those about groups to the group's
// coordinator, those about partitions to the leader. Each is made again while what fails may pass, at most for the request time-out.
import { RetriableError } from '../base/index.ts'
import {
  ERROR,
  ZERO_UUID,
  createPartitionsApi,
  createTopicsApi,
  deleteGroupsApi,
  deleteRecordsApi,
  deleteTopicsApi,
  describeConfigsApi,
  leaveGroupApi,
  listGroupsApi,
  offsetForLeaderEpochApi,
} from '../protocol/index.ts'
import { type TopicPartition, formatTopicPartition, topicPartition } from '../record/index.ts'
import { retrying } from './backoff.ts'
import { brokerError, throwIfRefused } from './broker-error.ts'
import type { ClientApi } from './connection.ts'
import { MAIN_LANE } from './connections.ts'
import type { ClientContext } from './context.ts'
import type { Admin, GroupDescription, NewTopic, OffsetAndMetadata, OffsetSpec, TopicMetadata } from './contract.ts'
import { Coordinator } from './coordinator.ts'
import { describeGroup } from './describe-group.ts'
import { commitGroupOffsets, fetchGroupOffsets } from './group-offsets.ts'
import { groupByTopic } from './group-by-topic.ts'
import { type ListedOffset, forEachLeader, listOffsets } from './list-offsets.ts'

const TOPIC_RESOURCE = 2
const ANY_REPLICA = -2

export class ClusterAdmin implements Admin {
  readonly #context: ClientContext
  readonly #lane: string

  constructor(context: ClientContext) {
    this.#context = context
    this.#lane = context.newLane('admin')
  }

  // ---- topics ----

  async createTopics(topics: readonly NewTopic[]): Promise<ReadonlyMap<string, 'created' | 'exists'>> {
    const outcomes = new Map<string, 'created' | 'exists'>()
    await this.#retrying(async () => {
      const missing = topics.filter(({ name }) => !outcomes.has(name))
      if (missing.length === 0) return
      const response = await this.#askController(createTopicsApi, {
        topics: missing.map(({ name, partitions, replicationFactor, config }) => ({
          name,
          numPartitions: partitions,
          replicationFactor,
          assignments: [],
          configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
        })),
        timeoutMs: this.#context.requestTimeoutMs,
        validateOnly: false,
      })
      for (const { name, errorCode } of response.topics) {
        if (errorCode === ERROR.NONE) outcomes.set(name, 'created')
        if (errorCode === ERROR.TOPIC_ALREADY_EXISTS) outcomes.set(name, 'exists')
      }
      for (const { name, errorCode, errorMessage } of response.topics) {
        if (!outcomes.has(name)) throwIfRefused(errorCode, `creating topic '${name}'`, errorMessage)
      }
    })
    await this.#context.cluster.refresh(topics.map(({ name }) => name))
    return outcomes
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    const left = new Set(names)
    await this.#retrying(async () => {
      if (left.size === 0) return
      const response = await this.#askController(deleteTopicsApi, {
        topics: [...left].map((name) => ({ name, topicId: ZERO_UUID })),
        topicNames: [...left],
        timeoutMs: this.#context.requestTimeoutMs,
      })
      for (const { name, errorCode } of response.responses) if (errorCode === ERROR.NONE) left.delete(name ?? '')
      for (const { name, errorCode, errorMessage } of response.responses) {
        if (errorCode === ERROR.UNKNOWN_TOPIC_OR_PARTITION) throw await this.#context.cluster.topicNotFound(name ?? '')
        throwIfRefused(errorCode, `deleting topic '${name}'`, errorMessage)
      }
    })
    await this.#context.cluster.refresh(names)
  }

  listTopics(): Promise<readonly TopicMetadata[]> {
    return this.#context.cluster.refresh()
  }

  async topicConfigs(names: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    if (names.length === 0) return new Map()
    return this.#retrying(async () => {
      const response = await this.#context.connections.requestAny(describeConfigsApi, {
        resources: names.map((name) => ({
          resourceType: TOPIC_RESOURCE,
          resourceName: name,
          configurationKeys: null,
        })),
        includeSynonyms: false,
      })
      const configs = new Map<string, Readonly<Record<string, string>>>()
      for (const { resourceName, errorCode, errorMessage, configs: entries } of response.results) {
        if (errorCode === ERROR.UNKNOWN_TOPIC_OR_PARTITION)
          throw await this.#context.cluster.topicNotFound(resourceName)
        throwIfRefused(errorCode, `reading the settings of topic '${resourceName}'`, errorMessage)
        const set = entries.filter(({ value }) => value !== null).map(({ name, value }) => [name, value])
        configs.set(resourceName, Object.fromEntries(set) as Record<string, string>) // nulls are filtered out above
      }
      return configs
    })
  }

  async createPartitions(topic: string, total: number): Promise<void> {
    await this.#retrying(async () => {
      const response = await this.#askController(createPartitionsApi, {
        topics: [{ name: topic, count: total, assignments: null }],
        timeoutMs: this.#context.requestTimeoutMs,
        validateOnly: false,
      })
      for (const { errorCode, errorMessage } of response.results) {
        if (errorCode === ERROR.UNKNOWN_TOPIC_OR_PARTITION) throw await this.#context.cluster.topicNotFound(topic)
        throwIfRefused(errorCode, `giving topic '${topic}' ${total} partitions`, errorMessage)
      }
    })
    await this.#context.cluster.refresh([topic])
  }

  // ---- partitions ----

  listOffsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    isolation: 'read-committed' | 'read-uncommitted' = 'read-uncommitted',
  ): Promise<ReadonlyMap<TopicPartition, ListedOffset>> {
    return listOffsets(this.#context, partitions, spec, isolation)
  }

  async deleteRecords(before: ReadonlyMap<TopicPartition, number>): Promise<void> {
    const done = new Set<TopicPartition>()
    await forEachLeader(
      this.#context,
      [...before.keys()],
      async (leader, partitions) => {
        const topics = groupByTopic(partitions, (tp) => ({ partitionIndex: tp.partition, offset: before.get(tp) ?? 0 }))
        const response = await this.#context.connections.request(leader.address, MAIN_LANE, deleteRecordsApi, {
          topics: topics.map(({ topic, items }) => ({ name: topic, partitions: items })),
          timeoutMs: this.#context.requestTimeoutMs,
        })
        const problems: Error[] = []
        for (const { name, partitions: results } of response.topics) {
          for (const { partitionIndex, errorCode } of results) {
            const tp = topicPartition(name, partitionIndex)
            const what = `deleting records of ${formatTopicPartition(tp)} before offset ${before.get(tp)}`
            if (errorCode === ERROR.NONE) done.add(tp)
            else problems.push(brokerError(errorCode, what))
          }
        }
        return problems
      },
      (tp) => done.has(tp),
    )
  }

  async offsetForLeaderEpoch(
    partitions: ReadonlyMap<TopicPartition, number>,
  ): Promise<ReadonlyMap<TopicPartition, { readonly leaderEpoch: number; readonly endOffset: number }>> {
    const found = new Map<TopicPartition, { readonly leaderEpoch: number; readonly endOffset: number }>()
    await forEachLeader(
      this.#context,
      [...partitions.keys()],
      async (leader, tps) => {
        const topics = groupByTopic(tps, (tp) => ({
          partition: tp.partition,
          currentLeaderEpoch: this.#context.cluster.leader(tp)?.epoch ?? -1,
          leaderEpoch: partitions.get(tp) ?? -1,
        }))
        const response = await this.#context.connections.request(leader.address, MAIN_LANE, offsetForLeaderEpochApi, {
          replicaId: ANY_REPLICA,
          topics: topics.map(({ topic, items }) => ({ topic, partitions: items })),
        })
        const problems: Error[] = []
        for (const { topic, partitions: results } of response.topics) {
          for (const { partition, errorCode, leaderEpoch, endOffset } of results) {
            const tp = topicPartition(topic, partition)
            if (errorCode === ERROR.NONE) found.set(tp, { leaderEpoch, endOffset })
            else problems.push(brokerError(errorCode, `asking for the epochs of ${formatTopicPartition(tp)}`))
          }
        }
        return problems
      },
      (tp) => found.has(tp),
    )
    return found
  }

  // ---- groups ----

  async listGroups(): Promise<
    readonly { readonly groupId: string; readonly protocolType: string; readonly state: string }[]
  > {
    const { cluster, connections } = this.#context
    await cluster.refresh([])
    const lists = await Promise.all(
      cluster.brokers().map((address) =>
        this.#retrying(async () => {
          const request = { statesFilter: [], typesFilter: [] }
          const response = await connections.request(address, MAIN_LANE, listGroupsApi, request)
          throwIfRefused(response.errorCode, 'listing groups')
          return response.groups
        }),
      ),
    )
    return lists.flat().map(({ groupId, protocolType, groupState }) => ({ groupId, protocolType, state: groupState }))
  }

  async describeGroups(groupIds: readonly string[]): Promise<readonly GroupDescription[]> {
    return Promise.all(groupIds.map((groupId) => describeGroup(this.#coordinator(groupId), groupId)))
  }

  async deleteGroups(groupIds: readonly string[]): Promise<void> {
    for (const groupId of groupIds) {
      const what = `deleting group '${groupId}'`
      const response = await this.#coordinator(groupId).request(
        deleteGroupsApi,
        { groupsNames: [groupId] },
        { what, errorCode: ({ results }) => results[0]?.errorCode ?? ERROR.NONE },
      )
      const code = response.results[0]?.errorCode ?? ERROR.NONE
      throwIfRefused(code, what, code === ERROR.NON_EMPTY_GROUP ? 'it has members: stop them first' : null)
    }
  }

  groupOffsets(groupId: string): Promise<ReadonlyMap<TopicPartition, OffsetAndMetadata>> {
    return fetchGroupOffsets(this.#coordinator(groupId), groupId, undefined)
  }

  async alterGroupOffsets(groupId: string, offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>): Promise<void> {
    if (offsets.size === 0) return
    const outside = { groupId, generation: -1, memberId: '', groupInstanceId: undefined }
    await commitGroupOffsets(this.#coordinator(groupId), offsets, outside)
  }

  async removeMembers(
    groupId: string,
    members: readonly { readonly memberId?: string; readonly groupInstanceId?: string }[],
  ): Promise<void> {
    if (members.length === 0) return
    const what = `removing members of group '${groupId}'`
    const response = await this.#coordinator(groupId).request(
      leaveGroupApi,
      {
        groupId,
        memberId: members[0]?.memberId ?? '',
        members: members.map(({ memberId, groupInstanceId }) => ({
          memberId: memberId ?? '',
          groupInstanceId: groupInstanceId ?? null,
          reason: 'removed by an administrator',
        })),
      },
      { what, errorCode: ({ errorCode }) => errorCode },
    )
    throwIfRefused(response.errorCode, what)
    for (const { memberId, errorCode } of response.members) {
      // One that has gone by itself is what was asked for.
      if (errorCode !== ERROR.UNKNOWN_MEMBER_ID) throwIfRefused(errorCode, `${what}: ${memberId}`)
    }
  }

  // ---- how ----

  #coordinator(groupId: string): Coordinator {
    return new Coordinator(this.#context, 'group', groupId, this.#lane)
  }

  #retrying<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock, prng, requestTimeoutMs } = this.#context
    return retrying({ clock, prng, timeoutMs: requestTimeoutMs }, attempt)
  }

  async #askController<Q, R>(api: ClientApi<Q, R>, request: Q): Promise<R> {
    const { cluster, connections } = this.#context
    if (cluster.controllerId < 0) await cluster.refresh([])
    const address = cluster.broker(cluster.controllerId)
    if (address === undefined) return connections.requestAny(api, request)
    try {
      return await connections.request(address, this.#lane, api, request)
    } catch (error) {
      if (error instanceof RetriableError) await cluster.refresh([]) // the controller may be another one by now
      throw error
    }
  }
}
