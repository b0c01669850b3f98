import {
  array,
  bool,
  ignorable,
  int16,
  int32,
  int64,
  int8,
  message,
  since,
  string,
  type MessageOf,
} from '../language.ts'

/**
 * From a transaction's coordinator to the leaders of its partitions: write that it has ended (KIP-98).
 * v1 flexible, v2 which rules the transaction follows (KIP-1228).
 */
export const WriteTxnMarkersRequest = message({
  name: 'WriteTxnMarkersRequest',
  apiKey: 27,
  versions: [0, 2],
  flexible: 1,
  fields: {
    markers: array({
      producerId: int64,
      producerEpoch: int16,
      transactionResult: bool,
      topics: array({ name: string, partitionIndexes: array(int32) }),
      coordinatorEpoch: int32,
      transactionVersion: since(2, ignorable(int8)),
    }),
  },
})
export type WriteTxnMarkersRequest = MessageOf<typeof WriteTxnMarkersRequest>

/** v1 flexible, v2 the same. */
export const WriteTxnMarkersResponse = message({
  name: 'WriteTxnMarkersResponse',
  apiKey: 27,
  versions: [0, 2],
  flexible: 1,
  fields: {
    markers: array({
      producerId: int64,
      topics: array({
        name: string,
        partitions: array({ partitionIndex: int32, errorCode: int16 }),
      }),
    }),
  },
})
export type WriteTxnMarkersResponse = MessageOf<typeof WriteTxnMarkersResponse>
