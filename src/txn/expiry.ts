/** Decides what time does: transactions that last too long are aborted, transactional ids forgotten. */
import { ErrorCode } from '../protocol/index.ts'
import { become, nothing, type Decision } from './decision.ts'
import { fence } from './end-transaction.ts'
import type { CheckExpiry, CheckTimeout } from './events.ts'
import { isCompleted } from './phase.ts'
import { tombstoneOf } from './records.ts'
import type { TransactionShard } from './transaction.ts'

export function decideCheckTimeout(
  shard: TransactionShard,
  { transactionalId }: CheckTimeout,
  nowMs: number,
): Decision {
  const transaction = shard.transactions.get(transactionalId)
  if (transaction?.phase !== 'Ongoing' || transaction.pending !== undefined) return nothing
  const { startMs, timeoutMs, producerId, producerEpoch } = transaction
  if (startMs + timeoutMs >= nowMs) return nothing
  const fields = { transactionalId, producerId, producerEpoch, timeoutMs }
  return {
    ...fence(transaction, nowMs, ErrorCode.NONE),
    effects: [
      { type: 'log', level: 'info', event: 'transaction is aborted: it has timed out', fields },
    ],
  }
}

export function decideCheckExpiry(
  shard: TransactionShard,
  { transactionalId }: CheckExpiry,
  nowMs: number,
): Decision {
  const transaction = shard.transactions.get(transactionalId)
  if (transaction === undefined || transaction.pending !== undefined) return nothing
  const mayExpire = transaction.phase === 'Empty' || isCompleted(transaction.phase)
  if (!mayExpire || transaction.lastUpdateMs > nowMs - shard.settings.idExpirationMs) return nothing
  return {
    transitions: [become({ ...transaction, pending: 'Dead' })],
    records: [tombstoneOf(transactionalId)],
    effects: [],
    lost: { type: 'transition-lost', transactionalId, isFence: false },
  }
}
