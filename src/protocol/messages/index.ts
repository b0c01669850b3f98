/** One line a file: this is how the table of APIs, the header codecs and the tests learn of it. */
export { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from './add-offsets-to-txn.ts'
export { AddPartitionsToTxnRequest, AddPartitionsToTxnResponse } from './add-partitions-to-txn.ts'
export { AllocateProducerIdsRequest, AllocateProducerIdsResponse } from './allocate-producer-ids.ts'
export { AlterConfigsRequest, AlterConfigsResponse } from './alter-configs.ts'
export { AlterPartitionRequest, AlterPartitionResponse } from './alter-partition.ts'
export {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from './alter-partition-reassignments.ts'
export {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from './alter-replica-log-dirs.ts'
export { ApiVersionsRequest, ApiVersionsResponse } from './api-versions.ts'
export { ConsumerProtocolSubscription, ConsumerProtocolAssignment } from './consumer-protocol.ts'
export { ControlledShutdownRequest, ControlledShutdownResponse } from './controlled-shutdown.ts'
export { CreatePartitionsRequest, CreatePartitionsResponse } from './create-partitions.ts'
export { CreateTopicsRequest, CreateTopicsResponse } from './create-topics.ts'
export { DeleteGroupsRequest, DeleteGroupsResponse } from './delete-groups.ts'
export { DeleteRecordsRequest, DeleteRecordsResponse } from './delete-records.ts'
export { DeleteTopicsRequest, DeleteTopicsResponse } from './delete-topics.ts'
export { DescribeClusterRequest, DescribeClusterResponse } from './describe-cluster.ts'
export { DescribeConfigsRequest, DescribeConfigsResponse } from './describe-configs.ts'
export { DescribeGroupsRequest, DescribeGroupsResponse } from './describe-groups.ts'
export { DescribeLogDirsRequest, DescribeLogDirsResponse } from './describe-log-dirs.ts'
export { DescribeProducersRequest, DescribeProducersResponse } from './describe-producers.ts'
export {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from './describe-topic-partitions.ts'
export {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from './describe-transactions.ts'
export { ElectLeadersRequest, ElectLeadersResponse } from './elect-leaders.ts'
export { EndTxnRequest, EndTxnResponse } from './end-txn.ts'
export { FetchRequest, FetchResponse } from './fetch.ts'
export { FindCoordinatorRequest, FindCoordinatorResponse } from './find-coordinator.ts'
export { HeartbeatRequest, HeartbeatResponse } from './heartbeat.ts'
export {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from './incremental-alter-configs.ts'
export { InitProducerIdRequest, InitProducerIdResponse } from './init-producer-id.ts'
export { JoinGroupRequest, JoinGroupResponse } from './join-group.ts'
export { LeaderAndIsrRequest, LeaderAndIsrResponse } from './leader-and-isr.ts'
export { LeaveGroupRequest, LeaveGroupResponse } from './leave-group.ts'
export { ListGroupsRequest, ListGroupsResponse } from './list-groups.ts'
export { ListOffsetsRequest, ListOffsetsResponse } from './list-offsets.ts'
export {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from './list-partition-reassignments.ts'
export { ListTransactionsRequest, ListTransactionsResponse } from './list-transactions.ts'
export { MetadataRequest, MetadataResponse } from './metadata.ts'
export { OffsetCommitRequest, OffsetCommitResponse } from './offset-commit.ts'
export { OffsetDeleteRequest, OffsetDeleteResponse } from './offset-delete.ts'
export { OffsetFetchRequest, OffsetFetchResponse } from './offset-fetch.ts'
export {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from './offset-for-leader-epoch.ts'
export { ProduceRequest, ProduceResponse } from './produce.ts'
export { StopReplicaRequest, StopReplicaResponse } from './stop-replica.ts'
export { SyncGroupRequest, SyncGroupResponse } from './sync-group.ts'
export { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from './txn-offset-commit.ts'
export { UnregisterBrokerRequest, UnregisterBrokerResponse } from './unregister-broker.ts'
export { UpdateFeaturesRequest, UpdateFeaturesResponse } from './update-features.ts'
export { UpdateMetadataRequest, UpdateMetadataResponse } from './update-metadata.ts'
export { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from './write-txn-markers.ts'
