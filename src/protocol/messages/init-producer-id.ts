import {
  bool,
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

/**
 * Gives a producer its id and epoch (KIP-98). v2 flexible; v3 a producer may name its own and go on
 * after INVALID_PRODUCER_EPOCH (KIP-360); v4 may say PRODUCER_FENCED (KIP-588), v5
 * TRANSACTION_ABORTABLE (KIP-890); v6, not final, two-phase commit (KIP-939).
 */
export const InitProducerIdRequest = message({
  name: 'InitProducerIdRequest',
  apiKey: 22,
  versions: [0, 6],
  flexible: 2,
  isLatestUnstable: true,
  fields: {
    transactionalId: nullable(string),
    transactionTimeoutMs: int32,
    producerId: since(3, withDefault(int64, -1)),
    producerEpoch: since(3, withDefault(int16, -1)),
    enable2Pc: since(6, bool),
    keepPreparedTxn: since(6, bool),
  },
})
export type InitProducerIdRequest = MessageOf<typeof InitProducerIdRequest>

/**
 * v1 throttled on the client (KIP-219), v2 flexible, v4 PRODUCER_FENCED (KIP-588), v5
 * TRANSACTION_ABORTABLE (KIP-890), v6, not final, the prepared transaction (KIP-939).
 */
export const InitProducerIdResponse = message({
  name: 'InitProducerIdResponse',
  apiKey: 22,
  versions: [0, 6],
  flexible: 2,
  fields: {
    throttleTimeMs: int32,
    errorCode: int16,
    producerId: withDefault(int64, -1),
    producerEpoch: int16,
    ongoingTxnProducerId: since(6, withDefault(int64, -1)),
    ongoingTxnProducerEpoch: since(6, withDefault(int16, -1)),
  },
})
export type InitProducerIdResponse = MessageOf<typeof InitProducerIdResponse>
