/**
 * Decides what takes offsets and groups away: DeleteGroups, OffsetDelete, expiry (KIP-211), deleted
 * topics. Each writes tombstones; an empty group that has lost its last offset goes too.
 */
import { ErrorCode } from '../protocol/index.ts'
import { commitErrorOf } from './append-errors.ts'
import { CONSUMER_PROTOCOL_TYPE } from './consumer-protocol.ts'
import { answer, nothing, type Decision } from './decision.ts'
import type {
  DeleteGroup,
  DeleteOffsets,
  ExpireOffsets,
  FailedEvent,
  PartitionsDeleted,
  StoredEvent,
} from './events.ts'
import { NO_EXPIRE_TIMESTAMP, type GroupRecord, type TopicPartition } from './records.ts'
import type { DeleteGroupReply, DeleteOffsetsReply } from './replies.ts'
import { entriesOf, getAt, type Group, type GroupShard, type StoredOffset } from './shard.ts'

export function decideDeleteGroup(
  shard: GroupShard,
  { groupId }: DeleteGroup,
): Decision<DeleteGroupReply> {
  const group = shard.groups.get(groupId)
  if (group === undefined || group.membership.phase === 'Dead') {
    return answer({ errorCode: ErrorCode.GROUP_ID_NOT_FOUND })
  }
  if (group.membership.phase !== 'Empty') return answer({ errorCode: ErrorCode.NON_EMPTY_GROUP })
  const decision = removal(group, knownPartitions(group))
  return { ...decision, reply: { errorCode: ErrorCode.NONE } }
}

/** Offsets of topics that a live consumer group reads are kept (KIP-496). */
export function decideDeleteOffsets(
  shard: GroupShard,
  { groupId, partitions }: DeleteOffsets,
): Decision<DeleteOffsetsReply> {
  const refuse = (errorCode: ErrorCode): Decision<DeleteOffsetsReply> =>
    answer({ errorCode, partitions: [] })

  const group = shard.groups.get(groupId)
  const membership = group?.membership
  if (group === undefined || membership === undefined || membership.phase === 'Dead') {
    return refuse(ErrorCode.GROUP_ID_NOT_FOUND)
  }
  const isEmpty = membership.phase === 'Empty'
  if (!isEmpty && membership.protocolType !== CONSUMER_PROTOCOL_TYPE) {
    return refuse(ErrorCode.NON_EMPTY_GROUP)
  }
  const isRead = ({ topic }: TopicPartition): boolean =>
    !isEmpty && membership.subscribedTopics?.has(topic) !== false
  const decision = removal(
    group,
    partitions.filter(each => !isRead(each)),
  )
  const results = partitions.map(each => ({
    ...each,
    errorCode: isRead(each) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE,
  }))
  return { ...decision, reply: { errorCode: ErrorCode.NONE, partitions: results } }
}

export function decidePartitionsDeleted(
  shard: GroupShard,
  { groupId, partitions }: PartitionsDeleted,
): Decision<never> {
  const group = shard.groups.get(groupId)
  if (group === undefined || group.membership.phase === 'Dead') return nothing
  return removal(group, partitions)
}

export function decideExpireOffsets(
  shard: GroupShard,
  { groupId }: ExpireOffsets,
  nowMs: number,
): Decision<never> {
  const group = shard.groups.get(groupId)
  if (group === undefined || group.membership.phase === 'Dead') return nothing
  // Somebody is about to join.
  if (group.membership.pendingMembers.size > 0) return nothing
  const expired: TopicPartition[] = []
  for (const { topic, partition, value } of entriesOf(group.offsets)) {
    if (getAt(group.commitsInFlight, topic, partition) !== undefined) continue
    if (isExpired(group, topic, value, nowMs, shard.settings.offsetsRetentionMs)) {
      expired.push({ topic, partition })
    }
  }
  return removal(group, expired)
}

