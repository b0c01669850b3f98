import { endpointOf, isInternalTopic, isKnown, topicNameProblem } from '../../metadata/index.ts'
import type { ClusterImage, PartitionImage, TopicImage } from '../../metadata/index.ts'
import {
  ErrorCode,
  MetadataRequest,
  MetadataResponse,
  ZERO_UUID,
  type MessageInput,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { asksAllByNull } from '../old-versions.ts'
import { clusterOperations, NOT_ASKED, topicOperations } from './authorized-operations.ts'

type Response = MessageInput<typeof MetadataResponse>
type Topic = Response['topics'][number]

/** Metadata (3): brokers, topics, leaders. Topics that are asked for by name may come into being. */
export function metadata(broker: BrokerContext): Handler {
  return handler(MetadataRequest, MetadataResponse, async (body, caller) => {
    const { listenerName, header } = caller
    const isForAll =
      body.topics === null || (body.topics.length === 0 && !asksAllByNull(header.requestApiVersion))
    const operations = body.includeTopicAuthorizedOperations ? topicOperations : NOT_ASKED
    const describe = (image: ClusterImage, topic: TopicImage): Topic => ({
      ...describeTopic(image, topic, listenerName),
      topicAuthorizedOperations: operations,
    })
    const before = broker.metadata.image
    const topics = isForAll
      ? [...before.topics.values()].map(topic => describe(before, topic))
      : await describeWanted(broker, body, describe)

    const image = broker.metadata.image
    return {
      brokers: brokersOn(image, listenerName),
      clusterId: image.clusterId,
      controllerId: image.controllerId,
      topics,
      clusterAuthorizedOperations: body.includeClusterAuthorizedOperations
        ? clusterOperations
        : NOT_ASKED,
    }
  })
}

async function describeWanted(
  broker: BrokerContext,
  body: MetadataRequest,
  describe: (image: ClusterImage, topic: TopicImage) => Topic,
): Promise<Topic[]> {
  const wanted = body.topics ?? []
  const { image } = broker.metadata
  const missing = wanted.flatMap(({ name }) =>
    name === null || image.topics.has(name) ? [] : [name],
  )
  const mayCreate =
    body.allowAutoTopicCreation && broker.config.current.get('auto.create.topics.enable')
  const created =
    mayCreate && missing.length > 0 ? await broker.topics.autoCreate(missing) : undefined

  return wanted.map(({ name, topicId }) => {
    const known = name ?? image.topicNames.get(topicId)
    const topic = known === undefined ? undefined : image.topics.get(known)
    if (topic !== undefined) return describe(image, topic)
    if (name === null) return missingTopic(null, topicId, ErrorCode.UNKNOWN_TOPIC_ID)
    return missingTopic(name, ZERO_UUID, created?.get(name) ?? whyMissing(image, name))
  })
}

/**
 * Why a topic that was asked for by name is not there. Before the controller has told anything, no topic is
 * called unknown, as Kafka would: librdkafka drops what it holds for a topic that is.
 */
export function whyMissing(image: ClusterImage, name: string): ErrorCode {
  if (topicNameProblem(name) !== undefined) return ErrorCode.INVALID_TOPIC_EXCEPTION
  return image.brokers.size === 0
    ? ErrorCode.LEADER_NOT_AVAILABLE
    : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
}

function missingTopic(name: string | null, topicId: string, errorCode: ErrorCode): Topic {
  return {
    errorCode,
    name,
    topicId,
    isInternal: name !== null && isInternalTopic(name),
    partitions: [],
  }
}

/** Brokers that can be reached on a listener. */
export function brokersOn(image: ClusterImage, listenerName: string): Response['brokers'] {
  return [...image.brokers.values()].flatMap(broker => {
    const endpoint = endpointOf(broker, listenerName)
    if (endpoint === undefined) return []
    return [{ nodeId: broker.id, host: endpoint.host, port: endpoint.port, rack: broker.rack }]
  })
}

function describeTopic(image: ClusterImage, topic: TopicImage, listenerName: string): Topic {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.topicId,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions
      .filter(isKnown)
      .map(partition => describePartition(image, partition, listenerName)),
  }
}

export function describePartition(
  image: ClusterImage,
  partition: PartitionImage,
  listenerName: string,
) {
  return {
    errorCode: leaderProblem(image, partition, listenerName),
    partitionIndex: partition.partition,
    leaderId: isReachable(image, partition.leader, listenerName) ? partition.leader : -1,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: [...partition.replicas],
    isrNodes: [...partition.isr],
    offlineReplicas: partition.replicas.filter(
      id => !image.brokers.has(id) || partition.offlineReplicas?.includes(id) === true,
    ),
  }
}

/** A partition without a leader is listed all the same: clients wait for it. */
function leaderProblem(
  image: ClusterImage,
  partition: PartitionImage,
  listenerName: string,
): ErrorCode {
  if (isReachable(image, partition.leader, listenerName)) return ErrorCode.NONE
  return image.brokers.has(partition.leader)
    ? ErrorCode.LISTENER_NOT_FOUND
    : ErrorCode.LEADER_NOT_AVAILABLE
}

function isReachable(image: ClusterImage, brokerId: number, listenerName: string): boolean {
  const broker = image.brokers.get(brokerId)
  return broker !== undefined && endpointOf(broker, listenerName) !== undefined
}
