/** Topics: create, delete, list, describe, add partitions. */
import {
  CreatePartitionsRequest,
  CreatePartitionsResponse,
  CreateTopicsRequest,
  CreateTopicsResponse,
  DeleteTopicsRequest,
  DeleteTopicsResponse,
  ErrorCode,
  ZERO_UUID,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import type { BrokerNode, ClusterView, TopicView } from '../connection/cluster-view.ts'
import { deleteTopicsBody } from '../connection/shapes.ts'
import { failure, KafkaError, outcomeOf, success, type Outcome } from '../errors.ts'
import { authorizedOperationsOf, type AclOperation } from './acl-operations.ts'
import {
  ask,
  controllerId,
  isForAnotherController,
  settle,
  type AdminCallOptions,
  type AdminContext,
} from './context.ts'

const createTopicsCall = apiCall(CreateTopicsRequest, CreateTopicsResponse)
const deleteTopicsCall = apiCall(DeleteTopicsRequest, DeleteTopicsResponse)
const createPartitionsCall = apiCall(CreatePartitionsRequest, CreatePartitionsResponse)

/** Left out: the broker's default (KIP-464), from Kafka 2.4 on. */
const BROKER_DEFAULT = -1

export interface NewTopic {
  readonly name: string
  readonly numPartitions?: number | undefined
  readonly replicationFactor?: number | undefined
  /** Brokers of each partition by its number, the preferred leader first; instead of the two numbers. */
  readonly replicaAssignments?: ReadonlyMap<number, readonly number[]> | undefined
  readonly configs?: Readonly<Record<string, string | null>> | undefined
}

export interface CreatedTopic {
  readonly name: string
  /** Absent before Kafka 2.8. */
  readonly topicId: string | undefined
  /** -1 before Kafka 2.4 (KIP-525). */
  readonly numPartitions: number
  readonly replicationFactor: number
}

export interface CreateTopicsOptions extends AdminCallOptions {
  readonly validateOnly?: boolean
}

export async function createTopics(
  context: AdminContext,
  topics: readonly NewTopic[],
  options: CreateTopicsOptions = {},
): Promise<ReadonlyMap<string, Outcome<CreatedTopic>>> {
  const { validateOnly = false } = options
  const byName = new Map(topics.map(topic => [topic.name, topic]))
  const keys = [...byName.keys()]
  const call = { ...options, name: 'createTopics', keys, retries: isForAnotherController }
  return settle(context, call, async (names, { remainingMs }) => {
    const { topics: answers } = await context.cluster.send(
      await controllerId(context),
      createTopicsCall,
      () => ({
        topics: names.flatMap(name => byName.get(name) ?? []).map(creatableTopic),
        timeoutMs: Math.ceil(remainingMs()),
        ...(validateOnly ? { validateOnly } : {}),
      }),
    )
    return new Map(
      answers.map(answer => [
        answer.name,
        outcomeOf(answer.errorCode, answer.errorMessage, createdTopic(answer)),
      ]),
    )
  })
}

function creatableTopic({ replicaAssignments, ...topic }: NewTopic) {
  const assignments = [...(replicaAssignments ?? [])].map(([partitionIndex, brokerIds]) => ({
    partitionIndex,
    brokerIds: [...brokerIds],
  }))
  return {
    name: topic.name,
    numPartitions: topic.numPartitions ?? BROKER_DEFAULT,
    replicationFactor: topic.replicationFactor ?? BROKER_DEFAULT,
    assignments,
    configs: Object.entries(topic.configs ?? {}).map(([name, value]) => ({ name, value })),
  }
}

function createdTopic(answer: CreateTopicsResponse['topics'][number]): CreatedTopic {
  const { name, numPartitions, replicationFactor } = answer
  return { name, topicId: knownId(answer.topicId), numPartitions, replicationFactor }
}

/** By name, or by id from Kafka 2.8 on; results by what was given. */
export async function deleteTopics(
  context: AdminContext,
  topics: readonly string[] | { readonly topicIds: readonly string[] },
  options: AdminCallOptions = {},
): Promise<ReadonlyMap<string, Outcome<undefined>>> {
  const isById = 'topicIds' in topics
  const keys = [...new Set(isById ? topics.topicIds : topics)]
  const call = { ...options, name: 'deleteTopics', keys, retries: isForAnotherController }
  return settle(context, call, async (pending, { remainingMs }) => {
    const wanted = isById ? { topicIds: pending } : { names: pending }
    const { responses } = await context.cluster.send(
      await controllerId(context),
      deleteTopicsCall,
      version => deleteTopicsBody(wanted, Math.ceil(remainingMs()), version),
    )
    return new Map(
      responses.map(({ name, topicId, errorCode, errorMessage }) => [
        (isById ? topicId : name) ?? '',
        outcomeOf(errorCode, errorMessage, undefined),
      ]),
    )
  })
}

export interface NewPartitions {
  /** Partitions afterwards, not added ones. */
  readonly totalCount: number
  /** Brokers of each added partition. */
  readonly newAssignments?: readonly (readonly number[])[] | undefined
}

export async function createPartitions(
  context: AdminContext,
  counts: Readonly<Record<string, NewPartitions>>,
  options: CreateTopicsOptions = {},
): Promise<ReadonlyMap<string, Outcome<undefined>>> {
  const { validateOnly = false } = options
  const keys = Object.keys(counts)
  const call = { ...options, name: 'createPartitions', keys, retries: isForAnotherController }
  return settle(context, call, async (names, { remainingMs }) => {
    const { results } = await context.cluster.send(
      await controllerId(context),
      createPartitionsCall,
      () => ({
        topics: names.map(name => ({
          name,
          count: counts[name]?.totalCount ?? 0,
          assignments: assignmentsOf(counts[name]),
        })),
        timeoutMs: Math.ceil(remainingMs()),
        validateOnly,
      }),
    )
    return new Map(
      results.map(({ name, errorCode, errorMessage }) => [
        name,
        outcomeOf(errorCode, errorMessage, undefined),
      ]),
    )
  })
}

function assignmentsOf(partitions: NewPartitions | undefined) {
  return partitions?.newAssignments?.map(brokerIds => ({ brokerIds: [...brokerIds] })) ?? null
}

export interface TopicListing {
  readonly name: string
  readonly topicId: string | undefined
  readonly isInternal: boolean
}

export interface ListTopicsOptions extends AdminCallOptions {
  /** Default: internal topics are left out. */
  readonly listInternal?: boolean
}

/** In no particular order. */
export async function listTopics(
  context: AdminContext,
  { listInternal = false, ...options }: ListTopicsOptions = {},
): Promise<readonly TopicListing[]> {
  const view = await ask(context, { ...options, name: 'listTopics' }, () =>
    context.cluster.fetchMetadata({ topics: 'all' }),
  )
  return [...view.topics.values()]
    .filter(({ isInternal }) => listInternal || !isInternal)
    .map(({ name, topicId, isInternal }) => ({ name, topicId, isInternal }))
}

export interface TopicPartitionInfo {
  readonly partition: number
  /** `undefined`: none. */
  readonly leader: BrokerNode | undefined
  readonly replicas: readonly BrokerNode[]
  readonly isr: readonly BrokerNode[]
}

export interface TopicDescription extends TopicListing {
  /** In the order of their numbers. */
  readonly partitions: readonly TopicPartitionInfo[]
  /** When asked for, from Kafka 2.3 on. */
  readonly authorizedOperations: readonly AclOperation[] | undefined
}

export interface DescribeTopicsOptions extends AdminCallOptions {
  readonly includeAuthorizedOperations?: boolean
}

/** By name, or by id from Kafka 3.1 on; results by what was given. */
export async function describeTopics(
  context: AdminContext,
  topics: readonly string[] | { readonly topicIds: readonly string[] },
  { includeAuthorizedOperations = false, ...options }: DescribeTopicsOptions = {},
): Promise<ReadonlyMap<string, Outcome<TopicDescription>>> {
  const isById = 'topicIds' in topics
  const keys = [...new Set(isById ? topics.topicIds : topics)]
  if (keys.length === 0) return new Map()
  const view = await ask(context, { ...options, name: 'describeTopics' }, () =>
    context.cluster.fetchMetadata({
      topics: isById ? [] : keys,
      topicIds: isById ? keys : undefined,
      includeTopicAuthorizedOperations: includeAuthorizedOperations,
    }),
  )
  const found = new Map(
    [...view.topics.values()].map(topic => [isById ? topic.topicId : topic.name, topic]),
  )
  return new Map(keys.map(key => [key, describe(found.get(key), view)]))
}

function describe(topic: TopicView | undefined, view: ClusterView): Outcome<TopicDescription> {
  if (topic === undefined) return failure(new KafkaError('UNKNOWN_TOPIC_OR_PARTITION'))
  if (topic.errorCode !== ErrorCode.NONE) return failure(KafkaError.of(topic.errorCode))
  return success({
    name: topic.name,
    topicId: topic.topicId,
    isInternal: topic.isInternal,
    authorizedOperations: authorizedOperationsOf(topic.authorizedOperations),
    partitions: topic.partitions.map(({ partition, leaderId, replicas, isr }) => ({
      partition,
      leader: view.brokers.get(leaderId),
      replicas: replicas.map(id => nodeIn(view, id)),
      isr: isr.map(id => nodeIn(view, id)),
    })),
  })
}

/** A broker that is down has an id and nothing else, as in Java. */
function nodeIn(view: ClusterView, id: number): BrokerNode {
  return view.brokers.get(id) ?? { id, host: '', port: -1, rack: null }
}

function knownId(topicId: string): string | undefined {
  return topicId === ZERO_UUID ? undefined : topicId
}
