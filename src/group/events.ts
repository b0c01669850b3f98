/**
 * Everything that can happen to a group: what clients ask, timers that end, and what became of the
 * records of an earlier decision. Plain data of no version: the handlers map the wire to it.
 */
import type { ErrorCode } from '../protocol/index.ts'
import type { MemberProtocol, Member, RequestId } from './member.ts'
import type { MemberIdentity, Membership } from './membership.ts'
import type { TopicPartition } from './records.ts'
import type {
  CommitReply,
  DeleteGroupReply,
  DeleteOffsetsReply,
  HeartbeatReply,
  JoinReply,
  LeaveReply,
  PartitionResult,
  SyncReply,
} from './replies.ts'

export interface JoinGroup extends MemberIdentity {
  readonly type: 'join-group'
  readonly groupId: string
  /** Answered when the rebalance completes. */
  readonly request: RequestId
  /** A random UUID, in case that the member gets an id: `clientId-uuid`, or `groupInstanceId-uuid`. */
  readonly uuid: string
  readonly clientId: string
  /** As Java prints an address: `/127.0.0.1`. */
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  /** Version 0 has none and means the session timeout. */
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
  /** Why, in the client's words (KIP-800); only logged. */
  readonly reason: string | null
  /** Version 4 and later: a new member is told its id and has to join again with it (KIP-394). */
  readonly canRejoinWithId: boolean
  /** Version 9 and later: a leader can be told not to assign (KIP-814). */
  readonly canSkipAssignment: boolean
}

export interface SyncGroup extends MemberIdentity {
  readonly type: 'sync-group'
  readonly groupId: string
  readonly request: RequestId
  readonly generationId: number
  /** Null: not checked (before version 5). */
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** From the leader: what each member gets. */
  readonly assignments: readonly MemberAssignment[]
}

export interface MemberAssignment {
  readonly memberId: string
  readonly assignment: Buffer
}

export interface Heartbeat extends MemberIdentity {
  readonly type: 'heartbeat'
  readonly groupId: string
  readonly generationId: number
}

export interface LeaveGroup {
  readonly type: 'leave-group'
  readonly groupId: string
  /** An empty member id with an instance id: removed by an administrator. */
  readonly members: readonly (MemberIdentity & { readonly reason: string | null })[]
}

export interface CommitOffsets extends MemberIdentity {
  readonly type: 'commit-offsets'
  readonly groupId: string
  /** -1 from whoever does without group management: tools, assigned consumers. */
  readonly generationId: number
  /** Versions 2 to 4 may choose; -1: the broker's. */
  readonly retentionMs: bigint
  readonly offsets: readonly OffsetToCommit[]
  /** Whether GROUP_ID_NOT_FOUND is understood (version 10); ILLEGAL_GENERATION otherwise. */
  readonly knowsGroupIdNotFound: boolean
  /** Of a transactional producer: the offsets count once its transaction is committed (KIP-98). */
  readonly producer: Producer | undefined
}

export interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface OffsetToCommit extends TopicPartition {
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string | null
  /** Version 1 may choose; -1: now. */
  readonly commitTimestamp: bigint
}

export interface DeleteOffsets {
  readonly type: 'delete-offsets'
  readonly groupId: string
  readonly partitions: readonly TopicPartition[]
}

export interface DeleteGroup {
  readonly type: 'delete-group'
  readonly groupId: string
}

/** Periodically, for each group (`offsets.retention.check.interval.ms`). */
export interface ExpireOffsets {
  readonly type: 'expire-offsets'
  readonly groupId: string
}

/** Their topics are gone; for each group. */
export interface PartitionsDeleted {
  readonly type: 'partitions-deleted'
  readonly groupId: string
  readonly partitions: readonly TopicPartition[]
}

/** The log of the partition is read; for each group in it, before any request. */
export interface GroupLoaded {
  readonly type: 'group-loaded'
  readonly groupId: string
}

/** Timers: each is an event that comes later. */
export type TimerEvent =
  | { readonly type: 'session-expired'; readonly groupId: string; readonly memberId: string }
  | { readonly type: 'join-expired'; readonly groupId: string }
  | { readonly type: 'sync-expired'; readonly groupId: string }

/** What follows when the records of a decision are durable. */
export type StoredEvent =
  | {
      readonly type: 'assignment-stored'
      readonly groupId: string
      readonly generationId: number
      readonly assignments: readonly MemberAssignment[]
    }
  | {
      readonly type: 'static-member-stored'
      readonly groupId: string
      readonly generationId: number
      readonly memberId: string
      readonly request: RequestId
      /** Who the leader was before the member got its new id. */
      readonly formerLeaderId: string | null
      readonly canSkipAssignment: boolean
    }
  | { readonly type: 'group-deleted'; readonly groupId: string }

/** What follows when they are not; whoever runs the machine adds the error of the append. */
export type LostEvent =
  | { readonly type: 'assignment-lost'; readonly groupId: string; readonly generationId: number }
  | {
      readonly type: 'static-member-lost'
      readonly groupId: string
      readonly memberId: string
      /** As it was before its process came back. */
      readonly former: Member
      readonly request: RequestId
    }
  | {
      readonly type: 'commit-lost'
      readonly groupId: string
      /** As they would have been answered: NONE was on its way to the log. */
      readonly partitions: readonly PartitionResult[]
      readonly isTransactional: boolean
    }
  | {
      readonly type: 'deletion-lost'
      readonly groupId: string
      /** As it was before the deletion began. */
      readonly membership: Membership
    }

export type FailedEvent = LostEvent & { readonly errorCode: ErrorCode }

export type ClientEvent =
  JoinGroup | SyncGroup | Heartbeat | LeaveGroup | CommitOffsets | DeleteOffsets | DeleteGroup

export type GroupEvent =
  | ClientEvent
  | ExpireOffsets
  | PartitionsDeleted
  | GroupLoaded
  | TimerEvent
  | StoredEvent
  | FailedEvent

/** The answer to each question. */
export interface Replies {
  'join-group': JoinReply
  'sync-group': SyncReply
  heartbeat: HeartbeatReply
  'leave-group': LeaveReply
  'commit-offsets': CommitReply
  'delete-offsets': DeleteOffsetsReply
  'delete-group': DeleteGroupReply
}
