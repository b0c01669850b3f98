/** Decides Heartbeat, and what happens when none came in time. */
import { ErrorCode } from '../protocol/index.ts'
import { answer, nothing, type Decision, type GroupEffect } from './decision.ts'
import { Draft } from './draft.ts'
import type { Heartbeat, TimerEvent } from './events.ts'
import { removeMember } from './leave.ts'
import { isExcused, type Member } from './member.ts'
import { checkIdentity } from './membership.ts'
import { tryCompleteJoin } from './rebalance.ts'
import type { HeartbeatReply } from './replies.ts'
import type { GroupShard } from './shard.ts'

/** A member is kept alive during a rebalance too, but is told to join again (KIP-62). */
export function decideHeartbeat(shard: GroupShard, event: Heartbeat): Decision<HeartbeatReply> {
  const group = shard.groups.get(event.groupId)?.membership
  if (group === undefined) return answer({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
  if (group.phase === 'Dead') return answer({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE })
  const errorCode = checkIdentity(group, event)
  if (errorCode !== ErrorCode.NONE) return answer({ errorCode })
  const member = group.members.get(event.memberId)
  if (member === undefined) return answer({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
  if (event.generationId !== group.generationId) {
    return answer({ errorCode: ErrorCode.ILLEGAL_GENERATION })
  }
  const isRebalancing = group.phase === 'PreparingRebalance'
  return answer({ errorCode: isRebalancing ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE }, [
    sessionOf(event.groupId, member),
  ])
}

/** The member was heard of: its time begins anew. */
export function sessionOf(groupId: string, member: Member): GroupEffect {
  const { memberId, sessionTimeoutMs } = member
  const timer = { type: 'session-expired', groupId, memberId } as const
  return { type: 'arm', timer, delayMs: sessionTimeoutMs }
}

export function decideSessionExpired(
  shard: GroupShard,
  { groupId, memberId }: TimerEvent & { type: 'session-expired' },
  nowMs: number,
): Decision<never> {
  const group = shard.groups.get(groupId)?.membership
  if (group === undefined) return nothing
  if (group.pendingMembers.has(memberId)) {
    const draft = new Draft(shard, groupId, nowMs)
    draft.log(
      `Pending member ${memberId} in group ${groupId} has been removed after session timeout expiration.`,
    )
    draft.remove(memberId)
    tryCompleteJoin(draft)
    return draft.decide()
  }
  const member = group.members.get(memberId)
  if (member === undefined || isExcused(member)) return nothing
  const draft = new Draft(shard, groupId, nowMs)
  draft.log(`Member ${memberId} in group ${groupId} has failed, removing it from the group`)
  removeMember(draft, memberId, `removing member ${memberId} on heartbeat expiration`)
  return draft.decide()
}
