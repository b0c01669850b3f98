import { ErrorCode, InitProducerIdRequest, InitProducerIdResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { fencedFor, initKnowsFenced } from '../old-versions.ts'

const NONE = -1

/** InitProducerId (22): an id for an idempotent producer, or id and epoch of a transactional one. */
export function initProducerId(broker: BrokerContext): Handler {
  return handler(InitProducerIdRequest, InitProducerIdResponse, async (body, caller) => {
    const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = body
    const refused = { throttleTimeMs: 0, producerId: NONE, producerEpoch: NONE }
    if ((producerId === NONE) !== (producerEpoch === NONE)) {
      return { ...refused, errorCode: ErrorCode.INVALID_REQUEST }
    }
    if (transactionalId === null) return { ...refused, ...(await idempotent(broker)) }
    const reply = await broker.transactions.initProducerId({
      ...{ transactionalId, timeoutMs: transactionTimeoutMs },
      expected: producerId === NONE ? undefined : { producerId, producerEpoch },
    })
    const knowsFenced = initKnowsFenced(caller.header.requestApiVersion)
    return {
      throttleTimeMs: 0,
      errorCode: fencedFor(reply.errorCode, knowsFenced),
      producerId: reply.producerId,
      producerEpoch: reply.producerEpoch,
    }
  })
}

/** While none can be had, the producer is told to ask again. */
async function idempotent({ producerIds, host }: BrokerContext) {
  try {
    return { errorCode: ErrorCode.NONE, producerId: await producerIds.next(), producerEpoch: 0 }
  } catch (error) {
    host.log.named('kafka.server.KafkaApis').error('no producer id can be had', { error })
    return { errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS }
  }
}
