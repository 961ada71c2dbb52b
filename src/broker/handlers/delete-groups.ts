// DeleteGroups (key 42), versions 0-2. Removes groups without members, with their offsets.
import { ERROR, deleteGroupsApi } from '../../protocol/index.ts'
import { type Handler, defineHandler } from '../handler.ts'

export const deleteGroups: Handler = defineHandler(deleteGroupsApi, { min: 0, max: 2 }, (core, request) => ({
  results: request.groupsNames.map((groupId) => {
    return { groupId, errorCode: groupId === '' ? ERROR.INVALID_GROUP_ID : core.groups.delete(groupId) }
  }),
}))
