// LeaveGroup (key 13), versions 0-5. One member up to version 2; from 3 on several, static ones by their instance id, each with its own
// error.
import { ERROR, leaveGroupApi } from '../../protocol/index.ts'
import { type Handler, defineHandler } from '../handler.ts'

export const leaveGroup: Handler = defineHandler(leaveGroupApi, { min: 0, max: 5 }, (core, request, { version }) => {
  if (request.groupId === '') return { errorCode: ERROR.INVALID_GROUP_ID, members: [] }
  const group = core.groups.get(request.groupId)
  const leave = (memberId: string, instanceId: string | null): number => {
    return group?.classic.leave(memberId, instanceId) ?? ERROR.UNKNOWN_MEMBER_ID
  }
  if (version < 3) return { errorCode: leave(request.memberId, null), members: [] }
  return {
    errorCode: ERROR.NONE,
    members: request.members.map(({ memberId, groupInstanceId }) => {
      return { memberId, groupInstanceId, errorCode: leave(memberId, groupInstanceId) }
    }),
  }
})
