export { assignReplicas, type Broker, type ReplicaPlan } from './assign-replicas.ts'
export { applyDelta, type MetadataDelta } from './delta.ts'
export {
  emptyImage,
  endpointOf,
  isKnown,
  partitionOf,
  unknownPartition,
  type BrokerImage,
  type ClusterImage,
  type Endpoint,
  type PartitionImage,
  type TopicImage,
} from './image.ts'
export {
  GROUP_METADATA_TOPIC,
  TRANSACTION_STATE_TOPIC,
  collides,
  isInternalTopic,
  topicNameProblem,
} from './topic-names.ts'
