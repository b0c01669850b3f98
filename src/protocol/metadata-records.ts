/**
 * The records of `__cluster_metadata`, where Kafka without ZooKeeper keeps what ZooKeeper keeps here
 * (KIP-500). Only tools read them: `kafka-dump-log --cluster-metadata-decoder`.
 */
import {
  array,
  bool,
  bytes,
  float64,
  int16,
  int32,
  int64Exact,
  int8,
  mapKey,
  message,
  type Message,
  nullable,
  since,
  string,
  tagged,
  uint16,
  uuid,
  withDefault,
} from './language.ts'

/** v1 controlled shutdown (KIP-841), v2 migration from ZooKeeper (KIP-866), v3 log directories (KIP-858). */
export const RegisterBrokerRecord = message({
  name: 'RegisterBrokerRecord',
  versions: [0, 3],
  flexible: 0,
  fields: {
    brokerId: int32,
    isMigratingZkBroker: since(2, bool),
    incarnationId: uuid,
    brokerEpoch: int64Exact,
    endPoints: array({ name: mapKey(string), host: string, port: uint16, securityProtocol: int16 }),
    features: array({
      name: mapKey(string),
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
    rack: nullable(string),
    fenced: withDefault(bool, true),
    inControlledShutdown: since(1, bool),
    logDirs: tagged(0, 3, array(uuid)),
  },
})

export const UnregisterBrokerRecord = message({
  name: 'UnregisterBrokerRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { brokerId: int32, brokerEpoch: int64Exact },
})

export const TopicRecord = message({
  name: 'TopicRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { name: string, topicId: uuid },
})

/** v1 log directories (KIP-858), v2 eligible leader replicas (KIP-966). */
export const PartitionRecord = message({
  name: 'PartitionRecord',
  versions: [0, 2],
  flexible: 0,
  fields: {
    partitionId: withDefault(int32, -1),
    topicId: uuid,
    replicas: array(int32),
    isr: array(int32),
    removingReplicas: array(int32),
    addingReplicas: array(int32),
    leader: withDefault(int32, -1),
    leaderRecoveryState: tagged(0, 0, int8),
    leaderEpoch: withDefault(int32, -1),
    partitionEpoch: withDefault(int32, -1),
    directories: since(1, array(uuid)),
    eligibleLeaderReplicas: tagged(1, 2, nullable(array(int32))),
    lastKnownElr: tagged(2, 2, nullable(array(int32))),
  },
})

export const ConfigRecord = message({
  name: 'ConfigRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { resourceType: int8, resourceName: string, name: string, value: nullable(string) },
})

/** v1 log directories (KIP-858), v2 eligible leader replicas (KIP-966). */
export const PartitionChangeRecord = message({
  name: 'PartitionChangeRecord',
  versions: [0, 2],
  flexible: 0,
  fields: {
    partitionId: withDefault(int32, -1),
    topicId: uuid,
    isr: tagged(0, 0, nullable(array(int32))),
    leader: tagged(1, 0, withDefault(int32, -2)),
    replicas: tagged(2, 0, nullable(array(int32))),
    removingReplicas: tagged(3, 0, nullable(array(int32))),
    addingReplicas: tagged(4, 0, nullable(array(int32))),
    leaderRecoveryState: tagged(5, 0, withDefault(int8, -1)),
    directories: tagged(8, 1, nullable(array(uuid))),
    eligibleLeaderReplicas: tagged(6, 2, nullable(array(int32))),
    lastKnownElr: tagged(7, 2, nullable(array(int32))),
  },
})

export const FenceBrokerRecord = message({
  name: 'FenceBrokerRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { id: int32, epoch: int64Exact },
})

export const UnfenceBrokerRecord = message({
  name: 'UnfenceBrokerRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { id: int32, epoch: int64Exact },
})

export const RemoveTopicRecord = message({
  name: 'RemoveTopicRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { topicId: uuid },
})

export const DelegationTokenRecord = message({
  name: 'DelegationTokenRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    owner: string,
    requester: string,
    renewers: array(string),
    issueTimestamp: int64Exact,
    maxTimestamp: int64Exact,
    expirationTimestamp: int64Exact,
    tokenId: string,
  },
})

export const UserScramCredentialRecord = message({
  name: 'UserScramCredentialRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    name: string,
    mechanism: int8,
    salt: bytes,
    storedKey: bytes,
    serverKey: bytes,
    iterations: int32,
  },
})

export const FeatureLevelRecord = message({
  name: 'FeatureLevelRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { name: string, featureLevel: int16 },
})

export const ClientQuotaRecord = message({
  name: 'ClientQuotaRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    entity: array({ entityType: string, entityName: nullable(string) }),
    key: string,
    value: float64,
    remove: bool,
  },
})

/** The next block of producer ids (KIP-730). */
export const ProducerIdsRecord = message({
  name: 'ProducerIdsRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    brokerId: int32,
    brokerEpoch: withDefault(int64Exact, -1n),
    nextProducerId: int64Exact,
  },
})

