/** Answers of the coordinator, in today's shape; the handlers map them to the versions of the wire. */
import { ErrorCode } from '../protocol/index.ts'
import type { TopicPartition } from './records.ts'

export interface JoinReply {
  readonly errorCode: ErrorCode
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  /** The leader must not assign: the group goes on with the assignment it has (KIP-814). */
  readonly skipAssignment: boolean
  readonly memberId: string
  /** Everybody, for the leader; nobody, for the others. */
  readonly members: readonly JoinedMember[]
}

export interface JoinedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Buffer
}

export function joinRefused(errorCode: ErrorCode, memberId: string): JoinReply {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  }
}

export interface SyncReply {
  readonly errorCode: ErrorCode
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

export function syncRefused(errorCode: ErrorCode): SyncReply {
  return { errorCode, protocolType: null, protocolName: null, assignment: Buffer.alloc(0) }
}

export interface HeartbeatReply {
  readonly errorCode: ErrorCode
}

export interface LeaveReply {
  readonly errorCode: ErrorCode
  /** One for each that asked to leave, in that order. */
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly errorCode: ErrorCode
  }[]
}

export interface PartitionResult extends TopicPartition {
  readonly errorCode: ErrorCode
}

export interface CommitReply {
  /** One for each offset of the request, in its order. */
  readonly partitions: readonly PartitionResult[]
}

export function commitRefused(
  partitions: readonly TopicPartition[],
  errorCode: ErrorCode,
): CommitReply {
  return {
    partitions: partitions.map(({ topic, partition }) => ({ topic, partition, errorCode })),
  }
}

export interface DeleteOffsetsReply {
  /** About the group; when it is not NONE there are no partitions. */
  readonly errorCode: ErrorCode
  readonly partitions: readonly PartitionResult[]
}

export interface DeleteGroupReply {
  readonly errorCode: ErrorCode
}

export type GroupReply =
  | JoinReply
  | SyncReply
  | HeartbeatReply
  | LeaveReply
  | CommitReply
  | DeleteOffsetsReply
  | DeleteGroupReply
