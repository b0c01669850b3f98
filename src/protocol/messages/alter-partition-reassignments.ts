import {
  array,
  bool,
  ignorable,
  int16,
  int32,
  message,
  nullable,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Sets the replicas of partitions, or cancels that: null (KIP-455). v1 whether the number of replicas may
 * change (KIP-860).
 */
export const AlterPartitionReassignmentsRequest = message({
  name: 'AlterPartitionReassignmentsRequest',
  apiKey: 45,
  versions: [0, 1],
  flexible: 0,
  fields: {
    timeoutMs: withDefault(int32, 60_000),
    allowReplicationFactorChange: since(1, withDefault(bool, true)),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        replicas: nullable(array(int32)),
      }),
    }),
  },
})
export type AlterPartitionReassignmentsRequest = MessageOf<
  typeof AlterPartitionReassignmentsRequest
>

/** By partition. */
export const AlterPartitionReassignmentsResponse = message({
  name: 'AlterPartitionReassignmentsResponse',
  apiKey: 45,
  versions: [0, 1],
  flexible: 0,
  fields: {
    throttleTimeMs: int32,
    allowReplicationFactorChange: since(1, ignorable(withDefault(bool, true))),
    errorCode: int16,
    errorMessage: nullable(string),
    responses: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
    }),
  },
})
export type AlterPartitionReassignmentsResponse = MessageOf<
  typeof AlterPartitionReassignmentsResponse
>
