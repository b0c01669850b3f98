/**
 * The admin client. Each call asks the brokers that can answer, follows leaders, controllers and
 * coordinators that move, and gives each resource its own result: one that fails fails alone.
 */
import { adminProperties, AdminConfig } from '../../config/index.ts'
import { prefixed, type Host } from '../../host/index.ts'
import { Cluster } from '../connection/cluster.ts'
import { clusterSettings } from '../connection/settings.ts'
import { reviewOptions } from '../options.ts'
import * as apiVersions from './api-versions.ts'
import * as brokers from './brokers.ts'
import * as configs from './configs.ts'
import type { AdminCallOptions, AdminContext } from './context.ts'
import * as elections from './elections.ts'
import * as features from './features.ts'
import * as groupOffsets from './group-offsets.ts'
import * as groupMembers from './group-members.ts'
import * as groups from './groups.ts'
import * as offsets from './offsets.ts'
import * as producers from './producers.ts'
import * as reassignments from './reassignments.ts'
import * as replicas from './replicas.ts'
import * as topics from './topics.ts'
import * as transactions from './transactions.ts'

export class Admin implements AsyncDisposable {
  readonly #context: AdminContext

  /** @throws ConfigError for a bad property */
  constructor(host: Host, given: ReadonlyMap<string, string>, defaultClientId: string) {
    const config = new AdminConfig(given)
    const clientId = config.get('client.id') || defaultClientId
    const log = prefixed(host.log, `[AdminClient clientId=${clientId}] `)
    reviewOptions(
      given,
      adminProperties,
      log.named('org.apache.kafka.clients.admin.AdminClientConfig'),
    )
    this.#context = {
      cluster: new Cluster(
        host,
        log,
        clusterSettings(config, {
          clientId,
          allowAutoTopicCreation: false,
          namesLostBootstrap: false,
        }),
      ),
      defaultTimeoutMs: config.get('default.api.timeout.ms'),
      retries: config.get('retries'),
    }
  }

  /** Fails what is under way. */
  close(): Promise<void> {
    this.#context.cluster.close()
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  createTopics(newTopics: readonly topics.NewTopic[], options?: topics.CreateTopicsOptions) {
    return topics.createTopics(this.#context, newTopics, options)
  }

  /** By name, or by id from Kafka 2.8 on; results by what was given. */
  deleteTopics(
    names: readonly string[] | { readonly topicIds: readonly string[] },
    options?: AdminCallOptions,
  ) {
    return topics.deleteTopics(this.#context, names, options)
  }

  /** By topic. */
  createPartitions(
    counts: Readonly<Record<string, topics.NewPartitions>>,
    options?: topics.CreateTopicsOptions,
  ) {
    return topics.createPartitions(this.#context, counts, options)
  }

  listTopics(options?: topics.ListTopicsOptions) {
    return topics.listTopics(this.#context, options)
  }

  /** By name, or by id from Kafka 3.1 on; results by what was given. */
  describeTopics(
    names: readonly string[] | { readonly topicIds: readonly string[] },
    options?: topics.DescribeTopicsOptions,
  ) {
    return topics.describeTopics(this.#context, names, options)
  }

  /** Moves the start of partitions forward; values are the new log start offsets. */
  deleteRecords(records: readonly offsets.RecordsToDelete[], options?: AdminCallOptions) {
    return offsets.deleteRecords(this.#context, records, options)
  }

  listOffsets(questions: readonly offsets.OffsetQuestion[], options?: offsets.ListOffsetsOptions) {
    return offsets.listOffsets(this.#context, questions, options)
  }

  describeCluster(options?: brokers.DescribeClusterOptions) {
    return brokers.describeCluster(this.#context, options)
  }

  /** What each broker speaks. */
  describeApiVersions(options?: AdminCallOptions) {
    return apiVersions.describeApiVersions(this.#context, options)
  }

  /** @throws KafkaError UNSUPPORTED_VERSION, in Java's words, unless a broker speaks the API */
  ensureServed(apiKey: number, options?: AdminCallOptions) {
    return apiVersions.ensureServed(this.#context, apiKey, options)
  }

  /** What a broker supports and the cluster has finalised (KIP-584). */
  describeFeatures(options?: AdminCallOptions) {
    return features.describeFeatures(this.#context, options)
  }

  /** By feature. */
  updateFeatures(
    updates: ReadonlyMap<string, features.FeatureUpdate>,
    options?: features.UpdateFeaturesOptions,
  ) {
    return features.updateFeatures(this.#context, updates, options)
  }

  /** @throws KafkaError; UNSUPPORTED_VERSION where ZooKeeper keeps the metadata */
  unregisterBroker(brokerId: number, options?: AdminCallOptions) {
    return brokers.unregisterBroker(this.#context, brokerId, options)
  }

  describeLogDirs(brokerIds: readonly number[], options?: AdminCallOptions) {
    return brokers.describeLogDirs(this.#context, brokerIds, options)
  }

  listPartitionReassignments(options?: brokers.ListReassignmentsOptions) {
    return brokers.listPartitionReassignments(this.#context, options)
  }

  /** Sets the replicas of partitions, or cancels that. */
  alterPartitionReassignments(
    changes: readonly reassignments.ReassignmentToMake[],
    options?: AdminCallOptions,
  ) {
    return reassignments.alterPartitionReassignments(this.#context, changes, options)
  }

  /** Moves replicas to other log directories of their brokers. */
  alterReplicaLogDirs(moves: readonly reassignments.LogDirMove[], options?: AdminCallOptions) {
    return reassignments.alterReplicaLogDirs(this.#context, moves, options)
  }

  /**
   * What a broker has of its replicas from these offsets on, leader or not: for those who compare them. The
   * broker must be known from an earlier call.
   */
  readReplica(
    brokerId: number,
    positions: readonly replicas.ReplicaPosition[],
    options: replicas.ReadReplicaOptions,
  ) {
    return replicas.readReplica(this.#context, brokerId, positions, options)
  }

  /** Of the partitions named, or of all that need it. @throws KafkaError for what concerns all of them */
  electLeaders(
    type: elections.ElectionType,
    partitions: Parameters<typeof elections.electLeaders>[2],
    options?: AdminCallOptions,
  ) {
    return elections.electLeaders(this.#context, type, partitions, options)
  }

  describeConfigs(
    resources: readonly configs.ConfigResource[],
    options?: configs.DescribeConfigsOptions,
  ) {
    return configs.describeConfigs(this.#context, resources, options)
  }

  /** Changes single values (KIP-339), from Kafka 2.3 on. */
  incrementalAlterConfigs(
    alterations: readonly configs.ConfigAlteration[],
    options?: configs.AlterConfigsOptions,
  ) {
    return configs.incrementalAlterConfigs(this.#context, alterations, options)
  }

  /** Replaces whole configurations, for Kafka before 2.3. */
  alterConfigs(
    replacements: readonly configs.ConfigReplacement[],
    options?: configs.AlterConfigsOptions,
  ) {
    return configs.alterConfigs(this.#context, replacements, options)
  }

  listConsumerGroups(options?: groups.ListGroupsOptions) {
    return groups.listConsumerGroups(this.#context, options)
  }

  describeConsumerGroups(groupIds: readonly string[], options?: groups.DescribeGroupsOptions) {
    return groups.describeConsumerGroups(this.#context, groupIds, options)
  }

  deleteConsumerGroups(groupIds: readonly string[], options?: AdminCallOptions) {
    return groups.deleteConsumerGroups(this.#context, groupIds, options)
  }

  /** All that it has now. @throws KafkaError for the group, and for the first member that stays */
  removeMembersFromConsumerGroup(groupId: string, options?: AdminCallOptions) {
    return groupMembers.removeMembersFromConsumerGroup(this.#context, groupId, options)
  }

  /** @throws KafkaError for what concerns the whole group */
  listConsumerGroupOffsets(groupId: string, options?: groupOffsets.ListGroupOffsetsOptions) {
    return groupOffsets.listConsumerGroupOffsets(this.#context, groupId, options)
  }

  /** Of a group without members. @throws KafkaError for what concerns the whole group */
  alterConsumerGroupOffsets(
    groupId: string,
    newOffsets: readonly groupOffsets.OffsetToCommit[],
    options?: AdminCallOptions,
  ) {
    return groupOffsets.alterConsumerGroupOffsets(this.#context, groupId, newOffsets, options)
  }

  /** @throws KafkaError for what concerns the whole group */
  deleteConsumerGroupOffsets(
    groupId: string,
    partitions: Parameters<typeof groupOffsets.deleteConsumerGroupOffsets>[2],
    options?: AdminCallOptions,
  ) {
    return groupOffsets.deleteConsumerGroupOffsets(this.#context, groupId, partitions, options)
  }

  /** Asks every broker; by broker. @throws KafkaError when one of them fails */
  listTransactions(options?: transactions.ListTransactionsOptions) {
    return transactions.listTransactions(this.#context, options)
  }

  /** By transactional id. */
  describeTransactions(transactionalIds: readonly string[], options?: AdminCallOptions) {
    return transactions.describeTransactions(this.#context, transactionalIds, options)
  }

  /** What partitions remember of their producers (KIP-664). */
  describeProducers(
    partitions: Parameters<typeof producers.describeProducers>[1],
    options?: producers.DescribeProducersOptions,
  ) {
    return producers.describeProducers(this.#context, partitions, options)
  }

  /** Ends the transaction of a producer in one partition, which its coordinator will not do. @throws KafkaError */
  abortTransaction(transaction: transactions.TransactionToAbort, options?: AdminCallOptions) {
    return transactions.abortTransaction(this.#context, transaction, options)
  }
}
