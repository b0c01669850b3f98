/** How far a follower has come, as its leader knows it from the follower's fetches (Kafka's ReplicaState). */

export interface FollowerProgress {
  readonly brokerId: number
  /** -1 until it has fetched from this leader. */
  readonly logEndOffset: number
  readonly logStartOffset: number
  /** Where the leader's log ended at the follower's last fetch, and when that was. */
  readonly lastFetchLeaderEndOffset: number
  readonly lastFetchMs: number
  /** The latest moment, monotonic, at which it had all that the leader had. */
  readonly lastCaughtUpMs: number
  /** Of its registration; -1 when it does not say (before Fetch v15, KIP-903). */
  readonly brokerEpoch: number
}

const NEVER = -Infinity

/** A follower of whom nothing is known: an in-sync one is given time to show itself. */
export function unseenFollower(
  brokerId: number,
  { isInSync, nowMs }: { isInSync: boolean; nowMs: number },
): FollowerProgress {
  return {
    brokerId,
    logEndOffset: -1,
    logStartOffset: -1,
    lastFetchLeaderEndOffset: -1,
    lastFetchMs: NEVER,
    lastCaughtUpMs: isInSync ? nowMs : NEVER,
    brokerEpoch: -1,
  }
}

/** The same leader goes on in a new epoch. */
export function inNewEpoch(
  known: FollowerProgress,
  options: { isInSync: boolean; leaderEndOffset: number; nowMs: number },
): FollowerProgress {
  return {
    ...known,
    lastFetchLeaderEndOffset: options.leaderEndOffset,
    lastFetchMs: options.isInSync ? options.nowMs : NEVER,
    lastCaughtUpMs: options.isInSync ? options.nowMs : NEVER,
  }
}

/** What a fetch tells of the follower that sent it. */
export interface FollowerFetch {
  readonly fetchOffset: number
  readonly logStartOffset: number
  readonly brokerEpoch: number
}

/** A fetch that an earlier life of the follower's broker sent must not count (KIP-903). */
export function isStaleFetch(known: FollowerProgress, fetch: FollowerFetch): boolean {
  return fetch.brokerEpoch >= 0 && fetch.brokerEpoch < known.brokerEpoch
}

/**
 * A follower that reads from where the leader ends now has caught up now; one that reads from where the
 * leader ended when it last asked had caught up then: a leader that is written to all the time is never
 * reached exactly.
 */
export function afterFetch(
  known: FollowerProgress,
  fetch: FollowerFetch,
  { leaderEndOffset, nowMs }: { leaderEndOffset: number; nowMs: number },
): FollowerProgress {
  let lastCaughtUpMs = known.lastCaughtUpMs
  if (fetch.fetchOffset >= leaderEndOffset) lastCaughtUpMs = Math.max(lastCaughtUpMs, nowMs)
  else if (fetch.fetchOffset >= known.lastFetchLeaderEndOffset) {
    lastCaughtUpMs = Math.max(lastCaughtUpMs, known.lastFetchMs)
  }
  return {
    brokerId: known.brokerId,
    logEndOffset: fetch.fetchOffset,
    logStartOffset: fetch.logStartOffset,
    lastFetchLeaderEndOffset: Math.max(leaderEndOffset, known.lastFetchLeaderEndOffset),
    lastFetchMs: nowMs,
    lastCaughtUpMs,
    brokerEpoch: fetch.brokerEpoch,
  }
}

export function isCaughtUp(
  { logEndOffset, lastCaughtUpMs }: FollowerProgress,
  options: { leaderEndOffset: number; nowMs: number; lagTimeMaxMs: number },
): boolean {
  return (
    logEndOffset === options.leaderEndOffset ||
    options.nowMs - lastCaughtUpMs <= options.lagTimeMaxMs
  )
}
