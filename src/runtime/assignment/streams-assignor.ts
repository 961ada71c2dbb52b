// Kafka Streams' partition assignor, as a member of a group uses it: what it says of itself, and, where it leads the group, who
// gets which tasks. Protocol name 'stream'; the user data are Java's, newest version (older members in the group are answered in
// the version that all understand).
//
// Cooperative: a partition that another member still owns is left out of the new owner's assignment; when the old owner has
// given it up it joins again, and the partition is given out then.
import { type Clock, TidemillError, must } from '../../base/index.ts'
import type { Client, GroupAssignor, MemberAssignment, MemberSubscription } from '../../client/index.ts'
import { type TopicPartition, topicPartition } from '../../record/index.ts'
import type { Topology } from '../../topology/index.ts'
import { ensureTopics } from '../internal-topics.ts'
import { changelogTopic, topicName } from '../names.ts'
import { resolvePatterns } from '../pattern-topics.ts'
import type { TopicPlan } from '../plan-topics.ts'
import type { ThreadConfig } from '../thread-config.ts'
import { ASSIGNMENT_ERROR, type HostPartitions, encodeAssignmentInfo } from './assignment-info.ts'
import { type AssignableMember, type AssignableTask, type MemberTasks, assignTasks } from './assign-tasks.ts'
import {
  type SubscriptionInfo,
  SUBSCRIPTION_VERSION_LATEST,
  peekSubscriptionVersions,
  decodeSubscriptionInfo,
  encodeSubscriptionInfo,
} from './subscription-info.ts'
import type { MetadataVersion } from './metadata-version.ts'
import { assignWith } from './task-assignor.ts'
import { type TaskId, compareTaskIds, taskId } from './task-id.ts'

/** Java's code for "the application is to shut down". */
export const SHUTDOWN_REQUESTED = 4

export interface StreamsAssignorOptions {
  readonly topology: Topology
  readonly client: Client
  readonly config: ThreadConfig
  readonly clock: Clock
  /** Learns from the assignments which version all members know. */
  readonly metadataVersion: MetadataVersion
  /** What this process has of each task, asked at each join. */
  readonly taskOffsetSums: () => ReadonlyMap<TaskId, number>
  /** Asked at each join; true tells all members to shut down. */
  readonly isShutdownRequested: () => boolean
  /** Why the leader could not assign: it is thrown in its thread, for it is more than a code. */
  readonly onAssignError: (error: TidemillError) => void
}

/**
 * Who has to give tasks up joins again by itself when it has. But a static member that dies before comes back to its assignment without
 * a rebalance, and the tasks would be nobody's: so its assignment says that one is due. Java: the same.
 */
const AT_ONCE = 0

interface Member {
  readonly subscription: MemberSubscription
  readonly info: SubscriptionInfo
}

export class StreamsAssignor implements GroupAssignor {
  readonly name = 'stream'
  readonly isCooperative = true
  readonly #options: StreamsAssignorOptions
  #joins = 0

  constructor(options: StreamsAssignorOptions) {
    this.#options = options
  }

  subscriptionUserData(): Buffer {
    const { config, metadataVersion, taskOffsetSums, isShutdownRequested } = this.#options
    // The field makes the broker see another subscription at each join, so that it rebalances for a probing rebalance too.
    this.#joins = (this.#joins + 1) % 128
    return encodeSubscriptionInfo({
      version: metadataVersion.used,
      latestSupported: metadataVersion.latest,
      processId: config.processId,
      taskOffsetSums: taskOffsetSums(),
      userEndpoint: config.applicationServer,
      uniqueField: this.#joins,
      errorCode: isShutdownRequested() ? SHUTDOWN_REQUESTED : 0,
      clientTags: config.clientTags,
    })
  }

  async assign(subscriptions: readonly MemberSubscription[]): Promise<ReadonlyMap<string, MemberAssignment>> {
    const newer = subscriptions.filter((each) => versionOf(each) > SUBSCRIPTION_VERSION_LATEST)
    const members = subscriptions
      .filter((each) => versionOf(each) <= SUBSCRIPTION_VERSION_LATEST)
      .map((subscription) => ({ subscription, info: decodeSubscriptionInfo(userDataOf(subscription)) }))
    const assignments = await this.#assignAll(members, ownersOf(subscriptions))
    // Who is of a newer release gets nothing yet, joins again in a version that all know, and is then assigned tasks.
    return newer.length === 0
      ? assignments
      : new Map([...assignments, ...probed(newer, Math.min(...members.map(({ info }) => info.version)))])
  }

