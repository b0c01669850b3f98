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
  uuid,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * A leader asks the controller to change the in-sync replicas of its partitions (KIP-497). v1
 * recovery of the leader (KIP-704), v2 topic ids (KIP-841), v3 epochs of the brokers (KIP-903).
 */
export const AlterPartitionRequest = message({
  name: 'AlterPartitionRequest',
  apiKey: 56,
  versions: [0, 3],
  flexible: 0,
  fields: {
    brokerId: int32,
    brokerEpoch: withDefault(int64, -1),
    topics: array({
      topicName: between(0, 1, ignorable(string)),
      topicId: since(2, ignorable(uuid)),
      partitions: array({
        partitionIndex: int32,
        leaderEpoch: int32,
        newIsr: between(0, 2, array(int32)),
        newIsrWithEpochs: since(3, array({ brokerId: int32, brokerEpoch: withDefault(int64, -1) })),
        leaderRecoveryState: since(1, int8),
        partitionEpoch: int32,
      }),
    }),
  },
})
export type AlterPartitionRequest = MessageOf<typeof AlterPartitionRequest>

/** What a partition is afterwards; v2 topic ids, and why a replica may not be in it. */
export const AlterPartitionResponse = message({
  name: 'AlterPartitionResponse',
  apiKey: 56,
  versions: [0, 3],
  flexible: 0,
  fields: {
    throttleTimeMs: int32,
    errorCode: int16,
    topics: array({
      topicName: between(0, 1, ignorable(string)),
      topicId: since(2, ignorable(uuid)),
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        leaderId: int32,
        leaderEpoch: int32,
        isr: array(int32),
        leaderRecoveryState: since(1, ignorable(int8)),
        partitionEpoch: int32,
      }),
    }),
  },
})
export type AlterPartitionResponse = MessageOf<typeof AlterPartitionResponse>
