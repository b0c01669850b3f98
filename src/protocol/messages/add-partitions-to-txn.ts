import {
  array,
  between,
  bool,
  ignorable,
  int16,
  int32,
  int64,
  mapKey,
  message,
  since,
  string,
  type MessageOf,
} from '../language.ts'

const topics = array({ name: mapKey(string), partitions: array(int32) })

/**
 * Makes partitions part of a transaction (KIP-98). v2 may say PRODUCER_FENCED (KIP-588), v3 flexible;
 * v4 is for brokers: several transactions, and a question only whether the partitions are in (KIP-890);
 * v5 may say TRANSACTION_ABORTABLE.
 */
export const AddPartitionsToTxnRequest = message({
  name: 'AddPartitionsToTxnRequest',
  apiKey: 24,
  versions: [0, 5],
  flexible: 3,
  fields: {
    transactions: since(
      4,
      array({
        transactionalId: mapKey(string),
        producerId: int64,
        producerEpoch: int16,
        verifyOnly: bool,
        topics,
      }),
    ),
    v3AndBelowTransactionalId: between(0, 3, string),
    v3AndBelowProducerId: between(0, 3, int64),
    v3AndBelowProducerEpoch: between(0, 3, int16),
    v3AndBelowTopics: between(0, 3, topics),
  },
})
export type AddPartitionsToTxnRequest = MessageOf<typeof AddPartitionsToTxnRequest>

const topicResults = array({
  name: mapKey(string),
  resultsByPartition: array({ partitionIndex: mapKey(int32), partitionErrorCode: int16 }),
})

/** v1 throttled on the client (KIP-219), v2 PRODUCER_FENCED, v3 flexible, v4 an answer for each transaction, v5 TRANSACTION_ABORTABLE. */
export const AddPartitionsToTxnResponse = message({
  name: 'AddPartitionsToTxnResponse',
  apiKey: 24,
  versions: [0, 5],
  flexible: 3,
  fields: {
    throttleTimeMs: int32,
    errorCode: since(4, ignorable(int16)),
    resultsByTransaction: since(4, array({ transactionalId: mapKey(string), topicResults })),
    resultsByTopicV3AndBelow: between(0, 3, topicResults),
  },
})
export type AddPartitionsToTxnResponse = MessageOf<typeof AddPartitionsToTxnResponse>
