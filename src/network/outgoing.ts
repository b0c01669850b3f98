/**
 * What leaves a connection: buffers at hand are written at once, ranges of files are read piece by
 * piece into one pooled buffer, a piece only when the kernel has taken the one before. So a reader
 * that never reads costs one piece, whatever it has asked for.
 */
import type { Part } from '../bytes/index.ts'
import type { Connection } from '../host/index.ts'
import type { BufferPool } from '../bytes/index.ts'

const PIECE_BYTES = 512 * 1024
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
   * Sends as much as the kernel takes. @returns 'done' when the queue is empty, 'blocked' when the
   * kernel is full (call again on drain), 'turn-over' when others should have their turn first.
   */
  pump(): 'done' | 'blocked' | 'turn-over' {
    let sentBytes = 0
    this.#connection.cork()
    try {
      for (;;) {
        const part = this.#queue[this.#head]
        if (part === undefined) return this.#rest()
        if (Buffer.isBuffer(part)) {
          this.#connection.write(part)
          this.#head += 1
          continue
        }
        // A range is read into a buffer that must be free again: everything before has to be gone.
        this.#connection.uncork()
        const isFree = this.#connection.queuedBytes === 0
        const state = !isFree
          ? 'blocked'
          : sentBytes >= TURN_BYTES
            ? 'turn-over'
            : this.#sendPiece(part)
        this.#connection.cork()
        if (state === 'blocked' || state === 'turn-over') return state
        sentBytes += state
      }
    } finally {
      this.#connection.uncork()
    }
  }

  /** Reads and writes the next piece of the range at the head. @returns its size */
  #sendPiece(part: Exclude<Part, Buffer>): number {
    this.#piece ??= this.#pool.take(PIECE_BYTES)
    const wanted = Math.min(part.sizeBytes - this.#position, this.#piece.length)
    const read = part.read(this.#piece.subarray(0, wanted), this.#position)
    if (read < wanted)
      throw new Error(`a range of ${part.sizeBytes} bytes ended at ${this.#position + read}`)
    this.#position += read
    this.#connection.write(this.#piece.subarray(0, read))
    if (this.#position === part.sizeBytes) {
      part.release()
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
