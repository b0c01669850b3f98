/** What the answer of a partition's leader to a marker means for the transaction. */
import { ErrorCode } from '../protocol/index.ts'

export type MarkerOutcome =
  /** It is in the log, or will never have to be: the partition is done with. */
  | 'done'
  /** Not now: to be tried again. */
  | 'again'
  /** Another coordinator has spoken with a newer epoch: this one has nothing to say any more. */
  | 'superseded'

/**
 * Where a producer with a newer epoch has written, and where the format knows no transactions, no marker
 * will ever be taken, and waiting would only keep the transactional id from being used again. (Genuine
 * Kafka gives the whole transaction up on a newer producer epoch: its id then hangs until the coordinator moves.)
 */
const outcomes: ReadonlyMap<ErrorCode, MarkerOutcome> = new Map([
  [ErrorCode.NONE, 'done'],
  [ErrorCode.INVALID_PRODUCER_EPOCH, 'done'],
  [ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT, 'done'],
  [ErrorCode.UNSUPPORTED_VERSION, 'done'],
  [ErrorCode.TRANSACTION_COORDINATOR_FENCED, 'superseded'],
])

export function markerOutcome(errorCode: ErrorCode): MarkerOutcome {
  return outcomes.get(errorCode) ?? 'again'
}
