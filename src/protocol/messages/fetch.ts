import {
  array,
  between,
  ignorable,
  int16,
  int32,
  int64,
  int64Exact,
  int8,
  message,
  nullable,
  records,
  since,
  string,
  struct,
  tagged,
  uuid,
  withDefault,
  type MessageOf,
} from '../language.ts'
import { currentLeader, nodeEndpoints } from './leader-hints.ts'

/**
 * Reads record batches; followers replicate with it too. v2 message format 1 (KIP-32), v3 limit of
 * the whole response, partitions served in order (KIP-74), v4 isolation level and format 2 (KIP-98),
 * v5 log start offset of a follower (KIP-107), v7 fetch sessions (KIP-227), v9 leader epoch
 * (KIP-320), v10 zstd (KIP-110), v11 rack of the reader (KIP-392), v12 flexible, with the last
 * fetched epoch (KIP-595), v13 topic ids (KIP-516), v14 tiered storage (KIP-405), v15 epoch of the
 * replica (KIP-903), v17 its directory (KIP-853), v18 its high watermark (KIP-1166).
 */
export const FetchRequest = message({
  name: 'FetchRequest',
  apiKey: 1,
  versions: [0, 18],
  flexible: 12,
  fields: {
    clusterId: tagged(0, 12, ignorable(nullable(string))),
    replicaId: between(0, 14, withDefault(int32, -1)),
    replicaState: tagged(
      1,
      15,
      struct({ replicaId: withDefault(int32, -1), replicaEpoch: withDefault(int64, -1) }),
    ),
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: since(3, ignorable(withDefault(int32, 0x7fff_ffff))),
    isolationLevel: since(4, ignorable(int8)),
    sessionId: since(7, ignorable(int32)),
    sessionEpoch: since(7, ignorable(withDefault(int32, -1))),
    topics: array({
      topic: between(0, 12, ignorable(string)),
      topicId: since(13, ignorable(uuid)),
      partitions: array({
        partition: int32,
        currentLeaderEpoch: since(9, ignorable(withDefault(int32, -1))),
        fetchOffset: int64,
        lastFetchedEpoch: since(12, withDefault(int32, -1)),
        logStartOffset: since(5, ignorable(withDefault(int64, -1))),
        partitionMaxBytes: int32,
        replicaDirectoryId: tagged(0, 17, ignorable(uuid)),
        highWatermark: tagged(1, 18, ignorable(withDefault(int64Exact, 0x7fff_ffff_ffff_ffffn))),
      }),
    }),
    forgottenTopicsData: since(
      7,
      array({
        topic: between(7, 12, ignorable(string)),
        topicId: since(13, ignorable(uuid)),
        partitions: array(int32),
      }),
    ),
    rackId: since(11, ignorable(string)),
  },
})
export type FetchRequest = MessageOf<typeof FetchRequest>

/**
 * v1 throttle time, v4 last stable offset and aborted transactions (KIP-98), v5 log start offset
 * (KIP-107), v6 storage error (KIP-112), v7 fetch sessions (KIP-227), v8 throttled on the client
 * (KIP-219), v10 zstd (KIP-110), v11 the replica to read from (KIP-392), v12 flexible, with
 * truncation and leader hints as tags (KIP-595), v13 topic ids (KIP-516), v16 the leaders' addresses
 * (KIP-951).
 */
export const FetchResponse = message({
  name: 'FetchResponse',
  apiKey: 1,
  versions: [0, 18],
  flexible: 12,
  fields: {
    throttleTimeMs: since(1, ignorable(int32)),
    errorCode: since(7, ignorable(int16)),
    sessionId: since(7, int32),
    responses: array({
      topic: between(0, 12, ignorable(string)),
      topicId: since(13, ignorable(uuid)),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        highWatermark: int64,
        lastStableOffset: since(4, ignorable(withDefault(int64, -1))),
        logStartOffset: since(5, ignorable(withDefault(int64, -1))),
        divergingEpoch: tagged(
          0,
          12,
          struct({ epoch: withDefault(int32, -1), endOffset: withDefault(int64, -1) }),
        ),
        currentLeader: tagged(1, 12, currentLeader),
        snapshotId: tagged(
          2,
          12,
          struct({ endOffset: withDefault(int64, -1), epoch: withDefault(int32, -1) }),
        ),
        abortedTransactions: since(
          4,
          ignorable(nullable(array({ producerId: int64, firstOffset: int64 }))),
        ),
        preferredReadReplica: since(11, withDefault(int32, -1)),
        records: nullable(records),
      }),
    }),
    nodeEndpoints: tagged(0, 16, nodeEndpoints),
  },
})
export type FetchResponse = MessageOf<typeof FetchResponse>
