import {
  array,
  bool,
  int16,
  int32,
  int8,
  mapKey,
  message,
  nullable,
  string,
  type MessageOf,
} from '../language.ts'

/**
 * Replaces the whole configuration of topics or brokers: what is not named goes back to its default
 * (KIP-133). v2 flexible. IncrementalAlterConfigs is the better one.
 */
export const AlterConfigsRequest = message({
  name: 'AlterConfigsRequest',
  apiKey: 33,
  versions: [0, 2],
  flexible: 2,
  fields: {
    resources: array({
      resourceType: mapKey(int8),
      resourceName: mapKey(string),
      configs: array({ name: mapKey(string), value: nullable(string) }),
    }),
    validateOnly: bool,
  },
})
export type AlterConfigsRequest = MessageOf<typeof AlterConfigsRequest>

/** v1 throttled on the client (KIP-219), v2 flexible. */
export const AlterConfigsResponse = message({
  name: 'AlterConfigsResponse',
  apiKey: 33,
  versions: [0, 2],
  flexible: 2,
  fields: {
    throttleTimeMs: int32,
    responses: array({
      errorCode: int16,
      errorMessage: nullable(string),
      resourceType: int8,
      resourceName: string,
    }),
  },
})
export type AlterConfigsResponse = MessageOf<typeof AlterConfigsResponse>
