/** What members of a group tell each other through the coordinator. Mirrors ConsumerProtocol. */
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  decodeVersioned,
  encodeVersioned,
  type JoinGroupResponse,
} from '../../protocol/index.ts'
import { KafkaError } from '../errors.ts'
import { byTopic, comparePartitions, type TopicPartition } from '../topic-partition.ts'
import { compareText, type Assignor, type Subscriber } from './assignor.ts'

/** Older readers take what they know of it. */
const SUBSCRIPTION_VERSION = 3
const ASSIGNMENT_VERSION = 3

export interface OwnSubscription {
  readonly topics: readonly string[]
  /** As the assignor that it is for has written it. */
  readonly userData: Buffer | null
  /** What this member has not given up (KIP-429). */
  readonly ownedPartitions: readonly TopicPartition[]
  /** In which it had that; -1: none (KIP-792). */
  readonly generationId: number
  /** Empty: not known. */
  readonly rackId: string
}

/** Topics and partitions in order: what has not changed has the same bytes. */
export function encodeSubscription(own: OwnSubscription): Buffer {
  return encodeVersioned(ConsumerProtocolSubscription, SUBSCRIPTION_VERSION, {
    topics: [...own.topics].sort(compareText),
    userData: own.userData,
    ownedPartitions: topicsOf([...own.ownedPartitions].sort(comparePartitions)),
    generationId: own.generationId,
    rackId: own.rackId === '' ? null : own.rackId,
  })
}

/** @throws ProtocolError for broken bytes */
export function decodeAssignment(bytes: Buffer): readonly TopicPartition[] {
  // A leader need not have anything for everybody.
  if (bytes.length === 0) return []
  return partitionsIn(decodeVersioned(ConsumerProtocolAssignment, bytes).assignedPartitions)
}

/** What the leader has worked out. */
export interface Plan {
  /** For each member, as it goes out. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[]
  /** Partitions of all that the group reads, as they were then. */
  readonly partitionCounts: ReadonlyMap<string, number>
}

/**
 * The leader's work. A static leader that comes back leaves the assignment as it is (KIP-814), and
 * looks after its topics all the same.
 *
 * @throws KafkaError ILLEGAL_STATE for an assignor that was not proposed; what `look` throws
 */
export async function planOf(
  { members, protocolName, skipAssignment }: JoinGroupResponse,
  assignors: readonly Assignor[],
  look: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>,
): Promise<Plan> {
  const assignor = assignors.find(({ name }) => name === protocolName)
  if (assignor === undefined) {
    const message = `Coordinator selected invalid assignment protocol: ${protocolName}`
    throw new KafkaError('ILLEGAL_STATE', message)
  }
  const subscribers = members.map(subscriberOf)
  const topics = [...new Set(subscribers.flatMap(subscriber => subscriber.topics))]
  const found = await look(topics)
  const partitionCounts = new Map(topics.map(topic => [topic, found.get(topic) ?? 0]))
  if (skipAssignment) return { assignments: [], partitionCounts }
  const assignments = [...assignor.assign(subscribers, found)].map(([memberId, partitions]) => ({
    memberId,
    assignment: encodeAssignment(partitions),
  }))
  return { assignments, partitionCounts }
}

function subscriberOf(member: JoinGroupResponse['members'][number]): Subscriber {
  const { memberId, groupInstanceId, metadata } = member
  const told = decodeVersioned(ConsumerProtocolSubscription, metadata)
  const { topics, userData, generationId } = told
  const ownedPartitions = partitionsIn(told.ownedPartitions)
  return { memberId, groupInstanceId, topics, userData, generationId, ownedPartitions }
}

function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  return encodeVersioned(ConsumerProtocolAssignment, ASSIGNMENT_VERSION, {
    assignedPartitions: topicsOf(partitions),
    userData: null,
  })
}

interface TopicPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

function topicsOf(partitions: readonly TopicPartition[]) {
  return [...byTopic(partitions)].map(([topic, items]) => ({
    topic,
    partitions: items.map(({ partition }) => partition),
  }))
}

function partitionsIn(topics: readonly TopicPartitions[]): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map(partition => ({ topic, partition })),
  )
}
