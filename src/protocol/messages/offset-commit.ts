import {
  array,
  between,
  ignorable,
  int16,
  int32,
  int64Exact,
  message,
  nullable,
  since,
  string,
  uuid,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Stores how far a group has read. v0 to ZooKeeper, v1 to Kafka with the member's generation and a
 * timestamp of its own, v2 with a retention instead, dropped again in v5 (KIP-211); v6 leader epoch
 * (KIP-320); v7 static members (KIP-345); v8 flexible; v9 for the new group protocol, v10 topic ids
 * (KIP-848). Offset, timestamp and retention are the client's, so they are exact.
 */
export const OffsetCommitRequest = message({
  name: 'OffsetCommitRequest',
  apiKey: 8,
  versions: [0, 10],
  flexible: 8,
  fields: {
    groupId: string,
    generationIdOrMemberEpoch: since(1, ignorable(withDefault(int32, -1))),
    memberId: since(1, ignorable(string)),
    groupInstanceId: since(7, nullable(string)),
    retentionTimeMs: between(2, 4, ignorable(withDefault(int64Exact, -1n))),
    topics: array({
      name: between(0, 9, ignorable(string)),
      topicId: since(10, ignorable(uuid)),
      partitions: array({
        partitionIndex: int32,
        committedOffset: int64Exact,
        committedLeaderEpoch: since(6, ignorable(withDefault(int32, -1))),
        commitTimestamp: between(1, 1, withDefault(int64Exact, -1n)),
        committedMetadata: nullable(string),
      }),
    }),
  },
})
export type OffsetCommitRequest = MessageOf<typeof OffsetCommitRequest>

/**
 * v3 throttle time (KIP-124), v4 throttled on the client (KIP-219), v8 flexible, v9 errors of the
 * new group protocol, v10 topic ids (KIP-848).
 */
export const OffsetCommitResponse = message({
  name: 'OffsetCommitResponse',
  apiKey: 8,
  versions: [0, 10],
  flexible: 8,
  fields: {
    throttleTimeMs: since(3, ignorable(int32)),
    topics: array({
      name: between(0, 9, ignorable(string)),
      topicId: since(10, ignorable(uuid)),
      partitions: array({ partitionIndex: int32, errorCode: int16 }),
    }),
  },
})
export type OffsetCommitResponse = MessageOf<typeof OffsetCommitResponse>
