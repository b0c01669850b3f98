import { isMoving, partitionAssignment } from '../../controller/index.ts'
import {
  ErrorCode,
  errorText,
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** ListPartitionReassignments (46): partitions whose replicas are on the move (KIP-455); the controller knows. */
export function listPartitionReassignments(broker: BrokerContext): Handler {
  return handler(
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
    async ({ topics: wanted }) => {
      const found = await broker.controller().reassignments()
      if (typeof found === 'number') {
        const refused = { errorCode: found, errorMessage: errorText(found) }
        return { throttleTimeMs: 0, ...refused, topics: [] }
      }
      const isWanted = (topic: string, partition: number): boolean =>
        wanted === null ||
        wanted.some(
          ({ name, partitionIndexes }) => name === topic && partitionIndexes.includes(partition),
        )
      const topics = found.flatMap(({ topic, assignment }) => {
        const partitions = [...assignment.replicas.keys()].flatMap(partitionIndex => {
          const moving = partitionAssignment(assignment, partitionIndex)
          if (moving === undefined || !isMoving(moving)) return []
          if (!isWanted(topic, partitionIndex)) return []
          const { replicas, addingReplicas, removingReplicas } = moving
          return [
            {
              ...{ partitionIndex, replicas: [...replicas] },
              addingReplicas: [...addingReplicas],
              removingReplicas: [...removingReplicas],
            },
          ]
        })
        return partitions.length === 0 ? [] : [{ name: topic, partitions }]
      })
      // As Kafka: no error, and no null either.
      return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: '', topics }
    },
  )
}
