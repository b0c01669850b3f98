/** What came of one partition's part of a Produce request. */
import type { AppendOutcome } from '../log/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import type { RecordFault } from '../records/index.ts'

export interface PartitionAppend {
  readonly errorCode: ErrorCode
  /** Why records were refused; `null` where the code says it all. */
  readonly errorMessage: string | null
  readonly recordFaults: readonly RecordFault[]
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
): PartitionAppend {
  return {
    errorCode,
    errorMessage,
    recordFaults,
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
    baseOffset: outcome.baseOffset,
    requiredOffset: outcome.lastOffset + 1,
    appendTimeMs: outcome.isDuplicate && appendTimeMs >= 0 ? outcome.maxTimestamp : appendTimeMs,
    logStartOffset,
  }
}
