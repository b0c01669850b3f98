import {
  ErrorCode,
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
    ({ topics: wanted }) => {
      if (!broker.topics.isController) {
        const errorCode = ErrorCode.NOT_CONTROLLER
        return { throttleTimeMs: 0, errorCode, errorMessage: null, topics: [] }
      }
      const topics = broker
        .controller()
        .reassignments()
        .flatMap(({ topic, assignment }) => {
          const indexes = wanted?.find(({ name }) => name === topic)?.partitionIndexes
          const { replicas, addingReplicas, removingReplicas } = assignment
          const partitions = [...replicas].flatMap(([partitionIndex, ids]) => {
            const adding = addingReplicas.get(partitionIndex) ?? []
            const removing = removingReplicas.get(partitionIndex) ?? []
            const isWanted = wanted === null || indexes?.includes(partitionIndex) === true
            if (adding.length + removing.length === 0 || !isWanted) return []
            return [
              {
                partitionIndex,
                replicas: [...ids],
                addingReplicas: [...adding],
                removingReplicas: [...removing],
              },
            ]
          })
          return partitions.length === 0 ? [] : [{ name: topic, partitions }]
        })
      return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null, topics }
    },
  )
}
