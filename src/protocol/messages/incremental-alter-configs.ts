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
 * Changes single configuration values: 0 sets, 1 deletes, 2 appends to a list, 3 takes away from it
 * (KIP-339). v1 flexible.
 */
export const IncrementalAlterConfigsRequest = message({
  name: 'IncrementalAlterConfigsRequest',
  apiKey: 44,
  versions: [0, 1],
  flexible: 1,
  fields: {
    resources: array({
      resourceType: mapKey(int8),
      resourceName: mapKey(string),
      configs: array({
        name: mapKey(string),
        configOperation: mapKey(int8),
        value: nullable(string),
      }),
    }),
    validateOnly: bool,
  },
})
export type IncrementalAlterConfigsRequest = MessageOf<typeof IncrementalAlterConfigsRequest>

/** v1 flexible. */
export const IncrementalAlterConfigsResponse = message({
  name: 'IncrementalAlterConfigsResponse',
  apiKey: 44,
  versions: [0, 1],
  flexible: 1,
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
export type IncrementalAlterConfigsResponse = MessageOf<typeof IncrementalAlterConfigsResponse>
