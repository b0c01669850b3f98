import {
  array,
  between,
  ignorable,
  int16,
  int32,
  int8,
  message,
  nullable,
  since,
  string,
  type MessageOf,
} from '../language.ts'

/**
 * Which broker coordinates a group (key type 0), a transactional id (1) or a share partition (2).
 * v1 key type (KIP-98), v3 flexible, v4 several keys (KIP-699), v5 may say TRANSACTION_ABORTABLE
 * (KIP-890), v6 share groups (KIP-932).
 */
export const FindCoordinatorRequest = message({
  name: 'FindCoordinatorRequest',
  apiKey: 10,
  versions: [0, 6],
  flexible: 3,
  fields: {
    key: between(0, 3, string),
    keyType: since(1, int8),
    coordinatorKeys: since(4, array(string)),
  },
})
export type FindCoordinatorRequest = MessageOf<typeof FindCoordinatorRequest>

/**
 * v1 throttle time and message (KIP-98, KIP-124), v2 throttled on the client (KIP-219), v3
 * flexible, v4 an answer for each key (KIP-699).
 */
export const FindCoordinatorResponse = message({
  name: 'FindCoordinatorResponse',
  apiKey: 10,
  versions: [0, 6],
  flexible: 3,
  fields: {
    throttleTimeMs: since(1, ignorable(int32)),
    errorCode: between(0, 3, int16),
    errorMessage: between(1, 3, ignorable(nullable(string))),
    nodeId: between(0, 3, int32),
    host: between(0, 3, string),
    port: between(0, 3, int32),
    coordinators: since(
      4,
      array({
        key: string,
        nodeId: int32,
        host: string,
        port: int32,
        errorCode: int16,
        errorMessage: nullable(string),
      }),
    ),
  },
})
export type FindCoordinatorResponse = MessageOf<typeof FindCoordinatorResponse>
