/**
 * A cursor over the records of a batch, which lie in one buffer or come in pieces out of a
 * decompressor. It pulls the next piece when it needs it, so that a batch can be walked in the
 * memory of one piece, however much it decompresses to.
 */
import { ProtocolError } from '../bytes/index.ts'

const NOTHING = Buffer.alloc(0)

export class RecordReader {
  #bytes: Buffer
  #position: number
  #end: number
  /** Bytes of the pieces before this one, minus what this one does not begin with. */
  #before: number
  readonly #pieces: Iterator<Buffer, void> | undefined

  private constructor(
    bytes: Buffer,
    position: number,
    end: number,
    pieces?: Iterator<Buffer, void>,
  ) {
    this.#bytes = bytes
    this.#position = position
    this.#end = end
    this.#before = -position
    this.#pieces = pieces
  }

  static overBuffer(bytes: Buffer, start: number, end: number): RecordReader {
    return new RecordReader(bytes, start, end)
  }

  static overPieces(pieces: Iterator<Buffer, void>): RecordReader {
    return new RecordReader(NOTHING, 0, 0, pieces)
  }

  get consumedBytes(): number {
    return this.#before + this.#position
  }

  /** Whether nothing is left. May pull a piece. */
  isAtEnd(): boolean {
    return this.#position === this.#end && !this.#pull()
  }

  uint8(): number {
    if (this.#position === this.#end) this.#pullOrThrow(1)
    const byte = this.#bytes[this.#position] as number
    this.#position += 1
    return byte
  }

  /** Zigzag, 32 bits. */
  varint(): number {
    const first = this.uint8()
    const raw = first < 0x80 ? first : this.#rest(first)
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** Zigzag, 64 bits; beyond 2^53 rounded. */
  varlong(): number {
    let byte = this.uint8()
    let raw = byte & 0x7f
    if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
    const isOdd = (byte & 1) === 1
    let scale = 0x80
    for (let index = 1; index < 10; index += 1) {
      byte = this.uint8()
      if (index === 9 && byte > 1) break
      raw += (byte & 0x7f) * scale
      if (byte < 0x80) return isOdd ? -(Math.floor(raw / 2) + 1) : Math.floor(raw / 2)
      scale *= 0x80
    }
    throw new ProtocolError('varint longer than 64 bits', this.consumedBytes)
  }

  skip(sizeBytes: number): void {
    let left = sizeBytes
    while (left > this.#end - this.#position) {
      left -= this.#end - this.#position
      this.#position = this.#end
      this.#pullOrThrow(left)
    }
    this.#position += left
  }

  /** A view where the bytes lie in one piece, else a copy: memory grows only by what is there. */
  take(sizeBytes: number): Buffer {
    const start = this.#position
    if (sizeBytes <= this.#end - start) {
      this.#position += sizeBytes
      return this.#bytes.subarray(start, start + sizeBytes)
    }
    const parts: Buffer[] = []
    for (let left = sizeBytes; left > 0;) {
      if (this.#position === this.#end) this.#pullOrThrow(left)
      const here = Math.min(left, this.#end - this.#position)
      parts.push(this.#bytes.subarray(this.#position, this.#position + here))
      this.#position += here
      left -= here
    }
    return Buffer.concat(parts)
  }

  /** Bytes two to five of a varint of 32 bits. */
  #rest(first: number): number {
    let value = first & 0x7f
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.uint8()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new ProtocolError('varint longer than 32 bits', this.consumedBytes)
  }

  #pull(): boolean {
    if (this.#pieces === undefined) return false
    for (;;) {
      const next = this.#pieces.next()
      if (next.done === true) return false
      if (next.value.length === 0) continue
      this.#before += this.#end
      this.#bytes = next.value
      this.#position = 0
      this.#end = next.value.length
      return true
    }
  }

  #pullOrThrow(wantedBytes: number): void {
    if (this.#pull()) return
    throw new ProtocolError(
      `records end ${wantedBytes} bytes before the record does`,
      this.consumedBytes,
    )
  }
}
