/** The batches of a segment one after another, each whole, in as few reads as a window of a megabyte allows. */
import type { FileHandle, Host } from '../../host/index.ts'
import { illegalArgument, ToolError } from '../java-text.ts'
import { HEADER_UP_TO_MAGIC, readBatchInfo, sizeOf, type BatchInfo } from '../../records/index.ts'

const WINDOW_BYTES = 1_048_576
/** No batch is smaller than the overhead of a message of magic 0, its own 12 bytes left out. */
const LEAST_BYTES = 14
const LOG_OVERHEAD = 12
const MAX_INT = 2 ** 31 - 1

export interface StoredBatch {
  readonly position: number
  readonly info: BatchInfo
  /** The whole batch; valid until the next one is asked for. */
  readonly bytes: Buffer
}

export class SegmentBatches {
  readonly sizeBytes: number
  readonly #file: FileHandle
  #window = Buffer.alloc(0)
  #windowStart = 0

  /** @throws ToolError when the file is not there */
  constructor({ files }: Pick<Host, 'files'>, path: string) {
    if (files.status(path) === undefined) {
      throw new ToolError('java.nio.file.NoSuchFileException', path)
    }
    this.#file = files.open(path, 'read')
    this.sizeBytes = this.#file.sizeBytes()
  }

  close(): void {
    this.#file.close()
  }

  /** @throws ToolError for a position behind the end */
  ensureWithin(position: number): void {
    if (position <= this.sizeBytes) return
    throw illegalArgument(
      `Slice from position ${position} exceeds end position of FileRecords(size=${this.sizeBytes}, ` +
        `file=${this.#file.path}, start=0, end=${MAX_INT})`,
    )
  }

  /** Ends quietly before a batch that is cut. @throws ToolError for a size that no batch has */
  *from(start: number, end = this.sizeBytes): Generator<StoredBatch> {
    for (let position = start; position < end - HEADER_UP_TO_MAGIC;) {
      const sizeBytes = sizeOf(this.#read(position, HEADER_UP_TO_MAGIC))
      if (sizeBytes - LOG_OVERHEAD < LEAST_BYTES) {
        throw new ToolError(
          'org.apache.kafka.common.errors.CorruptRecordException',
          `Found record size ${sizeBytes - LOG_OVERHEAD} smaller than minimum record overhead ` +
            `(${LEAST_BYTES}) in file ${this.#file.path}.`,
        )
      }
      if (position > end - sizeBytes) return
      const bytes = this.#read(position, sizeBytes)
      yield { position, info: readBatchInfo(bytes), bytes }
      position += sizeBytes
    }
  }

  #read(position: number, length: number): Buffer {
    const at = position - this.#windowStart
    if (at >= 0 && at + length <= this.#window.length) return this.#window.subarray(at, at + length)
    const window = Buffer.alloc(Math.max(length, WINDOW_BYTES))
    const read = this.#file.read(window, 0, window.length, position)
    this.#window = window.subarray(0, read)
    this.#windowStart = position
    return this.#window.subarray(0, length)
  }
}
