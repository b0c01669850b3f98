/**
 * Steps from batch to batch through a part of a file, reading headers only. One walk is shared by
 * all logs of a process: it is used between two calls of the event loop, never across.
 */
import { ProtocolError } from '../bytes/index.ts'
import type { FileHandle } from '../host/index.ts'
import {
  baseOffsetOf,
  lastOffsetOf,
  magicOf,
  MAX_HEADER_BYTES,
  nextBatchSize,
} from '../records/index.ts'

/** Read at once: the headers of some small batches, yet hardly more work than reading one. */
const CHUNK_BYTES = 4_096

/** Bytes of a segment that are no batch where one should be. */
export class DamagedLogError extends Error {
  override readonly name = 'DamagedLogError'
  readonly code = 'DAMAGED_LOG'
  readonly path: string
  readonly position: number

  constructor(path: string, position: number, problem: string, cause?: unknown) {
    super(`${path} is damaged at byte ${position}: ${problem}`, { cause })
    this.path = path
    this.position = position
  }
}

export class HeaderWalk {
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  #file: FileHandle | undefined
  #chunkStart = 0
  #chunkEnd = 0
  #end = 0
  /** Where the present batch begins, in the file. */
  position = 0
  sizeBytes = 0
  magic = 0
  /** Of a compressed message of magic 0 or 1 the same as `lastOffset`. */
  baseOffset = 0
  lastOffset = 0

  /** Prepares to read the batches of `file[position, end)`. `next` goes to the first. */
  start(file: FileHandle, position: number, end: number): void {
    this.#file = file
    this.#chunkStart = this.#chunkEnd = position
    this.#end = end
    this.position = position
    this.sizeBytes = 0
  }

  /** Goes to the next batch; `false` when no whole one is left. @throws DamagedLogError, StorageError */
  next(): boolean {
    const at = this.position + this.sizeBytes
    const file = this.#file as FileHandle
    if (at + MAX_HEADER_BYTES > this.#chunkEnd) this.#fill(file, at)
    const chunkAt = at - this.#chunkStart
    const available = this.#chunkEnd - at
    const sizeBytes = this.#sizeAt(file, chunkAt, chunkAt + available)
    if (sizeBytes === undefined || sizeBytes > this.#end - at) return false
    this.position = at
    this.sizeBytes = sizeBytes
    this.magic = magicOf(this.#chunk, chunkAt)
    this.baseOffset = baseOffsetOf(this.#chunk, chunkAt)
    this.lastOffset = this.magic === 2 ? lastOffsetOf(this.#chunk, chunkAt) : this.baseOffset
    return true
  }

  #fill(file: FileHandle, at: number): void {
    const wanted = Math.max(Math.min(CHUNK_BYTES, this.#end - at), 0)
    this.#chunkStart = at
    this.#chunkEnd = at + (wanted === 0 ? 0 : file.read(this.#chunk, 0, wanted, at))
  }

  #sizeAt(file: FileHandle, chunkAt: number, chunkEnd: number): number | undefined {
    try {
      return nextBatchSize(this.#chunk, chunkAt, chunkEnd)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      throw new DamagedLogError(file.path, this.#chunkStart + chunkAt, error.message, error)
    }
  }
}
