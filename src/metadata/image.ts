/**
 * What a broker knows of its cluster at one moment: brokers, topics, leaders. Images are never
 * changed: a delta makes the next one and shares what stayed the same, so that a request reads one
 * consistent picture from its first line to its last (Kafka's MetadataCache snapshot).
 */

export interface Endpoint {
  /** Listener name, e.g. `PLAINTEXT` or `INTERNAL`. */
  readonly listenerName: string
  readonly host: string
  readonly port: number
  readonly securityProtocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
}

export interface BrokerImage {
  readonly id: number
  /** czxid of the broker's registration; a later registration has a greater one (KIP-380). */
  readonly epoch: bigint
  readonly endpoints: readonly Endpoint[]
  readonly rack: string | null
}

export interface PartitionImage {
  readonly partition: number
  /** -1 while no replica can lead. */
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  readonly replicas: readonly number[]
  readonly addingReplicas: readonly number[]
  readonly removingReplicas: readonly number[]
  /** Version of the partition's state znode: what an ISR change is conditional on. */
  readonly partitionEpoch: number
  /** Made just now: a broker that has no log of it need not look for one (KIP-112). */
  readonly isNew?: boolean
  /** 1 while a leader that was not in sync recovers (KIP-704). */
  readonly leaderRecoveryState?: 0 | 1
  /** Replicas on dead brokers or failed disks, as the controller tells. */
  readonly offlineReplicas?: readonly number[]
}

/** Of a topic's partitions one may be unknown while a later one is known: it is neither counted on nor told to clients. */
export function isKnown(partition: PartitionImage): boolean {
  return partition.leaderEpoch >= 0
}

export function unknownPartition(partition: number): PartitionImage {
  return {
    partition,
    leader: -1,
    leaderEpoch: -1,
    isr: [],
    replicas: [],
    addingReplicas: [],
    removingReplicas: [],
    partitionEpoch: -1,
  }
}

export interface TopicImage {
  readonly name: string
  /** KIP-516 id, 22 characters of URL-safe base64; the zero id where a cluster before 2.8 made the topic. */
  readonly topicId: string
  /** By partition number, without a gap: those not heard of yet are there, and unknown. */
  readonly partitions: readonly PartitionImage[]
}

export interface ClusterImage {
  readonly clusterId: string
  /** -1 while there is none. */
  readonly controllerId: number
  readonly controllerEpoch: number
  readonly brokers: ReadonlyMap<number, BrokerImage>
  readonly topics: ReadonlyMap<string, TopicImage>
  readonly topicNames: ReadonlyMap<string, string>
}

export function emptyImage(clusterId: string): ClusterImage {
  return {
    clusterId,
    controllerId: -1,
    controllerEpoch: 0,
    brokers: new Map(),
    topics: new Map(),
    topicNames: new Map(),
  }
}

export function partitionOf(
  image: ClusterImage,
  topic: string,
  partition: number,
): PartitionImage | undefined {
  return image.topics.get(topic)?.partitions[partition]
}

/** The address of a broker on one listener, or `undefined` when it has none there. */
export function endpointOf(broker: BrokerImage, listenerName: string): Endpoint | undefined {
  return broker.endpoints.find(endpoint => endpoint.listenerName === listenerName)
}
