/** Makes a partition's producers known again, from the newest snapshot that fits and the batches behind it. */
import { BatchScan } from './batch-scan.ts'
import type { LogParts } from './log-parts.ts'
import type { ProducerState } from './producer-state.ts'
import type { Segment } from './segment.ts'

type ReplayParts = Pick<LogParts, 'context' | 'segments' | 'producers' | 'snapshots'>

/** The range of a log that is replayed at most. */
export interface ReplayRange {
  readonly logStartOffset: number
  readonly endOffset: number
}

/** Afterwards `producers` is as it was when the log ended at `endOffset`. @throws StorageError */
export async function reloadProducers(parts: ReplayParts, range: ReplayRange): Promise<void> {
  const { producers, segments } = parts
  restoreSnapshot(parts, range)
  for (const segment of segments.from(producers.endOffset)) {
    if (segment.baseOffset >= range.endOffset) break
    await replay(segment, parts, range.endOffset)
  }
  producers.endOffset = range.endOffset
}

/** Takes the newest snapshot within the range, removes those outside. @throws StorageError */
export function restoreSnapshot(
  { context, producers, snapshots }: ReplayParts,
  { logStartOffset, endOffset }: ReplayRange,
): void {
  snapshots.keepWithin(logStartOffset, endOffset)
  const snapshot = snapshots.load(logStartOffset, endOffset)
  const wallMs = context.host.clock.wallMs()
  producers.reset(snapshot?.offset ?? logStartOffset, snapshot?.entries, wallMs)
}

async function replay(
  segment: Segment,
  { context, producers }: ReplayParts,
  endOffset: number,
): Promise<void> {
  const from = segment.find(producers.endOffset, context.walk)
  if (from === undefined) return
  const file = segment.file.retain()
  try {
    const scan = new BatchScan({ file, from, end: segment.writtenBytes, verifies: false })
    // What is damaged is found by whoever reads it; producers behind it stay unknown.
    for (let step = scan.step(); step === 'batch' || step === 'fill'; step = scan.step()) {
      if (step === 'fill') await scan.fill()
      else if (scan.lastOffset < endOffset) replayBatch(scan, producers)
      else return
    }
  } finally {
    segment.file.release()
  }
}

/** Counts the batch in that the scan stands on. */
export function replayBatch(scan: BatchScan, producers: ProducerState): void {
  if (scan.magic < 2) return
  const completed = producers.update(scan.buffer, scan.at)
  if (completed !== undefined) producers.transactions.complete(completed)
}
