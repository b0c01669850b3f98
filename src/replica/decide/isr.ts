/**
 * Who is in sync, as the leader of a partition sees it (KIP-497): a change is proposed to the controller and
 * holds when it was stored. Until then the leader counts with the larger set of the two, so that whichever
 * way it goes nothing is called committed that an in-sync replica lacks.
 */
import { ErrorCode } from '../../protocol/index.ts'
import type { IsrOutcome } from '../cluster.ts'
import { isCaughtUp, type FollowerProgress } from './follower-progress.ts'

export interface IsrState {
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  /** As stored, as far as known. */
  readonly isr: readonly number[]
  /** Put to the controller, not yet answered. */
  readonly proposed: readonly number[] | undefined
}

/** All that are, or may be, in sync. */
export function maximalIsr({ isr, proposed }: IsrState): readonly number[] {
  if (proposed === undefined) return isr
  return [...isr, ...proposed.filter(id => !isr.includes(id))]
}

/** What the leader knows when it looks whether a follower may join. */
export interface JoinView {
  readonly highWatermark: number
  /** Where the log ended when this epoch began: below it the follower's log may be another's. */
  readonly epochStartOffset: number
  /** Whether the follower's broker lives, with the epoch that it fetched with. */
  readonly isEligible: boolean
}

/** Whether a follower has all that is committed, and so belongs into the ISR. One change at a time. */
export function mayJoin(
  { isr, proposed }: IsrState,
  { brokerId, logEndOffset }: FollowerProgress,
  { highWatermark, epochStartOffset, isEligible }: JoinView,
): boolean {
  if (proposed !== undefined || isr.includes(brokerId) || !isEligible) return false
  return logEndOffset >= highWatermark && logEndOffset >= epochStartOffset
}

/** The followers in the ISR that have not caught up for `replica.lag.time.max.ms`; none while a change is under way. */
export function laggingReplicas(
  { isr, proposed }: IsrState,
  followers: Iterable<FollowerProgress>,
  now: { leaderEndOffset: number; nowMs: number; lagTimeMaxMs: number },
): number[] {
  if (proposed !== undefined) return []
  const lagging: number[] = []
  for (const follower of followers) {
    if (isr.includes(follower.brokerId) && !isCaughtUp(follower, now))
      lagging.push(follower.brokerId)
  }
  return lagging
}

/**
 * - `adopted`: `state` is what is stored.
 * - `withdrawn`: surely not stored; `state` goes on without the proposal.
 * - `retry`: nobody knows; the same proposal is to be put again.
 * - `ignored`: of another epoch, or to be told by LeaderAndIsr: the proposal stays open till then.
 */
export interface IsrVerdict {
  readonly type: 'adopted' | 'withdrawn' | 'retry' | 'ignored'
  readonly state: IsrState
}

/** Refusals that say that this leader's picture is old: the new one is on its way. */
const awaitsNews: readonly ErrorCode[] = [
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.INVALID_UPDATE_VERSION,
  ErrorCode.INVALID_REQUEST,
  ErrorCode.NEW_LEADER_ELECTED,
]

/**
 * What an answer means for the state as it is now, which is the one that was proposed for; `undefined`
 * stands for no answer.
 */
export function afterProposal(state: IsrState, outcome: IsrOutcome | undefined): IsrVerdict {
  if (outcome === undefined) return { type: 'retry', state }
  if (typeof outcome !== 'number') return adopted(state, outcome)
  const isWithdrawn =
    outcome === ErrorCode.INELIGIBLE_REPLICA || outcome === ErrorCode.OPERATION_NOT_ATTEMPTED
  if (isWithdrawn) return { type: 'withdrawn', state: { ...state, proposed: undefined } }
  return { type: awaitsNews.includes(outcome) ? 'ignored' : 'retry', state }
}

function adopted(state: IsrState, stored: Exclude<IsrOutcome, number>): IsrVerdict {
  const isForUs =
    stored.leaderEpoch === state.leaderEpoch && stored.partitionEpoch >= state.partitionEpoch
  if (!isForUs) return { type: 'ignored', state }
  const { leaderEpoch, partitionEpoch, isr } = stored
  return { type: 'adopted', state: { leaderEpoch, partitionEpoch, isr, proposed: undefined } }
}
