import { SyncGroupRequest, SyncGroupResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** SyncGroup (14): brings the leader's assignment, and answers each member with its share. */
export function syncGroup(broker: BrokerContext): Handler {
  return handler(SyncGroupRequest, SyncGroupResponse, body => broker.groups.syncGroup(body))
}
