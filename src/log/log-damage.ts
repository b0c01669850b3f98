/**
 * Damage in the middle of a log: bytes that were whole once and are not now. Different
 * from what a crash leaves behind the recovery point: a torn tail, behind which nothing whole follows,
 * and, when the power failed, blocks of zeros that the disk never got, with or without later blocks.
 */
import { BatchScan } from './batch-scan.ts'
import type { FileHandle } from '../host/index.ts'
import {
  baseOffsetOf,
  codecOf,
  HEADER_UP_TO_MAGIC,
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

/**
 * The first damaged batch of the segment.
 *
 * @param endOffset no batch may reach beyond it
 * @throws StorageError
 */
export async function findDamage(
  segment: Segment,
  endOffset: number,
): Promise<LogDamage | undefined> {
  const file = segment.file.retain()
  try {
    const scan = new BatchScan({
      file,
      from: 0,
      end: segment.writtenBytes,
      verifies: true,
      nextOffset: segment.baseOffset,
      endOffset,
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
 * Where the first whole batch of magic 2 in `file[from, end)` begins that belongs behind `offset`;
 * when there is one, what comes before it was no torn tail.
 *
 * @throws StorageError
 */
export async function findBatchAfter(
  file: FileHandle,
  from: number,
  end: number,
  offset: number,
): Promise<number | undefined> {
  const buffer = Buffer.allocUnsafe(Math.min(SEARCH_BYTES, Math.max(end - from, MAX_HEADER_BYTES)))
  for (let start = from; start + MAX_HEADER_BYTES <= end;) {
    const read = await file.readCold(buffer, 0, Math.min(buffer.length, end - start), start)
    if (read < MAX_HEADER_BYTES) return undefined
    for (const at of candidates(buffer, read, end - start, offset)) {
      if (await isBatch(file, start + at, end)) return start + at
    }
    // The next piece begins with what could not be a header here for want of bytes.
    start += read - MAX_HEADER_BYTES + 1
  }
  return undefined
}

/** What a disk writes as a whole, at least. */
const SECTOR_BYTES = 512
/** Zeros at the end of a sector that tell that it was not written; records rarely have them there. */
const SECTOR_ZEROS = Buffer.alloc(8)
/** Zeros where a header should be; no bit that flips does that. */
const HEADER_ZEROS = Buffer.alloc(HEADER_UP_TO_MAGIC)

/**
 * Whether some of `file[from, end)` was never written, as after a power cut: it begins with zeros in
 * place of a header, or a sector in it ends with zeros.
 *
 * @throws StorageError
 */
export async function hasLostBytes(file: FileHandle, from: number, end: number): Promise<boolean> {
  const buffer = Buffer.allocUnsafe(SEARCH_BYTES)
  const head = await file.readCold(buffer, 0, HEADER_ZEROS.length, from)
  if (buffer.compare(HEADER_ZEROS, 0, head, 0, head) === 0) return true
  const least = SECTOR_ZEROS.length
  for (let start = from - (from % SECTOR_BYTES); start < end; start += buffer.length) {
    const read = await file.readCold(buffer, 0, Math.min(buffer.length, end - start), start)
    for (let at = SECTOR_BYTES; at <= read; at += SECTOR_BYTES) {
      if (start + at - least < from) continue
      if (buffer.compare(SECTOR_ZEROS, 0, least, at - least, at) === 0) return true
    }
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
