import {
  array,
  between,
  bool,
  ignorable,
  int16,
  int32,
  int8,
  message,
  nullable,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Configuration of topics, brokers, loggers (KIP-133, KIP-412); null keys are all of them. v1 with
 * synonyms (KIP-226), v3 with documentation (KIP-569), v4 flexible.
 */
export const DescribeConfigsRequest = message({
  name: 'DescribeConfigsRequest',
  apiKey: 32,
  versions: [0, 4],
  flexible: 4,
  fields: {
    resources: array({
      resourceType: int8,
      resourceName: string,
      configurationKeys: nullable(array(string)),
    }),
    includeSynonyms: since(1, bool),
    includeDocumentation: since(3, bool),
  },
})
export type DescribeConfigsRequest = MessageOf<typeof DescribeConfigsRequest>

/**
 * v1 where each value comes from, and its synonyms, instead of whether it is the default (KIP-226);
 * v2 throttled on the client (KIP-219); v3 type and documentation (KIP-569); v4 flexible. Sensitive
 * values are null.
 */
export const DescribeConfigsResponse = message({
  name: 'DescribeConfigsResponse',
  apiKey: 32,
  versions: [0, 4],
  flexible: 4,
  fields: {
    throttleTimeMs: int32,
    results: array({
      errorCode: int16,
      errorMessage: nullable(string),
      resourceType: int8,
      resourceName: string,
      configs: array({
        name: string,
        value: nullable(string),
        readOnly: bool,
        isDefault: between(0, 0, bool),
        configSource: since(1, ignorable(withDefault(int8, -1))),
        isSensitive: bool,
        synonyms: since(
          1,
          ignorable(array({ name: string, value: nullable(string), source: int8 })),
        ),
        configType: since(3, ignorable(int8)),
        documentation: since(3, ignorable(nullable(string))),
      }),
    }),
  },
})
export type DescribeConfigsResponse = MessageOf<typeof DescribeConfigsResponse>
