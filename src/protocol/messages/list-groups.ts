import {
  array,
  ignorable,
  int16,
  int32,
  message,
  since,
  string,
  type MessageOf,
} from '../language.ts'

/**
 * The groups that a broker coordinates. v3 flexible, v4 only those in given states (KIP-518), v5
 * only those of given types (KIP-848).
 */
export const ListGroupsRequest = message({
  name: 'ListGroupsRequest',
  apiKey: 16,
  versions: [0, 5],
  flexible: 3,
  fields: {
    statesFilter: since(4, array(string)),
    typesFilter: since(5, array(string)),
  },
})
export type ListGroupsRequest = MessageOf<typeof ListGroupsRequest>

/**
 * v1 throttle time (KIP-124), v2 throttled on the client (KIP-219), v3 flexible, v4 state
 * (KIP-518), v5 type (KIP-848).
 */
export const ListGroupsResponse = message({
  name: 'ListGroupsResponse',
  apiKey: 16,
  versions: [0, 5],
  flexible: 3,
  fields: {
    throttleTimeMs: since(1, ignorable(int32)),
    errorCode: int16,
    groups: array({
      groupId: string,
      protocolType: string,
      groupState: since(4, ignorable(string)),
      groupType: since(5, ignorable(string)),
    }),
  },
})
export type ListGroupsResponse = MessageOf<typeof ListGroupsResponse>
