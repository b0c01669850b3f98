/** What assignors of partitions have in common. Mirrors ConsumerPartitionAssignor. */
import type { TopicPartition } from '../topic-partition.ts'

export interface Subscriber {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly topics: readonly string[]
  /** What it did not give up before it joined (KIP-429). */
  readonly ownedPartitions?: readonly TopicPartition[]
  /** In which it had that; -1: not known (KIP-792). */
  readonly generationId?: number
  /** As its assignor has written it. */
  readonly userData?: Buffer | null
}

/** The last assignment of a member. */
export interface Memory {
  readonly partitions: readonly TopicPartition[]
  /** -1: there was none. */
  readonly generationId: number
}

/** Partitions by member id; every member has an entry. */
export type Assignment = Map<string, TopicPartition[]>

export interface Assignor {
  /** As members propose it to each other. */
  readonly name: string
  /** Whether its members keep what they have while they join, and give up only what it takes (KIP-429). */
  readonly isCooperative?: boolean
  /** What a member tells the leader about itself; left out: nothing. */
  readonly userData?: (memory: Memory) => Buffer | null
  readonly assign: (
    subscribers: readonly Subscriber[],
    partitionCounts: ReadonlyMap<string, number>,
  ) => Assignment
}

/** Static members first, by the name that they keep through restarts (KIP-345). */
export function compareMembers(left: Subscriber, right: Subscriber): number {
  if (left.groupInstanceId !== null && right.groupInstanceId !== null) {
    return compareText(left.groupInstanceId, right.groupInstanceId)
  }
  if (left.groupInstanceId !== null) return -1
  if (right.groupInstanceId !== null) return 1
  return compareText(left.memberId, right.memberId)
}

/** As Java orders strings: by UTF-16 units, not by language. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
