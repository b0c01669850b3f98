import { UpdateMetadataRequest, UpdateMetadataResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** UpdateMetadata (6): from the controller, what this broker tells clients of the cluster. */
export function updateMetadata(broker: BrokerContext): Handler {
  return handler(UpdateMetadataRequest, UpdateMetadataResponse, body =>
    broker.orders.updateMetadata(body),
  )
}
