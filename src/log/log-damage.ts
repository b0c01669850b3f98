/**
 * Damage in the middle of a log (DESIGN 2.9): bytes that were whole once and are not now. Different
 * from a torn tail, behind which nothing whole follows: that is a write the crash cut off.
 */
import { BatchScan } from './batch-scan.ts'
import type { FileHandle } from '../host/index.ts'
import {
  baseOffsetOf,
  codecOf,
  MAGIC_AT,
  MAX_HEADER_BYTES,
  recordCountOf,
  sizeOf,
} from '../records/index.ts'
import { MAX_RELATIVE_OFFSET, type Segment } from './segment.ts'

/** Where a log is not what was written. Nothing from `offset` on can be trusted. */
export interface LogDamage {
  readonly offset: number
  readonly path: string
  readonly position: number
  readonly problem: string
}

/** The first damaged batch of the segment. @throws StorageError */
export async function findDamage(segment: Segment): Promise<LogDamage | undefined> {
  const file = segment.file.retain()
  try {
    const scan = new BatchScan({
      file,
      from: 0,
      end: segment.writtenBytes,
      verifies: true,
      nextOffset: segment.baseOffset,
    })
    for (let step = scan.step(); step !== 'end'; step = scan.step()) {
      if (step === 'damaged') return damageAt(segment, scan)
      if (step === 'fill') await scan.fill()
    }
    return undefined
  } finally {
    segment.file.release()
  }
}

/** What a scan that ended with `damaged` has found. */
export function damageAt(segment: Segment, scan: BatchScan): LogDamage {
  const { nextOffset, position, problem } = scan
  return { offset: nextOffset, path: segment.file.path, position, problem }
}

const SEARCH_BYTES = 1_048_576

/**
 * Whether a whole batch of magic 2 lies somewhere in `file[from, end)` that belongs behind `offset`:
 * then what comes before it was no torn tail.
 *
 * @throws StorageError
 */
export async function hasBatchAfter(
  file: FileHandle,
  from: number,
  end: number,
  offset: number,
): Promise<boolean> {
  const buffer = Buffer.allocUnsafe(Math.min(SEARCH_BYTES, Math.max(end - from, MAX_HEADER_BYTES)))
  for (let start = from; start + MAX_HEADER_BYTES <= end;) {
    const read = await file.readCold(buffer, 0, Math.min(buffer.length, end - start), start)
    if (read < MAX_HEADER_BYTES) return false
    for (const at of candidates(buffer, read, end - start, offset)) {
      if (await isBatch(file, start + at, end)) return true
    }
    // The next piece begins with what could not be a header here for want of bytes.
    start += read - MAX_HEADER_BYTES + 1
  }
  return false
}

/** Where in `buffer[0, length)` a header of a batch could begin that leaves room for it in `rest`. */
function* candidates(
  buffer: Buffer,
  length: number,
  rest: number,
  offset: number,
): Generator<number, void, undefined> {
  const last = length - MAX_HEADER_BYTES
  for (let at = 0; at <= last; at += 1) {
    const magicAt = buffer.indexOf(2, at + MAGIC_AT)
    if (magicAt < 0) return
    at = magicAt - MAGIC_AT
    if (at > last) return
    const sizeBytes = sizeOf(buffer, at)
    const distance = baseOffsetOf(buffer, at) - offset
    if (sizeBytes < MAX_HEADER_BYTES || sizeBytes > rest - at) continue
    if (distance < 0 || distance > MAX_RELATIVE_OFFSET) continue
    if (codecOf(buffer, at) <= 4 && recordCountOf(buffer, at) >= 0) yield at
  }
}

async function isBatch(file: FileHandle, from: number, end: number): Promise<boolean> {
  const scan = new BatchScan({ file, from, end, verifies: true })
  let step = scan.step()
  while (step === 'fill') {
    await scan.fill()
    step = scan.step()
  }
  return step === 'batch'
}
