/** What a decision consists of. Shared by the files that decide, `apply`, and whoever runs the machine. */
import type { GroupEvent, LostEvent, Producer, TimerEvent } from './events.ts'
import type { RequestId } from './member.ts'
import type { Membership } from './membership.ts'
import type { GroupRecord, TopicPartition } from './records.ts'
import type { JoinReply, SyncReply } from './replies.ts'

/** A change that lives in memory only; `apply` makes it at once. */
export type Transition =
  | {
      readonly type: 'membership'
      readonly groupId: string
      readonly membership: Membership
    }
  | {
      /** Commits were handed to the log (+1), or the log lost them (-1). */
      readonly type: 'commits-in-flight'
      readonly groupId: string
      readonly partitions: readonly TopicPartition[]
      readonly isTransactional: boolean
      readonly change: 1 | -1
    }
  | { readonly type: 'forget'; readonly groupId: string }

/** What is done outside, at once: it concerns only what lives in memory. */
export type GroupEffect =
  | { readonly type: 'answer'; readonly request: RequestId; readonly reply: JoinReply | SyncReply }
  /** Replaces the timer of the same member or group. A span, not a moment: the wall clock may jump. */
  | { readonly type: 'arm'; readonly timer: TimerEvent; readonly delayMs: number }
  | { readonly type: 'disarm'; readonly timer: TimerEvent }
  | {
      readonly type: 'log'
      readonly level: 'debug' | 'info' | 'warn'
      readonly event: string
      readonly fields: Readonly<Record<string, unknown>>
    }

/**
 * Order: the transitions are applied and the effects done at once; the records are appended; when
 * they are durable they are applied and the reply goes out. What depends on their being durable
 * is left to another decision, `stored`; what to do when they are not, to `lost`.
 */
export interface Decision<Reply> {
  /** Undefined when the answer comes later, by an effect or by `stored`; or when nobody asked. */
  readonly reply?: Reply
  readonly transitions: readonly Transition[]
  readonly records: readonly GroupRecord[]
  /** Given: the records are part of its transaction. */
  readonly producer?: Producer
  readonly effects: readonly GroupEffect[]
  readonly stored?: GroupEvent
  readonly lost?: LostEvent
}

const none: readonly never[] = []

/** Only an answer. */
export function answer<Reply>(
  reply: Reply,
  effects: readonly GroupEffect[] = none,
): Decision<Reply> {
  return { reply, transitions: none, records: none, effects }
}

/** Nothing to do, nobody to answer. */
export const nothing: Decision<never> = { transitions: none, records: none, effects: none }
