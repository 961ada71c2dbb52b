// What a group is and who is in it, of all three kinds: each kind has a request of its own, and a coordinator says of a group of
// another kind that it does not know it.
import { ERROR, consumerGroupDescribeApi, describeGroupsApi, streamsGroupDescribeApi } from '../protocol/index.ts'
import { throwIfRefused } from './broker-error.ts'
import type { GroupDescription } from './contract.ts'
import type { Coordinator } from './coordinator.ts'

const NOTHING = Buffer.alloc(0)

/** A group that there is not is 'Dead', as Kafka says. */
export async function describeGroup(coordinator: Coordinator, groupId: string): Promise<GroupDescription> {
  return (
    (await classicGroup(coordinator, groupId)) ??
    (await consumerGroup(coordinator, groupId)) ??
    (await streamsGroup(coordinator, groupId)) ?? {
      groupId,
      state: 'Dead',
      protocolType: '',
      protocol: '',
      members: [],
    }
  )
}

async function classicGroup(coordinator: Coordinator, groupId: string): Promise<GroupDescription | undefined> {
  const what = `describing group '${groupId}'`
  const response = await coordinator.request(describeGroupsApi, { groups: [groupId] }, { what, errorCode: codeOf })
  const [group] = response.groups
  // Before version 6 a group that is not there, or of another kind, is 'Dead' without an error.
  if (group === undefined || group.errorCode === ERROR.GROUP_ID_NOT_FOUND || group.groupState === 'Dead')
    return undefined
  throwIfRefused(group.errorCode, what, group.errorMessage)
  return {
    groupId,
    state: group.groupState,
    protocolType: group.protocolType,
    protocol: group.protocolData,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId ?? undefined,
      clientId: member.clientId,
      clientHost: member.clientHost,
      assignment: member.memberAssignment,
      metadata: member.memberMetadata,
    })),
  }
}

/** KIP-848. */
async function consumerGroup(coordinator: Coordinator, groupId: string): Promise<GroupDescription | undefined> {
  const what = `describing consumer group '${groupId}'`
  if (!(await coordinator.connection()).offers(consumerGroupDescribeApi, 0)) return undefined
  const response = await coordinator.request(consumerGroupDescribeApi, requestOf(groupId), { what, errorCode: codeOf })
  const [group] = response.groups
  return group && descriptionOf(groupId, group, 'consumer', group.assignorName, what)
}

/** KIP-1071. */
async function streamsGroup(coordinator: Coordinator, groupId: string): Promise<GroupDescription | undefined> {
  const what = `describing streams group '${groupId}'`
  if (!(await coordinator.connection()).offers(streamsGroupDescribeApi, 0)) return undefined
  const response = await coordinator.request(streamsGroupDescribeApi, requestOf(groupId), { what, errorCode: codeOf })
  const [group] = response.groups
  return group && descriptionOf(groupId, group, 'streams', '', what)
}

function requestOf(groupId: string): {
  readonly groupIds: readonly string[]
  readonly includeAuthorizedOperations: boolean
} {
  return { groupIds: [groupId], includeAuthorizedOperations: false }
}

function codeOf({ groups }: { readonly groups: readonly { readonly errorCode: number }[] }): number {
  return groups[0]?.errorCode ?? ERROR.NONE
}

interface DescribedMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
}

interface DescribedGroup {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly groupState: string
  readonly members: readonly DescribedMember[]
}

/** undefined: there is no such group of that kind. */
function descriptionOf(
  groupId: string,
  { errorCode, errorMessage, groupState: state, members }: DescribedGroup,
  protocolType: string,
  protocol: string,
  what: string,
): GroupDescription | undefined {
  if (errorCode === ERROR.GROUP_ID_NOT_FOUND) return undefined
  throwIfRefused(errorCode, what, errorMessage)
  return { groupId, state, protocolType, protocol, members: members.map(memberOf) }
}

function memberOf(member: DescribedMember): GroupDescription['members'][number] {
  return {
    memberId: member.memberId,
    groupInstanceId: member.instanceId ?? undefined,
    clientId: member.clientId,
    clientHost: member.clientHost,
    assignment: NOTHING,
    metadata: NOTHING,
  }
}
