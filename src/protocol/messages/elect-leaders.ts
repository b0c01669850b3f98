import {
  array,
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

/** Elects leaders: the preferred ones (KIP-183), v1 also unclean ones (KIP-460), v2 flexible. */
export const ElectLeadersRequest = message({
  name: 'ElectLeadersRequest',
  apiKey: 43,
  versions: [0, 2],
  flexible: 2,
  fields: {
    electionType: since(1, int8),
    topicPartitions: nullable(array({ topic: mapKey(string), partitions: array(int32) })),
    timeoutMs: withDefault(int32, 60_000),
  },
})
export type ElectLeadersRequest = MessageOf<typeof ElectLeadersRequest>

/** By partition; v1 an error for all. */
export const ElectLeadersResponse = message({
  name: 'ElectLeadersResponse',
  apiKey: 43,
  versions: [0, 2],
  flexible: 2,
  fields: {
    throttleTimeMs: int32,
    errorCode: since(1, int16),
    replicaElectionResults: array({
      topic: string,
      partitionResult: array({
        partitionId: int32,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
    }),
  },
})
export type ElectLeadersResponse = MessageOf<typeof ElectLeadersResponse>
