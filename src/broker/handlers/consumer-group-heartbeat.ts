// ConsumerGroupHeartbeat (key 68), versions 0-1. The whole of the new consumer protocol (KIP-848); the state machine is in
// coordinators/consumer-group.ts. In version 0 the broker makes the member's id, from 1 on the client; 1 has regular expressions.
import { type ConsumerGroupHeartbeatRequest, ERROR, consumerGroupHeartbeatApi } from '../../protocol/index.ts'
import type { HeartbeatAnswer } from '../coordinators/consumer-group.ts'
import type { PartitionSet } from '../coordinators/target-assignment.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'

export const consumerGroupHeartbeat: Handler = defineHandler(
  consumerGroupHeartbeatApi,
  { min: 0, max: 1 },
  (core, request, { version, clientId, clientHost }) => {
    const memberId = request.memberId === '' && version === 0 ? core.prng.uuid() : request.memberId
    const answer = heartbeat(core, request, { memberId, clientId, clientHost })
    const { errorCode, errorMessage, memberEpoch, assignment } = answer
    return {
      errorCode,
      errorMessage,
      memberId: answer.memberId,
      memberEpoch,
      heartbeatIntervalMs: core.configs.number('group.consumer.heartbeat.interval.ms'),
      assignment: assignment === undefined ? null : { topicPartitions: listOf(assignment) },
    }
  },
)

function heartbeat(
  core: BrokerCore,
  request: ConsumerGroupHeartbeatRequest,
  member: { readonly memberId: string; readonly clientId: string; readonly clientHost: string },
): HeartbeatAnswer {
  const refuse = (errorCode: number, errorMessage: string): HeartbeatAnswer => {
    return { errorCode, errorMessage, memberId: null, memberEpoch: 0, assignment: undefined }
  }
  if (request.groupId === '' || member.memberId === '') {
    return refuse(ERROR.INVALID_REQUEST, 'The group id and the member id must not be empty.')
  }
  const isJoin = request.memberEpoch === 0
  const known = core.groups.get(request.groupId)
  if (known?.consumer === undefined && !isJoin)
    return refuse(ERROR.GROUP_ID_NOT_FOUND, `Group ${request.groupId} not found.`)
  if (known !== undefined && !known.classic.isEmpty) {
    const what = `Group ${request.groupId} is a classic group with members: they have to leave first.`
    return refuse(ERROR.GROUP_ID_NOT_FOUND, what)
  }
  return core.groups.consumerGroup(request.groupId).heartbeat({
    ...member,
    memberEpoch: request.memberEpoch,
    instanceId: request.instanceId,
    rackId: request.rackId,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    topicNames: request.subscribedTopicNames,
    topicRegex: request.subscribedTopicRegex,
    assignor: request.serverAssignor,
    owned: request.topicPartitions === null ? null : setOf(request.topicPartitions),
  })
}

function setOf(list: readonly { readonly topicId: string; readonly partitions: readonly number[] }[]): PartitionSet {
  return new Map(list.map(({ topicId, partitions }) => [topicId, new Set(partitions)]))
}

export function listOf(
  partitions: PartitionSet,
): readonly { readonly topicId: string; readonly partitions: readonly number[] }[] {
  return [...partitions].map(([topicId, each]) => ({ topicId, partitions: [...each].sort((a, b) => a - b) }))
}
