/** Which replica a consumer should read from (KIP-392). */

export interface ReadableReplica {
  readonly brokerId: number
  readonly rack: string | null
  readonly logEndOffset: number
  /** How long ago it had all that the leader had; 0 for the leader. */
  readonly behindMs: number
  readonly isLeader: boolean
}

/**
 * As Kafka's RackAwareReplicaSelector: a replica in the reader's rack, the leader if it stands there, else
 * the one that has most; the leader where no replica stands in that rack or the reader names none.
 *
 * @returns `undefined` for the leader
 */
export function rackAwareReplica(
  rackId: string,
  replicas: Iterable<ReadableReplica>,
): number | undefined {
  if (rackId === '') return undefined
  let best: ReadableReplica | undefined
  for (const replica of replicas) {
    if (replica.rack !== rackId) continue
    if (replica.isLeader) return undefined
    if (best === undefined || isBetter(replica, best)) best = replica
  }
  return best?.brokerId
}

function isBetter(one: ReadableReplica, other: ReadableReplica): boolean {
  if (one.logEndOffset !== other.logEndOffset) return one.logEndOffset > other.logEndOffset
  if (one.behindMs !== other.behindMs) return one.behindMs < other.behindMs
  return one.brokerId > other.brokerId
}
