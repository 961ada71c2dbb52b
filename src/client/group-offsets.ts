// Committed offsets of a group: reading and writing them at its coordinator. Versions that name topics by id are left out: names
// are what a group's offsets are kept by.
import { RetriableError, TaskMigratedError, TidemillError } from '../base/index.ts'
import { ERROR, errorName, offsetCommitApi, offsetFetchApi } from '../protocol/index.ts'
import { type TopicPartition, formatTopicPartition, topicPartition } from '../record/index.ts'
import { brokerError, throwIfRefused } from './broker-error.ts'
import type { GroupMetadata, OffsetAndMetadata } from './contract.ts'
import type { Coordinator } from './coordinator.ts'
import { groupByTopic } from './group-by-topic.ts'

const VERSION_WITH_NAMES_MAX = 9

const MEMBER_IS_OUT: ReadonlySet<number> = new Set([
  ERROR.ILLEGAL_GENERATION,
  ERROR.UNKNOWN_MEMBER_ID,
  ERROR.FENCED_INSTANCE_ID,
  ERROR.FENCED_MEMBER_EPOCH,
])

interface FetchedOffset {
  readonly topic: string
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly metadata: string | null
  readonly errorCode: number
}

/**
 * The committed offsets of the partitions, or of all that the group has; partitions without one are left out. Waits while a transaction
 * that would change them is open.
 */
export async function fetchGroupOffsets(
  coordinator: Coordinator,
  groupId: string,
  partitions: readonly TopicPartition[] | undefined,
  signal?: AbortSignal,
): Promise<ReadonlyMap<TopicPartition, OffsetAndMetadata>> {
  const wanted = partitions && groupByTopic(partitions, ({ partition }) => partition)
  const topics = wanted?.map(({ topic, items }) => ({ name: topic, partitionIndexes: items })) ?? null
  const what = `reading the committed offsets of group '${groupId}'`
  const request = { groupId, topics, groups: [{ groupId, topics }], requireStable: true }
  const response = await coordinator.request(offsetFetchApi, request, {
    what,
    versionMax: VERSION_WITH_NAMES_MAX,
    ...(signal && { signal }),
    errorCode: (each) => {
      const code = each.groups[0]?.errorCode ?? each.errorCode
      if (code !== ERROR.NONE) return code
      return flatten(each.groups[0] ?? each).some(isUnstable) ? ERROR.UNSTABLE_OFFSET_COMMIT : ERROR.NONE
    },
  })
  const group = response.groups[0] ?? response
  throwIfRefused(group.errorCode, what)
  const offsets = new Map<TopicPartition, OffsetAndMetadata>()
  for (const each of flatten(group)) {
    throwIfRefused(each.errorCode, `${what} for ${each.topic}-${each.partitionIndex}`)
    if (each.committedOffset < 0) continue
    const { committedOffset: offset, committedLeaderEpoch, metadata } = each
    const epoch = committedLeaderEpoch >= 0 ? { leaderEpoch: committedLeaderEpoch } : {}
    offsets.set(topicPartition(each.topic, each.partitionIndex), { offset, metadata: metadata ?? '', ...epoch })
  }
  return offsets
}

function isUnstable({ errorCode }: FetchedOffset): boolean {
  return errorCode === ERROR.UNSTABLE_OFFSET_COMMIT
}

function flatten(group: {
  readonly topics: readonly { readonly name: string; readonly partitions: readonly Omit<FetchedOffset, 'topic'>[] }[]
}): readonly FetchedOffset[] {
  return group.topics.flatMap(({ name, partitions }) => partitions.map((each) => ({ topic: name, ...each })))
}

/** Commits as a member, or from outside where the group has none (generation -1). */
export async function commitGroupOffsets(
  coordinator: Coordinator,
  offsets: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
  group: GroupMetadata,
): Promise<void> {
  const topics = groupByTopic(
    [...offsets],
    ([tp, { offset, leaderEpoch, metadata }]) => ({
      partitionIndex: tp.partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch ?? -1,
      committedMetadata: metadata,
    }),
    ([tp]) => tp.topic,
  )
  const request = {
    groupId: group.groupId,
    generationIdOrMemberEpoch: group.generation,
    memberId: group.memberId,
    groupInstanceId: group.groupInstanceId ?? null,
    topics: topics.map(({ topic, items }) => ({ name: topic, partitions: items })),
  }
  const what = `committing offsets of group '${group.groupId}'`
  const response = await coordinator.request(offsetCommitApi, request, {
    what,
    versionMax: VERSION_WITH_NAMES_MAX,
    errorCode: (each) => each.topics[0]?.partitions[0]?.errorCode ?? ERROR.NONE,
  })
  for (const { name, partitions } of response.topics) {
    for (const { partitionIndex, errorCode } of partitions) {
      if (errorCode !== ERROR.NONE) throw commitError(errorCode, what, topicPartition(name, partitionIndex), group)
    }
  }
}

function commitError(code: number, what: string, tp: TopicPartition, group: GroupMetadata): TidemillError {
  const where = `${what}, at ${formatTopicPartition(tp)}`
  if (MEMBER_IS_OUT.has(code) && group.generation < 0) {
    const message = `${where}: the group has members; offsets can be set from outside only while it has none: stop them first`
    return new TidemillError('broker-refused', message)
  }
  if (MEMBER_IS_OUT.has(code)) {
    const message = `${where}: ${errorName(code)}: member ${group.memberId} of generation ${group.generation} is no longer in the group`
    return new TaskMigratedError('group-member-fenced', message)
  }
  if (code === ERROR.REBALANCE_IN_PROGRESS) {
    return new RetriableError('broker-not-ready', `${where}: the group is rebalancing, commit again afterwards`)
  }
  if (code === ERROR.STALE_MEMBER_EPOCH) {
    return new RetriableError('broker-not-ready', `${where}: the group has gone on, commit again with its new epoch`)
  }
  return brokerError(code, where)
}
