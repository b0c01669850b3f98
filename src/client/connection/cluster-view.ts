/** What one Metadata response told about the cluster; never changed, replaced by the next. */
import { ErrorCode, ZERO_UUID, type MetadataResponse } from '../../protocol/index.ts'

/** A broker as clients reach it. Before the first answer brokers have ids below 0. */
export interface BrokerNode {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface PartitionView {
  readonly partition: number
  /** LEADER_NOT_AVAILABLE and the like; NONE when all is well. */
  readonly errorCode: number
  /** -1: none. */
  readonly leaderId: number
  /** -1 before Kafka 2.1 (KIP-320). */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offlineReplicas: readonly number[]
}

export interface TopicView {
  readonly name: string
  readonly errorCode: number
  /** Absent before Kafka 2.8 (KIP-516). */
  readonly topicId: string | undefined
  readonly isInternal: boolean
  /** In the order of their numbers. */
  readonly partitions: readonly PartitionView[]
  /** Bits by AclOperation; the smallest int32 when not asked for (KIP-430). */
  readonly authorizedOperations: number
}

export interface ClusterView {
  readonly clusterId: string | null
  /** -1: none is known. */
  readonly controllerId: number
  readonly brokers: ReadonlyMap<number, BrokerNode>
  readonly topics: ReadonlyMap<string, TopicView>
}

export const emptyView: ClusterView = {
  clusterId: null,
  controllerId: -1,
  brokers: new Map(),
  topics: new Map(),
}

export function viewOf(response: MetadataResponse): ClusterView {
  const { brokers, topics } = response
  const nodes = brokers.map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, rack }))
  return {
    clusterId: response.clusterId,
    controllerId: response.controllerId,
    brokers: new Map(nodes.map(node => [node.id, node])),
    topics: new Map(topics.map(topic => [topic.name ?? topic.topicId, topicView(topic)])),
  }
}

function topicView(topic: MetadataResponse['topics'][number]): TopicView {
  const partitions = topic.partitions.map(partition => ({
    partition: partition.partitionIndex,
    errorCode: partition.errorCode,
    leaderId: partition.leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicas: partition.replicaNodes,
    isr: partition.isrNodes,
    offlineReplicas: partition.offlineReplicas,
  }))
  return {
    name: topic.name ?? '',
    errorCode: topic.errorCode,
    topicId: topic.topicId === ZERO_UUID ? undefined : topic.topicId,
    isInternal: topic.isInternal,
    partitions: partitions.sort((left, right) => left.partition - right.partition),
    authorizedOperations: topic.topicAuthorizedOperations,
  }
}

/** The partition with this number; `undefined` where the cluster has none. */
export function partitionIn(
  view: ClusterView,
  topic: string,
  partition: number,
): PartitionView | undefined {
  const partitions = view.topics.get(topic)?.partitions
  const likely = partitions?.[partition]
  if (likely?.partition === partition) return likely
  return partitions?.find(candidate => candidate.partition === partition)
}

/** Topics that exist and can be used. */
export function isUsable(topic: TopicView | undefined): topic is TopicView {
  return topic?.errorCode === ErrorCode.NONE
}
