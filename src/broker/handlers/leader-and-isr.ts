import { LeaderAndIsrRequest, LeaderAndIsrResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** LeaderAndIsr (4): from the controller, what this broker leads and follows. */
export function leaderAndIsr(broker: BrokerContext): Handler {
  return handler(LeaderAndIsrRequest, LeaderAndIsrResponse, (body, caller) =>
    broker.orders.leaderAndIsr(body, caller.header.requestApiVersion),
  )
}
