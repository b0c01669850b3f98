/**
 * What leaves a connection: a lone buffer as it is; several buffers, and ranges of files, gathered in
 * one pooled piece for a single write, a piece only when the kernel has taken the one before. So a
 * reader that never reads costs one piece, whatever it has asked for.
 */
import type { BufferPool, ByteRange, Part } from '../bytes/index.ts'
import type { Connection } from '../host/index.ts'

const PIECE_BYTES = 512 * 1024
/** A larger buffer is written from where it lies. */
const COPIED_BYTES = 64 * 1024
/** How much one connection may send before others get their turn. */
const TURN_BYTES = 4 * 1024 * 1024

export class Outgoing {
  readonly #connection: Connection
  readonly #pool: BufferPool
  #queue: Part[] = []
  /** Index of the first part not yet sent, and how much of it is. */
  #head = 0
  #position = 0
  #piece: Buffer | null = null

  constructor(connection: Connection, pool: BufferPool) {
    this.#connection = connection
    this.#pool = pool
  }

  /** True when everything was taken by the kernel. */
  get isEmpty(): boolean {
    return this.#head === this.#queue.length && this.#connection.queuedBytes === 0
  }

  add(parts: readonly Part[]): void {
    for (const part of parts) this.#queue.push(part)
  }

  /**
   * Writes as much as the socket takes: `done` when nothing is left, `blocked` until the connection
   * drains, `turn-over` when others should get their turn first.
   *
   * @throws StorageError when a range cannot be read
   */
  pump(): 'done' | 'blocked' | 'turn-over' {
    let sentBytes = 0
    for (;;) {
      const part = this.#queue[this.#head]
      if (part === undefined) return this.#rest()
      // The piece is filled anew only when the kernel has taken all of what it held.
      if (this.#connection.queuedBytes > 0) return 'blocked'
      if (sentBytes >= TURN_BYTES) return 'turn-over'
      sentBytes += this.#mayGoAlone(part) ? this.#sendAlone(part) : this.#sendPiece()
    }
  }

  /** A buffer with nothing behind it, or so large that copying it would cost more than a call saves. */
  #mayGoAlone(part: Part): part is Buffer {
    if (!Buffer.isBuffer(part)) return false
    return part.length > COPIED_BYTES || this.#head === this.#queue.length - 1
  }

  #sendAlone(part: Buffer): number {
    this.#head += 1
    this.#connection.write(part)
    return part.length
  }

  /** Gathers small buffers and reads ranges into one piece, and writes that with one call. @returns its size */
  #sendPiece(): number {
    const piece = (this.#piece ??= this.#pool.take(PIECE_BYTES))
    let filled = 0
    for (;;) {
      const part = this.#queue[this.#head]
      if (part === undefined) break
      if (!Buffer.isBuffer(part)) {
        filled += this.#readPiece(part, piece.subarray(filled))
        if (filled === piece.length) break
        continue
      }
      if (part.length > Math.min(COPIED_BYTES, piece.length - filled)) break
      filled += part.copy(piece, filled)
      this.#head += 1
    }
    this.#connection.write(piece.subarray(0, filled))
    return filled
  }

  /** Reads on in the range at the head. @returns bytes read */
  #readPiece(range: ByteRange, target: Buffer): number {
    const wanted = Math.min(range.sizeBytes - this.#position, target.length)
    const read = range.read(target.subarray(0, wanted), this.#position)
    this.#position += read
    if (read < wanted)
      throw new Error(`a range of ${range.sizeBytes} bytes ended at ${this.#position}`)
    if (this.#position === range.sizeBytes) {
      range.release()
      this.#position = 0
      this.#head += 1
    }
    return read
  }

  #rest(): 'done' {
    this.#queue = []
    this.#head = 0
    return 'done'
  }

  /** Gives the piece back once the kernel has taken it; call when `isEmpty`. */
  relax(): void {
    if (this.#piece !== null) this.#pool.give(this.#piece)
    this.#piece = null
  }

  /** Releases every range that was not sent. The piece is not reused: the kernel may still read it. */
  close(): void {
    for (const part of this.#queue.slice(this.#head)) if (!Buffer.isBuffer(part)) part.release()
    this.#rest()
    this.#piece = null
  }
}
