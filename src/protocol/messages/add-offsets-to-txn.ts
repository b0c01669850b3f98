import { int16, int32, int64, message, string, type MessageOf } from '../language.ts'

/**
 * Makes the offsets of a group part of a transaction (KIP-98). v2 may say PRODUCER_FENCED (KIP-588), v3
 * flexible, v4 TRANSACTION_ABORTABLE (KIP-890).
 */
export const AddOffsetsToTxnRequest = message({
  name: 'AddOffsetsToTxnRequest',
  apiKey: 25,
  versions: [0, 4],
  flexible: 3,
  fields: { transactionalId: string, producerId: int64, producerEpoch: int16, groupId: string },
})
export type AddOffsetsToTxnRequest = MessageOf<typeof AddOffsetsToTxnRequest>

/** v1 throttled on the client (KIP-219); the others as the request. */
export const AddOffsetsToTxnResponse = message({
  name: 'AddOffsetsToTxnResponse',
  apiKey: 25,
  versions: [0, 4],
  flexible: 3,
  fields: { throttleTimeMs: int32, errorCode: int16 },
})
export type AddOffsetsToTxnResponse = MessageOf<typeof AddOffsetsToTxnResponse>
