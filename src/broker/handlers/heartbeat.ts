// Heartbeat (key 12), versions 0-4. Keeps a member's session alive; REBALANCE_IN_PROGRESS tells it to join again.
import { ERROR, heartbeatApi } from '../../protocol/index.ts'
import { type Handler, defineHandler } from '../handler.ts'

export const heartbeat: Handler = defineHandler(heartbeatApi, { min: 0, max: 4 }, (core, request) => {
  const { groupId, memberId, generationId, groupInstanceId } = request
  if (groupId === '') return { errorCode: ERROR.INVALID_GROUP_ID }
  const group = core.groups.get(groupId)
  const errorCode = group?.classic.heartbeat({ memberId, instanceId: groupInstanceId, generationId })
  return { errorCode: errorCode ?? ERROR.UNKNOWN_MEMBER_ID }
})
