/**
 * Cuts a byte stream into frames: int32 size, then that many bytes (Kafka's and ZooKeeper's
 * framing alike). A frame that lies whole in a received chunk is handed out in place; only one
 * that straddles two chunks is copied. Memory for it grows with the bytes that arrive, never with
 * the size that was announced.
 */
import { ProtocolError } from '../bytes/index.ts'
import type { BufferPool } from '../bytes/index.ts'

const FIRST_CAPACITY = 512 * 1024
/** Room for a whole frame is made when this part of it is there: each growth copies what came before. */
const MAX_AHEAD = 4

export interface FrameReaderOptions {
  pool: BufferPool
  minFrameBytes: number
  /** Inclusive; above it the stream is refused before anything is kept of it. */
  maxFrameBytes: number
  /** `frame` is valid only until this returns, unless it may be kept: its memory is its own. May call `pause`. */
  onFrame: (frame: Buffer, mayKeep: boolean) => void
}

export class FrameReader {
  readonly #options: FrameReaderOptions
  /** The frame under way that straddles chunks: its buffer, how much of it is there, its size. */
  #partial: Buffer | null = null
  #filled = 0
  #frameBytes = 0
  /** The size field under way, when it straddles chunks. */
  readonly #sizeField = Buffer.alloc(4)
  #sizeFilled = 0
  #isPaused = false
  #isReading = false
  /** What came after the frame at which the reader was paused. */
  #pending: Buffer | null = null

  constructor(options: FrameReaderOptions) {
    this.#options = options
  }

  /** True while a frame has begun and not ended. */
  get isMidFrame(): boolean {
    return this.#partial !== null || this.#sizeFilled > 0
  }

  /** No further frame is handed out until `resume`; the rest of the chunk is copied and kept. */
  pause(): void {
    this.#isPaused = true
  }

  /** Hands out what was kept. @throws ProtocolError as `push` does */
  resume(): void {
    this.#isPaused = false
    const pending = this.#pending
    if (pending === null || this.#isReading) return
    this.#pending = null
    this.push(pending)
  }

  /** @throws ProtocolError for a frame size outside the bounds: the stream cannot be read any further. */
  push(chunk: Buffer): void {
    this.#isReading = true
    try {
      let position = 0
      while (position < chunk.length) {
        if (this.#isPaused) {
          this.#keep(chunk.subarray(position))
          return
        }
        position =
          this.#partial === null ? this.#begin(chunk, position) : this.#fill(chunk, position)
      }
    } finally {
      this.#isReading = false
    }
  }

  #keep(rest: Buffer): void {
    this.#pending =
      this.#pending === null ? Buffer.from(rest) : Buffer.concat([this.#pending, rest])
  }

  /** At the start of a frame, or in the middle of its size field. */
  #begin(chunk: Buffer, position: number): number {
    if (this.#sizeFilled === 0 && chunk.length - position >= 4) {
      const frameBytes = this.#checked(chunk.readInt32BE(position))
      const start = position + 4
      const end = start + frameBytes
      if (end <= chunk.length) {
        this.#options.onFrame(chunk.subarray(start, end), false)
        return end
      }
      this.#open(frameBytes)
      return start
    }
    const taken = chunk.copy(this.#sizeField, this.#sizeFilled, position)
    this.#sizeFilled += taken
    if (this.#sizeFilled === 4) {
      this.#sizeFilled = 0
      this.#open(this.#checked(this.#sizeField.readInt32BE(0)))
    }
    return position + taken
  }

  #checked(frameBytes: number): number {
    const { minFrameBytes, maxFrameBytes } = this.#options
    if (frameBytes < minFrameBytes || frameBytes > maxFrameBytes) {
      throw new ProtocolError(
        `frame size must be from ${minFrameBytes} to ${maxFrameBytes} bytes, got ${frameBytes}`,
      )
    }
    return frameBytes
  }

  #open(frameBytes: number): void {
    this.#frameBytes = frameBytes
    this.#filled = 0
    this.#partial = this.#options.pool.take(Math.min(frameBytes, FIRST_CAPACITY))
    if (frameBytes === 0) this.#finish()
  }

  #fill(chunk: Buffer, position: number): number {
    const wanted = Math.min(this.#frameBytes - this.#filled, chunk.length - position)
    const partial = this.#roomFor(this.#filled + wanted)
    chunk.copy(partial, this.#filled, position, position + wanted)
    this.#filled += wanted
    if (this.#filled === this.#frameBytes) this.#finish()
    return position + wanted
  }

  #roomFor(sizeBytes: number): Buffer {
    const partial = this.#partial ?? this.#options.pool.take(sizeBytes)
    if (sizeBytes <= partial.length) return partial
    const isMostlyHere = sizeBytes * MAX_AHEAD >= this.#frameBytes
    const doubled = Math.min(this.#frameBytes, Math.max(sizeBytes, partial.length * 2))
    const capacity = isMostlyHere ? this.#frameBytes : doubled
    const larger = this.#options.pool.take(capacity)
    partial.copy(larger, 0, 0, this.#filled)
    this.#options.pool.give(partial)
    this.#partial = larger
    return larger
  }

  #finish(): void {
    const partial = this.#partial
    if (partial === null) return
    this.#partial = null
    const mayKeep = !this.#options.pool.keeps(partial)
    this.#options.onFrame(partial.subarray(0, this.#frameBytes), mayKeep)
    if (!mayKeep) this.#options.pool.give(partial)
  }

  /** Gives the memory of an unfinished frame back; the reader is not used afterwards. */
  close(): void {
    if (this.#partial !== null) this.#options.pool.give(this.#partial)
    this.#partial = null
    this.#pending = null
    this.#isPaused = true
  }
}
