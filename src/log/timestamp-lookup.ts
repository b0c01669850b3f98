/** Looking up offsets by time, for ListOffsets (KIP-79, KIP-734). */
import { maxTimestampOf, readBatchInfo, recordsOf } from '../records/index.ts'
import { BatchScan } from './batch-scan.ts'
import { DamagedLogError } from './header-walk.ts'
import type { Segment } from './segment.ts'

export interface TimestampedOffset {
  readonly offset: number
  /** Milliseconds. */
  readonly timestamp: number
  /** Of the batch; -1 for old formats. */
  readonly leaderEpoch: number
}

/**
 * The first record at or behind `fromOffset` that is not older than `timestamp`; `undefined` when
 * there is none. Looks into batches, compressed ones too.
 *
 * @throws DamagedLogError, StorageError, ProtocolError when a batch cannot be decompressed
 */
export async function findByTimestamp(
  segments: readonly Segment[],
  timestamp: number,
  fromOffset: number,
): Promise<TimestampedOffset | undefined> {
  for (const segment of segments) {
    if (segment.maxTimestamp < timestamp) continue
    const found = await findInSegment(segment, timestamp, fromOffset)
    if (found !== undefined) return found
  }
  return undefined
}

/** The first record that has the largest timestamp of all (KIP-734). @throws as `findByTimestamp` */
export async function findMaxTimestamp(
  segments: readonly Segment[],
  fromOffset: number,
): Promise<TimestampedOffset | undefined> {
  const largest = Math.max(...segments.map(segment => segment.maxTimestamp))
  const holder = segments.find(segment => segment.maxTimestamp === largest)
  if (holder === undefined || largest < 0) return undefined
  return findInSegment(holder, largest, fromOffset)
}

async function findInSegment(
  segment: Segment,
  timestamp: number,
  fromOffset: number,
): Promise<TimestampedOffset | undefined> {
  const offset = Math.max(segment.timeIndex.offsetBefore(timestamp), fromOffset)
  const from = segment.offsetIndex.positionBefore(offset)
  const file = segment.file.retain()
  try {
    const scan = new BatchScan({ file, from, end: segment.writtenBytes, verifies: false })
    for (let step = scan.step(); step !== 'end'; step = scan.step()) {
      if (step === 'damaged') throw new DamagedLogError(file.path, scan.position, scan.problem)
      if (step === 'fill') await scan.fill()
      else if (scan.lastOffset >= fromOffset && maxTimestampAt(scan) >= timestamp) {
        const found = findInBatch(await scan.wholeBatch(), timestamp, fromOffset)
        if (found !== undefined) return found
      }
    }
    return undefined
  } finally {
    segment.file.release()
  }
}

/** Of the batch that the scan stands on; -1 when its records have none. */
export function maxTimestampAt({ buffer, at, magic }: BatchScan): number {
  return magic === 2 ? maxTimestampOf(buffer, at) : readBatchInfo(buffer, at).maxTimestamp
}

function findInBatch(
  batch: Buffer,
  timestamp: number,
  fromOffset: number,
): TimestampedOffset | undefined {
  const { leaderEpoch } = readBatchInfo(batch)
  for (const record of recordsOf(batch)) {
    if (record.offset < fromOffset || record.timestamp < timestamp) continue
    return { offset: record.offset, timestamp: record.timestamp, leaderEpoch }
  }
  return undefined
}

/** What ListOffsets v0 asks: bases of segments by when their files last changed, newest first. */
export interface OffsetsBefore {
  readonly segments: readonly Segment[]
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly wallMs: number
}

/**
 * At most `maxCount` offsets where a segment begins whose file last changed at or before `timestamp`,
 * and the log end among them, descending: all that Kafka knew of time before 0.10.1.
 *
 * @param timestamp -1: latest, -2: earliest
 */
export function offsetsBefore(log: OffsetsBefore, timestamp: number, maxCount: number): number[] {
  const bases = log.segments.map(segment => ({
    offset: Math.max(segment.baseOffset, log.logStartOffset),
    modifiedMs: segment.modifiedMs,
  }))
  const lastIsEmpty = (log.segments.at(-1)?.sizeBytes ?? 0) === 0
  if (!lastIsEmpty) bases.push({ offset: log.logEndOffset, modifiedMs: log.wallMs })
  const last = lastBefore(bases, timestamp)
  const count = Math.max(Math.min(maxCount, last + 1), 0)
  const offsets = bases.slice(last + 1 - count, last + 1).map(({ offset }) => offset)
  return offsets.sort((a, b) => b - a)
}

function lastBefore(bases: readonly { modifiedMs: number }[], timestamp: number): number {
  if (timestamp === -1) return bases.length - 1
  if (timestamp === -2) return 0
  return bases.findLastIndex(({ modifiedMs }) => modifiedMs <= timestamp)
}
