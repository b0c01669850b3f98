/**
 * A segment of a log: batches in one file, with indexes that only speed up finding them. The newest
 * segment of a log is active, the others never grow again. Mirrors Kafka's LogSegment.
 */
import { basename } from 'node:path'
import type { FileHandle, FileSystem } from '../host/index.ts'
import { maxTimestampOf, MAX_HEADER_BYTES, NO_TIMESTAMP, readBatchInfo } from '../records/index.ts'
import { DamagedLogError, type HeaderWalk } from './header-walk.ts'
import type { LogConfig } from './log-config.ts'
import { OffsetIndex } from './offset-index.ts'
import { FileEnding, FileSuffix, segmentFileName } from './segment-files.ts'
import { SharedFile } from './shared-file.ts'
import { TimeIndex } from './time-index.ts'
import { TransactionIndex } from './transaction-index.ts'
import { WarmBytes } from './warm-bytes.ts'

/** Largest distance between the base offset and an offset in the segment: indexes hold 32 bits. */
export const MAX_RELATIVE_OFFSET = 0x7fffffff
const UNKNOWN = -2
/** A message of magic 0 without key and value. */
const SMALLEST_ENTRY_BYTES = 26

export interface SegmentOptions {
  readonly files: FileSystem
  readonly directory: string
  readonly baseOffset: number
  /** When it was made, or opened: the age of a segment without timestamps counts from here. */
  readonly createdMs: number
  /** So much earlier than `segment.ms` it rolls. */
  readonly rollJitterMs: number
  /** Of its files while compaction is at work on them. */
  readonly suffix?: FileSuffix
}

export class Segment {
  readonly baseOffset: number
  readonly file: SharedFile
  readonly offsetIndex: OffsetIndex
  readonly timeIndex: TimeIndex
  readonly transactionIndex: TransactionIndex
  /** Bytes of batches, those included that are staged but not written. */
  sizeBytes = 0
  /** Bytes in the file: what may be read. */
  writtenBytes = 0
  readonly warm = new WarmBytes()
  readonly #files: FileSystem
  readonly #rollJitterMs: number
  #suffix: FileSuffix
  #createdMs: number
  #bytesSinceIndexEntry = 0
  #maxTimestamp = UNKNOWN
  #offsetOfMaxTimestamp: number
  #firstTimestamp = UNKNOWN

  constructor(options: SegmentOptions) {
    const { files, directory, baseOffset, createdMs, rollJitterMs } = options
    const { suffix = FileSuffix.none } = options
    const path = (ending: FileEnding): string =>
      `${directory}/${segmentFileName(baseOffset, ending, suffix)}`
    this.#files = files
    this.#suffix = suffix
    this.baseOffset = baseOffset
    this.#createdMs = createdMs
    this.#rollJitterMs = rollJitterMs
    this.#offsetOfMaxTimestamp = baseOffset
    this.file = new SharedFile(files, path(FileEnding.log))
    this.offsetIndex = new OffsetIndex(files, path(FileEnding.offsetIndex), baseOffset)
    this.timeIndex = new TimeIndex(files, path(FileEnding.timeIndex), baseOffset)
    this.transactionIndex = new TransactionIndex(files, path(FileEnding.transactionIndex))
  }

  /** Makes the files, empty; what was there under these names is gone. The indexes follow with `settle`. @throws StorageError */
  create(config: LogConfig): void {
    const handle = this.file.create()
    handle.truncate(0)
    if (config.preallocate) handle.truncate(config.segmentBytes)
    this.offsetIndex.file.create(config.segmentIndexBytes)
    this.timeIndex.file.create(config.segmentIndexBytes)
    this.#maxTimestamp = NO_TIMESTAMP
  }

  /**
   * Takes the files as they are. @returns whether the indexes can be trusted as far as their sizes tell
   *
   * @throws StorageError
   */
  openExisting(): boolean {
    this.sizeBytes = this.writtenBytes = this.#files.status(this.file.path)?.sizeBytes ?? 0
    this.warm.found(this.sizeBytes)
    const offsetsAreWhole = this.offsetIndex.file.openExisting()
    const timesAreWhole = this.timeIndex.file.openExisting()
    return offsetsAreWhole && timesAreWhole
  }

