/**
 * The one place that knows what old versions of a request mean where the same fields mean something
 * else today. How they are encoded is the descriptions' business, and where a field tells the versions
 * apart the description is asked; what only a number can tell stands below.
 */
import {
  AddPartitionsToTxnRequest,
  allowsNull,
  ApiVersionsRequest,
  DeleteTopicsRequest,
  DescribeConfigsResponse,
  DescribeGroupsResponse,
  ErrorCode,
  FetchRequest,
  FetchResponse,
  FindCoordinatorRequest,
  hasField,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  ListOffsetsRequest,
  ListOffsetsResponse,
  MetadataRequest,
  OffsetCommitRequest,
  OffsetFetchRequest,
  ProduceRequest,
  ProduceResponse,
  SyncGroupRequest,
  UpdateFeaturesRequest,
  UpdateFeaturesResponse,
} from '../protocol/index.ts'

/** Whether null asks for all topics; where it cannot, an empty list does. */
export const asksAllByNull = allowsNull(MetadataRequest, 'topics')

/** Where the answer has a limit as a whole, the first batch is sent whole (KIP-74); before it was cut. */
export const isFirstBatchWhole = hasField(FetchRequest, 'maxBytes')

/** KIP-516. */
export const fetchesByTopicId = hasField(FetchRequest, 'topics.topicId')
/** KIP-516. */
export const producesByTopicId = hasField(ProduceRequest, 'topicData.topicId')

/** Wants the first offsets of segments, newest first, instead of one offset (before KIP-79). */
export const wantsSegmentOffsets = hasField(ListOffsetsRequest, 'topics.partitions.maxNumOffsets')
/** Can be told the epoch of the offset (KIP-320). */
export const tellsLeaderEpoch = hasField(ListOffsetsResponse, 'topics.partitions.leaderEpoch')

/** Knows that offsets may not be available right after an election (KIP-207); before it is told that no leader is. */
export const knowsOffsetNotAvailable = (version: number): boolean => version >= 5

/** Its answer has room for the leaders' addresses (KIP-951). */
export const fetchTellsLeaders = hasField(FetchResponse, 'nodeEndpoints')
/** KIP-951. */
export const produceTellsLeaders = hasField(ProduceResponse, 'nodeEndpoints')

/** Says where it stands, if only that it does not say: it may read from followers (KIP-392). */
export const readsFollowers = hasField(FetchRequest, 'rackId')

/** The leader can be told not to assign (KIP-814). */
export const skipsAssignment = hasField(JoinGroupResponse, 'skipAssignment')
/** Without a time for rebalances that of the session counts for both (KIP-62). */
export const hasRebalanceTimeout = hasField(JoinGroupRequest, 'rebalanceTimeoutMs')
/** Before KIP-559 a protocol that is none has an empty name. */
export const isProtocolNameNullable = allowsNull(JoinGroupResponse, 'protocolName')
/** Must say which protocol it is about (KIP-559). */
export const namesProtocol = hasField(SyncGroupRequest, 'protocolName')
/** Names several members (KIP-345). */
export const leavesTogether = hasField(LeaveGroupRequest, 'members')

/** KIP-848. */
export const commitsByTopicId = hasField(OffsetCommitRequest, 'topics.topicId')
/** KIP-848. */
export const fetchesOffsetsByTopicId = hasField(OffsetFetchRequest, 'groups.topics.topicId')
/** Asks for several groups (KIP-709). */
export const asksSeveralGroups = hasField(OffsetFetchRequest, 'groups')
/** Asks for several keys (KIP-699). */
export const asksSeveralCoordinators = hasField(FindCoordinatorRequest, 'coordinatorKeys')
/** Knows GROUP_ID_NOT_FOUND, told with a message (KIP-1043). */
export const describesGroupIdNotFound = hasField(DescribeGroupsResponse, 'groups.errorMessage')

/** From brokers, about several transactions (KIP-890). */
export const addsToSeveralTransactions = hasField(AddPartitionsToTxnRequest, 'transactions')

/** Names topics in a list of names or ids (KIP-516). */
export const deletesByNameOrId = hasField(DeleteTopicsRequest, 'topics')

/** Told of a value only whether it is the default; today where it comes from (KIP-226). */
export const tellsOnlyDefaults = hasField(DescribeConfigsResponse, 'results.configs.isDefault')

/** Says which way a feature goes (KIP-778), where before it said whether down is allowed. */
export const saysUpgradeType = hasField(UpdateFeaturesRequest, 'featureUpdates.upgradeType')
const answersEachFeature = hasField(UpdateFeaturesResponse, 'results')
/** One answer for all features (KIP-1022). */
export const answersFeaturesTogether = (version: number): boolean => !answersEachFeature(version)

