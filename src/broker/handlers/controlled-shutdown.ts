import {
  ControlledShutdownRequest,
  ControlledShutdownResponse,
  ErrorCode,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** ControlledShutdown (7): a broker is about to stop; answered when others lead what it led. */
export function controlledShutdown(broker: BrokerContext): Handler {
  return handler(ControlledShutdownRequest, ControlledShutdownResponse, async body => {
    const answer = await broker.controller().shutDown(body.brokerId, BigInt(body.brokerEpoch))
    if (typeof answer === 'number') return { errorCode: answer, remainingPartitions: [] }
    const remainingPartitions = answer.remaining.map(({ topic, partition }) => ({
      ...{ topicName: topic, partitionIndex: partition },
    }))
    return { errorCode: ErrorCode.NONE, remainingPartitions }
  })
}
