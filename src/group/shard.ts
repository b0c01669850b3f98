/**
 * The groups of one partition of `__consumer_offsets`: the state of the machine. Only `apply`
 * writes it.
 */
import { GROUP_METADATA_TOPIC } from '../metadata/index.ts'
import { emptyMembership, type Membership } from './membership.ts'
import type { CommittedOffset, GroupMetadata } from './records.ts'
import type { GroupSettings } from './settings.ts'

/** Values by topic and partition. */
export type ByPartition<Value> = Map<string, Map<number, Value>>

export interface Group {
  readonly groupId: string
  membership: Membership
  /** The last metadata record, durable; undefined when there is none, or its tombstone. */
  stored: GroupMetadata | undefined
  /** Durable offsets, and where in the log the batch of each stands. */
  readonly offsets: ByPartition<StoredOffset>
  /** Commits on their way to the log, counted by partition. */
  readonly commitsInFlight: ByPartition<number>
  /** Of those, how many belong to transactions: no tombstone undoes them. */
  transactionalInFlight: number
  /** Offsets written in transactions whose end is not known, by producer id. */
  readonly openTransactions: Map<number, ByPartition<StoredOffset>>
}

export interface StoredOffset extends CommittedOffset {
  /** Where in the log its record stands: of two commits the later one counts, even if its transaction ends earlier. */
  readonly logOffset: number
}

export interface GroupShard {
  readonly settings: GroupSettings
  /** `__consumer_offsets-N`, for log lines. */
  readonly name: string
  readonly groups: Map<string, Group>
  /** Groups with offsets in the open transaction of a producer id: so that its end need not look for them. */
  readonly groupsByProducer: Map<number, Set<string>>
}

export function createShard(settings: GroupSettings, partition = 0): GroupShard {
  return {
    settings,
    name: `${GROUP_METADATA_TOPIC}-${partition}`,
    groups: new Map(),
    groupsByProducer: new Map(),
  }
}

export function createGroup(groupId: string, membership: Membership = emptyMembership(-1)): Group {
  return {
    groupId,
    membership,
    stored: undefined,
    offsets: new Map(),
    commitsInFlight: new Map(),
    transactionalInFlight: 0,
    openTransactions: new Map(),
  }
}

export function getAt<Value>(
  map: ByPartition<Value>,
  topic: string,
  partition: number,
): Value | undefined {
  return map.get(topic)?.get(partition)
}

export function setAt<Value>(
  map: ByPartition<Value>,
  topic: string,
  partition: number,
  value: Value,
): void {
  const partitions = map.get(topic)
  if (partitions === undefined) map.set(topic, new Map([[partition, value]]))
  else partitions.set(partition, value)
}

export function deleteAt(map: ByPartition<unknown>, topic: string, partition: number): void {
  const partitions = map.get(topic)
  if (partitions?.delete(partition) === true && partitions.size === 0) map.delete(topic)
}

export function* entriesOf<Value>(
  map: ByPartition<Value>,
): Generator<{ topic: string; partition: number; value: Value }> {
  for (const [topic, partitions] of map) {
    for (const [partition, value] of partitions) yield { topic, partition, value }
  }
}

/** How many offsets of these partitions groups have committed. */
export function countOffsets(
  { groups }: GroupShard,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): number {
  let count = 0
  for (const { offsets } of groups.values()) {
    for (const { topic, partition } of partitions) {
      if (getAt(offsets, topic, partition) !== undefined) count += 1
    }
  }
  return count
}

/** Whether anything of the group's offsets must be kept or waited for. */
export function hasOffsets(group: Group): boolean {
  return group.offsets.size > 0 || group.commitsInFlight.size > 0 || group.openTransactions.size > 0
}
