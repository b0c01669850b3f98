import {
  array,
  ignorable,
  int16,
  int32,
  int64,
  int64Exact,
  message,
  nullable,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Stores how far a group has read, to count when the transaction commits (KIP-98). v2 leader epoch
 * (KIP-320), v3 flexible, and who of the group commits (KIP-447); v4 TRANSACTION_ABORTABLE, v5 without
 * AddOffsetsToTxn before it (KIP-890).
 */
export const TxnOffsetCommitRequest = message({
  name: 'TxnOffsetCommitRequest',
  apiKey: 28,
  versions: [0, 5],
  flexible: 3,
  fields: {
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationId: since(3, withDefault(int32, -1)),
    memberId: since(3, string),
    groupInstanceId: since(3, nullable(string)),
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        committedOffset: int64Exact,
        committedLeaderEpoch: since(2, ignorable(withDefault(int32, -1))),
        committedMetadata: nullable(string),
      }),
    }),
  },
})
export type TxnOffsetCommitRequest = MessageOf<typeof TxnOffsetCommitRequest>

/** v1 throttled on the client (KIP-219), v3 flexible, errors of membership (KIP-447), v4 TRANSACTION_ABORTABLE (KIP-890). */
export const TxnOffsetCommitResponse = message({
  name: 'TxnOffsetCommitResponse',
  apiKey: 28,
  versions: [0, 5],
  flexible: 3,
  fields: {
    throttleTimeMs: int32,
    topics: array({
      name: string,
      partitions: array({ partitionIndex: int32, errorCode: int16 }),
    }),
  },
})
export type TxnOffsetCommitResponse = MessageOf<typeof TxnOffsetCommitResponse>
