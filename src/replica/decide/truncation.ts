/** Where a follower cuts its log so that it goes on as its leader's (KIP-101, KIP-279, KIP-320). */

/** The largest epoch of a log that is not above the one asked for, and where it ends. */
export interface EpochEnd {
  /** -1: the leader does not say which it found (OffsetForLeaderEpoch v0). */
  readonly epoch: number
  /** -1: the epoch is not known there. */
  readonly endOffset: number
}

export interface FollowerLog {
  readonly logEndOffset: number
  readonly highWatermark: number
  /** As `PartitionLog.endOffsetForEpoch`. */
  endOffsetForEpoch(epoch: number): EpochEnd | undefined
}

export interface Truncation {
  /** The log is to end here, at most. */
  readonly offset: number
  /** Below it the two logs are the same; else the leader is to be asked again. */
  readonly isComplete: boolean
}

/**
 * `end` is the leader's answer to the follower's latest epoch. A leader that knows nothing leaves
 * only the high watermark to go by. Where the leader found an epoch that the follower never saw, the
 * two parted earlier: the follower cuts to the end of its own epoch below and asks with that one.
 */
export function truncationFor(end: EpochEnd, log: FollowerLog): Truncation {
  const within = (offset: number, isComplete: boolean): Truncation => ({
    offset: Math.min(offset, log.logEndOffset),
    isComplete,
  })
  if (end.endOffset < 0) return within(log.highWatermark, true)
  if (end.epoch < 0) return within(end.endOffset, true)
  const own = log.endOffsetForEpoch(end.epoch)
  if (own === undefined) return within(end.endOffset, true)
  if (own.epoch !== end.epoch) return within(own.endOffset, false)
  return within(Math.min(own.endOffset, end.endOffset), true)
}