/** v1 controlled shutdown (KIP-841), v2 log directories (KIP-858). */
export const BrokerRegistrationChangeRecord = message({
  name: 'BrokerRegistrationChangeRecord',
  versions: [0, 2],
  flexible: 0,
  fields: {
    brokerId: int32,
    brokerEpoch: int64Exact,
    fenced: tagged(0, 0, int8),
    inControlledShutdown: tagged(1, 1, int8),
    logDirs: tagged(2, 2, array(uuid)),
  },
})

export const AccessControlEntryRecord = message({
  name: 'AccessControlEntryRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    id: uuid,
    resourceType: int8,
    resourceName: string,
    patternType: int8,
    principal: string,
    host: string,
    operation: int8,
    permissionType: int8,
  },
})

export const RemoveAccessControlEntryRecord = message({
  name: 'RemoveAccessControlEntryRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { id: uuid },
})

export const NoOpRecord = message({ name: 'NoOpRecord', versions: [0, 0], flexible: 0, fields: {} })

export const ZkMigrationStateRecord = message({
  name: 'ZkMigrationStateRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { zkMigrationState: int8 },
})

export const RemoveUserScramCredentialRecord = message({
  name: 'RemoveUserScramCredentialRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { name: string, mechanism: int8 },
})

/** What lies between it and its end counts at once or not at all (KIP-868). */
export const BeginTransactionRecord = message({
  name: 'BeginTransactionRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { name: tagged(0, 0, nullable(string)) },
})

export const EndTransactionRecord = message({
  name: 'EndTransactionRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {},
})

export const AbortTransactionRecord = message({
  name: 'AbortTransactionRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { reason: tagged(0, 0, nullable(string)) },
})

export const RemoveDelegationTokenRecord = message({
  name: 'RemoveDelegationTokenRecord',
  versions: [0, 0],
  flexible: 0,
  fields: { tokenId: string },
})

export const RegisterControllerRecord = message({
  name: 'RegisterControllerRecord',
  versions: [0, 0],
  flexible: 0,
  fields: {
    controllerId: int32,
    incarnationId: uuid,
    zkMigrationReady: bool,
    endPoints: array({ name: mapKey(string), host: string, port: uint16, securityProtocol: int16 }),
    features: array({
      name: mapKey(string),
      minSupportedVersion: int16,
      maxSupportedVersion: int16,
    }),
  },
})

/** Under the id that a record begins with: its description, and the name that tools print. */
export const metadataRecords: ReadonlyMap<
  number,
  { readonly type: string; readonly message: Message }
> = new Map([
  [0, { type: 'REGISTER_BROKER_RECORD', message: RegisterBrokerRecord }],
  [1, { type: 'UNREGISTER_BROKER_RECORD', message: UnregisterBrokerRecord }],
  [2, { type: 'TOPIC_RECORD', message: TopicRecord }],
  [3, { type: 'PARTITION_RECORD', message: PartitionRecord }],
  [4, { type: 'CONFIG_RECORD', message: ConfigRecord }],
  [5, { type: 'PARTITION_CHANGE_RECORD', message: PartitionChangeRecord }],
  [7, { type: 'FENCE_BROKER_RECORD', message: FenceBrokerRecord }],
  [8, { type: 'UNFENCE_BROKER_RECORD', message: UnfenceBrokerRecord }],
  [9, { type: 'REMOVE_TOPIC_RECORD', message: RemoveTopicRecord }],
  [10, { type: 'DELEGATION_TOKEN_RECORD', message: DelegationTokenRecord }],
  [11, { type: 'USER_SCRAM_CREDENTIAL_RECORD', message: UserScramCredentialRecord }],
  [12, { type: 'FEATURE_LEVEL_RECORD', message: FeatureLevelRecord }],
  [14, { type: 'CLIENT_QUOTA_RECORD', message: ClientQuotaRecord }],
  [15, { type: 'PRODUCER_IDS_RECORD', message: ProducerIdsRecord }],
  [17, { type: 'BROKER_REGISTRATION_CHANGE_RECORD', message: BrokerRegistrationChangeRecord }],
  [18, { type: 'ACCESS_CONTROL_ENTRY_RECORD', message: AccessControlEntryRecord }],
  [19, { type: 'REMOVE_ACCESS_CONTROL_ENTRY_RECORD', message: RemoveAccessControlEntryRecord }],
  [20, { type: 'NO_OP_RECORD', message: NoOpRecord }],
  [21, { type: 'ZK_MIGRATION_STATE_RECORD', message: ZkMigrationStateRecord }],
  [22, { type: 'REMOVE_USER_SCRAM_CREDENTIAL_RECORD', message: RemoveUserScramCredentialRecord }],
  [23, { type: 'BEGIN_TRANSACTION_RECORD', message: BeginTransactionRecord }],
  [24, { type: 'END_TRANSACTION_RECORD', message: EndTransactionRecord }],
  [25, { type: 'ABORT_TRANSACTION_RECORD', message: AbortTransactionRecord }],
  [26, { type: 'REMOVE_DELEGATION_TOKEN_RECORD', message: RemoveDelegationTokenRecord }],
  [27, { type: 'REGISTER_CONTROLLER_RECORD', message: RegisterControllerRecord }],
])
