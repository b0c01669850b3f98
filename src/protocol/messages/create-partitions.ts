import {
  array,
  bool,
  int16,
  int32,
  mapKey,
  message,
  nullable,
  string,
  type MessageOf,
} from '../language.ts'

/**
 * Adds partitions to topics; the count is that after it (KIP-195). v2 flexible, v3 may be throttled
 * (KIP-599).
 */
export const CreatePartitionsRequest = message({
  name: 'CreatePartitionsRequest',
  apiKey: 37,
  versions: [0, 3],
  flexible: 2,
  fields: {
    topics: array({
      name: mapKey(string),
      count: int32,
      assignments: nullable(array({ brokerIds: array(int32) })),
    }),
    timeoutMs: int32,
    validateOnly: bool,
  },
})
export type CreatePartitionsRequest = MessageOf<typeof CreatePartitionsRequest>

/**
 * v1 throttled on the client (KIP-219), v2 flexible, v3 may say THROTTLING_QUOTA_EXCEEDED
 * (KIP-599).
 */
export const CreatePartitionsResponse = message({
  name: 'CreatePartitionsResponse',
  apiKey: 37,
  versions: [0, 3],
  flexible: 2,
  fields: {
    throttleTimeMs: int32,
    results: array({ name: string, errorCode: int16, errorMessage: nullable(string) }),
  },
})
export type CreatePartitionsResponse = MessageOf<typeof CreatePartitionsResponse>
