import {
  array,
  int16,
  int32,
  message,
  nullable,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/** Partitions whose replicas are being moved (KIP-455); null topics are all of them. */
export const ListPartitionReassignmentsRequest = message({
  name: 'ListPartitionReassignmentsRequest',
  apiKey: 46,
  versions: [0, 0],
  flexible: 0,
  fields: {
    timeoutMs: withDefault(int32, 60_000),
    topics: nullable(array({ name: string, partitionIndexes: array(int32) })),
  },
})
export type ListPartitionReassignmentsRequest = MessageOf<typeof ListPartitionReassignmentsRequest>

/** An error of the whole response, else the partitions that are being moved. */
export const ListPartitionReassignmentsResponse = message({
  name: 'ListPartitionReassignmentsResponse',
  apiKey: 46,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        replicas: array(int32),
        addingReplicas: array(int32),
        removingReplicas: array(int32),
      }),
    }),
  },
})
export type ListPartitionReassignmentsResponse = MessageOf<
  typeof ListPartitionReassignmentsResponse
>
