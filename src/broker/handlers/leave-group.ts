import { ErrorCode, LeaveGroupRequest, LeaveGroupResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { leavesTogether } from '../old-versions.ts'

/** LeaveGroup (13): one member in old versions, several since KIP-345. */
export function leaveGroup(broker: BrokerContext): Handler {
  return handler(LeaveGroupRequest, LeaveGroupResponse, async (body, caller) => {
    const { groupId, memberId } = body
    if (leavesTogether(caller.header.requestApiVersion)) {
      const { errorCode, members } = await broker.groups.leaveGroup({
        groupId,
        members: body.members,
      })
      return { errorCode, members: [...members] }
    }
    const members = [{ memberId, groupInstanceId: null, reason: null }]
    const reply = await broker.groups.leaveGroup({ groupId, members })
    const errorCode =
      reply.errorCode === ErrorCode.NONE
        ? (reply.members[0]?.errorCode ?? ErrorCode.NONE)
        : reply.errorCode
    return { errorCode, members: [] }
  })
}
