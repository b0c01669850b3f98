/** Reads committed offsets for OffsetFetch, in whatever phase the group is: who only stores offsets has no phase. */
import { ErrorCode } from '../protocol/index.ts'
import { getAt, type Group, type GroupShard } from './shard.ts'

export interface FetchOffsets {
  readonly groupId: string
  /** Null: all that the group has committed. */
  readonly topics:
    readonly { readonly topic: string; readonly partitions: readonly number[] }[] | null
  /** An offset that is being written is not given out; the caller asks again (KIP-447). */
  readonly requireStable: boolean
}

export interface FetchedTopic {
  readonly topic: string
  readonly partitions: readonly FetchedOffset[]
}

export interface FetchedOffset {
  readonly partition: number
  /** -1: nothing committed. */
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string
  readonly errorCode: ErrorCode
}

export function fetchOffsets(
  shard: GroupShard,
  { groupId, topics, requireStable }: FetchOffsets,
): FetchedTopic[] {
  const group = shard.groups.get(groupId)
  const known = group?.membership.phase === 'Dead' ? undefined : group
  const wanted = topics ?? (known === undefined ? [] : allOf(known))
  return wanted.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(partition => fetchOne(known, topic, partition, requireStable)),
  }))
}

function allOf({ offsets }: Group): { topic: string; partitions: number[] }[] {
  return [...offsets].map(([topic, partitions]) => ({ topic, partitions: [...partitions.keys()] }))
}

function fetchOne(
  group: Group | undefined,
  topic: string,
  partition: number,
  requireStable: boolean,
): FetchedOffset {
  const absent = { partition, offset: -1n, leaderEpoch: -1, metadata: '' }
  if (group === undefined) return { ...absent, errorCode: ErrorCode.NONE }
  if (requireStable && isUnstable(group, topic, partition)) {
    return { ...absent, errorCode: ErrorCode.UNSTABLE_OFFSET_COMMIT }
  }
  const stored = getAt(group.offsets, topic, partition)
  if (stored === undefined) return { ...absent, errorCode: ErrorCode.NONE }
  const { offset, leaderEpoch, metadata } = stored
  return { partition, offset, leaderEpoch, metadata, errorCode: ErrorCode.NONE }
}

function isUnstable(group: Group, topic: string, partition: number): boolean {
  if (getAt(group.commitsInFlight, topic, partition) !== undefined) return true
  for (const open of group.openTransactions.values()) {
    if (getAt(open, topic, partition) !== undefined) return true
  }
  return false
}
