import type { BatchMetadata } from './producer-entry.ts'
import { ErrorCode } from '../protocol/index.ts'

/** What the leader decides about a batch. */
export interface LeaderAppend {
  readonly leaderEpoch: number
  /** Time that all records get (`message.timestamp.type=LogAppendTime`), or -1. */
  readonly appendTimeMs: number
}

/** What came of an append. A refused one changed nothing. */
export interface AppendOutcome {
  readonly errorCode: ErrorCode
  /** First and last offset of what was appended, or, of a retry, of what is there already; else -1. */
  readonly baseOffset: number
  readonly lastOffset: number
  /** The batch was in the log before: the retry of one whose answer was lost. */
  readonly isDuplicate: boolean
  /** Largest timestamp of what was appended, or was there; else -1. */
  readonly maxTimestamp: number
}

export function refused(errorCode: ErrorCode): AppendOutcome {
  return { errorCode, baseOffset: -1, lastOffset: -1, isDuplicate: false, maxTimestamp: -1 }
}

export function repeated(batch: Readonly<BatchMetadata>): AppendOutcome {
  return {
    errorCode: ErrorCode.NONE,
    baseOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    isDuplicate: true,
    maxTimestamp: batch.timestamp,
  }
}

export function appended(
  baseOffset: number,
  lastOffset: number,
  maxTimestamp: number,
): AppendOutcome {
  return {
    errorCode: ErrorCode.NONE,
    baseOffset,
    lastOffset,
    isDuplicate: false,
    maxTimestamp,
  }
}
