/**
 * What a topic to be created will look like, or why it cannot be: pure decisions of CreateTopics (19)
 * and CreatePartitions (37), with the sentences that Kafka's tools print. Mirrors ZkAdminManager and AdminZkClient.
 */
import {
  ConfigError,
  validateTopicOverrides,
  type BrokerConfig,
  type TopicConfig,
} from '../config/index.ts'
import type { Random } from '../host/index.ts'
import {
  assignReplicas,
  collides,
  topicNameProblem,
  type Broker,
  type ClusterImage,
  type TopicImage,
} from '../metadata/index.ts'
import { ErrorCode } from '../protocol/index.ts'

/** More would not fit into the topic's znode of 1 MB. */
const MAX_PARTITIONS = 50_000
const DEFAULT = -1

export interface TopicWish {
  readonly name: string
  readonly partitionCount: number
  readonly replicationFactor: number
  readonly assignments: readonly { partition: number; replicas: readonly number[] }[]
  readonly configs: readonly { name: string; value: string | null }[]
}

export interface TopicPlan {
  readonly replicas: ReadonlyMap<number, readonly number[]>
  readonly overrides: ReadonlyMap<string, string>
  readonly config: TopicConfig
}

export interface Refusal {
  readonly errorCode: ErrorCode
  readonly message: string
}

export function isRefusal(result: object): result is Refusal {
  return 'errorCode' in result
}

const refuse = (errorCode: ErrorCode, message: string): Refusal => ({ errorCode, message })

interface Surroundings {
  readonly image: ClusterImage
  readonly config: BrokerConfig
  readonly random: Random
}

