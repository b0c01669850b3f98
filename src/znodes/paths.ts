/** Where Kafka keeps what in ZooKeeper. All paths are below the chroot of zookeeper.connect. */

export type ConfigEntityType = 'topics' | 'clients' | 'users' | 'brokers' | 'ips'

export const paths = {
  clusterId: '/cluster/id',
  controller: '/controller',
  controllerEpoch: '/controller_epoch',
  feature: '/feature',
  brokerIds: '/brokers/ids',
  brokerSequence: '/brokers/seqid',
  topics: '/brokers/topics',
  topicDeletions: '/admin/delete_topics',
  requestedMoves: '/admin/reassign_partitions',
  requestedElections: '/admin/preferred_replica_election',
  configChanges: '/config/changes',
  isrChanges: '/isr_change_notification',
  logDirEvents: '/log_dir_event_notification',
  producerIdBlock: '/latest_producer_id_block',
  broker: (id: number) => `/brokers/ids/${id}`,
  topic: (topic: string) => `/brokers/topics/${topic}`,
  partitions: (topic: string) => `/brokers/topics/${topic}/partitions`,
  partition: (topic: string, partition: number) =>
    `/brokers/topics/${topic}/partitions/${partition}`,
  partitionState: (topic: string, partition: number) =>
    `/brokers/topics/${topic}/partitions/${partition}/state`,
  topicDeletion: (topic: string) => `/admin/delete_topics/${topic}`,
  configs: (type: ConfigEntityType) => `/config/${type}`,
  config: (type: ConfigEntityType, entity: string) => `/config/${type}/${entity}`,
} as const

/** What every broker makes sure of when it starts, parents first. */
export const persistentPaths: readonly string[] = [
  '/consumers',
  '/brokers/ids',
  '/brokers/topics',
  '/config/changes',
  '/admin/delete_topics',
  '/brokers/seqid',
  '/isr_change_notification',
  '/latest_producer_id_block',
  '/log_dir_event_notification',
  '/config/topics',
  '/config/clients',
  '/config/users',
  '/config/brokers',
  '/config/ips',
]
