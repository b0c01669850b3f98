import { topicNameProblem } from '../../metadata/index.ts'
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
  ErrorCode,
  errorText,
} from '../../protocol/index.ts'
import type { Partition } from '../../replica/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** DescribeProducers (61): what the partitions that this broker leads remember of producers. */
export function describeProducers(broker: BrokerContext): Handler {
  return handler(DescribeProducersRequest, DescribeProducersResponse, body => ({
    throttleTimeMs: 0,
    topics: body.topics.map(({ name, partitionIndexes }) => {
      const problem = problemWith(broker, name)
      return {
        name,
        partitions: partitionIndexes.map(partitionIndex => {
          if (problem !== undefined) return { partitionIndex, ...problem, activeProducers: [] }
          return { partitionIndex, ...describe(broker.replicas.get(name, partitionIndex)) }
        }),
      }
    }),
  }))
}

function problemWith({ metadata }: BrokerContext, topic: string) {
  const nameProblem = topicNameProblem(topic)
  if (nameProblem !== undefined) {
    const errorMessage = `Topic name is invalid: ${nameProblem}`
    return { errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, errorMessage }
  }
  if (metadata.image.topics.has(topic)) return undefined
  const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  return { errorCode, errorMessage: errorText(errorCode) }
}

function describe(partition: Partition | undefined) {
  const errorCode = partition?.checkLeader() ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  const isAnswerable = partition !== undefined && errorCode === ErrorCode.NONE
  const producers = isAnswerable ? [...partition.log.producers.entries()] : []
  return {
    ...{ errorCode, errorMessage: null },
    activeProducers: producers.map(producer => ({
      producerId: producer.producerId,
      producerEpoch: producer.producerEpoch,
      lastSequence: producer.lastSequence,
      lastTimestamp: producer.lastTimestamp,
      coordinatorEpoch: producer.coordinatorEpoch,
      currentTxnStartOffset: producer.transactionFirstOffset,
    })),
  }
}
