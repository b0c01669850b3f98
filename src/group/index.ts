/** The classic group coordinator as a machine: see README.md. */
export { apply } from './apply.ts'
export { decide } from './decide.ts'
export type { Decision, GroupEffect, Transition } from './decision.ts'
export {
  describeGroup,
  describeRefused,
  listGroups,
  type GroupDescription,
  type GroupFilter,
  type GroupOverview,
  type MemberDescription,
} from './describe.ts'
export type {
  ClientEvent,
  CommitOffsets,
  DeleteGroup,
  DeleteOffsets,
  FailedEvent,
  GroupEvent,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  LostEvent,
  MemberAssignment,
  OffsetToCommit,
  Replies,
  SyncGroup,
  TimerEvent,
} from './events.ts'
export {
  fetchOffsets,
  type FetchedOffset,
  type FetchedTopic,
  type FetchOffsets,
} from './fetch-offsets.ts'
export type { Member, MemberProtocol, RequestId } from './member.ts'
export type { MemberIdentity, Membership, Phase } from './membership.ts'
export type { CommittedOffset, GroupMetadata, GroupRecord, TopicPartition } from './records.ts'
export { refuse } from './refuse.ts'
export type {
  CommitReply,
  DeleteGroupReply,
  DeleteOffsetsReply,
  GroupReply,
  HeartbeatReply,
  JoinedMember,
  JoinReply,
  LeaveReply,
  PartitionResult,
  SyncReply,
} from './replies.ts'
export { defaultGroupSettings, type GroupSettings } from './settings.ts'
export {
  countOffsets,
  createShard,
  type Group,
  type GroupShard,
  type StoredOffset,
} from './shard.ts'
export {
  decodeRecord,
  encodeRecord,
  recordVersionsFor,
  type RecordBytes,
  type RecordVersions,
} from './record-codec.ts'
export { groupPartition } from './partition.ts'