/** Decides on one topic; `overrides` and `replicas` are what is to be written. */
export function planTopic(
  wish: TopicWish,
  { image, config, random }: Surroundings,
): TopicPlan | Refusal {
  if (image.topics.has(wish.name)) {
    return refuse(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${wish.name}' already exists.`)
  }
  const nullValue = wish.configs.filter(({ value }) => value === null).map(({ name }) => name)
  if (nullValue.length > 0) {
    const names = nullValue.join(',')
    return refuse(ErrorCode.INVALID_CONFIG, `Null value not supported for topic configs: ${names}`)
  }
  const nameProblem = nameRefusal(wish.name, image)
  if (nameProblem !== undefined) return nameProblem
  const replicas = planReplicas(wish, { image, config, random })
  if (isRefusal(replicas)) return replicas
  const overrides = new Map(wish.configs.map(({ name, value }) => [name, value ?? '']))
  try {
    return { replicas, overrides, config: validateTopicOverrides(config.topicDefaults, overrides) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return refuse(ErrorCode.INVALID_CONFIG, error.message)
  }
}

function nameRefusal(name: string, image: ClusterImage): Refusal | undefined {
  const problem = topicNameProblem(name)
  if (problem !== undefined) {
    return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: ${problem}`)
  }
  if (!name.includes('.') && !name.includes('_')) return undefined
  const colliding = [...image.topics.keys()].filter(other => collides(name, other))
  if (colliding.length === 0) return undefined
  const topics = colliding.join(', ')
  return refuse(
    ErrorCode.INVALID_TOPIC_EXCEPTION,
    `Topic '${name}' collides with existing topics: ${topics}`,
  )
}

function planReplicas(
  wish: TopicWish,
  { image, config, random }: Surroundings,
): ReadonlyMap<number, readonly number[]> | Refusal {
  if (wish.assignments.length > 0) {
    if (wish.partitionCount !== DEFAULT || wish.replicationFactor !== DEFAULT) {
      return refuse(
        ErrorCode.INVALID_REQUEST,
        'Both numPartitions or replicationFactor and replicasAssignments were set. Both cannot be used at the same time.',
      )
    }
    return checkAssignment(
      new Map(wish.assignments.map(({ partition, replicas }) => [partition, replicas])),
      { firstPartition: 0, image },
    )
  }
  const partitionCount =
    wish.partitionCount === DEFAULT ? config.get('num.partitions') : wish.partitionCount
  const replicationFactor =
    wish.replicationFactor === DEFAULT
      ? config.get('default.replication.factor')
      : wish.replicationFactor
  const brokers = [...image.brokers.values()]
  return (
    refuseCounts(partitionCount, replicationFactor, brokers.length) ??
    assignReplicas({
      brokers,
      firstPartition: 0,
      partitionCount,
      replicationFactor,
      start: random.below(brokers.length),
      shift: random.below(brokers.length),
    })
  )
}

function refuseCounts(
  partitions: number,
  replicationFactor: number,
  brokerCount: number,
): Refusal | undefined {
  if (partitions <= 0) {
    return refuse(ErrorCode.INVALID_PARTITIONS, 'Number of partitions must be larger than 0.')
  }
  if (partitions > MAX_PARTITIONS) {
    return refuse(
      ErrorCode.INVALID_PARTITIONS,
      `Number of partitions must be at most ${MAX_PARTITIONS}, got ${partitions}.`,
    )
  }
  if (replicationFactor <= 0) {
    return refuse(ErrorCode.INVALID_REPLICATION_FACTOR, 'Replication factor must be larger than 0.')
  }
  if (replicationFactor > brokerCount) {
    return refuse(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      `Replication factor: ${replicationFactor} larger than available brokers: ${brokerCount}.`,
    )
  }
  return undefined
}

/** Replica lists as a client wrote them down, from `firstPartition` on. */
function checkAssignment(
  replicas: ReadonlyMap<number, readonly number[]>,
  { firstPartition, image }: { firstPartition: number; image: ClusterImage },
): ReadonlyMap<number, readonly number[]> | Refusal {
  const invalid = (message: string): Refusal =>
    refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message)
  const lists = [...replicas.values()]
  if (replicas.size > MAX_PARTITIONS) {
    return invalid(`at most ${MAX_PARTITIONS} partitions can be assigned, got ${replicas.size}`)
  }
  for (let partition = firstPartition; partition < firstPartition + replicas.size; partition += 1) {
    if (!replicas.has(partition)) {
      return invalid('partitions should be a consecutive 0-based integer sequence')
    }
  }
  for (const list of lists) {
    if (list.length === 0) return invalid('Cannot have replication factor of 0 for partition id')
    if (new Set(list).size !== list.length) {
      return invalid(`Duplicate brokers not allowed in replica assignment: ${list.join(', ')}`)
    }
    const unknown = list.filter(id => !image.brokers.has(id))
    if (unknown.length > 0)
      return invalid(`Unknown broker(s) in replica assignment: ${unknown.join(', ')}`)
  }
  if (new Set(lists.map(list => list.length)).size > 1) {
    return invalid('All partitions should have the same number of replicas')
  }
  return replicas
}

export interface ExpansionWish {
  readonly name: string
  readonly count: number
  /** Replicas of the partitions to be added, or `null` to have them spread. */
  readonly assignments: readonly (readonly number[])[] | null
}

/** Decides on more partitions for a topic. @returns replica lists of the new ones by number */
export function planExpansion(
  topic: TopicImage,
  wish: ExpansionWish,
  image: ClusterImage,
): ReadonlyMap<number, readonly number[]> | Refusal {
  const before = topic.partitions.length
  const added = wish.count - before
  const invalid = (message: string): Refusal => refuse(ErrorCode.INVALID_PARTITIONS, message)
  if (added < 0) {
    return invalid(
      `Topic currently has ${before} partitions, which is higher than the requested ${wish.count}.`,
    )
  }
  if (added === 0) return invalid(`Topic already has ${before} partitions.`)
  if (wish.count > MAX_PARTITIONS) {
    return invalid(`Number of partitions must be at most ${MAX_PARTITIONS}, got ${wish.count}.`)
  }
  const first = topic.partitions[0]?.replicas ?? []
  if (wish.assignments === null) return spread(image, { before, added, first })
  if (wish.assignments.length !== added) {
    return refuse(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      `Increasing the number of partitions by ${added} but ${wish.assignments.length} assignments provided.`,
    )
  }
  const lists = new Map(wish.assignments.map((list, nth) => [before + nth, list]))
  const inconsistent = wish.assignments.find(list => list.length !== first.length)
  if (inconsistent !== undefined) {
    return refuse(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      `Inconsistent replication factor between partitions, partition 0 has ${first.length} while new ones have ${inconsistent.length}.`,
    )
  }
  return checkAssignment(lists, { firstPartition: before, image })
}

/** New partitions go on where partition 0 began, so that leaders stay spread. */
function spread(
  image: ClusterImage,
  { before, added, first }: { before: number; added: number; first: readonly number[] },
): ReadonlyMap<number, readonly number[]> {
  const brokers: Broker[] = [...image.brokers.values()].sort((a, b) => a.id - b.id)
  const start = Math.max(
    0,
    brokers.findIndex(({ id }) => id >= (first[0] ?? 0)),
  )
  return assignReplicas({
    brokers,
    firstPartition: before,
    partitionCount: added,
    replicationFactor: Math.min(first.length, brokers.length),
    start,
    shift: start,
  })
}
