// OffsetCommit (key 8), versions 2-10. Answered when the offsets are durable. Metadata comes back as it was given. Whether a partition
// exists is looked at here; the group takes what it is given. From 10 on topics come by id.
import {
  ERROR,
  type OffsetCommitRequest,
  type OffsetCommitResponseInput,
  offsetCommitApi,
} from '../../protocol/index.ts'
import type { OffsetToCommit } from '../coordinators/group-coordinator.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, PARKED, defineHandler } from '../handler.ts'
import type { Topic } from '../topic.ts'

const METADATA_LENGTH_MAX = 4096
const TOPIC_IDS_FROM_VERSION = 10

type AskedPartition = OffsetCommitRequest['topics'][number]['partitions'][number]

export const offsetCommit: Handler = defineHandler(offsetCommitApi, { min: 2, max: 10 }, (core, request, call) => {
  const claim = {
    memberId: request.memberId,
    instanceId: request.groupInstanceId,
    generationId: request.generationIdOrMemberEpoch,
  }
  const error = core.groups.commitError(request.groupId, claim, false)
  const usesIds = call.version >= TOPIC_IDS_FROM_VERSION
  const { accepted, answer } = sortOut(core, request, usesIds, error)
  core.groups.commit(request.groupId, accepted, undefined, (errorCode) => call.respond(answer(errorCode)))
  return PARKED
})

/** What can be committed, and the response with the outcome of that. */
function sortOut(
  core: BrokerCore,
  request: OffsetCommitRequest,
  usesIds: boolean,
  groupError: number,
): { accepted: readonly OffsetToCommit[]; answer: (errorCode: number) => OffsetCommitResponseInput } {
  const accepted: OffsetToCommit[] = []
  const topics = request.topics.map((asked) => {
    const topic = usesIds ? core.catalog.topicsById.get(asked.topicId) : core.catalog.topics.get(asked.name)
    const partitions = asked.partitions.map((each) => {
      const errorCode = groupError === ERROR.NONE ? partitionError(topic, each, usesIds) : groupError
      if (errorCode === ERROR.NONE && topic !== undefined) accepted.push(toCommit(topic.name, each))
      return { partitionIndex: each.partitionIndex, errorCode }
    })
    return { name: asked.name, topicId: asked.topicId, partitions }
  })
  const answer = (errorCode: number): OffsetCommitResponseInput => ({
    topics: topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((each) => (each.errorCode === ERROR.NONE ? { ...each, errorCode } : each)),
    })),
  })
  return { accepted, answer }
}

export function toCommit(topic: string, asked: AskedPartition): OffsetToCommit {
  return {
    topic,
    partition: asked.partitionIndex,
    offset: asked.committedOffset,
    leaderEpoch: asked.committedLeaderEpoch,
    metadata: asked.committedMetadata ?? '',
  }
}

export function partitionError(topic: Topic | undefined, asked: AskedPartition, usesIds: boolean): number {
  if (topic === undefined) return usesIds ? ERROR.UNKNOWN_TOPIC_ID : ERROR.UNKNOWN_TOPIC_OR_PARTITION
  if (topic.logs[asked.partitionIndex] === undefined) return ERROR.UNKNOWN_TOPIC_OR_PARTITION
  const isTooLong = (asked.committedMetadata?.length ?? 0) > METADATA_LENGTH_MAX
  return isTooLong ? ERROR.OFFSET_METADATA_TOO_LARGE : ERROR.NONE
}
