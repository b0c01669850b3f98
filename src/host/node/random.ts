/** Randomness from the operating system, drawn in blocks: one call for each number would cost microseconds. */
import { randomFillSync } from 'node:crypto'
import type { Random } from '../random.ts'

const poolSizeBytes = 4096

export class NodeRandom implements Random {
  readonly #pool = Buffer.alloc(poolSizeBytes)
  #position = poolSizeBytes

  below(bound: number): number {
    if (!(bound >= 1 && bound <= 2 ** 31))
      throw new RangeError(`bound must be 1 to 2^31, got ${bound}`)
    // Numbers from the incomplete last multiple of `bound` are drawn again: a plain modulo would favour small ones.
    const limit = 2 ** 32 - (2 ** 32 % bound)
    for (;;) {
      const value = this.#take(4).readUInt32LE()
      if (value < limit) return value % bound
    }
  }

  bytes(sizeBytes: number): Buffer {
    if (sizeBytes > poolSizeBytes / 16) return randomFillSync(Buffer.alloc(sizeBytes))
    return Buffer.from(this.#take(sizeBytes))
  }

  /** A view on bytes that nobody got before. */
  #take(sizeBytes: number): Buffer {
    if (this.#position + sizeBytes > poolSizeBytes) {
      randomFillSync(this.#pool)
      this.#position = 0
    }
    this.#position += sizeBytes
    return this.#pool.subarray(this.#position - sizeBytes, this.#position)
  }
}
