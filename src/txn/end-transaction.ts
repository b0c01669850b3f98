/** Decides EndTxn, and the abort of a transaction whose producer is fenced. */
import { ErrorCode } from '../protocol/index.ts'
import { checkQuestion } from './check-question.ts'
import { answer, become, type Decision } from './decision.ts'
import type { EndTransaction } from './events.ts'
import type { Preparing } from './phase.ts'
import { recordOf } from './records.ts'
import { NO_PRODUCER_EPOCH, type Transaction, type TransactionShard } from './transaction.ts'

/** Once the record is durable the transaction is decided, and answered; the markers follow. */
export function decideEndTransaction(
  shard: TransactionShard,
  event: EndTransaction,
  nowMs: number,
): Decision {
  const { transactionalId, producerId, producerEpoch, committed } = event
  const invalid = checkQuestion(event, shard.settings)
  if (invalid !== ErrorCode.NONE) return answer(invalid)
  const transaction = shard.transactions.get(transactionalId)
  if (transaction?.producerId !== producerId) return answer(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
  if (transaction.producerEpoch !== producerEpoch) return answer(ErrorCode.PRODUCER_FENCED)
  if (transaction.pending !== undefined) return answer(ErrorCode.CONCURRENT_TRANSACTIONS)
  switch (transaction.phase) {
    case 'Ongoing': {
      const phase = committed ? 'PrepareCommit' : 'PrepareAbort'
      return prepare(transaction, { phase, nowMs, answer: ErrorCode.NONE, isFence: false })
    }
    case 'CompleteCommit':
      return answer(committed ? ErrorCode.NONE : ErrorCode.INVALID_TXN_STATE)
    case 'CompleteAbort':
      return answer(committed ? ErrorCode.INVALID_TXN_STATE : ErrorCode.NONE)
    case 'PrepareCommit':
      return answer(committed ? ErrorCode.CONCURRENT_TRANSACTIONS : ErrorCode.INVALID_TXN_STATE)
    case 'PrepareAbort':
      return answer(committed ? ErrorCode.INVALID_TXN_STATE : ErrorCode.CONCURRENT_TRANSACTIONS)
    case 'Empty':
    case 'Dead':
    case 'PrepareEpochFence':
      return answer(ErrorCode.INVALID_TXN_STATE)
  }
}

/**
 * Aborts an open transaction under a new epoch, which no producer is ever given: whatever the old one
 * still sends is refused from now on, by the coordinator and, behind the marker, by the partitions.
 */
export function fence(transaction: Transaction, nowMs: number, answer: ErrorCode): Decision {
  const { producerEpoch, hasFailedFence } = transaction
  const fenced = {
    ...transaction,
    producerEpoch: hasFailedFence ? producerEpoch : producerEpoch + 1,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
  }
  return prepare(fenced, { phase: 'PrepareAbort', nowMs, answer, isFence: true })
}

function prepare(
  transaction: Transaction,
  options: { phase: Preparing; nowMs: number; answer: ErrorCode; isFence: boolean },
): Decision {
  const { phase, nowMs, answer, isFence } = options
  const { transactionalId } = transaction
  return {
    transitions: [become({ ...transaction, pending: phase })],
    records: [recordOf({ ...transaction, phase, lastUpdateMs: nowMs })],
    effects: [],
    stored: { type: 'prepared', transactionalId, answer },
    lost: { type: 'transition-lost', transactionalId, isFence },
  }
}
