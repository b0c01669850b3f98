/**
 * What the controller says to brokers, as messages of the version that all of them know, and back. Old
 * versions list partitions where new ones group them by topic; nothing else differs between them here.
 */
import type { StoppedReplica, TopicPartitions } from '../../controller/index.ts'
import {
  endpointOf,
  type BrokerImage,
  type Endpoint,
  type PartitionImage,
} from '../../metadata/index.ts'
import {
  LeaderAndIsrRequest,
  StopReplicaRequest,
  UpdateMetadataRequest,
  ZERO_UUID,
  type MessageInput,
} from '../../protocol/index.ts'
import {
  leaderAndIsrByTopic,
  leaderAndIsrRecovers,
  stopReplicaByPartition,
  stopReplicaByTopic,
  updateMetadataByTopic,
  updateMetadataHasEndpoints,
} from '../old-versions.ts'

/** Who speaks, and to which life of whom. */
export interface OrderHead {
  readonly controllerId: number
  readonly controllerEpoch: number
  readonly brokerEpoch: number
}

/** SecurityProtocol, by its number. */
const securityProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const

export function leaderAndIsrBody(
  version: number,
  head: OrderHead,
  topics: readonly TopicPartitions[],
  leaders: { readonly brokers: ReadonlyMap<number, BrokerImage>; readonly listenerName: string },
): MessageInput<typeof LeaderAndIsrRequest> {
  const isByTopic = leaderAndIsrByTopic(version)
  const stateOf = (topic: string, image: PartitionImage) => ({
    ...(isByTopic ? {} : { topicName: topic }),
    partitionIndex: image.partition,
    controllerEpoch: head.controllerEpoch,
    leader: image.leader,
    leaderEpoch: image.leaderEpoch,
    isr: [...image.isr],
    partitionEpoch: image.partitionEpoch,
    replicas: [...image.replicas],
    addingReplicas: [...image.addingReplicas],
    removingReplicas: [...image.removingReplicas],
    isNew: image.isNew ?? false,
    ...(leaderAndIsrRecovers(version)
      ? { leaderRecoveryState: image.leaderRecoveryState ?? 0 }
      : {}),
  })
  const leaderIds = new Set(topics.flatMap(({ partitions }) => partitions.map(p => p.leader)))
  const liveLeaders = [...leaderIds].flatMap(id => {
    const broker = leaders.brokers.get(id)
    const endpoint = broker === undefined ? undefined : endpointOf(broker, leaders.listenerName)
    return endpoint === undefined
      ? []
      : [{ brokerId: id, hostName: endpoint.host, port: endpoint.port }]
  })
  const states = isByTopic
    ? {
        topicStates: topics.map(({ topic, topicId, partitions }) => ({
          topicName: topic,
          topicId,
          partitionStates: partitions.map(image => stateOf(topic, image)),
        })),
      }
    : {
        ungroupedPartitionStates: topics.flatMap(({ topic, partitions }) =>
          partitions.map(image => stateOf(topic, image)),
        ),
      }
  return { ...head, ...states, liveLeaders }
}

/** By topic, whatever the version. */
export function leaderAndIsrTopics(body: LeaderAndIsrRequest): TopicPartitions[] {
  const images = (states: LeaderAndIsrRequest['ungroupedPartitionStates']): PartitionImage[] =>
    states.map(state => ({
      partition: state.partitionIndex,
      leader: state.leader,
      leaderEpoch: state.leaderEpoch,
      isr: state.isr,
      replicas: state.replicas,
      addingReplicas: state.addingReplicas,
      removingReplicas: state.removingReplicas,
      partitionEpoch: state.partitionEpoch,
      isNew: state.isNew,
      leaderRecoveryState: state.leaderRecoveryState === 1 ? 1 : 0,
    }))
  const old = grouped(body.ungroupedPartitionStates, state => state.topicName)
  return [
    ...old.map(([topic, states]) => ({ topic, topicId: ZERO_UUID, partitions: images(states) })),
    ...body.topicStates.map(({ topicName, topicId, partitionStates }) => ({
      ...{ topic: topicName, topicId },
      partitions: images(partitionStates),
    })),
  ]
}

export function updateMetadataBody(
  version: number,
  head: OrderHead,
  topics: readonly TopicPartitions[],
  brokers: Iterable<BrokerImage>,
): MessageInput<typeof UpdateMetadataRequest> {
  const isByTopic = updateMetadataByTopic(version)
  const stateOf = (topic: string, image: PartitionImage) => ({
    ...(isByTopic ? {} : { topicName: topic }),
    partitionIndex: image.partition,
    controllerEpoch: head.controllerEpoch,
    leader: image.leader,
    leaderEpoch: image.leaderEpoch,
    isr: [...image.isr],
    zkVersion: image.partitionEpoch,
    replicas: [...image.replicas],
    offlineReplicas: [...(image.offlineReplicas ?? [])],
  })
  const states = isByTopic
    ? {
        topicStates: topics.map(({ topic, topicId, partitions }) => ({
          topicName: topic,
          topicId,
          partitionStates: partitions.map(image => stateOf(topic, image)),
        })),
      }
    : {
        ungroupedPartitionStates: topics.flatMap(({ topic, partitions }) =>
          partitions.map(image => stateOf(topic, image)),
        ),
      }
  return {
    ...head,
    ...states,
    liveBrokers: [...brokers].map(broker => liveBroker(version, broker)),
  }
}

