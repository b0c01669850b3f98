/**
 * Reads the batches of a segment one after another, with the thread pool doing the reading: for
 * recovery, for looking at what a start of the broker found on the disk, and for searches by time.
 * Memory is bounded by the buffer, however large a batch says it is.
 */
import { ProtocolError } from '../bytes/index.ts'
import type { FileHandle } from '../host/index.ts'
import {
  baseOffsetOf,
  HEADER_UP_TO_MAGIC,
  lastOffsetDeltaOf,
  magicOf,
  MAX_HEADER_BYTES,
  nextBatchSize,
  recordCountOf,
} from '../records/index.ts'
import { checksum, checksummedFrom, isIntact, storedChecksum } from './batch-checksum.ts'

const BUFFER_BYTES = 1_048_576

/** A batch is at hand; more must be read first; nothing is left; what comes is no batch. */
export type ScanStep = 'batch' | 'fill' | 'end' | 'damaged'

export interface ScanOptions {
  readonly file: FileHandle
  readonly from: number
  readonly end: number
  /** Whether checksums are compared. */
  readonly verifies: boolean
  /** Offsets below it are out of order. */
  readonly nextOffset?: number
  /** And so are those at or beyond it. */
  readonly endOffset?: number
  /** Read at a time. */
  readonly bufferBytes?: number
}

export class BatchScan {
  /** Holds the batch at `at`; of a batch larger than the buffer only the header. */
  readonly buffer: Buffer
  at = 0
  /** Of the batch, in the file; behind the last whole one after `end` and `damaged`. */
  position: number
  sizeBytes = 0
  magic = 0
  /** Of a compressed message of magic 0 or 1 the same as `lastOffset`. */
  baseOffset = 0
  lastOffset = 0
  /** Offset behind the last whole batch: a batch with a smaller one is out of order. */
  nextOffset: number
  /** Whether offsets were missing, between batches or in one, as compaction leaves it. */
  hasGaps = false
  /** Why the scan ended with `damaged`. */
  problem = ''
  readonly #file: FileHandle
  readonly #end: number
  readonly #verifies: boolean
  readonly #endOffset: number
  #bufferStart: number
  #bufferEnd: number
  /** Position of a batch larger than the buffer, when its checksum was computed. */
  #measuredAt = -1
  #measuredCrc = 0

  constructor({
    file,
    from,
    end,
    verifies,
    nextOffset = 0,
    endOffset = Number.MAX_SAFE_INTEGER,
    bufferBytes = BUFFER_BYTES,
  }: ScanOptions) {
    const usedBytes = Math.min(bufferBytes, end - from)
    this.buffer = Buffer.allocUnsafe(Math.max(usedBytes, MAX_HEADER_BYTES))
    this.#file = file
    this.#end = end
    this.#verifies = verifies
    this.#endOffset = endOffset
    this.nextOffset = nextOffset
    this.position = this.#bufferStart = this.#bufferEnd = from
  }

  /** All of the present batch: a view that the next step ends, or a copy of one larger than the buffer. @throws StorageError */
  async wholeBatch(): Promise<Buffer> {
    const { position, sizeBytes } = this
    const held = this.heldBatch()
    if (held !== undefined) return held
    // It lies in the file whole, so it was accepted once, with a limit on its size.
    const batch = Buffer.allocUnsafeSlow(sizeBytes)
    await this.#file.readCold(batch, 0, sizeBytes, position)
    return batch
  }

  /** The same for a batch that is in the buffer; `undefined` for one that is too large. */
  heldBatch(): Buffer | undefined {
    const { at, sizeBytes } = this
    const isHeld = at + sizeBytes <= this.#bufferEnd - this.#bufferStart
    return isHeld ? this.buffer.subarray(at, at + sizeBytes) : undefined
  }

