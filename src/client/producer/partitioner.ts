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
  /** Batches that wait in a partition. */
  readonly queueLength: (partition: number) => number
  /** Whether the record fits into the last batch of a partition. */
  readonly fits: (partition: number) => boolean
  /** Whether a broker keeps up with what is ready for it. */
  readonly isAvailable: (brokerId: number) => boolean
}

export interface Partitioner {
  choose(choice: PartitionChoice): number
  /** The record went where it was chosen to go, and takes so many bytes there. */
  appended?(choice: PartitionChoice, sizeBytes: number): void
}

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
  return {
    choose: choice =>
      choice.key === null || ignoresKeys
        ? sticky.choose(choice)
        : partitionForKey(choice.key, choice.topic.partitions.length),
    appended: (choice, sizeBytes) => {
      if (choice.key === null || ignoresKeys) sticky.appended(choice, sizeBytes)
    },
  }
}

interface StickyOptions {
  readonly batchBytes: number
  /** Prefer partitions with short queues, and leave out brokers that do not keep up. */
  readonly isAdaptive: boolean
  readonly random: Random
}

interface Place {
  readonly partition: number
  filledBytes: number
}

/**
 * A partition is left when a batch's worth of bytes went there and the record would begin another: at
 * twice as much in any case. So no partition is left with a small batch behind (KAFKA-14156).
 */
export function stickyPartitioner(options: StickyOptions): Required<Partitioner> {
  const { batchBytes } = options
  const places = new Map<string, Place>()
  const isDone = ({ partition, filledBytes }: Place, choice: PartitionChoice): boolean => {
    if (!hasLeader(choice.topic.partitions[partition])) return true
    if (filledBytes < batchBytes) return false
    return filledBytes >= 2 * batchBytes || !choice.fits(partition)
  }
  return {
    choose: choice => {
      let place = places.get(choice.topic.name)
      if (place === undefined || isDone(place, choice)) {
        place = { partition: pick(choice, options), filledBytes: 0 }
        places.set(choice.topic.name, place)
      }
      return place.partition
    },
    appended: ({ topic }, sizeBytes) => {
      const place = places.get(topic.name)
      if (place !== undefined) place.filledBytes += sizeBytes
    },
  }
}

/** At random; adaptively, a partition the likelier the shorter its queue. */
function pick(choice: PartitionChoice, { isAdaptive, random }: StickyOptions): number {
  const led = candidatesIn(choice.topic)
  const paced = isAdaptive ? led.filter(({ leaderId }) => choice.isAvailable(leaderId)) : led
  const candidates = paced.length > 0 ? paced : led
  const lengths = candidates.map(({ partition }) =>
    isAdaptive ? choice.queueLength(partition) : 0,
  )
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
  return {
    choose: ({ topic }) => {
      const turn = next.get(topic.name) ?? random.below(topic.partitions.length)
      next.set(topic.name, turn + 1)
      const candidates = candidatesIn(topic)
      return candidates[turn % candidates.length]?.partition ?? 0
    },
  }
}

/** Partitions with a leader; all of them where none has one. */
function candidatesIn({ partitions }: TopicView): readonly PartitionView[] {
  const available = partitions.filter(hasLeader)
  return available.length > 0 ? available : partitions
}

function hasLeader(partition: PartitionView | undefined): boolean {
  return partition !== undefined && partition.leaderId >= 0
}
