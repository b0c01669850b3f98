/** Names of partitions, and maps by them. */

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** As in `orders-0`, which is how Kafka writes it; unique, because the partition is a number. */
export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/** As in `[orders-0, orders-1]`. */
export function namesOf(partitions: Iterable<TopicPartition>): string {
  return `[${Array.from(partitions, nameOf).join(', ')}]`
}

/** Topics in the order of their first partition, each with what belongs to it. */
export function byTopic<T extends TopicPartition>(items: Iterable<T>): Map<string, T[]> {
  return groupBy(items, item => item.topic)
}

export function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}

/** By topic, then by partition. */
export function comparePartitions(left: TopicPartition, right: TopicPartition): number {
  if (left.topic !== right.topic) return left.topic < right.topic ? -1 : 1
  return left.partition - right.partition
}
