import {
  array,
  bool,
  ignorable,
  int16,
  int32,
  int8,
  mapKey,
  message,
  nullable,
  since,
  string,
  tagged,
  uuid,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Creates topics, by numbers or by an assignment of replicas. v1 may only validate; v4 -1 stands
 * for the broker's default partitions and replicas (KIP-464); v5 flexible, with the configuration
 * in the response (KIP-525); v6 may be throttled (KIP-599); v7 answers with the topic id (KIP-516).
 */
export const CreateTopicsRequest = message({
  name: 'CreateTopicsRequest',
  apiKey: 19,
  versions: [0, 7],
  flexible: 5,
  fields: {
    topics: array({
      name: mapKey(string),
      numPartitions: int32,
      replicationFactor: int16,
      assignments: array({ partitionIndex: mapKey(int32), brokerIds: array(int32) }),
      configs: array({ name: mapKey(string), value: nullable(string) }),
    }),
    timeoutMs: withDefault(int32, 60_000),
    validateOnly: since(1, bool),
  },
})
export type CreateTopicsRequest = MessageOf<typeof CreateTopicsRequest>

/**
 * v1 message, v2 throttle time (KIP-124), v3 throttled on the client (KIP-219), v5 flexible, with
 * partitions, replicas and configuration, or why that is not told (KIP-525), v6 may say
 * THROTTLING_QUOTA_EXCEEDED (KIP-599), v7 topic id (KIP-516).
 */
export const CreateTopicsResponse = message({
  name: 'CreateTopicsResponse',
  apiKey: 19,
  versions: [0, 7],
  flexible: 5,
  fields: {
    throttleTimeMs: since(2, ignorable(int32)),
    topics: array({
      name: mapKey(string),
      topicId: since(7, ignorable(uuid)),
      errorCode: int16,
      errorMessage: since(1, ignorable(nullable(string))),
      topicConfigErrorCode: tagged(0, 5, ignorable(int16)),
      numPartitions: since(5, ignorable(withDefault(int32, -1))),
      replicationFactor: since(5, ignorable(withDefault(int16, -1))),
      configs: since(
        5,
        ignorable(
          nullable(
            array({
              name: string,
              value: nullable(string),
              readOnly: bool,
              configSource: withDefault(int8, -1),
              isSensitive: bool,
            }),
          ),
        ),
      ),
    }),
  },
})
export type CreateTopicsResponse = MessageOf<typeof CreateTopicsResponse>
