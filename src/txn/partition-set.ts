/** Partitions by topic; a value, so that a transaction that changes makes a new one. */

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export type PartitionSet = ReadonlyMap<string, ReadonlySet<number>>

export const noPartitions: PartitionSet = new Map()

export function hasPartition(set: PartitionSet, { topic, partition }: TopicPartition): boolean {
  return set.get(topic)?.has(partition) === true
}

/** @returns `set` itself where all are in it */
export function withPartitions(set: PartitionSet, added: readonly TopicPartition[]): PartitionSet {
  if (added.every(each => hasPartition(set, each))) return set
  const larger = new Map<string, Set<number>>()
  for (const [topic, partitions] of set) larger.set(topic, new Set(partitions))
  for (const { topic, partition } of added) {
    const partitions = larger.get(topic)
    if (partitions === undefined) larger.set(topic, new Set([partition]))
    else partitions.add(partition)
  }
  return larger
}

export function withoutPartitions(
  set: PartitionSet,
  removed: readonly TopicPartition[],
): PartitionSet {
  const smaller = new Map<string, Set<number>>()
  for (const [topic, partitions] of set) smaller.set(topic, new Set(partitions))
  for (const { topic, partition } of removed) {
    const partitions = smaller.get(topic)
    if (partitions?.delete(partition) === true && partitions.size === 0) smaller.delete(topic)
  }
  return smaller
}

export function partitionsIn(set: PartitionSet): TopicPartition[] {
  return [...set].flatMap(([topic, partitions]) =>
    [...partitions].map(partition => ({ topic, partition })),
  )
}
