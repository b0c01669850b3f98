import {
  array,
  bool,
  ignorable,
  int16,
  int32,
  int64,
  mapKey,
  message,
  nullable,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Sizes of partitions by log directory (KIP-113); null topics are all of them. v2 flexible; v3 to
 * v5 change the response only.
 */
export const DescribeLogDirsRequest = message({
  name: 'DescribeLogDirsRequest',
  apiKey: 35,
  versions: [0, 5],
  flexible: 2,
  fields: {
    topics: nullable(array({ topic: mapKey(string), partitions: array(int32) })),
  },
})
export type DescribeLogDirsRequest = MessageOf<typeof DescribeLogDirsRequest>

/**
 * v1 throttled on the client (KIP-219), v2 flexible, v3 an error of the whole response, v4 size of
 * the disk and what is left of it (KIP-827), v5 whether new partitions are kept away (KIP-1066).
 */
export const DescribeLogDirsResponse = message({
  name: 'DescribeLogDirsResponse',
  apiKey: 35,
  versions: [0, 5],
  flexible: 2,
  fields: {
    throttleTimeMs: int32,
    errorCode: since(3, ignorable(int16)),
    results: array({
      errorCode: int16,
      logDir: string,
      topics: array({
        name: string,
        partitions: array({
          partitionIndex: int32,
          partitionSize: int64,
          offsetLag: int64,
          isFutureKey: bool,
        }),
      }),
      totalBytes: since(4, ignorable(withDefault(int64, -1))),
      usableBytes: since(4, ignorable(withDefault(int64, -1))),
      isCordoned: since(5, ignorable(bool)),
    }),
  },
})
export type DescribeLogDirsResponse = MessageOf<typeof DescribeLogDirsResponse>
