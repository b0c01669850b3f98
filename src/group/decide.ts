/** The machine's one question: what follows from this event? Reads the shard, never writes it. */
import { decideCommit, decideCommitLost } from './commit.ts'
import type { Decision } from './decision.ts'
import {
  decideDeleteGroup,
  decideDeleteOffsets,
  decideDeletionLost,
  decideExpireOffsets,
  decideGroupDeleted,
  decidePartitionsDeleted,
} from './deletion.ts'
import type { GroupEvent } from './events.ts'
import { decideHeartbeat, decideSessionExpired } from './heartbeat.ts'
import { decideJoin } from './join.ts'
import { decideLeave } from './leave.ts'
import { decideGroupLoaded } from './loaded.ts'
import type { GroupReply } from './replies.ts'
import type { GroupShard } from './shard.ts'
import { decideStaticMemberLost, decideStaticMemberStored } from './static-member.ts'
import { decideAssignmentLost, decideAssignmentStored, decideSync } from './sync.ts'
import { decideJoinExpired, decideSyncExpired } from './timers.ts'

/** @param nowMs wall time: it is stored. Spans are left to timers. */
export function decide(shard: GroupShard, event: GroupEvent, nowMs: number): Decision<GroupReply> {
  switch (event.type) {
    case 'join-group':
      return decideJoin(shard, event, nowMs)
    case 'sync-group':
      return decideSync(shard, event, nowMs)
    case 'heartbeat':
      return decideHeartbeat(shard, event)
    case 'leave-group':
      return decideLeave(shard, event, nowMs)
    case 'commit-offsets':
      return decideCommit(shard, event, nowMs)
    case 'delete-offsets':
      return decideDeleteOffsets(shard, event)
    case 'delete-group':
      return decideDeleteGroup(shard, event)
    case 'expire-offsets':
      return decideExpireOffsets(shard, event, nowMs)
    case 'partitions-deleted':
      return decidePartitionsDeleted(shard, event)
    case 'group-loaded':
      return decideGroupLoaded(shard, event, nowMs)
    case 'session-expired':
      return decideSessionExpired(shard, event, nowMs)
    case 'join-expired':
      return decideJoinExpired(shard, event, nowMs)
    case 'sync-expired':
      return decideSyncExpired(shard, event, nowMs)
    case 'assignment-stored':
      return decideAssignmentStored(shard, event, nowMs)
    case 'assignment-lost':
      return decideAssignmentLost(shard, event, nowMs)
    case 'static-member-stored':
      return decideStaticMemberStored(shard, event, nowMs)
    case 'static-member-lost':
      return decideStaticMemberLost(shard, event, nowMs)
    case 'commit-lost':
      return decideCommitLost(event)
    case 'group-deleted':
      return decideGroupDeleted(event)
    case 'deletion-lost':
      return decideDeletionLost(shard, event)
  }
}
