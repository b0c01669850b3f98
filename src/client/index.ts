/** Client library for Kafka: producer, consumer, admin client. See README.md. */
export { Kafka, type KafkaOptions, type TransactionOptions } from './kafka.ts'
export type { AdminOptions, ConsumerOptions, OptionValue, ProducerOptions } from './options.ts'
export { failure, KafkaError, unwrap, type KafkaErrorCode, type Outcome } from './errors.ts'
export type { TopicPartition } from './topic-partition.ts'
export type { BrokerNode } from './connection/cluster-view.ts'
export type { IsolationLevel, ListedOffset, OffsetSpec } from './connection/list-offsets.ts'
export type { OffsetAndMetadata } from './connection/committed-offsets.ts'

export type { Bytes, Deserialized, Serializable } from './serialization.ts'

export type { CommittingMember } from './connection/shapes.ts'

export type {
  CommittingGroup,
  HeaderToSend,
  OffsetToSend,
  Producer,
  ProducerRecord,
  RecordMetadata,
  Transaction,
} from './producer/producer.ts'

export type {
  Consumer,
  ConsumerCallOptions,
  ConsumerGroupMetadata,
  ConsumerRecord,
  OffsetToCommit,
  RebalanceListener,
  TimestampQuestion,
} from './consumer/consumer.ts'

export { Admin } from './admin/admin.ts'
export type { AclOperation } from './admin/acl-operations.ts'
export type { ApiVersions, BrokerApiVersions } from './admin/api-versions.ts'
export type { AdminCallOptions } from './admin/context.ts'
export type {
  ClusterDescription,
  LogDirDescription,
  PartitionReassignment,
  ReplicaInfo,
} from './admin/brokers.ts'
export {
  ConfigResourceType,
  type AlterConfigOp,
  type ConfigAlteration,
  type ConfigEntry,
  type ConfigOutcome,
  type ConfigReplacement,
  type ConfigResource,
  type ConfigSource,
  type ConfigSynonym,
} from './admin/configs.ts'
export type { ElectionType } from './admin/elections.ts'
export type { FeatureLevels, FeatureMetadata, FeatureUpdate } from './admin/features.ts'
export type { CommittedOffset } from './admin/group-offsets.ts'
export type {
  GroupDescription,
  GroupListing,
  GroupState,
  ListedGroups,
  MemberDescription,
} from './admin/groups.ts'
export type { PartitionOutcome } from './admin/leaders.ts'
export type { ProducerState } from './admin/producers.ts'
export type { LogDirMove, ReassignmentToMake, ReplicaOnBroker } from './admin/reassignments.ts'
export type { ReadReplicaOptions, ReplicaPosition, ReplicaRecords } from './admin/replicas.ts'
export type { OffsetQuestion, RecordsToDelete } from './admin/offsets.ts'
export type {
  CreatedTopic,
  NewPartitions,
  NewTopic,
  TopicDescription,
  TopicListing,
  TopicPartitionInfo,
} from './admin/topics.ts'
export {
  abortSpecText,
  type TransactionDescription,
  type TransactionListing,
  type TransactionState,
  type TransactionToAbort,
} from './admin/transactions.ts'
