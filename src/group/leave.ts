/** Decides LeaveGroup: several members at once (KIP-345), each with a result of its own. */
import { memberText } from './member.ts'
import { ErrorCode } from '../protocol/index.ts'
import { answer, type Decision } from './decision.ts'
import { Draft } from './draft.ts'
import type { LeaveGroup } from './events.ts'
import { checkIdentity } from './membership.ts'
import { prepareRebalance, tryCompleteJoin } from './rebalance.ts'
import type { LeaveReply } from './replies.ts'
import type { GroupShard } from './shard.ts'

type Leaving = LeaveGroup['members'][number]

export function decideLeave(
  shard: GroupShard,
  event: LeaveGroup,
  nowMs: number,
): Decision<LeaveReply> {
  const results = (leave: (member: Leaving) => ErrorCode): LeaveReply => ({
    errorCode: ErrorCode.NONE,
    members: event.members.map(member => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      errorCode: leave(member),
    })),
  })

  const phase = shard.groups.get(event.groupId)?.membership.phase
  if (phase === undefined) return answer(results(() => ErrorCode.UNKNOWN_MEMBER_ID))
  if (phase === 'Dead') {
    return answer({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, members: [] })
  }
  const draft = new Draft(shard, event.groupId, nowMs)
  return draft.decide(results(member => leaveOne(draft, member)))
}

function leaveOne(draft: Draft, leaving: Leaving): ErrorCode {
  const reason = `client reason: ${leaving.reason ?? 'not provided'}`
  const leave = (memberId: string): void => {
    const member = draft.members.get(memberId)
    removeMember(draft, memberId, `Removing member ${memberId} on LeaveGroup; ${reason}`)
    if (member === undefined) return
    draft.log(
      `Member ${memberText(member)} has left group ${draft.groupId} through explicit \`LeaveGroup\`; ${reason}`,
    )
  }

  if (leaving.memberId === '') {
    const memberId = draft.staticMembers.get(leaving.groupInstanceId ?? '')
    if (memberId === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
    leave(memberId)
    return ErrorCode.NONE
  }
  if (draft.pendingMembers.has(leaving.memberId)) {
    draft.remove(leaving.memberId)
    tryCompleteJoin(draft)
    return ErrorCode.NONE
  }
  const errorCode = checkIdentity(draft, leaving)
  if (errorCode === ErrorCode.NONE) leave(leaving.memberId)
  return errorCode
}

/** Removes a member; the others have to share what it had. */
export function removeMember(draft: Draft, memberId: string, reason: string): void {
  draft.remove(memberId)
  if (draft.phase === 'PreparingRebalance') tryCompleteJoin(draft)
  else if (draft.phase !== 'Empty') prepareRebalance(draft, reason)
}
