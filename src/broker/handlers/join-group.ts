// JoinGroup (key 11), versions 0-9. Parked until the group is complete; the state machine is in coordinators/classic-group.ts.
// - From 4 on a new member without id is given one with MEMBER_ID_REQUIRED and joins again; from 5 on static members.
// - The protocol name of an error is '' below version 7, null from there on; version 0 has no rebalance time-out of its own.
import { ERROR, type JoinGroupResponseInput, joinGroupApi } from '../../protocol/index.ts'
import { type JoinAnswer, failedJoin } from '../coordinators/classic-group-calls.ts'
import { type Handler, PARKED, defineHandler } from '../handler.ts'

export const joinGroup: Handler = defineHandler(joinGroupApi, { min: 0, max: 9 }, (core, request, call) => {
  const { groupId, memberId, sessionTimeoutMs, rebalanceTimeoutMs } = request
  const respond = (answer: JoinAnswer): void => call.respond(responseOf(answer, call.version))
  const refuse = (errorCode: number): typeof PARKED => {
    respond(failedJoin(memberId, errorCode))
    return PARKED
  }
  if (groupId === '') return refuse(ERROR.INVALID_GROUP_ID)
  const min = core.configs.number('group.min.session.timeout.ms')
  const max = core.configs.number('group.max.session.timeout.ms')
  if (sessionTimeoutMs < min || sessionTimeoutMs > max) return refuse(ERROR.INVALID_SESSION_TIMEOUT)
  if (memberId !== '' && core.groups.get(groupId) === undefined) return refuse(ERROR.UNKNOWN_MEMBER_ID)
  const group = core.groups.getOrMake(groupId)
  // A group has members of one protocol at a time.
  if ((group.consumer?.members.size ?? 0) > 0) return refuse(ERROR.INCONSISTENT_GROUP_PROTOCOL)
  group.consumer = undefined
  group.classic.join(
    {
      memberId,
      instanceId: request.groupInstanceId,
      clientId: call.clientId,
      clientHost: call.clientHost,
      sessionTimeoutMs,
      rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? sessionTimeoutMs : rebalanceTimeoutMs,
      protocolType: request.protocolType,
      protocols: request.protocols,
      needsMemberId: call.version >= 4,
      knowsSkipAssignment: call.version >= 9,
    },
    { respond, onAbandoned: (callback) => call.onAbandoned(callback) },
  )
  return PARKED
})

function responseOf(answer: JoinAnswer, version: number): JoinGroupResponseInput {
  return { ...answer, protocolName: answer.protocolName ?? (version >= 7 ? null : '') }
}