  async #assignAll(
    members: readonly Member[],
    owners: ReadonlyMap<TopicPartition, string>,
  ): Promise<ReadonlyMap<string, MemberAssignment>> {
    if (members.some(({ info }) => info.errorCode === SHUTDOWN_REQUESTED)) {
      return errorForAll(members, ASSIGNMENT_ERROR.shutdownRequested)
    }
    try {
      return await this.#assign(members, owners)
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error
      this.#options.onAssignError(error)
      const isMissing = error.code === 'topic-not-found'
      return errorForAll(
        members,
        isMissing ? ASSIGNMENT_ERROR.incompleteSourceTopics : ASSIGNMENT_ERROR.assignmentError,
      )
    }
  }

  async #assign(
    members: readonly Member[],
    owners: ReadonlyMap<TopicPartition, string>,
  ): Promise<ReadonlyMap<string, MemberAssignment>> {
    const { client, config, clock } = this.#options
    const topology = await resolvePatterns(this.#options.topology, client, config.applicationId)
    const plan = await ensureTopics(topology, client, config)
    const tasks = await this.#tasks(topology, plan, members)
    const { assignor } = config
    const { byMember, needsProbing } =
      assignor === undefined
        ? assignTasks(tasks, members.map(asAssignable), config)
        : assignWith(assignor, tasks, members.map(asAssignable), config)
    const inputs = (id: TaskId): readonly TopicPartition[] => taskInputs(topology, plan, config.applicationId, id)
    const changelogs = (id: TaskId): readonly TopicPartition[] => taskChangelogs(topology, config.applicationId, id)
    const withheld = withheldTasks(byMember, inputs, owners)
    const givers = new Set([...withheld].flatMap((id) => inputs(id).flatMap((tp) => owners.get(tp) ?? [])))
    const version = Math.min(...members.map(({ info }) => info.version))
    const commonlySupported = Math.min(...members.map(({ info }) => info.latestSupported))
    const hosts = hostPartitions(members, byMember, inputs)
    const prober = needsProbing ? members[0]?.subscription.memberId : undefined
    const assignments = new Map<string, MemberAssignment>()
    for (const [memberId, { active, standby }] of byMember) {
      const pairs = active
        .filter((id) => !withheld.has(id))
        .flatMap((id) => inputs(id).map((tp) => ({ id, tp })))
        .sort((a, b) => comparePartitions(a.tp, b.tp) || compareTaskIds(a.id, b.id))
      const probeAtMs = memberId === prober ? clock.now() + config.probingRebalanceIntervalMs : undefined
      const nextRebalanceMs = givers.has(memberId) ? AT_ONCE : probeAtMs
      const userData = encodeAssignmentInfo({
        version,
        commonlySupported,
        active: pairs.map(({ id }) => id),
        standby: new Map(standby.map((id) => [id, changelogs(id)])),
        ...hosts,
        errorCode: ASSIGNMENT_ERROR.none,
        nextRebalanceMs,
      })
      assignments.set(memberId, { partitions: pairs.map(({ tp }) => tp), userData })
    }
    return assignments
  }

  /** All tasks; end offsets only where more than one process might hold state. */
  async #tasks(topology: Topology, plan: TopicPlan, members: readonly Member[]): Promise<readonly AssignableTask[]> {
    const { config } = this.#options
    const ids = [...plan.taskCounts].flatMap(([subTopology, count]) =>
      Array.from({ length: count }, (_, partition) => taskId(subTopology, partition)),
    )
    const changelogs = new Map(ids.map((id) => [id, taskChangelogs(topology, config.applicationId, id)]))
    const processes = new Set(members.map(({ info }) => info.processId))
    const ends = processes.size > 1 ? await this.#endOffsets([...changelogs.values()].flat()) : undefined
    return ids.map((id) => {
      const own = must(changelogs.get(id), 'changelogs of a task')
      const endOffsetSum = ends && own.reduce((sum, tp) => sum + (ends.get(tp)?.offset ?? 0), 0)
      return { id, isStateful: own.length > 0, endOffsetSum }
    })
  }

  #endOffsets(
    changelogs: readonly TopicPartition[],
  ): Promise<ReadonlyMap<TopicPartition, { readonly offset: number }>> {
    return this.#options.client.admin().listOffsets(changelogs, 'latest')
  }
}

/** The partitions that a task reads. */
export function taskInputs(
  topology: Topology,
  plan: TopicPlan,
  applicationId: string,
  id: TaskId,
): readonly TopicPartition[] {
  const subTopology = subTopologyOf(topology, id)
  return subTopology.sourceTopics
    .map((ref) => topicName(applicationId, ref))
    .filter((name) => id.partition < (plan.partitions.get(name) ?? 0))
    .map((name) => topicPartition(name, id.partition))
}

