/**
 * Reading a log: finds the bytes that answer a fetch and hands them out as a range of a file, which
 * the connection reads when its socket can take it. Batches stay whole (KIP-74), nothing at or above
 * the given end is ever part of a range.
 */
import type { ByteRange } from '../bytes/index.ts'
import type { Clock, FileHandle } from '../host/index.ts'
import { BatchScan } from './batch-scan.ts'
import { DamagedLogError, type HeaderWalk } from './header-walk.ts'
import { PositionCache } from './position-cache.ts'
import type { Segment } from './segment.ts'
import type { Segments } from './segments.ts'

/** What a first batch larger than the limit means: all of it (Fetch since v3), nothing, or the beginning of it (until v2). */
export type FirstBatch = 'whole' | 'fitting' | 'cut'

export interface ReadOptions {
  /** Offset behind the last record that may be read: log end, high watermark or last stable offset. */
  readonly upTo: number
  readonly firstBatch: FirstBatch
}

/** What was found to read. */
export interface ReadBatches {
  readonly records: ByteRange
  /** No record at or beyond it is in the range. */
  readonly endOffset: number
}

/** A read that takes longer has waited for a disk. */
const COLD_READ_MS = 5

/** Batches of one segment. Must be released, whether it was read or not. */
export class LogRange implements ByteRange {
  /** Of the first byte, in the segment. */
  readonly position: number
  readonly sizeBytes: number
  readonly #segment: Segment
  readonly #handle: FileHandle
  readonly #clock: Clock

  constructor(segment: Segment, position: number, sizeBytes: number, clock: Clock) {
    this.position = position
    this.sizeBytes = sizeBytes
    this.#segment = segment
    this.#handle = segment.file.retain()
    this.#clock = clock
  }

  get segmentBaseOffset(): number {
    return this.#segment.baseOffset
  }

  read(target: Buffer, position: number): number {
    const length = Math.min(target.length, this.sizeBytes - position)
    const startMs = this.#clock.monotonicMs()
    const read = this.#handle.read(target, 0, length, this.position + position)
    if (this.#clock.monotonicMs() - startMs > COLD_READ_MS) {
      this.#segment.warm.coolDown(this.#segment.writtenBytes)
    }
    return read
  }

  release(): void {
    this.#segment.file.release()
  }
}

export const noBytes: ByteRange = { sizeBytes: 0, read: () => 0, release: () => undefined }

/** Where a batch begins. */
interface BatchPlace {
  readonly segment: Segment
  readonly position: number
}

export class LogReader {
  readonly #segments: Segments
  readonly #walk: HeaderWalk
  readonly #clock: Clock
  /** Where readers will go on, and where the newest batches begin: two tables, so that a busy producer does not push out the readers. */
  readonly #readPlaces = new PositionCache()
  readonly #appendPlaces = new PositionCache()

  constructor(segments: Segments, walk: HeaderWalk, clock: Clock) {
    this.#segments = segments
    this.#walk = walk
    this.#clock = clock
  }

  /** A batch with this first offset was appended. */
  onAppend(baseOffset: number, segment: Segment, position: number): void {
    this.#appendPlaces.put(baseOffset, segment.baseOffset, position)
  }

  /** Segments were cut or removed. */
  forget(): void {
    this.#readPlaces.clear()
    this.#appendPlaces.clear()
  }

