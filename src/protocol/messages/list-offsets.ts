import {
  array,
  between,
  ignorable,
  int16,
  int32,
  int64,
  int8,
  message,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * The offset of a time or of a place: timestamp -1 is the end, -2 the start. v1 one offset instead
 * of a list, found by the timestamps of messages (KIP-79); v2 isolation level (KIP-98); v4 leader
 * epoch (KIP-320); v6 flexible; v7 -3 is the record of the largest timestamp (KIP-734); v8 -4 is
 * the local start (KIP-405); v9 -5 is the end of what is tiered (KIP-1005); v10 how long a tiered
 * look-up may take (KIP-1075); v11 -6 is the start of what waits to be tiered (KIP-1023).
 */
export const ListOffsetsRequest = message({
  name: 'ListOffsetsRequest',
  apiKey: 2,
  versions: [0, 11],
  flexible: 6,
  fields: {
    replicaId: int32,
    isolationLevel: since(2, int8),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        currentLeaderEpoch: since(4, ignorable(withDefault(int32, -1))),
        timestamp: int64,
        maxNumOffsets: between(0, 0, withDefault(int32, 1)),
      }),
    }),
    timeoutMs: since(10, ignorable(int32)),
  },
})
export type ListOffsetsRequest = MessageOf<typeof ListOffsetsRequest>

/**
 * v0 answers with a list of segment starts. v1 one offset with its timestamp (KIP-79), v2 throttle
 * time (KIP-98), v3 throttled on the client (KIP-219), v4 leader epoch (KIP-320), v5 may say
 * OFFSET_NOT_AVAILABLE (KIP-207), v6 flexible.
 */
export const ListOffsetsResponse = message({
  name: 'ListOffsetsResponse',
  apiKey: 2,
  versions: [0, 11],
  flexible: 6,
  fields: {
    throttleTimeMs: since(2, ignorable(int32)),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        oldStyleOffsets: between(0, 0, array(int64)),
        timestamp: since(1, withDefault(int64, -1)),
        offset: since(1, withDefault(int64, -1)),
        leaderEpoch: since(4, withDefault(int32, -1)),
      }),
    }),
  },
})
export type ListOffsetsResponse = MessageOf<typeof ListOffsetsResponse>
