/**
 * Writes a change into the shard; never refuses. The same function takes live records, when they are
 * durable, and stored ones, when the partition is loaded: so a restart comes to the same state.
 */
import { emptyMembership } from './membership.ts'
import type { Transition } from './decision.ts'
import type { GroupRecord } from './records.ts'
import {
  createGroup,
  deleteAt,
  entriesOf,
  getAt,
  setAt,
  type ByPartition,
  type Group,
  type GroupShard,
  type StoredOffset,
} from './shard.ts'

/** @param logOffset of the batch that holds the record; meaningless for a transition */
export function apply(
  shard: GroupShard,
  change: GroupRecord | Transition,
  logOffset: number,
): void {
  switch (change.type) {
    case 'membership':
      groupOf(shard, change.groupId).membership = change.membership
      return
    case 'commits-in-flight':
      countAllInFlight(shard, change)
      return
    case 'forget':
      shard.groups.delete(change.groupId)
      return
    case 'metadata':
      groupOf(shard, change.groupId).stored = change.metadata ?? undefined
      return
    case 'offset':
      if (change.producerId !== undefined) noteProducer(shard, change.producerId, change.groupId)
      applyOffset(groupOf(shard, change.groupId), change, logOffset)
      return
    case 'transaction-end':
      for (const groupId of shard.groupsByProducer.get(change.producerId) ?? []) {
        const group = shard.groups.get(groupId)
        if (group !== undefined) endTransaction(group, change)
      }
      shard.groupsByProducer.delete(change.producerId)
  }
}

function groupOf(shard: GroupShard, groupId: string): Group {
  let group = shard.groups.get(groupId)
  if (group === undefined) {
    group = createGroup(groupId, emptyMembership(-1))
    shard.groups.set(groupId, group)
  }
  return group
}

function noteProducer({ groupsByProducer }: GroupShard, producerId: number, groupId: string): void {
  const groups = groupsByProducer.get(producerId)
  if (groups === undefined) groupsByProducer.set(producerId, new Set([groupId]))
  else groups.add(groupId)
}

function countAllInFlight(
  shard: GroupShard,
  { groupId, partitions, isTransactional, change }: Transition & { type: 'commits-in-flight' },
): void {
  const group = shard.groups.get(groupId)
  if (group === undefined) return
  for (const { topic, partition } of partitions) countInFlight(group, topic, partition, change)
  if (isTransactional) countTransactional(group, change * partitions.length)
}

function countTransactional(group: Group, change: number): void {
  // What is read from the log was never in flight.
  group.transactionalInFlight = Math.max(group.transactionalInFlight + change, 0)
}

function countInFlight(group: Group, topic: string, partition: number, change: 1 | -1): void {
  const count = (getAt(group.commitsInFlight, topic, partition) ?? 0) + change
  if (count > 0) setAt(group.commitsInFlight, topic, partition, count)
  else deleteAt(group.commitsInFlight, topic, partition)
}

function applyOffset(
  group: Group,
  record: GroupRecord & { type: 'offset' },
  logOffset: number,
): void {
  const { topic, partition, committed, producerId } = record
  const offsets = producerId === undefined ? group.offsets : openOffsets(group, producerId)
  if (committed === null) {
    deleteAt(offsets, topic, partition)
    return
  }
  setAt(offsets, topic, partition, { ...committed, logOffset })
  countInFlight(group, topic, partition, -1)
  if (producerId !== undefined) countTransactional(group, -1)
}

function openOffsets(group: Group, producerId: number): ByPartition<StoredOffset> {
  let open = group.openTransactions.get(producerId)
  if (open === undefined) {
    open = new Map()
    group.openTransactions.set(producerId, open)
  }
  return open
}

/** The offsets of a committed transaction count, save where a later commit has overtaken them. */
function endTransaction(
  group: Group,
  { producerId, committed }: GroupRecord & { type: 'transaction-end' },
): void {
  const open = group.openTransactions.get(producerId)
  if (open === undefined) return
  group.openTransactions.delete(producerId)
  if (!committed) return
  for (const { topic, partition, value } of entriesOf(open)) {
    const current = getAt(group.offsets, topic, partition)
    if (current === undefined || current.logOffset < value.logOffset) {
      setAt(group.offsets, topic, partition, value)
    }
  }
}
