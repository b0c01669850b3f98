import { JoinGroupRequest, JoinGroupResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import {
  hasRebalanceTimeout,
  isProtocolNameNullable,
  rejoinsWithId,
  skipsAssignment,
} from '../old-versions.ts'

/** JoinGroup (11): answered when everybody who belongs to the group has joined. */
export function joinGroup(broker: BrokerContext): Handler {
  return handler(JoinGroupRequest, JoinGroupResponse, async (body, caller) => {
    const version = caller.header.requestApiVersion
    const { protocolName, members, ...reply } = await broker.groups.joinGroup({
      groupId: body.groupId,
      memberId: body.memberId,
      groupInstanceId: body.groupInstanceId,
      clientId: caller.clientId ?? '',
      clientHost: caller.clientHost,
      sessionTimeoutMs: body.sessionTimeoutMs,
      rebalanceTimeoutMs: hasRebalanceTimeout(version)
        ? body.rebalanceTimeoutMs
        : body.sessionTimeoutMs,
      protocolType: body.protocolType,
      protocols: body.protocols,
      reason: body.reason,
      canRejoinWithId: rejoinsWithId(version),
      canSkipAssignment: skipsAssignment(version),
    })
    return {
      ...reply,
      members: [...members],
      protocolName: protocolName ?? (isProtocolNameNullable(version) ? null : ''),
    }
  })
}
