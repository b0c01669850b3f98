import { ErrorCode, InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** InitProducerId (22): an id for an idempotent producer. Transactional ids are refused until there is a coordinator for them. */
export function initProducerId(broker: BrokerContext): Handler {
  return handler(InitProducerIdRequest, InitProducerIdResponse, async body => {
    const { transactionalId, transactionTimeoutMs } = body
    const refused = { throttleTimeMs: 0, producerId: -1, producerEpoch: -1 }
    if (transactionalId === '') return { ...refused, errorCode: ErrorCode.INVALID_REQUEST }
    if (transactionalId !== null) {
      const longestMs = broker.config.current.get('transaction.max.timeout.ms')
      const isLegal = transactionTimeoutMs > 0 && transactionTimeoutMs <= longestMs
      const errorCode = isLegal
        ? ErrorCode.COORDINATOR_NOT_AVAILABLE
        : ErrorCode.INVALID_TRANSACTION_TIMEOUT
      return { ...refused, errorCode }
    }
    const producerId = await broker.producerIds.next()
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, producerId, producerEpoch: 0 }
  })
}
