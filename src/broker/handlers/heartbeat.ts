import { HeartbeatRequest, HeartbeatResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** Heartbeat (12): keeps one member alive, and tells it of a rebalance. */
export function heartbeat(broker: BrokerContext): Handler {
  return handler(HeartbeatRequest, HeartbeatResponse, body => broker.groups.heartbeat(body))
}
