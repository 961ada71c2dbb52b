// ListGroups (key 16), versions 0-5. Filters by state (4+) and by type (5+), both without regard to case; an empty one lets all pass.
import { ERROR, listGroupsApi } from '../../protocol/index.ts'
import { type Handler, defineHandler } from '../handler.ts'

export const listGroups: Handler = defineHandler(listGroupsApi, { min: 0, max: 5 }, (core, request) => {
  const states = new Set(request.statesFilter.map((state) => state.toLowerCase()))
  const types = new Set(request.typesFilter.map((type) => type.toLowerCase()))
  const all = [...core.groups.groups.values()].map(({ id, classic, consumer }) => ({
    groupId: id,
    protocolType: consumer === undefined ? classic.protocolType : 'consumer',
    groupState: (consumer ?? classic).state as string,
    groupType: consumer === undefined ? 'classic' : 'consumer',
  }))
  return {
    errorCode: ERROR.NONE,
    groups: all.filter(({ groupState, groupType }) => {
      return (states.size === 0 || states.has(groupState.toLowerCase())) && (types.size === 0 || types.has(groupType))
    }),
  }
})
