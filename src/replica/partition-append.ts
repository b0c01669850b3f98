/** What came of one partition's part of a Produce request. */
import type { AppendOutcome } from '../log/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import type { RecordFault } from '../records/index.ts'

export interface PartitionAppend {
  readonly errorCode: ErrorCode
  /** Why records were refused; `null` where the code says it all. */
  readonly errorMessage: string | null
  readonly recordFaults: readonly RecordFault[]
  /** Whether a client is told in words: of faults of single records, and of what the code does not say. */
  readonly isWorded: boolean
  /** -1 when nothing was appended. */
  readonly baseOffset: number
  /** What the high watermark has to reach before acks=all is answered. */
  readonly requiredOffset: number
  /** -1 with CreateTime. */
  readonly appendTimeMs: number
  readonly logStartOffset: number
}

export function refusedAppend(
  errorCode: ErrorCode,
  errorMessage: string | null = null,
  recordFaults: readonly RecordFault[] = [],
  isWorded = recordFaults.length > 0,
): PartitionAppend {
  return {
    errorCode,
    errorMessage,
    recordFaults,
    isWorded,
    baseOffset: -1,
    requiredOffset: -1,
    appendTimeMs: -1,
    logStartOffset: -1,
  }
}

export function appendedAt(
  outcome: AppendOutcome,
  { appendTimeMs, logStartOffset }: { appendTimeMs: number; logStartOffset: number },
): PartitionAppend {
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    recordFaults: [],
    isWorded: false,
    baseOffset: outcome.baseOffset,
    requiredOffset: outcome.lastOffset + 1,
    appendTimeMs: outcome.isDuplicate && appendTimeMs >= 0 ? outcome.maxTimestamp : appendTimeMs,
    logStartOffset,
  }
}
