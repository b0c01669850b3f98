/**
 * How a rebalance goes: prepared when somebody comes, goes or changes, completed when everybody has
 * joined or the time is up, ended by the leader's assignment. Works on a draft.
 * Mirrors `prepareRebalance`, `onCompleteJoin` and the delayed operations of Kafka's coordinator.
 */
import { ErrorCode } from '../protocol/index.ts'
import { subscribedTopicsOf } from './consumer-protocol.ts'
import type { Draft } from './draft.ts'
import { metadataFor, noAssignment, type Member } from './member.ts'
import { electProtocol, haveAllJoined, rebalanceTimeoutMsOf } from './membership.ts'
import type { MemberAssignment } from './events.ts'
import type { GroupMetadata } from './records.ts'
import { syncRefused, type JoinReply } from './replies.ts'

/** Begins a rebalance, unless one is being prepared already. */
export function prepareRebalance(draft: Draft, reason: string): void {
  if (draft.phase === 'PreparingRebalance' || draft.phase === 'Dead') return
  if (draft.phase === 'CompletingRebalance') cancelSync(draft, ErrorCode.REBALANCE_IN_PROGRESS)
  if (draft.pendingSync.size > 0) draft.disarmSync()
  draft.pendingSync.clear()

  const wasEmpty = draft.phase === 'Empty'
  draft.enter('PreparingRebalance')
  const { groupId, generationId, shardName } = draft
  draft.log(
    `Preparing to rebalance group ${groupId} in state ${draft.phase} with old generation ${generationId} (${shardName}) (reason: ${reason})`,
  )
  if (wasEmpty) {
    beginInitialDelay(draft)
  } else {
    draft.armJoin(rebalanceTimeoutMsOf(draft))
    tryCompleteJoin(draft)
  }
}

/** Those who wait for an assignment that will not come are told why. */
export function cancelSync(draft: Draft, errorCode: ErrorCode): void {
  for (const memberId of [...draft.members.keys()]) {
    draft.change(memberId, { assignment: noAssignment })
    if (draft.answerSync(memberId, syncRefused(errorCode))) draft.armSession(memberId)
  }
}

/** An empty group does not rebalance for its first member alone: others are probably starting too (KIP-134). */
function beginInitialDelay(draft: Draft): void {
  const delayMs = draft.settings.initialRebalanceDelayMs
  const remainingMs = Math.max(rebalanceTimeoutMsOf(draft) - delayMs, 0)
  draft.initialDelay = { delayMs, remainingMs, hasCompany: false }
  draft.armJoin(delayMs)
}

/** When the time to join is up. Somebody who came during the initial delay prolongs it, up to the rebalance timeout. */
export function expireJoin(draft: Draft): void {
  const delay = draft.initialDelay
  if (delay?.hasCompany !== true || delay.remainingMs === 0) {
    completeJoin(draft)
    return
  }
  const delayMs = Math.min(draft.settings.initialRebalanceDelayMs, delay.remainingMs)
  const remainingMs = Math.max(delay.remainingMs - delay.delayMs, 0)
  draft.initialDelay = { delayMs, remainingMs, hasCompany: false }
  draft.armJoin(delayMs)
}

/** Completes the join as soon as everybody is there; the initial delay is waited for in any case. */
export function tryCompleteJoin(draft: Draft): void {
  if (draft.phase !== 'PreparingRebalance' || draft.initialDelay !== undefined) return
  if (haveAllJoined(draft)) completeJoin(draft)
}

/** Ends the waiting: who has not joined is out, save for static members, who may be restarting (KIP-345). */
function completeJoin(draft: Draft): void {
  for (const member of [...draft.members.values()]) {
    if (member.joining === undefined && member.groupInstanceId === null) {
      draft.log(
        `Group ${draft.groupId} removed dynamic members who haven't joined: Set(${member.memberId})`,
      )
      draft.remove(member.memberId)
    }
  }
  if (draft.members.size > 0 && !electLeader(draft)) {
    // Only static members are left and none has come: their sessions decide.
    draft.initialDelay = undefined
    draft.armJoin(rebalanceTimeoutMsOf(draft))
    return
  }
  startGeneration(draft)
}

/** The leader must be one who waits for this generation. @returns false when nobody does */
function electLeader(draft: Draft): boolean {
  const leader = draft.leaderId === null ? undefined : draft.members.get(draft.leaderId)
  if (leader?.joining !== undefined) return true
  for (const member of draft.members.values()) {
    if (member.joining === undefined) continue
    draft.log(
      `Group leader [member.id: ${draft.leaderId ?? 'None'}] failed to join before rebalance timeout, while new leader [member.id: ${member.memberId}] was elected.`,
    )
    draft.leaderId = member.memberId
    return true
  }
  return false
}

function startGeneration(draft: Draft): void {
  draft.disarmJoin()
  draft.initialDelay = undefined
  draft.generationId += 1
  draft.protocolName = electProtocol(draft)
  draft.subscribedTopics = subscribedTopicsOf(draft)
  if (draft.members.size === 0) {
    draft.enter('Empty')
    const { groupId, generationId, shardName } = draft
    draft.log(`Group ${groupId} with generation ${generationId} is now empty (${shardName})`)
    draft.records.push({ type: 'metadata', groupId: draft.groupId, metadata: metadataOf(draft) })
    return
  }
  draft.enter('CompletingRebalance')
  const { groupId, generationId, shardName, members } = draft
  draft.log(
    `Stabilized group ${groupId} generation ${generationId} (${shardName}) with ${members.size} members`,
  )
  for (const memberId of [...draft.members.keys()]) {
    draft.answerJoin(memberId, joinedReply(draft, memberId))
    draft.change(memberId, { isNew: false })
    draft.armSession(memberId)
    draft.pendingSync.add(memberId)
  }
  draft.armSync(rebalanceTimeoutMsOf(draft))
}

/** What a member of the current generation is told: the leader about everybody, the others nothing more. */
export function joinedReply(draft: Draft, memberId: string): JoinReply {
  const { generationId, protocolType, protocolName, leaderId } = draft
  return {
    errorCode: ErrorCode.NONE,
    generationId,
    protocolType,
    protocolName,
    leader: leaderId ?? '',
    skipAssignment: false,
    memberId,
    members: memberId === leaderId ? joinedMembers(draft) : [],
  }
}

function joinedMembers(draft: Draft): JoinReply['members'] {
  const protocolName = draft.protocolName ?? ''
  return [...draft.members.values()].map(member => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: metadataFor(member, protocolName),
  }))
}

/** The generation as it is stored, with the assignments given, or those that the members have. */
export function metadataOf(draft: Draft, assignments?: readonly MemberAssignment[]): GroupMetadata {
  const assigned = new Map(assignments?.map(each => [each.memberId, each.assignment]))
  const assignmentOf = (member: Member): Buffer =>
    assignments === undefined ? member.assignment : (assigned.get(member.memberId) ?? noAssignment)
  return {
    protocolType: draft.protocolType ?? '',
    generationId: draft.generationId,
    protocolName: draft.protocolName,
    leaderId: draft.leaderId,
    phaseSinceMs: draft.phaseSinceMs,
    members: [...draft.members.values()].map(member => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      sessionTimeoutMs: member.sessionTimeoutMs,
      subscription: metadataFor(member, draft.protocolName ?? ''),
      assignment: assignmentOf(member),
    })),
  }
}
