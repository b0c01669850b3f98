/** A segment in the making: what is left of a group, with its indexes, in files with the suffix `.cleaned`. */
import type { FileSystem } from '../../host/index.ts'
import { readBatchInfo } from '../../records/index.ts'
import { FileSuffix } from '../segment-files.ts'
import { Segment } from '../segment.ts'
import type { AbortedTransaction } from '../transaction-index.ts'
import type { CleanedGroup, CleaningOrder, SegmentExtent } from './cleaning-order.ts'

/** Largest entry of an index. */
const INDEX_ENTRY_BYTES = 12
/** A message of magic 0 without key and value. */
const SMALLEST_ENTRY_BYTES = 26

export class CleanedSegment {
  readonly #files: FileSystem
  readonly #order: Pick<CleaningOrder, 'directory' | 'config'>
  readonly #segment: Segment
  readonly #buffer: Buffer
  #bufferedBytes = 0

  /** Begins with nothing, in place of what an earlier run may have left. @throws StorageError */
  constructor(
    files: FileSystem,
    order: Pick<CleaningOrder, 'directory' | 'config' | 'bufferBytes' | 'nowMs'>,
    group: readonly SegmentExtent[],
  ) {
    const { directory, config, bufferBytes, nowMs } = order
    this.#files = files
    this.#order = order
    this.#buffer = Buffer.allocUnsafe(bufferBytes)
    this.#segment = new Segment({
      files,
      directory,
      baseOffset: group[0]?.baseOffset ?? 0,
      createdMs: nowMs,
      rollJitterMs: 0,
      suffix: FileSuffix.cleaned,
    })
    this.#segment.transactionIndex.reset()
    this.#segment.create({
      ...config,
      preallocate: false,
      segmentIndexBytes: Math.max(config.segmentIndexBytes, roomForEntries(group, config)),
    })
  }

  get baseOffset(): number {
    return this.#segment.baseOffset
  }

  get sizeBytes(): number {
    return this.#segment.sizeBytes
  }

  /** @throws StorageError */
  append(batch: Buffer): void {
    if (this.#bufferedBytes + batch.length > this.#buffer.length) this.#write()
    this.#segment.append(readBatchInfo(batch), this.#order.config)
    if (batch.length > this.#buffer.length) this.#writeOut(batch)
    else this.#bufferedBytes += batch.copy(this.#buffer, this.#bufferedBytes)
  }

  /** An abort whose marker stays. @throws StorageError */
  addAborted(transaction: AbortedTransaction): void {
    this.#segment.transactionIndex.append(transaction)
  }

  #write(): void {
    if (this.#bufferedBytes === 0) return
    this.#writeOut(this.#buffer.subarray(0, this.#bufferedBytes))
    this.#bufferedBytes = 0
  }

  #writeOut(bytes: Buffer): void {
    const segment = this.#segment
    segment.file.handle.write(bytes, segment.writtenBytes)
    segment.writtenBytes += bytes.length
  }

  /** Brings it to the disk, as old as the last segment that it replaces. @throws StorageError */
  async finish(group: readonly SegmentExtent[]): Promise<CleanedGroup> {
    const segment = this.#segment
    this.#write()
    segment.finish()
    await segment.sync({ withIndexes: true })
    segment.close()
    const modifiedMs = group.at(-1)?.modifiedMs ?? 0
    this.#files.setModified(segment.file.path, modifiedMs)
    await this.#files.syncDirectorySoon(this.#order.directory)
    const { baseOffset, sizeBytes, maxTimestamp } = segment
    return { cleaned: { baseOffset, sizeBytes, maxTimestamp, modifiedMs }, replaced: group }
  }

  /** Removes its files: it is not wanted any more. @throws StorageError */
  discard(): void {
    const { file, offsetIndex, timeIndex, transactionIndex } = this.#segment
    this.#segment.close()
    for (const { path } of [file, offsetIndex.file, timeIndex.file, transactionIndex]) {
      this.#files.remove(path)
    }
  }
}

/** Entries lie `index.interval.bytes` apart, which may be less than when the group was written. */
function roomForEntries(
  group: readonly SegmentExtent[],
  { indexIntervalBytes }: CleaningOrder['config'],
): number {
  const sizeBytes = group.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  const least = Math.max(indexIntervalBytes, SMALLEST_ENTRY_BYTES)
  return (Math.ceil(sizeBytes / least) + 2) * INDEX_ENTRY_BYTES
}