  /**
   * At most `maxBytes` of whole batches from the one that holds `offset` on.
   *
   * @throws DamagedLogError, StorageError
   */
  read(offset: number, maxBytes: number, { upTo, firstBatch }: ReadOptions): ReadBatches {
    const nothing = { records: noBytes, endOffset: offset }
    if (offset >= upTo || maxBytes < 0) return nothing
    const place = this.#find(offset)
    if (place === undefined) return nothing
    const { segment, position } = place
    const end = this.#endOf(segment, upTo)
    if (position >= end) return nothing
    const sizeBytes = this.#wholeBatches(place, end, maxBytes, firstBatch)
    if (sizeBytes === 0) return nothing
    const records = new LogRange(segment, position, sizeBytes, this.#clock)
    const isAll = position + sizeBytes === end
    return { records, endOffset: isAll ? this.#lastOf(segment, upTo) : this.#endOfWalk(position) }
  }

  #lastOf(segment: Segment, upTo: number): number {
    return Math.min(upTo, this.#segments.after(segment)?.baseOffset ?? upTo)
  }

  /** The walk stands on the first batch that is left out, or on the first of all, which alone is given. */
  #endOfWalk(position: number): number {
    const walk = this.#walk
    return walk.position === position ? walk.lastOffset + 1 : walk.baseOffset
  }

  /** Whether `read` would hand out bytes that are checked and at hand. @throws DamagedLogError, StorageError */
  isWarm(offset: number, maxBytes: number): boolean {
    const place = this.#find(offset)
    if (place === undefined) return true
    const { segment, position } = place
    return segment.warm.covers(position, Math.min(position + maxBytes, segment.writtenBytes))
  }

  /**
   * Reads what `read` would hand out, in the thread pool, and compares checksums.
   *
   * @param logEndOffset no batch may reach beyond it
   * @throws DamagedLogError, StorageError
   */
  async warm(offset: number, maxBytes: number, logEndOffset: number): Promise<void> {
    const place = this.#find(offset)
    if (place === undefined) return
    const { segment, position } = place
    const end = Math.min(position + Math.max(maxBytes, 1), segment.writtenBytes)
    const file = segment.file.retain()
    try {
      const scan = new BatchScan({
        file,
        from: position,
        end: segment.writtenBytes,
        verifies: true,
        nextOffset: segment.baseOffset,
        endOffset: this.#segments.after(segment)?.baseOffset ?? logEndOffset,
      })
      let step = scan.step()
      while (step !== 'end' && scan.position < end) {
        if (step === 'damaged') throw new DamagedLogError(file.path, scan.position, scan.problem)
        if (step === 'fill') await scan.fill()
        step = scan.step()
      }
      segment.warm.add(position, scan.position + scan.sizeBytes)
    } finally {
      segment.file.release()
    }
  }

  /** The batch that holds `offset`, or the next behind it. */
  #find(offset: number): BatchPlace | undefined {
    const cached =
      this.#cached(this.#readPlaces, offset) ?? this.#cached(this.#appendPlaces, offset)
    if (cached !== undefined) return cached
    let segment = this.#segments.floor(offset) ?? this.#segments.first
    for (;;) {
      const position = segment.find(offset, this.#walk)
      if (position !== undefined) return { segment, position }
      const next = this.#segments.after(segment)
      if (next === undefined) return undefined
      segment = next
    }
  }

  #cached(places: PositionCache, offset: number): BatchPlace | undefined {
    const position = places.find(offset)
    if (position < 0) return undefined
    const segment = this.#segments.at(places.segmentBaseOffset)
    // What was staged when it was remembered may not be written yet.
    return segment === undefined || position >= segment.writtenBytes
      ? undefined
      : { segment, position }
  }

  /** Position in `segment` behind the last batch that lies wholly below `upTo`. */
  #endOf(segment: Segment, upTo: number): number {
    const next = this.#segments.after(segment)
    if (next !== undefined && next.baseOffset <= upTo) return segment.writtenBytes
    if (upTo <= segment.baseOffset) return 0
    const cached = this.#cached(this.#appendPlaces, upTo)
    if (cached?.segment === segment) return cached.position
    return segment.find(upTo, this.#walk) ?? segment.writtenBytes
  }

  #wholeBatches(
    { segment, position }: BatchPlace,
    end: number,
    maxBytes: number,
    firstBatch: FirstBatch,
  ): number {
    const available = end - position
    if (available <= maxBytes) return available
    const limit = position + maxBytes
    const indexed = segment.indexedBoundary(position, limit, this.#walk)
    const boundary = this.#boundaryBefore(segment, indexed ?? position, limit, end)
    if (boundary > position) return boundary - position
    // The first batch alone is larger than the limit; the walk stands on it.
    if (firstBatch === 'whole') return this.#walk.sizeBytes
    return firstBatch === 'cut' ? maxBytes : 0
  }

  /** The end of the last batch that ends at or before `limit`; remembers it, as the reader will go on there. */
  #boundaryBefore(segment: Segment, from: number, limit: number, end: number): number {
    const walk = this.#walk
    walk.start(segment.file.handle, from, end)
    while (walk.next()) {
      if (walk.position + walk.sizeBytes <= limit) continue
      if (walk.magic === 2) this.#readPlaces.put(walk.baseOffset, segment.baseOffset, walk.position)
      return walk.position
    }
    return end
  }
}
