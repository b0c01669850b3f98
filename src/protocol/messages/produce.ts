import {
  array,
  between,
  ignorable,
  int16,
  int32,
  int64,
  mapKey,
  message,
  nullable,
  records,
  since,
  string,
  tagged,
  uuid,
  withDefault,
  type MessageOf,
} from '../language.ts'
import { currentLeader, nodeEndpoints } from './leader-hints.ts'

/**
 * Appends record batches. v2 message format 1 (KIP-32), v3 transactional id and format 2 (KIP-98),
 * v4 may be told of a storage error (KIP-112), v7 zstd (KIP-110), v9 flexible, v12 adds partitions to
 * the transaction by itself (KIP-890), v13 names topics by id (KIP-516). With acks=0 there is no
 * response.
 */
export const ProduceRequest = message({
  name: 'ProduceRequest',
  apiKey: 0,
  versions: [0, 13],
  flexible: 9,
  fields: {
    transactionalId: since(3, nullable(string)),
    acks: int16,
    timeoutMs: int32,
    topicData: array({
      name: between(0, 12, ignorable(mapKey(string))),
      topicId: since(13, ignorable(mapKey(uuid))),
      partitionData: array({ index: int32, records: nullable(records) }),
    }),
  },
})
export type ProduceRequest = MessageOf<typeof ProduceRequest>

/**
 * v1 throttle time, v2 append time (KIP-32), v5 log start offset, v6 throttled on the client
 * (KIP-219), v8 which record was refused and why (KIP-467), v9 flexible, v10 the leader to go to, as
 * tags (KIP-951), v11 may abort the transaction (KIP-890), v13 topic ids (KIP-516).
 */
export const ProduceResponse = message({
  name: 'ProduceResponse',
  apiKey: 0,
  versions: [0, 13],
  flexible: 9,
  fields: {
    responses: array({
      name: between(0, 12, ignorable(mapKey(string))),
      topicId: since(13, ignorable(mapKey(uuid))),
      partitionResponses: array({
        index: int32,
        errorCode: int16,
        baseOffset: int64,
        logAppendTimeMs: since(2, ignorable(withDefault(int64, -1))),
        logStartOffset: since(5, ignorable(withDefault(int64, -1))),
        recordErrors: since(
          8,
          ignorable(array({ batchIndex: int32, batchIndexErrorMessage: nullable(string) })),
        ),
        errorMessage: since(8, ignorable(nullable(string))),
        currentLeader: tagged(0, 10, currentLeader),
      }),
    }),
    throttleTimeMs: since(1, ignorable(int32)),
    nodeEndpoints: tagged(0, 10, nodeEndpoints),
  },
})
export type ProduceResponse = MessageOf<typeof ProduceResponse>
