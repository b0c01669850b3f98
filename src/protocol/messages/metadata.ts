import {
  array,
  between,
  bool,
  ignorable,
  int16,
  int32,
  mapKey,
  message,
  nullable,
  since,
  string,
  uuid,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Brokers, topics, leaders. In v0 no topics means all of them; from v1 null does, and empty means
 * none. v4 may forbid auto-creation (KAFKA-5291), v8 asks for authorized operations (KIP-430; those of
 * the cluster moved to DescribeCluster in v11, KIP-700), v9 flexible, v10 topic ids, which a broker
 * takes from v12 on (KIP-516), v13 an error of the whole response (KIP-1102).
 */
export const MetadataRequest = message({
  name: 'MetadataRequest',
  apiKey: 3,
  versions: [0, 13],
  flexible: 9,
  fields: {
    topics: nullable(array({ topicId: since(10, ignorable(uuid)), name: nullable(string, 10) }), 1),
    allowAutoTopicCreation: since(4, withDefault(bool, true)),
    includeClusterAuthorizedOperations: between(8, 10, bool),
    includeTopicAuthorizedOperations: since(8, bool),
  },
})
export type MetadataRequest = MessageOf<typeof MetadataRequest>

/**
 * v1 racks (KIP-36), controller and internal topics; v2 cluster id (KIP-78); v3 throttle time
 * (KIP-124); v5 offline replicas (KIP-112); v6 throttled on the client (KIP-219); v7 leader epochs
 * (KIP-320); v8 authorized operations, as bits, the smallest int32 when not asked for (KIP-430); v9
 * flexible; v10 topic ids; v12 a topic asked for by an unknown id has no name (KIP-516); v13 an error
 * of the whole response (KIP-1102).
 */
export const MetadataResponse = message({
  name: 'MetadataResponse',
  apiKey: 3,
  versions: [0, 13],
  flexible: 9,
  fields: {
    throttleTimeMs: since(3, ignorable(int32)),
    brokers: array({
      nodeId: mapKey(int32),
      host: string,
      port: int32,
      rack: since(1, ignorable(nullable(string))),
    }),
    clusterId: since(2, ignorable(nullable(string))),
    controllerId: since(1, ignorable(withDefault(int32, -1))),
    topics: array({
      errorCode: int16,
      name: mapKey(nullable(string, 12)),
      topicId: since(10, ignorable(uuid)),
      isInternal: since(1, ignorable(bool)),
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: since(7, ignorable(withDefault(int32, -1))),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        offlineReplicas: since(5, ignorable(array(int32))),
      }),
      topicAuthorizedOperations: since(8, withDefault(int32, -0x8000_0000)),
    }),
    clusterAuthorizedOperations: between(8, 10, withDefault(int32, -0x8000_0000)),
    errorCode: since(13, ignorable(int16)),
  },
})
export type MetadataResponse = MessageOf<typeof MetadataResponse>
