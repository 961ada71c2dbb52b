// SyncGroup (key 14), versions 0-5. Parked until the leader's call brings the assignments. From 5 on protocol type and name are checked
// and echoed.
import { ERROR, syncGroupApi } from '../../protocol/index.ts'
import { failedSync } from '../coordinators/classic-group-calls.ts'
import { type Handler, PARKED, defineHandler } from '../handler.ts'

export const syncGroup: Handler = defineHandler(syncGroupApi, { min: 0, max: 5 }, (core, request, call) => {
  const { groupId, memberId, generationId, protocolType, protocolName } = request
  if (groupId === '') return failedSync(ERROR.INVALID_GROUP_ID)
  const group = core.groups.get(groupId)
  if (group === undefined) return failedSync(ERROR.UNKNOWN_MEMBER_ID)
  const assignments = new Map(request.assignments.map((each) => [each.memberId, each.assignment]))
  group.classic.sync(
    { memberId, instanceId: request.groupInstanceId, generationId, protocolType, protocolName, assignments },
    { respond: (answer) => call.respond(answer), onAbandoned: (callback) => call.onAbandoned(callback) },
  )
  return PARKED
})
