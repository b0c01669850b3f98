/** Reuses receive buffers: a fresh large Buffer for each message costs more than the message. */

const SMALLEST = 16 * 1024
const LARGEST = 1024 * 1024

export class BufferPool {
  readonly #maxPooledBytes: number
  #pooledBytes = 0
  /** Free buffers by size class: 16 KB, 32 KB, ... 1 MB. */
  readonly #free: Buffer[][] = []

  /** Keeps at most `maxPooledBytes` of free buffers; what is given back beyond is left to the collector. */
  constructor(maxPooledBytes = 64 * 1024 * 1024) {
    this.#maxPooledBytes = maxPooledBytes
    for (let size = SMALLEST; size <= LARGEST; size *= 2) this.#free.push([])
  }

  /** A buffer of at least `sizeBytes` with old content in it. Above 1 MB it is a fresh one of exactly that size. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes > LARGEST) return Buffer.allocUnsafeSlow(sizeBytes)
    let shelf = 0
    let capacity = SMALLEST
    while (capacity < sizeBytes) {
      capacity *= 2
      shelf += 1
    }
    const pooled = this.#free[shelf]?.pop()
    if (pooled === undefined) return Buffer.allocUnsafeSlow(capacity)
    this.#pooledBytes -= capacity
    return pooled
  }

  /** Takes back a whole buffer from `take`; nobody may use it any more. */
  give(buffer: Buffer): void {
    if (buffer.length > LARGEST || this.#pooledBytes + buffer.length > this.#maxPooledBytes) return
    const shelf = Math.log2(buffer.length / SMALLEST)
    this.#free[shelf]?.push(buffer)
    this.#pooledBytes += buffer.length
  }
}
