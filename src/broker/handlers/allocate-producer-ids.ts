import {
  AllocateProducerIdsRequest,
  AllocateProducerIdsResponse,
  ErrorCode,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** AllocateProducerIds (67): the controller gives a broker a block of ids for idempotent producers (KIP-730). */
export function allocateProducerIds(broker: BrokerContext): Handler {
  return handler(AllocateProducerIdsRequest, AllocateProducerIdsResponse, async body => {
    const none = { throttleTimeMs: 0, producerIdStart: 0, producerIdLen: 0 }
    const { brokerId, brokerEpoch } = body
    const block = await broker.controller().allocateProducerIds(brokerId, BigInt(brokerEpoch))
    if (typeof block === 'number') return { ...none, errorCode: block }
    const { first, last } = block
    const errorCode = ErrorCode.NONE
    return { ...none, errorCode, producerIdStart: first, producerIdLen: last - first + 1 }
  })
}
