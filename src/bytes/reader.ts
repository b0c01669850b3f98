import { ProtocolError } from './protocol-error.ts'
import { readUnsignedVarint } from './varint.ts'

/**
 * Reads big-endian values one after another from a buffer it does not own. Never reads past `end`:
 * every short read is a `ProtocolError`, so a caller may trust what it got.
 */
export class Reader {
  buffer: Buffer
  position: number
  end: number
  /** Array elements that may still be decoded: a decoder sets it before it begins. */
  elementsLeft = Infinity

  constructor(buffer: Buffer, position = 0, end = buffer.length) {
    this.buffer = buffer
    this.position = position
    this.end = end
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Claims `sizeBytes` and returns where they begin. The one bounds check of the class. */
  take(sizeBytes: number): number {
    const start = this.position
    if (sizeBytes < 0 || sizeBytes > this.end - start) {
      throw new ProtocolError(`${sizeBytes} bytes wanted, ${this.end - start} left`, start)
    }
    this.position = start + sizeBytes
    return start
  }

  /**
   * Agrees to read `count` elements of at least `leastSizeBytes` each, before memory is taken for
   * them: neither more than the bytes can hold, nor more in all than `elementsLeft` allows.
   */
  claimElements(count: number, leastSizeBytes: number): void {
    if (count * leastSizeBytes > this.end - this.position) {
      const what = `${count} elements of at least ${leastSizeBytes} bytes`
      throw new ProtocolError(`${what} in ${this.end - this.position} bytes`, this.position)
    }
    if (count > this.elementsLeft) {
      throw new ProtocolError(`${count} elements, ${this.elementsLeft} left`, this.position)
    }
    this.elementsLeft -= count
  }

  int8(): number {
    return this.buffer.readInt8(this.take(1))
  }

  uint8(): number {
    return this.buffer.readUInt8(this.take(1))
  }

  int16(): number {
    return this.buffer.readInt16BE(this.take(2))
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.take(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4))
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.take(4))
  }

  /** An int64 as a number. Beyond 2^53 it loses its low bits: for values that are ours. */
  int64(): number {
    const at = this.take(8)
    return this.buffer.readInt32BE(at) * 0x1_0000_0000 + this.buffer.readUInt32BE(at + 4)
  }

  int64Exact(): bigint {
    return this.buffer.readBigInt64BE(this.take(8))
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.take(8))
  }

  /** Unsigned LEB128 of at most 32 bits. */
  unsignedVarint(): number {
    return readUnsignedVarint(this)
  }

  /** A view, not a copy: valid as long as the buffer is. */
  slice(sizeBytes: number): Buffer {
    const start = this.take(sizeBytes)
    return this.buffer.subarray(start, start + sizeBytes)
  }

  utf8(sizeBytes: number): string {
    const start = this.take(sizeBytes)
    return this.buffer.toString('utf8', start, start + sizeBytes)
  }
}
