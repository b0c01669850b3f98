import {
  array,
  between,
  bool,
  ignorable,
  int16,
  int32,
  int64,
  int8,
  mapKey,
  message,
  since,
  string,
  uuid,
  withDefault,
  type MessageOf,
} from '../language.ts'

const partitionStates = array({
  topicName: between(0, 1, ignorable(string)),
  partitionIndex: int32,
  controllerEpoch: int32,
  leader: int32,
  leaderEpoch: int32,
  isr: array(int32),
  partitionEpoch: int32,
  replicas: array(int32),
  addingReplicas: since(3, ignorable(array(int32))),
  removingReplicas: since(3, ignorable(array(int32))),
  isNew: since(1, ignorable(bool)),
  leaderRecoveryState: since(6, int8),
})

/**
 * From the controller: what a broker leads and follows from now on. v1 whether a partition is new
 * (KIP-112), v2 broker epoch, partitions by topic (KIP-380), v3 replicas that a reassignment adds
 * and removes (KIP-455), v4 flexible, v5 topic ids (KIP-516), v6 recovery of the leader (KIP-704),
 * v7 controllers of KRaft (KIP-866).
 */
export const LeaderAndIsrRequest = message({
  name: 'LeaderAndIsrRequest',
  apiKey: 4,
  versions: [0, 7],
  flexible: 4,
  fields: {
    controllerId: int32,
    isKRaftController: since(7, bool),
    controllerEpoch: int32,
    brokerEpoch: since(2, ignorable(withDefault(int64, -1))),
    type: since(5, int8),
    ungroupedPartitionStates: between(0, 1, partitionStates),
    topicStates: since(
      2,
      array({
        topicName: string,
        topicId: since(5, ignorable(uuid)),
        partitionStates: partitionStates,
      }),
    ),
    liveLeaders: array({ brokerId: int32, hostName: string, port: int32 }),
  },
})
export type LeaderAndIsrRequest = MessageOf<typeof LeaderAndIsrRequest>

const partitionErrors = array({
  topicName: between(0, 4, ignorable(string)),
  partitionIndex: int32,
  errorCode: int16,
})

/** v1 storage errors, v4 flexible, v5 topic ids in place of names. */
export const LeaderAndIsrResponse = message({
  name: 'LeaderAndIsrResponse',
  apiKey: 4,
  versions: [0, 7],
  flexible: 4,
  fields: {
    errorCode: int16,
    partitionErrors: between(0, 4, partitionErrors),
    topics: since(5, array({ topicId: mapKey(uuid), partitionErrors: partitionErrors })),
  },
})
export type LeaderAndIsrResponse = MessageOf<typeof LeaderAndIsrResponse>
