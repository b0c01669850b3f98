import {
  array,
  bool,
  int16,
  int32,
  mapKey,
  message,
  nullable,
  string,
  struct,
  uuid,
  withDefault,
  type MessageOf,
} from '../language.ts'

const cursor = struct({ topicName: string, partitionIndex: int32 })

/**
 * Topics page by page, with eligible leader replicas (KIP-966); no topics means all. The cursor
 * says where the page begins.
 */
export const DescribeTopicPartitionsRequest = message({
  name: 'DescribeTopicPartitionsRequest',
  apiKey: 75,
  versions: [0, 0],
  flexible: 0,
  fields: {
    topics: array({ name: string }),
    responsePartitionLimit: withDefault(int32, 2000),
    cursor: nullable(cursor),
  },
})
export type DescribeTopicPartitionsRequest = MessageOf<typeof DescribeTopicPartitionsRequest>

/** The next page begins at `nextCursor`; null when there is none. */
export const DescribeTopicPartitionsResponse = message({
  name: 'DescribeTopicPartitionsResponse',
  apiKey: 75,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32,
    topics: array({
      errorCode: int16,
      name: mapKey(nullable(string)),
      topicId: uuid,
      isInternal: bool,
      partitions: array({
        errorCode: int16,
        partitionIndex: int32,
        leaderId: int32,
        leaderEpoch: withDefault(int32, -1),
        replicaNodes: array(int32),
        isrNodes: array(int32),
        eligibleLeaderReplicas: nullable(array(int32)),
        lastKnownElr: nullable(array(int32)),
        offlineReplicas: array(int32),
      }),
      topicAuthorizedOperations: withDefault(int32, -0x8000_0000),
    }),
    nextCursor: nullable(cursor),
  },
})
export type DescribeTopicPartitionsResponse = MessageOf<typeof DescribeTopicPartitionsResponse>
