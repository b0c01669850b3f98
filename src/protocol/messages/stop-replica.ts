import {
  array,
  between,
  bool,
  ignorable,
  int16,
  int32,
  int64,
  message,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * From the controller: give replicas up, with their files where asked. v1 broker epoch (KIP-380),
 * v2 flexible, v3 leader epochs (KIP-570), v4 controllers of KRaft (KIP-866).
 */
export const StopReplicaRequest = message({
  name: 'StopReplicaRequest',
  apiKey: 5,
  versions: [0, 4],
  flexible: 2,
  fields: {
    controllerId: int32,
    isKRaftController: since(4, bool),
    controllerEpoch: int32,
    brokerEpoch: since(1, ignorable(withDefault(int64, -1))),
    deletePartitions: between(0, 2, bool),
    ungroupedPartitions: between(0, 0, array({ topicName: string, partitionIndex: int32 })),
    topics: between(1, 2, array({ name: string, partitionIndexes: array(int32) })),
    topicStates: since(
      3,
      array({
        topicName: string,
        partitionStates: array({
          partitionIndex: int32,
          leaderEpoch: withDefault(int32, -1),
          deletePartition: bool,
        }),
      }),
    ),
  },
})
export type StopReplicaRequest = MessageOf<typeof StopReplicaRequest>

/** v3 FENCED_LEADER_EPOCH. */
export const StopReplicaResponse = message({
  name: 'StopReplicaResponse',
  apiKey: 5,
  versions: [0, 4],
  flexible: 2,
  fields: {
    errorCode: int16,
    partitionErrors: array({ topicName: string, partitionIndex: int32, errorCode: int16 }),
  },
})
export type StopReplicaResponse = MessageOf<typeof StopReplicaResponse>
