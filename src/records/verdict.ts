/** What the broker answers to a produced record set: accepted bytes, or a refusal as a value. */
import { ProtocolError } from '../bytes/index.ts'
import { HEADER_UP_TO_MAGIC, LENGTH_AT, magicOf } from './batch.ts'
import { nextBatchSize } from './batch-info.ts'
import { MESSAGE_OVERHEAD_V0 } from './legacy-message.ts'

/** The error codes of the protocol that a record set can earn; the same numbers as on the wire. */
export const RecordSetError = {
  CORRUPT_MESSAGE: 2,
  MESSAGE_TOO_LARGE: 10,
  INVALID_TIMESTAMP: 32,
  UNSUPPORTED_COMPRESSION_TYPE: 76,
  INVALID_RECORD: 87,
} as const
export type RecordSetError = (typeof RecordSetError)[keyof typeof RecordSetError]

/** Why one record of a refused batch was refused (KIP-467, Produce from version 8). */
export interface RecordFault {
  readonly batchIndex: number
  /** In Kafka's words; where `endsWithPlace`, topic and partition are to follow. */
  readonly message: string
  readonly endsWithPlace: boolean
}

export interface AcceptedRecords {
  readonly accepted: true
  /**
   * One batch of magic 2, its offsets from 0, to be stamped with base offset and leader epoch and then stored. Either
   * the received bytes themselves, at most changed in place, or a new buffer when they had to be
   * converted or recompressed.
   */
  readonly batch: Buffer
  /** Bytes of the received set that were used; a partial batch at its end is not. */
  readonly validBytes: number
  /** Records that had to be written anew because of format, codec or offsets. */
  readonly convertedRecords: number
}

export interface RefusedRecords {
  readonly accepted: false
  readonly errorCode: RecordSetError
  readonly message: string
  /**
   * Where the fault lies: in the frame, of which Kafka tells in words; in what this version of the request may
   * carry, which is decided before the partition is looked at; or in the records.
   */
  readonly fault: 'frame' | 'request' | 'records'
  readonly recordFaults: readonly RecordFault[]
  /** In all, listed or not. */
  readonly faultCount: number
}

export type RecordsVerdict = AcceptedRecords | RefusedRecords

const NO_FAULTS: readonly RecordFault[] = []

export function refuse(
  errorCode: RecordSetError,
  message: string,
  recordFaults = NO_FAULTS,
  faultCount = recordFaults.length,
): RefusedRecords {
  return { accepted: false, errorCode, message, fault: 'records', recordFaults, faultCount }
}

/** For what this version of the request must not carry. */
export function refuseRequest(errorCode: RecordSetError, message: string): RefusedRecords {
  return { ...refuse(errorCode, message), fault: 'request' }
}

/**
 * Size of the batch at `position` of a received set; `undefined` when no whole one is there. What
 * cannot be a batch is corrupt rather than invalid: its very frame cannot be trusted.
 */
export function wholeBatchSize(
  records: Buffer,
  position: number,
): number | undefined | RefusedRecords {
  try {
    const sizeBytes = nextBatchSize(records, position)
    return sizeBytes === undefined || sizeBytes > records.length - position ? undefined : sizeBytes
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    const words = position === 0 ? frameWords(records) : undefined
    const refusal = refuse(RecordSetError.CORRUPT_MESSAGE, words ?? error.message)
    return words === undefined ? refusal : { ...refusal, fault: 'frame' }
  }
}

/** What Kafka says of a set whose first frame is none; `undefined` where it finds the fault later. */
function frameWords(records: Buffer): string | undefined {
  if (records.length < HEADER_UP_TO_MAGIC) return undefined
  const sizeBytes = records.readInt32BE(LENGTH_AT)
  if (sizeBytes < MESSAGE_OVERHEAD_V0) {
    return `Record size ${sizeBytes} is less than the minimum record overhead (${MESSAGE_OVERHEAD_V0})`
  }
  const magic = magicOf(records)
  return magic < 0 || magic > 2 ? `Invalid magic found in record: ${magic}` : undefined
}
