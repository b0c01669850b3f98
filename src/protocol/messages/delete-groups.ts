import { array, int16, int32, mapKey, message, string, type MessageOf } from '../language.ts'

/** Deletes empty groups with their offsets (KIP-229). v2 flexible. */
export const DeleteGroupsRequest = message({
  name: 'DeleteGroupsRequest',
  apiKey: 42,
  versions: [0, 2],
  flexible: 2,
  fields: {
    groupsNames: array(string),
  },
})
export type DeleteGroupsRequest = MessageOf<typeof DeleteGroupsRequest>

/** v1 throttled on the client (KIP-219), v2 flexible. */
export const DeleteGroupsResponse = message({
  name: 'DeleteGroupsResponse',
  apiKey: 42,
  versions: [0, 2],
  flexible: 2,
  fields: {
    throttleTimeMs: int32,
    results: array({ groupId: mapKey(string), errorCode: int16 }),
  },
})
export type DeleteGroupsResponse = MessageOf<typeof DeleteGroupsResponse>
