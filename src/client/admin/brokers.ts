/** The cluster and its brokers: who they are, what lies on their disks, what is being moved. */
import {
  DescribeClusterRequest,
  DescribeClusterResponse,
  DescribeLogDirsRequest,
  DescribeLogDirsResponse,
  ErrorCode,
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
  UnregisterBrokerRequest,
  UnregisterBrokerResponse,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import type { BrokerNode } from '../connection/cluster-view.ts'
import { ensureSuccess, failure, KafkaError, outcomeOf, success, type Outcome } from '../errors.ts'
import { byTopic, type TopicPartition } from '../topic-partition.ts'
import { authorizedOperationsOf, type AclOperation } from './acl-operations.ts'
import { ask, controllerId, type AdminCallOptions, type AdminContext } from './context.ts'

const describeClusterCall = apiCall(DescribeClusterRequest, DescribeClusterResponse)
const describeLogDirsCall = apiCall(DescribeLogDirsRequest, DescribeLogDirsResponse)
const unregisterBrokerCall = apiCall(UnregisterBrokerRequest, UnregisterBrokerResponse)
const listReassignmentsCall = apiCall(
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
)

export interface ClusterDescription {
  readonly clusterId: string | null
  readonly controller: BrokerNode | undefined
  readonly brokers: readonly BrokerNode[]
  readonly authorizedOperations: readonly AclOperation[] | undefined
}

export interface DescribeClusterOptions extends AdminCallOptions {
  readonly includeAuthorizedOperations?: boolean
  /** Who is to answer: brokers, or the controllers of a cluster without ZooKeeper (KIP-919). */
  readonly endpoints?: keyof typeof endpointTypes
}

/** On the wire. */
const endpointTypes = { brokers: 1, controllers: 2 } as const

/** Brokers before 2.8 are asked for metadata instead (KIP-700). */
export async function describeCluster(
  context: AdminContext,
  {
    includeAuthorizedOperations = false,
    endpoints = 'brokers',
    ...options
  }: DescribeClusterOptions = {},
): Promise<ClusterDescription> {
  const { cluster } = context
  return ask(context, { ...options, name: 'listNodes' }, async () => {
    const connection = await cluster.anyConnection()
    if (!connection.serves(describeClusterCall)) return fromMetadata(context)
    const { body } = await connection.send(describeClusterCall, () => ({
      includeClusterAuthorizedOperations: includeAuthorizedOperations,
      ...(endpoints === 'brokers' ? {} : { endpointType: endpointTypes[endpoints] }),
    }))
    ensureSuccess(body.errorCode, body.errorMessage)
    const brokers = body.brokers.map(({ brokerId: id, host, port, rack }) => ({
      id,
      host,
      port,
      rack,
    }))
    return {
      clusterId: body.clusterId,
      controller: brokers.find(({ id }) => id === body.controllerId),
      brokers,
      authorizedOperations: authorizedOperationsOf(body.clusterAuthorizedOperations),
    }
  })
}

async function fromMetadata({ cluster }: AdminContext): Promise<ClusterDescription> {
  const { clusterId, controllerId: id, brokers } = await cluster.fetchMetadata({ topics: [] })
  return {
    clusterId,
    controller: brokers.get(id),
    brokers: [...brokers.values()],
    authorizedOperations: undefined,
  }
}

/** Only where the cluster keeps its metadata itself. @throws KafkaError UNSUPPORTED_VERSION with ZooKeeper */
export async function unregisterBroker(
  context: AdminContext,
  brokerId: number,
  options: AdminCallOptions = {},
): Promise<void> {
  await ask(context, { ...options, name: 'unregisterBroker' }, async () => {
    const answer = await context.cluster.sendToAny(unregisterBrokerCall, () => ({ brokerId }))
    ensureSuccess(answer.errorCode, answer.errorMessage)
  })
}

export interface ReplicaInfo extends TopicPartition {
  readonly sizeBytes: number
  /** Behind the high watermark, or of a future replica behind the current one. */
  readonly offsetLag: number
  /** Being built beside the current one, to replace it (KIP-113). */
  readonly isFuture: boolean
}

export interface LogDirDescription {
  readonly path: string
  /** Set when the directory is offline. */
  readonly error: KafkaError | undefined
  readonly replicas: readonly ReplicaInfo[]
  /** Of the volume; -1 before Kafka 3.3 (KIP-827). */
  readonly totalBytes: number
  readonly usableBytes: number
}

/** By broker id. */
export async function describeLogDirs(
  context: AdminContext,
  brokerIds: readonly number[],
  options: AdminCallOptions = {},
): Promise<ReadonlyMap<number, Outcome<readonly LogDirDescription[]>>> {
  const { cluster } = context
  await ask(context, { ...options, name: 'describeLogDirs' }, () =>
    cluster.fetchMetadata({ topics: [] }),
  )
  const describe = async (brokerId: number): Promise<readonly LogDirDescription[]> => {
    const answer = await ask(context, { ...options, name: 'describeLogDirs' }, () =>
      cluster.send(brokerId, describeLogDirsCall, () => ({ topics: null })),
    )
    ensureSuccess(answer.errorCode)
    return answer.results.map(logDirDescription)
  }
  const entries = brokerIds.map(
    async brokerId => [brokerId, await describe(brokerId).then(success, failure)] as const,
  )
  return new Map(await Promise.all(entries))
}

function logDirDescription(dir: DescribeLogDirsResponse['results'][number]): LogDirDescription {
  return {
    path: dir.logDir,
    error: dir.errorCode === ErrorCode.NONE ? undefined : KafkaError.of(dir.errorCode),
    totalBytes: dir.totalBytes,
    usableBytes: dir.usableBytes,
    replicas: dir.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => ({
        topic: name,
        partition: partitionIndex,
        sizeBytes: partitionSize,
        offsetLag,
        isFuture: isFutureKey,
      })),
    ),
  }
}

export interface PartitionReassignment extends TopicPartition {
  readonly replicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
}

export interface ListReassignmentsOptions extends AdminCallOptions {
  /** Default: all that are being moved. */
  readonly partitions?: readonly TopicPartition[] | undefined
}

/** From Kafka 2.4 on (KIP-455). */
export async function listPartitionReassignments(
  context: AdminContext,
  { partitions, ...options }: ListReassignmentsOptions = {},
): Promise<readonly PartitionReassignment[]> {
  const { cluster } = context
  const topics =
    partitions === undefined
      ? null
      : [...byTopic(partitions)].map(([name, items]) => ({
          name,
          partitionIndexes: items.map(({ partition }) => partition),
        }))
  return ask(context, { ...options, name: 'listPartitionReassignments' }, async place => {
    const answer = await cluster.send(await controllerId(context), listReassignmentsCall, () => ({
      timeoutMs: Math.ceil(place.remainingMs()),
      topics,
    }))
    const outcome = outcomeOf(answer.errorCode, answer.errorMessage, answer.topics)
    if (!outcome.ok) throw outcome.error
    return outcome.value.flatMap(({ name, partitions: moving }) =>
      moving.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => ({
        topic: name,
        partition: partitionIndex,
        replicas,
        addingReplicas,
        removingReplicas,
      })),
    )
  })
}
