/**
 * A static member whose process came back takes its old place under a new id (KIP-345), without a
 * rebalance where the group is stable and would choose the same protocol.
 */
import { storeErrorOf } from './append-errors.ts'
import { nothing, type Decision } from './decision.ts'
import { Draft } from './draft.ts'
import type { FailedEvent, JoinGroup, StoredEvent } from './events.ts'
import { electProtocol } from './membership.ts'
import { joinedReply, metadataOf, prepareRebalance, tryCompleteJoin } from './rebalance.ts'
import type { JoinReply } from './replies.ts'
import type { GroupShard } from './shard.ts'

export function replaceStaticMember(
  draft: Draft,
  event: JoinGroup,
  { formerId, memberId }: { formerId: string; memberId: string },
): Decision<JoinReply> {
  const former = draft.members.get(formerId)
  if (former === undefined) return nothing
  const formerLeaderId = draft.leaderId
  draft.replaceStatic(formerId, memberId)
  draft.joinAgain(memberId, event, event.request)
  draft.armSession(memberId)
  draft.log(
    `Static member with groupInstanceId=${event.groupInstanceId ?? ''} and unknown member id joins group ${draft.groupId} in ${draft.phase} state. Replacing previously mapped member ${formerId} with ${memberId}.`,
  )

  const reason = `static member ${event.groupInstanceId ?? ''} is back; client reason: ${event.reason ?? 'not provided'}`
  if (draft.phase !== 'Stable' || electProtocol(draft) !== draft.protocolName) {
    prepareRebalance(draft, reason)
    tryCompleteJoin(draft)
    return draft.decide()
  }
  const { groupId, generationId } = draft
  draft.records.push({ type: 'metadata', groupId, metadata: metadataOf(draft) })
  return draft.store({
    stored: {
      type: 'static-member-stored',
      groupId,
      generationId,
      memberId,
      request: event.request,
      formerLeaderId,
      canSkipAssignment: event.canSkipAssignment,
    },
    lost: { type: 'static-member-lost', groupId, memberId, former, request: event.request },
  })
}

/**
 * The member may go on with the assignment it had. A leader must not assign: from version 9 on it is
 * told so (KIP-814), before that it is told that its former self still leads.
 */
export function decideStaticMemberStored(
  shard: GroupShard,
  event: StoredEvent & { type: 'static-member-stored' },
  nowMs: number,
): Decision<JoinReply> {
  const draft = new Draft(shard, event.groupId, nowMs)
  const { memberId } = event
  // Somebody may have begun a rebalance meanwhile: then the member waits for it like the others.
  const isCurrent = draft.phase === 'Stable' && draft.generationId === event.generationId
  if (!isCurrent || draft.members.get(memberId)?.joining !== event.request) return nothing

  const reply = joinedReply(draft, memberId)
  draft.answerJoin(
    memberId,
    event.canSkipAssignment
      ? { ...reply, skipAssignment: draft.leaderId === memberId }
      : { ...reply, leader: event.formerLeaderId ?? '', members: [] },
  )
  return draft.decide()
}

/** The log did not take the new id: the member has its old one again, and its process has to try once more. */
export function decideStaticMemberLost(
  shard: GroupShard,
  event: FailedEvent & { type: 'static-member-lost' },
  nowMs: number,
): Decision<JoinReply> {
  const draft = new Draft(shard, event.groupId, nowMs)
  const { memberId, former } = event
  if (draft.members.get(memberId)?.joining !== event.request) return nothing

  const { generationId, protocolType, protocolName } = draft
  draft.answerJoin(memberId, {
    errorCode: storeErrorOf(event.errorCode),
    generationId,
    protocolType,
    protocolName,
    leader: draft.leaderId === memberId ? former.memberId : (draft.leaderId ?? ''),
    skipAssignment: false,
    memberId: '',
    members: [],
  })
  draft.replaceStatic(memberId, former.memberId)
  draft.change(former.memberId, {
    protocols: former.protocols,
    sessionTimeoutMs: former.sessionTimeoutMs,
    rebalanceTimeoutMs: former.rebalanceTimeoutMs,
  })
  draft.armSession(former.memberId)
  return draft.decide()
}
