import type { CleanedGroup } from './cleaning-order.ts'

/** A segment as Kafka's lines print it. */
export function segmentText({
  baseOffset,
  sizeBytes,
  modifiedMs,
  maxTimestamp,
}: CleanedGroup['cleaned']): string {
  return `LogSegment(baseOffset=${baseOffset}, size=${sizeBytes}, lastModifiedTime=${modifiedMs}, largestRecordTimestamp=${maxTimestamp})`
}
