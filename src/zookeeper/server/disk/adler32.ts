/** Adler-32, the checksum of ZooKeeper's files; Node has none. */

const MODULUS = 65521
/** So many bytes can be summed up before the sums must be reduced (zlib's NMAX). */
const BLOCK_BYTES = 5552

export class Adler32 {
  #low = 1
  #high = 0

  update(bytes: Buffer, start = 0, end = bytes.length): void {
    let low = this.#low
    let high = this.#high
    for (let position = start; position < end;) {
      const stop = Math.min(position + BLOCK_BYTES, end)
      for (; position < stop; position++) {
        low += bytes[position] as number
        high += low
      }
      low %= MODULUS
      high %= MODULUS
    }
    this.#low = low
    this.#high = high
  }

  /** Unsigned. */
  get value(): number {
    return this.#high * 0x1_0000 + this.#low
  }
}

export function adler32(bytes: Buffer, start = 0, end = bytes.length): number {
  const checksum = new Adler32()
  checksum.update(bytes, start, end)
  return checksum.value
}
