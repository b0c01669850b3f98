import type { ReplicaChange } from '../../controller/index.ts'
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  ErrorCode,
  errorText,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { byTopic } from './by-topic.ts'

/** AlterPartitionReassignments (45): begins to move replicas between brokers, or cancels that (KIP-455). */
export function alterPartitionReassignments(broker: BrokerContext): Handler {
  return handler(
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    async ({ topics, allowReplicationFactorChange }) => {
      // A partition that is named twice gets what is said last.
      const changes = new Map<string, ReplicaChange>()
      for (const { name: topic, partitions } of topics) {
        for (const { partitionIndex: partition, replicas } of partitions)
          changes.set(`${topic}-${partition}`, { topic, partition, replicas })
      }
      const answer = await broker
        .controller()
        .reassign([...changes.values()], allowReplicationFactorChange)
      const head = { throttleTimeMs: 0, allowReplicationFactorChange }
      if (typeof answer === 'number')
        return { ...head, errorCode: answer, errorMessage: errorText(answer), responses: [] }
      const responses = byTopic(answer.results).map(([name, results]) => ({
        name,
        partitions: results.map(({ partition, errorCode, message }) => ({
          ...{ partitionIndex: partition, errorCode, errorMessage: message },
        })),
      }))
      // As Kafka: no error, and no null either.
      return { ...head, errorCode: ErrorCode.NONE, errorMessage: '', responses }
    },
  )
}
