/** What the coordinator knows of a transactional id. Values: a change makes a new one. Mirrors `TransactionMetadata`. */
import { noPartitions, type PartitionSet } from './partition-set.ts'
import type { Phase } from './phase.ts'
import type { TransactionSettings } from './settings.ts'

export const NO_PRODUCER_ID = -1
export const NO_PRODUCER_EPOCH = -1
/** Of a transactional id without a transaction. */
export const NO_START = -1
/** The largest epoch is never handed out: a producer must be fenceable by one that is larger. */
const LAST_EPOCH = 0x7fff - 1

/** What is stored, and the two fields at the end, which live in memory only. */
export interface TransactionMetadata {
  readonly transactionalId: string
  readonly producerId: number
  /** -1 until the first InitProducerId is durable. */
  readonly producerEpoch: number
  readonly timeoutMs: number
  readonly phase: Phase
  /** Those in the transaction; while it is being completed, those that wait for their marker. */
  readonly partitions: PartitionSet
  /** When the first partition was added, or NO_START. Wall time, as it is stored. */
  readonly startMs: number
  readonly lastUpdateMs: number
  /** The id before an exhausted epoch brought another; tells a retried InitProducerId (KIP-360). */
  readonly previousProducerId: number
  /** The epoch that the producer itself asked to leave; -1 when somebody else did (KIP-360). */
  readonly lastProducerEpoch: number
}

export interface Transaction extends TransactionMetadata {
  /** What it becomes once a record is durable, or all markers are written. Meanwhile nobody else may change it. */
  readonly pending: Phase | undefined
  /** The epoch was bumped in memory to fence a producer and the record was lost: it is not bumped again. */
  readonly hasFailedFence: boolean
}

/** The transactions of one partition of `__transaction_state`. Only `apply` writes it. */
export interface TransactionShard {
  readonly settings: TransactionSettings
  readonly transactions: Map<string, Transaction>
}

export function createShard(settings: TransactionSettings): TransactionShard {
  return { settings, transactions: new Map() }
}

/** A transactional id that is new here; no producer has its epoch yet. */
export function newTransaction(options: {
  readonly transactionalId: string
  readonly producerId: number
  readonly timeoutMs: number
  readonly nowMs: number
}): Transaction {
  const { transactionalId, producerId, timeoutMs, nowMs } = options
  return {
    ...{ transactionalId, producerId, timeoutMs, lastUpdateMs: nowMs },
    producerEpoch: NO_PRODUCER_EPOCH,
    phase: 'Empty',
    partitions: noPartitions,
    startMs: NO_START,
    previousProducerId: NO_PRODUCER_ID,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
    pending: undefined,
    hasFailedFence: false,
  }
}

export function isEpochExhausted(producerEpoch: number): boolean {
  return producerEpoch >= LAST_EPOCH
}
