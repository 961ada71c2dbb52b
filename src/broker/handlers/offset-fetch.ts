// OffsetFetch (key 9), versions 1-10. Topics null (from 2 on) means all that were committed; from 8 on several groups; from 10 on topic ids.
// - requireStable (7+): a partition that an open transaction will change is answered UNSTABLE_OFFSET_COMMIT, it alone.
// - Nothing committed is offset -1 without error, also for groups that do not exist.
// - From 9 on a member of a new-protocol group says its id and epoch.
import {
  ERROR,
  type OffsetFetchRequest,
  type OffsetFetchResponseInput,
  ZERO_UUID,
  offsetFetchApi,
} from '../../protocol/index.ts'
import type { Group } from '../coordinators/group-coordinator.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'

type GroupAnswer = NonNullable<OffsetFetchResponseInput['groups']>[number]
type TopicAnswer = GroupAnswer['topics'][number]
type PartitionAnswer = TopicAnswer['partitions'][number]

const TOPIC_IDS_FROM_VERSION = 10

export const offsetFetch: Handler = defineHandler(offsetFetchApi, { min: 1, max: 10 }, (core, request, { version }) => {
  if (version < 8) {
    const { topics, errorCode } = single(core, request)
    return { topics: topics.map(({ name, partitions }) => ({ name: name ?? '', partitions })), errorCode }
  }
  return {
    groups: request.groups.map((asked) => {
      const group = core.groups.get(asked.groupId)
      const error = memberError(group, asked.memberId, asked.memberEpoch)
      if (error !== ERROR.NONE) return { groupId: asked.groupId, errorCode: error, topics: [] }
      const topics =
        asked.topics?.map(({ name, topicId, partitionIndexes }) => ({ name, topicId, partitionIndexes })) ?? null
      const usesIds = version >= TOPIC_IDS_FROM_VERSION
      return fetchGroup(core, asked.groupId, group, topics, { requireStable: request.requireStable, usesIds })
    }),
  }
})

/** A member of a group of the new protocol says who it is; others need not. */
function memberError(group: Group | undefined, memberId: string | null, memberEpoch: number): number {
  if (memberId === null || memberId === '' || memberEpoch < 0) return ERROR.NONE
  return group?.consumer?.claimError(memberId, memberEpoch) ?? ERROR.NONE
}

interface AskedTopic {
  readonly name: string
  readonly topicId: string
  readonly partitionIndexes: readonly number[]
}

interface Manner {
  readonly requireStable: boolean
  readonly usesIds: boolean
}

function single(core: BrokerCore, request: OffsetFetchRequest): GroupAnswer {
  const topics =
    request.topics?.map(({ name, partitionIndexes }) => ({ name, topicId: ZERO_UUID, partitionIndexes })) ?? null
  const manner = { requireStable: request.requireStable, usesIds: false }
  return fetchGroup(core, request.groupId, core.groups.get(request.groupId), topics, manner)
}

function fetchGroup(
  core: BrokerCore,
  groupId: string,
  group: Group | undefined,
  asked: readonly AskedTopic[] | null,
  manner: Manner,
): GroupAnswer {
  const topics = asked ?? allTopics(core, group)
  return {
    groupId,
    errorCode: ERROR.NONE,
    topics: topics.map(({ name, topicId, partitionIndexes }) => {
      const topic = manner.usesIds ? core.catalog.topicsById.get(topicId) : undefined
      const isUnknown = manner.usesIds && topic === undefined
      const partitions = partitionIndexes.map((index) => {
        return isUnknown ? nothing(index, ERROR.UNKNOWN_TOPIC_ID) : fetchOne(group, topic?.name ?? name, index, manner)
      })
      return { name, topicId, partitions }
    }),
  }
}

function allTopics(core: BrokerCore, group: Group | undefined): readonly AskedTopic[] {
  return [...(group?.offsets.topics ?? [])].map(([name, partitions]) => {
    return { name, topicId: core.catalog.topics.get(name)?.id ?? ZERO_UUID, partitionIndexes: [...partitions.keys()] }
  })
}

function fetchOne(group: Group | undefined, topic: string, partitionIndex: number, manner: Manner): PartitionAnswer {
  if (manner.requireStable && group?.offsets.isPending(topic, partitionIndex) === true) {
    return nothing(partitionIndex, ERROR.UNSTABLE_OFFSET_COMMIT)
  }
  const committed = group?.offsets.get(topic, partitionIndex)
  if (committed === undefined) return nothing(partitionIndex, ERROR.NONE)
  const { offset, leaderEpoch, metadata } = committed
  return {
    partitionIndex,
    committedOffset: offset,
    committedLeaderEpoch: leaderEpoch,
    metadata,
    errorCode: ERROR.NONE,
  }
}

function nothing(partitionIndex: number, errorCode: number): PartitionAnswer {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode }
}
