// A stream thread as a member of its group: how it joins, and what an assignment says.
import { type Clock, TidemillError, assert } from '../base/index.ts'
import type { Client, GroupMember, MemberAssignment } from '../client/index.ts'
import type { TopicPartition } from '../record/index.ts'
import type { Topology } from '../topology/index.ts'
import {
  ASSIGNMENT_ERROR,
  type AssignmentInfo,
  type HostPartitions,
  decodeAssignmentInfo,
} from './assignment/assignment-info.ts'
import { StreamsAssignor } from './assignment/streams-assignor.ts'
import type { TaskId } from './assignment/task-id.ts'
import { topicName } from './names.ts'
import { subscriptionPattern } from './pattern-topics.ts'
import { missingTopics, userTopics } from './plan-topics.ts'
import type { ThreadConfig } from './thread-config.ts'
import { ShutdownRequestedError } from './thread-errors.ts'
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
  readonly taskOffsetSums: () => ReadonlyMap<TaskId, number>
  readonly isShutdownRequested: () => boolean
  readonly onAssignError: (error: TidemillError) => void
}

export function openGroupMember(parts: GroupParts, questions: GroupQuestions): GroupMember {
  const { client, config, topology, index } = parts
  const assignor = new StreamsAssignor({ ...parts, ...questions })
  const { sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs } = config.consumer
  const pattern = subscriptionPattern(topology)
  return client.groupMember({
    groupId: config.applicationId,
    topics: groupTopics(topology, config.applicationId),
    ...(pattern !== undefined && { pattern }),
    assignors: [assignor],
    sessionTimeoutMs,
    heartbeatIntervalMs,
    rebalanceTimeoutMs,
    ...(config.groupInstanceId !== undefined && { groupInstanceId: `${config.groupInstanceId}-${index}` }),
  })
}

/** What an assignment gives to this thread, and what it says of the others. */
export interface ThreadAssignment {
  readonly inputs: ReadonlyMap<TaskId, readonly TopicPartition[]>
  readonly standby: readonly TaskId[]
  /** Wall-clock ms of the next probing rebalance; Infinity: none. */
  readonly probeAtMs: number
  readonly instances: readonly InstancePartitions[]
}

/** @throws TidemillError what the leader found wrong */
export async function readAssignment(
  { partitions, userData }: MemberAssignment,
  parts: GroupParts,
  assignError: TidemillError | undefined,
): Promise<ThreadAssignment> {
  const info = userData === null || userData.length === 0 ? undefined : decodeAssignmentInfo(userData)
  if (info !== undefined) await checkErrorCode(info.errorCode, parts, assignError)
  const active: readonly TaskId[] = info?.active ?? []
  assert(active.length === partitions.length, () => `${active.length} tasks for ${partitions.length} partitions`)
  const inputs = new Map<TaskId, TopicPartition[]>()
  for (const [i, id] of active.entries()) {
    const tp = partitions[i] as TopicPartition // as many as tasks
    inputs.set(id, [...(inputs.get(id) ?? []), tp])
  }
  return {
    inputs,
    standby: [...(info?.standby.keys() ?? [])],
    probeAtMs: info?.nextRebalanceMs ?? Infinity,
    instances: info === undefined ? [] : instancesOf(info),
  }
}

function instancesOf({ partitionsByHost, standbyPartitionsByHost }: AssignmentInfo): readonly InstancePartitions[] {
  const serverOf = ({ host, port }: HostPartitions): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
  const standbys = new Map(standbyPartitionsByHost.map((each) => [serverOf(each), each.partitions]))
  const actives = new Map(partitionsByHost.map((each) => [serverOf(each), each.partitions]))
  return [...new Set([...actives.keys(), ...standbys.keys()])].map((server) => ({
    server,
    active: actives.get(server) ?? [],
    standby: standbys.get(server) ?? [],
  }))
}

async function checkErrorCode(
  errorCode: number,
  { topology, client, config }: GroupParts,
  assignError: TidemillError | undefined,
): Promise<void> {
  if (errorCode === ASSIGNMENT_ERROR.shutdownRequested) throw new ShutdownRequestedError(config.applicationId)
  if (errorCode === ASSIGNMENT_ERROR.incompleteSourceTopics) {
    const names = userTopics(topology)
    const known = new Set((await client.cluster.refresh(names)).map(({ name }) => name))
    throw missingTopics(
      names.filter((name) => !known.has(name)),
      config.applicationId,
    )
  }
  if (errorCode === ASSIGNMENT_ERROR.assignmentError) {
    throw (
      assignError ??
      new TidemillError(
        'assignment-failed',
        `the leader of group '${config.applicationId}' could not assign tasks: its own messages say why`,
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
