/** Decides AddPartitionsToTxn and AddOffsetsToTxn, and whether a partition is in a transaction. */
import { ErrorCode } from '../protocol/index.ts'
import { checkQuestion } from './check-question.ts'
import { answer, become, type Decision } from './decision.ts'
import type { AddPartitions } from './events.ts'
import { hasPartition, withPartitions, type TopicPartition } from './partition-set.ts'
import { isPreparing } from './phase.ts'
import { recordOf } from './records.ts'
import { refused } from './replies.ts'
import type { Transaction, TransactionShard } from './transaction.ts'

/** The first partition begins the transaction. What is in it already costs no record. */
export function decideAddPartitions(
  shard: TransactionShard,
  event: AddPartitions,
  nowMs: number,
): Decision {
  const { transactionalId } = event
  const invalid = checkQuestion(event, shard.settings)
  if (invalid !== ErrorCode.NONE) return answer(invalid)
  const transaction = shard.transactions.get(transactionalId)
  if (transaction === undefined) return answer(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
  const problem = checkProducer(transaction, event)
  if (problem !== ErrorCode.NONE) return answer(problem)
  if (transaction.pending !== undefined || isPreparing(transaction.phase)) {
    return answer(ErrorCode.CONCURRENT_TRANSACTIONS)
  }
  const isOngoing = transaction.phase === 'Ongoing'
  const partitions = withPartitions(transaction.partitions, event.partitions)
  if (isOngoing && partitions === transaction.partitions) return answer(ErrorCode.NONE)
  const startMs = isOngoing ? transaction.startMs : nowMs
  return {
    reply: refused(ErrorCode.NONE),
    transitions: [become({ ...transaction, pending: 'Ongoing' })],
    records: [
      recordOf({ ...transaction, phase: 'Ongoing', partitions, startMs, lastUpdateMs: nowMs }),
    ],
    effects: [],
    lost: { type: 'transition-lost', transactionalId, isFence: false },
  }
}

export interface VerifyPartition extends TopicPartition {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/**
 * Whether a batch of the producer may be appended to the partition (KIP-890): TRANSACTION_ABORTABLE where
 * the partition was never added. A decision that is being stored is not looked at: its marker comes behind
 * whatever is appended now.
 */
export function verifyPartition(shard: TransactionShard, question: VerifyPartition): ErrorCode {
  const { transactionalId } = question
  const transaction = shard.transactions.get(transactionalId)
  if (transaction === undefined) return ErrorCode.INVALID_PRODUCER_ID_MAPPING
  const problem = checkProducer(transaction, question)
  if (problem !== ErrorCode.NONE) return problem
  if (isPreparing(transaction.phase)) return ErrorCode.CONCURRENT_TRANSACTIONS
  return hasPartition(transaction.partitions, question)
    ? ErrorCode.NONE
    : ErrorCode.TRANSACTION_ABORTABLE
}

function checkProducer(
  transaction: Transaction,
  { producerId, producerEpoch }: { readonly producerId: number; readonly producerEpoch: number },
): ErrorCode {
  if (producerId !== transaction.producerId) return ErrorCode.INVALID_PRODUCER_ID_MAPPING
  return producerEpoch === transaction.producerEpoch ? ErrorCode.NONE : ErrorCode.PRODUCER_FENCED
}
