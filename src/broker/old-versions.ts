/**
 * The one place that knows what old versions of a request mean where the same fields mean something
 * else today. How they are encoded is the descriptions' business.
 */

/** Metadata 0 had no null: an empty list asks for all topics. */
export const emptyMeansAllTopics = (metadataVersion: number): boolean => metadataVersion === 0

/** Until Fetch 2 a batch larger than the limit was cut; since 3 (KIP-74) the first one is sent whole. */
export const isFirstBatchWhole = (fetchVersion: number): boolean => fetchVersion >= 3

/** From Fetch 13 (KIP-516) topics are named by id. */
export const fetchesByTopicId = (fetchVersion: number): boolean => fetchVersion >= 13

/** What a reader understands: message sets of format 0 until Fetch 1, of format 1 until 3, batches since 4. */
export function newestMagicFor(fetchVersion: number): 0 | 1 | 2 {
  if (fetchVersion <= 1) return 0
  return fetchVersion <= 3 ? 1 : 2
}

/** zstd came with Fetch 10 (KIP-110). */
export const readsZstd = (fetchVersion: number): boolean => fetchVersion >= 10

/** Produce 13 names topics by id (KIP-516). */
export const producesByTopicId = (produceVersion: number): boolean => produceVersion >= 13

/** ListOffsets 0 wants the first offsets of segments, newest first, instead of one offset. */
export const wantsSegmentOffsets = (listOffsetsVersion: number): boolean => listOffsetsVersion === 0

/** OffsetCommit and OffsetFetch 0 keep offsets in ZooKeeper (/consumers), not in a topic. */
export const keepsOffsetsInZooKeeper = (version: number): boolean => version === 0

/** JoinGroup from 4 on tells a new member its id first (KIP-394). */
export const rejoinsWithId = (joinGroupVersion: number): boolean => joinGroupVersion >= 4

/** JoinGroup from 9 on can tell the leader not to assign (KIP-814). */
export const skipsAssignment = (joinGroupVersion: number): boolean => joinGroupVersion >= 9

/** JoinGroup 0 has no rebalance timeout: the session timeout counts for both. */
export const hasRebalanceTimeout = (joinGroupVersion: number): boolean => joinGroupVersion >= 1

/** SyncGroup from 5 on must say which protocol it is about (KIP-559). */
export const namesProtocol = (syncGroupVersion: number): boolean => syncGroupVersion >= 5

/** OffsetCommit 10 and OffsetFetch 10 name topics by id (KIP-848). */
export const commitsByTopicId = (version: number): boolean => version >= 10

/** OffsetCommit from 10 on, DescribeGroups from 6 on know GROUP_ID_NOT_FOUND (KIP-1043). */
export const describesGroupIdNotFound = (describeGroupsVersion: number): boolean =>
  describeGroupsVersion >= 6

/** FindCoordinator from 4 on asks for several keys (KIP-699). */
export const asksSeveralCoordinators = (findCoordinatorVersion: number): boolean =>
  findCoordinatorVersion >= 4

/** OffsetFetch from 8 on asks for several groups (KIP-709). */
export const asksSeveralGroups = (offsetFetchVersion: number): boolean => offsetFetchVersion >= 8

/** LeaveGroup from 3 on names several members (KIP-345). */
export const leavesTogether = (leaveGroupVersion: number): boolean => leaveGroupVersion >= 3

/** DeleteTopics from 6 on names topics in a list of names or ids (KIP-516). */
export const deletesByNameOrId = (deleteTopicsVersion: number): boolean => deleteTopicsVersion >= 6

/** CreateTopics from 4 on takes -1 as the broker's default (KIP-464). */
export const knowsDefaults = (createTopicsVersion: number): boolean => createTopicsVersion >= 4

/** OffsetForLeaderEpoch before 3 came from followers only, without saying so. */
export const saysWhoAsks = (offsetForLeaderEpochVersion: number): boolean =>
  offsetForLeaderEpochVersion >= 3

/** DescribeConfigs 0 told of a value only whether it is the default; since 1 (KIP-226) where it comes from. */
export const tellsOnlyDefaults = (describeConfigsVersion: number): boolean =>
  describeConfigsVersion === 0

/** ListOffsets before 4 could not name the epoch of the offset (KIP-320). */
export const tellsLeaderEpoch = (listOffsetsVersion: number): boolean => listOffsetsVersion >= 4
