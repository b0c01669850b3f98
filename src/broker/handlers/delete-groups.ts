import { DeleteGroupsRequest, DeleteGroupsResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** DeleteGroups (42): forgets groups without members, with their offsets. */
export function deleteGroups(broker: BrokerContext): Handler {
  return handler(DeleteGroupsRequest, DeleteGroupsResponse, async ({ groupsNames }) => {
    const results = await Promise.all(
      groupsNames.map(async groupId => {
        const { errorCode } = await broker.groups.deleteGroup(groupId)
        return { groupId, errorCode }
      }),
    )
    return { throttleTimeMs: 0, results }
  })
}
