/** Decides how a group begins after its partition was read, and what becomes of a stored generation. */
import { nothing, type Decision } from './decision.ts'
import { subscribedTopicsOf } from './consumer-protocol.ts'
import { Draft } from './draft.ts'
import type { GroupLoaded } from './events.ts'
import type { Member } from './member.ts'
import { emptyMembership, type Membership } from './membership.ts'
import { prepareRebalance } from './rebalance.ts'
import type { GroupMetadata } from './records.ts'
import { hasOffsets, type GroupShard } from './shard.ts'

/**
 * Members are taken over as if they were alive: each has its session timeout to be heard of. What
 * was not stored (a rebalance on its way) is lost; the members learn it by their next request.
 */
export function decideGroupLoaded(
  shard: GroupShard,
  { groupId }: GroupLoaded,
  nowMs: number,
): Decision<never> {
  const group = shard.groups.get(groupId)
  if (group === undefined) return nothing
  if (group.stored === undefined && !hasOffsets(group)) {
    return { transitions: [{ type: 'forget', groupId }], records: [], effects: [] }
  }
  const membership = group.stored === undefined ? emptyMembership(nowMs) : restore(group.stored)
  const draft = new Draft(shard, groupId, nowMs, membership)
  if (draft.members.size > shard.settings.maxSize) {
    prepareRebalance(draft, `loaded with more members than ${shard.settings.maxSize}`)
  }
  for (const memberId of draft.members.keys()) draft.armSession(memberId)
  return draft.decide()
}

function restore(stored: GroupMetadata): Membership {
  const protocolType = stored.protocolType === '' ? null : stored.protocolType
  const members = new Map(
    stored.members.map(({ subscription, ...about }): [string, Member] => [
      about.memberId,
      {
        ...about,
        protocols: [{ name: stored.protocolName ?? '', metadata: subscription }],
        joining: undefined,
        syncing: undefined,
        isNew: false,
      },
    ]),
  )
  const staticMembers = new Map<string, string>()
  for (const { memberId, groupInstanceId } of members.values()) {
    if (groupInstanceId !== null) staticMembers.set(groupInstanceId, memberId)
  }
  const { generationId, protocolName, leaderId, phaseSinceMs } = stored
  return {
    ...emptyMembership(phaseSinceMs),
    phase: members.size === 0 ? 'Empty' : 'Stable',
    generationId,
    protocolType,
    protocolName,
    leaderId,
    members,
    staticMembers,
    subscribedTopics: subscribedTopicsOf({ protocolType, protocolName, members }),
  }
}
