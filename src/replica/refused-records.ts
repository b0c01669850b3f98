/** What is answered for records that were refused, in Kafka's words: applications look for them. */
import { ErrorCode } from '../protocol/index.ts'
import type { RecordFault, RefusedRecords } from '../records/index.ts'
import { refusedAppend, type PartitionAppend } from './partition-append.ts'

const SHOWN_FAULTS = 3

/** With these Kafka tells nothing of the partition, neither where it begins nor what is wrong. */
const silent: readonly number[] = [ErrorCode.CORRUPT_MESSAGE, ErrorCode.MESSAGE_TOO_LARGE]

/** `place` is topic and partition: `orders-0`. */
export function refusedRecords(
  { errorCode, message, fault, recordFaults, faultCount }: RefusedRecords,
  { place, logStartOffset }: { place: string; logStartOffset: number },
): PartitionAppend {
  const faults = recordFaults.map(fault => placed(fault, place))
  const text = faults.length === 0 ? message : summary(errorCode, faults, faultCount)
  // Clients have words of their own for it, which people look for.
  const told = errorCode === ErrorCode.MESSAGE_TOO_LARGE ? null : text
  const isWorded = fault === 'frame' || faults.length > 0
  const refused = refusedAppend(errorCode, told, faults, isWorded)
  return fault !== 'records' || silent.includes(errorCode)
    ? refused
    : { ...refused, logStartOffset }
}

const placed = (fault: RecordFault, place: string): RecordFault =>
  fault.endsWithPlace ? { ...fault, message: `${fault.message} ${place}` } : fault

function summary(errorCode: number, faults: readonly RecordFault[], count: number): string {
  if (errorCode === ErrorCode.INVALID_TIMESTAMP) {
    return 'One or more records have been rejected due to invalid timestamp'
  }
  const shown = faults
    .slice(0, SHOWN_FAULTS)
    .map(({ batchIndex, message }) => `RecordError(batchIndex=${batchIndex}, message='${message}')`)
  return (
    `One or more records have been rejected due to ${count} record errors in total, and only ` +
    `showing the first three errors at most: [${shown.join(', ')}]`
  )
}
