/** The two directions in which zstd reads bits (RFC 8878, 4.1.1 and 4.2.2). */
import { ProtocolError } from '../../protocol-error.ts'

/**
 * Reads little-endian bits from the end of a stream to its beginning. The last byte ends with a
 * set bit that only marks where to begin. Reading on past the beginning gives nothing of use; the
 * caller looks at `bitsLeft` where it matters.
 *
 * `bytes` must have 4 bytes of slack after the stream: words are read whole.
 */
export class BackwardBits {
  /** Below 0 once more was read than there is. */
  bitsLeft: number
  readonly #bytes: Buffer
  readonly #start: number

  constructor(bytes: Buffer, start: number, end: number) {
    const last = end > start ? bytes.readUInt8(end - 1) : 0
    if (last === 0) throw new ProtocolError('zstd bit stream without its end mark', end)
    this.#bytes = bytes
    this.#start = start
    this.bitsLeft = (end - start) * 8 - Math.clz32(last) + 23
  }

  /** The next `count` bits, at most 25, without going on. */
  peek(count: number): number {
    const at = this.bitsLeft - count
    if (at < 0) return this.#peekPastStart(count)
    const bytes = this.#bytes
    const index = this.#start + (at >> 3)
    const word =
      (bytes[index] as number) |
      ((bytes[index + 1] as number) << 8) |
      ((bytes[index + 2] as number) << 16) |
      ((bytes[index + 3] as number) << 24)
    return (word >>> (at & 7)) & ((1 << count) - 1)
  }

  /** At most 25 bits. */
  read(count: number): number {
    const value = this.peek(count)
    this.bitsLeft -= count
    return value
  }

  /** At most 31 bits. */
  readLong(count: number): number {
    if (count <= 25) return this.read(count)
    const high = this.read(count - 16)
    return high * 0x1_0000 + this.read(16)
  }

  /** What is missing at the beginning counts as zeros. */
  #peekPastStart(count: number): number {
    const missing = count - this.bitsLeft
    if (missing >= count) return 0
    const available = this.bitsLeft
    const word = this.#bytes.readUIntLE(this.#start, 4)
    return (word & ((1 << available) - 1)) << missing
  }
}

/** Reads little-endian bits from the beginning on: the description of a table. */
export class ForwardBits {
  #bitPosition: number
  readonly #bytes: Buffer
  readonly #end: number

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes
    this.#bitPosition = start * 8
    this.#end = end
  }

  /** At most 16 bits. */
  read(count: number): number {
    const at = this.#bitPosition
    this.#bitPosition += count
    if (this.#bitPosition > this.#end * 8) throw new ProtocolError('zstd table cut', this.#end)
    return (this.#bytes.readUIntLE(at >> 3, 3) >>> (at & 7)) & ((1 << count) - 1)
  }

  unread(count: number): void {
    this.#bitPosition -= count
  }

  /** The first byte that was not touched. */
  get bytePosition(): number {
    return (this.#bitPosition + 7) >> 3
  }
}
