/** The machine's one question: what follows from this event? Reads the shard, never writes it. */
import { decideAddPartitions } from './add-partitions.ts'
import { storeErrorOf } from './append-errors.ts'
import {
  decideCompletionLost,
  decideLoaded,
  decideMarkersAnswered,
  decidePrepared,
  decideRetryCompletion,
} from './completion.ts'
import { become, nothing, type Decision } from './decision.ts'
import { decideEndTransaction } from './end-transaction.ts'
import type { FailedEvent, TransactionEvent } from './events.ts'
import { decideCheckExpiry, decideCheckTimeout } from './expiry.ts'
import { decideInitProducerId } from './init-producer-id.ts'
import { refused } from './replies.ts'
import type { TransactionShard } from './transaction.ts'

/** @param nowMs wall time: it is stored */
export function decide(shard: TransactionShard, event: TransactionEvent, nowMs: number): Decision {
  switch (event.type) {
    case 'init-producer-id':
      return decideInitProducerId(shard, event, nowMs)
    case 'add-partitions':
      return decideAddPartitions(shard, event, nowMs)
    case 'end-transaction':
      return decideEndTransaction(shard, event, nowMs)
    case 'check-timeout':
      return decideCheckTimeout(shard, event, nowMs)
    case 'check-expiry':
      return decideCheckExpiry(shard, event, nowMs)
    case 'transaction-loaded':
      return decideLoaded(shard, event)
    case 'markers-answered':
      return decideMarkersAnswered(shard, event, nowMs)
    case 'retry-completion':
      return decideRetryCompletion(shard, event, nowMs)
    case 'prepared':
      return decidePrepared(shard, event)
    case 'transition-lost':
      return decideTransitionLost(shard, event)
    case 'completion-lost':
      return decideCompletionLost(event)
  }
}

/** The transaction stays what it was; only a bumped epoch stays bumped, which no producer has. */
function decideTransitionLost(
  shard: TransactionShard,
  event: FailedEvent & { type: 'transition-lost' },
): Decision {
  const transaction = shard.transactions.get(event.transactionalId)
  const reply = refused(storeErrorOf(event.errorCode))
  if (transaction === undefined) return { ...nothing, reply }
  const hasFailedFence = transaction.hasFailedFence || event.isFence
  const transitions = [become({ ...transaction, pending: undefined, hasFailedFence })]
  return { ...nothing, reply, transitions }
}