/** The client says what software it is (KIP-511). */
export const namesSoftware = hasField(ApiVersionsRequest, 'clientSoftwareName')

/** What a reader understands: message sets of format 0 until Fetch 1, of format 1 until 3, batches since 4. */
export function newestMagicFor(fetchVersion: number): 0 | 1 | 2 {
  if (fetchVersion <= 1) return 0
  return fetchVersion <= 3 ? 1 : 2
}

/** zstd came with Fetch 10 (KIP-110). */
export const readsZstd = (fetchVersion: number): boolean => fetchVersion >= 10

/** OffsetCommit and OffsetFetch 0 keep offsets in ZooKeeper (/consumers), not in a topic. */
export const keepsOffsetsInZooKeeper = (version: number): boolean => version === 0

/** JoinGroup from 4 on tells a new member its id first (KIP-394). */
export const rejoinsWithId = (joinGroupVersion: number): boolean => joinGroupVersion >= 4

/** CreateTopics from 4 on takes -1 as the broker's default (KIP-464). */
export const knowsDefaults = (createTopicsVersion: number): boolean => createTopicsVersion >= 4

/** DeleteTopics from 3 on knows TOPIC_DELETION_DISABLED (KIP-322). */
export const knowsDeletionDisabled = (deleteTopicsVersion: number): boolean =>
  deleteTopicsVersion >= 3

/** PRODUCER_FENCED came with KIP-588; before, INVALID_PRODUCER_EPOCH says it. */
export function fencedFor(errorCode: ErrorCode, knowsFenced: boolean): ErrorCode {
  const isUnknown = errorCode === ErrorCode.PRODUCER_FENCED && !knowsFenced
  return isUnknown ? ErrorCode.INVALID_PRODUCER_EPOCH : errorCode
}
export const initKnowsFenced = (initProducerIdVersion: number): boolean =>
  initProducerIdVersion >= 4
/** The same for AddPartitionsToTxn, AddOffsetsToTxn and EndTxn. */
export const knowsFenced = (version: number): boolean => version >= 2

/** TRANSACTION_ABORTABLE came with Produce 11 and TxnOffsetCommit 4 (KIP-890); before, INVALID_TXN_STATE says it. */
export const producesAbortable = (produceVersion: number): boolean => produceVersion >= 11
export const commitsAbortable = (txnOffsetCommitVersion: number): boolean =>
  txnOffsetCommitVersion >= 4

/** Java's producers before 2.3 end when a coordinator says that it is loading (KAFKA-7296). */
export const survivesLoading = (txnOffsetCommitVersion: number): boolean =>
  txnOffsetCommitVersion >= 2

/** AlterPartition v2 and later names topics by id, and knows that a replica may be ineligible (KIP-841). */
export function altersByTopicId(version: number): boolean {
  return version >= 2
}

/** AlterPartition v3 and later gives each replica with its broker's epoch (KIP-903). */
export function altersWithEpochs(version: number): boolean {
  return version >= 3
}

/** What the controller orders: partitions stand by topic since KIP-380, alone before. */
export const leaderAndIsrByTopic = (version: number): boolean => version >= 2
export const updateMetadataByTopic = (version: number): boolean => version >= 5
export const stopReplicaByTopic = (version: number): boolean => version >= 1
/** StopReplica v3 and later says of each partition whether it is to be deleted (KIP-570). */
export const stopReplicaByPartition = (version: number): boolean => version >= 3
/** LeaderAndIsr v6 and later says whether a leader recovers (KIP-704). */
export const leaderAndIsrRecovers = (version: number): boolean => version >= 6
/** LeaderAndIsr v5 and later is answered by topic id (KIP-516). */
export const leaderAndIsrAnsweredById = (version: number): boolean => version >= 5
/** UpdateMetadata v0 knows one address of a broker only. */
export const updateMetadataHasEndpoints = (version: number): boolean => version >= 1

/** Fetch, as followers use it: sessions (KIP-227), divergence (KIP-595), topic ids (KIP-516), the epoch of who asks (KIP-903). */
export const fetchesInSessions = (version: number): boolean => version >= 7
export const fetchTellsDivergence = (version: number): boolean => version >= 12
export const fetchesById = (version: number): boolean => version >= 13
export const fetchSaysReplicaEpoch = (version: number): boolean => version >= 15
/** ListOffsets v0 answers with a list of offsets. */
export const listsOneOffset = (version: number): boolean => version >= 1
