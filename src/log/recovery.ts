/**
 * After a crash: goes through the batches that may not have reached the disk, cuts a torn tail, and
 * builds indexes, producers and leader epochs anew on the way. The reading is done by the thread
 * pool a megabyte at a time, so that the event loop is free in between.
 */
import { leaderEpochOf } from '../records/index.ts'
import { BatchScan } from './batch-scan.ts'
import { damageAt, findBatchAfter, hasLostBytes, type LogDamage } from './log-damage.ts'
import type { LogParts } from './log-parts.ts'
import type { Segment } from './segment.ts'
import { maxTimestampAt } from './timestamp-lookup.ts'

export type RecoveryParts = Pick<
  LogParts,
  'context' | 'config' | 'segments' | 'epochs' | 'producers' | 'snapshots' | 'flush'
>

/** What a scan of a segment came to. */
interface SegmentScan {
  readonly endOffset: number
  readonly hasGaps: boolean
  /** Where the first thing lies that is no batch; `undefined` when all is well. */
  readonly damage: LogDamage | undefined
}

export interface RecoveredSegments {
  /** Nothing had to be recovered. */
  readonly wasClosed: boolean
  readonly endOffset: number
  /** Bytes of a torn tail that were cut. */
  readonly cutBytes: number
  /** Segments behind a torn tail: nothing whole is in them. */
  readonly worthless: readonly Segment[]
  readonly damage: LogDamage | undefined
  /** Segments behind the damage, in which there is something. */
  readonly beyondDamage: readonly Segment[]
}

/**
 * Recovers these segments, the last ones of the log; the last that is kept becomes the active one.
 * `producers` must be as of the first of them. Bytes from a damage on are no longer part of their
 * segment, but stay in its file.
 *
 * @throws StorageError
 */
export async function recoverSegments(
  recovered: readonly Segment[],
  parts: RecoveryParts,
): Promise<RecoveredSegments> {
  let endOffset = recovered[0]?.baseOffset ?? 0
  let mayHaveGaps = parts.config.isCompacted
  for (const [n, segment] of recovered.entries()) {
    const rest = recovered.slice(n)
    const previous = recovered[n - 1]
    if (previous !== undefined) {
      const isGap = segment.baseOffset > endOffset
      if (isGap && (await isAfterLoss(rest, mayHaveGaps))) {
        return { ...recoveredTo(endOffset), worthless: rest }
      }
      previous.finish()
      parts.flush.onRoll(previous)
    }
    parts.producers.endOffset = Math.max(endOffset, segment.baseOffset)
    parts.snapshots.take(parts.producers)
    const scan = await recoverSegment(segment, parts)
    endOffset = scan.endOffset
    mayHaveGaps ||= scan.hasGaps
    if (scan.damage !== undefined) return endAtDamage(scan.damage, segment, rest.slice(1))
  }
  return recoveredTo(endOffset)
}

/**
 * Offsets are missing before these segments: were they compacted away, or has the segment before lost
 * its end? Where gaps are nothing new, only segments without a whole batch tell.
 */
async function isAfterLoss(rest: readonly Segment[], mayHaveGaps: boolean): Promise<boolean> {
  return !mayHaveGaps || !(await hasBatch(rest, rest[0]?.baseOffset ?? 0))
}

/** Cuts a torn tail; what is damaged in the middle stays as it is, outside the log. */
async function endAtDamage(
  damage: LogDamage,
  segment: Segment,
  later: readonly Segment[],
): Promise<RecoveredSegments> {
  segment.endAt(damage.position)
  if (await isInTheMiddle(damage, segment, later)) {
    return { ...recoveredTo(damage.offset), damage, beyondDamage: later }
  }
  const cutBytes = segment.file.handle.sizeBytes() - damage.position
  segment.truncateBytes(damage.position)
  return { ...recoveredTo(damage.offset), cutBytes, worthless: later }
}

