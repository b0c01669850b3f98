/**
 * Writes a change into the shard; never refuses. The same function takes live records, when they are
 * durable, and stored ones, when the partition is loaded: so a restart comes to the same state.
 */
import type { Transition } from './decision.ts'
import type { TransactionRecord } from './records.ts'
import type { TransactionShard } from './transaction.ts'

export function apply(
  { transactions }: TransactionShard,
  change: TransactionRecord | Transition,
): void {
  if (change.type === 'transaction') {
    transactions.set(change.transaction.transactionalId, change.transaction)
    return
  }
  const { transactionalId, metadata } = change
  if (metadata === null) transactions.delete(transactionalId)
  else transactions.set(transactionalId, { ...metadata, pending: undefined, hasFailedFence: false })
}
