export type { IsrOutcome, IsrProposal, PartitionState, ReplicaCluster } from './cluster.ts'
export type { FetchOptions } from './fetching.ts'
export {
  FetchSessions,
  type FetchPartition,
  type FetchRound,
  type FetchSessionRequest,
  type SessionProblem,
} from './fetch-sessions.ts'
export {
  deleteRecords,
  endOfEpoch,
  findOffset,
  segmentOffsets,
  type EpochQuery,
  type FoundOffset,
  type OffsetQuery,
} from './offset-queries.ts'
export type { Partition } from './partition.ts'
export { refusedAppend, type PartitionAppend } from './partition-append.ts'
export type { PartitionRead } from './partition-read.ts'
export {
  Replicas,
  type ReplicasOptions,
  type Taken,
  type TakenImage,
  type TopicSettings,
} from './replicas.ts'
export {
  defaultReplicationSettings,
  replicationSettingsOf,
  type ReplicationSettings,
} from './replication-settings.ts'
export { logConfigOf, produceRulesOf } from './topic-rules.ts'
