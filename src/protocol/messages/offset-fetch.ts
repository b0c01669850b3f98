import {
  array,
  between,
  bool,
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
 * Asks how far groups have read. v0 from ZooKeeper, v1 from Kafka; v2 null for all topics (KIP-88);
 * v6 flexible; v7 may insist on offsets that no open transaction will change (KIP-447); v8 several
 * groups (KIP-709); v9 the member of the new group protocol, v10 topic ids (KIP-848).
 */
export const OffsetFetchRequest = message({
  name: 'OffsetFetchRequest',
  apiKey: 9,
  versions: [0, 10],
  flexible: 6,
  fields: {
    groupId: between(0, 7, string),
    topics: between(0, 7, nullable(array({ name: string, partitionIndexes: array(int32) }), 2)),
    groups: since(
      8,
      array({
        groupId: string,
        memberId: since(9, ignorable(nullable(string))),
        memberEpoch: since(9, ignorable(withDefault(int32, -1))),
        topics: nullable(
          array({
            name: between(8, 9, ignorable(string)),
            topicId: since(10, ignorable(uuid)),
            partitionIndexes: array(int32),
          }),
        ),
      }),
    ),
    requireStable: since(7, bool),
  },
})
export type OffsetFetchRequest = MessageOf<typeof OffsetFetchRequest>

/**
 * v2 an error of the whole response (KIP-88), v3 throttle time (KIP-124), v4 throttled on the
 * client (KIP-219), v5 leader epoch (KIP-320), v6 flexible, v8 several groups (KIP-709), v10 topic
 * ids (KIP-848). No commit is offset -1, without an error.
 */
export const OffsetFetchResponse = message({
  name: 'OffsetFetchResponse',
  apiKey: 9,
  versions: [0, 10],
  flexible: 6,
  fields: {
    throttleTimeMs: since(3, ignorable(int32)),
    topics: between(
      0,
      7,
      array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          committedOffset: int64Exact,
          committedLeaderEpoch: since(5, ignorable(withDefault(int32, -1))),
          metadata: nullable(string),
          errorCode: int16,
        }),
      }),
    ),
    errorCode: between(2, 7, ignorable(int16)),
    groups: since(
      8,
      array({
        groupId: string,
        topics: array({
          name: between(8, 9, ignorable(string)),
          topicId: since(10, ignorable(uuid)),
          partitions: array({
            partitionIndex: int32,
            committedOffset: int64Exact,
            committedLeaderEpoch: withDefault(int32, -1),
            metadata: nullable(string),
            errorCode: int16,
          }),
        }),
        errorCode: int16,
      }),
    ),
  },
})
export type OffsetFetchResponse = MessageOf<typeof OffsetFetchResponse>
