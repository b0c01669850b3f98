import {
  array,
  bytes,
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
 * Asks for the assignment of a member; the leader brings the assignments of all. v3 static members
 * (KIP-345), v4 flexible, v5 protocol type and name, to be checked (KIP-559).
 */
export const SyncGroupRequest = message({
  name: 'SyncGroupRequest',
  apiKey: 14,
  versions: [0, 5],
  flexible: 4,
  fields: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullable(string)),
    protocolType: since(5, ignorable(nullable(string))),
    protocolName: since(5, ignorable(nullable(string))),
    assignments: array({ memberId: string, assignment: bytes }),
  },
})
export type SyncGroupRequest = MessageOf<typeof SyncGroupRequest>

/**
 * v1 throttle time (KIP-124), v2 throttled on the client (KIP-219), v4 flexible, v5 protocol type
 * and name (KIP-559).
 */
export const SyncGroupResponse = message({
  name: 'SyncGroupResponse',
  apiKey: 14,
  versions: [0, 5],
  flexible: 4,
  fields: {
    throttleTimeMs: since(1, ignorable(int32)),
    errorCode: int16,
    protocolType: since(5, ignorable(nullable(string))),
    protocolName: since(5, ignorable(nullable(string))),
    assignment: bytes,
  },
})
export type SyncGroupResponse = MessageOf<typeof SyncGroupResponse>
