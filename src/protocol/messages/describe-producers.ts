import {
  array,
  int16,
  int32,
  int64,
  message,
  nullable,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/** What partitions know of their producers, to find a transaction that hangs (KIP-664). */
export const DescribeProducersRequest = message({
  name: 'DescribeProducersRequest',
  apiKey: 61,
  versions: [0, 0],
  flexible: 0,
  fields: { topics: array({ name: string, partitionIndexes: array(int32) }) },
})
export type DescribeProducersRequest = MessageOf<typeof DescribeProducersRequest>

export const DescribeProducersResponse = message({
  name: 'DescribeProducersResponse',
  apiKey: 61,
  versions: [0, 0],
  flexible: 0,
  fields: {
    throttleTimeMs: int32,
    topics: array({
      name: string,
      partitions: array({
        partitionIndex: int32,
        errorCode: int16,
        errorMessage: nullable(string),
        activeProducers: array({
          producerId: int64,
          producerEpoch: int32,
          lastSequence: withDefault(int32, -1),
          lastTimestamp: withDefault(int64, -1),
          coordinatorEpoch: int32,
          currentTxnStartOffset: withDefault(int64, -1),
        }),
      }),
    }),
  },
})
export type DescribeProducersResponse = MessageOf<typeof DescribeProducersResponse>
