import {
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  ErrorCode,
  ZERO_UUID,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { deletesByNameOrId, knowsDeletionDisabled } from '../old-versions.ts'

interface Target {
  readonly name: string | null
  readonly topicId: string
}

/** DeleteTopics (20): by name or id; answered when no broker knows the topic any more. */
export function deleteTopics(broker: BrokerContext): Handler {
  return handler(DeleteTopicsRequest, DeleteTopicsResponse, async (body, caller) => {
    const version = caller.header.requestApiVersion
    const targets: readonly Target[] = deletesByNameOrId(version)
      ? body.topics
      : body.topicNames.map(name => ({ name, topicId: ZERO_UUID }))
    const responses = await Promise.all(
      targets.map(async target => {
        const errorCode = await deleteOne(broker, target, targets, body.timeoutMs)
        const isUnknownCode =
          errorCode === ErrorCode.TOPIC_DELETION_DISABLED && !knowsDeletionDisabled(version)
        return { ...target, errorCode: isUnknownCode ? ErrorCode.INVALID_REQUEST : errorCode }
      }),
    )
    return { responses }
  })
}

async function deleteOne(
  broker: BrokerContext,
  target: Target,
  all: readonly Target[],
  timeoutMs: number,
): Promise<ErrorCode> {
  if (!broker.topics.isController) return ErrorCode.NOT_CONTROLLER
  const { image } = broker.metadata
  const isNamedTwice = target.name !== null && target.topicId !== ZERO_UUID
  const twins = all.filter(
    ({ name, topicId }) => name === target.name && topicId === target.topicId,
  )
  if (isNamedTwice || twins.length > 1) return ErrorCode.INVALID_REQUEST
  const name = target.name ?? image.topicNames.get(target.topicId)
  if (name === undefined) return ErrorCode.UNKNOWN_TOPIC_ID
  return broker.topics.delete(name, timeoutMs)
}
