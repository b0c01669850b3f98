import { array, int16, int32, int64, mapKey, message, string, type MessageOf } from '../language.ts'

/** How transactional ids stand, asked of their coordinator (KIP-664). */
export const DescribeTransactionsRequest = message({
  name: 'DescribeTransactionsRequest',
  apiKey: 65,
  versions: [0, 0],
  flexible: 0,
  fields: { transactionalIds: array(string) },
})
export type DescribeTransactionsRequest = MessageOf<typeof DescribeTransactionsRequest>

export const DescribeTransactionsResponse = message({
  name: 'DescribeTransactionsResponse',
  apiKey: 65,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32,
    transactionStates: array({
      errorCode: int16,
      transactionalId: string,
      transactionState: string,
      transactionTimeoutMs: int32,
      transactionStartTimeMs: int64,
      producerId: int64,
      producerEpoch: int16,
      topics: array({ topic: mapKey(string), partitions: array(int32) }),
    }),
  },
})
export type DescribeTransactionsResponse = MessageOf<typeof DescribeTransactionsResponse>