  /** Goes to the next batch; after `fill` the caller awaits `fill()` and calls again. */
  step(): ScanStep {
    const position = this.position + this.sizeBytes
    if (position >= this.#end) return this.#stop(position, 'end', '')
    const at = position - this.#bufferStart
    const available = this.#bufferEnd - position
    const wanted = Math.min(MAX_HEADER_BYTES, this.#end - position)
    if (available < wanted) return 'fill'
    const sizeBytes = this.#sizeAt(at, at + available)
    if (typeof sizeBytes === 'string') return this.#stop(position, 'damaged', sizeBytes)
    if (sizeBytes > this.#end - position) {
      return this.#stop(position, 'damaged', `${sizeBytes} bytes announced, fewer are left`)
    }
    if (available < sizeBytes && this.#mustFill(position, sizeBytes)) return 'fill'
    return this.#accept(position, at, sizeBytes)
  }

  #sizeAt(at: number, end: number): number | string {
    try {
      return nextBatchSize(this.buffer, at, end) ?? `fewer than ${HEADER_UP_TO_MAGIC} bytes`
    } catch (error) {
      if (error instanceof ProtocolError) return error.message
      throw error
    }
  }

  #mustFill(position: number, sizeBytes: number): boolean {
    if (sizeBytes <= this.buffer.length) return true
    return this.#verifies && this.#measuredAt !== position
  }

  #accept(position: number, at: number, sizeBytes: number): ScanStep {
    const magic = magicOf(this.buffer, at)
    const baseOffset = baseOffsetOf(this.buffer, at)
    const delta = magic === 2 ? lastOffsetDeltaOf(this.buffer, at) : 0
    if (baseOffset < this.nextOffset || delta < 0 || baseOffset + delta >= this.#endOffset) {
      const problem = `offsets ${baseOffset} to ${baseOffset + delta} after ${this.nextOffset - 1}`
      return this.#stop(position, 'damaged', problem)
    }
    if (this.#verifies && !this.#isIntact(position, at, sizeBytes, magic)) {
      return this.#stop(position, 'damaged', 'checksum does not match')
    }
    if (magic === 2 && (baseOffset > this.nextOffset || recordCountOf(this.buffer, at) <= delta)) {
      this.hasGaps = true
    }
    this.position = position
    this.at = at
    this.sizeBytes = sizeBytes
    this.magic = magic
    this.baseOffset = baseOffset
    this.lastOffset = baseOffset + delta
    this.nextOffset = this.lastOffset + 1
    return 'batch'
  }

  #stop(position: number, step: 'end' | 'damaged', problem: string): ScanStep {
    this.position = position
    this.sizeBytes = 0
    this.problem = problem
    return step
  }

  #isIntact(position: number, at: number, sizeBytes: number, magic: number): boolean {
    if (position !== this.#measuredAt) return isIntact(this.buffer, at, sizeBytes, magic)
    return this.#measuredCrc === storedChecksum(this.buffer, at, magic)
  }

  /** Reads on, from the next batch. @throws StorageError */
  async fill(): Promise<void> {
    const position = this.position + this.sizeBytes
    const kept = this.#bufferEnd - position
    if (kept >= MAX_HEADER_BYTES && kept < this.#end - position) {
      const sizeBytes = nextBatchSize(this.buffer, position - this.#bufferStart)
      if (sizeBytes !== undefined && sizeBytes > this.buffer.length) {
        await this.#measure(position, sizeBytes)
        return
      }
    }
    this.buffer.copyWithin(0, position - this.#bufferStart, this.#bufferEnd - this.#bufferStart)
    await this.#load(position, Math.max(kept, 0))
  }

  async #load(position: number, kept: number): Promise<void> {
    const length = Math.min(this.buffer.length, this.#end - position) - kept
    const read = await this.#file.readCold(this.buffer, kept, length, position + kept)
    // The file is shorter than it was: what is missing cannot be a batch.
    if (read < length) this.buffer.fill(0, kept + read, kept + length)
    this.#bufferStart = position
    this.#bufferEnd = position + kept + length
  }

  /** Checksum of a batch larger than the buffer, piece by piece; then its header is at hand again. */
  async #measure(position: number, sizeBytes: number): Promise<void> {
    const magic = magicOf(this.buffer, position - this.#bufferStart)
    const end = position + sizeBytes
    let crc = 0
    for (let at = checksummedFrom(position, magic); at < end;) {
      const length = Math.min(this.buffer.length, end - at)
      const read = await this.#file.readCold(this.buffer, 0, length, at)
      if (read === 0) break
      crc = checksum(magic, this.buffer, 0, read, crc)
      at += read
    }
    this.#measuredAt = position
    this.#measuredCrc = crc
    await this.#load(position, 0)
  }
}
