/** Decides what follows when the time to join, or to fetch an assignment, is up. */
import { nothing, type Decision } from './decision.ts'
import { Draft } from './draft.ts'
import type { TimerEvent } from './events.ts'
import { expireJoin, prepareRebalance } from './rebalance.ts'
import type { GroupShard } from './shard.ts'

export function decideJoinExpired(
  shard: GroupShard,
  { groupId }: TimerEvent & { type: 'join-expired' },
  nowMs: number,
): Decision<never> {
  if (shard.groups.get(groupId)?.membership.phase !== 'PreparingRebalance') return nothing
  const draft = new Draft(shard, groupId, nowMs)
  expireJoin(draft)
  return draft.decide()
}

/** Members that joined a generation and never asked for their assignment are out. */
export function decideSyncExpired(
  shard: GroupShard,
  { groupId }: TimerEvent & { type: 'sync-expired' },
  nowMs: number,
): Decision<never> {
  const group = shard.groups.get(groupId)?.membership
  if (group === undefined || group.pendingSync.size === 0) return nothing
  const draft = new Draft(shard, groupId, nowMs)
  const late = [...draft.pendingSync]
  draft.log(
    `Group ${groupId} removed members who haven't sent their sync request: Set(${late.join(', ')})`,
  )
  for (const memberId of late) draft.remove(memberId)
  prepareRebalance(draft, `removing ${late.join(', ')}: no SyncGroup in time`)
  return draft.decide()
}
