/**
 * The records of `__consumer_offsets` and `__transaction_state`, in the schema language. Each is preceded
 * by its version as an int16. Of a key of `__consumer_offsets` the version says what it is a key of: 0 and
 * 1 offsets, 2 groups, higher ones belong to kinds of groups that the classic protocol does not know
 * (KIP-848, KIP-932, KIP-1071).
 */
import {
  array,
  between,
  bytes,
  ignorable,
  int16,
  int32,
  int64,
  int64Exact,
  int8,
  message,
  nullable,
  since,
  string,
  withDefault,
} from './language.ts'

/** Versions 0 and 1 are the same bytes; 1 is written. */
export const OffsetCommitKey = message({
  name: 'OffsetCommitKey',
  versions: [0, 1],
  fields: { group: string, topic: string, partition: int32 },
})

/** v1 expiry of its own, v2 without it (KIP-211), v3 leader epoch (KIP-320), v4 flexible (KIP-915). */
export const OffsetCommitValue = message({
  name: 'OffsetCommitValue',
  versions: [0, 4],
  flexible: 4,
  fields: {
    offset: int64Exact,
    leaderEpoch: ignorable(since(3, withDefault(int32, -1))),
    metadata: string,
    commitTimestamp: int64Exact,
    expireTimestamp: ignorable(between(1, 1, withDefault(int64Exact, -1n))),
  },
})

export const GroupMetadataKey = message({
  name: 'GroupMetadataKey',
  versions: [2, 2],
  fields: { group: string },
})

/** v1 rebalance timeout (KIP-62), v2 time of the last change (KIP-211), v3 static members (KIP-345), v4 flexible (KIP-915). */
export const GroupMetadataValue = message({
  name: 'GroupMetadataValue',
  versions: [0, 4],
  flexible: 4,
  fields: {
    protocolType: string,
    generation: int32,
    protocol: nullable(string),
    leader: nullable(string),
    currentStateTimestamp: ignorable(since(2, withDefault(int64, -1))),
    members: array({
      memberId: string,
      groupInstanceId: ignorable(since(3, nullable(string, 3))),
      clientId: string,
      clientHost: string,
      rebalanceTimeout: ignorable(since(1, withDefault(int32, -1))),
      sessionTimeout: int32,
      subscription: bytes,
      assignment: bytes,
    }),
  },
})

export const TransactionLogKey = message({
  name: 'TransactionLogKey',
  versions: [0, 0],
  fields: { transactionalId: string },
})

/** v1 flexible (KIP-915), written only where the feature transaction.version is: never with ZooKeeper. */
export const TransactionLogValue = message({
  name: 'TransactionLogValue',
  versions: [0, 1],
  flexible: 1,
  fields: {
    producerId: int64,
    producerEpoch: int16,
    transactionTimeoutMs: int32,
    transactionStatus: int8,
    transactionPartitions: nullable(array({ topic: string, partitionIds: array(int32) })),
    transactionLastUpdateTimestampMs: int64,
    transactionStartTimestampMs: int64,
  },
})
