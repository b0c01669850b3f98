/** Decides JoinGroup. Mirrors `handleJoinGroup` and what it calls. */
import { ErrorCode } from '../protocol/index.ts'
import { answer, type Decision } from './decision.ts'
import { Draft } from './draft.ts'
import type { JoinGroup } from './events.ts'
import { hasProtocols, optionText, type Member } from './member.ts'
import { awaitingJoin, checkIdentity, fits, type Membership } from './membership.ts'
import { joinedReply, prepareRebalance, tryCompleteJoin } from './rebalance.ts'
import { joinRefused, type JoinReply } from './replies.ts'
import { MAX_PENDING_MEMBERS, NEW_MEMBER_JOIN_TIMEOUT_MS, type GroupSettings } from './settings.ts'
import type { GroupShard } from './shard.ts'
import { replaceStaticMember } from './static-member.ts'

export function decideJoin(
  shard: GroupShard,
  event: JoinGroup,
  nowMs: number,
): Decision<JoinReply> {
  const { settings } = shard
  const refuse = (errorCode: ErrorCode, memberId = event.memberId): Decision<JoinReply> =>
    answer(joinRefused(errorCode, memberId))

  if (
    event.sessionTimeoutMs < settings.minSessionTimeoutMs ||
    event.sessionTimeoutMs > settings.maxSessionTimeoutMs
  ) {
    return refuse(ErrorCode.INVALID_SESSION_TIMEOUT)
  }
  const isUnknown = event.memberId === ''
  if (!isUnknown && !shard.groups.has(event.groupId)) return refuse(ErrorCode.UNKNOWN_MEMBER_ID)

  const draft = new Draft(shard, event.groupId, nowMs)
  if (draft.phase === 'Dead') return refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE)
  if (!hasRoom(draft, event, settings)) {
    draft.remove(event.memberId)
    tryCompleteJoin(draft)
    return draft.decide(joinRefused(ErrorCode.GROUP_MAX_SIZE_REACHED, ''))
  }
  if (!fits(draft, event.protocolType, event.protocols)) {
    return refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  }
  return isUnknown ? joinAsNew(draft, event) : joinAsKnown(draft, event)
}

/** Whether the group takes one more. During a rebalance those count who are back, so that a limit that was lowered throws out the last to come (KIP-389). */
function hasRoom(draft: Draft, event: JoinGroup, { maxSize }: GroupSettings): boolean {
  if (draft.members.size < maxSize) return true
  const member = draft.members.get(event.memberId)
  switch (draft.phase) {
    case 'Empty':
    case 'Dead':
      return true
    case 'PreparingRebalance':
      return member?.joining !== undefined || awaitingJoin(draft) < maxSize
    case 'CompletingRebalance':
    case 'Stable':
      return member !== undefined
  }
}

function joinAsNew(draft: Draft, event: JoinGroup): Decision<JoinReply> {
  const memberId = `${event.groupInstanceId ?? event.clientId}-${event.uuid}`
  if (event.groupInstanceId !== null) {
    const formerId = draft.staticMembers.get(event.groupInstanceId)
    return formerId === undefined
      ? addMember(draft, event, memberId)
      : replaceStaticMember(draft, event, { formerId, memberId })
  }
  return event.canRejoinWithId
    ? handOutId(draft, event, memberId)
    : addMember(draft, event, memberId)
}

/** The member has to join again with its id, so that one that dies meanwhile leaves no ghost in the group (KIP-394). */
function handOutId(draft: Draft, event: JoinGroup, memberId: string): Decision<JoinReply> {
  if (draft.pendingMembers.size >= MAX_PENDING_MEMBERS) {
    return answer(joinRefused(ErrorCode.GROUP_MAX_SIZE_REACHED, ''))
  }
  draft.pendingMembers.add(memberId)
  draft.armSession(memberId, event.sessionTimeoutMs)
  draft.log(
    `Dynamic member with unknown member id joins group ${draft.groupId} in ${draft.phase} state. Created a new member id ${memberId} and request the member to rejoin with this id.`,
  )
  return draft.decide(joinRefused(ErrorCode.MEMBER_ID_REQUIRED, memberId))
}

function addMember(draft: Draft, event: JoinGroup, memberId: string): Decision<JoinReply> {
  const { groupInstanceId } = event
  noteCompany(draft)
  draft.add({
    memberId,
    groupInstanceId,
    clientId: event.clientId,
    clientHost: event.clientHost,
    sessionTimeoutMs: event.sessionTimeoutMs,
    rebalanceTimeoutMs: event.rebalanceTimeoutMs,
    protocolType: event.protocolType,
    protocols: event.protocols,
    request: event.request,
  })
  draft.armSession(memberId, NEW_MEMBER_JOIN_TIMEOUT_MS)
  const instance = optionText(groupInstanceId)
  return rebalance(draft, `Adding new member ${memberId} with group instance id ${instance}`, event)
}

/** Only the very first rebalance of a group is prolonged by those who come during it (KIP-134). */
function noteCompany(draft: Draft): void {
  if (draft.initialDelay !== undefined && draft.generationId === 0) {
    draft.initialDelay = { ...draft.initialDelay, hasCompany: true }
  }
}

function joinAsKnown(draft: Draft, event: JoinGroup): Decision<JoinReply> {
  const refuse = (errorCode: ErrorCode): Decision<JoinReply> =>
    answer(joinRefused(errorCode, event.memberId))

  if (draft.pendingMembers.has(event.memberId)) {
    // An id is handed out to dynamic members only.
    if (event.groupInstanceId !== null) return refuse(ErrorCode.UNKNOWN_MEMBER_ID)
    return addMember(draft, event, event.memberId)
  }
  const errorCode = checkIdentity(draft, event)
  if (errorCode !== ErrorCode.NONE) return refuse(errorCode)
  const member = draft.members.get(event.memberId)
  if (member === undefined) return refuse(ErrorCode.UNKNOWN_MEMBER_ID)
  if (isUpToDate(draft, member, event)) return answer(joinedReply(draft, member.memberId))

  draft.joinAgain(member.memberId, event, event.request)
  return rebalance(
    draft,
    `Updating metadata for member ${member.memberId} during ${draft.phase}`,
    event,
  )
}

/**
 * Whether the member only asks again for what it could not hear: then it gets the current
 * generation. The leader of a stable group never does: it joins when the topics have changed.
 */
function isUpToDate(group: Membership, member: Member, event: JoinGroup): boolean {
  if (!hasProtocols(member, event.protocols)) return false
  if (group.phase === 'CompletingRebalance') return true
  return group.phase === 'Stable' && group.leaderId !== member.memberId
}

function rebalance(draft: Draft, what: string, event: JoinGroup): Decision<JoinReply> {
  prepareRebalance(draft, `${what}; client reason: ${event.reason ?? 'not provided'}`)
  tryCompleteJoin(draft)
  return draft.decide()
}
