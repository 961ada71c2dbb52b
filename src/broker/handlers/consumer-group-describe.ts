// ConsumerGroupDescribe (key 69), versions 0-1. Groups of the new consumer protocol: members with what they have and should have.
import { type ConsumerGroupDescribeResponseInput, ERROR, consumerGroupDescribeApi } from '../../protocol/index.ts'
import type { ConsumerMember } from '../coordinators/consumer-group.ts'
import type { PartitionSet } from '../coordinators/target-assignment.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'
import { listOf } from './consumer-group-heartbeat.ts'

type GroupAnswer = ConsumerGroupDescribeResponseInput['groups'][number]
type MemberAnswer = GroupAnswer['members'][number]

const CONSUMER_MEMBER = 1

export const consumerGroupDescribe: Handler = defineHandler(
  consumerGroupDescribeApi,
  { min: 0, max: 1 },
  (core, request) => ({
    groups: request.groupIds.map((groupId) => describe(core, groupId)),
  }),
)

function describe(core: BrokerCore, groupId: string): GroupAnswer {
  const group = core.groups.get(groupId)?.consumer
  const none = { groupId, groupEpoch: 0, assignmentEpoch: 0, assignorName: '', members: [] }
  if (group === undefined) {
    const errorMessage = `Group ${groupId} is not a consumer group.`
    return { ...none, errorCode: ERROR.GROUP_ID_NOT_FOUND, errorMessage, groupState: 'Dead' }
  }
  return {
    errorCode: ERROR.NONE,
    groupId,
    groupState: group.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.targetEpoch,
    assignorName: group.assignor,
    members: [...group.members.values()].map((member) => describeMember(core, member)),
  }
}

function describeMember(core: BrokerCore, member: ConsumerMember): MemberAnswer {
  return {
    memberId: member.memberId,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.epoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: member.topicNames,
    subscribedTopicRegex: member.topicRegex === '' ? null : member.topicRegex,
    assignment: named(core, member.assigned),
    targetAssignment: named(core, member.target),
    memberType: CONSUMER_MEMBER,
  }
}

function named(core: BrokerCore, partitions: PartitionSet): MemberAnswer['assignment'] {
  const topicPartitions = listOf(partitions).map((each) => {
    return { ...each, topicName: core.catalog.topicsById.get(each.topicId)?.name ?? '' }
  })
  return { topicPartitions }
}
