import {
  array,
  between,
  ignorable,
  int16,
  int32,
  mapKey,
  message,
  nullable,
  since,
  string,
  uuid,
  type MessageOf,
} from '../language.ts'

/** Deletes topics. v4 flexible, v5 may be throttled (KIP-599), v6 by name or by id (KIP-516). */
export const DeleteTopicsRequest = message({
  name: 'DeleteTopicsRequest',
  apiKey: 20,
  versions: [0, 6],
  flexible: 4,
  fields: {
    topics: since(6, array({ name: nullable(string), topicId: uuid })),
    topicNames: between(0, 5, ignorable(array(string))),
    timeoutMs: int32,
  },
})
export type DeleteTopicsRequest = MessageOf<typeof DeleteTopicsRequest>

/**
 * v1 throttle time (KIP-124), v2 throttled on the client (KIP-219), v3 may say
 * TOPIC_DELETION_DISABLED (KIP-322), v4 flexible, v5 message (KIP-599), v6 topic id; a topic asked
 * for by an unknown id has no name (KIP-516).
 */
export const DeleteTopicsResponse = message({
  name: 'DeleteTopicsResponse',
  apiKey: 20,
  versions: [0, 6],
  flexible: 4,
  fields: {
    throttleTimeMs: since(1, ignorable(int32)),
    responses: array({
      name: mapKey(nullable(string, 6)),
      topicId: since(6, ignorable(uuid)),
      errorCode: int16,
      errorMessage: since(5, ignorable(nullable(string))),
    }),
  },
})
export type DeleteTopicsResponse = MessageOf<typeof DeleteTopicsResponse>
