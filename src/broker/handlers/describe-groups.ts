import { DescribeGroupsRequest, DescribeGroupsResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { describesGroupIdNotFound } from '../old-versions.ts'
import { groupOperations, NOT_ASKED } from './authorized-operations.ts'

/** DescribeGroups (15): state, members and what each has been assigned. */
export function describeGroups(broker: BrokerContext): Handler {
  return handler(DescribeGroupsRequest, DescribeGroupsResponse, (body, caller) => {
    const knowsGroupIdNotFound = describesGroupIdNotFound(caller.header.requestApiVersion)
    const authorizedOperations = body.includeAuthorizedOperations ? groupOperations : NOT_ASKED
    return {
      groups: body.groups.map(groupId => {
        const { members, ...group } = broker.groups.describeGroup(groupId, { knowsGroupIdNotFound })
        return { ...group, members: [...members], authorizedOperations }
      }),
    }
  })
}
