/** What a follower does with a leader's answer for one partition. */
import { ErrorCode } from '../../protocol/index.ts'
import type { EpochEnd } from './truncation.ts'

/** What was asked, and what holds now that the answer is here. */
export interface AskedPartition {
  readonly fetchOffset: number
  readonly leaderEpoch: number
  /** Of the partition now: another term may have begun since. */
  readonly currentLeaderEpoch: number
  readonly logEndOffset: number
}

export type FollowerStep =
  | { readonly type: 'append' }
  /** The logs parted; this is where the leader's ended for our latest epoch (KIP-595). */
  | { readonly type: 'cut'; readonly end: EpochEnd }
  /** The leader's log lies elsewhere: ask where. */
  | { readonly type: 'find-place' }
  /** Ask again after a pause. */
  | { readonly type: 'pause'; readonly isExpected: boolean }
  /** A newer leader is known there: wait for the controller's word. */
  | { readonly type: 'fenced' }
  /** The answer is to a question of an earlier term, or of an earlier place. */
  | { readonly type: 'ignore' }

/** Errors that pass as the cluster settles. */
const expected: readonly number[] = [
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.UNKNOWN_LEADER_EPOCH,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INCONSISTENT_TOPIC_ID,
  ErrorCode.KAFKA_STORAGE_ERROR,
]

export function followerStep(
  asked: AskedPartition,
  answer: { readonly errorCode: number; readonly divergingEpoch: EpochEnd },
): FollowerStep {
  const isCurrent =
    asked.currentLeaderEpoch === asked.leaderEpoch && asked.logEndOffset === asked.fetchOffset
  if (!isCurrent) return { type: 'ignore' }
  switch (answer.errorCode) {
    case ErrorCode.NONE:
      return answer.divergingEpoch.epoch >= 0
        ? { type: 'cut', end: answer.divergingEpoch }
        : { type: 'append' }
    case ErrorCode.OFFSET_OUT_OF_RANGE:
      return { type: 'find-place' }
    case ErrorCode.FENCED_LEADER_EPOCH:
      return { type: 'fenced' }
    default:
      return { type: 'pause', isExpected: expected.includes(answer.errorCode) }
  }
}

export type NewPlace =
  | { readonly type: 'cut'; readonly offset: number }
  | { readonly type: 'restart'; readonly offset: number }
  | { readonly type: 'stay' }

/**
 * Where a follower goes on that is out of its leader's range. A leader whose log ends before ours was
 * elected uncleanly: ours is cut. One whose log begins behind our end has deleted what we lack: all
 * we have is dropped, and we begin where it begins.
 */
export function newPlace(
  logEndOffset: number,
  leader: { readonly startOffset: number; readonly endOffset: number },
): NewPlace {
  if (leader.endOffset < logEndOffset) return { type: 'cut', offset: leader.endOffset }
  if (leader.startOffset > logEndOffset) return { type: 'restart', offset: leader.startOffset }
  return { type: 'stay' }
}
