/** Decides InitProducerId of a transactional producer: its id and epoch, and the end of all with older ones. */
import { ErrorCode } from '../protocol/index.ts'
import { checkQuestion } from './check-question.ts'
import { answer, become, nothing, type Decision } from './decision.ts'
import { fence } from './end-transaction.ts'
import type { InitProducerId } from './events.ts'
import { noPartitions } from './partition-set.ts'
import { recordOf } from './records.ts'
import { refused } from './replies.ts'
import {
  isEpochExhausted,
  newTransaction,
  NO_PRODUCER_EPOCH,
  NO_START,
  type Transaction,
  type TransactionShard,
} from './transaction.ts'

/**
 * A producer that begins gets the next epoch, and so fences the one before it; a transaction that is
 * open is aborted first, and the producer told to ask again. One that goes on after an error says
 * from where (KIP-360): if nobody has begun since, it gets the next epoch as well.
 */
export function decideInitProducerId(
  { settings, transactions }: TransactionShard,
  event: InitProducerId,
  nowMs: number,
): Decision {
  const { transactionalId, timeoutMs, freshProducerId } = event
  const problem = checkQuestion(event, settings)
  if (problem !== ErrorCode.NONE) return answer(problem)
  const known = transactions.get(transactionalId)
  if (known !== undefined) return decideKnown(known, event, nowMs)
  if (freshProducerId === undefined) return needsProducerId
  const producerId = freshProducerId
  const created = newTransaction({ transactionalId, producerId, timeoutMs, nowMs })
  return decideKnown(created, { ...event, freshProducerId: undefined }, nowMs)
}

const needsProducerId: Decision = {
  ...nothing,
  reply: { ...refused(ErrorCode.NONE), needsProducerId: true },
}

function decideKnown(transaction: Transaction, event: InitProducerId, nowMs: number): Decision {
  if (transaction.pending !== undefined) return answer(ErrorCode.CONCURRENT_TRANSACTIONS)
  if (!mayGoOn(transaction, event.expected)) return answer(ErrorCode.PRODUCER_FENCED)
  switch (transaction.phase) {
    case 'Ongoing':
      return fence(transaction, nowMs, ErrorCode.CONCURRENT_TRANSACTIONS)
    case 'Empty':
    case 'CompleteCommit':
    case 'CompleteAbort':
      return beginAnew(transaction, event, nowMs)
    case 'PrepareCommit':
    case 'PrepareAbort':
    case 'Dead':
    case 'PrepareEpochFence':
      return answer(ErrorCode.CONCURRENT_TRANSACTIONS)
  }
}

/** Whether the producer is who the coordinator last knew under the id, or that one before its id was exhausted. */
function mayGoOn(transaction: Transaction, expected: InitProducerId['expected']): boolean {
  if (expected === undefined || transaction.producerEpoch === NO_PRODUCER_EPOCH) return true
  if (expected.producerId === transaction.producerId) return true
  return (
    expected.producerId === transaction.previousProducerId &&
    isEpochExhausted(expected.producerEpoch)
  )
}

interface Identity {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastProducerEpoch: number
}

function beginAnew(transaction: Transaction, event: InitProducerId, nowMs: number): Decision {
  const { expected, timeoutMs, freshProducerId, transactionalId } = event
  const { producerEpoch } = transaction
  const isRotated =
    isEpochExhausted(producerEpoch) &&
    (expected === undefined || expected.producerEpoch === producerEpoch)
  if (isRotated && freshProducerId === undefined) return needsProducerId
  const identity: Identity | undefined =
    isRotated && freshProducerId !== undefined
      ? {
          producerId: freshProducerId,
          producerEpoch: 0,
          lastProducerEpoch: expected === undefined ? NO_PRODUCER_EPOCH : producerEpoch,
        }
      : nextEpoch(transaction, expected)
  if (identity === undefined) return answer(ErrorCode.PRODUCER_FENCED)
  const next: Transaction = {
    ...transaction,
    ...identity,
    timeoutMs,
    phase: 'Empty',
    partitions: noPartitions,
    startMs: NO_START,
    lastUpdateMs: nowMs,
    previousProducerId: transaction.producerId,
  }
  return {
    reply: {
      ...{ errorCode: ErrorCode.NONE, needsProducerId: false },
      ...{ producerId: next.producerId, producerEpoch: next.producerEpoch },
    },
    transitions: [become({ ...transaction, pending: 'Empty' })],
    records: [recordOf(next)],
    effects: [],
    lost: { type: 'transition-lost', transactionalId, isFence: false },
  }
}

/** `undefined`: another producer has begun since. */
function nextEpoch(
  { producerId, producerEpoch, lastProducerEpoch }: Transaction,
  expected: InitProducerId['expected'],
): Identity | undefined {
  const bumped = producerEpoch + 1
  if (expected === undefined) {
    return { producerId, producerEpoch: bumped, lastProducerEpoch: NO_PRODUCER_EPOCH }
  }
  if (producerEpoch === NO_PRODUCER_EPOCH || expected.producerEpoch === producerEpoch) {
    return { producerId, producerEpoch: bumped, lastProducerEpoch: producerEpoch }
  }
  // The answer to the first try was lost: the same again.
  if (expected.producerEpoch === lastProducerEpoch) {
    return { producerId, producerEpoch, lastProducerEpoch }
  }
  return undefined
}
