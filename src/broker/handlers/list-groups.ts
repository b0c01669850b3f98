import { ListGroupsRequest, ListGroupsResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** ListGroups (16): the groups that this broker coordinates, by state and type where asked for. */
export function listGroups(broker: BrokerContext): Handler {
  return handler(ListGroupsRequest, ListGroupsResponse, ({ statesFilter, typesFilter }) => {
    const { errorCode, groups } = broker.groups.listGroups({
      states: statesFilter,
      types: typesFilter,
    })
    return { errorCode, groups: [...groups] }
  })
}
