import { StopReplicaRequest, StopReplicaResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** StopReplica (5): from the controller, which replicas this broker gives up, with their files or without. */
export function stopReplica(broker: BrokerContext): Handler {
  return handler(StopReplicaRequest, StopReplicaResponse, body => broker.orders.stopReplica(body))
}