function liveBroker(version: number, { id, endpoints, rack }: BrokerImage) {
  const plain = endpoints.find(({ securityProtocol }) => securityProtocol === 'PLAINTEXT')
  if (!updateMetadataHasEndpoints(version))
    return { id, v0Host: plain?.host ?? '', v0Port: plain?.port ?? -1 }
  return {
    id,
    endpoints: endpoints.map(({ listenerName, host, port, securityProtocol }) => ({
      ...{ port, host, listener: listenerName },
      securityProtocol: securityProtocols.indexOf(securityProtocol),
    })),
    rack,
  }
}

export interface ToldMetadata {
  readonly brokers: readonly BrokerImage[]
  readonly topics: readonly TopicPartitions[]
}

/** By topic, whatever the version. Epochs of brokers are not told in a cluster with ZooKeeper. */
export function toldMetadata(body: UpdateMetadataRequest): ToldMetadata {
  const images = (states: UpdateMetadataRequest['ungroupedPartitionStates']): PartitionImage[] =>
    states.map(state => ({
      partition: state.partitionIndex,
      leader: state.leader,
      leaderEpoch: state.leaderEpoch,
      isr: state.isr,
      replicas: state.replicas,
      addingReplicas: [],
      removingReplicas: [],
      partitionEpoch: state.zkVersion,
      offlineReplicas: state.offlineReplicas,
    }))
  const old = grouped(body.ungroupedPartitionStates, state => state.topicName)
  return {
    brokers: body.liveBrokers.map(({ id, v0Host, v0Port, endpoints, rack }) => ({
      ...{ id, epoch: -1n, rack },
      endpoints: endpoints.length > 0 ? endpoints.map(endpointFrom) : [oldEndpoint(v0Host, v0Port)],
    })),
    topics: [
      ...old.map(([topic, states]) => ({ topic, topicId: ZERO_UUID, partitions: images(states) })),
      ...body.topicStates.map(({ topicName, topicId, partitionStates }) => ({
        ...{ topic: topicName, topicId },
        partitions: images(partitionStates),
      })),
    ],
  }
}

type ToldEndpoint = UpdateMetadataRequest['liveBrokers'][number]['endpoints'][number]

/** Before v3 a listener had no name but its protocol's. */
function endpointFrom({ host, port, listener, securityProtocol: number }: ToldEndpoint): Endpoint {
  const securityProtocol = securityProtocols[number] ?? 'PLAINTEXT'
  return { host, port, securityProtocol, listenerName: listener || securityProtocol }
}

function oldEndpoint(host: string, port: number): Endpoint {
  return { host, port, securityProtocol: 'PLAINTEXT', listenerName: 'PLAINTEXT' }
}

export function stopReplicaBody(
  version: number,
  head: OrderHead,
  replicas: readonly StoppedReplica[],
  deletes: boolean,
): MessageInput<typeof StopReplicaRequest> {
  const byTopic = grouped(replicas, ({ topic }) => topic)
  if (stopReplicaByPartition(version)) {
    const topicStates = byTopic.map(([topicName, own]) => ({
      topicName,
      partitionStates: own.map(({ partition, leaderEpoch }) => ({
        ...{ partitionIndex: partition, leaderEpoch, deletePartition: deletes },
      })),
    }))
    return { ...head, topicStates }
  }
  if (stopReplicaByTopic(version)) {
    const topics = byTopic.map(([name, own]) => ({
      ...{ name, partitionIndexes: own.map(({ partition }) => partition) },
    }))
    return { ...head, deletePartitions: deletes, topics }
  }
  const ungroupedPartitions = replicas.map(({ topic, partition }) => ({
    ...{ topicName: topic, partitionIndex: partition },
  }))
  return { ...head, deletePartitions: deletes, ungroupedPartitions }
}

/** Epoch -1: the controller did not say one. */
export type StopOrder = StoppedReplica & { readonly deletes: boolean }

export function stopOrders(body: StopReplicaRequest): StopOrder[] {
  const deletes = body.deletePartitions
  const leaderEpoch = -1
  return [
    ...body.ungroupedPartitions.map(({ topicName, partitionIndex }) => ({
      ...{ topic: topicName, partition: partitionIndex, leaderEpoch, deletes },
    })),
    ...body.topics.flatMap(({ name, partitionIndexes }) =>
      partitionIndexes.map(partition => ({ topic: name, partition, leaderEpoch, deletes })),
    ),
    ...body.topicStates.flatMap(({ topicName, partitionStates }) =>
      partitionStates.map(state => ({
        ...{ topic: topicName, partition: state.partitionIndex, leaderEpoch: state.leaderEpoch },
        deletes: state.deletePartition,
      })),
    ),
  ]
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups]
}
