/** The answer of a coordinator that cannot decide: it is loading, or the group is not its own. */
import { ErrorCode } from '../protocol/index.ts'
import type { ClientEvent } from './events.ts'
import { commitRefused, joinRefused, syncRefused, type GroupReply } from './replies.ts'

export function refuse(event: ClientEvent, errorCode: ErrorCode): GroupReply {
  switch (event.type) {
    case 'join-group':
      return joinRefused(errorCode, event.memberId)
    case 'sync-group':
      return syncRefused(whileLoading(errorCode, ErrorCode.REBALANCE_IN_PROGRESS))
    case 'heartbeat':
      return { errorCode: whileLoading(errorCode, ErrorCode.NONE) }
    case 'leave-group':
      return { errorCode, members: [] }
    case 'commit-offsets':
      return commitRefused(event.offsets, errorCode)
    case 'delete-offsets':
      return { errorCode, partitions: [] }
    case 'delete-group':
      return { errorCode }
  }
}

/**
 * Old clients do not expect "loading" here. A heartbeat can be taken as heard: sessions begin anew
 * after loading. A SyncGroup cannot: the rebalance was not stored, so the member has to join again.
 */
function whileLoading(errorCode: ErrorCode, instead: ErrorCode): ErrorCode {
  return errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? instead : errorCode
}
