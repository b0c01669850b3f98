/** Reads for DescribeTransactions and ListTransactions (KIP-664, KIP-994). */
import { ErrorCode } from '../protocol/index.ts'
import { noPartitions, type PartitionSet } from './partition-set.ts'
import { isPhase, type Phase } from './phase.ts'
import type { TransactionShard } from './transaction.ts'

export interface TransactionDescription {
  readonly errorCode: ErrorCode
  readonly transactionalId: string
  readonly phase: Phase | ''
  readonly timeoutMs: number
  readonly startMs: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly partitions: PartitionSet
}

export function describeTransaction(
  shard: TransactionShard,
  transactionalId: string,
): TransactionDescription {
  const transaction = shard.transactions.get(transactionalId)
  if (transaction === undefined) {
    return describeRefused(transactionalId, ErrorCode.TRANSACTIONAL_ID_NOT_FOUND)
  }
  return { errorCode: ErrorCode.NONE, ...transaction }
}

export function describeRefused(
  transactionalId: string,
  errorCode: ErrorCode,
): TransactionDescription {
  return {
    ...{ errorCode, transactionalId },
    phase: '',
    timeoutMs: 0,
    startMs: 0,
    producerId: 0,
    producerEpoch: 0,
    partitions: noPartitions,
  }
}

export interface TransactionFilter {
  /** Names of phases; none: all. */
  readonly states: readonly string[]
  /** None: all. */
  readonly producerIds: readonly number[]
  /** Only those that began longer ago than this; negative: all. */
  readonly durationMs: number
}

export interface TransactionOverview {
  readonly transactionalId: string
  readonly producerId: number
  readonly transactionState: Phase
}

export function listTransactions(
  shard: TransactionShard,
  { states, producerIds, durationMs }: TransactionFilter,
  nowMs: number,
): TransactionOverview[] {
  const found: TransactionOverview[] = []
  for (const { transactionalId, producerId, phase, startMs } of shard.transactions.values()) {
    if (producerIds.length > 0 && !producerIds.includes(producerId)) continue
    if (states.length > 0 && !states.includes(phase)) continue
    if (durationMs >= 0 && nowMs - startMs <= durationMs) continue
    found.push({ transactionalId, producerId, transactionState: phase })
  }
  return found
}

/** Those of the names that are no phase. */
export function unknownStates(states: readonly string[]): string[] {
  return states.filter(state => !isPhase(state))
}