/** The outcome when nothing is wrong. */
function recoveredTo(endOffset: number): RecoveredSegments {
  const nothing = { cutBytes: 0, worthless: [], damage: undefined, beyondDamage: [] }
  return { ...nothing, wasClosed: false, endOffset }
}

/** The outcome for a log that was closed in order. */
export function closedAt(endOffset: number): RecoveredSegments {
  return { ...recoveredTo(endOffset), wasClosed: true }
}

/** Rebuilds the indexes of a segment, and takes its batches into account. */
async function recoverSegment(segment: Segment, parts: RecoveryParts): Promise<SegmentScan> {
  segment.resetIndexes(parts.config)
  segment.transactionIndex.reset()
  const file = segment.file.retain()
  try {
    const scan = new BatchScan({
      file,
      from: 0,
      end: segment.writtenBytes,
      verifies: true,
      nextOffset: segment.baseOffset,
    })
    let step = scan.step()
    for (; step === 'batch' || step === 'fill'; step = scan.step()) {
      if (step === 'fill') await scan.fill()
      else countIn(scan, segment, parts)
    }
    segment.warm.add(0, scan.position)
    const damage = step === 'damaged' ? damageAt(segment, scan) : undefined
    return { endOffset: scan.nextOffset, hasGaps: scan.hasGaps, damage }
  } finally {
    segment.file.release()
  }
}

function countIn(scan: BatchScan, segment: Segment, parts: RecoveryParts): void {
  const { config, epochs, producers } = parts
  indexBatch(scan, segment, config.indexIntervalBytes)
  if (scan.magic < 2) return
  epochs.assignFromScan(leaderEpochOf(scan.buffer, scan.at), scan.baseOffset)
  const completed = producers.update(scan.buffer, scan.at)
  if (completed === undefined) return
  const lastStableOffset = producers.transactions.lastStableOffsetAfter(completed)
  if (completed.isAborted) segment.transactionIndex.append({ ...completed, lastStableOffset })
  producers.transactions.complete(completed)
}

function indexBatch(scan: BatchScan, segment: Segment, intervalBytes: number): void {
  const { sizeBytes, lastOffset, position } = scan
  const extent = { sizeBytes, lastOffset, maxTimestamp: maxTimestampAt(scan) }
  segment.index(extent, intervalBytes, position)
}

/**
 * Whether whole batches follow the damage, and nothing tells that a power cut took the bytes there:
 * then it is not the end of what a crash cut off, and cutting it would lose what was whole.
 */
async function isInTheMiddle(
  damage: LogDamage,
  segment: Segment,
  later: readonly Segment[],
): Promise<boolean> {
  const { offset, position } = damage
  const file = segment.file.retain()
  try {
    const end = file.sizeBytes()
    const next = await findBatchAfter(file, position + 1, end, offset)
    if (next === undefined && !(await hasBatch(later, offset))) return false
    return !(await hasLostBytes(file, position, next ?? end))
  } finally {
    segment.file.release()
  }
}

async function hasBatch(segments: readonly Segment[], offset: number): Promise<boolean> {
  for (const segment of segments) {
    const file = segment.file.retain()
    try {
      if ((await findBatchAfter(file, 0, file.sizeBytes(), offset)) !== undefined) return true
    } finally {
      segment.file.release()
    }
  }
  return false
}

/** Builds the indexes of a segment that lost them; nothing else is taken into account. @throws StorageError */
export async function rebuildIndexes(
  segment: Segment,
  { config }: Pick<RecoveryParts, 'config'>,
): Promise<void> {
  segment.resetIndexes(config)
  const file = segment.file.retain()
  try {
    const scan = new BatchScan({ file, from: 0, end: segment.writtenBytes, verifies: false })
    // What is damaged is not indexed; whoever reads it finds out.
    for (let step = scan.step(); step === 'batch' || step === 'fill'; step = scan.step()) {
      if (step === 'fill') await scan.fill()
      else indexBatch(scan, segment, config.indexIntervalBytes)
    }
  } finally {
    segment.file.release()
  }
}
