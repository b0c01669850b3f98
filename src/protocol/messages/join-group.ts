import {
  array,
  bool,
  bytes,
  ignorable,
  int16,
  int32,
  mapKey,
  message,
  nullable,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Takes part in a classic group. v1 rebalance timeout beside the session's, without which the
 * session's counts for both (KIP-62); v4 a new member is first given an id and joins again with it
 * (KIP-394); v5 static members (KIP-345); v6 flexible; v8 why it joins (KIP-800).
 */
export const JoinGroupRequest = message({
  name: 'JoinGroupRequest',
  apiKey: 11,
  versions: [0, 9],
  flexible: 6,
  fields: {
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: since(1, ignorable(withDefault(int32, -1))),
    memberId: string,
    groupInstanceId: since(5, nullable(string)),
    protocolType: string,
    protocols: array({ name: mapKey(string), metadata: bytes }),
    reason: since(8, ignorable(nullable(string))),
  },
})
export type JoinGroupRequest = MessageOf<typeof JoinGroupRequest>

/**
 * The leader alone gets the members. v2 throttle time (KIP-124), v3 throttled on the client
 * (KIP-219), v4 MEMBER_ID_REQUIRED with the id (KIP-394), v5 static members (KIP-345), v6 flexible,
 * v7 protocol type, and the name may be null (KIP-559), v9 a static leader may keep the assignment
 * (KIP-814).
 */
export const JoinGroupResponse = message({
  name: 'JoinGroupResponse',
  apiKey: 11,
  versions: [0, 9],
  flexible: 6,
  fields: {
    throttleTimeMs: since(2, ignorable(int32)),
    errorCode: int16,
    generationId: withDefault(int32, -1),
    protocolType: since(7, ignorable(nullable(string))),
    protocolName: nullable(string, 7),
    leader: string,
    skipAssignment: since(9, bool),
    memberId: string,
    members: array({
      memberId: string,
      groupInstanceId: since(5, ignorable(nullable(string))),
      metadata: bytes,
    }),
  },
})
export type JoinGroupResponse = MessageOf<typeof JoinGroupResponse>
