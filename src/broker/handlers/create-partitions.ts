import {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
  ErrorCode,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** CreatePartitions (37): topics grow, never shrink (KIP-195). */
export function createPartitions(broker: BrokerContext): Handler {
  return handler(CreatePartitionsRequest, CreatePartitionsResponse, async body => {
    const names = [...new Set(body.topics.map(({ name }) => name))]
    const results = await Promise.all(
      names.map(async name => {
        const wishes = body.topics.filter(topic => topic.name === name)
        const wish = wishes[0]
        if (wish === undefined || wishes.length > 1) {
          const errorMessage = 'Duplicate topic in request.'
          return { name, errorCode: ErrorCode.INVALID_REQUEST, errorMessage }
        }
        if (!broker.topics.isController) {
          return { name, errorCode: ErrorCode.NOT_CONTROLLER, errorMessage: null }
        }
        const assignments = wish.assignments?.map(({ brokerIds }) => brokerIds) ?? null
        const { errorCode, message } = await broker.topics.expand({ ...wish, assignments }, body)
        return { name, errorCode, errorMessage: errorCode === ErrorCode.NONE ? null : message }
      }),
    )
    return { throttleTimeMs: 0, results }
  })
}