  /**
   * Whether the indexes can be what was written, as Kafka's `sanityCheck` asks. What a power cut leaves of an
   * index that was not synced are zeros: they would make a segment look as old as time. @throws StorageError
   */
  hasSaneIndexes(which: 'all' | 'last'): boolean {
    if (this.sizeBytes === 0) return true
    try {
      return this.offsetIndex.isSane(which) && this.timeIndex.isSane(which)
    } finally {
      // Thousands of segments are asked, and most never again.
      this.offsetIndex.file.close()
      this.timeIndex.file.close()
    }
  }

  /** The last segment of an opened log is written on: its indexes get room. @throws StorageError */
  becomeActive(config: LogConfig): void {
    this.offsetIndex.file.extend(config.segmentIndexBytes)
    this.timeIndex.file.extend(config.segmentIndexBytes)
    if (config.preallocate && this.sizeBytes < config.segmentBytes) {
      this.file.handle.truncate(config.segmentBytes)
    }
  }

  /** Largest timestamp of the segment; -1 when no record has one. @throws StorageError */
  get maxTimestamp(): number {
    this.#loadMaxTimestamp()
    return this.#maxTimestamp
  }

  /** Last offset of the batch that has it. @throws StorageError */
  get offsetOfMaxTimestamp(): number {
    this.#loadMaxTimestamp()
    return this.#offsetOfMaxTimestamp
  }

  #loadMaxTimestamp(): void {
    if (this.#maxTimestamp !== UNKNOWN) return
    this.#maxTimestamp = this.timeIndex.lastTimestamp
    this.#offsetOfMaxTimestamp = this.timeIndex.lastOffset
  }

  /** The age of the segment for retention: its largest timestamp, or when its file last changed. */
  get newestMs(): number {
    const newest = this.maxTimestamp
    return newest >= 0 ? newest : this.modifiedMs
  }

  /** When the file last changed. @throws StorageError */
  get modifiedMs(): number {
    return this.#files.status(this.file.path)?.modifiedMs ?? 0
  }

  /** Whether a batch must go to a new segment instead. @throws StorageError */
  mustRoll(batch: BatchExtent, config: LogConfig, wallMs: number): boolean {
    if (this.sizeBytes > config.segmentBytes - batch.sizeBytes) return true
    if (batch.lastOffset - this.baseOffset > MAX_RELATIVE_OFFSET) return true
    if (this.offsetIndex.isFull || this.timeIndex.isFull) return true
    if (this.sizeBytes === 0) return false
    return this.#ageMs(batch.maxTimestamp, wallMs) > config.segmentMs - this.#rollJitterMs
  }

  /** By the times in the batches where they have any, else by the clock. */
  #ageMs(timestamp: number, wallMs: number): number {
    if (this.#firstTimestamp === UNKNOWN) this.#firstTimestamp = this.#readFirstTimestamp()
    return this.#firstTimestamp >= 0 ? timestamp - this.#firstTimestamp : wallMs - this.#createdMs
  }

  /** Largest timestamp of the first batch: the age of the segment for compaction; -1 when it has none. @throws StorageError */
  get firstTimestamp(): number {
    if (this.#firstTimestamp === UNKNOWN && this.writtenBytes > 0) {
      this.#firstTimestamp = this.#readFirstTimestamp()
    }
    return this.#firstTimestamp === UNKNOWN ? NO_TIMESTAMP : this.#firstTimestamp
  }

