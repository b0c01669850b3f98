import { sizeOfPart, type Part } from './byte-range.ts'
import { writeInt64 } from './int64.ts'
import { writeUnsignedVarint } from './varint.ts'

/**
 * Writes big-endian values one after another into a buffer that grows by doubling. Large byte
 * strings can be kept out of it: `attach` remembers a buffer by reference, and `parts()` returns
 * the pieces in order, so that fetched records are never copied on their way to the socket.
 */
export class Writer {
  #buffer: Buffer
  #position = 0
  #start = 0
  #parts: Part[] = []
  #attachedBytes = 0

  constructor(initialSizeBytes = 256) {
    this.#buffer = Buffer.allocUnsafe(initialSizeBytes)
  }

  /** Bytes written so far, attached ones included. */
  get sizeBytes(): number {
    return this.#position + this.#attachedBytes
  }

  /** Reserves `sizeBytes` and returns where in `#buffer` they begin. */
  #grow(sizeBytes: number): number {
    const at = this.#position
    const needed = at + sizeBytes
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    this.#position = needed
    return at
  }

  int8(value: number): void {
    const at = this.#grow(1)
    this.#buffer.writeInt8(value, at)
  }

  uint8(value: number): void {
    const at = this.#grow(1)
    this.#buffer[at] = value
  }

  int16(value: number): void {
    const at = this.#grow(2)
    this.#buffer.writeInt16BE(value, at)
  }

  uint16(value: number): void {
    const at = this.#grow(2)
    this.#buffer.writeUInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.#grow(4)
    this.#buffer.writeInt32BE(value, at)
  }

  uint32(value: number): void {
    const at = this.#grow(4)
    this.#buffer.writeUInt32BE(value, at)
  }

  /** A whole number; beyond 2^53 it is what the double holds, saturated at the ends of int64. */
  int64(value: number): void {
    const at = this.#grow(8)
    writeInt64(this.#buffer, at, value)
  }

  int64Exact(value: bigint): void {
    const at = this.#grow(8)
    this.#buffer.writeBigInt64BE(value, at)
  }

  float64(value: number): void {
    const at = this.#grow(8)
    this.#buffer.writeDoubleBE(value, at)
  }

  unsignedVarint(value: number): void {
    writeUnsignedVarint(this, value)
  }

  /** Copies `bytes`. */
  bytes(bytes: Buffer): void {
    const at = this.#grow(bytes.length)
    bytes.copy(this.#buffer, at)
  }

  /** `sizeBytes` must be `Buffer.byteLength(text)`. */
  utf8(text: string, sizeBytes: number): void {
    const at = this.#grow(sizeBytes)
    this.#buffer.write(text, at, sizeBytes, 'utf8')
  }

  /** Puts `part` here by reference. The caller must not change it before it was sent. */
  attach(part: Part): void {
    const sizeBytes = sizeOfPart(part)
    if (sizeBytes === 0) return
    this.#flushPart()
    this.#parts.push(part)
    this.#attachedBytes += sizeBytes
  }

  #flushPart(): void {
    if (this.#position > this.#start) {
      this.#parts.push(this.#buffer.subarray(this.#start, this.#position))
      this.#start = this.#position
    }
  }

  /** Leaves 4 bytes open and returns their place, to be filled by `patchInt32`. Before anything is attached. */
  reserveInt32(): number {
    return this.#grow(4)
  }

  patchInt32(at: number, value: number): void {
    // Once something is attached the bytes before it are a piece of their own.
    const first = this.#parts[0]
    const holder = Buffer.isBuffer(first) && at < first.length ? first : this.#buffer
    holder.writeInt32BE(value, at)
  }

  /** The pieces in order. The writer must not be used afterwards. */
  parts(): readonly Part[] {
    this.#flushPart()
    return this.#parts
  }

  /** Everything in one buffer; a view when nothing was attached. Reads and releases attached ranges. */
  finish(): Buffer {
    if (this.#parts.length === 0) return this.#buffer.subarray(0, this.#position)
    return Buffer.concat(this.parts().map(materialise))
  }
}

function materialise(part: Part): Buffer {
  if (Buffer.isBuffer(part)) return part
  const bytes = Buffer.allocUnsafe(part.sizeBytes)
  const read = part.read(bytes, 0)
  part.release()
  return bytes.subarray(0, read)
}
