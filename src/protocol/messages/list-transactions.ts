import {
  array,
  int16,
  int32,
  int64,
  message,
  nullable,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/** The transactional ids that a broker coordinates (KIP-664). v1 by how long they last (KIP-994), v2 by a pattern (KIP-1152). */
export const ListTransactionsRequest = message({
  name: 'ListTransactionsRequest',
  apiKey: 66,
  versions: [0, 2],
  flexible: 0,
  fields: {
    stateFilters: array(string),
    producerIdFilters: array(int64),
    durationFilter: since(1, withDefault(int64, -1)),
    transactionalIdPattern: since(2, nullable(string, 2)),
  },
})
export type ListTransactionsRequest = MessageOf<typeof ListTransactionsRequest>

/** All versions are the same; 2 may say INVALID_REGULAR_EXPRESSION. */
export const ListTransactionsResponse = message({
  name: 'ListTransactionsResponse',
  apiKey: 66,
  versions: [0, 2],
  flexible: 0,
  fields: {
    throttleTimeMs: int32,
    errorCode: int16,
    unknownStateFilters: array(string),
    transactionStates: array({
      transactionalId: string,
      producerId: int64,
      transactionState: string,
    }),
  },
})
export type ListTransactionsResponse = MessageOf<typeof ListTransactionsResponse>
