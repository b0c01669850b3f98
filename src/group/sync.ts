/** Decides SyncGroup: the leader hands in who gets what, everybody fetches their own. */
import { ErrorCode } from '../protocol/index.ts'
import { storeErrorOf } from './append-errors.ts'
import { answer, nothing, type Decision } from './decision.ts'
import { Draft } from './draft.ts'
import type { FailedEvent, StoredEvent, SyncGroup } from './events.ts'
import { noAssignment } from './member.ts'
import { checkIdentity, type Membership } from './membership.ts'
import { cancelSync, metadataOf, prepareRebalance } from './rebalance.ts'
import { syncRefused, type SyncReply } from './replies.ts'
import type { GroupShard } from './shard.ts'

export function decideSync(
  shard: GroupShard,
  event: SyncGroup,
  nowMs: number,
): Decision<SyncReply> {
  const membership = shard.groups.get(event.groupId)?.membership
  const errorCode = check(membership, event)
  if (errorCode !== ErrorCode.NONE) return answer(syncRefused(errorCode))

  const draft = new Draft(shard, event.groupId, nowMs)
  draft.receiveSync(event.memberId)
  if (draft.phase === 'Stable') {
    const assignment = draft.members.get(event.memberId)?.assignment ?? noAssignment
    const { protocolType, protocolName } = draft
    draft.armSession(event.memberId)
    return draft.decide({ errorCode, protocolType, protocolName, assignment })
  }
  // A SyncGroup that the member gave up on is told to start over.
  draft.answerSync(event.memberId, syncRefused(ErrorCode.REBALANCE_IN_PROGRESS))
  draft.change(event.memberId, { syncing: event.request })
  return event.memberId === draft.leaderId ? storeAssignment(draft, event) : draft.decide()
}

function check(membership: Membership | undefined, event: SyncGroup): ErrorCode {
  if (membership === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
  if (membership.phase === 'Dead') return ErrorCode.COORDINATOR_NOT_AVAILABLE
  const errorCode = checkIdentity(membership, event)
  if (errorCode !== ErrorCode.NONE) return errorCode
  if (event.generationId !== membership.generationId) return ErrorCode.ILLEGAL_GENERATION
  if (event.protocolType !== null && event.protocolType !== membership.protocolType) {
    return ErrorCode.INCONSISTENT_GROUP_PROTOCOL
  }
  if (event.protocolName !== null && event.protocolName !== membership.protocolName) {
    return ErrorCode.INCONSISTENT_GROUP_PROTOCOL
  }
  return membership.phase === 'PreparingRebalance'
    ? ErrorCode.REBALANCE_IN_PROGRESS
    : ErrorCode.NONE
}

/** Nobody gets an assignment before it is in the log: a coordinator that takes over must know what was promised. */
function storeAssignment(draft: Draft, event: SyncGroup): Decision<SyncReply> {
  const { groupId, generationId, members } = draft
  draft.log(
    `Assignment received from leader ${event.memberId} for group ${groupId} for generation ${generationId}. The group has ${members.size} members, ${draft.staticMembers.size} of which are static.`,
  )
  const assigned = new Map(event.assignments.map(each => [each.memberId, each.assignment]))
  const assignments = [...members.keys()].map(memberId => ({
    memberId,
    assignment: assigned.get(memberId) ?? noAssignment,
  }))
  draft.records.push({ type: 'metadata', groupId, metadata: metadataOf(draft, assignments) })
  return draft.store({
    stored: { type: 'assignment-stored', groupId, generationId, assignments },
    lost: { type: 'assignment-lost', groupId, generationId },
  })
}

/** The generation is complete, unless another rebalance has begun while the record was on its way. */
export function decideAssignmentStored(
  shard: GroupShard,
  event: StoredEvent & { type: 'assignment-stored' },
  nowMs: number,
): Decision<SyncReply> {
  const draft = new Draft(shard, event.groupId, nowMs)
  if (!isCompleting(draft, event.generationId)) return nothing
  draft.enter('Stable')
  const { protocolType, protocolName } = draft
  for (const { memberId, assignment } of event.assignments) {
    draft.change(memberId, { assignment })
    const reply = { errorCode: ErrorCode.NONE, protocolType, protocolName, assignment }
    // While it waited its session did not count; from here on it does.
    if (draft.answerSync(memberId, reply)) draft.armSession(memberId)
  }
  return draft.decide()
}

export function decideAssignmentLost(
  shard: GroupShard,
  event: FailedEvent & { type: 'assignment-lost' },
  nowMs: number,
): Decision<SyncReply> {
  const draft = new Draft(shard, event.groupId, nowMs)
  if (!isCompleting(draft, event.generationId)) return nothing
  cancelSync(draft, storeErrorOf(event.errorCode))
  prepareRebalance(draft, `the assignment could not be stored: error ${event.errorCode}`)
  return draft.decide()
}

function isCompleting(draft: Draft, generationId: number): boolean {
  return draft.phase === 'CompletingRebalance' && draft.generationId === generationId
}
