/**
 * Everything that can happen to a transaction: what clients ask, time that passes, markers that were
 * written or not, and what became of the records of an earlier decision. Plain data of no version.
 */
import type { ErrorCode } from '../protocol/index.ts'
import type { MarkerOutcome } from './marker-outcome.ts'
import type { TopicPartition } from './partition-set.ts'
import type { InitReply, Reply } from './replies.ts'

export interface InitProducerId {
  readonly type: 'init-producer-id'
  readonly transactionalId: string
  readonly timeoutMs: number
  /** What the producer goes on from (KIP-360); undefined: it begins. */
  readonly expected: { readonly producerId: number; readonly producerEpoch: number } | undefined
  /** An id that nobody has had; where one is needed and not given the reply says so. */
  readonly freshProducerId: number | undefined
}

export interface AddPartitions {
  readonly type: 'add-partitions'
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly partitions: readonly TopicPartition[]
}

export interface EndTransaction {
  readonly type: 'end-transaction'
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly committed: boolean
}

export type ClientEvent = InitProducerId | AddPartitions | EndTransaction

/** Periodically, for each transaction (`transaction.abort.timed.out.transaction.cleanup.interval.ms`). */
export interface CheckTimeout {
  readonly type: 'check-timeout'
  readonly transactionalId: string
}

/** Periodically, for each transactional id (`transaction.remove.expired.transaction.cleanup.interval.ms`). */
export interface CheckExpiry {
  readonly type: 'check-expiry'
  readonly transactionalId: string
}

/** The log of the partition is read; for each transaction in it, before any request. */
export interface TransactionLoaded {
  readonly type: 'transaction-loaded'
  readonly transactionalId: string
}

/** What came of the markers that were to be written. */
export interface MarkersAnswered {
  readonly type: 'markers-answered'
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly results: readonly (TopicPartition & { readonly outcome: MarkerOutcome })[]
}

/** It is time to try again what was not taken. */
export interface TimerEvent {
  readonly type: 'retry-completion'
  readonly transactionalId: string
}

/** What follows when the records of a decision are durable. */
export interface Prepared {
  readonly type: 'prepared'
  readonly transactionalId: string
  /** For whoever asked, if somebody did. */
  readonly answer: ErrorCode
}

/** What follows when they are not; whoever runs the machine adds the error of the append. */
export type LostEvent =
  | {
      readonly type: 'transition-lost'
      readonly transactionalId: string
      /** The epoch was bumped already, in memory. */
      readonly isFence: boolean
    }
  | { readonly type: 'completion-lost'; readonly transactionalId: string }

export type FailedEvent = LostEvent & { readonly errorCode: ErrorCode }

export type TransactionEvent =
  | ClientEvent
  | CheckTimeout
  | CheckExpiry
  | TransactionLoaded
  | MarkersAnswered
  | TimerEvent
  | Prepared
  | FailedEvent

/** The answer to each question. */
export interface Replies {
  'init-producer-id': InitReply
  'add-partitions': Reply
  'end-transaction': Reply
}
