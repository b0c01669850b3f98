import { ErrorCode, SyncGroupRequest, SyncGroupResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { namesProtocol } from '../old-versions.ts'

/** SyncGroup (14): brings the leader's assignment, and answers each member with its share. */
export function syncGroup(broker: BrokerContext): Handler {
  return handler(SyncGroupRequest, SyncGroupResponse, async (body, caller) => {
    const { protocolType, protocolName } = body
    const isUnnamed = protocolType === null || protocolName === null
    if (isUnnamed && namesProtocol(caller.header.requestApiVersion)) {
      return { errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL, assignment: Buffer.alloc(0) }
    }
    return broker.groups.syncGroup(body)
  })
}
