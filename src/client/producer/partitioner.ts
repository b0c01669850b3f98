/**
 * Which partition a record without one goes to. With a key, its hash decides, the same in every
 * client; without, a batch is filled before the next partition is chosen (KIP-480), preferring brokers
 * that keep up (KIP-794). Mirrors BuiltInPartitioner and RoundRobinPartitioner.
 */
import { ConfigError, type ProducerConfig } from '../../config/index.ts'
import { murmur2 } from '../../bytes/index.ts'
import type { Random } from '../../host/index.ts'
import type { PartitionView, TopicView } from '../connection/cluster-view.ts'

/** As DefaultPartitioner has it since 0.8.2: clients in all languages agree. */
export function partitionForKey(key: Buffer, partitionCount: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitionCount
}

export interface PartitionChoice {
  readonly topic: TopicView
  readonly key: Buffer | null
  /** Of the record. */
  readonly sizeBytes: number
  /** Batches that wait in a partition. */
  readonly queueLength: (partition: number) => number
}

export type Partitioner = (choice: PartitionChoice) => number

const roundRobin = 'org.apache.kafka.clients.producer.RoundRobinPartitioner'
/** Classes of Kafka before 3.3 that the built-in partitioner replaces. */
const replaced = new Set([
  'org.apache.kafka.clients.producer.internals.DefaultPartitioner',
  'org.apache.kafka.clients.producer.UniformStickyPartitioner',
])

/** @throws ConfigError for a class that is not known by name */
export function partitionerOf(config: ProducerConfig, random: Random): Partitioner {
  const name = config.get('partitioner.class')
  if (name === roundRobin) return roundRobinPartitioner(random)
  if (name !== null && name !== '' && !replaced.has(name)) {
    throw new ConfigError(
      `Invalid value ${name} for configuration partitioner.class: Class ${name} could not be found.`,
      { property: 'partitioner.class', value: name },
    )
  }
  const ignoresKeys =
    config.get('partitioner.ignore.keys') || name?.endsWith('UniformStickyPartitioner') === true
  const sticky = stickyPartitioner({
    batchBytes: Math.max(config.get('batch.size'), 1),
    isAdaptive: config.get('partitioner.adaptive.partitioning.enable'),
    random,
  })
  return choice =>
    choice.key === null || ignoresKeys
      ? sticky(choice)
      : partitionForKey(choice.key, choice.topic.partitions.length)
}

interface StickyOptions {
  readonly batchBytes: number
  /** Prefer partitions with short queues. */
  readonly isAdaptive: boolean
  readonly random: Random
}

export function stickyPartitioner({ batchBytes, isAdaptive, random }: StickyOptions): Partitioner {
  const places = new Map<string, { partition: number; filledBytes: number }>()
  return ({ topic, sizeBytes, queueLength }) => {
    let place = places.get(topic.name)
    const isGone = place !== undefined && !isAvailable(topic.partitions[place.partition])
    if (place === undefined || isGone || place.filledBytes >= batchBytes) {
      const queue = isAdaptive ? queueLength : noQueue
      place = { partition: choose(topic, queue, random), filledBytes: 0 }
      places.set(topic.name, place)
    }
    place.filledBytes += sizeBytes
    return place.partition
  }
}

const noQueue = (): number => 0

/** At random, a partition the likelier the shorter its queue. */
function choose(
  topic: TopicView,
  queueLength: (partition: number) => number,
  random: Random,
): number {
  const candidates = candidatesIn(topic)
  const lengths = candidates.map(({ partition }) => queueLength(partition))
  const longest = Math.max(...lengths)
  const weights = lengths.map(length => longest + 1 - length)
  let ticket = random.below(weights.reduce((sum, weight) => sum + weight, 0))
  for (const [index, weight] of weights.entries()) {
    ticket -= weight
    if (ticket < 0) return candidates[index]?.partition ?? 0
  }
  return 0
}

function roundRobinPartitioner(random: Random): Partitioner {
  const next = new Map<string, number>()
  return ({ topic }) => {
    const turn = next.get(topic.name) ?? random.below(topic.partitions.length)
    next.set(topic.name, turn + 1)
    const candidates = candidatesIn(topic)
    return candidates[turn % candidates.length]?.partition ?? 0
  }
}

/** Partitions with a leader; all of them where none has one. */
function candidatesIn({ partitions }: TopicView): readonly PartitionView[] {
  const available = partitions.filter(isAvailable)
  return available.length > 0 ? available : partitions
}

function isAvailable(partition: PartitionView | undefined): boolean {
  return partition !== undefined && partition.leaderId >= 0
}
