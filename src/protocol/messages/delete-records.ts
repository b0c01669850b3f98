import { array, int16, int32, int64, mapKey, message, string, type MessageOf } from '../language.ts'

/**
 * Moves the start of partitions forward (KIP-107); offset -1 is the high watermark. v2 flexible.
 */
export const DeleteRecordsRequest = message({
  name: 'DeleteRecordsRequest',
  apiKey: 21,
  versions: [0, 2],
  flexible: 2,
  fields: {
    topics: array({
      name: string,
      partitions: array({ partitionIndex: int32, offset: int64 }),
    }),
    timeoutMs: int32,
  },
})
export type DeleteRecordsRequest = MessageOf<typeof DeleteRecordsRequest>

/**
 * The new start of each partition, -1 with an error. v1 throttled on the client (KIP-219), v2
 * flexible.
 */
export const DeleteRecordsResponse = message({
  name: 'DeleteRecordsResponse',
  apiKey: 21,
  versions: [0, 2],
  flexible: 2,
  fields: {
    throttleTimeMs: int32,
    topics: array({
      name: mapKey(string),
      partitions: array({ partitionIndex: mapKey(int32), lowWatermark: int64, errorCode: int16 }),
    }),
  },
})
export type DeleteRecordsResponse = MessageOf<typeof DeleteRecordsResponse>
