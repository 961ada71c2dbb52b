// A stream thread as a member of its group: how it joins, and what an assignment says.
import { type Clock, TidemillError, assert } from '../base/index.ts'
import type {
  Client,
  GroupEndpoint,
  GroupMember,
  GroupTask,
  MemberAssignment,
  StreamsGroupStatus,
} from '../client/index.ts'
import type { TopicPartition } from '../record/index.ts'
import type { Topology } from '../topology/index.ts'
import {
  ASSIGNMENT_ERROR,
  type AssignmentInfo,
  type HostPartitions,
  decodeAssignmentInfo,
} from './assignment/assignment-info.ts'
import type { MetadataVersion } from './assignment/metadata-version.ts'
import { StreamsAssignor, parseEndpoint } from './assignment/streams-assignor.ts'
import { type TaskId, taskId } from './assignment/task-id.ts'
import { topicName } from './names.ts'
import { subscriptionPattern } from './pattern-topics.ts'
import { missingTopics, userTopics } from './plan-topics.ts'
import type { ThreadConfig } from './thread-config.ts'
import { ShutdownRequestedError } from './thread-errors.ts'
import { streamsGroupTopology } from './streams-group-topology.ts'
import type { InstancePartitions } from './thread-status.ts'

export interface GroupParts {
  /** From 1. */
  readonly index: number
  readonly topology: Topology
  readonly client: Client
  readonly config: ThreadConfig
  readonly clock: Clock
}

export interface GroupQuestions {
  readonly metadataVersion: MetadataVersion
  readonly taskOffsetSums: () => ReadonlyMap<TaskId, number>
  readonly isShutdownRequested: () => boolean
  readonly onAssignError: (error: TidemillError) => void
}

/** @throws TidemillError `invalid-config` where the group protocol does not know what the topology needs */
export function openGroupMember(parts: GroupParts, questions: GroupQuestions): GroupMember {
  return parts.config.groupProtocol === 'streams' ? streamsMember(parts, questions) : classicMember(parts, questions)
}

/** Among members that are equal, with the assignor of Kafka Streams. */
function classicMember(parts: GroupParts, questions: GroupQuestions): GroupMember {
  const { client, config, topology, index } = parts
  const { sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs } = config.consumer
  const pattern = subscriptionPattern(topology)
  return client.groupMember({
    groupId: config.applicationId,
    topics: groupTopics(topology, config.applicationId),
    ...(pattern !== undefined && { pattern }),
    assignors: [new StreamsAssignor({ ...parts, ...questions })],
    sessionTimeoutMs,
    heartbeatIntervalMs,
    rebalanceTimeoutMs,
    ...instanceId(config, index),
  })
}

/** Of a streams group, whose coordinator is told the topology and assigns the tasks (KIP-1071). */
function streamsMember(parts: GroupParts, { isShutdownRequested }: GroupQuestions): GroupMember {
  const { client, config, topology, index } = parts
  const pattern = subscriptionPattern(topology)
  if (pattern !== undefined) {
    const message =
      `groupProtocol 'streams' knows no sources by pattern, and the topology reads ${String(pattern)}: ` +
      "name the topics, or use groupProtocol 'classic'"
    throw new TidemillError('invalid-config', message)
  }
  return client.streamsGroupMember({
    groupId: config.applicationId,
    memberId: `${config.processId}-${index}`,
    processId: config.processId,
    subtopologies: streamsGroupTopology(topology, config),
    clientTags: config.clientTags,
    ...(config.applicationServer !== undefined && { userEndpoint: parseEndpoint(config.applicationServer) }),
    rebalanceTimeoutMs: config.consumer.rebalanceTimeoutMs,
    ...instanceId(config, index),
    isShutdownRequested,
  })
}

function instanceId({ groupInstanceId }: ThreadConfig, index: number): { readonly groupInstanceId?: string } {
  return groupInstanceId === undefined ? {} : { groupInstanceId: `${groupInstanceId}-${index}` }
}

/** What an assignment gives to this thread, and what it says of the others. */
export interface ThreadAssignment {
  readonly inputs: ReadonlyMap<TaskId, readonly TopicPartition[]>
  readonly standby: readonly TaskId[]
  /** Wall-clock ms of the next probing rebalance; Infinity: none. */
  readonly probeAtMs: number
  readonly instances: readonly InstancePartitions[]
  /** The leader is of an older release: join again in a version that it can read. */
  readonly isProbed: boolean
}

