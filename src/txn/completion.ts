/** Decides how a transaction that is prepared gets completed: markers to all its partitions, then the last record. */
import { ErrorCode } from '../protocol/index.ts'
import { storeErrorOf } from './append-errors.ts'
import { become, nothing, type Decision, type TransactionEffect } from './decision.ts'
import type {
  FailedEvent,
  MarkersAnswered,
  Prepared,
  TimerEvent,
  TransactionLoaded,
} from './events.ts'
import { noPartitions, partitionsIn, withoutPartitions } from './partition-set.ts'
import { completedBy, isPreparing, type Preparing } from './phase.ts'
import { recordOf } from './records.ts'
import { refused } from './replies.ts'
import { RETRY_DELAY_MS } from './settings.ts'
import type { Transaction, TransactionShard } from './transaction.ts'

type PreparedTransaction = Transaction & { readonly phase: Preparing }

function preparedIn(shard: TransactionShard, transactionalId: string) {
  const transaction = shard.transactions.get(transactionalId)
  return transaction !== undefined && isPrepared(transaction) ? transaction : undefined
}

function isPrepared(transaction: Transaction): transaction is PreparedTransaction {
  return isPreparing(transaction.phase)
}

/** The decision is durable: whoever asked for it is answered, and the markers go out. */
export function decidePrepared(shard: TransactionShard, event: Prepared): Decision {
  const transaction = preparedIn(shard, event.transactionalId)
  const reply = refused(event.answer)
  return transaction === undefined ? { ...nothing, reply } : { ...mark(transaction), reply }
}

/** The coordinator before this one may have written some of the markers, or all: they are written again. */
export function decideLoaded(shard: TransactionShard, event: TransactionLoaded): Decision {
  const transaction = preparedIn(shard, event.transactionalId)
  return transaction === undefined ? nothing : mark(transaction)
}

function mark(transaction: PreparedTransaction): Decision {
  const pending = completedBy(transaction.phase)
  return {
    transitions: [become({ ...transaction, pending })],
    records: [],
    effects: [markersOf(transaction)],
  }
}

function markersOf({
  transactionalId,
  producerId,
  producerEpoch,
  phase,
  partitions,
}: PreparedTransaction): TransactionEffect {
  return {
    type: 'perform',
    action: {
      type: 'write-markers',
      ...{ transactionalId, producerId, producerEpoch },
      committed: phase === 'PrepareCommit',
      partitions: partitionsIn(partitions),
    },
  }
}

/** Partitions that have their marker are done with; when all are, the transaction is. */
export function decideMarkersAnswered(
  shard: TransactionShard,
  event: MarkersAnswered,
  nowMs: number,
): Decision {
  const { transactionalId, results } = event
  const transaction = preparedIn(shard, transactionalId)
  if (
    transaction?.producerId !== event.producerId ||
    transaction.producerEpoch !== event.producerEpoch
  )
    return nothing
  if (results.some(({ outcome }) => outcome === 'superseded')) {
    const fields = { transactionalId }
    return {
      ...nothing,
      effects: [logged('markers are refused: a newer coordinator has spoken', fields)],
    }
  }
  const done = results.filter(({ outcome }) => outcome === 'done')
  const partitions = withoutPartitions(transaction.partitions, done)
  const marked = { ...transaction, partitions }
  if (partitions.size === 0) return complete(marked, nowMs)
  return { ...nothing, transitions: [become(marked)], effects: [retryLater(transactionalId)] }
}

function complete(transaction: PreparedTransaction, nowMs: number): Decision {
  const { transactionalId } = transaction
  const phase = completedBy(transaction.phase)
  return {
    transitions: [become(transaction)],
    records: [recordOf({ ...transaction, phase, partitions: noPartitions, lastUpdateMs: nowMs })],
    effects: [],
    lost: { type: 'completion-lost', transactionalId },
  }
}

export function decideRetryCompletion(
  shard: TransactionShard,
  { transactionalId }: TimerEvent,
  nowMs: number,
): Decision {
  const transaction = preparedIn(shard, transactionalId)
  if (transaction === undefined) return nothing
  if (transaction.partitions.size === 0) return complete(transaction, nowMs)
  return { ...nothing, effects: [markersOf(transaction)] }
}

/** All markers are written: the record is tried until the log takes it, or another coordinator writes it. */
export function decideCompletionLost({ transactionalId, errorCode }: FailedEvent): Decision {
  if (storeErrorOf(errorCode) === ErrorCode.NOT_COORDINATOR) return nothing
  return { ...nothing, effects: [retryLater(transactionalId)] }
}

function retryLater(transactionalId: string): TransactionEffect {
  const timer = { type: 'retry-completion', transactionalId } as const
  return { type: 'arm', timer, delayMs: RETRY_DELAY_MS }
}

function logged(event: string, fields: Readonly<Record<string, unknown>>): TransactionEffect {
  return { type: 'log', level: 'info', event, fields }
}
