/**
 * Buffers that are used again: the first touch of fresh memory costs as much as copying into it, and
 * the collector pays for it once more. The pool never waits and never refuses; it only stops keeping
 * what comes back once it holds enough.
 */

const SMALLEST = 16 * 1024
const LARGEST = 1024 * 1024
const DEFAULT_KEPT_BYTES = 48 * 1024 * 1024

export class BufferPool {
  readonly #maxKeptBytes: number
  #keptBytes = 0
  /** Free buffers by size class: 16 KB, 32 KB, ... 1 MB. */
  readonly #free: Buffer[][] = []

  /** Keeps at most `maxKeptBytes` of free buffers; what is given back beyond is left to the collector. */
  constructor(maxKeptBytes = DEFAULT_KEPT_BYTES) {
    this.#maxKeptBytes = maxKeptBytes
    for (let size = SMALLEST; size <= LARGEST; size *= 2) this.#free.push([])
  }

  /** A buffer of at least `sizeBytes`, with old content in it. Above 1 MB it is a fresh one of exactly that size. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes > LARGEST) return Buffer.allocUnsafeSlow(sizeBytes)
    let shelf = 0
    let capacity = SMALLEST
    while (capacity < sizeBytes) {
      capacity *= 2
      shelf += 1
    }
    const kept = this.#free[shelf]?.pop()
    if (kept === undefined) return Buffer.allocUnsafeSlow(capacity)
    this.#keptBytes -= capacity
    return kept
  }

  /** Whether buffers of this one's size are ever used again. */
  keeps(buffer: Buffer): boolean {
    return buffer.length <= LARGEST
  }

  /** Takes back a whole buffer from `take`; nobody may use it any more. */
  give(buffer: Buffer): void {
    if (buffer.length > LARGEST || this.#keptBytes + buffer.length > this.#maxKeptBytes) return
    const shelf = Math.log2(buffer.length / SMALLEST)
    this.#free[shelf]?.push(buffer)
    this.#keptBytes += buffer.length
  }
}
