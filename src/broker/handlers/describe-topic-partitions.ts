import {
  isInternalTopic,
  isKnown,
  type ClusterImage,
  type TopicImage,
} from '../../metadata/index.ts'
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
  ErrorCode,
  ZERO_UUID,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { topicOperations } from './authorized-operations.ts'
import { describePartition, whyMissing } from './metadata.ts'

/** DescribeTopicPartitions (75): topics in the order of their names, page by page (KIP-966). */
export function describeTopicPartitions(broker: BrokerContext): Handler {
  return handler(
    DescribeTopicPartitionsRequest,
    DescribeTopicPartitionsResponse,
    (body, caller) => {
      const { image } = broker.metadata
      const { cursor } = body
      const names =
        body.topics.length === 0 ? [...image.topics.keys()] : body.topics.map(({ name }) => name)
      const wanted = [...new Set(names)]
        .sort()
        .filter(name => cursor === null || name >= cursor.topicName)
      let left = Math.max(
        1,
        Math.min(
          body.responsePartitionLimit,
          broker.config.current.get('max.request.partition.size.limit'),
        ),
      )
      const topics = []
      for (const name of wanted) {
        const topic = image.topics.get(name)
        if (topic === undefined) {
          topics.push(missing(image, name))
          continue
        }
        const first = cursor?.topicName === name ? cursor.partitionIndex : 0
        if (left === 0)
          return {
            throttleTimeMs: 0,
            topics,
            nextCursor: { topicName: name, partitionIndex: first },
          }
        const page = topic.partitions.slice(first, first + left)
        left -= page.length
        topics.push({
          ...found(topic),
          partitions: page.filter(isKnown).map(partition => ({
            ...describePartition(image, partition, caller.listenerName),
            eligibleLeaderReplicas: [],
            lastKnownElr: [],
          })),
        })
        if (first + page.length < topic.partitions.length) {
          const nextCursor = { topicName: name, partitionIndex: first + page.length }
          return { throttleTimeMs: 0, topics, nextCursor }
        }
      }
      return { throttleTimeMs: 0, topics, nextCursor: null }
    },
  )
}

function missing(image: ClusterImage, name: string) {
  return {
    errorCode: whyMissing(image, name),
    name,
    topicId: ZERO_UUID,
    isInternal: isInternalTopic(name),
    partitions: [],
  }
}

function found({ name, topicId }: TopicImage) {
  return {
    errorCode: ErrorCode.NONE,
    name,
    topicId,
    isInternal: isInternalTopic(name),
    topicAuthorizedOperations: topicOperations,
  }
}
