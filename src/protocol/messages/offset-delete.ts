import { array, int16, int32, mapKey, message, string, type MessageOf } from '../language.ts'

/** Forgets committed offsets of topics that the group does not read (KIP-496). */
export const OffsetDeleteRequest = message({
  name: 'OffsetDeleteRequest',
  apiKey: 47,
  versions: [0, 0],
  fields: {
    groupId: string,
    topics: array({
      name: mapKey(string),
      partitions: array({ partitionIndex: int32 }),
    }),
  },
})
export type OffsetDeleteRequest = MessageOf<typeof OffsetDeleteRequest>

/** GROUP_SUBSCRIBED_TO_TOPIC for partitions of a topic that is being read. */
export const OffsetDeleteResponse = message({
  name: 'OffsetDeleteResponse',
  apiKey: 47,
  versions: [0, 0],
  fields: {
    errorCode: int16,
    throttleTimeMs: int32,
    topics: array({
      name: mapKey(string),
      partitions: array({ partitionIndex: mapKey(int32), errorCode: int16 }),
    }),
  },
})
export type OffsetDeleteResponse = MessageOf<typeof OffsetDeleteResponse>
