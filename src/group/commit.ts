/** Decides OffsetCommit. Mirrors `handleCommitOffsets` and `storeOffsets`. */
import { ErrorCode } from '../protocol/index.ts'
import { commitErrorOf } from './append-errors.ts'
import { answer, type Decision } from './decision.ts'
import type { CommitOffsets, FailedEvent, OffsetToCommit } from './events.ts'
import { sessionOf } from './heartbeat.ts'
import { checkIdentity, emptyMembership, type Membership } from './membership.ts'
import { NO_EXPIRE_TIMESTAMP, type GroupRecord } from './records.ts'
import { commitRefused, type CommitReply } from './replies.ts'
import type { GroupShard } from './shard.ts'

const DEFAULT_TIMESTAMP = -1n
const DEFAULT_RETENTION = -1n
const LARGEST_INT64 = 0x7fff_ffff_ffff_ffffn

/**
 * Writes the offsets whose metadata is not too long. They are seen by OffsetFetch when they are
 * durable; until then they are counted as in flight, and several commits may be.
 */
export function decideCommit(
  shard: GroupShard,
  event: CommitOffsets,
  nowMs: number,
): Decision<CommitReply> {
  const { groupId, offsets, producer } = event
  const membership = shard.groups.get(groupId)?.membership
  const errorCode =
    producer !== undefined
      ? checkTransactional(membership ?? emptyMembership(nowMs), event)
      : membership === undefined
        ? checkNewGroup(event)
        : check(membership, event)
  if (errorCode !== ErrorCode.NONE) return answer(commitRefused(offsets, errorCode))

  const isTooLong = ({ metadata }: OffsetToCommit): boolean =>
    metadata !== null && metadata.length > shard.settings.offsetMetadataMaxUnits
  const partitions = offsets.map(each => ({
    topic: each.topic,
    partition: each.partition,
    errorCode: isTooLong(each) ? ErrorCode.OFFSET_METADATA_TOO_LARGE : ErrorCode.NONE,
  }))
  const written = offsets.filter(each => !isTooLong(each))
  // The commit of a transaction comes from a producer: it tells nothing of the member's life.
  const member = producer === undefined ? membership?.members.get(event.memberId) : undefined
  const effects = member === undefined ? [] : [sessionOf(groupId, member)]
  if (written.length === 0) return answer({ partitions }, effects)

  const isTransactional = producer !== undefined
  const places = written.map(({ topic, partition }) => ({ topic, partition }))
  return {
    reply: { partitions },
    transitions: [
      ...(membership === undefined
        ? [{ type: 'membership', groupId, membership: emptyMembership(nowMs) } as const]
        : []),
      { type: 'commits-in-flight', groupId, partitions: places, isTransactional, change: 1 },
    ],
    records: recordsOf(event, written, nowMs),
    ...(producer !== undefined && { producer }),
    effects,
    lost: { type: 'commit-lost', groupId, partitions, isTransactional },
  }
}

/** Without a group only those may commit who do without group management. */
function checkNewGroup(event: CommitOffsets): ErrorCode {
  if (event.generationId < 0) return ErrorCode.NONE
  return event.knowsGroupIdNotFound ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION
}

function check(group: Membership, event: CommitOffsets): ErrorCode {
  if (group.phase === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE
  const isEmpty = group.phase === 'Empty'
  if (event.generationId < 0 && isEmpty) return ErrorCode.NONE
  if (!saysWho(event)) return ErrorCode.UNKNOWN_MEMBER_ID
  const errorCode = checkIdentity(group, event)
  if (errorCode !== ErrorCode.NONE) return errorCode
  if (event.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
  // During PreparingRebalance a member may still store what it has done; its heartbeat tells it to stop.
  return group.phase === 'CompletingRebalance' ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE
}

/**
 * Clients before KIP-447 do not say who they are, and may commit whatever the group does; a rebalance
 * does not keep a transaction from being committed.
 */
function checkTransactional(group: Membership, event: CommitOffsets): ErrorCode {
  if (group.phase === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE
  if (event.generationId < 0 && group.phase === 'Empty') return ErrorCode.NONE
  if (!saysWho(event)) return ErrorCode.NONE
  const errorCode = checkIdentity(group, event)
  if (errorCode !== ErrorCode.NONE) return errorCode
  const isCurrent = event.generationId === group.generationId
  return isCurrent ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION
}

function saysWho({ generationId, memberId, groupInstanceId }: CommitOffsets): boolean {
  return generationId >= 0 || memberId !== '' || groupInstanceId !== null
}

function recordsOf(
  event: CommitOffsets,
  written: readonly OffsetToCommit[],
  nowMs: number,
): GroupRecord[] {
  const now = BigInt(Math.floor(nowMs))
  const expireTimestamp =
    event.retentionMs === DEFAULT_RETENTION
      ? NO_EXPIRE_TIMESTAMP
      : addSaturating(now, event.retentionMs)
  return written.map(each => ({
    type: 'offset',
    groupId: event.groupId,
    topic: each.topic,
    partition: each.partition,
    committed: {
      offset: each.offset,
      leaderEpoch: each.leaderEpoch,
      metadata: each.metadata ?? '',
      commitTimestamp: each.commitTimestamp === DEFAULT_TIMESTAMP ? now : each.commitTimestamp,
      expireTimestamp,
    },
    ...(event.producer !== undefined && { producerId: event.producer.producerId }),
  }))
}

function addSaturating(now: bigint, spanMs: bigint): bigint {
  const sum = now + spanMs
  return sum > LARGEST_INT64 ? LARGEST_INT64 : sum
}

/** The log did not take the offsets: none of them counts. */
export function decideCommitLost(
  event: FailedEvent & { type: 'commit-lost' },
): Decision<CommitReply> {
  const { groupId, isTransactional } = event
  const errorCode = commitErrorOf(event.errorCode)
  const lost = event.partitions.filter(each => each.errorCode === ErrorCode.NONE)
  return {
    reply: {
      partitions: event.partitions.map(each =>
        each.errorCode === ErrorCode.NONE ? { ...each, errorCode } : each,
      ),
    },
    transitions: [
      { type: 'commits-in-flight', groupId, partitions: lost, isTransactional, change: -1 },
    ],
    records: [],
    effects: [],
  }
}
