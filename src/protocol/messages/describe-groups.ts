import {
  array,
  bool,
  bytes,
  ignorable,
  int16,
  int32,
  message,
  nullable,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * State and members of classic groups. v3 asks for authorized operations (KIP-430), v5 flexible, v6
 * unknown groups are GROUP_ID_NOT_FOUND (KIP-1043).
 */
export const DescribeGroupsRequest = message({
  name: 'DescribeGroupsRequest',
  apiKey: 15,
  versions: [0, 6],
  flexible: 5,
  fields: {
    groups: array(string),
    includeAuthorizedOperations: since(3, bool),
  },
})
export type DescribeGroupsRequest = MessageOf<typeof DescribeGroupsRequest>

/**
 * v1 throttle time (KIP-124), v2 throttled on the client (KIP-219), v3 authorized operations, as
 * bits, the smallest int32 when not asked for (KIP-430), v4 static members (KIP-345), v5 flexible,
 * v6 a message beside the error; before it an unknown group is one that is Dead (KIP-1043).
 */
export const DescribeGroupsResponse = message({
  name: 'DescribeGroupsResponse',
  apiKey: 15,
  versions: [0, 6],
  flexible: 5,
  fields: {
    throttleTimeMs: since(1, ignorable(int32)),
    groups: array({
      errorCode: int16,
      errorMessage: since(6, nullable(string)),
      groupId: string,
      groupState: string,
      protocolType: string,
      protocolData: string,
      members: array({
        memberId: string,
        groupInstanceId: since(4, ignorable(nullable(string))),
        clientId: string,
        clientHost: string,
        memberMetadata: bytes,
        memberAssignment: bytes,
      }),
      authorizedOperations: since(3, withDefault(int32, -0x8000_0000)),
    }),
  },
})
export type DescribeGroupsResponse = MessageOf<typeof DescribeGroupsResponse>