/** @throws TidemillError what the leader found wrong */
export async function readAssignment(
  { partitions, userData, tasks }: MemberAssignment,
  parts: GroupParts,
  metadataVersion: MetadataVersion,
  assignError: TidemillError | undefined,
): Promise<ThreadAssignment> {
  const info = userData === null || userData.length === 0 ? undefined : decodeAssignmentInfo(userData)
  if (info !== undefined) await checkErrorCode(info.errorCode, parts, assignError)
  const active: readonly TaskId[] = info?.active ?? tasks?.active.map(ofGroup) ?? []
  assert(active.length === partitions.length, () => `${active.length} tasks for ${partitions.length} partitions`)
  const inputs = new Map<TaskId, TopicPartition[]>()
  for (const [i, id] of active.entries()) {
    const tp = partitions[i] as TopicPartition // as many as tasks
    inputs.set(id, [...(inputs.get(id) ?? []), tp])
  }
  return {
    inputs,
    standby: info === undefined ? (tasks?.standby.map(ofGroup) ?? []) : [...info.standby.keys()],
    probeAtMs: info?.nextRebalanceMs ?? Infinity,
    instances: info === undefined ? [] : instancesOf(info),
    isProbed: info !== undefined && metadataVersion.received(info.version, info.commonlySupported),
  }
}

/** A task as a streams group names it. */
function ofGroup({ subtopologyId, partition }: GroupTask): TaskId {
  return taskId(Number(subtopologyId), partition)
}

/** What the coordinator of a streams group says of the members that answer queries. */
export function instancesOfGroup(endpoints: readonly GroupEndpoint[]): readonly InstancePartitions[] {
  return endpoints.map(({ host, port, active, standby }) => ({ server: formatServer(host, port), active, standby }))
}

function instancesOf({ partitionsByHost, standbyPartitionsByHost }: AssignmentInfo): readonly InstancePartitions[] {
  const serverOf = ({ host, port }: HostPartitions): string => formatServer(host, port)
  const standbys = new Map(standbyPartitionsByHost.map((each) => [serverOf(each), each.partitions]))
  const actives = new Map(partitionsByHost.map((each) => [serverOf(each), each.partitions]))
  return [...new Set([...actives.keys(), ...standbys.keys()])].map((server) => ({
    server,
    active: actives.get(server) ?? [],
    standby: standbys.get(server) ?? [],
  }))
}

function formatServer(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** @throws TidemillError what keeps the coordinator of a streams group from assigning */
export async function checkGroupStatus(status: StreamsGroupStatus, detail: string, parts: GroupParts): Promise<void> {
  const { applicationId } = parts.config
  if (status === 'shutdown-requested') throw new ShutdownRequestedError(applicationId)
  if (status === 'not-copartitioned')
    throw new TidemillError('not-copartitioned', `the coordinator of group '${applicationId}' says: ${detail}`)
  await throwMissingTopics(parts)
}

async function throwMissingTopics({ topology, client, config }: GroupParts): Promise<void> {
  const names = userTopics(topology)
  const known = new Set((await client.cluster.refresh(names)).map(({ name }) => name))
  const missing = names.filter((name) => !known.has(name))
  if (missing.length > 0) throw missingTopics(missing, config.applicationId)
}

async function checkErrorCode(
  errorCode: number,
  parts: GroupParts,
  assignError: TidemillError | undefined,
): Promise<void> {
  const { applicationId } = parts.config
  if (errorCode === ASSIGNMENT_ERROR.shutdownRequested) throw new ShutdownRequestedError(applicationId)
  if (errorCode === ASSIGNMENT_ERROR.incompleteSourceTopics) await throwMissingTopics(parts)
  if (errorCode === ASSIGNMENT_ERROR.assignmentError) {
    throw (
      assignError ??
      new TidemillError(
        'assignment-failed',
        `the leader of group '${applicationId}' could not assign tasks: its own messages say why`,
      )
    )
  }
}

function groupTopics(topology: Topology, applicationId: string): readonly string[] {
  const names = topology.subTopologies
    .filter(({ isGlobal }) => !isGlobal)
    .flatMap((each) => each.sourceTopics.map((ref) => topicName(applicationId, ref)))
  return [...new Set(names)].sort()
}
