import { describeTopicConfig } from '../../config/index.ts'
import { CreateTopicsRequest, CreateTopicsResponse, ErrorCode } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { knowsDefaults } from '../old-versions.ts'
import type { CreatedTopic } from '../topic-admin.ts'

type Wish = CreateTopicsRequest['topics'][number]

/** CreateTopics (19): answered when the topics have leaders, or when the time is up. */
export function createTopics(broker: BrokerContext): Handler {
  return handler(CreateTopicsRequest, CreateTopicsResponse, async (body, caller) => {
    const names = body.topics.map(({ name }) => name)
    const topics = await Promise.all(
      [...new Set(names)].map(async name => {
        const wishes = body.topics.filter(topic => topic.name === name)
        const wish = wishes[0]
        if (wish === undefined || wishes.length > 1) {
          const errorMessage = 'Duplicate topic in request.'
          return { name, errorCode: ErrorCode.INVALID_REQUEST, errorMessage, configs: null }
        }
        if (!broker.topics.isController) return refused(name, ErrorCode.NOT_CONTROLLER)
        const problem = knowsDefaults(caller.header.requestApiVersion)
          ? undefined
          : oldDefaults(wish)
        if (problem !== undefined) return problem
        const created = await broker.topics.create(toWish(wish), body)
        return toAnswer(broker, wish, created)
      }),
    )
    return { topics }
  })
}

function refused(name: string, errorCode: ErrorCode, errorMessage: string | null = null) {
  return { name, errorCode, errorMessage, configs: null }
}

/** Old clients could not leave the counts to the broker. */
function oldDefaults({ name, assignments, numPartitions, replicationFactor }: Wish) {
  if (assignments.length > 0) return undefined
  if (numPartitions === -1) {
    const message = 'Number of partitions must be larger than 0.'
    return refused(name, ErrorCode.INVALID_PARTITIONS, message)
  }
  if (replicationFactor === -1) {
    const message = 'Replication factor must be larger than 0.'
    return refused(name, ErrorCode.INVALID_REPLICATION_FACTOR, message)
  }
  return undefined
}

function toWish({ name, numPartitions, replicationFactor, assignments, configs }: Wish) {
  return {
    name,
    partitionCount: numPartitions,
    replicationFactor,
    assignments: assignments.map(({ partitionIndex, brokerIds }) => ({
      partition: partitionIndex,
      replicas: brokerIds,
    })),
    configs,
  }
}

function toAnswer(broker: BrokerContext, { name }: Wish, created: CreatedTopic) {
  const { errorCode, message, plan, topicId } = created
  if (plan === undefined) return refused(name, errorCode, message)
  return {
    name,
    errorCode,
    errorMessage: null,
    ...(topicId === undefined ? {} : { topicId }),
    numPartitions: plan.replicas.size,
    replicationFactor: plan.replicas.get(0)?.length ?? -1,
    configs: describeTopicConfig(broker.config.dynamic, plan.overrides).map(config => ({
      name: config.name,
      value: config.value,
      readOnly: config.isReadOnly,
      configSource: config.source,
      isSensitive: config.isSensitive,
    })),
  }
}
