import { array, int16, int32, mapKey, message, string, type MessageOf } from '../language.ts'

/** Moves replicas of a broker to another of its log directories (KIP-113). v2 flexible. */
export const AlterReplicaLogDirsRequest = message({
  name: 'AlterReplicaLogDirsRequest',
  apiKey: 34,
  versions: [0, 2],
  flexible: 2,
  fields: {
    dirs: array({
      path: mapKey(string),
      topics: array({ name: mapKey(string), partitions: array(int32) }),
    }),
  },
})
export type AlterReplicaLogDirsRequest = MessageOf<typeof AlterReplicaLogDirsRequest>

/** By partition; v2 flexible. */
export const AlterReplicaLogDirsResponse = message({
  name: 'AlterReplicaLogDirsResponse',
  apiKey: 34,
  versions: [0, 2],
  flexible: 2,
  fields: {
    throttleTimeMs: int32,
    results: array({
      topicName: string,
      partitions: array({ partitionIndex: int32, errorCode: int16 }),
    }),
  },
})
export type AlterReplicaLogDirsResponse = MessageOf<typeof AlterReplicaLogDirsResponse>
