import { ProtocolError } from '../../protocol-error.ts'

/** Reads bits from the lowest of each byte on, as deflate packs them. */
export class LsbBits {
  readonly #bytes: Buffer
  #position: number
  #word = 0
  #count = 0

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes
    this.#position = position
  }

  /** The first byte of which no bit was read. */
  get bytePosition(): number {
    return this.#position - (this.#count >> 3)
  }

  /** At most 16 bits; past the end they are zeros, which `skip` then refuses. */
  peek(count: number): number {
    while (this.#count < count && this.#position < this.#bytes.length) {
      this.#word |= (this.#bytes[this.#position] as number) << this.#count
      this.#position += 1
      this.#count += 8
    }
    return this.#word & ((1 << count) - 1)
  }

  skip(count: number): void {
    if (count > this.#count) throw new ProtocolError('deflate data cut', this.#position)
    this.#word >>>= count
    this.#count -= count
  }

  /** At most 16 bits. */
  read(count: number): number {
    const value = this.peek(count)
    this.skip(count)
    return value
  }

  alignToByte(): void {
    this.skip(this.#count & 7)
  }

  /** Copies whole bytes; call when aligned. */
  copyBytes(target: Buffer, targetPosition: number, count: number): void {
    const start = this.bytePosition
    if (count > this.#bytes.length - start) throw new ProtocolError('deflate data cut', start)
    this.#bytes.copy(target, targetPosition, start, start + count)
    this.#position = start + count
    this.#word = 0
    this.#count = 0
  }
}