/** The partitions that hold a task's state: changelogs, and source topics that serve as such. */
export function taskChangelogs(topology: Topology, applicationId: string, id: TaskId): readonly TopicPartition[] {
  return subTopologyOf(topology, id)
    .stores.filter((store) => !store.isGlobal && (store.logging || store.sourceTopic !== undefined))
    .map((store) => topicPartition(store.sourceTopic ?? changelogTopic(applicationId, store.name), id.partition))
}

function subTopologyOf(topology: Topology, id: TaskId): Topology['subTopologies'][number] {
  return must(
    topology.subTopologies.find((each) => each.id === id.subTopology),
    `sub-topology ${id.subTopology}: do all instances run the same topology?`,
  )
}

function asAssignable({ subscription, info }: Member): AssignableMember {
  const { processId, taskOffsetSums, clientTags } = info
  return { memberId: subscription.memberId, processId, taskOffsetSums, clientTags }
}

function userDataOf({ memberId, userData }: MemberSubscription): Buffer {
  return must(userData, `user data of member ${memberId}`)
}

function versionOf(subscription: MemberSubscription): number {
  return peekSubscriptionVersions(userDataOf(subscription)).version
}

/** For members whose user data is newer than this release can read: nothing, in a version that they can. */
function probed(newer: readonly MemberSubscription[], version: number): ReadonlyMap<string, MemberAssignment> {
  const userData = encodeAssignmentInfo({
    version,
    commonlySupported: SUBSCRIPTION_VERSION_LATEST,
    active: [],
    standby: new Map(),
    partitionsByHost: [],
    standbyPartitionsByHost: [],
    errorCode: ASSIGNMENT_ERROR.none,
    nextRebalanceMs: undefined,
  })
  return new Map(newer.map(({ memberId }) => [memberId, { partitions: [], userData }]))
}

function errorForAll(members: readonly Member[], errorCode: number): ReadonlyMap<string, MemberAssignment> {
  const version = Math.min(...members.map(({ info }) => info.version))
  const commonlySupported = Math.min(...members.map(({ info }) => info.latestSupported))
  const userData = encodeAssignmentInfo({
    version,
    commonlySupported,
    active: [],
    standby: new Map(),
    partitionsByHost: [],
    standbyPartitionsByHost: [],
    errorCode,
    nextRebalanceMs: undefined,
  })
  return new Map(members.map(({ subscription }) => [subscription.memberId, { partitions: [], userData }]))
}

/** Who owned a partition in the newest generation that anybody speaks of. */
function ownersOf(subscriptions: readonly MemberSubscription[]): ReadonlyMap<TopicPartition, string> {
  const owners = new Map<TopicPartition, { readonly memberId: string; readonly generation: number }>()
  for (const { memberId, generation, ownedPartitions } of subscriptions) {
    for (const tp of ownedPartitions) {
      const other = owners.get(tp)
      if (other === undefined || other.generation < generation) owners.set(tp, { memberId, generation })
    }
  }
  return new Map([...owners].map(([tp, { memberId }]) => [tp, memberId]))
}

function withheldTasks(
  byMember: ReadonlyMap<string, MemberTasks>,
  inputs: (id: TaskId) => readonly TopicPartition[],
  owners: ReadonlyMap<TopicPartition, string>,
): ReadonlySet<TaskId> {
  const withheld = new Set<TaskId>()
  for (const [memberId, { active }] of byMember) {
    for (const id of active) {
      if (inputs(id).some((tp) => (owners.get(tp) ?? memberId) !== memberId)) withheld.add(id)
    }
  }
  return withheld
}

function hostPartitions(
  members: readonly Member[],
  byMember: ReadonlyMap<string, MemberTasks>,
  inputs: (id: TaskId) => readonly TopicPartition[],
): {
  readonly partitionsByHost: readonly HostPartitions[]
  readonly standbyPartitionsByHost: readonly HostPartitions[]
} {
  const collect = (role: 'active' | 'standby'): readonly HostPartitions[] => {
    const byEndpoint = new Map<string, TopicPartition[]>()
    for (const { subscription, info } of members) {
      if (info.userEndpoint === undefined) continue
      const partitions = byMember.get(subscription.memberId)?.[role].flatMap(inputs) ?? []
      byEndpoint.set(info.userEndpoint, [...(byEndpoint.get(info.userEndpoint) ?? []), ...partitions])
    }
    return [...byEndpoint].map(([endpoint, partitions]) => ({ ...parseEndpoint(endpoint), partitions }))
  }
  return { partitionsByHost: collect('active'), standbyPartitionsByHost: collect('standby') }
}

/** `host:port` apart; an IPv6 host is given in brackets. */
export function parseEndpoint(endpoint: string): { readonly host: string; readonly port: number } {
  const colon = endpoint.lastIndexOf(':')
  return { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(colon + 1)) }
}

function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  return a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition
}
