import {
  array,
  between,
  bool,
  ignorable,
  int16,
  int32,
  int64,
  int8,
  message,
  nullable,
  since,
  string,
  tagged,
  uuid,
  withDefault,
  type MessageOf,
} from '../language.ts'

const partitionStates = array({
  topicName: between(0, 4, ignorable(string)),
  partitionIndex: int32,
  controllerEpoch: int32,
  leader: int32,
  leaderEpoch: int32,
  isr: array(int32),
  zkVersion: int32,
  replicas: array(int32),
  offlineReplicas: since(4, ignorable(array(int32))),
})

/**
 * From the controller: what brokers tell clients of the cluster. v1 several endpoints of a broker,
 * v2 rack, v3 names of listeners (KIP-103), v4 offline replicas (KIP-112), v5 broker epoch,
 * partitions by topic (KIP-380), v6 flexible, v7 topic ids (KIP-516), v8 controllers of KRaft
 * (KIP-866).
 */
export const UpdateMetadataRequest = message({
  name: 'UpdateMetadataRequest',
  apiKey: 6,
  versions: [0, 8],
  flexible: 6,
  fields: {
    controllerId: int32,
    isKRaftController: since(8, bool),
    type: tagged(0, 8, int8),
    controllerEpoch: int32,
    brokerEpoch: since(5, ignorable(withDefault(int64, -1))),
    ungroupedPartitionStates: between(0, 4, partitionStates),
    topicStates: since(
      5,
      array({
        topicName: string,
        topicId: since(7, ignorable(uuid)),
        partitionStates: partitionStates,
      }),
    ),
    liveBrokers: array({
      id: int32,
      v0Host: between(0, 0, ignorable(string)),
      v0Port: between(0, 0, ignorable(int32)),
      endpoints: since(
        1,
        ignorable(
          array({
            port: int32,
            host: string,
            listener: since(3, ignorable(string)),
            securityProtocol: int16,
          }),
        ),
      ),
      rack: since(2, ignorable(nullable(string))),
    }),
  },
})
export type UpdateMetadataRequest = MessageOf<typeof UpdateMetadataRequest>

/** All versions alike; v6 flexible. */
export const UpdateMetadataResponse = message({
  name: 'UpdateMetadataResponse',
  apiKey: 6,
  versions: [0, 8],
  flexible: 6,
  fields: { errorCode: int16 },
})
export type UpdateMetadataResponse = MessageOf<typeof UpdateMetadataResponse>
