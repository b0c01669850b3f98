/**
 * What a client is told when the log did not take a record. Clients know the coordinator, not the
 * partition behind it: so "not leader" becomes "not coordinator", and so on, as Kafka translates.
 */
import { ErrorCode } from '../protocol/index.ts'

type Translation = ReadonlyMap<ErrorCode, ErrorCode>

const always: Translation = new Map([
  [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.COORDINATOR_NOT_AVAILABLE],
  [ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.COORDINATOR_NOT_AVAILABLE],
  [ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, ErrorCode.COORDINATOR_NOT_AVAILABLE],
  [ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_COORDINATOR],
  [ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NOT_COORDINATOR],
])

const forCommits: Translation = new Map([
  ...always,
  [ErrorCode.NETWORK_EXCEPTION, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS],
  [ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.INVALID_COMMIT_OFFSET_SIZE],
  [ErrorCode.RECORD_LIST_TOO_LARGE, ErrorCode.INVALID_COMMIT_OFFSET_SIZE],
  [ErrorCode.INVALID_FETCH_SIZE, ErrorCode.INVALID_COMMIT_OFFSET_SIZE],
])

const forMetadata: Translation = new Map([
  ...always,
  [ErrorCode.REQUEST_TIMED_OUT, ErrorCode.REBALANCE_IN_PROGRESS],
  [ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.UNKNOWN_SERVER_ERROR],
  [ErrorCode.RECORD_LIST_TOO_LARGE, ErrorCode.UNKNOWN_SERVER_ERROR],
  [ErrorCode.INVALID_FETCH_SIZE, ErrorCode.UNKNOWN_SERVER_ERROR],
])

/** For offset commits and deletions. */
export function commitErrorOf(appendError: ErrorCode): ErrorCode {
  return forCommits.get(appendError) ?? appendError
}

/** For the group's metadata: a client in a rebalance that cannot be stored now has to join again. */
export function storeErrorOf(appendError: ErrorCode): ErrorCode {
  return forMetadata.get(appendError) ?? appendError
}
