/** How topics and partitions are described: the same lines for both ways of asking. */
import type { TopicOptions } from './topic-options.ts'

export interface DescribedTopic {
  readonly name: string
  /** `null`: not known, as in ZooKeeper's days. */
  readonly topicId: string | null
  /** By partition number. */
  readonly partitions: readonly DescribedPartition[]
  /** What differs from the defaults of Kafka. */
  readonly overrides: ReadonlyMap<string, string>
  /** For --under-min-isr-partitions and --at-min-isr-partitions. */
  readonly minInsyncReplicas: number
  readonly isMarkedForDeletion: boolean
}

export interface DescribedPartition {
  readonly partition: number
  /** `null`: none. */
  readonly leader: number | null
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  /** Absent when nothing is being moved. */
  readonly reassignment?: {
    readonly addingReplicas: readonly number[]
    readonly removingReplicas: readonly number[]
  }
}

/** The lines about a topic that the options ask for. */
export function describeTopic(
  topic: DescribedTopic,
  given: TopicOptions,
  liveBrokers: ReadonlySet<number>,
): string {
  const selection = selectionOf(given)
  let text = ''
  const isWanted = !given.has('topics-with-overrides') || topic.overrides.size > 0
  if (selection.length === 0 && isWanted) text += topicLine(topic)
  if (given.has('topics-with-overrides')) return text
  for (const partition of topic.partitions) {
    const isSelected =
      selection.length === 0 || selection.some(test => test(partition, topic, liveBrokers))
    if (isSelected) text += partitionLine(topic, partition)
  }
  return text
}

type Test = (
  partition: DescribedPartition,
  topic: DescribedTopic,
  liveBrokers: ReadonlySet<number>,
) => boolean

const tests = {
  'under-replicated-partitions': partition => replicationFactor(partition) > partition.isr.length,
  'unavailable-partitions': ({ leader }, _topic, liveBrokers) =>
    leader === null || !liveBrokers.has(leader),
  'under-min-isr-partitions': ({ leader, isr }, { minInsyncReplicas }) =>
    leader === null || isr.length < minInsyncReplicas,
  'at-min-isr-partitions': ({ isr }, { minInsyncReplicas }) => isr.length === minInsyncReplicas,
} satisfies Record<string, Test>

function selectionOf(given: TopicOptions): Test[] {
  const names = Object.keys(tests) as (keyof typeof tests)[]
  return names.filter(name => given.has(name)).map(name => tests[name])
}

/** Replicas that are only being added do not count. */
function replicationFactor({ replicas, reassignment }: DescribedPartition): number {
  return replicas.length - (reassignment?.addingReplicas.length ?? 0)
}

function topicLine(topic: DescribedTopic): string {
  const [first] = topic.partitions
  const configs = Array.from(topic.overrides, ([name, value]) => `${name}=${value}`)
    .toSorted()
    .join(',')
  return line([
    `Topic: ${topic.name}`,
    ...(topic.topicId === null ? [] : [`TopicId: ${topic.topicId}`]),
    `PartitionCount: ${topic.partitions.length}`,
    `ReplicationFactor: ${first === undefined ? 0 : replicationFactor(first)}`,
    `Configs: ${configs}`,
    ...deletionMark(topic),
  ])
}

function partitionLine(topic: DescribedTopic, partition: DescribedPartition): string {
  const { leader, replicas, isr, reassignment } = partition
  return line([
    '',
    `Topic: ${topic.name}`,
    `Partition: ${partition.partition}`,
    `Leader: ${leader ?? 'none'}`,
    `Replicas: ${replicas.join(',')}`,
    `Isr: ${isr.join(',')}`,
    ...(reassignment === undefined
      ? []
      : [
          `Adding Replicas: ${reassignment.addingReplicas.join(',')}`,
          `Removing Replicas: ${reassignment.removingReplicas.join(',')}`,
        ]),
    ...deletionMark(topic),
  ])
}

function deletionMark({ isMarkedForDeletion }: DescribedTopic): string[] {
  return isMarkedForDeletion ? ['MarkedForDeletion: true'] : []
}

const line = (fields: readonly string[]) => `${fields.join('\t')}\n`
