import {
  ignorable,
  int16,
  int32,
  message,
  nullable,
  since,
  string,
  type MessageOf,
} from '../language.ts'

/** Keeps one member of a classic group alive. v3 static members (KIP-345), v4 flexible. */
export const HeartbeatRequest = message({
  name: 'HeartbeatRequest',
  apiKey: 12,
  versions: [0, 4],
  flexible: 4,
  fields: {
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullable(string)),
  },
})
export type HeartbeatRequest = MessageOf<typeof HeartbeatRequest>

/** v1 throttle time (KIP-124), v2 throttled on the client (KIP-219), v4 flexible. */
export const HeartbeatResponse = message({
  name: 'HeartbeatResponse',
  apiKey: 12,
  versions: [0, 4],
  flexible: 4,
  fields: {
    throttleTimeMs: since(1, ignorable(int32)),
    errorCode: int16,
  },
})
export type HeartbeatResponse = MessageOf<typeof HeartbeatResponse>
