/**
 * Batches that are accepted but not written yet. A log gathers what arrives in one turn of the event
 * loop and writes it with one system call; the copies lie in pooled buffers, since the
 * bytes of a request are only valid while it is handled.
 */
import type { FileHandle } from '../host/index.ts'
import type { BufferPool } from '../bytes/index.ts'

export class Stage {
  readonly #pool: BufferPool
  /** Full chunks, and how much of each is used. */
  readonly #chunks: Buffer[] = []
  readonly #usedBytes: number[] = []
  /** What the last turn gathered: the next one likely needs as much, in one chunk. */
  #expectedBytes = 0
  sizeBytes = 0
  /** Where the batch added last lies, so that the caller can stamp it. */
  buffer: Buffer = Buffer.alloc(0)
  position = 0

  constructor(pool: BufferPool) {
    this.#pool = pool
  }

  /** Copies `source[start, end)`; afterwards `buffer` and `position` tell where it lies. */
  add(source: Buffer, start: number, end: number): void {
    const sizeBytes = end - start
    const last = this.#chunks.length - 1
    const used = this.#usedBytes[last] ?? 0
    const chunk = this.#chunks[last]
    if (chunk !== undefined && chunk.length - used >= sizeBytes) {
      this.#place(chunk, used, last)
    } else {
      const fresh = this.#pool.take(Math.max(sizeBytes, this.#wantedBytes()))
      this.#chunks.push(fresh)
      this.#place(fresh, 0, last + 1)
    }
    source.copy(this.buffer, this.position, start, end)
    this.#usedBytes[this.#chunks.length - 1] = this.position + sizeBytes
    this.sizeBytes += sizeBytes
  }

  #place(chunk: Buffer, position: number, index: number): void {
    this.buffer = chunk
    this.position = position
    this.#usedBytes[index] = position
  }

  /** For a further chunk as much again as is staged: their number grows with the logarithm. */
  #wantedBytes(): number {
    return Math.min(this.sizeBytes === 0 ? this.#expectedBytes : this.sizeBytes, 1_048_576)
  }

  /** Writes all that is staged at `position` of the file. The stage keeps it. @throws StorageError */
  writeTo(file: FileHandle, position: number): void {
    const parts = this.#chunks.map((chunk, n) => chunk.subarray(0, this.#usedBytes[n]))
    const [only, second] = parts
    if (only === undefined) return
    if (second === undefined) file.write(only, position)
    else file.writeGathered(parts, position)
  }

  /** Forgets the bytes and returns the buffers to the pool. */
  clear(): void {
    this.#expectedBytes = this.sizeBytes
    for (const chunk of this.#chunks) this.#pool.give(chunk)
    this.#chunks.length = 0
    this.#usedBytes.length = 0
    this.sizeBytes = 0
  }
}
