import {
  bool,
  ignorable,
  int16,
  int32,
  int64,
  message,
  since,
  string,
  withDefault,
  type MessageOf,
} from '../language.ts'

/**
 * Commits or aborts a transaction (KIP-98). v2 may say PRODUCER_FENCED (KIP-588), v3 flexible, v4
 * TRANSACTION_ABORTABLE, v5 gives the producer a new epoch with every transaction (KIP-890).
 */
export const EndTxnRequest = message({
  name: 'EndTxnRequest',
  apiKey: 26,
  versions: [0, 5],
  flexible: 3,
  fields: { transactionalId: string, producerId: int64, producerEpoch: int16, committed: bool },
})
export type EndTxnRequest = MessageOf<typeof EndTxnRequest>

/** v1 throttled on the client (KIP-219), v5 with what the producer goes on as; the others as the request. */
export const EndTxnResponse = message({
  name: 'EndTxnResponse',
  apiKey: 26,
  versions: [0, 5],
  flexible: 3,
  fields: {
    throttleTimeMs: int32,
    errorCode: int16,
    producerId: since(5, ignorable(withDefault(int64, -1))),
    producerEpoch: since(5, ignorable(withDefault(int16, -1))),
  },
})
export type EndTxnResponse = MessageOf<typeof EndTxnResponse>
