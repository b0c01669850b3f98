/** What is committed: pure rules on offsets (KIP-101; "Committed messages" of the design document). */

/** An in-sync or catching-up replica as its leader sees it. */
export interface ReplicaProgress {
  readonly brokerId: number
  readonly logEndOffset: number
}

/**
 * The high watermark after progress: the least log end of all in-sync replicas, the leader's own
 * included. Never goes back: a replica that joins the ISR has reached it already.
 */
export function nextHighWatermark(options: {
  readonly current: number
  readonly leaderEndOffset: number
  readonly followers: readonly ReplicaProgress[]
  readonly isr: readonly number[]
}): number {
  let least = options.leaderEndOffset
  for (const follower of options.followers) {
    if (options.isr.includes(follower.brokerId)) least = Math.min(least, follower.logEndOffset)
  }
  return Math.max(options.current, least)
}

/** Whether acks=all may be answered with success (min.insync.replicas holds at append and at the answer). */
export function hasEnoughReplicas(isr: readonly number[], minInSyncReplicas: number): boolean {
  return isr.length >= minInSyncReplicas
}
