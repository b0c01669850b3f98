/** What a decision consists of. Shared by the files that decide, `apply`, and whoever runs the machine. */
import type { ErrorCode } from '../protocol/index.ts'
import type { LostEvent, Prepared, TimerEvent } from './events.ts'
import type { TopicPartition } from './partition-set.ts'
import type { TransactionRecord } from './records.ts'
import { refused, type InitReply } from './replies.ts'
import type { Transaction } from './transaction.ts'

/** A change that lives in memory only; `apply` makes it at once. */
export interface Transition {
  readonly type: 'transaction'
  readonly transaction: Transaction
}

/** Done outside: tell partitions how the transaction has ended. Answered by `markers-answered`, once. */
export interface WriteMarkers {
  readonly type: 'write-markers'
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly committed: boolean
  readonly partitions: readonly TopicPartition[]
}

export type TransactionEffect =
  | { readonly type: 'perform'; readonly action: WriteMarkers }
  | { readonly type: 'arm'; readonly timer: TimerEvent; readonly delayMs: number }
  | {
      readonly type: 'log'
      readonly level: 'debug' | 'info' | 'warn'
      readonly event: string
      readonly fields: Readonly<Record<string, unknown>>
    }

/**
 * Order: the transitions are applied and the effects done at once; the records are appended; when
 * they are durable they are applied, the reply goes out and `stored` is decided; else `lost` is.
 */
export interface Decision {
  readonly reply?: InitReply
  readonly transitions: readonly Transition[]
  readonly records: readonly TransactionRecord[]
  readonly effects: readonly TransactionEffect[]
  readonly stored?: Prepared
  readonly lost?: LostEvent
}

export const nothing: Decision = { transitions: [], records: [], effects: [] }

/** Only an answer. */
export function answer(errorCode: ErrorCode): Decision {
  return { ...nothing, reply: refused(errorCode) }
}

/** In memory only. */
export function become(transaction: Transaction): Transition {
  return { type: 'transaction', transaction }
}