  #readFirstTimestamp(): number {
    const header = Buffer.alloc(MAX_HEADER_BYTES)
    const length = Math.min(header.length, this.writtenBytes)
    this.file.handle.read(header, 0, length, 0)
    return readBatchInfo(header, 0, length).maxTimestamp
  }

  /** Counts in a batch that was appended at the end, and indexes it where it is time to. @throws StorageError */
  append(batch: BatchExtent, config: LogConfig): void {
    this.index(batch, config.indexIntervalBytes)
    this.sizeBytes += batch.sizeBytes
  }

  /** The same for a batch that lies at `position` already: recovery counts the bytes on its own. */
  index(batch: BatchExtent, intervalBytes: number, position = this.sizeBytes): void {
    if (position === 0) this.#firstTimestamp = batch.maxTimestamp
    if (batch.maxTimestamp > this.maxTimestamp) {
      this.#maxTimestamp = batch.maxTimestamp
      this.#offsetOfMaxTimestamp = batch.lastOffset
    }
    if (this.#bytesSinceIndexEntry > intervalBytes) {
      // tested before adding, as Kafka does
      this.offsetIndex.append(batch.lastOffset, position)
      this.timeIndex.append(this.#maxTimestamp, this.#offsetOfMaxTimestamp)
      this.#bytesSinceIndexEntry = 0
    }
    this.#bytesSinceIndexEntry += batch.sizeBytes
  }

  /** Begins to index anew, from the first batch. @throws StorageError */
  resetIndexes(config: LogConfig): void {
    // A segment from another broker may need more entries than this one's limit gives room for.
    const least = Math.max(config.indexIntervalBytes, SMALLEST_ENTRY_BYTES)
    const entries = Math.ceil(this.writtenBytes / least) + 1
    this.offsetIndex.file.create(Math.max(config.segmentIndexBytes, entries * 8))
    this.timeIndex.file.create(Math.max(config.segmentIndexBytes, (entries + 1) * 12))
    this.#bytesSinceIndexEntry = 0
    this.#maxTimestamp = NO_TIMESTAMP
    this.#offsetOfMaxTimestamp = this.baseOffset
  }

  /**
   * Where the batch that holds `offset` begins, or the next one after it; `undefined` when the
   * segment has neither. The walk stands on that batch afterwards.
   *
   * @throws DamagedLogError, StorageError
   */
  find(offset: number, walk: HeaderWalk, end = this.writtenBytes): number | undefined {
    const handle = this.file.handle
    walk.start(handle, this.#trusted(handle, this.offsetIndex.positionBefore(offset), walk), end)
    while (walk.next()) {
      if (walk.lastOffset >= offset) return walk.position
    }
    return undefined
  }

  /** An index that a crash or a foreign hand left wrong costs time, never records. */
  #trusted(handle: FileHandle, position: number, walk: HeaderWalk): number {
    if (position === 0) return 0
    if (position < 0 || position >= this.writtenBytes) return 0
    walk.start(handle, position, this.writtenBytes)
    try {
      const fits = walk.next() && walk.baseOffset >= this.baseOffset
      return fits && walk.lastOffset - this.baseOffset <= MAX_RELATIVE_OFFSET ? position : 0
    } catch (error) {
      if (error instanceof DamagedLogError) return 0
      throw error
    }
  }

  /**
   * The last batch boundary at or before `limit` that the index knows, when it lies behind
   * `position`; `undefined` when only a walk can tell.
   */
  indexedBoundary(position: number, limit: number, walk: HeaderWalk): number | undefined {
    const boundary = this.offsetIndex.boundaryBefore(limit)
    if (boundary <= position || boundary > limit) return undefined
    return this.#trusted(this.file.handle, boundary, walk) === boundary ? boundary : undefined
  }

  /** The offset behind the last batch. @throws DamagedLogError, StorageError */
  readNextOffset(walk: HeaderWalk): number {
    const handle = this.file.handle
    const start = this.#trusted(handle, this.offsetIndex.lastPosition, walk)
    walk.start(handle, start, this.writtenBytes)
    let nextOffset = this.baseOffset
    while (walk.next()) nextOffset = walk.lastOffset + 1
    return nextOffset
  }

  /**
   * Cuts the segment before the batch that holds `offset`, and makes it the active one.
   *
   * @returns the offset behind what is left: `offset`, or less where it lies inside a batch
   * @throws DamagedLogError, StorageError
   */
  truncateTo(offset: number, config: LogConfig, walk: HeaderWalk): number {
    const position = this.find(offset, walk)
    const isInside = position !== undefined && walk.magic === 2 && walk.baseOffset < offset
    const endOffset = isInside ? walk.baseOffset : offset
    this.truncateAt(position ?? this.writtenBytes, endOffset, config, walk)
    return endOffset
  }

  /** Cuts the segment where the batch begins that holds `offset`, and makes it the active one. @throws StorageError */
  truncateAt(position: number, offset: number, config: LogConfig, walk: HeaderWalk): void {
    this.offsetIndex.truncateTo(offset)
    this.timeIndex.truncateTo(offset)
    this.transactionIndex.truncateTo(offset)
    this.truncateBytes(position)
    this.becomeActive(config)
    this.#readMaxTimestamp(walk)
  }

  /** From now on the segment ends here, for readers; its file stays as it is. */
  endAt(position: number): void {
    this.sizeBytes = this.writtenBytes = position
  }

  /** Cuts the file, the indexes left alone. @throws StorageError */
  truncateBytes(sizeBytes: number): void {
    this.file.handle.truncate(sizeBytes)
    this.sizeBytes = this.writtenBytes = sizeBytes
    if (sizeBytes === 0) this.warm.found(0)
    this.#bytesSinceIndexEntry = 0
  }

  /** Entries of the time index lie apart: the batches behind the last one may hold a newer time. */
  #readMaxTimestamp(walk: HeaderWalk): void {
    this.#firstTimestamp = this.writtenBytes === 0 ? UNKNOWN : this.#firstTimestamp
    this.#maxTimestamp = this.timeIndex.lastTimestamp
    this.#offsetOfMaxTimestamp = this.timeIndex.lastOffset
    const header = Buffer.alloc(MAX_HEADER_BYTES)
    let position = this.offsetIndex.positionBefore(this.#offsetOfMaxTimestamp)
    while (position < this.writtenBytes) {
      walk.start(this.file.handle, position, this.writtenBytes)
      if (!walk.next()) return
      this.file.handle.read(header, 0, header.length, position)
      const timestamp =
        walk.magic === 2 ? maxTimestampOf(header) : readBatchInfo(header).maxTimestamp
      if (timestamp > this.#maxTimestamp) {
        this.#maxTimestamp = timestamp
        this.#offsetOfMaxTimestamp = walk.lastOffset
      }
      position += walk.sizeBytes
    }
  }

  /** Makes the indexes on the disk what they are in memory. @throws StorageError */
  settle(): void {
    for (const { file } of [this.offsetIndex, this.timeIndex]) {
      file.settle()
      file.writeOut()
    }
  }

  /** The segment will not grow again: closes its indexes with the largest timestamp. @throws StorageError */
  finish(): void {
    if (this.sizeBytes > 0) this.timeIndex.append(this.maxTimestamp, this.#offsetOfMaxTimestamp)
    this.offsetIndex.file.finish()
    this.timeIndex.file.finish()
    const handle = this.file.handle
    if (handle.sizeBytes() > this.sizeBytes) handle.truncate(this.sizeBytes)
  }

  /** Resolves when the batches, and the indexes of a finished segment, are on the disk. @throws StorageError */
  async sync({ withIndexes }: { withIndexes: boolean }): Promise<void> {
    const handle = this.file.retain()
    try {
      await handle.sync()
    } finally {
      this.file.release()
    }
    // Unlike the others it cannot be found wrong, and readers of committed records rely on it.
    await this.transactionIndex.sync()
    if (!withIndexes) return
    await this.offsetIndex.file.sync()
    await this.timeIndex.file.sync()
  }

  /** Gives the files another suffix, `.deleted` for one. @returns their new paths @throws StorageError */
  rename(suffix: FileSuffix): string[] {
    const { file, offsetIndex, timeIndex, transactionIndex } = this
    const renamed: string[] = []
    for (const part of [file, offsetIndex.file, timeIndex.file, transactionIndex]) {
      const to = part.path.slice(0, part.path.length - this.#suffix.length) + suffix
      if (this.#files.status(part.path) === undefined) part.moved(to)
      else {
        part.rename(to)
        renamed.push(to)
      }
    }
    this.#suffix = suffix
    return renamed
  }

  /** The directory around the files was renamed. */
  moved(directory: string): void {
    const { file, offsetIndex, timeIndex, transactionIndex } = this
    for (const part of [file, offsetIndex.file, timeIndex.file, transactionIndex]) {
      part.moved(`${directory}/${basename(part.path)}`)
    }
  }

  /** Lets go of the files; ranges that are on their way keep theirs until they are released. */
  close(): void {
    this.offsetIndex.file.close()
    this.timeIndex.file.close()
    this.file.close()
  }
}

/** What a segment must know of a batch. */
export interface BatchExtent {
  readonly sizeBytes: number
  readonly lastOffset: number
  readonly maxTimestamp: number
}
