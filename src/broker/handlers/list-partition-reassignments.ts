import {
  ErrorCode,
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** ListPartitionReassignments (46): partitions whose replicas are on the move (KIP-455). */
export function listPartitionReassignments(broker: BrokerContext): Handler {
  return handler(
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
    ({ topics: wanted }) => {
      const { image } = broker.metadata
      const topics = [...image.topics.values()].flatMap(({ name, partitions }) => {
        const indexes = wanted?.find(topic => topic.name === name)?.partitionIndexes
        const moving = partitions
          .filter(
            ({ addingReplicas, removingReplicas }) =>
              addingReplicas.length + removingReplicas.length > 0,
          )
          .filter(({ partition }) => wanted === null || indexes?.includes(partition) === true)
        if (moving.length === 0) return []
        return [
          {
            name,
            partitions: moving.map(({ partition, replicas, addingReplicas, removingReplicas }) => ({
              partitionIndex: partition,
              replicas: [...replicas],
              addingReplicas: [...addingReplicas],
              removingReplicas: [...removingReplicas],
            })),
          },
        ]
      })
      return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null, topics }
    },
  )
}
