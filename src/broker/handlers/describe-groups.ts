// DescribeGroups (key 15), versions 0-6. Groups of the classic protocol. One that does not exist is Dead; from 6 on it is
// GROUP_ID_NOT_FOUND too.
import { type DescribeGroupsResponseInput, ERROR, describeGroupsApi } from '../../protocol/index.ts'
import type { BrokerCore } from '../core.ts'
import { type Handler, defineHandler } from '../handler.ts'

type GroupAnswer = DescribeGroupsResponseInput['groups'][number]

export const describeGroups: Handler = defineHandler(
  describeGroupsApi,
  { min: 0, max: 6 },
  (core, request, { version }) => ({
    groups: request.groups.map((groupId) => describe(core, groupId, version)),
  }),
)

function describe(core: BrokerCore, groupId: string, version: number): GroupAnswer {
  const found = core.groups.get(groupId)
  const group = found?.consumer === undefined ? found?.classic : undefined
  if (group === undefined) {
    const errorCode = version >= 6 ? ERROR.GROUP_ID_NOT_FOUND : ERROR.NONE
    const errorMessage = version >= 6 ? `Group ${groupId} not found.` : null
    return { errorCode, errorMessage, groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] }
  }
  const isStable = group.state === 'Stable'
  return {
    errorCode: ERROR.NONE,
    groupId,
    groupState: group.state,
    protocolType: group.protocolType,
    protocolData: isStable ? group.protocolName : '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? group.subscriptionOf(member) : Buffer.alloc(0),
      memberAssignment: isStable ? member.assignment : Buffer.alloc(0),
    })),
  }
}
