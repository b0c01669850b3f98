/** What is committed: pure rules on offsets (KIP-101; "Committed messages" of the design document). */

/** A replica other than the leader, as the leader sees it when it looks for what is committed. */
export interface ReplicaProgress {
  readonly brokerId: number
  /** -1 while it has not fetched from this leader. */
  readonly logEndOffset: number
  /** It keeps up and may join the ISR: what it lacks would hold the high watermark back at once if it joined. */
  readonly isJoining: boolean
}

/**
 * The high watermark after progress: the least log end of the leader, of all replicas that are or may be in
 * sync, and of those about to join. Never goes back: who joins the ISR has reached it already. It stays
 * where it is while there are fewer in-sync replicas than `min.insync.replicas`, so that nothing becomes
 * visible that too few have.
 */
export function nextHighWatermark(options: {
  readonly current: number
  readonly leaderEndOffset: number
  readonly followers: Iterable<ReplicaProgress>
  /** The ISR, and while a change is proposed all that either outcome would have. */
  readonly maximalIsr: readonly number[]
  readonly isUnderMinIsr: boolean
}): number {
  if (options.isUnderMinIsr) return options.current
  let least = options.leaderEndOffset
  for (const { brokerId, logEndOffset, isJoining } of options.followers) {
    if (isJoining || options.maximalIsr.includes(brokerId)) least = Math.min(least, logEndOffset)
  }
  return Math.max(options.current, least)
}

/**
 * How many replicas have to be in sync for acks=all: `min.insync.replicas`, but no more than there are.
 */
export function effectiveMinIsr(minInSyncReplicas: number, replicaCount: number): number {
  return Math.min(minInSyncReplicas, Math.max(1, replicaCount))
}

/** Whether acks=all may be answered with success (min.insync.replicas holds at append and at the answer). */
export function hasEnoughReplicas(isr: readonly number[], minInSyncReplicas: number): boolean {
  return isr.length >= minInSyncReplicas
}