/**
 * When an offset has been kept long enough (KIP-211):
 * - of an empty group, from the moment it became empty, or from the commit where no record says when;
 * - of a topic that a stable consumer group does not read any more, from the commit;
 * - of a group that only keeps offsets, from the commit;
 * - in all these, a commit that chose its own retention ends when it said.
 */
function isExpired(
  { membership }: Group,
  topic: string,
  stored: StoredOffset,
  nowMs: number,
  retentionMs: number,
): boolean {
  const { phase, protocolType, subscribedTopics, phaseSinceMs } = membership
  const isReadingConsumers =
    protocolType === CONSUMER_PROTOCOL_TYPE && phase === 'Stable' && subscribedTopics !== undefined
  if (protocolType !== null && phase !== 'Empty' && !isReadingConsumers) return false
  if (isReadingConsumers && subscribedTopics.has(topic)) return false
  if (stored.expireTimestamp !== NO_EXPIRE_TIMESTAMP) {
    return nowMs >= Number(stored.expireTimestamp)
  }
  const isFromPhase = protocolType !== null && phase === 'Empty' && phaseSinceMs !== -1
  const sinceMs = isFromPhase ? phaseSinceMs : Number(stored.commitTimestamp)
  return nowMs - sinceMs >= retentionMs
}

/** Tombstones for those of `partitions` of which an offset is stored or on its way, and for the group if nothing is left of it. */
function removal(group: Group, partitions: readonly TopicPartition[]): Decision<never> {
  const { groupId, membership } = group
  const known = knownPartitions(group)
  const wanted = new Set(partitions.map(keyOf))
  const removed = known.filter(each => wanted.has(keyOf(each)))
  const records: GroupRecord[] = removed.map(({ topic, partition }) => ({
    type: 'offset',
    groupId,
    topic,
    partition,
    committed: null,
  }))
  const lost = { type: 'deletion-lost', groupId, membership } as const
  const isLeftOver = removed.length === known.length && !isInTransaction(group)
  if (membership.phase !== 'Empty' || !isLeftOver) {
    return { transitions: [], records, effects: [], lost }
  }
  if (group.stored !== undefined) records.push({ type: 'metadata', groupId, metadata: null })
  const line = `Group ${groupId} transitioned to Dead in generation ${membership.generationId}`
  return {
    transitions: [{ type: 'membership', groupId, membership: { ...membership, phase: 'Dead' } }],
    records,
    effects: [{ type: 'log', level: 'info', event: line, fields: {} }],
    stored: { type: 'group-deleted', groupId },
    lost,
  }
}

/** Its end must find the group: a tombstone does not undo what is not decided yet. */
function isInTransaction({ openTransactions, transactionalInFlight }: Group): boolean {
  return openTransactions.size > 0 || transactionalInFlight > 0
}

/** Those in flight stand before the tombstone in the log, so that they are undone too. */
function knownPartitions(group: Group): TopicPartition[] {
  const known = new Map<string, TopicPartition>()
  for (const places of [group.offsets, group.commitsInFlight]) {
    for (const { topic, partition } of entriesOf<unknown>(places)) {
      known.set(keyOf({ topic, partition }), { topic, partition })
    }
  }
  return [...known.values()]
}

/** Unambiguous, because no dash follows the partition. */
function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/** Its tombstones are durable: the group is no more. */
export function decideGroupDeleted({
  groupId,
}: StoredEvent & { type: 'group-deleted' }): Decision<never> {
  return { transitions: [{ type: 'forget', groupId }], records: [], effects: [] }
}

/** The log did not take the tombstones: everything is as before. */
export function decideDeletionLost(
  shard: GroupShard,
  { groupId, membership, errorCode }: FailedEvent & { type: 'deletion-lost' },
): Decision<DeleteOffsetsReply> {
  const isDead = shard.groups.get(groupId)?.membership.phase === 'Dead'
  return {
    reply: { errorCode: commitErrorOf(errorCode), partitions: [] },
    transitions: isDead ? [{ type: 'membership', groupId, membership }] : [],
    records: [],
    effects: [],
  }
}
