import {
  array,
  bool,
  int16,
  int32,
  int8,
  mapKey,
  message,
  nullable,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Brokers, controller and id of the cluster (KIP-700). v1 asks brokers (1) or controllers (2)
 * (KIP-919), v2 may include fenced brokers (KIP-1073).
 */
export const DescribeClusterRequest = message({
  name: 'DescribeClusterRequest',
  apiKey: 60,
  versions: [0, 2],
  flexible: 0,
  fields: {
    includeClusterAuthorizedOperations: bool,
    endpointType: since(1, withDefault(int8, 1)),
    includeFencedBrokers: since(2, bool),
  },
})
export type DescribeClusterRequest = MessageOf<typeof DescribeClusterRequest>

/**
 * v1 what was asked (KIP-919), v2 which brokers are fenced (KIP-1073). Authorized operations are
 * bits, the smallest int32 when not asked for (KIP-430).
 */
export const DescribeClusterResponse = message({
  name: 'DescribeClusterResponse',
  apiKey: 60,
  versions: [0, 2],
  flexible: 0,
  fields: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string),
    endpointType: since(1, withDefault(int8, 1)),
    clusterId: string,
    controllerId: withDefault(int32, -1),
    brokers: array({
      brokerId: mapKey(int32),
      host: string,
      port: int32,
      rack: nullable(string),
      isFenced: since(2, bool),
    }),
    clusterAuthorizedOperations: withDefault(int32, -0x8000_0000),
  },
})
export type DescribeClusterResponse = MessageOf<typeof DescribeClusterResponse>
