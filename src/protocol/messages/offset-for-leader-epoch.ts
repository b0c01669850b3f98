import {
  array,
  ignorable,
  int16,
  int32,
  int64,
  mapKey,
  message,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Where a leader epoch ended: followers and consumers cut there after a change of leader (KIP-101).
 * v2 current leader epoch (KIP-320); v3 who asks: a consumer, -2 by default, sees nothing above the
 * high watermark, a follower does (KIP-392); v4 flexible.
 */
export const OffsetForLeaderEpochRequest = message({
  name: 'OffsetForLeaderEpochRequest',
  apiKey: 23,
  versions: [0, 4],
  flexible: 4,
  fields: {
    replicaId: since(3, ignorable(withDefault(int32, -2))),
    topics: array({
      topic: mapKey(string),
      partitions: array({
        partition: int32,
        currentLeaderEpoch: since(2, ignorable(withDefault(int32, -1))),
        leaderEpoch: int32,
      }),
    }),
  },
})
export type OffsetForLeaderEpochRequest = MessageOf<typeof OffsetForLeaderEpochRequest>

/** v1 the epoch that was found (KIP-279), v2 throttle time (KIP-320), v4 flexible. */
export const OffsetForLeaderEpochResponse = message({
  name: 'OffsetForLeaderEpochResponse',
  apiKey: 23,
  versions: [0, 4],
  flexible: 4,
  fields: {
    throttleTimeMs: since(2, ignorable(int32)),
    topics: array({
      topic: mapKey(string),
      partitions: array({
        errorCode: int16,
        partition: int32,
        leaderEpoch: since(1, ignorable(withDefault(int32, -1))),
        endOffset: withDefault(int64, -1),
      }),
    }),
  },
})
export type OffsetForLeaderEpochResponse = MessageOf<typeof OffsetForLeaderEpochResponse>
