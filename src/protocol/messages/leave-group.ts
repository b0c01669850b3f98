import {
  array,
  between,
  ignorable,
  int16,
  int32,
  message,
  nullable,
  since,
  string,
  type MessageOf,
} from '../language.ts'

/**
 * Leaves a classic group at once. v3 several members, by static id too (KIP-345); v4 flexible; v5
 * why (KIP-800).
 */
export const LeaveGroupRequest = message({
  name: 'LeaveGroupRequest',
  apiKey: 13,
  versions: [0, 5],
  flexible: 4,
  fields: {
    groupId: string,
    memberId: between(0, 2, string),
    members: since(
      3,
      array({
        memberId: string,
        groupInstanceId: nullable(string),
        reason: since(5, ignorable(nullable(string))),
      }),
    ),
  },
})
export type LeaveGroupRequest = MessageOf<typeof LeaveGroupRequest>

/**
 * v1 throttle time (KIP-124), v2 throttled on the client (KIP-219), v3 an error for each member
 * (KIP-345), v4 flexible.
 */
export const LeaveGroupResponse = message({
  name: 'LeaveGroupResponse',
  apiKey: 13,
  versions: [0, 5],
  flexible: 4,
  fields: {
    throttleTimeMs: since(1, ignorable(int32)),
    errorCode: int16,
    members: since(
      3,
      array({ memberId: string, groupInstanceId: nullable(string), errorCode: int16 }),
    ),
  },
})
export type LeaveGroupResponse = MessageOf<typeof LeaveGroupResponse>
